"""A card is begun, written, reviewed, published, changed and brought back; nobody writes over another."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.web.practices_of_trust import CARD, attach, draft, practice
from tests.web.test_practices import agree, nia, read, titles  # noqa: F401
from upwards.actions.find_bright_spots import find_bright_spots
from upwards.core.errors import UserError
from upwards.web.practices import lifecycle
from upwards.web.practices.editions import changes_between
from upwards.web.practices.from_bright_spots import address_of_team
from upwards.web.practices.models import Edition, Practice, Review
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def card(**changes: object) -> dict[str, object]:
    return {**CARD, "ask_person": "", "seen": "", **changes}


def post(client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def edit(client, made: Practice, **changes: object):
    seen = client.get(reverse("practice_edit", args=[made.pk])).context["form"].initial["seen"]
    return post(client, "practice_edit", made.pk, **card(seen=seen, **changes))


def step(client, made: Practice, name: str):
    return post(client, "practice_step", made.pk, step=name, seen=lifecycle.marker(made.draft))


def test_a_teacher_writes_a_colleague_reviews_and_a_lead_publishes(teacher, coach, school_lead, other_lead):
    begun = post(teacher, "practice_new", school="Alder", title="Questions at the door")
    made = Practice.objects.get()
    assert begun.url == reverse("practice_edit", args=[made.pk])
    assert "still needs: the need it answers, for whom" in read(teacher, "practice_draft", made.pk)
    assert step(teacher, made, "send").status_code == 422
    assert edit(teacher, made).url == reverse("practice_draft", args=[made.pk])
    step(teacher, made, "send")
    assert titles(other_lead) == []
    post(coach, "practice_review", made.pk, verdict="ready", text="Clear to me")
    assert "Clear to me" in read(teacher, "practice_draft", made.pk)
    assert step(teacher, made, "publish").status_code == 403
    assert step(school_lead, made, "publish").status_code == 302
    assert titles(other_lead, q="door") == ["Questions at the door"]
    theirs = read(other_lead, "practice_card", made.pk)
    assert "published by a lead" in theirs
    assert "read before by 1 colleague" in theirs
    assert "Clear to me" not in theirs
    ours = read(teacher, "practice_card", made.pk)
    assert "published by School_Lead" in ours
    assert "Clear to me" in ours
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"practices.practice", "practices.edition", "practices.review"} <= kinds


def test_a_change_stays_unseen_until_it_is_published_and_can_be_undone(
    teacher, school_lead, other_lead, people
):
    made = practice(author=people["teacher"])
    edit(teacher, made, done="Each pupil answers two questions.", hours="")
    assert "one question" in read(other_lead, "practice_card", made.pk)
    assert "What is being written" in read(school_lead, "practice_card", made.pk)
    assert step(teacher, made, "send").status_code == 422  # says what is new first
    edit(teacher, made, done="Each pupil answers two questions.", hours="", note="Two questions")
    step(teacher, made, "send")
    step(school_lead, made, "publish")
    assert "two questions" in read(other_lead, "practice_card", made.pk)
    assert "one question" in read(other_lead, "practice_edition", made.pk, 1)
    compared = read(other_lead, "practice_editions", made.pk, before="1", after="2")
    assert "What is done" in compared
    named = AuditEntry.objects.filter(what="read", detail="editions, with who published them")
    assert not named.exists()  # another school reads "a lead"
    assert "School_Lead" in read(teacher, "practice_editions", made.pk)
    assert [one.who for one in named] == [people["teacher"]]
    assert "Two questions" in compared
    assert "Not known" in read(other_lead, "practice_card", made.pk)
    assert post(teacher, "practice_restore", made.pk, 1).status_code == 403
    assert "Go back to it" not in read(teacher, "practice_edition", made.pk, 1)
    assert "Go back to it" in read(school_lead, "practice_edition", made.pk, 1)
    assert post(school_lead, "practice_restore", made.pk, 1).status_code == 302
    made.refresh_from_db()
    assert (made.live.number, made.live.note) == (3, "As edition 1 again")
    assert "one question" in read(other_lead, "practice_card", made.pk)
    assert titles(other_lead, q="two questions") == []
    assert post(school_lead, "practice_restore", made.pk, 99).status_code == 404


def test_bringing_an_edition_back_leaves_what_is_being_written(owner, people):
    made = practice(author=people["owner"])
    edit(owner, made, title="Not yet")
    post(owner, "practice_restore", made.pk, 1)
    assert made.draft.title == "Not yet"
    assert made.editions.count() == 3


def test_words_are_compared_one_by_one_and_nobody_is_named(nia, people):  # noqa: F811
    agree(nia)
    made = practice(ask_person=nia)
    before = made.live
    after = Edition(practice=made, **{**lifecycle.content_of(before), "ask_person": None})
    after.done = "Each pupil answers two questions about last week before sitting down."
    after.money, after.standing = None, "mixed"
    after.save()
    found = {one.label: one.pieces for one in changes_between(before, after)}
    assert set(found) == {"What is done", "Money it takes", "Standing of the evidence"}
    assert ("gone", "one") in found["What is done"]
    assert ("new", "two") in found["What is done"]
    assert found["Money it takes"] == (("gone", "0"),)
    attach(made)
    assert [one.label for one in changes_between(before, after)][-1] == "Files"


@pytest.mark.parametrize("query", ["before=x&after=1", "before=1&after=99", "before=1", "before=²&after=1",
                                   "before=" + "9" * 99 + "&after=1"])  # fmt: skip
def test_editions_that_are_not_there_are_not_compared(teacher, query):
    made = practice()
    assert teacher.get(f"{reverse('practice_editions', args=[made.pk])}?{query}").status_code == 404
    assert teacher.get(reverse("practice_edition", args=[made.pk, 7])).status_code == 404
    assert "Both say the same" in read(teacher, "practice_editions", made.pk, before="1", after="1")


def test_nobody_writes_over_another(teacher, school_lead, people):
    made = draft(author=people["teacher"])
    seen = lifecycle.marker(made.draft)
    assert post(teacher, "practice_edit", made.pk, **card(seen=seen, title="Mine")).status_code == 302
    late = post(school_lead, "practice_edit", made.pk, **card(seen=seen, title="Theirs"))
    assert late.status_code == 200
    assert "Somebody else changed this card" in late.content.decode()
    assert 'value="Theirs"' in late.content.decode()
    assert made.draft.title == "Mine"


def test_nobody_publishes_other_words_than_those_read(school_lead, people):
    made = draft()
    step(school_lead, made, "send")
    seen = lifecycle.marker(made.draft)
    edit(school_lead, made, title="Something else")
    answer = post(school_lead, "practice_step", made.pk, step="publish", seen=seen)
    assert answer.status_code == 422
    assert "Read them again" in answer.content.decode()


def test_what_is_sent_is_taken_back_before_it_is_changed(teacher, people):
    made = draft(author=people["teacher"])
    step(teacher, made, "send")
    for route in ("practice_edit", "practice_file_add"):
        answer = teacher.get(reverse(route, args=[made.pk]))
        assert answer.status_code == 422
        assert "Take it back first" in answer.content.decode()
    step(teacher, made, "take_back")
    assert teacher.get(reverse("practice_edit", args=[made.pk])).status_code == 200


def test_a_lead_who_asks_for_a_change_gives_it_back(teacher, coach, school_lead, people):
    made = draft(author=people["teacher"])
    assert post(coach, "practice_review", made.pk, verdict="ready").status_code == 422  # not sent
    step(teacher, made, "send")
    assert post(teacher, "practice_review", made.pk, verdict="ready").status_code == 422  # the own card
    assert post(coach, "practice_review", made.pk, verdict="change").status_code == 422  # without words
    unsaid = post(coach, "practice_review", made.pk, text="Clear, but for whom?").content.decode()
    assert "Clear, but for whom?" in unsaid  # what was typed is not lost
    post(coach, "practice_review", made.pk, verdict="change", text="What about year 3?")
    assert made.draft.sent is not None
    post(school_lead, "practice_review", made.pk, verdict="change", text="Say for whom")
    assert made.draft.sent is None
    assert Review.objects.count() == 2
    assert step(school_lead, made, "publish").status_code == 422


def test_a_colleague_reads_but_does_not_write(coach, other_lead, people):
    made = draft(author=people["teacher"])
    assert coach.get(reverse("practice_edit", args=[made.pk])).status_code == 403
    assert step(coach, made, "discard").status_code == 403
    assert step(other_lead, made, "discard").status_code == 404
    assert post(other_lead, "practice_review", made.pk, verdict="ready").status_code == 404
    published = practice()
    assert step(other_lead, published, "archive").status_code == 404


def test_a_practice_is_archived_brought_back_and_removed_for_good(school_lead, teacher, people):
    made = practice(author=people["teacher"])
    assert step(teacher, made, "archive").status_code == 403
    assert step(school_lead, made, "remove").status_code == 422
    step(school_lead, made, "archive")
    assert titles(school_lead) == []
    assert school_lead.get(reverse("practice_edit", args=[made.pk])).status_code == 422
    step(school_lead, made, "bring_back")
    assert titles(school_lead) == ["Questions at the door"]
    step(school_lead, made, "archive")
    assert step(school_lead, made, "remove").url == reverse("practice_drafts")
    assert not Practice.objects.exists()
    assert AuditEntry.objects.filter(kind="practices.practice", what="deleted").exists()


def test_what_is_discarded_goes_and_what_is_published_stays(teacher, people):
    made = draft(author=people["teacher"])
    assert step(teacher, made, "discard").url == reverse("practice_drafts")
    assert not Practice.objects.exists()
    made = practice(author=people["teacher"])
    edit(teacher, made, title="Another")
    assert step(teacher, made, "discard").url == reverse("practice_card", args=[made.pk])
    assert made.draft is None
    assert "Nothing is being written" in read(teacher, "practice_draft", made.pk)
    assert step(teacher, made, "send").status_code == 422
    assert step(teacher, made, "fly").status_code == 422
    assert lifecycle.discard(made) is False


def test_what_is_gone_says_so():
    made = draft()
    gone = Practice.objects.get(pk=made.pk)
    made.delete()
    with pytest.raises(UserError, match="removed"):
        lifecycle.send(gone)


def test_two_drafts_of_one_card_cannot_be():
    made = draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.create(practice=made, title="Another")


def test_a_bright_spot_fills_in_where_and_nothing_else(school_lead, other_lead, teacher, trust_workspace):
    team = find_bright_spots(trust_workspace)["named"][0]
    assert (team["school"], team["subject"]) == ("Alder", "mathematics")
    where = address_of_team(team["school"], team["subject"], team["stage"])
    page = school_lead.get(where)
    assert page.context["form"].initial == {k: team[k] for k in ("school", "subject", "stage")}
    assert "only that something works there" in page.content.decode()
    assert where.replace("&", "&amp;") in school_lead.get(reverse("practice_new")).content.decode()
    assert teacher.get(reverse("practice_new")).context["teams"] == []  # teachers see no list of bright spots
    assert where.replace("&", "&amp;") in school_lead.get(reverse("who_knows_how")).content.decode()
    assert "Begin a card" not in other_lead.get(reverse("who_knows_how")).content.decode()
    elsewhere = other_lead.get(where)
    assert elsewhere.context["form"].initial == {}
    assert "of another school" in elsewhere.content.decode()
    assert other_lead.get(reverse("practice_new")).context["teams"] == []
    assert "from" not in str(other_lead.get(f"{reverse('practice_new')}?from=a~b").context["form"].initial)
    post(school_lead, "practice_new", school="Alder", title="What they do", subject=team["subject"])
    kept = Practice.objects.get().draft
    assert (kept.need, kept.done, kept.evidence, kept.standing) == ("", "", "", "")


def test_nothing_kept_offers_no_bright_spot(school_lead, settings, tmp_path):
    from upwards.actions.init_workspace import init_workspace

    init_workspace(tmp_path / "empty", name="Empty")
    settings.UPWARDS_WORKSPACE = tmp_path / "empty"
    assert school_lead.get(reverse("practice_new")).context["teams"] == []


@pytest.mark.parametrize(("school", "status"), [("Birch", 200), ("", 200), ("Nowhere", 200)])
def test_a_card_is_begun_for_the_own_school_only(teacher, school, status):
    assert post(teacher, "practice_new", school=school, title="Mine").status_code == status
    assert not Practice.objects.exists()


def test_the_whole_group_can_share_too(owner):
    assert post(owner, "practice_new", school="", title="How we induct").status_code == 302
    assert Practice.objects.get().school == ""


def test_texts_are_kept_as_plain_text(teacher, people):
    made = draft(author=people["teacher"])
    edit(
        teacher,
        made,
        title="Door\u202eduty\x07",
        done="One\r\n\r\nTwo\u2028 three\x1b[31m",
        ingredients="a\nb",
    )
    kept = made.draft
    assert kept.title == "Door duty"
    assert kept.done == "One\n\nTwo\nthree [31m"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "required"),
        ({"title": "x" * 161}, "at most 160"),
        ({"done": "x" * 6001}, "at most 6000"),
        ({"hours": "-1"}, "greater than or equal"),
        ({"hours": "nan"}, "Enter a number"),
        ({"money": "1e300"}, "less than or equal"),
        ({"standing": "proven"}, "valid choice"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_in_the_form(teacher, people, changes, said):
    made = draft(author=people["teacher"])
    answer = edit(teacher, made, **changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert made.draft.title == CARD["title"]


def test_only_who_agreed_is_offered_as_the_person_to_ask(nia, teacher, people):  # noqa: F811
    made = draft(author=people["teacher"])
    field = teacher.get(reverse("practice_edit", args=[made.pk])).context["form"].fields["ask_person"]
    assert list(field.queryset) == []
    assert "valid choice" in edit(teacher, made, ask_person=nia.pk).content.decode()
    agree(nia, "reading")
    assert "not agreed to be named with" in edit(teacher, made, ask_person=nia.pk).content.decode()
    agree(nia)
    assert "Say the subject" in edit(teacher, made, ask_person=nia.pk, subject="").content.decode()
    assert edit(teacher, made, ask_person=nia.pk).status_code == 302
    assert made.draft.ask_person == nia


def test_an_author_who_left_the_school_sees_the_draft_no_more(people, appointed, client):
    mary = appointed("mary", Role.TEACHER, "Birch")
    made = draft("Alder", mary)
    client.force_login(mary)
    assert client.get(reverse("practice_draft", args=[made.pk])).status_code == 404


def test_rows_say_what_they_are():
    made = practice()
    review = Review.objects.create(edition=made.live, verdict="ready", at=timezone.now())
    use = made.uses.create(school="Birch", manner="adapted", how="x")
    assert (str(review), str(use)) == (f"Review {review.pk}", "Birch: Does it in an adapted way")
    assert str(made.live) == "Questions at the door"
