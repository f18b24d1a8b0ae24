"""Series of local authorities, regions and the country."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.sources.england.authorities import DATASETS, load_series
from upwards.sources.england.catalogue import load_catalogue
from upwards.sources.england.places import load_authorities
from upwards.sources.england.release import Release

(AUTHORITIES,) = DATASETS
PLACE = "lait/bds_long.parquet"
Series = Callable[..., Release]


@pytest.fixture(name="series")
def series_fixture(publish: Publish, read_as: ReadAs) -> Series:
    def read(*rows: str) -> Release:
        text = "\n".join(["Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region", *rows]) + "\n"
        return read_as(AUTHORITIES, publish("lait/bds_long.csv", text))

    return read


def only(release: Release) -> dict[str, object]:
    (row,) = release.tables["area_measures"].rows(named=True)
    return row


@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("2019", 2019),
        ("2019 (Rev)", 2019),
        ("2020 (Final)", 2020),
        ("2025 (prov)", 2025),
        ("2018/19", 2019),
        ("2018-19", 2019),
        ("2018-19 (OT)", 2019),
        ("1999-00", 2000),
        ("2017-19", 2019),
        ("2016/17-18/19", 2019),
    ],
)
def test_every_form_of_label_stands_under_the_year_in_which_its_period_ends(
    series: Series, label: str, year: int
) -> None:
    assert only(series(f"RTA,,{label},Hampshire,12.13,850,South East"))["year"] == year


@pytest.mark.parametrize(
    "label", ["0", "", "19", "2016-19", "2018/18", "2019 (maybe)", "2016/18-18/19", "1019"]
)
def test_a_label_that_is_no_year_is_left_out_by_reason(series: Series, label: str) -> None:
    release = series(f"RTA,,{label},Hampshire,12.13,850,South East")
    assert release.tables["area_measures"].is_empty()
    assert release.problems.rejected == {f"year label {label!r}, which is no year": 1}
    assert release.problems.is_clean


def test_spans_and_financial_years_are_counted_in_the_notes(series: Series) -> None:
    notes = series(
        "RTA,,2017-19,Hampshire,1,850,South East",
        "RTA,,2016/17-18/19,Kent,1,886,South East",
        "Premium,,2018-19,Kent,1,886,South East",
        "A3A,,2018/19,Kent,1,886,South East",
    ).problems.notes
    assert any(note.startswith("2 figures cover three years") for note in notes)
    assert any(note.startswith("1 figures are labelled as '2018-19'") for note in notes)


@pytest.mark.parametrize(
    ("row", "area", "kind"),
    [
        ("Bedford Borough,1,822,East of England", "Bedford", "authority"),
        ("Durham,1,840.0,North East", "County Durham", "authority"),
        ("Yorkshire and the Humber,1,982,NA", "Yorkshire and the Humber", "region"),
        ("London (Inner),1,987,NA", "London (Inner)", "region"),
        ("England,1,970,NA", "England", "country"),
    ],
)
def test_an_area_is_named_as_in_the_register(series: Series, row: str, area: str, kind: str) -> None:
    found = only(series(f"RTA,,2019,{row}"))
    assert (found["area"], found["kind"]) == (area, kind)


def test_averages_of_neighbours_are_left_out_and_an_unknown_area_is_a_problem(series: Series) -> None:
    release = series("RTA,,2019,Statistical Neighbours,1,,NA", "RTA,,2019,Atlantis,1,999,NA")
    assert release.problems.rejected == {
        "area that is not known": 1,
        "average of other authorities, which is no area": 1,
    }
    assert "places.toml" in release.problems.listed[0].remedy


def test_series_that_are_used_have_the_catalogues_names_and_others_the_publishers(series: Series) -> None:
    release = series(
        "DAP_KS4_Prog8,,2019,Kent,-0.45,886,South East",
        "AVG_Prog8_Score,,2019,Kent,-0.03,886,South East",
        "16-17 NEET,,2019,Kent,2.5,886,South East",
    )
    rows = release.tables["area_measures"].select("measure", "pupil_group", "stage", "unit", "value").rows()
    assert rows == [
        ("ks4.progress8", "disadvantaged", "KS4", "grades per subject", -0.45),
        ("ks4.progress8", None, "KS4", "grades per subject", -0.03),
        ("lait.16-17 NEET", None, None, None, 2.5),
    ]


def test_a_dash_is_missing_and_other_text_is_a_problem(series: Series) -> None:
    release = series("RTA,,2019,Kent,-,886,South East", "RTA,,2020,Kent,many,886,South East")
    found = only(release)
    assert (found["value"], found["value_missing"]) == (None, "not available")
    assert release.problems.listed[0].value_or_class == "'many'"


@pytest.mark.parametrize("value", ["101", "-1"])
def test_an_impossible_percentage_is_a_problem(series: Series, value: str) -> None:
    release = series(f"KS2RWM_Expected_STD,,2019,Kent,{value},886,South East")
    assert release.tables["area_measures"].is_empty()
    assert release.problems.counts == {("Values", "figure that is not possible in its unit"): 1}


def test_the_same_figure_twice_is_told(series: Series) -> None:
    same = "RTA,,2019,Kent,1,886,South East"
    release = series(same, same, "RTA,,2020,Kent,1,886,South East", "RTA,,2020 (Rev),Kent,2,886,South East")
    assert release.problems.rejected["the same row twice"] == 1
    assert release.problems.n_rejected == 3


def test_every_series_is_in_the_catalogue_and_every_authority_has_a_region() -> None:
    assert set(load_series()["measure"]) <= set(load_catalogue())
    assert not load_series()["series"].is_duplicated().any()
    authorities = load_authorities()
    assert not authorities["code"].is_duplicated().any()
    assert not authorities["authority"].is_duplicated().any()
    assert authorities["authority_region"].n_unique() == 9


def test_the_published_table_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(AUTHORITIES, open_published(PLACE))
    rows, problems = release.tables["area_measures"], release.problems
    assert problems.is_clean
    assert (problems.n_in, rows.height) == (641_070, 640_900)
    assert problems.rejected == {"year label '0', which is no year": 170}
    assert rows["value"].null_count() == 93_883 - 170
    counts = dict(rows.group_by("kind").agg(pl.col("area").n_unique()).rows())
    assert counts == {"authority": 158, "region": 11, "country": 1}
    # DfE, "Key stage 2 attainment", national: 65 % reached the expected standard in all three in 2019.
    england = rows.filter((pl.col("area") == "England") & (pl.col("measure") == "ks2.rwm_expected"))
    everyone = england.filter(pl.col("pupil_group").is_null() & (pl.col("year") == 2019))
    assert everyone["value"].to_list() == [65.0]
