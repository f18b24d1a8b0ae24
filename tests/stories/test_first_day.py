"""A lead on the first day: from a messy file to a partnership and a coach who enters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.workspace_of_trust import write_results

HEADINGS = {"pupil": "Pupil number", "score": "Outcome", "prior": "Baseline", "stage": "Year group"}


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """The trust's results as an office would send them: own headings, a score in words, a school left out."""
    lines = write_results(tmp_path / "clean.csv").read_text().splitlines()
    headings = [HEADINGS.get(one, one.capitalize()) for one in lines[0].split(",")]
    rows = [line.split(",") for line in lines[1:]]
    rows[2][-1] = "absent that day"
    rows[7][1] = ""
    rows.append(rows[11])
    path = tmp_path / "Export (final) 2.csv"
    path.write_text(
        "\n".join([";".join(headings), *(";".join(row) for row in rows)]) + "\n", encoding="cp1252"
    )
    return path


def test_a_lead_goes_from_a_messy_file_to_a_partnership_and_a_coach(empty_house, messy):
    lead = empty_house.signed_in("lead")
    lead.arrives_at("From a file to the first picture")
    lead.presses("Upload a file")
    lead.arrives_at("Upload a file")
    lead.attaches("The file", str(messy))
    lead.presses("Send the file")

    lead.arrives_at("Check the columns")
    lead.chooses("Outcome", "score (needed)")
    lead.writes("Prior source", "tests a year earlier")
    lead.presses("Check the rows")
    lead.arrives_at("What is in the file")
    lead.reads(re.compile(r"rows in = 718 that can be used"))
    lead.presses(re.compile("Keep the .* good rows"))
    lead.arrives_at("Imported")

    lead.presses("See the coverage")
    lead.arrives_at("Coverage")
    lead.reads("Of 718 results")
    lead.turns_to("Who knows how")
    lead.arrives_at("Who knows how")
    lead.reads("Alder")

    lead.turns_to("Plan")
    lead.arrives_at("Plan")
    lead.presses(re.compile("^Propose this partnership"))
    lead.arrives_at("Propose a partnership")
    lead.writes("Aim", "Every pupil explains a method")
    lead.presses("Propose")
    lead.reads("It is proposed.")

    lead.turns_to("Invitations")
    lead.arrives_at("Invitations")
    lead.writes("E-mail", "cora@orchard.test")
    lead.chooses("Role", "Coach")
    lead.chooses("School", "Alder")
    lead.presses("Invite")
    link = lead.page.locator("main .code").inner_text()

    coach = empty_house.somebody("phone")
    coach.goes_to(link)
    coach.arrives_at("Welcome")
    coach.writes("Your name", "Cora Bell")
    coach.writes("A password", "three quiet brown owls")
    coach.presses("Enter")
    coach.arrives_at("This week")
    assert "Partnerships" in coach.menu
    assert "Invitations" not in coach.menu
