"""Pages read, jobs compute."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import reverse

from tests.web.workspace_of_trust import DRAWS
from upwards.core.errors import UserError
from upwards.web import answers
from upwards.web import facts as known
from upwards.web.access import reader_for
from upwards.web.answers import QUESTIONS, answer_or_job
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import run_job
from upwards.web.roles import CAPABILITIES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())


def finish(job: Job) -> Job:
    run_job.call(str(job.pk))
    job.refresh_from_db()
    return job


def test_every_question_leads_to_an_action_and_a_capability():
    for question in QUESTIONS.values():
        module, _, name = question.action.partition(".")
        assert callable(getattr(__import__(f"upwards.actions.{module}", fromlist=[name]), name))
        assert question.capability in CAPABILITIES


def test_the_first_reading_starts_a_job_and_the_next_finds_the_answer(people):
    reader = reader_for(people["owner"])
    asked = {"draws": DRAWS, "seed": 7}
    job = answer_or_job(reader, "disparity", asked)
    assert isinstance(job, Job)
    assert answer_or_job(reader, "disparity", asked) == job
    assert finish(job).state == State.DONE, job.message
    answer = answer_or_job(reader, "disparity", asked)
    assert isinstance(answer, dict)
    assert answer["schema"].startswith("upwards.disparity/")


def test_a_teacher_s_question_is_about_the_own_school_only(people):
    job = answer_or_job(reader_for(people["teacher"]), "disparity", {"draws": 201})
    assert isinstance(job, Job)
    assert job.arguments["arguments"]["schools"] == ["Alder"]


def test_a_teacher_cannot_ask_for_another_school(people):
    with pytest.raises(PermissionDenied):
        answer_or_job(reader_for(people["teacher"]), "disparity", {"schools": ["Birch"]})


def test_a_researcher_has_no_pages_with_names(people):
    with pytest.raises(PermissionDenied):
        answer_or_job(reader_for(people["researcher"]), "bright-spots")


def test_an_unknown_argument_is_refused_with_its_nearest_name(people):
    with pytest.raises(UserError, match="did you mean 'seed'"):
        answer_or_job(reader_for(people["owner"]), "disparity", {"sed": 1})


def test_a_refusal_of_the_computation_is_what_the_job_says(people):
    reader = reader_for(people["owner"])
    job = answer_or_job(reader, "plan", {"total_hours": 1.0, "draws": DRAWS, "serve_at_least": 99})
    assert isinstance(job, Job)
    ended = finish(job)
    assert (ended.state, bool(ended.message)) == (State.FAILED, True)
    assert answer_or_job(reader, "plan", {"total_hours": 1.0, "draws": DRAWS, "serve_at_least": 99}) == ended


def test_a_reader_waits_for_three_answers_at_a_time(people, owner):
    reader = reader_for(people["owner"])
    jobs = [answer_or_job(reader, "disparity", {"draws": DRAWS, "seed": seed}) for seed in (70, 71, 72)]
    assert answer_or_job(reader, "disparity", {"draws": DRAWS, "seed": 72}) == jobs[-1]
    with pytest.raises(UserError, match="3 of your pages are still being computed"):
        answer_or_job(reader, "disparity", {"draws": DRAWS, "seed": 73})
    other = reader_for(people["group_lead"])
    assert isinstance(answer_or_job(other, "disparity", {"draws": DRAWS, "seed": 73}), Job)
    Job.objects.filter(pk=jobs[0].pk).update(state=State.DONE)
    assert isinstance(answer_or_job(reader, "disparity", {"draws": DRAWS, "seed": 74}), Job)


def test_a_page_beyond_those_waits_by_itself(people, owner):
    reader = reader_for(people["owner"])
    first, *_ = [answer_or_job(reader, "disparity", {"draws": DRAWS, "seed": seed}) for seed in (75, 76, 77)]
    page = f"{reverse('plan')}?total_hours=61.25"  # hours that no other test asks for
    answer = owner.get(page)
    shown = answer.content.decode()
    assert answer.status_code == 202
    assert "Other pages that you opened are computed first" in shown
    assert f"{reverse('job', args=[first.pk])}?then={quote(page, safe='')}&amp;after=1" in shown
    assert '<meta http-equiv="refresh" content="2">' in shown
    assert Job.objects.count() == 3


def test_limits_of_a_plan_are_for_those_who_may_change_it(people):
    with pytest.raises(PermissionDenied):
        answer_or_job(reader_for(people["coach"]), "plan", {"total_hours": 9.0})


def test_what_the_workspace_does_not_hold_is_told_at_once(people):
    with pytest.raises(UserError, match="no published progress"):
        answer_or_job(reader_for(people["owner"]), "groups")


def test_the_workspace_is_read_once_for_many_pages(monkeypatch):
    facts = answers.workspace_facts()
    assert facts["schools"] == ["Alder", "Birch", "Cedar", "Damson"]
    monkeypatch.setattr(known, "describe_workspace", lambda _: pytest.fail("read again"))
    assert answers.workspace_facts() is facts


def test_memory_is_emptied_when_the_data_change():
    memory = answers._Memory()
    memory.get("one", "key")
    memory.put("one", "key", {"figure": 1})
    assert memory.get("one", "key") == {"figure": 1}
    assert memory.get("two", "key") is None
    memory.put("one", "key", {"figure": 1})  # computed before the change, told after it
    assert memory.get("two", "key") is None


def test_a_waiting_page_refreshes_with_and_without_javascript(people, owner):
    from upwards.web.jobs.views import waiting_page

    job = Job.objects.create(question="answer", key="k", asked_by=people["owner"])
    request = RequestFactory().get("/somewhere/?by=school")
    request.user = people["owner"]
    answer = waiting_page(request, job)
    assert answer.status_code == 202
    text = answer.content.decode()
    assert '<meta http-equiv="refresh" content="2">' in text
    assert f'hx-get="/jobs/{job.pk}/?then=%2Fsomewhere%2F%3Fby%3Dschool"' in text
