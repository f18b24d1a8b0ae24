from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from upwards.core.errors import EmptyData
from upwards.sources.cleaning import clean_batches
from upwards.sources.errors import BadMapping, MissingFile
from upwards.sources.mapping import Mapping, WideColumn

LONG = Mapping(
    "results",
    {"pupil": "UPN", "school": "School", "subject": "Subject", "score": "Score"},
    {"year": 2019},
)
HEAD = "UPN,School,Subject,Score\n"


def test_a_clean_file_becomes_standard_columns(read) -> None:
    reading = read(HEAD + " a 1 ,7,maths,5\nA2,7,maths,4.5\n", LONG)
    assert reading.problems.is_clean
    assert reading.rows.to_dicts() == [
        {
            "pupil": pupil,
            "subject": "maths",
            "year": 2019,
            "score": score,
            "score_missing": None,
            "scale": "number",
            "school": "7",
        }
        for pupil, score in [("A1", 5.0), ("A2", 4.5)]
    ]


def test_suppressed_cells_stay_suppressed(read) -> None:
    cells = {
        "SUPP": "suppressed",
        "x": "not available",
        "z": "not applicable",
        "NE": "not entered",
        "Abs": "absent",
        "NEW": "new school",
        "LOWCOV": "low coverage",
        " ": "blank",
    }
    lines = "".join(f"A{i},7,maths,{cell}\n" for i, cell in enumerate(cells))
    reading = read(HEAD + lines, LONG)
    assert reading.problems.is_clean
    assert reading.rows["score"].null_count() == len(cells)
    assert reading.rows["score_missing"].to_list() == list(cells.values())
    assert reading.problems.missing["score", "suppressed"] == 1


def test_zero_is_a_score(read) -> None:
    rows = read(HEAD + "A1,7,maths,0\n", LONG).rows
    assert rows.select("score", "score_missing").row(0) == (0.0, None)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("ninety", "grade, but the mapping names no scale"),
        ("05-Jun", "date typed as a score"),
        ("2019-06-05 00:00:00", "date typed as a score"),
        ("5/6/2019", "date typed as a score"),
        ('"4,5"', "number with a comma"),
        ("inf", "grade, but the mapping names no scale"),
    ],
)
def test_what_is_no_score_is_said_without_the_value(read, cell: str, said: str) -> None:
    reading = read(HEAD + f"A1,7,maths,{cell}\n", LONG)
    assert reading.rows.is_empty()
    assert reading.said[0].startswith(f"results.csv, row 2, column 'Score': {said}")
    assert cell.strip('"') not in reading.said[0]


def test_a_score_outside_its_scale_is_impossible(read) -> None:
    bounded = replace(LONG, scales={"score": "number", "score_min": 0, "score_max": 100})
    reading = read(HEAD + "A1,7,maths,101\nA2,7,maths,-3\nA3,7,maths,100\n", bounded)
    assert reading.rows["pupil"].to_list() == ["A3"]
    assert "number outside 0 to 100 of the scale 'number'" in reading.said[0]
    assert "negative number" in reading.said[1]
    assert dict(reading.problems.rejected) == {"outside": 1, "negative": 1}


def test_grades_become_scores_by_the_scale_named(read) -> None:
    cells = {"9": 9, "Grade 7": 7, "u": 0, " 4.0": 4}
    lines = "".join(f"A{i},7,maths,{cell}\n" for i, cell in enumerate(cells))
    rows = read(HEAD + lines, replace(LONG, scales={"score": "gcse_9_1"})).rows
    assert rows["score"].to_list() == list(cells.values())
    assert rows["scale"].unique().to_list() == ["gcse_9_1"]


def test_a_grade_is_a_grade_before_it_is_a_marker(read) -> None:
    rows = read(HEAD + "A1,7,maths,C\nA2,7,maths,x\n", replace(LONG, scales={"score": "gcse_a_g"})).rows
    assert rows.select("score", "score_missing").rows() == [(5.0, None), (None, "not available")]


def test_faults_of_grades_are_told_apart(read) -> None:
    cells = ["H", "12", "-1", "05-Jun"]
    lines = "".join(f"A{i},7,maths,{cell}\n" for i, cell in enumerate(cells))
    reading = read(HEAD + lines, replace(LONG, scales={"score": "gcse_9_1"}))
    assert [line.split(": ")[1].split(".")[0] for line in reading.said] == [
        "not a grade of the scale 'gcse_9_1'",
        "number outside 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, U",
        "negative number",
        "date typed as a score",
    ]


def test_no_scale_is_guessed_but_those_that_fit_are_listed(read) -> None:
    reading = read(HEAD + "A1,7,maths,A*\nA2,7,maths,G\nA3,7,maths,b\n", LONG)
    assert reading.rows.is_empty()
    assert all("write score = 'gcse_a_g' (which hold all grades seen)" in line for line in reading.said)


def test_percent_signs_are_read_on_the_percent_scale_only(read) -> None:
    text = HEAD + "A1,7,maths,45%\n"
    assert read(text, replace(LONG, scales={"score": "percent"})).rows["score"].to_list() == [45.0]
    assert read(text, replace(LONG, scales={"score": "number"})).rows.is_empty()


def test_the_same_result_twice_is_a_duplicate_over_the_whole_file(read) -> None:
    many = "".join(f"A{i},7,maths,5\n" for i in range(400_000))
    reading = read(HEAD + many + "a1,8,maths,6\nA2,7,english,5\n", LONG)
    assert (reading.problems.n_kept, dict(reading.problems.rejected)) == (400_001, {"duplicate": 1})
    assert "row 400002: same pupil, assessment, subject, year as an earlier row" in reading.said[0]


def test_two_sittings_are_not_duplicates(read) -> None:
    mapping = replace(LONG, columns={**LONG.columns, "attempt": "Sitting"})
    text = "UPN,School,Subject,Score,Sitting\nA1,7,maths,5,1\nA1,7,maths,6,2\nA1,7,maths,6,2\n"
    assert dict(read(text, mapping).problems.rejected) == {"duplicate": 1}


def test_without_a_pupil_the_row_number_stands_in(read) -> None:
    text = "School,Subject,Score\n7,maths,5\n7,maths,6\n"
    mapping = replace(LONG, columns={k: v for k, v in LONG.columns.items() if k != "pupil"})
    reading = read(text, mapping)
    assert reading.rows["pupil"].to_list() == ["RESULTS ROW 2", "RESULTS ROW 3"]
    assert "2 results have no pupil; the row number stands in" in reading.problems.notes
    assert read(HEAD + ",7,maths,5\nA2,7,maths,5\n", LONG).rows["pupil"].to_list() == ["RESULTS ROW 2", "A2"]


def test_pupil_numbers_can_start_anew_in_each_school(read) -> None:
    text = HEAD + "1,7,maths,5\n1,8,maths,6\n"
    assert dict(read(text, LONG).problems.rejected) == {"duplicate": 1}
    within = replace(LONG, pupils_numbered_within="school")
    assert read(text, within).rows["pupil"].to_list() == ["7 1", "8 1"]


def test_an_unknown_school_is_named_with_its_likeness(read) -> None:
    reading = read(
        HEAD + "A1,Hilltop,maths,5\nA2,Hiltop,maths,5\nA3,,maths,5\n", LONG, known_schools=["Hilltop "]
    )
    assert reading.rows["school"].to_list() == ["Hilltop"]
    assert reading.said == [
        "results.csv, row 3, column 'School': school that is not known ('Hiltop'). Correct the school, or "
        "import it first with --as schools; did you mean 'Hilltop'?",
        "results.csv, row 4, column 'School': nothing where school is needed. Fill it in; if all rows have "
        "the same, give it under [constants] in the mapping.",
    ]


def test_two_scales_never_meet_in_one_subject(read) -> None:
    mapping = replace(LONG, columns={**LONG.columns, "scale": "Scale"})
    text = (
        "UPN,School,Subject,Score,Scale\nA1,7,maths,5,gcse_9_1\nA2,7,maths,A,gcse_a_g\n"
        "A3,7,art,A,gcse_a_g\nA4,7,art,5,gcse\nA5,7,maths,SUPP,gcse_a_g\n"
    )
    reading = read(text, mapping)
    assert reading.rows["pupil"].to_list() == ["A1", "A3", "A5"]
    assert "second scale in one subject and assessment ('gcse_a_g')" in reading.said[0]
    assert any(
        "scale that does not exist ('gcse'). Use one of a_level, btec" in line for line in reading.said
    )


def test_years_are_read_in_every_spelling_or_refused(read) -> None:
    mapping = replace(LONG, columns={**LONG.columns, "year": "Year"}, constants={})
    years = ["2019", "2018/19", "201819", "2019.0", "2018-2019", "summer", "", "2019-06-05"]
    lines = "".join(f"A{i},7,maths,5,{year}\n" for i, year in enumerate(years))
    reading = read("UPN,School,Subject,Score,Year\n" + lines, mapping)
    assert reading.rows["year"].to_list() == [2019] * 5
    assert dict(reading.problems.rejected) == {"year": 2, "missing": 1}
    assert "not an academic year ('summer')" in reading.said[0]


def test_pupil_characteristics_are_read_by_their_type(read) -> None:
    names = {"disadvantaged": "PP", "eal": "EAL", "sex": "Sex", "birth_month": "Month", "weight": "W"}
    mapping = replace(
        LONG,
        columns={**LONG.columns, **names},
        values={"disadvantaged": {"F": "yes", "n ": "no"}, "subject": {"MATHS": "mathematics"}},
    )
    text = (
        "UPN,School,Subject,Score,PP,EAL,Sex,Month,W\n"
        "A1,7,maths,5,f,Y,M,12,1.5\n"
        "A2,7,maths,5,N,0,F,,\n"
        "A3,7,maths,5,x,TRUE,F,NA,2\n"
        "A4,7,maths,5,perhaps,Y,F,13,1\n"
        "A5,7,maths,5,N,Y,F,1.5,-1\n"
        "A6,7,maths,5,N,Y,F,June,1\n"
    )
    reading = read(text, mapping)
    picked = reading.rows.select("subject", "disadvantaged", "eal", "sex", "birth_month", "weight")
    assert picked.rows() == [
        ("mathematics", True, True, "M", 12, 1.5),
        ("mathematics", False, False, "F", None, None),
        ("mathematics", None, True, "F", None, 2.0),
    ]
    said = "\n".join(reading.said)
    assert "column 'PP': neither yes nor no. Write yes or no, or say under [values.disadvantaged]" in said
    assert "column 'Month': number outside 1 to 12" in said
    assert "column 'Month': number that is not whole" in said
    assert "column 'Month': text where a number belongs" in said
    assert "column 'W': negative number" in said
    assert "perhaps" not in said


def test_extra_columns_are_kept_under_their_own_names(read) -> None:
    mapping = replace(LONG, extra_number=("Absence %",), extra_text=("SES",), leave_out=("Surname",))
    head = "UPN,School,Subject,Score,SES,Absence %,Surname\n"
    text = head + "A1,7,maths,5,low,95.5%,Lee\nA2,7,maths,5,,often,Roe\n"
    reading = read(text, mapping)
    assert reading.rows.select("SES", "Absence %").rows() == [("low", 95.5)]
    assert reading.said[0].startswith("results.csv, row 3, column 'Absence %': text where a number belongs.")
    assert reading.rejects.columns == [
        "row",
        "column",
        "reasons",
        "UPN",
        "School",
        "Subject",
        "Score",
        "SES",
        "Absence %",
    ]
    assert reading.rejects.row(0)[:3] == (3, None, "text")


WIDE = Mapping(
    "results",
    {"pupil": "UPN", "school": "School"},
    {"year": 2019, "prior_source": "KS2", "prior_date": date(2014, 5, 12)},
    wide=(
        WideColumn("Maths", {"subject": "mathematics"}, {"prior": "KS2 Maths"}),
        WideColumn("Art 2018", {"subject": "art", "year": 2018, "scale": "gcse_a_g"}),
    ),
    scales={"score": "gcse_9_1", "prior": "ks2_scaled"},
)


def test_a_column_per_subject_or_year_becomes_rows(read) -> None:
    reading = read("UPN,School,Maths,Art 2018,KS2 Maths\nA1,7,9,A*,101\nA2,7,,B,99\nA3,7,SUPP,U,\n", WIDE)
    assert reading.problems.is_clean
    picked = reading.rows.select(
        "pupil", "subject", "year", "score", "score_missing", "scale", "prior", "prior_date"
    )
    when = date(2014, 5, 12)
    assert picked.rows() == [
        ("A1", "mathematics", 2019, 9.0, None, "gcse_9_1", 101.0, when),
        ("A1", "art", 2018, 8.0, None, "gcse_a_g", None, when),
        ("A2", "art", 2018, 6.0, None, "gcse_a_g", None, when),
        ("A3", "mathematics", 2019, None, "suppressed", "gcse_9_1", None, when),
        ("A3", "art", 2018, 0.0, None, "gcse_a_g", None, when),
    ]
    assert reading.problems.totals() == {"in": 6, "kept": 5, "blank": 1}


def test_problems_of_a_wide_file_name_the_heading_of_the_subject(read) -> None:
    reading = read("UPN,School,Maths,Art 2018,KS2 Maths\nA1,7,10,9,130\nA2,7,5,A,five\n", WIDE)
    assert [line.split(": ")[0] for line in reading.said] == [
        "results.csv, row 2, column 'Maths'",
        "results.csv, row 2, column 'Art 2018'",
        "results.csv, row 2, column 'KS2 Maths'",
        "results.csv, row 3, column 'KS2 Maths'",
    ]
    assert reading.rejects["column"].to_list() == ["Maths", "Art 2018", "Maths"]


def test_wide_scores_without_a_scale_list_what_fits(read) -> None:
    mapping = replace(
        WIDE, scales={"prior": "number"}, wide=(WideColumn("Maths", {"subject": "mathematics"}),)
    )
    reading = read("UPN,School,Maths\nA1,7,D*D\n", mapping)
    assert "column 'Maths': grade, but the mapping names no scale. Under [scales]" in reading.said[0]
    assert "score = 'btec'" in reading.said[0]


def test_rows_with_too_many_fields_are_numbered_and_the_others_read(read) -> None:
    reading = read(HEAD + "A1,7,maths,5\nA2,7,maths,5,extra\nA3,7\n\nA4,7,maths,5\n", LONG)
    assert reading.rows["pupil"].to_list() == ["A1", "A4"]
    assert [line.split(". ")[0] for line in reading.said] == [
        "results.csv, row 3: number of fields differs from the number of headings (5 fields, 4 headings)",
        "results.csv, row 4: number of fields differs from the number of headings (2 fields, 4 headings)",
    ]
    assert dict(reading.problems.rejected) == {"number of fields": 2}


def test_a_file_with_bad_rows_only_keeps_none(read) -> None:
    reading = read(HEAD + "A2,7,maths,5,extra\n", LONG)
    assert reading.problems.totals() == {"in": 1, "kept": 0, "blank": 0, "number of fields": 1}


def test_problems_are_listed_up_to_a_limit_then_counted(read) -> None:
    lines = "".join(f"A{i},7,maths,ninety\n" for i in range(60)) + "A99,,maths,5\n"
    reading = read(HEAD + lines, LONG, limit=10)
    assert len(reading.problems.listed) == 10
    assert any("nothing where school is needed" in line for line in reading.said)
    assert reading.problems.summary() == (
        "60 × grade, but the mapping names no scale in column 'Score'",
        "1 × nothing where school is needed in column 'School'",
    )


def test_progress_is_told_up_to_the_end(read, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read(HEAD + "A1,7,maths,5\n", LONG, progress=lambda done, total: seen.append((done, total)))
    size = (tmp_path / "results.csv").stat().st_size
    assert seen[-1] == (size, size)


def test_decimal_commas_and_month_first_dates_are_read_when_the_mapping_says_so(read) -> None:
    mapping = replace(
        LONG,
        columns={**LONG.columns, "prior": "Prior", "prior_date": "When", "weight": "W"},
        constants={"year": 2019, "prior_source": "test"},
        decimal=",",
        dates="month first",
    )
    text = "UPN;School;Subject;Score;Prior;When;W\nA1;7;maths;4,5;1,25;03/31/2014;1.000,5\n"
    rows = read(text, mapping).rows
    assert rows.select("score", "prior", "prior_date", "weight").row(0) == (
        4.5,
        1.25,
        date(2014, 3, 31),
        1000.5,
    )


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2014-05-12", date(2014, 5, 12)),
        ("12/05/2014", date(2014, 5, 12)),
        ("12 May 2014", date(2014, 5, 12)),
        ("2014-05", date(2014, 5, 1)),
        ("SUPP", None),
    ],
)
def test_dates_are_read_in_usual_spellings(read, cell: str, day: date | None) -> None:
    mapping = Mapping("memberships", {"school": "s", "group": "g", "starts": "from"})
    reading = read(f"s,g,from\n1,2,{cell}\n", mapping)
    assert reading.rows["starts"].to_list() == [day]


def test_a_constant_may_be_true_or_false(read) -> None:
    mapping = replace(LONG, constants={"year": 2019, "disadvantaged": True, "eal": False})
    rows = read(HEAD + "A1,7,maths,5\n", mapping).rows
    assert rows.select("disadvantaged", "eal").row(0) == (True, False)


def test_other_tables_are_checked_by_their_own_columns(read) -> None:
    sessions = Mapping("sessions", {"partnership": "p", "date": "d", "hours": "h"})
    reading = read("p,d,h\nP1,2024-01-08,1.5\nP1,soon,1\nP1,,1\nP2,2024-01-08,25\n", sessions)
    assert reading.rows.rows() == [("P1", date(2024, 1, 8), 1.5)]
    assert [line.split(": ")[1].split(".")[0] for line in reading.said] == [
        "not a date ('soon')",
        "nothing where date is needed",
        "number outside 0 to 24 ('25')",
    ]
    kinds = Mapping(
        "partnerships", {"partnership": "p", "kind": "k", "provider_school": "a", "recipient_school": "b"}
    )
    reading = read("p,k,a,b\n1,Coaching,7,8\n2,chatting,7,8\n", kinds)
    assert reading.rows["kind"].to_list() == ["coaching"]
    assert "not one of the values allowed ('chatting'). Use one of role modelling" in reading.said[0]


def test_published_figures_are_read_as_they_are_written(read) -> None:
    mapping = Mapping(
        "finances",
        {"school": "URN", "item": "item", "amount": "amount"},
        {"year": "2017/18", "currency": "GBP"},
    )
    reading = read('URN,item,amount\n1,pay,"£45,884"\n1,rent,-£20\n1,gas,SUPP\n1,oil,much\n', mapping)
    assert reading.rows.select("amount", "amount_missing", "year").rows() == [
        (45884.0, None, 2018),
        (-20.0, None, 2018),
        (None, "suppressed", 2018),
    ]
    measures = Mapping(
        "school_measures",
        {"school": "URN", "level": "level"},
        {"measure": "p8", "unit": "points"},
        wide=(WideColumn("2018", {"year": 2018}), WideColumn("2019", {"year": 2019})),
    )
    rows = read("URN,level,2018,2019\n1,95%,0.5,NE\n", measures).rows
    assert rows.select("year", "value", "value_missing", "level").rows() == [
        (2018, 0.5, None, 0.95),
        (2019, None, "not entered", 0.95),
    ]


def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, write_workbook, read) -> None:
    cells = [["UPN", "School", "Subject", "Score"], ["007", "7", "maths", 5], ["a1", "7", "maths", 4.5]]
    frame = pl.DataFrame(cells[1:], schema=cells[0], orient="row", strict=False)
    wanted = read(HEAD + "007,7,maths,5\na1,7,maths,4.5\n", LONG).rows
    frame.write_parquet(tmp_path / "results.parquet")
    write_workbook(tmp_path / "results.xlsx", {"Sheet": cells})
    for ending in ("parquet", "xlsx"):
        batches = list(clean_batches(tmp_path / f"results.{ending}", "results", LONG))
        assert batches[0].rows.equals(wanted)


def test_what_cannot_be_read_at_all_is_refused_before_the_first_batch(tmp_path: Path, read) -> None:
    with pytest.raises(MissingFile):
        next(clean_batches(tmp_path / "no.csv", "results", LONG))
    with pytest.raises(EmptyData):
        read("", LONG)
    with pytest.raises(BadMapping, match="names the heading 'Subject', which results.csv does not have"):
        read("UPN,School,Score\n1,2,3\n", LONG)
