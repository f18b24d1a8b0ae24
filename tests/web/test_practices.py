"""A practice is found and read by the whole group; schools say that they use it; nobody is named unasked."""

from __future__ import annotations

import csv
import datetime
import html
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.practices_of_trust import CARD, draft, practice
from upwards.web.access import Reader, reader_for
from upwards.web.people.models import Agreement, Person
from upwards.web.practices import search
from upwards.web.practices.counts import adopted_between, shared_between
from upwards.web.practices.models import Practice, Use
from upwards.web.practices.published import published
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def read(client, route: str, *arguments: object, **query: str) -> str:
    answer = client.get(reverse(route, args=arguments), query)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def titles(client, **query: str) -> list[str]:
    answer = client.get(reverse("practice"), query)
    assert answer.status_code == 200
    return [one.live.title for one in answer.context["page"]]


def say(client, made, manner: str, school: str = "Birch", **more: str):
    return client.post(reverse("practice_use", args=[made.pk]), {"school": school, "manner": manner, **more})


def test_an_empty_library_says_how_to_begin_to_who_may(teacher, governor):
    assert "A name is enough to begin with" in read(teacher, "practice")
    assert "Once a school publishes" in read(governor, "practice")


def test_words_and_filters_are_kept_in_the_address_and_together(governor):
    practice()
    practice("Birch", title="Reading aloud", subject="reading", knowledge="research", area="Reading")
    practice("Cedar", title="Door duty", subject="", stage="", origin="external", standing="trial")
    assert sorted(titles(governor, q="door")) == ["Door duty", "Questions at the door"]
    assert titles(governor, q="door", school="Alder") == ["Questions at the door"]
    assert titles(governor, subject="reading") == titles(governor, area="Reading") == ["Reading aloud"]
    assert titles(governor, knowledge="research", q="door") == []
    assert titles(governor, origin="external", standing="trial") == ["Door duty"]
    assert titles(governor) == ["Door duty", "Reading aloud", "Questions at the door"]
    assert "Nothing fits" in read(governor, "practice", q="elephant")
    page = governor.get(reverse("practice"), {"q": 'a "b" <c>', "subject": "reading"})
    assert 'value="a &quot;b&quot; &lt;c&gt;"' in page.content.decode()


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%22%27%28&page=x", "page=-1", "page=999999999999", "subject=nowhere", "use=x",
     "q=" + "x" * 9000, "q=a&q=b", "format=exe", "school=%ff", "standing=%22"],
)  # fmt: skip
def test_no_address_of_the_list_fails(teacher, query):
    practice()
    assert teacher.get(f"{reverse('practice')}?{query}").status_code == 200


def test_a_long_list_has_pages_that_keep_what_was_asked(teacher):
    for number in range(22):
        practice(title=f"Door {number}")
    first = teacher.get(reverse("practice"), {"q": "door"})
    assert len(first.context["page"]) == 20
    assert "q=door&amp;page=2" in first.content.decode()
    assert len(titles(teacher, q="door", page="2")) == 2


def test_a_card_says_everything_and_holds_no_markup_of_a_stranger(governor):
    made = practice(done="First line\n<script>alert(1)</script>", ingredients="One\n\n Two ")
    raw = governor.get(reverse("practice_card", args=[made.pk])).content.decode()
    assert "<script>alert" not in raw
    page = read(governor, "practice_card", made.pk)
    for said in ("need", "for_whom", "evidence", "area", "subject", "stage", "ask_department"):
        assert str(CARD[said]) in page
    for said in (
        "Seen to work by those who do it",
        "Best practice, from inside the group",
        "6 for one teacher",
    ):
        assert said in page
    assert "<li>One</li><li>Two</li>" in raw


def test_what_is_written_is_seen_by_the_school_and_group_leads_only(
    teacher, coach, owner, other_lead, governor, appointed
):
    made = draft()
    for client in (teacher, coach, owner):
        assert "Being written" in read(client, "practice_draft", made.pk)
        assert client.get(reverse("practice_card", args=[made.pk])).url == reverse(
            "practice_draft", args=[made.pk]
        )
        assert "Questions at the door" in read(client, "practice_drafts")
    assert other_lead.get(reverse("practice_draft", args=[made.pk])).status_code == 404
    assert governor.get(reverse("practice_card", args=[made.pk])).status_code == 404
    assert "Questions at the door" not in read(other_lead, "practice_drafts")
    assert titles(owner) == []


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
@pytest.mark.parametrize("route", ["practice_card", "practice_draft", "practice_edit", "practice_use",
                                   "practice_editions", "practice_file_add"])  # fmt: skip
def test_what_is_not_there_is_not_found(owner, route, pk):
    assert owner.get(reverse(route, args=[pk])).status_code == 404


def test_a_school_adopts_adapts_and_stops_and_each_is_seen(other_lead, teacher, governor):
    made = practice()
    assert say(other_lead, made, "adopted").url == reverse("practice_card", args=[made.pk])
    assert "1 school as the card says, 0 in an adapted way, 0 stopped" in read(
        teacher, "practice_card", made.pk
    )
    assert titles(other_lead, use="ours") == ["Questions at the door"]
    assert titles(other_lead, use="not") == []
    assert titles(teacher, use="ours") == []
    assert "does it differently" not in read(teacher, "practice_card", made.pk)
    say(other_lead, made, "adapted", how="Class 3 does it differently")
    assert Use.objects.count() == 1
    page = read(teacher, "practice_card", made.pk)
    assert "Class 3 does it differently" in page
    assert "Birch" in page
    other = read(governor, "practice_card", made.pk)
    assert "0 schools as the card says, 1 in an adapted way" in other
    assert "Birch" not in other
    say(other_lead, made, "stopped", why="No room at the door")
    page = read(teacher, "practice_card", made.pk)
    assert "1 stopped" in page
    assert "No room at the door" in page
    assert "since" in read(other_lead, "practice_use", made.pk)
    say(other_lead, made, "adopted")
    assert Use.objects.count() == 2
    assert AuditEntry.objects.filter(kind="practices.use", what="changed").exists()


@pytest.mark.parametrize(
    ("manner", "school", "said"),
    [
        ("adapted", "Birch", "Say what you do otherwise"),
        ("stopped", "Birch", "Say in a few words why"),
        ("adopted", "Alder", "valid choice"),
        ("adopted", "Cedar", "valid choice"),
        ("loved", "Birch", "valid choice"),
    ],
)
def test_what_a_school_cannot_say_is_refused_with_its_reason(other_lead, manner, school, said):
    made = practice()
    answer = say(other_lead, made, manner, school)
    assert said in answer.content.decode()
    assert not Use.objects.exists()


def test_who_did_not_use_it_cannot_stop(other_lead):
    made = practice()
    answer = say(other_lead, made, "stopped", why="No time")
    assert "cannot have stopped" in answer.content.decode()
    assert "No time" in answer.content.decode()


def test_who_says_it_again_finds_what_was_said(other_lead, owner):
    made = practice()
    say(other_lead, made, "adapted", how="Twice a week")
    assert other_lead.get(reverse("practice_use", args=[made.pk])).context["form"].initial == {
        "school": "Birch", "manner": "adapted", "how": "Twice a week",
    }  # fmt: skip
    assert say(owner, made, "adopted", "Cedar").status_code == 302
    assert "used by 2 other schools" in read(owner, "practice")


def test_who_shares_it_or_only_teaches_says_nothing_for_a_school(school_lead, teacher):
    made = practice()
    assert school_lead.get(reverse("practice_use", args=[made.pk])).status_code == 403
    assert say(teacher, made, "adopted").status_code == 403
    assert "We use it" not in read(school_lead, "practice_card", made.pk)


def test_a_draft_and_an_archived_practice_are_used_by_nobody(other_lead, owner):
    assert say(owner, draft(), "adopted").status_code == 404
    made = practice()
    made.archived = timezone.localdate()
    made.save()
    assert say(owner, made, "adopted").status_code == 404
    assert other_lead.get(reverse("practice_card", args=[made.pk])).status_code == 404
    assert "archived on" in read(owner, "practice_card", made.pk)
    assert "Archived" in read(owner, "practice_drafts")


@pytest.fixture
def nia(db) -> Person:
    return Person.objects.create(name="Nia Named", school="Alder", subjects="mathematics")


def agree(person: Person, subject: str = "mathematics") -> Agreement:
    return Agreement.objects.create(person=person, school="Alder", subject=subject, stage="year 6")


def test_a_person_is_named_only_while_they_agree(nia, teacher, other_lead):
    agreement = agree(nia)
    made = practice(ask_person=nia)
    assert "Nia Named" in read(teacher, "practice_card", made.pk)
    assert AuditEntry.objects.filter(kind="people.person", what="read").exists()
    assert "Nia Named" in read(other_lead, "practice_card", made.pk)
    agreement.withdrawn = timezone.now()
    agreement.save()
    for client in (teacher, other_lead):
        page = read(client, "practice_card", made.pk)
        assert "Nia Named" not in page
        assert "Mathematics, Alder" in page


@pytest.mark.parametrize("changes", [{"left": datetime.date(2020, 1, 1)}, {"erased": timezone.now()}])
def test_who_left_or_is_erased_is_not_named(nia, teacher, changes):
    agree(nia)
    made = practice(ask_person=nia, ask_department="")
    nia.joined = datetime.date(2019, 1, 1)
    for name, value in changes.items():
        setattr(nia, name, value)
    nia.save()
    page = read(teacher, "practice_card", made.pk)
    assert "Nia Named" not in page
    assert "The leads of Alder" in page


def test_the_list_goes_into_files_without_a_person_or_a_formula(nia, teacher, governor, other_lead):
    agree(nia)
    made = practice(ask_person=nia, title="=1+1")
    say(other_lead, made, "adopted")
    answer = teacher.get(reverse("practice"), {"format": "csv", "q": "1"})
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["name"] == "'=1+1"
    assert rows[0]["which"] == "Birch"
    assert "Nia" not in text
    assert "which" not in governor.get(reverse("practice"), {"format": "csv"}).content.decode()
    book = teacher.get(reverse("practice"), {"format": "xlsx"})
    assert book.content.startswith(b"PK")
    assert "practices.xlsx" in book.headers["Content-Disposition"]
    assert AuditEntry.objects.filter(what="exported", kind="practices").count() == 3


def test_practices_shared_and_adopted_are_counted_by_day_and_school(other_lead):
    today = timezone.localdate()
    earlier = today - datetime.timedelta(days=30)
    made, old = practice(), practice("Birch")
    old.shared = earlier
    old.archived = today
    old.save()
    draft()
    say(other_lead, made, "adapted", how="Shorter")
    say(other_lead, made, "stopped", why="No room")
    assert shared_between(today, today) == 1
    assert shared_between(earlier, today) == 2
    assert shared_between(earlier, today, schools=["Birch"]) == 1
    assert adopted_between(today, today) == 1
    assert adopted_between(today, today, schools={"Alder"}) == 0
    assert adopted_between(earlier, earlier) == 0


def test_programs_read_what_is_published_as_their_reader_may(people):
    made = practice()
    draft()
    assert list(published(reader_for(people["governor"]))) == [made]
    assert list(published(reader_for(people["researcher"]))) == []
    assert list(published(Reader())) == []


def test_a_practice_of_the_whole_group_is_named_so(owner, appointed):
    made = practice("")
    assert "Shared by the whole group" in read(owner, "practice_card", made.pk)
    assert str(made) == "Questions at the door"
    empty = Practice.objects.create()
    assert str(empty) == f"Practice {empty.pk}"
    assert search.find("whole group") == []


def test_a_coach_of_two_schools_sees_both_offered(appointed, client):
    from upwards.web.accounts.models import Appointment

    mary = appointed("mary", Role.COACH, "Birch")
    Appointment.objects.create(user=mary, role=Role.COACH, school="Cedar")
    client.force_login(mary)
    made = practice()
    page = client.get(reverse("practice_use", args=[made.pk]))
    assert [one for one, _ in page.context["form"].fields["school"].choices] == ["Birch", "Cedar"]


def test_a_card_without_a_subject_and_an_agreement_that_does_not_speak_of_cards_name_nobody(nia, teacher):
    said = agree(nia)
    bare, made = practice(ask_person=nia, subject=""), practice(ask_person=nia)
    assert "Nia Named" not in read(teacher, "practice_card", bare.pk)
    assert "Nia Named" in read(teacher, "practice_card", made.pk)
    Agreement.objects.filter(pk=said.pk).update(text_version="2026-11")
    assert "Nia Named" not in read(teacher, "practice_card", made.pk)
