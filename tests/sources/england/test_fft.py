"""Key Stage 4 as collated by third parties: three years in one row, and 2022/23 joined with census."""

from __future__ import annotations

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from tests.sources.england.sheets import YEARS, figure, figures, no_missing_is_a_number, sheet
from upwards.core.errors import UnknownColumn
from upwards.sources.england import fft, joined, ks4

(FFT,) = fft.DATASETS
(JOINED,) = joined.DATASETS
FFT_PLACE = "fft/ks4_2019.csv"
JOINED_PLACE = "performance-tables/2022-2023/england_ks4_joined.csv"
KS4_PLACE = "performance-tables/{}-{}/england_ks4final.csv"


def test_three_years_in_a_row_become_three_rows(publish: Publish, read_as: ReadAs) -> None:
    row = {
        "URN": "100049",
        "School name": "A School",
        "Region (name)": "London",
        "Area type (name)": "Urban major conurbation",
        "Open date": "2011-08-01",
        "Total pupils": "893",
        "Progress 8, 2017": "-0.65",
        "P8 pupils, 2017": "187.0",
        "Progress 8, 2019": "-0.11",
        "P8 pupils, 2019": "178.0",
        "Basics, 2018": "0.57",
        "KS4 pupils, 2018": "197.0",
        "PP Progress 8, 2019": "-0.28",
        "P8 PP pupils, 2019": "111.0",
        "White, %": "26.3",
    }
    release = read_as(FFT, publish(FFT_PLACE, sheet(fft.LAYOUT, row)))
    found = [figure(release, "100049", "ks4.progress8", year) for year in (2017, 2018, 2019)]
    assert [(one["value"], one["n"]) for one in found] == [(-0.65, 187), (None, None), (-0.11, 178)]
    assert found[1]["value_missing"] == "blank"
    basics = figure(release, "100049", "ks4.basics_standard", 2018)
    assert (basics["value"], basics["n"], basics["unit"]) == (57, 197, "percent of pupils")
    poor = figure(release, "100049", "ks4.progress8", 2019, "disadvantaged")
    assert (poor["value"], poor["n"]) == (-0.28, 111)
    assert figure(release, "100049", "school.pct_white", 2019)["n"] == 893
    (school,) = release.tables["schools"].rows(named=True)
    assert (school["urban"], school["pupils"], school["region"]) == (True, 893, "London")


def test_a_missing_column_of_the_collation_is_named(publish: Publish) -> None:
    text = sheet(fft.LAYOUT, {"URN": "100049"}).replace("P8 pupils, 2018", "P8 pupils 2018")
    with pytest.raises(UnknownColumn, match="did you mean 'P8 pupils 2018'.*sources/england/fft.py"):
        FFT.read(publish(FFT_PLACE, text))


def test_dust_of_binary_numbers_is_brushed_off_and_na_is_not_available(
    publish: Publish, read_as: ReadAs
) -> None:
    row = {"URN": "100053", "LEA": "202", "P8MEA_NFSM6CLA1A": "0.33999999999999997", "P8MEA": "NA"}
    text = sheet(joined.LAYOUT, row, default="NA", extra=["TOWN.x"])
    release = read_as(JOINED, publish(JOINED_PLACE, text, YEARS[2023]))
    assert figure(release, "100053", "ks4.progress8", 2023, "not disadvantaged")["value"] == 0.34
    assert figure(release, "100053", "ks4.progress8", 2023)["value_missing"] == "not available"
    assert release.tables["schools"].select("area", "region").rows() == [("Camden", "London")]


def test_the_collation_of_2017_to_2019_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(FFT, open_published(FFT_PLACE))
    assert release.problems.is_clean
    assert release.problems.n_kept == 3295
    # Counted in the file: blank cells of Progress 8 are 218, 170 and 124.
    for year, blank in ((2017, 218), (2018, 170), (2019, 124)):
        assert figures(release, "ks4.progress8", year)["value_missing"].count() == blank
    # Haverstock School, read by hand.
    assert figure(release, "100049", "ks4.progress8", 2018)["n"] == 173
    assert figure(release, "100049", "school.pct_eal", 2019)["value"] == 71.6
    assert no_missing_is_a_number(release)


def test_the_collation_agrees_with_the_official_files(open_published: OpenPublished) -> None:
    collated = FFT.read(open_published(FFT_PLACE))
    for year in (2017, 2018, 2019):
        (official,) = ks4.DATASETS
        place = KS4_PLACE.format(year - 1, year)
        ours = figures(official.read(open_published(place, YEARS[year])), "ks4.progress8", year)
        both = ours.join(figures(collated, "ks4.progress8", year), on="school").drop_nulls(
            ["value", "value_right"]
        )
        assert both.height > 2600
        assert (both["value"] == both["value_right"]).mean() > 0.999


def test_basics_of_the_collation_is_grade_4_or_above(open_published: OpenPublished) -> None:
    (official,) = ks4.DATASETS
    ours = official.read(open_published(KS4_PLACE.format(2017, 2018), YEARS[2018]))
    theirs = figures(FFT.read(open_published(FFT_PLACE)), "ks4.basics_standard", 2018)
    both = (
        figures(ours, "ks4.basics_standard", 2018)
        .join(theirs, on="school")
        .drop_nulls(["value", "value_right"])
    )
    assert both.height > 2600
    assert (both["value"] == both["value_right"]).all()


def test_the_joined_file_of_2023_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(JOINED, open_published(JOINED_PLACE, YEARS[2023]))
    assert release.problems.is_clean
    assert release.problems.n_kept == 3056
    progress = figures(release, "ks4.progress8", 2023)
    assert progress["value_missing"].value_counts().drop_nulls().rows() == [("not available", 89)]
    # Acland Burghley School, read by hand.
    assert figure(release, "100053", "ks4.progress8", 2023)["value"] == -0.16
    assert figure(release, "100053", "ks4.attainment8", 2023, "girls")["value"] == 46.8
    assert progress.select(pl.col("n", "lower").is_null().all()).row(0) == (True, True)
    assert no_missing_is_a_number(release)
