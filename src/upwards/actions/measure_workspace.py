"""The measures that several questions share: fits per subject and stage, and the teams on one scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from upwards.actions.estimate_value_added import ANNUAL, with_year
from upwards.core.audience import Audience
from upwards.core.disclosure import UnitKey, is_personal_level
from upwards.core.errors import EmptyData, UserError, near_misses
from upwards.core.settings import Settings
from upwards.estimators.identification import NotIdentified
from upwards.measures.disparity import DisadvantageGap, measure_disadvantage_gaps
from upwards.measures.eligible_teams import large_enough, with_prior_only
from upwards.measures.expectations import expect, pupil_sd
from upwards.measures.fit_choices import FitChoice, choose_fit, unit_columns
from upwards.measures.team_effects import TeamModel, describe_teams, fit_team_model
from upwards.measures.teams import Teams
from upwards.measures.value_added import ValueAddedRequest, levels_apart, measure_value_added
from upwards.measures.value_added_answer import ValueAdded
from upwards.store.moments_pass import compute_moments
from upwards.store.residual_rows import Expectation, ResidualRows, residual_rows
from upwards.store.results_rows import (
    count_teams,
    count_units,
    declared_intake,
    list_fits,
    list_schools,
    open_results,
    rows_of_fit,
)
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace import Workspace

Progress = Callable[[str, int, int], None]


class UnknownSchool(UserError, LookupError):
    """A school was named that the results do not have."""


# mean intakes of schools that the adjusted fit may hold: one for ten schools
UNITS_PER_MEAN = 10
TOO_FEW_FOR_COMPOSITION = (
    "Too few schools to tell what their mean intake does: effects rest on pupils' own intake alone."
)
CARRIED = ("school", "subject", "stage", "year", "class", "pupil")


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A workspace opened for reading: its current snapshot and its settings."""

    workspace: Workspace
    snapshot: Snapshot
    settings: Settings


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One subject and stage: what was chosen, the fit, or None where it was refused, and who taught."""

    choice: FitChoice
    answer: ValueAdded | None
    n_teachers: Mapping[UnitKey, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTeams:
    """All teams with their joint model, and the fits they rest on."""

    fits: tuple[Fit, ...]
    teams: Teams
    model: TeamModel
    left_out: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the fits, each once."""
        said: dict[str, list[str]] = {}
        for choice in (fit.choice for fit in self.fits):
            for note in (*choice.notes, *filter(None, [choice.refusal])):
                said.setdefault(note, []).append(f"{choice.subject} {choice.stage}")
        notes = [f"{', '.join(places)}: {note}" for note, places in said.items()]
        return [*notes, *self.left_out, *self.model.notes]

    @property
    def with_prior(self) -> list[str]:
        """Subjects and stages whose fit has prior attainment, as ``subject/stage``."""
        choices = [fit.choice for fit in self.fits if fit.answer is not None and fit.choice.has_prior]
        return [f"{choice.subject}/{choice.stage}" for choice in choices]


def open_workspace(folder: Path | None) -> Opened:
    """Open a workspace and its current snapshot.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    Opened

    Raises
    ------
    EmptyData
        When nothing was imported yet.
    """
    workspace = Workspace.open(folder)
    snapshot = current_snapshot(workspace)
    if snapshot is None:
        raise EmptyData("The workspace is empty. Bring results in with: upwards import FILE --as results")
    return Opened(workspace, snapshot, Settings.load(workspace.folder / "upwards.toml"))


def require_schools(opened: Opened, schools: frozenset[str] | None) -> None:
    """Refuse schools that the results do not have.

    Parameters
    ----------
    opened
        From `open_workspace`.
    schools
        Schools to be shown; None for all.

    Raises
    ------
    UnknownSchool
        When one has no result.
    """
    known = list_schools(open_results(opened.snapshot)) if schools is not None else ()
    for school in sorted(schools or ()):
        if school not in known:
            raise UnknownSchool(f"The results have no school {school!r}{near_misses(school, known) or '.'}")


def said_of_filter(schools: frozenset[str] | None) -> list[str]:
    """Return what a reader must know where some schools only are shown.

    Parameters
    ----------
    schools
        Schools to be shown; None for all.

    Returns
    -------
    list of str
    """
    return [] if schools is None else ["Some schools only are shown; the counts in sentences are over all."]


def audience_of(settings: Settings, schools: frozenset[str] | None = None) -> Audience:
    """Return the audience with the workspace's rules: no personal units, small counts hidden.

    Parameters
    ----------
    settings
        The workspace's settings.
    schools
        Schools to be shown; None for all.

    Returns
    -------
    Audience
    """
    return Audience(
        schools=schools,
        hidden_at=settings.count("small_counts.hidden_at"),
        personal_below=settings.count("personal_unit.min_teachers"),
    )


def fit_all(
    opened: Opened,
    *,
    draws: int = 1000,
    seed: int = 1,
    intervals: Literal["auto", "none"] = "auto",
    progress: Progress | None = None,
) -> tuple[Fit, ...]:
    """Fit every subject and stage of the results.

    Parameters
    ----------
    opened
        From `open_workspace`.
    draws, seed
        Joint draws for ranks; 0 leaves ranks out.
    intervals
        Whether intervals of variances are found.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    tuple of Fit
        In the order of subject and stage.
    """
    rows = open_results(opened.snapshot)
    declared = declared_intake(opened.snapshot)
    minimum = opened.settings.number("coverage.minimum")
    choices = [choose_fit(facts, declared, min_coverage=minimum) for facts in list_fits(rows)]
    request = ValueAddedRequest(
        composition="school",
        units_per_mean=UNITS_PER_MEAN,
        top_share=opened.settings.number("top_share"),
        n_draws=draws,
        seed=seed,
        intervals=intervals,
    )
    reliability = opened.settings.number("reliability.prior")
    fits = []
    for done, choice in enumerate(choices):
        if progress is not None:
            progress(f"{choice.subject}, {choice.stage}", done, len(choices))
        known = ("prior", reliability) if choice.has_prior and reliability < 1 else None
        fits.append(_fit(rows, choice, replace(request, reliability=known)))
    return tuple(fits)


def _fit(
    rows: Any, choice: FitChoice, request: ValueAddedRequest, slopes: Mapping[str, list[str]] | None = None
) -> Fit:
    """Fit one subject and stage; a model that its data cannot tell is refused in its own sentence."""
    if choice.refusal is not None:
        return Fit(choice, None)
    year = "year" if choice.has_years else None
    own = rows_of_fit(rows, choice.subject, choice.stage)
    try:
        moments = compute_moments(
            own,
            outcome="score",
            intake=with_year(choice.intake, year),
            nested=choice.levels,
            crossed=[year] if year else [],
            slopes=slopes,
        )
        levels, notes = levels_apart(moments, choice.levels)
        choice = replace(choice, notes=(*choice.notes, *notes))
        asked = replace(request, levels=levels, year=year, annual=ANNUAL)
        answer = measure_value_added(moments, asked)
        if answer.adjusted is None and choice.intake:
            choice = replace(choice, notes=(*choice.notes, TOO_FEW_FOR_COMPOSITION))
    except UserError as error:
        return Fit(replace(choice, refusal=str(error)), None)
    return _counted(own, choice, answer)


def _counted(own: Any, choice: FitChoice, answer: ValueAdded) -> Fit:
    """Add what every unit has in all, usable or not, and how many taught it."""
    scored: dict[str, Mapping[tuple[str, ...], int]] = {}
    teachers: dict[UnitKey, int] = {}
    for level in answer.levels:
        name = level.factor.name
        if not is_personal_level(name):
            scored[name], taught = count_units(own, unit_columns(name, choice.levels))
            teachers |= {(name, path): count for path, count in taught.items()}
    return Fit(choice, answer.with_all_rows(scored), teachers)


def _beside(adjusted: ResidualRows, model: TeamModel) -> tuple[TeamModel, list[str]]:
    """Fit the teams beyond their school's mean intake too; where that cannot be told, say so."""
    try:
        return fit_team_model(adjusted.residual, adjusted.codes, adjusted.labels, start=model), []
    except NotIdentified:
        return model, [TOO_FEW_FOR_COMPOSITION]


def expect_all(
    opened: Opened, *, seed: int = 1, progress: Progress | None = None
) -> tuple[tuple[Fit, ...], list[tuple[Expectation, Expectation]], list[str]]:
    """Fit every subject and stage, and say what each leads one to expect.

    Parameters
    ----------
    opened
        From `open_workspace`.
    seed, progress
        As in `fit_all`.

    Returns
    -------
    tuple
        The fits; expectations by pupils' own intake and by the school's mean intake too, of the fits
        that can be compared; what a reader must know of those that cannot.

    Raises
    ------
    EmptyData
        When no subject and stage can be fitted.
    """
    fits = fit_all(opened, draws=0, seed=seed, intervals="none", progress=progress)
    fitted = [fit for fit in fits if fit.answer is not None]
    if not fitted:
        reasons: Mapping[str, None] = dict.fromkeys(f.choice.refusal for f in fits if f.choice.refusal)
        raise EmptyData(
            "What was added cannot be told for any subject and stage. "
            f"{' '.join(reasons)} Mend that in the data, or bring in more results."
        )
    chosen, left_out = with_prior_only(
        [(fit.choice.subject, fit.choice.stage, fit.choice.has_prior) for fit in fitted]
    )
    pairs = [
        expect(fit.answer, fit.choice.subject, fit.choice.stage)
        for fit, is_chosen in zip(fitted, chosen, strict=True)
        if is_chosen and fit.answer is not None
    ]
    return fits, pairs, list(left_out)


def measure_teams(
    opened: Opened, *, draws: int = 1000, seed: int = 1, progress: Progress | None = None
) -> MeasuredTeams:
    """Put the teams of all schools on one scale, with their joint uncertainty.

    Parameters
    ----------
    opened
        From `open_workspace`.
    draws, seed
        Joint draws.
    progress
        As in `fit_all`.

    Returns
    -------
    MeasuredTeams

    Raises
    ------
    EmptyData
        When no subject and stage can be fitted.
    """
    fits, pairs, left_out = expect_all(opened, seed=seed, progress=progress)
    rows = open_results(opened.snapshot)
    headline = residual_rows(rows, [pair[0] for pair in pairs], columns=CARRIED)
    adjusted = residual_rows(rows, [pair[1] for pair in pairs], columns=CARRIED)
    model = fit_team_model(headline.residual, headline.codes, headline.labels)
    beside, doubts = _beside(adjusted, model)
    scored, teachers = count_teams(rows)
    teams = describe_teams(
        model, beside, codes=headline.codes, n_scored=scored, n_teachers=teachers, n_draws=draws, seed=seed
    )
    kept, small = large_enough(teams, opened.settings.count("small_counts.hidden_at"))
    return MeasuredTeams(fits, kept, model, (*left_out, *doubts, *small))


def fit_disadvantage(opened: Opened, fits: tuple[Fit, ...]) -> tuple[DisadvantageGap, ...]:
    """Measure the gap between disadvantaged and other pupils of every school, where the data tell it.

    Parameters
    ----------
    opened
        From `open_workspace`.
    fits
        From `fit_all`.

    Returns
    -------
    tuple of DisadvantageGap
        Empty where the results do not say who is disadvantaged.
    """
    rows = open_results(opened.snapshot)
    settings = opened.settings
    request = ValueAddedRequest(n_draws=0, intervals="none")
    found: list[DisadvantageGap] = []
    for choice in (fit.choice for fit in fits if fit.answer is not None):
        if "disadvantaged" not in choice.intake:
            continue
        answer = _fit(rows, choice, request, slopes={"school": ["disadvantaged"]}).answer
        if answer is not None:
            found += measure_disadvantage_gaps(
                answer,
                choice.subject,
                choice.stage,
                pupil_sd(answer.model.moments),
                hidden_at=settings.count("small_counts.hidden_at"),
                min_coverage=settings.number("coverage.minimum"),
            )
    return tuple(found)
