"""A small public record with trusts whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.panel import GroupMemberships, SchoolJudgements, SchoolPanel, SchoolRegister
from upwards.measures.groups import PROGRESS, PublicRecord

NEVER = np.datetime64("NaT", "D")


def days(*texts: str) -> Any:
    return np.array(texts, dtype="datetime64[D]")


def codes(n: int) -> Any:
    return np.array([f"{100000 + i}" for i in range(n)])


def panel_of(
    measure: str,
    school: Any,
    years: Sequence[int],
    value: Any,
    n: Any,
    *,
    pupil_group: str = "",
    missing: Any = None,
) -> SchoolPanel:
    value = np.asarray(value, dtype=float)
    unknown = np.full(value.shape, np.nan)
    absent = np.where(np.isfinite(value), "", "no row")
    return SchoolPanel(
        measure=measure,
        pupil_group=pupil_group,
        school=np.asarray(school),
        years=tuple(years),
        value=value,
        lower=unknown,
        upper=unknown,
        level=0.95,
        n=np.broadcast_to(np.asarray(n, dtype=float), value.shape),
        missing=absent if missing is None else np.asarray(missing),
        code=np.broadcast_to(np.asarray(school)[:, None], value.shape),
        source=np.full(value.shape, "file.csv"),
    )


def register_of(school: Any, **columns: Any) -> SchoolRegister:
    n = len(school)
    nothing: dict[str, Any] = {
        "line": school,
        "name": np.array([f"School {code}" for code in school]),
        "kind": np.full(n, "Academy converter"),
        "phase": np.full(n, "Primary"),
        "authority": np.full(n, "Somewhere"),
        "region": np.full(n, "North"),
        "latitude": np.full(n, 52.0),
        "longitude": np.linspace(0.0, 1.0, n),
        "urban": np.full(n, np.nan),
        "pupils": np.full(n, 200.0),
        "opened": np.full(n, NEVER),
        "closed": np.full(n, NEVER),
    }
    return SchoolRegister(school=school, **{**nothing, **columns})


def memberships_of(
    school: Any, group: Any, starts: Any, *, seen: str = "2019-06-01", kind: str = "Multi-academy trust"
) -> GroupMemberships:
    return GroupMemberships(
        seen=np.datetime64(seen, "D"),
        registers=(np.datetime64(seen, "D"),),
        school=np.asarray(school),
        group=np.asarray(group),
        group_name=np.array([f"Trust {one}" for one in group]),
        group_kind=np.full(len(group), kind),
        starts=np.asarray(starts, dtype="datetime64[D]"),
        ends=np.full(len(group), NEVER),
    )


def judgements_of(*rows: tuple[str, str, str, str]) -> SchoolJudgements:
    """One row is school, line, day, outcome."""
    school, line, date, outcome = (np.array(column) for column in zip(*rows, strict=True))
    return SchoolJudgements(school, line, date.astype("datetime64[D]"), np.full(len(rows), "S5"), outcome)


CATALOGUE = {
    name: PublishedMeasure(
        name=name,
        title=name,
        unit="points",
        norm_referenced=True,
        years=(2016, 2017, 2018, 2019),
        pupil_sd={2016: 6.0, 2017: 6.0, 2018: 6.0, 2019: 6.0},
        gaps={2020: "No tests were sat in 2020."},
    )
    for _, name in PROGRESS.values()
}


def record_of_trusts(
    rng: np.random.Generator,
    *,
    n_groups: int = 40,
    between: float = 1.0,
    within: float = 1.5,
    passing: float = 0.5,
    pupils: int = 40,
    heavy: bool = False,
    **more: Any,
) -> tuple[PublicRecord, Any]:
    """Trusts of 3 to 8 primary schools with known mean levels; returns the record and the levels.

    With `heavy`, trusts and schools have t distributions with three degrees of freedom and the same spreads.
    """
    sizes = rng.integers(3, 9, n_groups)
    group = np.repeat(np.arange(n_groups), sizes)
    school = codes(len(group))
    own = np.sqrt(within**2 - passing**2)
    if heavy:
        level = between * rng.standard_t(3, n_groups) / np.sqrt(3)
        lasting = level[group] + own * rng.standard_t(3, len(group)) / np.sqrt(3)
    else:
        level = rng.normal(0, between, n_groups)
        lasting = level[group] + rng.normal(0, own, len(group))
    years = (2016, 2017, 2018, 2019)
    panels = {}
    for of, name in PROGRESS.values():
        if of == "ks2":
            true = lasting[:, None] + rng.normal(0, passing, (len(group), 4))
            value = np.round(true + rng.normal(0, 6 / np.sqrt(pupils), true.shape), 1)
            panels[name] = panel_of(name, school, years, value, pupils)
    place = {"latitude": rng.uniform(51, 53, len(group)), "longitude": rng.uniform(-2, 0, len(group))}
    record = PublicRecord(
        year=2019,
        memberships=memberships_of(
            school, np.array([f"{500 + g}" for g in group]), np.full(len(group), np.datetime64("2014-09-01"))
        ),
        register=register_of(school, **place),
        progress=panels,
        catalogue=CATALOGUE,
        **more,
    )
    return record, level


def record_of_chosen_schools(
    rng: np.random.Generator, *, n_groups: int, left: float, improving: float = 0.0
) -> PublicRecord:
    """Trusts of which a third, sponsors, took schools from the lowest fifth of the year they joined.

    Levels (SD 2 points) fade: `left` of a distance remains a year later. No trust does anything, except that
    the first tenth add `improving` points a year.
    """
    sizes = rng.integers(3, 9, n_groups)
    group = np.repeat(np.arange(n_groups), sizes)
    sponsored = group < n_groups // 3
    joined = rng.choice((2013, 2014, 2015), len(group))
    level, pool = _fading(rng, len(group), left), _fading(rng, 20 * len(group), left)
    for year in (2013, 2014, 2015):
        low = pool[:, year - 2012] < np.quantile(pool[:, year - 2012], 0.2)
        which = np.flatnonzero(sponsored & (joined == year))
        level[which] = pool[rng.choice(np.flatnonzero(low), len(which), replace=False)]
    years = (2016, 2017, 2018, 2019)
    true = level[:, 4:] + rng.normal(0, 0.8, (len(group), 4))
    true = true + improving * (group < n_groups // 10)[:, None] * np.arange(4)
    school = codes(len(group))
    panels = {
        name: panel_of(name, school, years, np.round(true + rng.normal(0, 1.07, true.shape), 1), 40)
        for of, name in PROGRESS.values()
        if of == "ks2"
    }
    return PublicRecord(
        year=2019,
        memberships=memberships_of(
            school,
            np.array([f"{5000 + g}" for g in group]),
            np.array([f"{year}-09-01" for year in joined], dtype="datetime64[D]"),
        ),
        register=register_of(
            school,
            kind=np.where(sponsored, "Academy sponsor led", "Academy converter"),
            latitude=rng.uniform(51, 53, len(group)),
            longitude=rng.uniform(-2, 0, len(group)),
        ),
        progress=panels,
        catalogue=CATALOGUE,
    )


def _fading(rng: np.random.Generator, n: int, left: float) -> Any:
    level = np.empty((n, 8))
    level[:, 0] = rng.normal(0, 2, n)
    for t in range(1, 8):
        level[:, t] = left * level[:, t - 1] + rng.normal(0, 2 * np.sqrt(1 - left**2), n)
    return level
