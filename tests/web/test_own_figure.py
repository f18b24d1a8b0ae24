"""What the results say of a teacher's classes: seen by the teacher alone, and kept nowhere."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import logging
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import CAST
from upwards.actions.describe_classes import describe_classes
from upwards.actions.describe_teaching_spread import describe_teaching_spread
from upwards.actions.estimate_own_teaching import estimate_own_teaching
from upwards.core.attributed import AttributedClass
from upwards.core.errors import UserError
from upwards.web import answers
from upwards.web.access import reader_for
from upwards.web.jobs.models import Job, State
from upwards.web.people.models import ClassCheck, Person, Verdict
from upwards.web.rosters import own_figure as own_figure_module
from upwards.web.rosters import picture as picture_module
from upwards.web.rosters.own_figure import OwnFigure, own_figure
from upwards.web.rosters.picture import picture_of
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db

HEADING = "What the results say of your classes"
ONLY_YOU = "Only you see this. It is not kept"


@pytest.fixture(scope="module")
def measured_trust(imported_trust: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trust with what figures are measured against; 30 pupils are enough for one."""
    folder = tmp_path_factory.mktemp("measured") / "orchard"
    shutil.copytree(imported_trust, folder)
    toml = folder / "upwards.toml"
    toml.write_text(toml.read_text() + "\n[settings.named_person]\nmin_pupils = 30\n")
    describe_teaching_spread(folder)
    return folder


@pytest.fixture
def measured(measured_trust: Path, tmp_path: Path, settings) -> Path:
    folder = tmp_path / "orchard"
    shutil.copytree(measured_trust, folder)
    settings.UPWARDS_WORKSPACE = folder
    return folder


def joined(name: str, people, **more: Any) -> Person:
    """A person whose code is in the files: six classes of Alder, two in each year."""
    about = {"name": name, "school": "Alder", "staff_code": "T-Alder-1", "joined": datetime.date(2020, 9, 1)}
    return Person.objects.create(**{**about, **more})


@pytest.fixture
def unheard(people) -> Person:
    """She has said of no class yet whether it is hers."""
    return joined("Nia", people, user=people["teacher"], staff_code="t-alder-1 ")


@pytest.fixture
def nia(unheard) -> Person:
    confirm(unheard, picture_of(unheard, timezone.localdate()).classes[0], Verdict.MINE)
    return unheard


def shown_to(client) -> str:
    return client.get(reverse("my_classes")).content.decode()


def figure_in(folder: Path) -> dict[str, Any]:
    """The figure as it was shown: of all classes that the results attribute."""
    rows = describe_classes("T-Alder-1", folder)["classes"]
    classes = [AttributedClass(row["school"], row["subject"], row["year"], row["name"]) for row in rows]
    return dict(estimate_own_teaching("T-Alder-1", classes, folder)["figure"])


def test_the_teacher_sees_it_first_in_words_and_then_in_figures(nia, teacher, measured):
    answer = teacher.get(reverse("my_classes"))
    shown = answer.content.decode()
    one = figure_in(measured)
    assert (
        shown.index("100% of the results")
        < shown.index(HEADING)
        < shown.index("wait for you")
        < shown.index("Latest year")
    )
    assert "a hundred stood" in shown or "a hundred stands" in shown
    assert ONLY_YOU in shown
    assert "not for appraisal" in shown
    assert shown.index("a hundred st") < shown.index("<summary>The statistics") < shown.index("pupil SD")
    assert f"{one['lower']:+.2f} to {one['upper']:+.2f}" in shown
    assert f'<td class="number">{one["effect"]:+.2f}</td>' in shown
    assert "drawn towards the average" in shown
    assert "one judgement in four" in shown
    assert "<script>" not in shown
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_reading_is_written_down_without_a_figure(nia, people, teacher, measured):
    shown_to(teacher)
    entry = AuditEntry.objects.get(what="read", kind="people.person")
    assert (entry.who, entry.object_id, entry.detail) == (
        people["teacher"], str(nia.pk), "own classes and own figure",
    )  # fmt: skip


def test_too_few_pupils_are_said_in_words_and_start_no_job(nia, teacher):
    shown = shown_to(teacher)
    assert "This cannot be told." in shown
    assert "at least 60 pupils in 3 years; here are 30 in 3" in shown
    assert ONLY_YOU not in shown
    assert not Job.objects.exists()
    assert AuditEntry.objects.get(what="read", kind="people.person").detail == "own classes"


def contents_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of_database() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def written_forms(one: dict[str, Any]) -> list[bytes]:
    """The numbers as anything could have written them, from the sixth digit on nobody's by chance."""
    numbers = [one[name] for name in ("effect", "se", "lower", "upper", "raw")]
    texts = [form.encode() for number in map(abs, numbers) for form in (f"{number:.6f}", repr(number)[:8])]
    return [*texts, *(struct.pack(form, number) for number in numbers for form in ("<d", ">d"))]


def test_after_the_page_was_opened_nothing_of_it_stands_anywhere(nia, teacher, measured, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    files, rows = contents_of(measured), rows_of_database()
    assert ONLY_YOU in shown_to(teacher)
    assert contents_of(measured) == files
    changed = {label for label, n in rows_of_database().items() if n != rows[label]}
    assert changed <= {"trail.AuditEntry", "sessions.Session"}
    assert not Job.objects.exists()
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    logs = capsys.readouterr()
    remembered = repr((answers._MEMORY.answers, picture_module._KEPT, vars(own_figure_module)))
    held = dump.getvalue() + caplog.text + logs.out + logs.err + remembered
    everything = held.encode() + b"".join(path.read_bytes() for path in measured.rglob("*") if path.is_file())
    assert not [form for form in written_forms(figure_in(measured)) if form in everything]
    assert "own classes and own figure" in held
    printed = json.dumps(figure_in(measured)).encode()
    assert sum(form in printed for form in written_forms(figure_in(measured))) >= 5  # it would be found


@pytest.mark.parametrize("name", sorted(set(CAST) - {"teacher"}))
def test_nobody_else_sees_it(nia, browser_of, measured, name):
    client = browser_of(name)
    pages = [reverse("my_classes"), reverse("person", args=[nia.pk]), reverse("people"), reverse("monday")]
    one = figure_in(measured)
    for page in pages:
        shown = client.get(page).content.decode()
        assert HEADING not in shown
        assert f"{one['lower']:+.2f} to {one['upper']:+.2f}" not in shown


def test_a_stranger_is_sent_to_sign_in(nia, stranger, measured):
    assert stranger.get(reverse("my_classes")).status_code == 302


@pytest.mark.parametrize("name", ["owner", "group_lead", "school_lead"])
def test_who_may_enter_codes_gets_no_figure_with_anybodys_code(people, browser_of, measured, name):
    joined("Somebody", people, user=people[name])
    shown = shown_to(browser_of(name))
    assert "60 results name you" in shown
    assert "You may enter the codes of staff" in shown
    assert ONLY_YOU not in shown


def test_two_people_with_one_code_get_none(nia, people, teacher, coach, measured):
    joined("Second", people, user=people["coach"], school="", staff_code="T-ALDER -1")
    for client in (teacher, coach):
        assert "Another person on record has the same code" in shown_to(client)
        assert ONLY_YOU not in shown_to(client)


def test_it_is_asked_for_oneself_only(nia, people, measured):
    picture = picture_of(nia, timezone.localdate())
    assert own_figure(reader_for(people["coach"]), nia, picture) == OwnFigure()
    assert own_figure(reader_for(people["teacher"]), nia, picture).figure is not None


def test_programs_have_no_address_for_it():
    from upwards.web.api.api import api

    described = str(api.get_openapi_schema(path_prefix=""))
    assert "value-added" in described
    assert "teaching" not in described
    assert "own_figure" not in described


def late() -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=30)


def test_before_a_class_is_confirmed_there_is_no_figure(unheard, teacher, measured):
    """The code may be a mistyped one, and the classes another's."""
    assert "This cannot be told. Say below which classes are yours" in shown_to(teacher)
    assert "pupil SD" not in shown_to(teacher)
    confirm(unheard, picture_of(unheard, timezone.localdate()).classes[0], Verdict.NOT_MINE)
    assert "This cannot be told. Say below which classes are yours" in shown_to(teacher)
    confirm(unheard, picture_of(unheard, timezone.localdate()).classes[1], Verdict.MINE)
    assert "pupil SD" in shown_to(teacher)


def test_unconfirmed_classes_are_not_used_after_the_deadline(unheard, people, measured):
    nia = unheard
    reader, picture = reader_for(people["teacher"]), picture_of(nia, late())
    assert picture.is_late
    assert own_figure(reader, nia, picture).refused == own_figure_module.NONE_CONFIRMED
    for one in picture.classes:
        if one.row["subject"] == "reading":
            confirm(nia, one, Verdict.MINE)
    found = own_figure(reader, nia, picture_of(nia, late())).found
    assert (found["n_results"], found["n_classes"]) == (30, 3)


def confirm(person: Person, one, verdict: Verdict, percent: int | None = None) -> None:
    school, subject, year, name = one.key
    ClassCheck.objects.create(
        person=person,
        school=school,
        subject=subject,
        year=year,
        class_name=name,
        verdict=verdict,
        percent=percent,
    )


def test_a_class_that_was_not_taught_leaves_the_figure(nia, people, measured):
    reader, picture = reader_for(people["teacher"]), picture_of(nia, timezone.localdate())
    whole = own_figure(reader, nia, picture).found
    confirm(nia, picture.classes[1], Verdict.NOT_MINE)
    confirm(nia, picture.classes[2], Verdict.SHARED, 40)
    found = own_figure(reader, nia, picture_of(nia, timezone.localdate())).found
    assert (whole["n_classes"], found["n_classes"]) == (6, 5)
    assert found["figure"]["effect"] != whole["figure"]["effect"]


def test_the_page_says_how_many_classes_were_left_out(nia, teacher, measured):
    picture = picture_of(nia, timezone.localdate())
    assert "not in it. It is a fair picture only if" not in shown_to(teacher)
    confirm(nia, picture.classes[1], Verdict.NOT_MINE)
    shown = shown_to(teacher)
    assert "1 class that names you is not in it. It is a fair picture only if who taught a class" in shown
    confirm(nia, picture.classes[2], Verdict.NOT_MINE)
    assert "2 classes that name you are not in it." in shown_to(teacher)


def test_an_added_class_enters_once_a_lead_confirmed_it(nia, people, measured):
    reader = reader_for(people["teacher"])
    added = ClassCheck.objects.create(
        person=nia, school="Alder", subject="reading", year=2024, class_name="Alder-2024-2",
        verdict=Verdict.MINE, is_added=True,
    )  # fmt: skip
    assert own_figure(reader, nia, picture_of(nia, timezone.localdate())).found["n_classes"] == 6
    added.confirmed = timezone.now()
    added.save()
    assert own_figure(reader, nia, picture_of(nia, timezone.localdate())).found["n_classes"] == 7


def test_while_the_comparison_is_computed_the_page_is_whole_and_the_job_is_about_nobody(
    nia, teacher, measured
):
    shutil.rmtree(measured / "answers")
    shown = shown_to(teacher)
    assert "is being computed; it is about nobody alone" in shown
    assert "Latest year" in shown
    job = Job.objects.get()
    assert job.arguments == {"question": "teaching-spread", "arguments": {}}
    assert f"{reverse('job', args=[job.pk])}?then={reverse('my_classes')}" in shown
    answers.compute("teaching-spread", {})
    assert ONLY_YOU in shown_to(teacher)


def test_a_comparison_that_is_remembered_and_no_longer_kept_is_computed_again(nia, people, teacher, measured):
    assert answers.answer_or_job(reader_for(people["teacher"]), "teaching-spread")["spread"]
    shutil.rmtree(measured / "answers")
    assert "is being computed; it is about nobody alone" in shown_to(teacher)


def test_a_comparison_that_failed_says_why(nia, teacher, measured):
    shutil.rmtree(measured / "answers")
    shown_to(teacher)
    Job.objects.update(state=State.FAILED, message="The disk is full.")
    assert "This cannot be told: The disk is full." in shown_to(teacher)


def test_who_waits_for_much_else_is_told_so(nia, teacher, measured, monkeypatch):
    shutil.rmtree(measured / "answers")

    def refuse(*_: object) -> None:
        raise UserError("Three of your pages are still being computed.")

    monkeypatch.setattr(own_figure_module, "computing", refuse)
    assert "This cannot be told. Three of your pages" in shown_to(teacher)


def test_a_mistake_in_the_form_shows_the_form_without_the_figure(nia, teacher, measured):
    prefix = picture_of(nia, timezone.localdate()).classes[0].prefix
    answer = teacher.post(reverse("my_classes"), {f"{prefix}-verdict": "shared"}).content.decode()
    assert "Nothing was handed in" in answer
    assert HEADING not in answer


def told(low: float, likely: float, high: float) -> str:
    from statistics import NormalDist

    def places(value: float) -> int:
        return round(100 * (NormalDist().cdf(value) - 0.5))

    one = {"lower": low, "effect": likely, "upper": high, "places_lower": places(low)}
    one |= {"places": places(likely), "places_upper": places(high)}
    return OwnFigure({"figure": one}).sentence


def test_the_sentence_says_what_the_interval_allows():
    above = told(0.1, 0.3, 0.5)
    assert "reached more than" in above
    assert "12 places further up, probably between 4 and 19." in above
    below = told(-0.5, -0.3, -0.1)
    assert "reached less than" in below
    assert "12 places further down, probably between 4 and 19." in below
    between = told(-0.03, 0.001, 0.4)
    assert "cannot tell your classes from the average" in between
    assert "stands where it would anyway, but anything from 1 place further down to" in between
    assert OwnFigure().sentence == ""
    assert OwnFigure().rows == []
