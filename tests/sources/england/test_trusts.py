"""DfE's own measures of trusts."""

from __future__ import annotations

import datetime

import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from tests.sources.england.sheets import YEARS, figure, no_missing_is_a_number, sheet
from upwards.core.errors import UnknownColumn
from upwards.sources.england.trusts import DATASETS, LAYOUTS

(TRUSTS,) = DATASETS
(LAYOUT,) = LAYOUTS[2023]
PLACE = "performance-tables/2022-2023/england_ks4-mats-performance.csv"


def trust(**cells: str) -> dict[str, str]:
    usual = {
        "TIME_PERIOD": "202223",
        "TRUST_GROUP_TYPE": "Multi-academy trusts",
        "TRUST_NAME": "A TRUST",
        "TRUST_UID": "15710",
        "INSTITUTIONS_INMAT": "139268;141111",
        "NUMINST_INMAT": "2",
    }
    return {**usual, **cells}


def test_a_trusts_progress_has_its_interval_pupils_and_schools(publish: Publish, read_as: ReadAs) -> None:
    row = trust(
        P8MEA_WGTAVG="-0.68",
        P8CILOW="-0.79",
        P8CIUPP="-0.56",
        TPUP_MATPTINC="647",
        P8MEACOV="89%",
        NUMINST_MATPTINC="6",
        P8_BANDING="Well below average",
        PFSM6CLA1A_MATPTINC="SUPPMAT",
    )
    release = read_as(TRUSTS, publish(PLACE, sheet(LAYOUT, row), YEARS[2023]))
    progress = figure(release, "15710", "ks4.progress8", 2023, table="group_measures")
    wanted = ("value", "lower", "upper", "level", "n", "n_schools")
    assert [progress[name] for name in wanted] == [-0.68, -0.79, -0.56, 0.95, round(647 * 0.89), 6]
    assert figure(release, "15710", "ks4.progress8_band", 2023, table="group_measures")["value"] == 5
    poor = figure(release, "15710", "ks4.pct_disadvantaged", 2023, table="group_measures")
    assert poor["value_missing"] == "suppressed"
    assert release.tables["groups"].select("group", "name", "kind").rows() == [
        ("15710", "A TRUST", "Multi-academy trust")
    ]
    seen = datetime.date(2023, 8, 31)
    assert release.tables["memberships"].rows() == [
        ("139268", "15710", None, None, seen),
        ("141111", "15710", None, None, seen),
    ]


def test_a_band_in_other_words_is_reported(publish: Publish, read_as: ReadAs) -> None:
    release = read_as(TRUSTS, publish(PLACE, sheet(LAYOUT, trust(P8_BANDING="Splendid")), YEARS[2023]))
    assert [problem.value_or_class for problem in release.problems.listed] == ["'Splendid'"]


def test_a_list_of_schools_that_was_cut_is_reported(publish: Publish, read_as: ReadAs) -> None:
    release = read_as(TRUSTS, publish(PLACE, sheet(LAYOUT, trust(NUMINST_INMAT="3")), YEARS[2023]))
    (problem,) = release.problems.listed
    assert "number of schools that differs from the schools listed" in str(problem)


def test_figures_of_another_year_than_the_place_says_are_refused(publish: Publish, read_as: ReadAs) -> None:
    rows = (trust(), trust(TIME_PERIOD="202324", TRUST_UID="15711"), trust(TRUST_UID="?"))
    release = read_as(TRUSTS, publish(PLACE, sheet(LAYOUT, *rows), YEARS[2023]))
    assert release.tables["groups"]["group"].to_list() == ["15710"]
    assert sorted(release.problems.rejected) == ["figures of another year", "not a group's number (UID)"]


def test_a_missing_column_is_named(publish: Publish) -> None:
    text = sheet(LAYOUT, trust()).replace('"P8CILOW"', '"P8_CILOW"')
    with pytest.raises(UnknownColumn, match="'P8CILOW'; did you mean 'P8_CILOW'.*sources/england/trusts.py"):
        TRUSTS.read(publish(PLACE, text, YEARS[2023]))


def test_all_216_trusts_are_read(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(TRUSTS, open_published(PLACE, YEARS[2023]))
    assert release.problems.is_clean
    assert release.tables["groups"].height == release.problems.n_kept == 216
    assert no_missing_is_a_number(release, "group_measures")
    rows = release.tables["group_measures"]
    bands = rows.filter(measure="ks4.progress8_band")["value"].value_counts().sort("value").rows()
    # Counted in the file: 14 well above, 56 above, 50 average, 80 below, 16 well below.
    assert bands == [(1.0, 14), (2.0, 56), (3.0, 50), (4.0, 80), (5.0, 16)]
    poor = rows.filter(measure="ks4.progress8", pupil_group="disadvantaged")
    assert poor["value_missing"].value_counts().drop_nulls().rows() == [("suppressed", 4)]
    # Activate Learning Education Trust, read by hand.
    activate = figure(release, "15710", "ks4.progress8", 2023, "disadvantaged", table="group_measures")
    assert [activate[name] for name in ("value", "lower", "upper", "n", "n_schools")] == [
        -0.93,
        -1.18,
        -0.68,
        None,
        6,
    ]
    members = release.tables["memberships"].filter(group="15710")["school"].to_list()
    assert members == ["139268", "141111", "142024", "145155", "145945", "146375"]
