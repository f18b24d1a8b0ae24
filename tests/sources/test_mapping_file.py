from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from upwards.sources.errors import BadMapping, MissingFile
from upwards.sources.mapping import Mapping, WideColumn
from upwards.sources.mapping_file import mapping_text, read_mapping, write_mapping

FULL = Mapping(
    "results",
    {"pupil": 'U"P\\N', "school": "School name", "sex": "Geschlecht ♀"},
    {
        "year": 2019,
        "prior_source": "KS2",
        "prior_date": date(2014, 5, 12),
        "disadvantaged": True,
        "weight": 1.5,
    },
    wide=(
        WideColumn("Maths 2019", {"subject": "mathematics"}, {"prior": "KS2 Maths"}),
        WideColumn("Art", {"subject": "art", "year": 2018, "scale": "gcse_a_g"}),
    ),
    scales={"score": "gcse_9_1", "prior": "number", "prior_min": 80, "prior_max": 120.5},
    values={"sex": {"1 = boy": "M", "2": "F"}},
    extra_number=("Absence %",),
    extra_text=("SES",),
    leave_out=("Surname",),
    intake=("prior", "SES"),
    dates="month first",
    decimal=",",
    pupils_numbered_within="school",
    sheet="Year 11",
)


def test_a_mapping_that_was_saved_is_read_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    write_mapping(FULL, path, file="results.csv")
    assert read_mapping(path) == FULL
    write_mapping(Mapping("schools"), path)
    assert read_mapping(str(path)) == Mapping("schools")
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_mapping_tells_what_to_look_at() -> None:
    doubtful = Mapping("results", {"score": "Mark"}, doubts=("two\nlines = 1",))
    text = mapping_text(doubtful, file="results.csv")
    assert "# How results.csv becomes the standard table 'results'." in text
    assert "# LOOK AT THIS: two lines = 1" in text
    assert "# not in the file: pupil, assessment, subject" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns = [", "not valid TOML"),
        ('table = "result"', "no standard table 'result'; did you mean 'results'"),
        ("colums = {}", "unknown section: 'colums'; did you mean 'columns'"),
        ("zzz = {}", "There are: table, intake, columns"),
        ("columns = 3", r"columns must be a section, written as \[columns\]"),
        ("[columns]\nscores = 'Mark'", "has no column 'scores'; did you mean 'score'"),
        ("[columns]\nscore = 3", "columns.score must be text in quotation marks, not 3"),
        ("[constants]\nyear = [1]", "constants.year must be a text, a number"),
        ("[constants]\nprior_date = 2014-05-12T10:00:00", "constants.prior_date must be"),
        ("[columns]\nyear = 'Y'\n[constants]\nyear = 2019", "gives 'year' both a heading and a constant"),
        ("[scales]\nscore = 'gcse'", "no scale 'gcse'; did you mean 'gcse_a_g' or 'gcse_9_1'"),
        ("[scales]\nscore = 9", "scales.score must be text"),
        ("[scales]\nscores = 'number'", "unknown key in .scales.: 'scores'"),
        ("[scales]\nscore_min = 'low'", "scales.score_min must be a number"),
        ("[scales]\nscore_max = true", "scales.score_max must be a number"),
        ("[values]\nsex = 'M'", r"values.sex must be a section such as \[values.sex\]"),
        ("[[wide]]\nsubject = 'art'", "number 1 needs a line such as heading"),
        ("wide = [3]", "number 1 needs a line such as heading"),
        ("[[wide]]\nheading = 'Art'\nsubjekt = 'art'", "has no column 'subjekt'; did you mean 'subject'"),
        ("[[wide]]\nheading = 'Art'\nprior = {}", "prior must be text"),
        ("[columns]\nscore = 'S'\n[[wide]]\nheading = 'Art'", "others under .*wide"),
        ("table = 'schools'\n[[wide]]\nheading = 'Art'", "'schools' has no scores"),
        ("[extra]\nnumbers = []", "unknown key in .extra.: 'numbers'; did you mean 'number'"),
        ("[extra]\nnumber = 'SES'", "extra.number must be a list"),
        ("intake = 'SES'", "intake must be a list"),
        ("[reading]\ndates = 'year first'", "reading.dates must be one of 'day first', 'month first'"),
        ("[reading]\ndecimal = ';'", "reading.decimal must be one of"),
        ("[reading]\npupils_numbered_within = 'school'", "names 'school', which is neither"),
    ],
)
def test_a_slip_in_a_mapping_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(BadMapping, match=said) as caught:
        read_mapping(path)
    assert "map.toml" in str(caught.value)


def test_a_mapping_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no mapping"):
        read_mapping(tmp_path / "map.toml")
    with pytest.raises(MissingFile, match="no mapping"):
        read_mapping(tmp_path)
    (tmp_path / "map.toml").write_bytes(b"\xff")
    with pytest.raises(BadMapping, match="UTF-8"):
        read_mapping(tmp_path / "map.toml")


def test_a_mapping_must_fit_the_file_and_the_table() -> None:
    mapping = Mapping("results", {"score": "Mark"}, {"subject": "art", "year": 2019, "school": "7"})
    mapping.check("a.csv", ["Mark"])
    with pytest.raises(BadMapping, match="did you mean 'Marks'"):
        mapping.check("a.csv", ["Marks"])
    with pytest.raises(BadMapping, match="it has 'Zzz'"):
        mapping.check("a.csv", ["Zzz"])
    with pytest.raises(BadMapping, match="gives no subject and no year and no school"):
        Mapping("results", {"score": "Mark"}).check("a.csv", ["Mark"])
    clash = Mapping("results", {"score": "Mark"}, mapping.constants, extra_text=("sex",))
    with pytest.raises(BadMapping, match="that is the name of a standard column"):
        clash.check("a.csv", ["Mark", "sex"])


def test_prior_attainment_needs_its_source() -> None:
    constants = {"subject": "art", "year": 2019, "school": "7"}
    long = Mapping("results", {"score": "Mark", "prior": "KS2"}, constants)
    with pytest.raises(BadMapping, match="prior attainment without its source"):
        long.check("a.csv", ["Mark", "KS2"])
    wide = Mapping("results", {}, constants, wide=(WideColumn("Mark", {}, {"prior": "KS2"}),))
    with pytest.raises(BadMapping, match="prior attainment without its source"):
        wide.check("a.csv", ["Mark", "KS2"])
    own = WideColumn("Mark", {"prior_source": "KS2"}, {"prior": "KS2"})
    Mapping("results", {}, constants, wide=(own,)).check("a.csv", ["Mark", "KS2"])


def test_identities_are_known_under_both_names() -> None:
    assert FULL.identifiers() == {"pupil": "pupil", "teacher": "teacher", 'U"P\\N': "pupil"}
