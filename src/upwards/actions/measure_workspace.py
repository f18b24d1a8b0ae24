"""The measures that several questions share: fits per subject and stage, and the teams on one scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upwards.actions.estimate_value_added import with_year
from upwards.core.audience import Audience
from upwards.core.errors import EmptyData
from upwards.core.settings import Settings
from upwards.measures.disparity import DisadvantageGap, measure_disadvantage_gaps
from upwards.measures.expectations import expect, pupil_sd
from upwards.measures.fit_choices import FitChoice, choose_fit
from upwards.measures.team_effects import TeamModel, describe_teams, fit_team_model
from upwards.measures.teams import Teams
from upwards.measures.value_added import ValueAddedRequest, measure_value_added
from upwards.measures.value_added_answer import ValueAdded
from upwards.store.moments_pass import compute_moments
from upwards.store.residual_rows import residual_rows
from upwards.store.results_rows import (
    count_teams,
    declared_intake,
    list_fits,
    open_results,
    rows_of_fit,
)
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace import Workspace

Progress = Callable[[str, int, int], None]
CARRIED = ("school", "subject", "stage", "year", "class", "pupil")


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A workspace opened for reading: its current snapshot and its settings."""

    workspace: Workspace
    snapshot: Snapshot
    settings: Settings


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One subject and stage: what was chosen, and the fit, or None where it was refused."""

    choice: FitChoice
    answer: ValueAdded | None


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTeams:
    """All teams with their joint model, and the fits they rest on."""

    fits: tuple[Fit, ...]
    teams: Teams
    model: TeamModel

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the fits, each once."""
        said = [
            f"{fit.choice.subject}, {fit.choice.stage}: {note}"
            for fit in self.fits
            for note in (*fit.choice.notes, *filter(None, [fit.choice.refusal]))
        ]
        return list(dict.fromkeys(said))

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
    opened: Opened, *, draws: int = 1000, seed: int = 1, progress: Progress | None = None
) -> tuple[Fit, ...]:
    """Fit every subject and stage of the results.

    Parameters
    ----------
    opened
        From `open_workspace`.
    draws, seed
        Joint draws for ranks; 0 leaves ranks out.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    tuple of Fit
        In the order of subject and stage.
    """
    rows = open_results(opened.snapshot)
    declared = declared_intake(opened.snapshot)
    choices = [choose_fit(facts, declared) for facts in list_fits(rows)]
    fits = []
    for done, choice in enumerate(choices):
        if progress is not None:
            progress(f"{choice.subject}, {choice.stage}", done, len(choices))
        fits.append(_fit(rows, choice, opened.settings, draws, seed))
    return tuple(fits)


def _fit(rows: Any, choice: FitChoice, settings: Settings, draws: int, seed: int) -> Fit:
    if choice.refusal is not None:
        return Fit(choice, None)
    year = "year" if choice.has_years else None
    moments = compute_moments(
        rows_of_fit(rows, choice.subject, choice.stage),
        outcome="score",
        intake=with_year(choice.intake, year),
        nested=choice.levels,
        crossed=[year] if year else [],
    )
    request = ValueAddedRequest(
        levels=choice.levels,
        year=year,
        annual=("class",),
        composition="school",
        top_share=settings.number("top_share"),
        n_draws=draws,
        seed=seed,
    )
    return Fit(choice, measure_value_added(moments, request))


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
    fits = fit_all(opened, draws=0, seed=seed, progress=progress)
    pairs = [expect(f.answer, f.choice.subject, f.choice.stage) for f in fits if f.answer is not None]
    if not pairs:
        reasons: Mapping[str, None] = dict.fromkeys(f.choice.refusal for f in fits if f.choice.refusal)
        raise EmptyData("No subject and stage can be fitted. " + " ".join(reasons))
    rows = open_results(opened.snapshot)
    headline = residual_rows(rows, [pair[0] for pair in pairs], columns=CARRIED)
    adjusted = residual_rows(rows, [pair[1] for pair in pairs], columns=CARRIED)
    model = fit_team_model(headline.residual, headline.codes, headline.labels)
    beside = fit_team_model(adjusted.residual, adjusted.codes, adjusted.labels, start=model)
    scored, teachers = count_teams(rows)
    teams = describe_teams(
        model, beside, codes=headline.codes, n_scored=scored, n_teachers=teachers, n_draws=draws, seed=seed
    )
    return MeasuredTeams(fits, teams, model)


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
    found: list[DisadvantageGap] = []
    for fit in fits:
        choice = fit.choice
        if fit.answer is None or "disadvantaged" not in choice.intake:
            continue
        moments = compute_moments(
            rows_of_fit(rows, choice.subject, choice.stage),
            outcome="score",
            intake=with_year(choice.intake, "year" if choice.has_years else None),
            nested=["school"],
            slopes={"school": ["disadvantaged"]},
        )
        request = ValueAddedRequest(levels=("school",), n_draws=0, intervals="none")
        answer = measure_value_added(moments, request)
        found += measure_disadvantage_gaps(answer, choice.subject, choice.stage, pupil_sd(moments))
    return tuple(found)
