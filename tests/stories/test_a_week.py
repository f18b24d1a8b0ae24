"""A week in the trust: a coach on a phone, a teacher, a governor, and a stranger at the door."""

from __future__ import annotations

import re


def test_a_coach_says_yes_and_logs_a_visit_on_a_phone_with_two_taps(house):
    coach = house.signed_in("coach", "phone")
    coach.arrives_at("This week")
    coach.presses(re.compile("coaching: mathematics", re.IGNORECASE))
    coach.reads("You are asked to take part.")
    coach.presses("I will take part")
    coach.reads("Thank you: you take part.")

    before = coach.hand.taps
    coach.presses("Log a visit")
    coach.arrives_at("Log a visit")
    coach.presses("Log it")
    coach.reads("Logged.")
    assert coach.hand.taps - before == 2
    coach.reads("1 given of 12 agreed")
    coach.reads("Running")


def test_a_teacher_corrects_a_roster(house):
    teacher = house.signed_in("teacher")
    teacher.arrives_at("This week")
    teacher.turns_to("My classes")
    teacher.arrives_at("My classes")
    teacher.reads("results name you")
    first = teacher.page.locator("section.card").first
    title = first.get_by_role("heading").inner_text()
    teacher.picks("I did not teach it", within=first)
    teacher.presses("Hand in")
    teacher.reads("Thank you. It is recorded")
    card = teacher.page.locator("section.card", has_text=title)
    for _ in range(60):
        if "You said so on" in card.inner_text():
            break
        teacher.page.wait_for_timeout(1000)
        teacher.goes_to("/my-classes/")
    assert "I did not teach it".lower() in card.inner_text().lower()


def test_a_governor_sees_figures_and_no_person(house):
    governor = house.signed_in("governor")
    governor.arrives_at("This week")
    assert {"Where are we", "Plan", "Data"} <= set(governor.menu)
    assert not {"People", "My classes", "Partnerships", "Invitations", "Audit trail"} & set(governor.menu)
    governor.turns_to("Where are we")
    governor.arrives_at("Where are we")
    governor.reads("Birch")
    governor.finds_no("T-Birch-1")
    governor.finds_no("Nia Teacher")
    for closed in ("/people/", "/partnerships/", "/partnerships/1/", "/data/upload/", "/invitations/"):
        assert governor.goes_to(closed) == 403, closed
    assert governor.goes_to("/schools/Alder/") == 404


def test_a_stranger_sees_nothing(house):
    stranger = house.somebody()
    for path in ("/", "/where-are-we/", "/people/", "/partnerships/1/", "/data/", "/trail/"):
        stranger.goes_to(path)
        stranger.arrives_at("Sign in")
        for said in ("Alder", "Birch", "Nia", "mathematics", "orchard.test"):
            stranger.finds_no(said)
    stranger.writes("Email", "coach@orchard.test")
    stranger.writes("Password", "not the passphrase")
    stranger.presses("Sign in")
    stranger.arrives_at("Sign in")
    stranger.finds_no("This week")
