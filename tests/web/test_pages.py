"""The first page, before there are data, and a job whose answer could not be kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.test_answer_pages import finished
from upwards.actions.init_workspace import init_workspace
from upwards.store import answers as kept_answers
from upwards.web import answers
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import run_job, start_job
from upwards.web.pages.work import NOT_KEPT

pytestmark = pytest.mark.django_db


@pytest.fixture
def empty_workspace(settings, tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "grove"
    init_workspace(folder, name="Grove Trust")
    settings.UPWARDS_WORKSPACE = folder
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    return folder


@pytest.fixture
def without_answers(settings, trust_workspace, tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "trust"
    shutil.copytree(trust_workspace, folder)
    shutil.rmtree(folder / "answers")
    settings.UPWARDS_WORKSPACE = folder
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    return folder


@pytest.mark.parametrize("who", ["owner", "group_lead"])
def test_who_may_bring_data_in_is_led_there_while_there_are_none(who, browser_of, empty_workspace):
    assert browser_of(who).get(reverse("home")).headers["Location"] == reverse("data_start")


@pytest.mark.parametrize("who", ["school_lead", "coach", "teacher", "governor", "researcher", "reviewer"])
def test_others_read_who_can_bring_data_in(who, browser_of, empty_workspace):
    answer = browser_of(who).get(reverse("home"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The owner and the group's leads can bring data in" in page
    assert page.count("<h1") == 1
    assert reverse("data_start") not in page


def test_a_stranger_and_somebody_without_a_role_learn_nothing_of_it(stranger, appointed, empty_workspace):
    assert stranger.get(reverse("home")).status_code == 302
    client = Client()
    client.force_login(appointed("nora"))
    assert b"you have no role" in client.get(reverse("home")).content


def test_with_data_the_first_page_is_the_menu_s(owner):
    assert owner.get(reverse("home")).headers["Location"] == reverse("monday")


def test_a_page_is_answered_where_the_folder_of_answers_was_missing(owner, without_answers):
    assert finished(owner, reverse("data_coverage")).status_code == 200
    assert (without_answers / "answers").is_dir()


def test_an_answer_that_cannot_be_kept_ends_with_a_reason(owner, without_answers, monkeypatch):
    monkeypatch.setattr(kept_answers, "put", lambda *_, **__: False)
    job = start_job("answer", {"question": "coverage", "arguments": {"schools": None}})
    run_job.call(str(job.pk))
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.message) == (State.FAILED, NOT_KEPT)
