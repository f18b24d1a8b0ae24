"""A review is done together: who visits, who reads what, who agrees, and what follows."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.reviews_of_trust import SEEN, review_of_alder, written
from upwards.web.access import Reader, reader_for
from upwards.web.accounts.models import Appointment
from upwards.web.people.models import Person
from upwards.web.reviews.allocation import candidates
from upwards.web.reviews.models import Allocation, Area, JointActivity, Review, ReviewAction
from upwards.web.reviews.readers import actions_due, part_of, seen_by
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def page(client: Client, made: Review) -> str:
    answer = client.get(reverse("review", args=[made.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def given(made: Review, **changes: str) -> dict[str, str]:
    words = {area.value: "effective" for area in Area}
    whys = {f"{area.value}_why": "What we saw together" for area in Area}
    return {**words, **whys, "report": "A calm school.", "seen": made.digest(), **changes}


def test_a_review_goes_from_plan_to_agreed_report_and_actions(people, group_lead, reviewer, school_lead):
    today = timezone.localdate().isoformat()
    answer = post(group_lead, "review_new", school="Alder", first_day=today, last_day=today, focus="Talk")
    made = Review.objects.get()
    assert answer.headers["Location"] == reverse("review", args=[made.pk])
    assert (
        "Nobody reviews yet" in post(group_lead, "review_state", made.pk, state="under way").content.decode()
    )
    post(group_lead, "review_allocate", made.pk, user=people["reviewer"].pk)
    assert "Begin the review" in page(reviewer, made)
    post(reviewer, "review_state", made.pk, state="under way")
    post(school_lead, "review_excellence", made.pk, title="Talk in mathematics", why="Come and see year 6")
    about = {"kind": "work", "day": today, "with_post": "Head of science", "notes": "Books show thinking"}
    post(reviewer, "review_activity", made.pk, **about)
    assert post(reviewer, "review_state", made.pk, state="drafted").status_code == 422
    made.refresh_from_db()
    post(reviewer, "review_report", made.pk, **given(made, standing="confirmed"))
    assert "A calm school" not in page(school_lead, made)
    post(reviewer, "review_state", made.pk, state="drafted")
    host = page(school_lead, made)
    assert "A calm school" in host
    assert "(confirmed)" in host
    assert "Books show thinking" in host
    post(school_lead, "review_comment", made.pk, text="You did not see the library.")
    assert "You did not see the library" in page(reviewer, made)
    made.refresh_from_db()
    post(school_lead, "review_state", made.pk, state="agreed", seen=made.digest())
    made.refresh_from_db()
    assert (made.state, made.agreed_by) == ("agreed", people["school_lead"])
    post(school_lead, "review_action", made.pk, what="Open the library", post="Head of English", due=today)
    assert "Open the library" in school_lead.get(reverse("reviews")).content.decode()
    assert AuditEntry.objects.filter(kind="reviews.review", detail__startswith="agreed_by").exists()


def test_allocation_opens_one_review_and_nothing_else(people, reviewer, appointed):
    mine = review_of_alder("under way")
    other = Review.objects.create(school="Alder", first_day=mine.first_day, last_day=mine.last_day)
    assert SEEN in page(reviewer, mine)
    assert reviewer.get(reverse("review", args=[other.pk])).status_code == 404
    assert list(seen_by(reader_for(people["reviewer"]))) == [mine]
    mine.allocations.get().delete()
    assert reviewer.get(reverse("review", args=[mine.pk])).status_code == 404


def test_nobody_reviews_the_own_school_whatever_was_allocated(people, other_lead, coach):
    made = review_of_alder("under way", reviewers=("other_lead", "coach"))
    assert part_of(reader_for(people["other_lead"]), made).reviews
    assert page(other_lead, made)
    assert coach.get(reverse("review", args=[made.pk])).status_code == 404
    Person.objects.create(user=people["other_lead"], name="Olga", school="Alder")
    assert other_lead.get(reverse("review", args=[made.pk])).status_code == 404


def test_those_who_reviewed_least_stand_first_and_swaps_last(people, appointed, group_lead):
    made = review_of_alder(reviewers=())
    cara = appointed("cara", Role.COACH, "Cedar")
    dora = appointed("dora", Role.SCHOOL_LEAD, "Damson")
    for outside in ((Role.TEACHER, "Cedar"), (Role.COACH, ""), (Role.REVIEWER, "Birch")):
        appointed(f"no{outside[0]}", *outside)
    visited = Review.objects.create(school="Cedar", first_day=made.first_day, last_day=made.last_day)
    Allocation.objects.create(review=visited, user=people["coach"], from_school="Alder")
    Allocation.objects.create(review=visited, user=dora, from_school="Damson")
    found = candidates(made)
    assert [(one.user, one.school, one.n_before, one.swaps) for one in found] == [
        (people["other_lead"], "Birch", 0, False),
        (people["reviewer"], "", 0, False),
        (dora, "Damson", 1, False),
        (cara, "Cedar", 0, True),
    ]
    shown = page(group_lead, made)
    assert "Reviewer, from outside: no reviews so far" in shown
    assert "Dora, Damson: 1 review so far" in shown
    assert "Cara, Cedar: no reviews so far; would be a direct swap" in shown


def test_only_a_candidate_can_be_allocated_and_a_part_can_be_ended(people, group_lead, reviewer):
    made = review_of_alder(reviewers=())
    wrong = post(group_lead, "review_allocate", made.pk, user=people["coach"].pk)
    assert b"Select a valid choice" in wrong.content
    assert not made.allocations.exists()
    post(group_lead, "review_allocate", made.pk, user=people["reviewer"].pk)
    post(group_lead, "review_release", made.allocations.get().pk)
    assert reviewer.get(reverse("review", args=[made.pk])).status_code == 404
    made.state = "agreed"
    made.save()
    assert post(group_lead, "review_allocate", made.pk, user=people["reviewer"].pk).status_code == 422
    assert group_lead.get(reverse("review_edit", args=[made.pk])).status_code == 422


def test_without_anybody_to_ask_the_page_says_what_to_do(people, group_lead):
    Appointment.objects.exclude(user=people["group_lead"]).delete()
    made = review_of_alder(reviewers=())
    assert "Invite somebody as reviewer of Alder" in page(group_lead, made)


def test_days_and_focus_can_be_changed_and_must_be_in_order(group_lead):
    made = review_of_alder()
    address, first = reverse("review_edit", args=[made.pk]), made.first_day
    wrong = {"first_day": first.isoformat(), "last_day": (first - DAY).isoformat()}
    assert b"before the first" in group_lead.post(address, wrong).content
    group_lead.post(address, {**wrong, "last_day": first.isoformat(), "focus": "A\u202eB"})
    made.refresh_from_db()
    assert (made.last_day, made.focus) == (first, "A B")
    assert b"valid choice" in post(group_lead, "review_new", **wrong, school="Nowhere").content


def test_what_two_reviewers_write_at_once_is_not_lost(reviewer):
    made = review_of_alder("under way")
    before = given(made, report="Mine")
    post(reviewer, "review_report", made.pk, **given(made, report="Theirs"))
    answer = post(reviewer, "review_report", made.pk, **before)
    assert b"Somebody else changed" in answer.content
    made.refresh_from_db()
    assert made.report == "Theirs"
    assert b"Mine" in answer.content
    post(reviewer, "review_report", made.pk, **{**before, "seen": answer.context["form"].data["seen"]})
    made.refresh_from_db()
    assert made.report == "Mine"


def test_a_word_needs_what_it_rests_on_and_can_be_taken_back_until_handed_over(reviewer):
    made = review_of_alder("under way")
    post(reviewer, "review_report", made.pk, **given(made))
    assert made.grades.count() == 3
    shown = reviewer.get(reverse("review_report", args=[made.pk])).context["form"].initial
    assert (shown["leadership"], shown["report"]) == ("effective", "A calm school.")
    made.refresh_from_db()
    assert (
        b"Say what the word rests on"
        in post(reviewer, "review_report", made.pk, **given(made, leadership_why="")).content
    )
    post(reviewer, "review_report", made.pk, **given(made, leadership="", leadership_why=""))
    assert made.grades.count() == 2
    ready = written()
    said = post(reviewer, "review_report", ready.pk, **given(ready, provision="", provision_why=""))
    assert b"a word stays in each area" in said.content
    ready.refresh_from_db()


def test_the_school_agrees_only_to_what_it_has_read(school_lead, reviewer, group_lead):
    made = written()
    seen = made.digest()
    post(reviewer, "review_report", made.pk, **given(made, report="Changed meanwhile"))
    answer = post(school_lead, "review_state", made.pk, state="agreed", seen=seen)
    assert b"changed since you opened the page" in answer.content
    assert post(group_lead, "review_state", made.pk, state="agreed", seen=seen).status_code == 403
    assert post(school_lead, "review_state", made.pk, state="planned").status_code == 422
    assert post(school_lead, "review_state", made.pk, state="nonsense").status_code == 422
    made.refresh_from_db()
    assert made.state == "drafted"
    assert "final once a lead of Alder agrees" in page(group_lead, made)


def test_what_is_agreed_stays(reviewer, school_lead):
    made = written("agreed")
    row = JointActivity.objects.get()
    for route, key in (
        ("review_report", made.pk),
        ("review_activity", made.pk),
        ("review_activity_edit", row.pk),
    ):
        assert reviewer.get(reverse(route, args=[key])).status_code == 422
    assert post(school_lead, "review_comment", made.pk, text="Late").status_code == 422
    assert school_lead.get(reverse("review_excellence", args=[made.pk])).status_code == 422
    assert reviewer.get(reverse("review_activity_edit", args=[999])).status_code == 404


def test_a_governor_reads_what_is_agreed_without_notes_and_talk(governor, people, appointed):
    made = written("drafted")
    assert governor.get(reverse("review", args=[made.pk])).status_code == 404
    made.state = "agreed"
    made.save()
    shown = page(governor, made)
    assert "A calm school" in shown or "We saw a calm school" in shown
    assert SEEN not in shown
    assert "What the school says" not in shown
    assert list(seen_by(reader_for(people["governor"]))) == [made]
    assert seen_by(Reader(None, ((Role.GOVERNOR, "Alder"),))).exists()
    assert not part_of(Reader(), made).sees
    of_all = appointed("gita", Role.GOVERNOR)
    assert list(seen_by(reader_for(of_all))) == [made]
    assert "You can read it" in governor.get(reverse("reviews")).content.decode()


def test_an_activity_is_changed_by_reviewers_only(reviewer, school_lead):
    made = review_of_alder("under way")
    row = JointActivity.objects.get()
    address = reverse("review_activity_edit", args=[row.pk])
    assert school_lead.get(address).status_code == 403
    wrong = {"kind": "observe", "day": made.first_day.isoformat(), "with_post": ""}
    assert b"required" in reviewer.post(address, wrong).content
    reviewer.post(address, {**wrong, "with_post": "Head", "notes": "One\r\n\x07Two"})
    row.refresh_from_db()
    assert (row.with_post, row.notes) == ("Head", "One\nTwo")


def test_only_the_school_puts_forward_and_comments(reviewer, group_lead, school_lead):
    made = review_of_alder("under way")
    assert reviewer.get(reverse("review_excellence", args=[made.pk])).status_code == 403
    assert b"required" in post(school_lead, "review_excellence", made.pk, title="", why="x").content
    draft = written()
    assert post(group_lead, "review_comment", draft.pk, text="x").status_code == 403
    assert b"required" in post(school_lead, "review_comment", draft.pk, text="").content
    assert post(reviewer, "review_action", draft.pk, what="x").status_code == 403


def test_an_action_names_a_post_and_appears_when_it_is_due(people, school_lead, other_lead, reviewer):
    made, today = written("agreed"), timezone.localdate()
    Person.objects.create(name="Nia Roberts", school="Alder")
    about = {"what": "Open the library", "due": (today + 20 * DAY).isoformat()}
    assert (
        b"names a person" in post(school_lead, "review_action", made.pk, **about, post="nia roberts").content
    )
    over = {**about, "due": (today - DAY).isoformat(), "post": "Head"}
    assert b"This day is over" in post(school_lead, "review_action", made.pk, **over).content
    post(school_lead, "review_action", made.pk, **about, post="Head of English")
    row, lead = ReviewAction.objects.get(), reader_for(people["school_lead"])
    assert not row.is_due_by(today + 14 * DAY)
    assert actions_due(lead) == []
    row.due = today - DAY
    row.save()
    assert row.is_late
    assert actions_due(lead) == [row]
    assert actions_due(reader_for(people["other_lead"])) == actions_due(reader_for(people["reviewer"])) == []
    assert "the day is over" in school_lead.get(reverse("reviews")).content.decode()
    assert post(reviewer, "review_action_done", row.pk, done="yes").status_code == 403
    assert post(other_lead, "review_action_done", row.pk, done="yes").status_code == 404
    post(school_lead, "review_action_done", row.pk, done="yes")
    row.refresh_from_db()
    assert row.done == today
    assert actions_due(lead) == []
    post(school_lead, "review_action_done", row.pk, done="no")
    row.refresh_from_db()
    assert row.done is None
    assert "Open the library" in page(school_lead, made)


def test_what_a_stranger_to_scripts_writes_is_only_read(reviewer, school_lead):
    made = review_of_alder("under way")
    post(reviewer, "review_report", made.pk, **given(made, report="<script>alert(1)</script>"))
    post(reviewer, "review_state", made.pk, state="drafted")
    assert "&lt;script&gt;" in page(school_lead, made)
    assert "<script>alert" not in page(school_lead, made)
    assert (
        b"at most 12000"
        in post(reviewer, "review_report", made.pk, **given(made, report="x" * 12_001)).content
    )


def test_empty_pages_say_what_to_do_next(group_lead, coach):
    review_of_alder()
    assert "You plan it" in group_lead.get(reverse("reviews")).content.decode()
    Review.objects.all().delete()
    assert "Plan the first one" in group_lead.get(reverse("reviews")).content.decode()
    assert "you find it here" in coach.get(reverse("reviews")).content.decode()


def test_texts_in_the_trail_are_names_of_rows(people, reviewer):
    made = review_of_alder("under way")
    rows = [made, made.allocations.get(), made.activities.get()]
    assert [str(one) for one in rows][0] == "Review of Alder"
    assert str(rows[1]) == f"Reviewer {rows[1].pk}"
    post(reviewer, "review_report", made.pk, **given(made))
    assert str(made.grades.first()) == "Leadership: Effective"
    comment = made.comments.create(text="x")
    assert str(comment) == f"Comment {comment.pk}"
    assert str(made.actions.create(what="Go on", post="Head", due=timezone.localdate())) == "Go on"


def test_a_long_list_comes_in_pages_and_asks_no_more_for_more_rows(people, group_lead, reviewer, monkeypatch):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    monkeypatch.setattr("upwards.web.reviews.views.ON_A_PAGE", 3)
    asked = []
    for n in (1, 3):
        while Review.objects.count() < n:
            review_of_alder()
        for client in (group_lead, reviewer):
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("reviews"))
            asked.append(len(queries))
    assert asked[:2] == asked[2:]
    review_of_alder()
    assert "Page 1 of 2" in group_lead.get(reverse("reviews")).content.decode()
    assert "Page 2 of 2" in group_lead.get(reverse("reviews"), {"page": "2"}).content.decode()
