"""Every number says where it comes from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import InternalError
from upwards.core.origin import IncompleteOrigin, Origin, Source

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def origin(**changes):
    given = {"measure": "value_added", "version": "1", "unit": "pupil SD", "level": 0.95, "n": 10}
    return Origin(**{**given, "created": NOON, **changes})


def test_a_file_is_described_by_its_name_and_digest_and_never_by_its_folder(tmp_path):
    path = tmp_path / "private folder" / "exam.csv"
    path.parent.mkdir()
    path.write_bytes(b"pupil,score\n1,2\n")
    source = Source.of_file(path)
    assert source == Source("exam.csv", hashlib.sha256(b"pupil,score\n1,2\n").hexdigest())
    assert "private" not in json.dumps(origin(source=(source,)).to_dict())


@pytest.mark.parametrize("name", ["", "folder/exam.csv", "C:\\exam.csv"])
def test_a_source_with_a_folder_is_refused_without_repeating_it(name):
    with pytest.raises(IncompleteOrigin) as refused:
        Source(name, "0" * 64)
    assert "exam" not in str(refused.value)


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, "A" * 64])
def test_a_source_needs_a_digest(digest):
    with pytest.raises(IncompleteOrigin, match="SHA-256"):
        Source("exam.csv", digest)


def test_an_origin_is_plain_json():
    years = (AcademicYear(2018), AcademicYear(2019))
    made = origin(period=years, source=(Source("exam.csv", "a" * 64),), snapshot="s1")
    assert json.loads(json.dumps(made.to_dict())) == {
        "measure": "value_added",
        "version": "1",
        "unit": "pupil SD",
        "level": 0.95,
        "n": 10,
        "period": ["2017/18", "2018/19"],
        "source": [{"name": "exam.csv", "sha256": "a" * 64}],
        "snapshot": "s1",
        "created": "2026-09-01T12:00:00+00:00",
    }


def test_the_time_is_told_in_utc():
    summer = datetime(2026, 9, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert origin(created=summer).to_dict() == origin().to_dict()


def test_without_a_given_time_it_is_now():
    before = datetime.now(UTC)
    made = Origin(measure="m", version="1", unit="share", level=None, n=0)
    assert before <= made.created <= datetime.now(UTC)


@pytest.mark.parametrize(
    "changes",
    [{"measure": ""}, {"version": ""}, {"unit": ""}, {"level": 95.0}, {"level": 0.0}, {"n": -1}]
    + [{"period": (AcademicYear(2019), AcademicYear(2018))}, {"period": (AcademicYear(2019),) * 2}]
    + [{"created": datetime(2026, 9, 1)}],
)
def test_an_incomplete_origin_is_a_bug_not_the_users_mistake(changes):
    with pytest.raises(IncompleteOrigin) as refused:
        origin(**changes)
    assert isinstance(refused.value, InternalError)


def test_an_origin_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        origin().n = 11
