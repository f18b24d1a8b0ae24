"""Key Stage 4 performance tables, each layout and each fault."""

from __future__ import annotations

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from tests.sources.england.sheets import YEARS, figure, figures, no_missing_is_a_number, sheet
from upwards.core.errors import UnknownColumn
from upwards.sources.england.ks4 import BANDED, DATASETS, TRIMMED_2016, TRIMMED_2017, WIDE, WIDE_2017

(KS4,) = DATASETS
PLACE = "performance-tables/{}/england_ks4final.csv"
P2016, P2017, P2018, P2019 = (PLACE.format(f"{y - 1}-{y}") for y in (2016, 2017, 2018, 2019))


def test_the_column_named_grade_5_is_grade_c_in_the_file_of_2016(publish: Publish, read_as: ReadAs) -> None:
    row = {"URN": "100000", "TPUP": "100", "P8MEA": "0.1", "PTL2BASICS_95": "64%"}
    of_2016 = read_as(KS4, publish(P2016, sheet(TRIMMED_2016, row), YEARS[2016]))
    assert figure(of_2016, "100000", "ks4.basics_standard", 2016)["value"] == 64
    assert figures(of_2016, "ks4.basics_strong", 2016).is_empty()
    of_2017 = read_as(KS4, publish(P2017, sheet(TRIMMED_2017, row), YEARS[2017]))
    assert figure(of_2017, "100000", "ks4.basics_strong", 2017)["value"] == 64


def test_the_number_in_progress_8_is_left_missing_where_it_is_not_published(
    publish: Publish, read_as: ReadAs
) -> None:
    row = {"URN": "100000", "TPUP": "100", "P8MEA": "0.1", "ATT8SCR": "45.2"}
    release = read_as(KS4, publish(P2017, sheet(TRIMMED_2017, row), YEARS[2017]))
    assert figure(release, "100000", "ks4.progress8", 2017)["n"] is None
    assert figure(release, "100000", "ks4.attainment8", 2017)["n"] == 100


def wide(**cells: str) -> dict[str, str]:
    usual = {"RECTYPE": "1", "LEA": "202", "URN": "100049", "SCHNAME": "A School", "NFTYPE": "UTC"}
    return {**usual, **cells}


def test_a_wide_file_gives_intervals_pupils_elements_and_bands(publish: Publish, read_as: ReadAs) -> None:
    row = wide(
        TPUP="197.0",
        P8PUP="173.0",
        P8MEA="-0.1",
        P8CILOW="-0.28",
        P8CIUPP="0.09",
        P8MEAMAT="0.14",
        P8_BANDING="3.0",
    )
    release = read_as(KS4, publish(P2018, sheet(WIDE, row), YEARS[2018]))
    progress = figure(release, "100049", "ks4.progress8", 2018)
    assert [progress[name] for name in ("value", "lower", "upper", "level", "n")] == [
        -0.1,
        -0.28,
        0.09,
        0.95,
        173,
    ]
    assert figure(release, "100049", "ks4.progress8_maths", 2018)["n"] == 173
    assert figure(release, "100049", "ks4.progress8_band", 2018)["value"] == 3
    (school,) = release.tables["schools"].rows(named=True)
    assert school["kind"] == "University technical college"
    assert (school["area"], school["region"]) == ("Camden", "London")


def test_groups_of_pupils_are_read_where_the_file_has_them(publish: Publish, read_as: ReadAs) -> None:
    row = wide(P8MEA_FSM6CLA1A="-0.4", P8CILOW_FSM6CLA1A="-0.8", P8CIUPP_FSM6CLA1A="0", P8PUP_FSM6CLA1A="30")
    extra = [name for name in row if name.endswith("FSM6CLA1A")]
    release = read_as(KS4, publish(P2018, sheet(WIDE, row, extra=extra), YEARS[2018]))
    poor = figure(release, "100049", "ks4.progress8", 2018, "disadvantaged")
    assert [poor[name] for name in ("value", "lower", "upper", "n")] == [-0.4, -0.8, 0, 30]


def test_the_full_width_file_of_2017_had_no_bands(publish: Publish, read_as: ReadAs) -> None:
    row = wide(P8PUP="90", P8MEA="0.2", P8CILOW="-0.1", P8CIUPP="0.5")
    release = read_as(KS4, publish(P2017, sheet(WIDE_2017, row), YEARS[2017]))
    assert figure(release, "100049", "ks4.progress8", 2017)["n"] == 90


def test_independent_and_special_schools_are_kept_with_the_reason_for_no_figure(
    publish: Publish, read_as: ReadAs
) -> None:
    rows = (
        {"RECTYPE": "1", "URN": "100001", "P8MEA": "NP", "ATT8SCR": "57.9"},
        {"RECTYPE": "2", "URN": "100002", "P8MEA": "NE", "ATT8SCR": "SUPP"},
        {"RECTYPE": "4", "URN": ""},
    )
    release = read_as(KS4, publish(P2019, sheet(BANDED, *rows), YEARS[2019]))
    assert figures(release, "ks4.progress8", 2019)["value_missing"].to_list() == [
        "not published",
        "not entered",
    ]
    assert release.tables["schools"]["kind"].to_list() == ["Mainstream school", "Special school"]
    # 4 is an authority here, and the whole country in the Key Stage 2 file of the same year.
    assert dict(release.problems.rejected) == {"total of a local authority": 1}


def test_a_missing_column_is_named_with_where_it_belongs(publish: Publish) -> None:
    text = sheet(WIDE, wide()).replace('"P8PUP"', '"P8PUPILS"')
    with pytest.raises(UnknownColumn, match="did you mean 'P8PUPILS'.*under 2018 in sources/england/ks4.py"):
        KS4.read(publish(P2018, text, YEARS[2018]))


@pytest.mark.parametrize(
    ("year", "schools", "scored"),
    [(2016, 5335, 3506), (2017, 5399, 3511), (2018, 3165, 3165), (2019, 5516, 3557)],
)
def test_national_files_give_every_school(
    open_published: OpenPublished, read_as: ReadAs, year: int, schools: int, scored: int
) -> None:
    release = read_as(KS4, open_published(PLACE.format(f"{year - 1}-{year}"), YEARS[year]))
    assert release.problems.is_clean
    assert release.problems.n_in == release.problems.n_kept == schools
    # Counted in the file by hand: 5,516 less 1,308 NP, 285 NE, 164 SUPP, 10 LOWCOV and 192 blank in 2019.
    assert figures(release, "ks4.progress8", year)["value"].count() == scored
    assert no_missing_is_a_number(release)


def test_schools_of_2018_are_as_published(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(KS4, open_published(P2018, YEARS[2018]))
    # Haverstock School, read by hand.
    expected = {
        "ks4.progress8": -0.1,
        "ks4.progress8_english": 0.13,
        "ks4.progress8_maths": 0.14,
        "ks4.progress8_ebacc": 0.04,
        "ks4.progress8_open": -0.55,
        "ks4.attainment8": 44.9,
        "ks4.basics_standard": 66,
        "ks4.basics_strong": 41,
        "ks4.ebacc_entry": 12,
        "ks4.ebacc_aps": 3.82,
        "ks4.prior_attainment": 28.1,
        "ks4.pct_disadvantaged": 61,
        "ks4.pupils": 197,
        "ks4.progress8_band": 3,
    }
    assert {name: figure(release, "100049", name, 2018)["value"] for name in expected} == expected
    bands = figures(release, "ks4.progress8_band", 2018).join(
        figures(release, "ks4.progress8", 2018), on="school", suffix="_p8"
    )
    halves = bands.filter(pl.col("value_p8").abs() == 0.5).group_by("value_p8", "value").len()
    # All 17 schools at exactly 0.50 are in band 1 and none of the 21 at -0.50 is in band 5.
    assert halves.filter(pl.col("value_p8") > 0).rows() == [(0.5, 1.0, 17)]
    below = halves.filter(pl.col("value_p8") < 0)
    assert (below["len"].sum(), 5.0 in below["value"].to_list()) == (21, False)
