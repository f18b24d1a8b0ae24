"""The pulse: who answered and what was said cannot be joined, and few answers are never shown."""

from __future__ import annotations

import datetime
import itertools

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from upwards.core.errors import UserError
from upwards.web.accounts.models import Appointment
from upwards.web.health.intervals import mean_interval
from upwards.web.health.models import Participation, Pulse, Tally
from upwards.web.health.pulse import (
    ASPECTS,
    BESIDE,
    FEW,
    GROUP,
    STATEMENTS,
    AnsweredAlready,
    hidden,
    keep_answer,
    results,
)
from upwards.web.people.terms import term_of
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
SCHOOLS = ["Alder", "Birch", "Cedar", "Damson"]
DAY = datetime.timedelta(days=1)


def an_open_pulse(**given: object) -> Pulse:
    when, today = term_of(timezone.localdate()), timezone.localdate()
    about = {"year": when.year, "term": when.term, "closes": today + 7 * DAY, "shown_from": 6}
    return Pulse.objects.create(**{**about, **given})


def tally(pulse: Pulse, school: str, *marks: int) -> None:
    """Keep sums as if so many people had each given one mark to every statement."""
    counts = [marks.count(mark) for mark in range(6)]
    Tally.objects.create(pulse=pulse, school=school, n=len(marks), counts=dict.fromkeys(STATEMENTS, counts))


def closed(pulse: Pulse) -> Pulse:
    pulse.closed = True
    pulse.save()
    return pulse


def answers(mark: int = 4, **more: str) -> dict[str, str]:
    return {**dict.fromkeys(STATEMENTS, str(mark)), **more}


def test_there_are_four_aspects_and_eight_statements():
    assert list(ASPECTS) == ["Track record", "Collaboration", "Empathy", "Trust"]
    assert len(STATEMENTS) == 8


def test_somebody_answers_once(people, teacher):
    an_open_pulse()
    assert "It is anonymous" in teacher.get(reverse("pulse")).content.decode()
    some = answers()
    del some["trust-use"]
    assert "required" in teacher.post(reverse("pulse"), some).content.decode()
    assert not Participation.objects.exists()
    teacher.post(reverse("pulse"), answers(4, **{"trust-use": "0"}))
    row = Tally.objects.get()
    assert (row.school, row.n) == ("Alder", 1)
    assert row.counts["trust-use"] == [1, 0, 0, 0, 0, 0]
    assert row.counts["trust-fail"] == [0, 0, 0, 0, 1, 0]
    assert "You have answered" in teacher.get(reverse("pulse")).content.decode()
    teacher.post(reverse("pulse"), answers(1))
    assert Tally.objects.get().n == 1


def test_two_answers_at_once_count_as_one(people):
    made = an_open_pulse()
    marks = dict.fromkeys(STATEMENTS, 3)
    keep_answer(made, people["teacher"], "Alder", marks)
    with pytest.raises(AnsweredAlready):
        keep_answer(made, people["teacher"], "Alder", marks)
    assert Tally.objects.get().n == 1


def test_nothing_but_sums_and_that_somebody_answered_is_kept(people, teacher):
    """No moment, no order, no request, no entry in the trail, and nothing that both tables share."""
    made = an_open_pulse()
    before = AuditEntry.objects.count()
    teacher.post(reverse("pulse"), answers())
    assert AuditEntry.objects.count() == before
    of_who = {field.name for field in Participation._meta.concrete_fields}
    of_what = {field.name for field in Tally._meta.concrete_fields}
    assert of_who == {"id", "pulse", "user"}
    assert of_what == {"id", "pulse", "school", "n", "counts"}
    assert {row.id.version for row in (Participation.objects.get(), Tally.objects.get())} == {4}
    assert Tally.objects.get().pulse_id == made.pk


def test_sums_are_the_same_in_whatever_order_people_answered(people):
    marks = {"teacher": 1, "coach": 5, "school_lead": 3}
    seen = []
    for number, order in enumerate(itertools.permutations(marks)):
        made = closed(an_open_pulse(year=2030 + number))
        Pulse.objects.filter(pk=made.pk).update(closed=False)
        for name in order:
            keep_answer(made, people[name], "Alder", dict.fromkeys(STATEMENTS, marks[name]))
        closed(made)
        row = Tally.objects.get(pulse=made)
        seen.append((row.n, row.counts))
    assert all(one == seen[0] for one in seen)


def test_a_closed_pulse_takes_no_answer(people, teacher):
    made = an_open_pulse(closes=timezone.localdate() - DAY)
    assert "No pulse is open" in teacher.get(reverse("pulse")).content.decode()
    with pytest.raises(UserError, match="closed"):
        keep_answer(made, people["teacher"], "Alder", dict.fromkeys(STATEMENTS, 3))


def test_who_works_in_two_schools_says_for_which(people, coach):
    Appointment.objects.create(user=people["coach"], role=Role.TEACHER, school="Birch")
    an_open_pulse()
    assert [one for one, _ in coach.get(reverse("pulse")).context["form"].fields["school"].choices] == [
        "Alder",
        "Birch",
    ]
    assert "valid choice" in coach.post(reverse("pulse"), answers(school="Cedar")).content.decode()
    coach.post(reverse("pulse"), answers(school="Birch"))
    assert Tally.objects.get().school == "Birch"


def test_staff_of_the_whole_group_answer_as_such(group_lead):
    an_open_pulse()
    group_lead.post(reverse("pulse"), answers(school="Alder"))
    assert Tally.objects.get().school == ""


def test_a_group_lead_opens_one_pulse_a_term_and_closes_it_for_good(people, group_lead, teacher):
    today = timezone.localdate()
    address = reverse("pulse_open")
    assert "Open one" in group_lead.get(reverse("pulse_results")).content.decode()
    for wrong in (today, today + 200 * DAY):
        assert "a day to come" in group_lead.post(address, {"closes": wrong.isoformat()}).content.decode()
    last = an_open_pulse(year=2020, closes=today - DAY)
    group_lead.post(address, {"closes": (today + 7 * DAY).isoformat()})
    last.refresh_from_db()
    assert last.closed
    made = Pulse.objects.get(closed=False)
    assert (made.when, made.shown_from) == (term_of(today), 6)
    assert "One a term is enough" in group_lead.get(address).content.decode()
    assert teacher.post(reverse("pulse_close", args=[made.pk])).status_code == 403
    for _ in range(2):
        group_lead.post(reverse("pulse_close", args=[made.pk]))
    made.refresh_from_db()
    assert made.closed
    assert "It is over" in group_lead.get(address).content.decode()


def test_two_pulses_are_never_open_at_once(people, group_lead):
    an_open_pulse(year=2020)
    said = group_lead.post(reverse("pulse_open"), {"closes": (timezone.localdate() + DAY).isoformat()})
    assert said.status_code == 422
    with pytest.raises(IntegrityError), transaction.atomic():
        an_open_pulse(year=2021)


def test_nothing_is_shown_while_it_is_open(people, group_lead):
    made = an_open_pulse()
    tally(made, "Alder", *[4] * 10)
    page = group_lead.get(reverse("pulse_results")).content.decode()
    assert "not even how many answered" in page
    assert "10 answered" not in page
    closed(made)
    assert "10 answered" in group_lead.get(reverse("pulse_results")).content.decode()


def test_a_reader_sees_the_group_and_the_own_school(people, school_lead, group_lead, teacher):
    made = an_open_pulse()
    for school in SCHOOLS:
        tally(made, school, *[2, 3, 4, 4, 5, 5, 0])
    closed(made)
    names = [one.name for one in school_lead.get(reverse("pulse_results")).context["units"]]
    assert names == ["Whole group", "Alder"]
    assert [one.name for one in teacher.get(reverse("pulse_results")).context["units"]] == names
    every = group_lead.get(reverse("pulse_results"), {"term": made.when.key}).context["units"]
    assert [one.name for one in every] == ["Whole group", *SCHOOLS]
    assert str(every[0].statements["trust-use"]) == "3.8 (3.0 to 4.4)"
    assert every[0].n == 28


def test_several_pulses_can_be_chosen_from(group_lead):
    for year in (2025, 2026):
        tally(closed(an_open_pulse(year=year)), "Alder", *[4] * 6)
    page = group_lead.get(reverse("pulse_results"), {"term": "2025-1"})
    assert page.context["chosen"].year in (2025, 2026)
    assert '<select name="term"' in page.content.decode()


def test_few_answers_are_not_shown_and_are_not_zero():
    made = an_open_pulse()
    tally(made, "Alder", *[1] * 5)
    tally(made, "Birch", *[5] * 5)
    tally(made, "Cedar", *[2, 3, 4, 4, 4, 3])
    units = {one.name: one for one in results(made, SCHOOLS)}
    assert units["Alder"].n is None
    assert str(units["Alder"].statements["trust-use"]) == FEW
    assert units["Damson"].n is None
    assert units["Cedar"].n == 6
    assert units["Whole group"].n == 16
    assert "0" not in str(units["Damson"].aspects["Trust"])


def test_a_school_hidden_alone_does_not_follow_from_the_others():
    made = an_open_pulse()
    tally(made, "Alder", *[1] * 3)
    tally(made, "Birch", *[5] * 7)
    tally(made, "Cedar", *[4] * 9)
    units = {one.name: one for one in results(made, SCHOOLS)}
    assert str(units["Birch"].statements["trust-use"]) == BESIDE
    assert units["Birch"].n is None
    assert units["Cedar"].n == 9


def test_who_could_not_say_is_hidden_too_where_few_could():
    made = an_open_pulse()
    tally(made, "Alder", *[4] * 8)
    tally(made, "Birch", *[4] * 9)
    row = Tally.objects.get(school="Alder")
    row.counts["trust-use"] = [5, 0, 0, 0, 3, 0]
    row.save()
    units = {one.name: one for one in results(made, SCHOOLS)}
    assert str(units["Alder"].statements["trust-use"]) == FEW
    assert str(units["Birch"].statements["trust-use"]) == BESIDE
    assert units["Alder"].statements["trust-fail"].interval is not None
    assert str(units["Alder"].aspects["Trust"]) == FEW
    assert units["Alder"].aspects["Empathy"].interval is not None


def test_where_no_other_school_is_left_to_hide_the_group_is_hidden():
    assert hidden({"Alder": 12, "Birch": 0}, 6, {"Alder": BESIDE}) == {
        "Alder": BESIDE,
        "Birch": FEW,
        GROUP: BESIDE,
    }


def test_no_difference_of_what_is_shown_is_about_fewer_than_six():
    """By brute force: the one thing that an outsider can work out is the group without the shown schools."""
    for counts in itertools.product((0, 1, 5, 6, 7, 12), repeat=4):
        named = dict(zip(SCHOOLS, counts, strict=True))
        why = hidden(named, 6)
        assert all(named[name] >= 6 for name in SCHOOLS if name not in why)
        left = [named[name] for name in SCHOOLS if name in why and named[name]]
        assert GROUP in why or not left or (len(left) > 1 and sum(left) >= 6), counts


def test_an_interval_has_a_width_and_hides_that_all_said_the_same():
    same = mean_interval(5.0, 6, 1, 5)
    assert str(same).startswith("above 4.5 (")
    assert str(mean_interval(1.0, 6, 1, 5)).startswith("below 1.5 (")
    assert same.lower < same.upper <= 5
    assert (same.lower, same.upper) == (mean_interval(4.6, 6, 1, 5).lower, mean_interval(4.6, 6, 1, 5).upper)


@pytest.mark.parametrize(("k", "n"), [(3, 6), (5, 8), (20, 40)])
def test_between_two_ends_the_interval_is_wilsons(k, n):
    """Compared with Wilson's interval as the root of (p - x)^2 = z^2 x (1 - x) / n."""
    found = mean_interval(1 + 4 * k / n, n, 1, 5)
    z, p = 1.959963984540054, k / n
    for end in ((found.lower - 1) / 4, (found.upper - 1) / 4):
        assert (p - end) ** 2 == pytest.approx(z * z * end * (1 - end) / n, abs=1e-12)


def test_a_weaker_setting_never_shows_what_small_counts_hide(trust_workspace, settings, tmp_path):
    from upwards.web.health.pulse import fewest_shown

    settings.UPWARDS_WORKSPACE = tmp_path
    (tmp_path / "upwards.toml").write_text("[settings]\npulse.min_answers = 2\n", encoding="utf-8")
    assert fewest_shown() == 6
    (tmp_path / "upwards.toml").write_text("[settings]\npulse.min_answers = 10\n", encoding="utf-8")
    assert fewest_shown() == 10


def test_a_stranger_and_a_governor_answer_nothing(people, stranger, governor):
    an_open_pulse()
    assert stranger.post(reverse("pulse"), answers()).status_code == 302
    assert governor.post(reverse("pulse"), answers()).status_code == 403
    assert not Tally.objects.exists()


def test_rows_say_nothing_of_people(people):
    made = an_open_pulse()
    keep_answer(made, people["teacher"], "Alder", dict.fromkeys(STATEMENTS, 3))
    assert {str(Participation.objects.get()), str(Tally.objects.get())} == {"Answered", "Tally"}
    assert str(made) == f"Pulse of {made.when}"


def test_no_setting_and_no_early_end_shows_fewer_than_the_floor(tmp_path, settings, people, owner):
    from upwards.web.health.pulse import fewest_shown

    settings.UPWARDS_WORKSPACE = tmp_path
    low = "[settings]\npulse.min_answers = 1\nsmall_counts.hidden_at = 0\n"
    (tmp_path / "upwards.toml").write_text(low, encoding="utf-8")
    assert fewest_shown() == 6
    pulse = an_open_pulse(shown_from=1)
    keep_answer(pulse, people["teacher"], "Alder", dict.fromkeys(STATEMENTS, 2))
    owner.post(reverse("pulse_close", args=[pulse.pk]))
    pulse.refresh_from_db()
    assert pulse.closed
    every = results(pulse, SCHOOLS)
    assert {one.n for one in every} == {None}
    assert {str(said) for one in every for said in one.statements.values()} == {FEW}
    tally(pulse, "Birch", 1, 2, 3, 4)  # five in all
    assert {one.n for one in results(pulse, SCHOOLS)} == {None}
