"""One joint model of all subjects and stages, with pupils crossed: what each team adds, on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from upwards.core.moments import Factor, Floats, Ints, Moments
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import MixedModel, fit_mixed_model
from upwards.estimators.parameter_draws import draw_effects_and_variances
from upwards.estimators.unit_effects import estimate_unit_effects
from upwards.measures.teams import Teams

TeamKey = tuple[str, str, str]
TEAM = ("school", "subject", "stage")
# name of each random part, and the labels whose combination is one unit of it
Parts = tuple[tuple[str, tuple[str, ...]], ...]
PARTS: Parts = (
    ("school", ("school",)),
    ("year team", ("school", "stage")),
    ("department", ("school", "subject")),
    ("team", TEAM),
    ("school in a year", ("school", "year")),
    ("year team in a year", ("school", "stage", "year")),
    ("team in a year", (*TEAM, "year")),
    ("class", ("school", "stage", "year", "class")),
    ("class in a subject", (*TEAM, "year", "class")),
    ("pupil", ("school", "stage", "year", "pupil")),
)
LASTING = ("school", "year team", "department", "team")
FEW_SCHOOLS = 10
SHARE_FOLLOWED = 0.2


class Unlabelled(Sequence[tuple[str, ...]]):
    """Paths of units whose labels nobody may need, such as pupils: their position only."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, index: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, ...] | list[tuple[str, ...]]:
        places = range(self.size)[index]
        return (str(places),) if isinstance(places, int) else [(str(place),) for place in places]


@dataclass(frozen=True, slots=True, eq=False)
class TeamModel:
    """The joint model and its teams.

    Attributes
    ----------
    model
        Residual results in pupil SD, with random parts as in `parts`.
    parts
        Names of the random parts, in the order of the model's terms.
    team_parts
        For each lasting part, its position and the unit of each team, shape (T,).
    teams
        Codes of school, subject and stage of each team, shape (3, T).
    labels
        Column to its labels by code.
    follows_pupils
        Whether many pupils have results in several stages: one stage's result is then the next one's
        prior attainment.
    """

    model: MixedModel
    parts: tuple[str, ...]
    team_parts: tuple[tuple[int, Ints], ...]
    teams: Ints
    labels: Mapping[str, tuple[str, ...]]
    follows_pupils: bool

    @property
    def tells_years_apart(self) -> bool:
        """Say whether teams have several years, so that a lasting effect is told from a year's luck."""
        return any(name.endswith("in a year") for name in self.parts)

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the joint model."""
        n_schools = len(self.labels["school"])
        notes = []
        if n_schools < FEW_SCHOOLS:
            notes.append(
                f"Only {n_schools} schools: how much schools differ is hardly known, so every interval and "
                "probability is less certain than it looks."
            )
        if not self.tells_years_apart:
            notes.append("No team has more than one year: its effect holds that year's luck.")
        if self.follows_pupils:
            notes.append(
                "The stages follow the same pupils: a good stage raises what is expected of the next, which "
                "then looks less good. Differences between the stages of a school are overstated, those "
                "between whole schools understated."
            )
        if not self.model.converged:
            notes.append("The joint model of all teams did not end at an optimum: do not use its figures.")
        return notes


def fit_team_model(
    residual: Floats,
    codes: Mapping[str, Ints],
    labels: Mapping[str, tuple[str, ...]],
    start: TeamModel | None = None,
    *,
    parts: Parts = PARTS,
) -> TeamModel:
    """Fit the joint model of all results.

    Parameters
    ----------
    residual
        Results less expectation, pupil SD, shape (n,).
    codes
        Column to the code of each row, shape (n,); at least school, subject and stage.
    labels
        Column to its labels by code.
    start
        An earlier fit of the same rows, to begin the search from.
    parts
        Random parts, coarse ones first.

    Returns
    -------
    TeamModel
        With every part that the rows can tell from the others: a part whose units coincide with those of
        another, or with the rows, is left out.

    Notes
    -----
    Several results of one pupil are tied by a pupil part, several subjects of one class by a class part,
    so that a good group of pupils is not counted once per subject as evidence for the school.
    """
    told = list(_distinct_parts(codes, len(residual), parts))
    moments = _row_moments(residual, told)
    same = start is not None and start.parts == tuple(name for name, _ in told)
    model = fit_mixed_model(
        moments,
        [RandomTerm(i) for i in range(len(told))],
        start=start.model.roots if start is not None and same else None,
    )
    team = combine_codes([codes[name] for name in TEAM])
    first = np.unique(team, return_index=True)[1]
    placed = [(i, unit[first]) for i, (name, unit) in enumerate(told) if name in LASTING]
    keys = np.stack([codes[name][first] for name in TEAM])
    names = tuple(name for name, _ in told)
    return TeamModel(model, names, tuple(placed), keys, labels, _follows_pupils(codes))


def _follows_pupils(codes: Mapping[str, Ints]) -> bool:
    """Say whether a fifth of the pupils or more have results in several stages."""
    if "pupil" not in codes:
        return False
    pairs = np.unique(np.stack([codes["pupil"], codes["stage"]]), axis=1)
    n_stages = np.bincount(pairs[0])
    return bool((n_stages[n_stages > 0] > 1).mean() >= SHARE_FOLLOWED)


def _distinct_parts(codes: Mapping[str, Ints], n_rows: int, parts: Parts) -> Iterator[tuple[str, Ints]]:
    """Yield the parts that the data can tell apart, coarse ones first."""
    seen: list[Ints] = []
    for name, columns in parts:
        known = [c for c in columns if c in codes]
        if name.startswith(("class", "pupil")) and columns[-1] not in codes:
            continue
        unit = combine_codes([codes[c] for c in known])
        size = int(unit.max()) + 1
        if size < 2 or size == n_rows or any(_same_units(unit, other) for other in seen):
            continue
        seen.append(unit)
        yield name, unit


def _same_units(unit: Ints, other: Ints) -> bool:
    """Say whether two parts group the rows alike, whatever their units are called."""
    size = int(unit.max()) + 1
    return size == int(other.max()) + 1 and int(combine_codes([unit, other]).max()) + 1 == size


def combine_codes(columns: Sequence[Ints]) -> Ints:
    """Give each combination of codes a number, in the order of the codes."""
    unit = columns[0].astype(np.int64)
    for column in columns[1:]:
        unit = np.unique(unit * (int(column.max()) + 1) + column, return_inverse=True)[1]
    return np.asarray(np.unique(unit, return_inverse=True)[1])


def _row_moments(residual: Floats, parts: Sequence[tuple[str, Ints]]) -> Moments:
    """Make every row a cell: the model's only column is the intercept."""
    n = len(residual)
    ones = np.ones(n, dtype=np.int64)
    total = float(residual.sum())
    return Moments(
        columns=("(Intercept)",),
        slopes=(0,),
        factors=tuple(Factor(name, Unlabelled(int(unit.max()) + 1)) for name, unit in parts),
        codes=np.stack([unit for _, unit in parts]),
        n_rows=ones,
        n_all_rows=ones,
        weight=np.ones(n),
        weight_squared=np.ones(n),
        products=np.stack([np.ones(n), residual])[None],
        gram=np.array([[float(n), total], [total, float(residual @ residual)]]),
        sum_log_weight=0.0,
        centre=np.zeros(2),
        scale=np.ones(2),
        left_out={},
    )


def effects_of_teams(fitted: TeamModel) -> Floats:
    """Return each team's lasting effect at the estimated variances, pupil SD, shape (T,)."""
    effects = estimate_unit_effects(fitted.model)
    return np.asarray(sum(effects[part].effect[0][unit] for part, unit in fitted.team_parts))


def draw_teams(fitted: TeamModel, n_draws: int, seed: int) -> npt.NDArray[np.float32]:
    """Return joint draws of the teams' lasting effects, pupil SD, shape (n_draws, T).

    The uncertainty of the variances is in them: with few schools it is most of what is not known.
    """
    chunks = [
        sum(chunk[part][0][:, unit] for part, unit in fitted.team_parts)
        for chunk in draw_effects_and_variances(fitted.model, n_draws, seed)
    ]
    return np.concatenate([np.asarray(chunk, dtype=np.float32) for chunk in chunks])


def describe_teams(
    headline: TeamModel,
    adjusted: TeamModel,
    *,
    codes: Mapping[str, Ints],
    n_scored: Mapping[TeamKey, int],
    n_teachers: Mapping[TeamKey, int],
    n_draws: int = 1000,
    seed: int = 1,
) -> Teams:
    """Gather the teams with their joint uncertainty.

    Parameters
    ----------
    headline, adjusted
        The joint model without and with adjustment for the unit's mean intake, of the same rows.
    codes
        As given to `fit_team_model`.
    n_scored
        Results with a score of each team, by (school, subject, stage), usable or not.
    n_teachers
        Teachers of a team; unknown if absent.
    n_draws, seed
        Of the joint draws.

    Returns
    -------
    Teams
        In the order of school, subject and stage.
    """
    names = [tuple(headline.labels[c][i] for i in row) for c, row in zip(TEAM, headline.teams, strict=True)]
    keys: list[TeamKey] = list(zip(names[0], names[1], names[2], strict=True))
    unit = combine_codes([codes[name] for name in TEAM])
    years = codes.get("year", np.zeros_like(unit))
    pairs = np.unique(np.stack([unit, years]), axis=1)
    draws = draw_teams(headline, n_draws, seed)
    n_pupils = np.bincount(unit)
    return Teams(
        school=names[0],
        subject=names[1],
        stage=names[2],
        n_pupils=n_pupils,
        n_years=np.bincount(pairs[0]),
        n_teachers=np.array([n_teachers.get(key, -1) for key in keys]),
        coverage=n_pupils / np.array([max(n_scored[key], 1) for key in keys]),
        effect=effects_of_teams(headline),
        se=draws.std(axis=0, dtype=np.float64),
        draws=draws,
        draws_adjusted=draw_teams(adjusted, n_draws, seed),
    )
