"""System health: what grows, term by term, and what cannot be told is said."""

from __future__ import annotations

import csv
import datetime
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot, programme
from tests.web.partnerships_of_trust import coaching_of_cast, partnership, take_part, visit
from tests.web.reviews_of_trust import review_of_alder
from upwards.web.access import reader_for
from upwards.web.answer_pages.asking import Waiting
from upwards.web.attention import Initiative
from upwards.web.health import ends as ends_of
from upwards.web.health.contents import grows, health_contents
from upwards.web.health.ends import Ends, ends
from upwards.web.health.figures import TermCounts, count_terms
from upwards.web.health.gathering import Attention, attention_of, initiatives
from upwards.web.health.models import Pulse
from upwards.web.jobs.models import Job
from upwards.web.partnerships.attention import running
from upwards.web.people.models import Person, Term, Training
from upwards.web.people.terms import SchoolTerm, find_term, last_terms, term_of
from upwards.web.reviews.attention import running as reviews

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 22)
AUTUMN = SchoolTerm(2027, Term.AUTUMN)
SPOTS = [{"school": "Alder", "subject": "mathematics"}, {"school": "Birch", "subject": "reading"}]
CONVERGENCE = {
    "norm_referenced": False,
    "title": "Reading",
    "unit": "points",
    "answers": [
        {
            "text": "Narrowing",
            "n_units": 300,
            "units": "schools",
            "spread": [{"year": 2023, "sd": 2.0, "lower": 1.5, "upper": 2.5}],
            "levels": [{"year": 2023, "top": {"estimate": 4.0, "lower": 3.0, "upper": 5.0}}],
            "top_change": {"estimate": 1.0, "lower": 0.5, "upper": 1.5},
        }
    ],
}


def held_on(made, day: datetime.date, hours: float = 2.0):
    from upwards.web.partnerships.models import Session

    return Session.objects.create(partnership=made, date=day, hours=hours, outcome="held")


def test_terms_follow_one_another_without_a_gap():
    terms = last_terms(TODAY, 7)
    assert terms[-1] == AUTUMN == term_of(TODAY)
    assert str(AUTUMN) == "Autumn 2026/27"
    assert [str(one) for one in terms[:3]] == ["Autumn 2024/25", "Spring 2024/25", "Summer 2024/25"]
    for one, after in zip(terms, terms[1:], strict=False):
        assert one.last + datetime.timedelta(days=1) == after.first
        assert term_of(one.first) == term_of(one.last) == one
    assert find_term("2027-1", terms) == AUTUMN
    assert find_term("nonsense", terms) is None


def test_before_anything_was_recorded_nothing_is_known_and_afterwards_zero_is_zero():
    terms = [SchoolTerm(2026, Term.SUMMER), AUTUMN]
    (empty, _) = count_terms(terms, None, SPOTS, TODAY)
    assert empty == TermCounts(terms[0], None, None, None, None, None, None)
    partnership(starts=datetime.date(2026, 9, 10), ends=datetime.date(2026, 12, 1))
    before, now = count_terms(terms, None, SPOTS, TODAY)
    assert (before.given, before.giving) == (None, None)
    assert (now.given, now.received, now.giving) == (0, 0, 0)
    assert count_terms(terms, None, None, TODAY)[1].giving is None


def test_hours_are_given_once_and_received_by_each_school():
    made = partnership(recipients=("Birch", "Cedar"), starts=datetime.date(2026, 9, 10))
    held_on(made, datetime.date(2026, 10, 1), 2.0)
    held_on(made, datetime.date(2026, 8, 1), 5.0)
    visit(made, 1, "planned")

    def now(schools):
        found = count_terms([AUTUMN], None if schools is None else frozenset(schools), SPOTS, TODAY)[0]
        return found.given, found.received, found.giving

    assert now(None) == (2.0, 4.0, 1)
    assert now(["Alder"]) == (2.0, 0, 1)
    assert now(["Birch"]) == (0, 2.0, 0)


def test_coaches_are_those_whose_training_is_valid_and_who_have_not_left():
    def person(school, day, **given):
        one = Person.objects.create(
            name="X", school=school, **{k: v for k, v in given.items() if k == "left"}
        )
        standing = given.get("standing", "trained")
        Training.objects.create(person=one, standing=standing, provider="P", day=day, ends=given.get("ends"))

    person("Alder", datetime.date(2026, 5, 1))
    person("Birch", datetime.date(2026, 10, 1), standing="expert")
    person("Birch", datetime.date(2026, 5, 1), ends=datetime.date(2026, 9, 1))
    person("Alder", datetime.date(2026, 5, 1), left=datetime.date(2026, 10, 1))
    person("Alder", datetime.date(2026, 5, 1), standing="other")
    terms = [SchoolTerm(2026, Term.SPRING), SchoolTerm(2026, Term.SUMMER), AUTUMN]
    assert [one.coaches for one in count_terms(terms, None, None, TODAY)] == [None, 3, 2]
    assert [one.coaches for one in count_terms(terms, frozenset(["Birch"]), None, TODAY)] == [None, 1, 1]


def counted(*coaches):
    terms = last_terms(TODAY, len(coaches))
    return [TermCounts(one, 0, 0, 0, n, 0, 0) for one, n in zip(terms, coaches, strict=True)]


@pytest.mark.parametrize(
    ("coaches", "top", "said"),
    [
        ((4, 6, 9), True, "Both grow. The number who can: 6 trained coaches in Summer 2025/26, up from 4"),
        ((6, 4, 9), True, "down from 6 in Spring 2025/26. The best practice itself: the top rises."),
        ((4, 4, 9), False, "as many in Spring 2025/26. The best practice itself: the top does not rise."),
        ((None, 4, 9), None, "cannot be told before two terms"),
    ],
)
def test_one_plain_sentence_says_whether_both_grow(coaches, top, said):
    assert said in grows(counted(*coaches), Ends([], top=top), TODAY)


def test_the_page_says_what_is_not_there(group_lead, people):
    page = group_lead.get(reverse("system_health")).content.decode()
    assert "No visit is recorded yet" in page
    assert "no published figures" in page
    assert "No pulse has been asked" in page
    assert "Counted for all schools" in page
    assert group_lead.get(reverse("health_chart")).status_code == 404


def test_the_page_counts_for_the_readers_schools(people, school_lead, governor):
    coaching_of_cast()
    page = school_lead.get(reverse("system_health"))
    assert "Counted for Alder" in page.content.decode()
    assert governor.get(reverse("system_health")).status_code == 200
    chart = school_lead.get(reverse("health_chart"), {"width": 340})
    assert chart.headers["Content-Type"] == "image/svg+xml"
    assert school_lead.get(reverse("health_chart"), {"width": "wide"}).status_code == 404


def test_tables_are_given_out_as_files(people, group_lead):
    coaching_of_cast()
    answer = group_lead.get(reverse("system_health"), {"format": "csv", "table": "terms"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["term", "trained coaches"]
    assert len(rows) == 7
    assert group_lead.get(reverse("system_health"), {"format": "xlsx"}).content[:2] == b"PK"
    assert group_lead.get(reverse("system_health"), {"format": "csv", "table": "none"}).status_code == 404
    term = term_of(timezone.localdate()).key
    answer = group_lead.get(reverse("attention"), {"format": "csv", "term": term})
    assert "Alder,1," in answer.content.decode()


def test_a_pulse_stands_beside_the_figures(group_lead):
    from tests.web.test_pulse import tally

    for year, n in ((2025, 6), (2026, 2)):
        made = Pulse.objects.create(year=year, term="1", closes=TODAY, closed=True, shown_from=6)
        tally(made, "Alder", *[4] * n)
    page = group_lead.get(reverse("system_health")).content.decode()
    assert "Autumn 2024/25" in page
    assert "too few" in page
    assert "too few answers to show" in page


def reader(people, name="group_lead"):
    return reader_for(people[name])


def answering(monkeypatch, tables=("results", "school_measures"), **found):
    monkeypatch.setattr(ends_of, "workspace_facts", lambda: {"tables": dict.fromkeys(tables, 9)})
    monkeypatch.setattr(ends_of, "answer_now", lambda reader, question, arguments=None: found[question])


SPREAD = {"spreads": [{"part": "school", "sd": 0.2, "lower": 0.1, "upper": 0.3}]}
RECORD = {"measures": [{"measure": "ks2.reading"}]}


def test_disparity_and_top_are_told_with_their_years(people, monkeypatch):
    answering(monkeypatch, disparity=SPREAD, record=RECORD, convergence=CONVERGENCE)
    found = ends(reader(people))
    said = " ".join(found.said).replace("\u00a0", " ")
    assert "between schools: 0.20 (0.10 to 0.30) pupil SD" in said
    assert "The top rose over 2022/23 to 2022/23: 1 (0.50 to 1.50) points." in said
    assert found.top is True
    assert found.years[0]["top"] == 4.0


@pytest.mark.parametrize(
    ("change", "norm", "top", "said"),
    [
        ((-1.0, -1.5, -0.5), False, False, "The top fell"),
        ((0.1, -0.5, 0.7), False, None, "cannot be told: its change over"),
        ((None, None, None), False, None, "too little is known of the top"),
        ((1.0, 0.5, 1.5), True, None, "its national mean is fixed every year"),
    ],
)
def test_a_top_that_cannot_be_told_is_said_so(people, monkeypatch, change, norm, top, said):
    keys = dict(zip(("estimate", "lower", "upper"), change, strict=True))
    main = {**CONVERGENCE["answers"][0], "top_change": keys}
    found = {**CONVERGENCE, "norm_referenced": norm, "answers": [main]}
    answering(monkeypatch, disparity=SPREAD, record=RECORD, convergence=found)
    known = ends(reader(people))
    assert known.top is top
    assert said in known.said[-1]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"disparity": {"refusal": "No."}, "record": {"refusal": "Nothing here."}}, "Nothing here."),
        ({"disparity": {"spreads": []}, "record": {"measures": []}}, "No measure that can be followed"),
        (
            {"disparity": SPREAD, "record": RECORD, "convergence": {"refusal": "Too few."}},
            "cannot be told now. Too few.",
        ),
    ],
)
def test_a_refused_answer_is_given_with_its_reason(people, monkeypatch, found, said):
    answering(monkeypatch, **found)
    assert said in ends(reader(people)).said[-1]


def test_without_results_who_knows_how_cannot_be_told(people, monkeypatch):
    answering(monkeypatch, tables=())
    assert ends_of.bright_spots(reader(people)) == (
        None,
        "No results are imported: who knows how cannot be told.",
    )
    assert "no published figures" in ends(reader(people)).said[0]


def test_bright_spots_of_todays_answer_are_counted(people, monkeypatch):
    answering(
        monkeypatch, ("results",), disparity=SPREAD, **{"bright-spots": {"named": SPOTS, "offered": []}}
    )
    assert ends_of.bright_spots(reader(people)) == (SPOTS, "")
    monkeypatch.setattr("upwards.web.health.contents.bright_spots", lambda reader: (SPOTS[:1], ""))
    shown = health_contents(reader(people, "school_lead"), TODAY)
    assert shown.sections[0].said[0] == "Today’s answer names 1 bright spot here."


@pytest.mark.parametrize(("state", "said"), [("running", ends_of.WAITS), ("failed", "It broke.")])
def test_the_page_does_not_wait_for_an_answer(people, monkeypatch, state, said):
    def wait(reader, question, arguments):
        raise Waiting(Job(state=state, message="It broke."))

    monkeypatch.setattr(ends_of, "ask_or_reason", wait)
    assert ends_of.answer_now(reader(people), "disparity") == {"refusal": said}


# -- attention ---------------------------------------------------------------------------------------------


def test_partnerships_tell_of_themselves_once_per_school(people):
    made = partnership(
        recipients=("Birch", "Cedar"), hours=10.0, for_pupils=True,
        starts=datetime.date(2026, 9, 1), ends=datetime.date(2026, 9, 10),
    )  # fmt: skip
    found = running(datetime.date(2026, 9, 6), datetime.date(2026, 9, 30))
    assert found == [
        Initiative(school, "partnership", "Coaching: mathematics", 5.0, True)
        for school in ("Alder", "Birch", "Cedar")
    ]
    made.for_pupils, made.subject, made.closed, made.state = None, "", made.starts, "ended"
    made.save()
    assert running(datetime.date(2026, 9, 6), datetime.date(2026, 9, 30)) == []
    (one, *_) = running(made.starts, datetime.date(2026, 9, 30))
    assert (one.title, one.hours, one.for_pupils) == ("Coaching", 10 / 8, None)  # of eight school days


def test_what_has_not_begun_takes_no_attention(people):
    first, last = datetime.date(2020, 1, 1), timezone.localdate()
    partnership("proposed")
    agreed = partnership("agreed")
    assert running(first, last) == []
    visit(agreed, -1)
    take_part(agreed, people["coach"], "provider")
    assert {one.school for one in running(first, last)} == {"Alder", "Birch"}


def test_every_kind_is_gathered(people):
    coaching_of_cast()
    pilot()
    programme()
    review_of_alder("under way")
    today = timezone.localdate()
    kinds = {one.kind for one in initiatives(today, today)}
    assert kinds == {"partnership", "pilot", "programme", "review"}


def test_a_review_takes_attention_from_its_first_day_until_it_is_agreed(people):
    today = timezone.localdate()
    review_of_alder("planned")
    assert reviews(today, today) == []
    made = review_of_alder("drafted", reviewers=())
    assert reviews(today, today) == [Initiative("Alder", "review", "Review by peers", None, None)]
    made.state, made.agreed_on = "agreed", today
    made.save()
    assert reviews(today, today)
    assert reviews(today + datetime.timedelta(days=1), today + datetime.timedelta(days=2)) == []


def test_what_nobody_has_said_is_not_zero():
    found = [
        Initiative("School 10", "pilot", "A", None, None),
        Initiative("School 9", "pilot", "B", 3.0, True),
        Initiative("School 9", "programme", "C", None, False),
    ]
    assert attention_of(["School 10", "School 9", "School 11"], found) == [
        Attention("School 9", 2, 3.0, 1, 0.5, 2),
        Attention("School 10", 1, None, 0, None, 0),
        Attention("School 11", 0, None, 0, None, 0),
    ]


def test_attention_is_by_name_and_of_the_readers_schools(people, group_lead, school_lead):
    coaching_of_cast()
    page = group_lead.get(reverse("attention")).content.decode()
    places = [page.index(f'<th scope="row">{one}</th>') for one in ("Alder", "Birch", "Cedar", "Damson")]
    assert places == sorted(places)
    own = school_lead.get(reverse("attention"), {"term": "no such term"}).content.decode()
    assert '<th scope="row">Alder</th>' in own
    assert '<th scope="row">Birch</th>' not in own
    assert "Coaching: mathematics" in own
    before = school_lead.get(reverse("attention"), {"term": last_terms(timezone.localdate(), 6)[0].key})
    assert "One by one" not in before.content.decode()
