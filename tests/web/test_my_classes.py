"""My classes: the teacher alone sees them, says what is right, and it becomes a row of the rosters."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest
from django.urls import reverse

from upwards.actions.describe_classes import count_team_teachers, describe_classes
from upwards.core.errors import UserError
from upwards.web.jobs.models import Job
from upwards.web.jobs.registry import find_work
from upwards.web.people.models import ClassCheck, Person
from upwards.web.rosters.picture import picture_of
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def nia(people) -> Person:
    """Taught six classes of Alder, two of them in 2024."""
    return Person.objects.create(
        name="Nia",
        school="Alder",
        user=people["teacher"],
        staff_code="t-alder-1 ",
        joined=datetime.date(2020, 9, 1),
    )


@pytest.fixture
def own_workspace(trust_workspace: Path, tmp_path: Path, settings) -> Path:
    """A copy that may be written to."""
    folder = tmp_path / "orchard"
    shutil.copytree(trust_workspace, folder)
    settings.UPWARDS_WORKSPACE = folder
    return folder


def today() -> datetime.date:
    return datetime.date.today()


def hand_in(client, person: Person, *said: tuple[str, str, str]):
    """Answer for classes by number in the list: verdict and percent."""
    picture = picture_of(person, today())
    given = {}
    for number, verdict, percent in said:
        prefix = picture.classes[int(number)].prefix
        given |= {f"{prefix}-verdict": verdict, f"{prefix}-percent": percent}
    return client.post(reverse("my_classes"), given)


def test_a_teacher_sees_what_names_them(nia, teacher):
    shown = teacher.get(reverse("my_classes")).content.decode()
    assert "60 results name you, in 6 classes" in shown
    assert "Alder-2024-1, mathematics, 2023/24" in shown
    assert "100% of the results of these classes name a teacher" in shown
    assert "<script>" not in shown


def test_classes_of_another_school_are_not_shown(nia):
    nia.school = "Birch"
    assert picture_of(nia, today()).classes == ()


def test_after_ten_school_days_a_class_is_unconfirmed(nia, teacher):
    start = datetime.date.fromisoformat(describe_classes("T-Alder-1", _workspace())["imported"])
    in_time, late = start + datetime.timedelta(days=14), start + datetime.timedelta(days=17)
    assert not picture_of(nia, in_time).is_late
    assert picture_of(nia, late).is_late
    assert picture_of(nia, late).days_left == 0
    assert "waits for you" in teacher.get(reverse("my_classes")).content.decode().replace(
        "wait for", "waits for"
    )


def _workspace() -> Path:
    from django.conf import settings

    return Path(settings.UPWARDS_WORKSPACE)


def test_a_correction_is_kept_with_its_share_and_starts_a_job(nia, people, teacher):
    assert (
        hand_in(teacher, nia, ("0", "mine", ""), ("1", "shared", "40"), ("2", "not_mine", "7")).status_code
        == 302
    )
    assert sorted((one.verdict, one.share) for one in ClassCheck.objects.all()) == [
        ("mine", 1.0), ("not_mine", 0.0), ("shared", 0.4),
    ]  # fmt: skip
    job = Job.objects.get(question="roster_corrections")
    assert job.arguments["checks"] == sorted(ClassCheck.objects.values_list("pk", flat=True))
    assert "t-alder" not in str(job.arguments).lower()
    entry = AuditEntry.objects.filter(kind="people.classcheck", what="created").first()
    assert entry is not None
    assert entry.who == people["teacher"]


def test_a_shared_class_needs_its_share(nia, teacher):
    answer = hand_in(teacher, nia, ("0", "shared", ""))
    assert "how much of the teaching was yours" in answer.content.decode()
    assert "Nothing was handed in" in answer.content.decode()
    assert not ClassCheck.objects.exists()


def test_handing_in_nothing_says_so(nia, teacher):
    assert teacher.post(reverse("my_classes"), {}, follow=True).status_code == 200
    assert not Job.objects.exists()
    hand_in(teacher, nia, ("0", "mine", ""))
    hand_in(teacher, nia, ("0", "mine", ""))
    assert Job.objects.count() == 1


def test_a_changed_answer_takes_the_place_of_the_first(nia, teacher):
    hand_in(teacher, nia, ("0", "mine", ""))
    hand_in(teacher, nia, ("0", "shared", "50"))
    assert [(one.verdict, one.percent) for one in ClassCheck.objects.all()] == [("shared", 50)]
    assert AuditEntry.objects.filter(kind="people.classcheck", what="changed").exists()


def test_corrections_become_rows_of_the_rosters_once(nia, teacher, own_workspace):
    hand_in(teacher, nia, ("0", "shared", "40"))
    job = Job.objects.get()
    for _ in range(2):  # a killed worker's job is done again
        assert find_work("roster_corrections")(job.arguments, lambda *_: None) == {"rows": 1}
    shares = [one["share"] for one in describe_classes("T-Alder-1", own_workspace)["classes"]]
    assert shares == [0.4, None, None, None, None, None]
    assert ClassCheck.objects.get().handed_in is not None
    assert "You said so on" in teacher.get(reverse("my_classes")).content.decode()
    left_behind = [
        one for one in own_workspace.rglob("*") if one.is_file() and b"t-alder-1" in one.read_bytes()
    ]
    assert left_behind == []


def test_without_a_code_nothing_is_handed_in(nia, teacher):
    hand_in(teacher, nia, ("0", "mine", ""))
    nia.staff_code = ""
    nia.save()
    assert find_work("roster_corrections")(Job.objects.get().arguments, lambda *_: None) == {"rows": 0}


def test_a_missing_class_is_added(nia, teacher):
    given = {"class_name": "alder-2024-2 ", "subject": "Reading", "year": "2024", "verdict": "mine"}
    assert teacher.post(reverse("my_class_add"), {**given, "year": "24"}).status_code == 200
    assert teacher.post(reverse("my_class_add"), given).status_code == 302
    added = ClassCheck.objects.get()
    assert added.is_added
    assert (added.school, added.class_name, added.subject) == ("Alder", "Alder-2024-2", "reading")
    assert "Classes you added" in teacher.get(reverse("my_classes")).content.decode()


@pytest.mark.parametrize("name", ["9X", "Birch-2024-2"])
def test_a_class_that_the_results_do_not_hold_is_not_claimed(nia, teacher, name):
    given = {"class_name": name, "subject": "reading", "year": "2024", "verdict": "mine"}
    assert "hold no class of this name" in teacher.post(reverse("my_class_add"), given).content.decode()
    assert not ClassCheck.objects.exists()


def test_a_share_says_so_also_for_an_added_class(nia, teacher):
    given = {"class_name": "9X", "subject": "reading", "year": "2024", "verdict": "shared"}
    assert "how much" in teacher.post(reverse("my_class_add"), given).content.decode()
    assert teacher.post(reverse("my_class_add"), {**given, "percent": "0"}).status_code == 200
    assert not ClassCheck.objects.exists()


def test_who_is_not_linked_is_told_what_to_do(people, teacher, coach):
    assert "not linked to a person" in teacher.get(reverse("my_classes")).content.decode()
    Person.objects.create(name="Co", school="Alder", user=people["coach"])
    for route in ("my_classes", "my_class_add"):
        assert "code in the files of results is not recorded" in coach.get(reverse(route)).content.decode()


def test_nobody_else_sees_a_teachers_classes(nia, school_lead, owner):
    for client in (school_lead, owner):
        assert "60 results" not in client.get(reverse("my_classes")).content.decode()


def test_a_code_that_no_result_names_says_so(nia, teacher):
    nia.staff_code = "nobody"
    nia.save()
    assert "No result names you" in teacher.get(reverse("my_classes")).content.decode()


def test_teachers_of_a_team_are_counted_over_all_years():
    found = count_team_teachers(_workspace())
    assert len(found) == 8
    assert found[0] == {
        "school": "Alder", "subject": "mathematics", "stage": "year 6",
        "n_teachers": 3, "n_last_year": 3, "last_year": 2024,
    }  # fmt: skip


def test_an_empty_workspace_has_no_classes(tmp_path):
    from upwards.actions.init_workspace import init_workspace

    init_workspace(tmp_path / "new", name="New")
    with pytest.raises(UserError, match="empty"):
        describe_classes("T1", tmp_path / "new")


def test_a_class_of_two_stages_is_one_class_to_answer_for(nia, teacher, monkeypatch):
    """Its results would count twice in the own figure, and its answer could not be kept twice."""
    found = describe_classes("T-Alder-1", _workspace())
    first = found["classes"][0]
    both = {**found, "classes": [first, {**first, "stage": "another"}, *found["classes"][1:]]}
    monkeypatch.setattr("upwards.web.rosters.picture._described", lambda _: both)
    picture = picture_of(nia, today())
    assert len(picture.classes) == 6
    assert picture.classes[0].row["n"] == 2 * first["n"]
    assert hand_in(teacher, nia, ("0", "mine", "")).status_code == 302
    assert ClassCheck.objects.get().class_name == first["name"]
