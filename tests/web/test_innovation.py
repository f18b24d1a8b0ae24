"""A pilot says its success before it begins, is one of few at once, and ends with a decision."""

from __future__ import annotations

import datetime
import html

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import PRIVATE, pilot, reference, seen
from upwards.web.innovation import attention, limits
from upwards.web.innovation.forms import PilotForm
from upwards.web.innovation.models import Observation, Pilot, Reference
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def given(people, **changes: str) -> dict[str, str]:
    today = timezone.localdate()
    about = {
        "school": "Alder",
        "title": "Five questions",
        "if_we": "begin with five questions.",
        "for_whom": "year 8",
        "then": "more words are remembered",
        "because": "recalling makes it stick",
        "for_pupils": "yes",
        "hours_a_week": "3.5",
        "starts": today.isoformat(),
        "ends": (today + datetime.timedelta(days=30)).isoformat(),
        "lead": str(people["teacher"].pk),
    }
    return {**about, **changes}


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def page_of(client: Client, made: Pilot) -> str:
    answer = client.get(reverse("pilot", args=[made.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_teacher_has_an_idea_says_its_success_begins_it_and_decides(people, teacher):
    assert "Five questions" not in teacher.get(reverse("innovation")).content.decode()
    teacher.post(reverse("pilot_new"), given(people))
    made = Pilot.objects.get()
    assert (made.state, made.lead, made.for_pupils) == ("idea", people["teacher"], True)
    assert made.hypothesis == (
        "If we begin with five questions, for year 8, then more words are remembered, "
        "because recalling makes it stick."
    )
    refused = post(teacher, "pilot_state", made.pk, do="begin")
    assert refused.status_code == 422
    assert "Say the measure" in refused.content.decode()
    said = given(people, measure="Words after a month", success="Five of eight")
    teacher.post(reverse("pilot_edit", args=[made.pk]), said)
    post(teacher, "pilot_state", made.pk, do="begin")
    post(teacher, "observation_add", made.pk, date=timezone.localdate().isoformat(), text="They smile")
    page = teacher.get(reverse("pilot_decide", args=[made.pk])).content.decode()
    assert "Five of eight" in page
    assert "1 observation is" in page
    decision = {"decision": "adopt", "reached": "yes", "reason": "Six of eight"}
    assert post(teacher, "pilot_decide", made.pk, **decision).status_code == 302
    told = teacher.get(reverse("pilot", args=[made.pk])).content.decode()
    assert "It is decided: adopted" in told
    assert "Dropping" not in told
    made.refresh_from_db()
    assert (made.state, made.decision, made.decided_by) == ("decided", "adopt", people["teacher"])
    assert made.decided_on == timezone.localdate()
    changed = AuditEntry.objects.filter(kind="innovation.pilot", what="changed").values_list(
        "detail", flat=True
    )
    assert any("decision" in one for one in changed)
    assert not any("Six of eight" in one for one in changed)


def test_what_counts_as_success_is_not_moved_while_it_runs(people, teacher):
    made = pilot()
    page = teacher.get(reverse("pilot_edit", args=[made.pk])).content.decode()
    assert 'name="success"' not in page
    ends = made.ends + datetime.timedelta(days=7)
    changes = {"success": "One of eight", "tried": "Daily", "hours_a_week": "2"}
    changes |= {"ends": ends.isoformat(), "lead": people["teacher"].pk}
    assert post(teacher, "pilot_edit", made.pk, **changes).status_code == 302
    made.refresh_from_db()
    assert (made.success, made.tried, made.ends) == ("Five of eight or more", "Daily", ends)
    too_early = (made.starts - datetime.timedelta(days=1)).isoformat()
    answer = post(teacher, "pilot_edit", made.pk, **{**changes, "ends": too_early})
    assert "before the first" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"school": "Birch"}, "valid choice"),
        ({"ends": "2020-01-01"}, "before the first"),
        ({"hours_a_week": "-1"}, "greater than or equal"),
        ({"title": "\u200b\u202e"}, "required"),
        ({"because": "x" * 301}, "at most 300"),
        ({"for_pupils": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(people, teacher, changes, said):
    answer = teacher.post(reverse("pilot_new"), given(people, **changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert "more words are remembered" in answer.content.decode()
    assert not Pilot.objects.exists()


def test_who_leads_it_works_in_its_school(people, owner):
    lead = {"lead": str(people["other_lead"].pk)}
    assert (
        "does not work in Alder" in owner.post(reverse("pilot_new"), given(people, **lead)).content.decode()
    )
    assert owner.post(reverse("pilot_new"), given(people, **lead, school="Birch")).status_code == 302


def test_signs_that_turn_the_writing_are_taken_out(people, teacher):
    teacher.post(reverse("pilot_new"), given(people, title="Five \u202equestions", tried="One\r\ntwo\u200b"))
    made = Pilot.objects.get()
    assert (made.title, made.tried) == ("Five questions", "One\ntwo")


def test_one_more_than_the_limit_is_refused_with_what_runs_and_when_the_next_ends(people, school_lead):
    first, second = pilot(title="First"), pilot(title="Second")
    second.ends = timezone.localdate() + datetime.timedelta(days=5)
    second.save()
    third = pilot("idea", title="Third")
    said = post(school_lead, "pilot_state", third.pk, do="begin")
    text = said.content.decode()
    assert said.status_code == 422
    assert "“First”" in text
    assert f"The next ends on {second.ends.day} " in text
    assert "innovations.max_in_school" in text
    post(school_lead, "pilot_decide", second.pk, decision="drop", reached="no", reason="No")
    assert post(school_lead, "pilot_state", third.pk, do="begin").status_code == 302
    undo = post(school_lead, "pilot_state", second.pk, do="undo")
    assert undo.status_code == 422
    first.refresh_from_db()
    assert "That is the most at once" in school_lead.get(reverse("innovation")).content.decode()


def test_one_at_once_in_a_department_and_late_ones_are_said_to_be_late(people, school_lead):
    today = timezone.localdate()
    pilot(department="French", ends=today - datetime.timedelta(days=1))
    french, art = pilot("idea", department="french"), pilot("idea", department="Art")
    text = post(school_lead, "pilot_state", french.pk, do="begin").content.decode()
    assert "should have ended on" in text
    assert "1 pilot already" in text
    assert post(school_lead, "pilot_state", art.pk, do="begin").status_code == 302
    assert "decide on it" in school_lead.get(reverse("innovation")).content.decode()


def test_an_owner_raises_the_limit_in_the_settings(school_lead, tmp_path, settings, trust_workspace):
    folder = tmp_path / "ours"
    folder.mkdir()
    text = (trust_workspace / "upwards.toml").read_text(encoding="utf-8")
    settings.UPWARDS_WORKSPACE = folder
    (folder / "upwards.toml").write_text(
        f"{text}\n[settings.innovations]\nmax_in_school = 0\n", encoding="utf-8"
    )
    idea = pilot("idea")
    with transaction.atomic(), pytest.raises(limits.TooMuchAtOnce, match="Alder runs 0 pilots already"):
        limits.lock_and_check(idea)
    (folder / "upwards.toml").write_text(
        f"{text}\n[settings.innovations]\nmax_in_school = 3\n", encoding="utf-8"
    )
    assert limits.most().in_school == 3


def test_a_step_is_taken_back_where_that_makes_sense(people, teacher):
    made = pilot()
    assert "Make it an idea again" in page_of(teacher, made)
    post(teacher, "pilot_state", made.pk, do="undo")
    made.refresh_from_db()
    assert made.state == "idea"
    post(teacher, "pilot_state", made.pk, do="begin")
    seen(made, people["teacher"])
    assert "Make it an idea again" not in page_of(teacher, made)
    assert post(teacher, "pilot_state", made.pk, do="undo").status_code == 422
    decided = pilot("decided")
    assert "Take the decision back" in page_of(teacher, decided)
    post(teacher, "pilot_state", decided.pk, do="undo")
    decided.refresh_from_db()
    assert (decided.state, decided.decision, decided.decided_on) == ("running", "", None)
    kept = teacher.get(reverse("pilot_decide", args=[decided.pk])).content.decode()
    assert "It works" in kept


def test_an_idea_is_removed_and_what_has_begun_is_not(teacher):
    made, begun = pilot("idea"), pilot()
    assert post(teacher, "pilot_state", made.pk, do="remove").url == reverse("innovation")
    assert post(teacher, "pilot_state", begun.pk, do="remove").status_code == 422
    assert [one.pk for one in Pilot.objects.all()] == [begun.pk]


def test_what_ends_in_the_past_does_not_begin_and_what_is_decided_is_not_changed(teacher):
    today = timezone.localdate()
    past = pilot("idea", ends=today - datetime.timedelta(days=1))
    assert "Its last day is past" in post(teacher, "pilot_state", past.pk, do="begin").content.decode()
    decided = pilot("decided")
    assert teacher.get(reverse("pilot_edit", args=[decided.pk])).status_code == 422
    assert teacher.get(reverse("pilot_decide", args=[decided.pk])).status_code == 422
    about = {"date": today.isoformat(), "text": "Late"}
    assert post(teacher, "observation_add", decided.pk, **about).status_code == 422


def test_other_schools_see_what_came_of_it_and_never_the_log(
    people, other_lead, governor, coach, group_lead, school_lead
):
    made = pilot("decided")
    seen(made, people["teacher"])
    theirs = page_of(other_lead, made)
    assert "It works" in theirs
    assert "If we begin with five questions" in theirs
    for private in (PRIVATE, "Teacher", "Five of eight", "3.5", "Take the decision back"):
        assert private not in theirs
    running = pilot()
    assert "If we begin" not in page_of(other_lead, running)
    assert "Staff of Alder see its measure" in page_of(other_lead, running)
    governors = page_of(governor, made)
    assert "Five of eight" in governors
    assert PRIVATE not in governors
    assert "Teacher" not in governors
    for client in (coach, group_lead, school_lead):
        assert PRIVATE in page_of(client, made)
    read = AuditEntry.objects.filter(kind="innovation.pilot", what="read")
    assert {one.who.name for one in read} == {"Coach", "Group_Lead", "School_Lead"}


def test_who_may_not_is_refused_and_another_school_finds_nothing(
    people, other_lead, coach, governor, stranger
):
    made = pilot()
    note = seen(made, people["teacher"])
    wrote = {"date": timezone.localdate().isoformat(), "text": "A"}
    for route in ("pilot_state", "pilot_decide", "observation_add", "pilot_edit", "pilot_reading"):
        assert post(other_lead, route, made.pk, **wrote).status_code == 404
        assert post(governor, route, made.pk, **wrote).status_code == 403
        assert post(stranger, route, made.pk, **wrote).status_code == 302
    for route in ("pilot_state", "pilot_decide", "pilot_edit"):  # a colleague who does not lead it
        assert post(coach, route, made.pk, do="undo").status_code == 404
    assert post(coach, "observation_add", made.pk, **wrote).status_code == 302
    assert post(coach, "observation_remove", note.pk).status_code == 403
    assert post(other_lead, "observation_remove", note.pk).status_code == 404
    assert post(coach, "observation_remove", 999_999).status_code == 404
    assert coach.get(reverse("pilot", args=[999_999])).status_code == 404


def test_what_was_noted_is_removed_by_its_author_or_a_lead(people, teacher, school_lead):
    made = pilot()
    for client in (teacher, school_lead):
        note = seen(made, people["teacher"])
        assert "Remove" in page_of(client, made)
        post(client, "observation_remove", note.pk)
    assert not Observation.objects.exists()


def test_an_observation_is_of_a_day_that_was(teacher):
    made = pilot()
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    for day, said in ((tomorrow, "still to come"), (datetime.date(2001, 1, 1), "three years ago")):
        text = post(
            teacher, "observation_add", made.pk, date=day.isoformat(), text="kept words"
        ).content.decode()
        assert said in text
        assert "kept words" in text


def test_the_list_is_filtered_and_paged(people, governor, owner):
    for number in range(52):
        pilot("idea", title=f"Idea {number}", school="Birch")
    pilot(title="Ours", school="Alder")
    page = owner.get(reverse("innovation"), {"state": "idea", "school": "Birch"}).content.decode()
    assert "Ours" not in page.split("<h2>Pilots</h2>")[1]
    assert "Page 1 of 2" in page
    assert "state=idea&amp;school=Birch&amp;page=2" in page
    second = owner.get(reverse("innovation"), {"state": "idea", "page": "2"}).content.decode()
    assert "Previous page" in second
    assert "None that fits" in owner.get(reverse("innovation"), {"state": "decided"}).content.decode()
    assert owner.get(reverse("innovation"), {"state": "no such", "page": "x"}).status_code == 200
    assert "Try something new" not in governor.get(reverse("innovation")).content.decode()


def test_somebody_of_two_schools_says_which(people, appointed, teacher):
    mary = appointed("mary", Role.TEACHER, "Birch")
    mary.appointments.create(role=Role.COACH, school="Cedar")
    hers = Client()
    hers.force_login(mary)
    assert "Choose a school" in hers.get(reverse("pilot_new")).content.decode()
    assert "selected>Alder" in teacher.get(reverse("pilot_new")).content.decode()


def test_what_is_adopted_offers_to_draft_a_practice_card(teacher):
    made = pilot("decided")
    where = f"{reverse('practice_new')}?title=Five+questions&amp;school=Alder"
    assert where in page_of(teacher, made)
    begun = teacher.get(html.unescape(where)).content.decode()
    assert 'value="Five questions"' in begun
    assert "Draft a practice card" not in page_of(teacher, pilot("decided", decision="drop"))


def test_the_database_holds_no_pilot_without_its_success_or_its_decision(people):
    for wrong in (
        {"state": "running", "success": ""},
        {"state": "decided", "decision": ""},
        {"state": "lost"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            pilot(wrong.pop("state"), **wrong)


def test_attention_is_told_with_its_hours_in_the_days_asked_about(people):
    today = timezone.localdate()
    week = datetime.timedelta(days=6)
    pilot(starts=today - week, ends=today)
    pilot("idea")
    pilot("decided", school="Birch", for_pupils=False, starts=today - 3 * week, decided_on=today - 2 * week)
    (ours,) = attention.running(today - week, today)
    assert (ours.school, ours.kind, ours.title, ours.for_pupils) == ("Alder", "pilot", "Five questions", True)
    assert ours.hours == 3.5
    assert attention.running(today - 3 * week, today)[1].school == "Birch"
    assert [one.hours for one in attention.running(today, today + week)] == [0.5]
    assert attention.running(today - 9 * week, today - 8 * week) == []


def test_the_form_of_an_idea_remembers_whom_it_is_for(people):
    from upwards.web.access import reader_for

    made = pilot("idea", for_pupils=False)
    form = PilotForm(instance=made, reader=reader_for(people["teacher"]), schools=["Alder"])
    assert form.initial["for_pupils"] == "no"
    assert str(reference()).startswith("Roediger")
    assert str(seen(made)).startswith("Observation")
    assert Reference.objects.count() == 1
