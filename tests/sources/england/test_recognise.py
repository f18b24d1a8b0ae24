from __future__ import annotations

import datetime
import os
from pathlib import Path, PurePosixPath

import polars as pl
import pytest

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import EmptyData
from upwards.sources.england.datasets import MODULES, england_datasets
from upwards.sources.england.periods import find_period, period_text
from upwards.sources.england.recognise import Recognition, recognise
from upwards.sources.england.release import Dataset, Release
from upwards.sources.errors import MissingFile, UnreadableFile

CFR = "URN,Income,Expenditure,Balance,Academic Year\n100000,10,9,1,2018\n"
INSPECTIONS = "URN,Rating,Inspection Date\n100000,Good,20130418\n"
ABSENCE = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,100000,5.2,9.8\n"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for place, content in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def only_problem(found: Recognition) -> str:
    assert (found.files, len(found.problems)) == ((), 1)
    return str(found.problems[0])


@pytest.mark.parametrize(
    ("place", "period"),
    [
        ("performance-tables/2018-2019/england_ks2final.csv", AcademicYear(2019)),
        ("2018_19/england_ks2final.csv", AcademicYear(2019)),
        ("20182019/a.csv", AcademicYear(2019)),
        ("gias/2022-04-25/edubasealldata.csv", datetime.date(2022, 4, 25)),
        ("gias/2022-07/alllinksdata.csv", datetime.date(2022, 7, 1)),
        ("links_edubasealldata20250422.csv", datetime.date(2025, 4, 22)),
        ("finance/cfr_2014.csv", AcademicYear(2014)),
        ("2019-06-01/grouplinks_20180101.csv", datetime.date(2019, 6, 1)),
        ("ofsted/inspections_2005_2020.csv", None),
        ("2017-2019/a.csv", None),
        ("2018-13-40/a.csv", None),
        ("1900-1901/850_ks2final.csv", None),
        ("gias/edubasealldata_850.csv", None),
    ],
)
def test_the_period_is_read_from_the_nearest_name_that_says_it(place: str, period: object) -> None:
    assert find_period(PurePosixPath(place)) == period


def test_periods_sort_by_their_last_day() -> None:
    periods = [AcademicYear(2022), datetime.date(2022, 4, 25), datetime.date(2022, 9, 1), None]
    assert sorted(map(period_text, periods)) == ["", "2022-04-25", "2022-08-31", "2022-09-01"]  # type: ignore[arg-type]


def test_every_reader_has_its_place_in_the_list() -> None:
    datasets = england_datasets()
    assert len({dataset.name for dataset in datasets}) == len(datasets)
    assert {dataset.module.rpartition("/")[0] for dataset in datasets} == {"sources/england"}
    assert len(MODULES) == len(set(MODULES))


def test_each_file_of_a_folder_is_known_by_its_place_and_headings(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "finance/cfr_2018.csv": CFR,
            "ofsted/inspections_2005_2020.csv": INSPECTIONS,
            "performance-tables/2022-2023/england_abs.csv": ABSENCE,
            "performance-tables/2022-2023/abs_meta.csv": "Variable,Label\nURN,Number\n",
            "README.md": "notes",
            "PROVENANCE.md": "where from",
            ".DS_Store": b"\0\1",
            ".cache/half.csv": "x",
        },
    )
    found = recognise(tmp_path)
    assert [(str(one.opened.place), one.dataset.name, one.period) for one in found.files] == [
        ("finance/cfr_2018.csv", "cfr", "2018-08-31"),
        ("ofsted/inspections_2005_2020.csv", "inspections", ""),
        ("performance-tables/2022-2023/england_abs.csv", "absence", "2023-08-31"),
    ]
    assert found.dictionaries == ("performance-tables/2022-2023/abs_meta.csv",)
    assert found.ignored == (".DS_Store", "PROVENANCE.md", "README.md")
    assert found.problems == ()


def test_a_folder_within_keeps_the_year_of_the_folder_above(tmp_path: Path) -> None:
    year = write(tmp_path, {"2022-2023/england_abs.csv": ABSENCE}) / "2022-2023"
    for root in (year, year / "england_abs.csv"):
        (one,) = recognise(root).files
        assert (one.opened.place.as_posix(), one.opened.period) == (
            "2022-2023/england_abs.csv",
            AcademicYear(2023),
        )


def test_a_file_elsewhere_is_known_by_its_headings(tmp_path: Path) -> None:
    write(tmp_path, {"2023/absence.csv": ABSENCE, "my_finance_2018.csv": CFR})
    found = recognise(tmp_path)
    assert [(one.dataset.name, one.period) for one in found.files] == [
        ("absence", "2023-08-31"),
        ("cfr", "2018-08-31"),
    ]


def test_a_file_without_a_period_says_which_folder_is_wanted(tmp_path: Path) -> None:
    (one,) = recognise(write(tmp_path / "x", {"england_abs.csv": ABSENCE})).files
    release = one.read()
    assert release.tables == {}
    assert "2018-2019" in str(release.problems.listed[0])
    assert not release.problems.is_clean


def test_a_renamed_column_is_named_with_its_near_misses_and_where_to_add_it(tmp_path: Path) -> None:
    renamed = ABSENCE.replace("PERCTOT", "PERC_TOT")
    said = only_problem(recognise(write(tmp_path, {"2022-2023/england_abs.csv": renamed})))
    assert said.startswith("2022-2023/england_abs.csv: england_abs.csv (2022/23) has no column 'PERCTOT'")
    assert "did you mean 'PERC_TOT'" in said
    assert "add the new name in sources/england/census.py" in said


def test_all_missing_columns_are_counted(tmp_path: Path) -> None:
    said = only_problem(recognise(write(tmp_path, {"finance/cfr_2018.csv": "A,B\n1,2\n"})))
    assert "has no column 'Academic Year' and 4 more ('Balance', 'Expenditure', 'Income')" in said


def test_an_unknown_file_is_named_with_the_nearest_kind(tmp_path: Path) -> None:
    said = only_problem(recognise(write(tmp_path, {"stray.csv": "URN,Rating\n1,Good\n"})))
    assert said.startswith("stray.csv: it is not a file that is known")
    assert "nearest is Outcomes of inspections, which has 'Inspection Date' too" in said
    assert said.endswith("Take it out of the folder, or add it as a Dataset in sources/england.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("england_abs.csv", ABSENCE.encode("utf-16"), "UTF-16"),
        ("england_abs.csv", b"", "empty"),
        ("england_abs.csv", ABSENCE.encode() + b'201,3614,"1000', "ends inside a quotation"),
        ("england_abs.csv", b"\xef\xbb\xbf" + ABSENCE.encode() + b"\x81\xff,1,1,1,1\n", "neither UTF-8 nor"),
        ("england_abs.csv", "LA,É\n1,Ã©\n".encode("cp1252") + "2,é\n".encode(), "mixes two encodings"),
        ("abs_meta.csv", b"A,B\n1,2\n", "named like a dictionary"),
        ("abs_meta.csv", b"Variable,Label\nURN,a\nLA,b\nPER", "ends in the middle of row 4"),
        ("tables.zip", b"PK\3\4", "of a kind that cannot be read"),
    ],
)
def test_a_damaged_file_is_a_problem_that_names_it(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    problem = only_problem(recognise(write(tmp_path, {f"2022-2023/{name}": content})))
    assert problem.startswith(f"2022-2023/{name}: ")
    assert said in problem


def test_a_file_that_breaks_while_it_is_read_is_a_problem_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    def damaged(opened: object) -> Release:
        raise pl.exceptions.ComputeError("damaged")

    def unreadable(opened: object) -> Release:
        raise UnreadableFile("row 7 ends in nothing")

    import upwards.sources.england.recognise as module

    for reader, said in ((damaged, "damaged or cut short"), (unreadable, "row 7 ends in nothing")):
        dataset = Dataset("x", "X", re.compile("x.csv"), frozenset({"A"}), reader, ("schools",), "x.py")
        monkeypatch.setattr(module, "england_datasets", lambda dataset=dataset: (dataset,))
        (one,) = recognise(write(tmp_path, {"x.csv": "A,B\n1,2\n"})).files
        release = one.read()
        assert (release.tables, release.problems.n_in) == ({}, 0)
        assert said in str(release.problems.listed[0])


def test_a_folder_must_exist_and_hold_something(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no folder or file"):
        recognise(tmp_path / "nowhere")
    with pytest.raises(EmptyData, match="holds no file"):
        recognise(tmp_path)


def test_links_to_folders_are_followed_and_those_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    public = write(tmp_path / "public", {"finance/cfr_2018.csv": CFR})
    elsewhere = write(tmp_path / "elsewhere", {"england_abs.csv": ABSENCE})
    (public / "2022-2023").symlink_to(elsewhere)
    (public / "again").symlink_to(public)
    (public / "finance/gone.csv").symlink_to(tmp_path / "gone.csv")
    (public / "a/b/c").mkdir(parents=True)
    (public / "a/b/c/far").symlink_to(elsewhere)
    found = recognise(public)
    assert [str(one.opened.place) for one in found.files] == [
        "2022-2023/england_abs.csv",
        "finance/cfr_2018.csv",
    ]
    assert [(problem.file, problem.what[:28]) for problem in found.problems] == [
        ("a/b/c/far", "it is a link to a folder, an"),
        ("again", "it is a link to a folder, an"),
        ("finance/gone.csv", "it is a link that leads nowh"),
    ]
    assert all(problem.remedy.endswith("take the link away") for problem in found.problems)


def test_what_is_neither_file_nor_folder_is_named(tmp_path: Path) -> None:
    os.mkfifo(write(tmp_path, {"finance/cfr_2018.csv": CFR}) / "finance/pipe.csv")
    (problem,) = recognise(tmp_path).problems
    assert "a pipe or a device" in problem.what


def test_the_lock_of_an_open_workbook_is_passed_over(tmp_path: Path) -> None:
    found = recognise(write(tmp_path, {"finance/cfr_2018.csv": CFR, "finance/~$cfr_2018.xlsx": b"\0"}))
    assert (found.ignored, found.problems) == (("finance/~$cfr_2018.xlsx",), ())


def test_a_message_on_a_whole_file_ends_once(tmp_path: Path) -> None:
    said = only_problem(recognise(write(tmp_path, {"finance/cfr_2018.csv": CFR.encode("utf-16")})))
    assert said.endswith("'CSV UTF-8'. Take it away, or download it again.")
