"""A made-up country: schools in two regions, trusts, inspections, and progress that narrows."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import polars as pl

from tests.measures.group_of_schools import take_in
from tests.measures.systems_of_schools import YEARS, Floats, autoregressive, publish
from upwards.actions.init_workspace import init_workspace

SCHOOLS, TRUSTS, SIZE = 320, 30, 4
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>' & {{ 7 * 7 }}"
BLOCKS = ("black", "asian", "chinese", "mixed", "other_ethnicity")
CODES = [f"{100000 + i}" for i in range(SCHOOLS)]
LONDON = np.arange(SCHOOLS) % 4 == 0


def make_country(folder: Path, *, inspected: bool = True, trusts: bool = True) -> Path:
    """Make a workspace; a quarter of the schools lie in London, whose gap goes with home language."""
    rng = np.random.default_rng(1)
    made = init_workspace(folder, name="A country").folder
    take_in(_figures(rng), made, table="school_measures")
    take_in(_schools(rng), made, table="schools")
    if trusts:
        take_in(_trusts(), made, table="groups")
        take_in(_members(), made, table="memberships")
    if inspected:
        take_in(_judgements(rng), made, table="judgements")
    return made


def _rows(measure: str, value: Floats, n: Floats | None = None, years=YEARS, pupil_group=None, unit="points"):
    school, t = np.nonzero(np.isfinite(value))
    count = [None] * len(school) if n is None else n[school, t].round().astype(int)
    return pl.DataFrame(
        {
            "school": [CODES[i] for i in school],
            "year": [years[j] for j in t],
            "measure": measure,
            "pupil_group": pl.Series([pupil_group] * len(school), dtype=pl.String),
            "value": value[school, t].round(2),
            "unit": unit,
            "n": pl.Series(count, dtype=pl.Int64),
            "source": "made up for a test",
        }
    )


def _figures(rng: np.random.Generator) -> pl.DataFrame:
    trust = np.repeat(rng.normal(0, 1.5, TRUSTS), SIZE)
    trust[:SIZE] = 4.0  # the first trust is far ahead
    level = autoregressive(rng, SCHOOLS) * np.linspace(1.3, 0.7, 4)
    level[: TRUSTS * SIZE] += trust[:, None]
    one = publish(rng, level)
    eal = 20 + 40.0 * LONDON + rng.normal(0, 5, SCHOOLS)
    p8 = 0.01 * eal - 0.3 + rng.normal(0, 0.1, SCHOOLS)
    pupils = np.full((SCHOOLS, 1), 120.0)
    intake = {"school.pct_eal": eal, "school.pct_fsm6": 30 + rng.normal(0, 5, SCHOOLS)}
    intake |= {"ks4.prior_attainment": 28 + rng.normal(0, 1, SCHOOLS)}
    intake |= {f"school.pct_{name}": 10 + rng.normal(0, 2, SCHOOLS) for name in BLOCKS}
    poorer = (p8 - 0.4)[:, None]
    tables = [_rows("ks2.reading_progress", one.value, 36 / one.variance)]
    tables += [_rows("ks4.progress8", p8[:, None], pupils, (2019,))]
    tables += [_rows("ks4.progress8", poorer, pupils / 4, (2019,), "disadvantaged")]
    tables += [_rows(name, value[:, None], None, (2019,), unit="percent") for name, value in intake.items()]
    return pl.concat(tables)


def _schools(rng: np.random.Generator) -> pl.DataFrame:
    names = [HOSTILE if i == 1 else f"School {i}" for i in range(SCHOOLS)]
    return pl.DataFrame(
        {
            "school": CODES,
            "name": names,
            "kind": "Academy converter",
            "phase": ["Primary" if i % 3 else "Secondary" for i in range(SCHOOLS)],
            "area": [f"Area {i % 24}" for i in range(SCHOOLS)],
            "region": ["London" if one else "North & East" for one in LONDON],
            "latitude": 52 + rng.normal(0, 0.5, SCHOOLS),
            "longitude": -1 + rng.normal(0, 0.5, SCHOOLS),
        }
    )


def _trusts() -> pl.DataFrame:
    names = [HOSTILE if t == 0 else f"Trust {t}" for t in range(TRUSTS)]
    return pl.DataFrame(
        {"group": [f"T{t}" for t in range(TRUSTS)], "name": names, "kind": "Multi-academy trust"}
    )


def _members() -> pl.DataFrame:
    n = TRUSTS * SIZE
    return pl.DataFrame(
        {
            "school": CODES[:n],
            "group": [f"T{i // SIZE}" for i in range(n)],
            "starts": [datetime.date(2012, 9, 1)] * n,
            "seen": [datetime.date(2019, 6, 1)] * n,
        }
    )


def _judgements(rng: np.random.Generator) -> pl.DataFrame:
    """Judge every school in 2008 and 2014; in 2014 the schools of London are all Good."""
    first = rng.choice(["Outstanding", "Good", "Satisfactory"], SCHOOLS)
    later = np.where(LONDON, "Good", rng.choice(["Good", "Requires Improvement", "Inadequate"], SCHOOLS))
    days = [datetime.date(2008, 5, 1)] * SCHOOLS + [datetime.date(2014, 5, 1)] * SCHOOLS
    return pl.DataFrame(
        {"school": CODES * 2, "date": days, "framework": "four grades", "outcome": [*first, *later]}
    )
