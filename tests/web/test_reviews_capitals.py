"""The audit of the four capitals: everybody answers alone, all look at one picture."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.reviews_of_trust import capitals_of
from upwards.web.reviews.capitals import CAPITALS, STATEMENTS, picture
from upwards.web.reviews.models import CapitalsAudit, CapitalsReply
from upwards.web.roles import Role

pytestmark = pytest.mark.django_db


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def marks(mark: int, **more: str) -> dict[str, str]:
    return {**dict.fromkeys(STATEMENTS, str(mark)), **more}


def test_there_are_four_capitals_and_no_statement_twice():
    assert [one.key for one in CAPITALS] == ["intellectual", "social", "moral", "organisational"]
    assert len(STATEMENTS) == sum(len(one.statements) for one in CAPITALS) == 12


def test_a_lead_opens_answers_changes_and_closes(people, school_lead, governor):
    assert "Open one below" in school_lead.get(reverse("capitals")).content.decode()
    assert "A lead of your school opens one" in governor.get(reverse("capitals")).content.decode()
    answer = post(school_lead, "capitals_open", place="Alder")
    made = CapitalsAudit.objects.get()
    assert answer.headers["Location"] == reverse("capitals_answer", args=[made.pk])
    assert (
        "Let every leader answer"
        in school_lead.get(reverse("capitals_picture", args=[made.pk])).content.decode()
    )
    assert (
        b"required"
        in post(school_lead, "capitals_answer", made.pk, **marks(3, **{"social-open": ""})).content
    )
    post(school_lead, "capitals_answer", made.pk, **marks(3, moral="We did it\u202e <b>twice</b>"))
    again = school_lead.get(reverse("capitals_answer", args=[made.pk])).context["form"].initial
    assert (again["social-open"], again["moral"]) == (3, "We did it <b>twice</b>")
    post(school_lead, "capitals_answer", made.pk, **marks(4, moral="We did it <b>twice</b>"))
    assert CapitalsReply.objects.get().marks["moral-trust"] == 4
    shown = governor.get(reverse("capitals_picture", args=[made.pk])).content.decode()
    assert "We did it &lt;b&gt;twice&lt;/b&gt;" in shown
    assert "all 4" in shown
    assert "School_Lead" not in shown
    assert "1 person answered" in shown
    post(school_lead, "capitals_close", made.pk)
    post(school_lead, "capitals_close", made.pk)
    assert CapitalsAudit.objects.get().closed is not None
    assert post(school_lead, "capitals_answer", made.pk, **marks(1)).status_code == 422


def test_the_picture_shows_the_spread_and_what_changed(people, school_lead):
    who = [people["school_lead"], people["owner"], people["group_lead"]]
    capitals_of(closed=True, replies=(1, 1, 2), who=who)
    made = capitals_of(replies=(1, 4, 4), who=who)
    first = picture(made)[0]
    assert first.lines[0].counts == (1, 0, 0, 2)
    assert (first.lines[0].middle, first.lines[0].range, first.lines[0].change) == (
        4.0,
        "1 to 4",
        "up from 1",
    )
    assert first.whole.n == 9
    assert first.evidence == ["evidence of intellectual"] * 3
    shown = school_lead.get(reverse("capitals_picture", args=[made.pk])).content.decode()
    assert "●●" in shown
    assert "up from 1" in shown
    assert "compared with the audit opened" in shown


def test_without_an_earlier_audit_nothing_is_said_to_have_changed(people):
    lead = [people["school_lead"]]
    made = capitals_of(replies=(2,), who=lead)
    capitals_of("Birch", closed=True, replies=(4,), who=lead)
    assert {part.whole.change for part in picture(made)} == {"nothing to compare with"}
    made.closed = made.opened
    made.save()
    same = capitals_of(replies=(2,), who=lead)
    assert {part.whole.change for part in picture(same)} == {"as last time (2)"}
    same.replies.all()[0].delete()
    assert picture(same)[0].whole.range == ""
    assert picture(same)[0].whole.middle is None
    assert picture(same)[0].whole.change == "nothing to compare with"


def test_many_dots_become_a_number(people, appointed):
    who = [appointed(f"lead{n}", Role.SCHOOL_LEAD, "Alder") for n in range(9)]
    made = capitals_of(replies=(3,) * 9, who=who)
    assert picture(made)[0].lines[0].cells[2] == (9, "● × 9")
    down = capitals_of("", closed=True, replies=(3,), who=who[:1])
    later = capitals_of("", replies=(2,), who=who[:1])
    assert picture(later)[0].whole.change == "down from 3"
    assert str(down) == "Four capitals, whole group"
    assert str(later.replies.get()).startswith("Reply")


def test_an_audit_of_the_whole_group_is_opened_by_the_group_and_answered_by_every_lead(
    people, group_lead, school_lead, other_lead, governor
):
    assert post(school_lead, "capitals_open", place="whole group").status_code == 403
    assert post(school_lead, "capitals_open", place="Birch").status_code == 403
    post(group_lead, "capitals_open", place="whole group")
    made = CapitalsAudit.objects.get()
    assert post(group_lead, "capitals_open", place="whole group").status_code == 422
    assert post(other_lead, "capitals_answer", made.pk, **marks(2)).status_code == 302
    assert post(school_lead, "capitals_answer", made.pk, **marks(3)).status_code == 302
    assert "2 people answered" in governor.get(reverse("capitals_picture", args=[made.pk])).content.decode()
    assert post(school_lead, "capitals_close", made.pk).status_code == 403
    assert post(group_lead, "capitals_close", made.pk).status_code == 302


def test_another_schools_audit_is_not_there(other_lead, teacher):
    made = capitals_of()
    for route in ("capitals_picture", "capitals_answer"):
        assert other_lead.get(reverse(route, args=[made.pk])).status_code == 404
    assert post(other_lead, "capitals_close", made.pk).status_code == 404
    assert post(teacher, "capitals_open", place="Alder").status_code == 403
