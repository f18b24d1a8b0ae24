"""Settings: readers see the reason, an owner changes one, and the trail says from what to what."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from django.urls import reverse

from upwards.actions.change_setting import change_setting, reset_setting
from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.store.settings_file import replace_setting
from upwards.store.workspace import Workspace
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def toml(trust_workspace: Path, tmp_path: Path, settings) -> Path:
    """The settings of a copy that may be written to."""
    folder = tmp_path / "orchard"
    shutil.copytree(trust_workspace, folder)
    settings.UPWARDS_WORKSPACE = folder
    return folder / "upwards.toml"


def change(client, name: str, value: str, **given: str):
    about = {"value": value, "reason": "Agreed by the heads.", "source": "heads' meeting", **given}
    return client.post(reverse("setting", args=[name]), about)


def test_every_setting_is_shown_with_its_reason_source_and_date(governor):
    shown = governor.get(reverse("settings")).content.decode()
    assert [name for name in Settings.load() if name not in shown] == []
    assert "A smaller true effect is not worth a partnership." in shown
    assert "All are at their defaults" in shown
    assert "1 hour<" in shown
    assert "1 hours" not in shown
    assert "An owner can change it" in governor.get(reverse("setting", args=["top_share"])).content.decode()


def test_an_owner_changes_a_value_and_the_trail_says_who_and_from_what_to_what(people, owner, toml):
    assert change(owner, "top_share", "0.25").status_code == 302
    held = Settings.load(toml)["top_share"]
    assert (held.value, held.reason, held.source) == (0.25, "Agreed by the heads.", "heads' meeting")
    assert held.date is not None
    entry = AuditEntry.objects.get(kind="setting")
    assert (entry.who, entry.object_id) == (people["owner"], "top_share")
    assert entry.detail == "from 0.2 to 0.25: Agreed by the heads."
    shown = owner.get(reverse("settings")).content.decode()
    assert "changed; default 0.2" in shown
    assert "from 0.2 to 0.25" in shown


def test_the_default_comes_back(owner, toml):
    change(owner, "top_share", "0.25")
    assert "Back to the default, 0.2" in owner.get(reverse("setting", args=["top_share"])).content.decode()
    assert owner.post(reverse("setting_reset", args=["top_share"])).status_code == 302
    assert Settings.load(toml)["top_share"] == Settings.load()["top_share"]
    assert AuditEntry.objects.filter(kind="setting").count() == 2


def test_leads_and_governors_read_only(school_lead, group_lead, governor, stranger, toml):
    before = toml.read_bytes()
    for client in (school_lead, group_lead, governor):
        assert change(client, "top_share", "0.25").status_code == 403
        assert client.post(reverse("setting_reset", args=["top_share"])).status_code == 403
    assert change(stranger, "top_share", "0.25").status_code == 302
    assert toml.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("top_share", "1.5", "lies from 0 to 1"),
        ("top_share", "a fifth", "is not a number"),
        ("top_share", "0.1, 0.2", "This is one number"),
        ("top_share", "nan", "number with an end"),
        ("roster.confirmation_days", "7.5", "whole numbers"),
        ("follow_up.weeks", "", "required"),
    ],
)
def test_a_value_that_cannot_be_is_refused_beside_its_field(owner, toml, name, value, said):
    before = toml.read_bytes()
    answer = change(owner, name, value)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert toml.read_bytes() == before
    assert not AuditEntry.objects.filter(kind="setting").exists()


def test_a_change_needs_a_reason(owner, toml):
    assert "required" in change(owner, "top_share", "0.25", reason=" ").content.decode()
    with pytest.raises(UserError, match="Give a reason"):
        change_setting("top_share", 0.25, reason=" ", folder=toml.parent)


def test_several_numbers_and_bounds_are_kept(owner, toml):
    assert change(owner, "follow_up.weeks", "5, 10").status_code == 302
    assert change(owner, "transfer.coaching", "0.1", lower="0", upper="0.3").status_code == 302
    held = Settings.load(toml)
    assert held["follow_up.weeks"].value == (5, 10)
    assert (held["transfer.coaching"].lower, held["transfer.coaching"].upper) == (0, 0.3)


def test_what_was_written_by_hand_stays(toml):
    toml.write_text(
        "# Ours.\n"
        + toml.read_text()
        + '\n[settings]\nbright_spot.size = 0.15\n\n[serve]\nhosts = ["a"] # ours\n'
    )
    change_setting("top_share", 0.25, reason='Said "four" schools\nwith a \\ and \u00e9.', folder=toml.parent)
    text, held = toml.read_text(), Settings.load(toml)
    assert text.startswith("# Ours.")
    assert 'hosts = ["a"] # ours' in text
    assert (held["bright_spot.size"].value, held["top_share"].value) == (0.15, 0.25)
    assert held["top_share"].reason == 'Said "four" schools\nwith a \\ and \u00e9.'
    reset_setting("bright_spot.size", folder=toml.parent)
    assert "bright_spot" not in tomllib.loads(toml.read_text())["settings"]


def test_a_file_that_only_a_person_can_change_is_left_alone(owner, toml):
    toml.write_text("settings.top_share = 0.3\n" + toml.read_text())
    before = toml.read_bytes()
    answer = change(owner, "top_share", "0.25")
    assert "by hand" in answer.content.decode()
    assert toml.read_bytes() == before


def test_a_name_that_does_not_exist_is_no_page(owner):
    assert owner.get(reverse("setting", args=["top_shore"])).status_code == 404
    assert change(owner, "top_shore", "1").status_code == 404
    assert owner.post(reverse("setting_reset", args=["top_shore"])).status_code == 404


def test_an_empty_history_says_so(school_lead):
    assert "Nothing was changed from here yet" in school_lead.get(reverse("settings")).content.decode()


def test_a_reason_with_hidden_line_ends_stays_and_can_be_changed_again(toml):
    first = "# first\u2028[settings]\u2028still the first\n"
    toml.write_text(first + toml.read_text(encoding="utf-8"), encoding="utf-8")
    reason = "Agreed\u2028[web]\u0085by the heads\x7f."
    for value in (0.25, 0.3):
        table = {"value": value, "reason": reason, "source": "heads"}
        replace_setting(Workspace.open(toml.parent), "top_share", table)
        assert Settings.load(toml)["top_share"].reason == reason
        text = toml.read_text(encoding="utf-8")
        assert text.startswith(first)
        assert len(text.removeprefix(first).splitlines()) == text.removeprefix(first).count("\n")


def test_the_pulse_is_never_shown_to_fewer_than_six_whatever_an_owner_wishes(owner, toml):
    shown = change(owner, "pulse.min_answers", "1")
    assert shown.status_code == 200
    assert "At least 6. People answered because nobody can read one answer" in shown.content.decode()
    assert "pulse.min_answers" not in toml.read_text(encoding="utf-8")
    assert change(owner, "pulse.min_answers", "8").status_code == 302
