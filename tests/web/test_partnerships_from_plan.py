"""A line of the plan fills the form of a partnership, and is offered until it is begun."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.web.partnerships_of_trust import (
    given,
    partnership,
)
from upwards.actions.make_plan import make_plan
from upwards.web.partnerships import from_plan
from upwards.web.partnerships.from_plan import address_of_line, kind_of, line_key
from upwards.web.partnerships.models import Partnership

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)


def test_a_line_of_the_plan_fills_the_form(school_lead, trust_workspace):
    line = make_plan(trust_workspace)["lines"][0]
    for address in (address_of_line(line), f"{reverse('partnership_new')}?line=0"):
        form = school_lead.get(address).context["form"]
        assert form.initial["provider_school"] == line["provider_school"]
        assert form.initial["recipient_school"] == line["recipient_school"]
        assert float(form.initial["hours"]) == line["hours_each"]
        assert form.initial["line"] == line_key(line)
        assert form.initial["snapshot"]
    answer = school_lead.post(
        reverse("partnership_new"), given(line=line_key(line), snapshot=form.initial["snapshot"])
    )
    made = Partnership.objects.get()
    assert answer.headers["Location"] == reverse("partnership", args=[made.pk])
    assert (made.origin, made.snapshot) == ("plan", form.initial["snapshot"])


def test_after_a_mistake_it_still_comes_from_the_plan(school_lead, trust_workspace):
    line = make_plan(trust_workspace)["lines"][0]
    wrong = given(line=line_key(line), aim="")
    answer = school_lead.post(reverse("partnership_new"), wrong)
    assert "This comes from a line of the plan" in answer.content.decode()
    assert answer.context["form"]["line"].value() == line_key(line)


def plan_of(lines: list[dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def kept(*_: object) -> dict[str, Any]:
        return {"lines": lines}

    return kept


def planned_three(school: str = "Cedar") -> list[dict[str, Any]]:
    line = {
        "subject": "reading",
        "provider_school": "Alder",
        "provider_stage": "year 6",
        "recipient_stage": "year 6",
        "kind": "learning threes",
        "hours_each": 9.0,
    }
    return [{**line, "recipient_school": one, "why": f"{one} gains."} for one in ("Birch", school, "Damson")]


def test_the_two_lines_of_a_planned_three_become_one_partnership(school_lead, people, monkeypatch):
    lines = planned_three()
    monkeypatch.setattr(from_plan, "kept_answer", plan_of(lines))
    offered = school_lead.get(reverse("partnership_new")).context["lines"]
    assert [why for why, _ in offered] == ["Birch gains. Cedar gains.", "Damson gains."]
    for asked in (offered[0][1], f"{reverse('partnership_new')}?line=1"):
        form = school_lead.get(asked).context["form"]
        assert form.initial["recipient_school"] == "Birch"
        assert (form.initial["second_school"], form.initial["second_department"]) == ("Cedar", "year 6")
        assert form.initial["for_pupils"] is True
        assert "Pupils’ results in reading" in form.initial["measure"]
    school_lead.post(reverse("partnership_new"), {**form.initial, "aim": "Read aloud", "for_pupils": "true"})
    made = Partnership.objects.get()
    assert [(one.school, one.department) for one in made.recipients.all()] == [
        ("Birch", "year 6"),
        ("Cedar", "year 6"),
    ]
    assert [why for why, _ in school_lead.get(reverse("partnership_new")).context["lines"]] == [
        "Damson gains."
    ]


def test_two_stages_of_one_school_make_no_three(school_lead, monkeypatch):
    monkeypatch.setattr(from_plan, "kept_answer", plan_of(planned_three("Birch")))
    form = school_lead.get(f"{reverse('partnership_new')}?line=0").context["form"]
    assert "second_school" not in form.initial


def test_lines_of_the_plan_are_offered_until_they_are_begun(school_lead, coach, trust_workspace):
    lines = make_plan(trust_workspace)["lines"]
    offered = school_lead.get(reverse("partnership_new")).context["lines"]
    assert [where for _, where in offered] == [address_of_line(line) for line in lines]
    partnership(line=line_key(lines[0]))
    assert len(school_lead.get(reverse("partnership_new")).context["lines"]) == len(lines) - 1
    # to a coach the other school is not named, so that a head begins it
    assert coach.get(reverse("partnership_new")).context["lines"] == []


def test_a_line_that_is_no_longer_in_the_plan_still_fills_the_form(school_lead):
    asked = {"line": "reading~Cedar~year 6~Damson~year 6", "kind": "learning threes", "hours": "9"}
    form = school_lead.get(reverse("partnership_new"), asked).context["form"]
    assert form.initial["provider_school"] == "Cedar"
    assert form.initial["kind"] == "learning three"
    assert kind_of("no such kind") == ""
    for line in ("nonsense", "9999"):
        form = school_lead.get(reverse("partnership_new"), {"line": line}).context["form"]
        assert form.initial["provider_school"] == "Alder"


@pytest.mark.parametrize("number", ["9" * 5000, "99999999", "1" * 9, "٣", "²"])
def test_a_number_of_no_line_gives_the_blank_form(owner, number):
    answer = owner.get(reverse("partnership_new"), {"line": number})
    assert answer.status_code == 200
    assert not answer.context["from_plan"]
