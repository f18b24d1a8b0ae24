"""Key Stage 2 performance tables, each layout and each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from tests.sources.england.sheets import YEARS, figure, figures, no_missing_is_a_number, sheet
from upwards.core.errors import UnknownColumn
from upwards.sources.england.ks2 import BANDED, DATASETS, FULL_2017, FULL_2018, FULL_2019, TRIMMED
from upwards.sources.england.performance_layouts import NoYear

(KS2,) = DATASETS
PLACE = "performance-tables/{}/england_ks2final.csv"
P2016, P2017, P2018, P2019 = (PLACE.format(f"{y - 1}-{y}") for y in (2016, 2017, 2018, 2019))


def test_a_trimmed_national_file_gives_eligible_pupils_as_the_number(
    publish: Publish, read_as: ReadAs
) -> None:
    row = {"URN": "100000", "TELIG": "28", "READPROG": "2.7", "PTREAD_EXP": "93%", "READ_AVERAGE": "106"}
    release = read_as(KS2, publish(P2016, sheet(TRIMMED, row), YEARS[2016]))
    progress = figure(release, "100000", "ks2.reading_progress", 2016)
    assert progress == {
        "school": "100000",
        "year": 2016,
        "measure": "ks2.reading_progress",
        "subject": "reading",
        "stage": "KS2",
        "pupil_group": None,
        "value": 2.7,
        "value_missing": None,
        "unit": "scaled score points",
        "lower": None,
        "upper": None,
        "level": None,
        "n": 28,
        "source": P2016,
    }
    assert figure(release, "100000", "ks2.reading_expected", 2016)["value"] == 93
    assert figure(release, "100000", "ks2.reading_score", 2016)["n"] is None
    assert figure(release, "100000", "ks2.pupils", 2016)["value"] == 28
    missing = figure(release, "100000", "ks2.maths_progress", 2016)
    assert (missing["value"], missing["value_missing"]) == (None, "blank")


def test_the_national_file_of_2019_has_bands_and_no_number_of_pupils(
    publish: Publish, read_as: ReadAs
) -> None:
    rows = (
        {"RECTYPE": "1", "URN": "100000", "SCHNAME": "A", "READPROG": "2.6", "READPROG_DESCR": "2"},
        {"RECTYPE": "2", "URN": "100001", "SCHNAME": "B", "READPROG": "SUPP", "READPROG_DESCR": "SUPP"},
        {"RECTYPE": "1", "URN": "100002", "SCHNAME": "C", "READPROG": "LOWCOV", "READPROG_DESCR": ""},
    )
    release = read_as(KS2, publish(P2019, sheet(BANDED, *rows), YEARS[2019]))
    assert figure(release, "100000", "ks2.reading_progress", 2019)["n"] is None
    assert figure(release, "100000", "ks2.reading_progress_band", 2019)["value"] == 2
    reasons = figures(release, "ks2.reading_progress", 2019)["value_missing"].to_list()
    assert reasons == [None, "suppressed", "low coverage"]
    assert release.problems.missing["ks2.reading_progress_band", "blank"] == 1
    schools = release.tables["schools"].select("school", "name", "kind", "area").rows()
    assert schools[1] == ("100001", "B", "Special school", None)


def full(**cells: str) -> dict[str, str]:
    usual = {"RECTYPE": "1", "LEA": "850", "URN": "115976", "SCHNAME": "A School", "NFTYPE": "CY"}
    return {**usual, **cells}


def test_a_full_width_file_gives_intervals_coverage_and_groups(publish: Publish, read_as: ReadAs) -> None:
    row = full(
        TELIG="109",
        READPROG="1.2",
        READPROG_LOWER="0.0",
        READPROG_UPPER="2.4",
        READCOV="94%",
        READPROG_FSM6CLA1A="-0.3",
        READPROG_FSM6CLA1A_LOWER="-3.3",
        READPROG_FSM6CLA1A_UPPER="2.7",
        PTRWM_EXP_FSM6CLA1A="59%",
        TFSM6CLA1A="17",
        PTFSM6CLA1A="16%",
        READPROG_L="SUPP",
        TKS1AVERAGE="16.7",
    )
    text = "\ufeff" + sheet(FULL_2017, row, default="NA")
    release = read_as(KS2, publish(P2017.replace("england", "850"), text, YEARS[2017]))
    progress = figure(release, "115976", "ks2.reading_progress", 2017)
    assert (progress["lower"], progress["upper"], progress["level"]) == (0.0, 2.4, 0.95)
    assert progress["n"] == round(109 * 0.94) == 102
    poor = figure(release, "115976", "ks2.reading_progress", 2017, "disadvantaged")
    assert (poor["value"], poor["lower"], poor["upper"], poor["n"]) == (-0.3, -3.3, 2.7, None)
    assert figure(release, "115976", "ks2.rwm_expected", 2017, "disadvantaged")["n"] == 17
    low = figure(release, "115976", "ks2.reading_progress", 2017, "low prior")
    assert (low["value_missing"], low["level"]) == ("suppressed", None)
    assert figure(release, "115976", "ks2.pct_disadvantaged", 2017)["value"] == 16
    (school,) = release.tables["schools"].rows(named=True)
    assert (school["kind"], school["area"], school["region"]) == (
        "Community school",
        "Hampshire",
        "South East",
    )


def test_a_file_repeats_bands_and_intervals_of_earlier_years(publish: Publish, read_as: ReadAs) -> None:
    of_2017 = full(READPROG_16="-0.6", READPROG_LOWER_16="-1.9", READPROG_UPPER_16="0.7")
    release = read_as(KS2, publish(P2017, sheet(FULL_2017, of_2017), YEARS[2017]))
    assert figure(release, "115976", "ks2.reading_progress", 2016)["lower"] == -1.9
    of_2018 = full(READPROG_DESCR="3", READPROG_DESCR_17="2", READPROG_DESCR_16="5")
    release = read_as(KS2, publish(P2018, sheet(FULL_2018, of_2018), YEARS[2018]))
    bands = [
        figure(release, "115976", "ks2.reading_progress_band", year)["value"] for year in (2016, 2017, 2018)
    ]
    assert bands == [5, 2, 3]


def test_totals_are_left_out_by_reason_without_being_a_problem(publish: Publish, read_as: ReadAs) -> None:
    totals = [full(RECTYPE=kind, URN=" ") for kind in ("3", "4", "5")]
    release = read_as(KS2, publish(P2019, sheet(FULL_2019, full(), *totals), YEARS[2019]))
    assert release.problems.is_clean
    assert dict(release.problems.rejected) == {"total of a local authority": 1, "total of the country": 2}
    assert release.problems.n_kept == 1


def test_what_a_record_type_means_comes_from_the_years_dictionary(
    publish: Publish, read_as: ReadAs, tmp_path: Path
) -> None:
    opened = publish(P2019, sheet(BANDED, {"RECTYPE": "3", "URN": "100000"}), YEARS[2019])
    meaning = "Record type (1=Local Authority; 3=Mainstream school)"
    (opened.path.parent / "ks2_meta.csv").write_text(f"Column,Field Name,Label\n1,RECTYPE,{meaning}\n")
    release = read_as(KS2, opened)
    assert release.tables["schools"]["kind"].to_list() == ["Mainstream school"]
    assert not any("ks2_meta.csv" in note for note in release.problems.notes)


def test_an_unknown_record_type_is_reported(publish: Publish, read_as: ReadAs) -> None:
    rows = ({"RECTYPE": "1", "URN": "100000"}, {"RECTYPE": "9", "URN": "100001"})
    release = read_as(KS2, publish(P2019, sheet(BANDED, *rows), YEARS[2019]))
    (problem,) = release.problems.listed
    assert str(problem) == (
        "england_ks2final.csv, row 3, column 'RECTYPE': record type that is not known ('9'). Look it up in "
        "ks2_meta.csv of the year; if it is new, add it under 2019 in sources/england/ks2.py."
    )
    assert release.problems.n_kept == 1


def test_a_band_that_is_not_one_of_five_is_reported(publish: Publish, read_as: ReadAs) -> None:
    row = {"RECTYPE": "1", "URN": "100000", "READPROG": "1", "READPROG_DESCR": "6"}
    release = read_as(KS2, publish(P2019, sheet(BANDED, row), YEARS[2019]))
    (problem,) = release.problems.listed
    assert (problem.row, problem.column, problem.value_or_class) == (2, "READPROG_DESCR", "6")
    assert "2019 in sources/england/ks2.py" in problem.remedy
    assert figures(release, "ks2.reading_progress_band", 2019).is_empty()


def test_text_that_is_no_marker_is_reported_and_gives_no_figure(publish: Publish, read_as: ReadAs) -> None:
    rows = ({"URN": "100000", "READPROG": "hidden"}, {"URN": "100001", "READPROG": "1.0"})
    release = read_as(KS2, publish(P2017, sheet(TRIMMED, *rows), YEARS[2017]))
    (problem,) = release.problems.listed
    assert (problem.row, problem.column, problem.value_or_class) == (2, "READPROG", "'hidden'")
    assert figures(release, "ks2.reading_progress", 2017)["school"].to_list() == ["100001"]


def test_an_interval_that_does_not_hold_its_figure_is_reported(publish: Publish, read_as: ReadAs) -> None:
    row = full(READPROG="1.2", READPROG_LOWER="2.4", READPROG_UPPER="0.0")
    nation = {"RECTYPE": "5"}
    release = read_as(KS2, publish(P2019, sheet(FULL_2019, row, nation), YEARS[2019]))
    (problem,) = release.problems.listed
    assert "interval that does not hold its figure" in str(problem)


def test_a_full_width_file_without_totals_at_its_end_may_have_been_cut(
    publish: Publish, read_as: ReadAs
) -> None:
    release = read_as(KS2, publish(P2019, sheet(FULL_2019, full()), YEARS[2019]))
    (problem,) = release.problems.listed
    assert "may have been cut" in problem.what


def test_a_renamed_column_is_named_with_its_near_miss_and_where_to_add_it(publish: Publish) -> None:
    text = sheet(BANDED, {"RECTYPE": "1", "URN": "100000"}).replace("MATPROG_DESCR", "MATPROG_DESC")
    with pytest.raises(UnknownColumn) as error:
        KS2.read(publish(P2019, text, YEARS[2019]))
    assert str(error.value) == (
        "england_ks2final.csv (2018/19) has no column 'MATPROG_DESCR'; did you mean 'MATPROG_DESC'? If "
        "the publisher renamed it, add the new name under 2019 in sources/england/ks2.py; if it was lost, "
        "get the file again."
    )


def test_a_full_width_file_with_a_renamed_column_is_not_taken_for_a_narrow_one(publish: Publish) -> None:
    text = sheet(FULL_2019, full()).replace('"READCOV"', '"READCOVER"')
    with pytest.raises(UnknownColumn, match="READCOV"):
        KS2.read(publish(P2019, text, YEARS[2019]))


def test_a_school_listed_twice_with_other_figures_is_refused(publish: Publish, read_as: ReadAs) -> None:
    rows = ({"URN": "100000", "READPROG": "1"}, {"URN": "100000", "READPROG": "2"}, {"URN": "x"})
    release = read_as(KS2, publish(P2017, sheet(TRIMMED, *rows), YEARS[2017]))
    assert release.problems.n_rejected == 3
    assert not release.problems.is_clean
    assert release.tables["school_measures"].is_empty()


def test_a_year_without_a_record_is_read_by_the_nearest_and_says_so(
    publish: Publish, read_as: ReadAs
) -> None:
    place = PLACE.format("2022-2023")
    release = read_as(KS2, publish(place, sheet(FULL_2019, full(READPROG="1")), YEARS[2023]))
    assert figure(release, "115976", "ks2.reading_progress", 2023)["value"] == 1
    note = "sources/england/ks2.py has no record of 2022/23: read by the columns of 2018/19"
    assert note in release.problems.notes


def test_a_place_without_a_year_is_refused(publish: Publish) -> None:
    with pytest.raises(NoYear, match="folder named by the year"):
        KS2.read(publish("england_ks2final.csv", sheet(TRIMMED, {"URN": "100000"})))


@pytest.mark.parametrize(
    ("year", "schools", "scored"),
    [(2016, 16162, 14995), (2017, 16313, 15014), (2018, 16364, 15155), (2019, 16355, 15347)],
)
def test_national_files_give_every_school(
    open_published: OpenPublished, read_as: ReadAs, year: int, schools: int, scored: int
) -> None:
    release = read_as(KS2, open_published(PLACE.format(f"{year - 1}-{year}"), YEARS[year]))
    assert release.problems.is_clean
    assert release.problems.n_in == release.problems.n_kept == schools
    reading = figures(release, "ks2.reading_progress", year)
    # Counted in the file by hand: cells of READPROG that are numbers.
    assert reading["value"].count() == scored
    assert no_missing_is_a_number(release)


def test_hampshires_file_of_2019_says_what_is_in_it(open_published: OpenPublished, read_as: ReadAs) -> None:
    place = P2019.replace("england", "850")
    release = read_as(KS2, open_published(place, YEARS[2019]))
    assert release.problems.is_clean
    assert release.problems.totals() == {
        "in": 334,
        "kept": 331,
        "blank": 0,
        "total of a local authority": 1,
        "total of the country": 2,
    }
    # Anstey Junior School, read by hand: 60 pupils, all covered.
    anstey = figure(release, "115851", "ks2.reading_progress", 2019)
    assert [anstey[name] for name in ("value", "lower", "upper", "n")] == [-1.9, -3.4, -0.3, 60]
    boys = figure(release, "115851", "ks2.reading_progress", 2019, "boys")
    assert [boys[name] for name in ("value", "lower", "upper", "n")] == [-2.3, -4.5, -0.2, None]
    assert figure(release, "115851", "ks2.rwm_expected", 2019, "disadvantaged")["value"] == 61
    assert figure(release, "115851", "ks2.rwm_expected", 2019, "not disadvantaged")["value"] == 64
    assert set(release.tables["schools"]["area"]) == {"Hampshire"}
    assert no_missing_is_a_number(release)


def test_the_national_file_and_hampshires_agree(open_published: OpenPublished) -> None:
    for year in (2017, 2019):
        place = PLACE.format(f"{year - 1}-{year}")
        nation = KS2.read(open_published(place, YEARS[year]))
        county = KS2.read(open_published(place.replace("england", "850"), YEARS[year]))
        for subject in ("reading", "writing", "maths"):
            ours = figures(county, f"ks2.{subject}_progress", year).select("school", "value")
            both = ours.join(figures(nation, f"ks2.{subject}_progress", year), on="school")
            both = both.drop_nulls(["value", "value_right"])
            assert both.height > 300
            assert (both["value"] == both["value_right"]).all()
