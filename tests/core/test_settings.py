"""Settings: the defaults, and what a workspace replaces of them."""

from __future__ import annotations

import datetime
import json

import pytest

from upwards.core.errors import UserError
from upwards.core.settings import Settings, UnknownSetting, WrongSetting

DEFAULTS = {
    "bright_spot.size": 0.10,
    "bright_spot.certainty": 0.80,
    "bright_spot.min_years": 2,
    "bright_spot.min_pupils": 30,
    "bright_spot.max_share_wrong": 0.15,
    "named_person.certainty": 0.90,
    "named_person.min_years": 3,
    "named_person.min_pupils": 60,
    "high_performing_trust.size": 0.10,
    "high_performing_trust.certainty": 0.90,
    "top_share": 0.20,
    "share_within.gap": 0.20,
    "share_within.certainty": 0.70,
    "grow_top.certainty": 0.70,
    "grow_top.reference_share": 0.75,
    "link_out.certainty": 0.70,
    "link_out.max_partners": 1,
    "change_of_stage.years": 2,
    "change_of_stage.certainty": 0.90,
    "transfer.coaching": 0.20,
    "transfer.other": 0.05,
    "plan.gap_cap": 0.30,
    "plan.provider_cost": 0.01,
    "plan.reserved_for_top": 0.20,
    "plan.provider_max_recipients": 2,
    "plan.provider_max_timetable_share": 0.10,
    "coaching.every_weeks": 2,
    "coaching.meeting_hours": 1.0,
    "coaching.preparation_hours": 0.5,
    "coaching.length_weeks": 12,
    "innovations.max_in_department": 1,
    "innovations.max_in_school": 2,
    "coverage.minimum": 0.70,
    "roster.confirmation_days": 10,
    "personal_unit.min_teachers": 3,
    "small_counts.hidden_at": 5,
    "reliability.prior": 1.0,
    "sampling_errors.correlation": 0.6,
    "travel.detour": 1.35,
    "travel.speed": 40,
    "travel.speed_urban": 25,
    "travel.speed_rural": 55,
    "few_clusters.below": 6,
    "months_of_progress.minimum": 0.05,
    "learning_transfer.min_grade": 3,
    "uploads.keep_original_days": 0,
    "uploads.keep_failed_days": 7,
    "programs.requests_per_minute": 120,
    "programs.token_days": 365,
    "uploads.max_unpacked_bytes": 2_000_000_000,
    "practice.file_max_bytes": 10_000_000,
    "practice.files_most": 10,
    "backups.keep_days": 35,
    "partnership.hours_share": 0.8,
    "partnership.taught_hours": 25,
    "partnership.answer_days": 10,
    "reminders.days_ahead": 14,
    "invitations.open_days": 14,
    "pulse.longest_days": 120,
    "initiatives.usual_weeks": 12,
    "pulse.min_answers": 6,
    "convergence.certainty": 0.975,
    "convergence.min_units": 200,
    "convergence.min_years": 4,
    "convergence.min_inside": 3,
    "convergence.end_share": 0.20,
    "convergence.negligible": 0.05,
    "groups.min_schools": 3,
    "groups.min_years": 2,
    "groups.trend_years": 4,
    "groups.isolated_minutes": 60,
    "groups.false_discoveries": 0.05,
    "forecast.level": 0.90,
    "import.missing_schools": 0.01,
    "sharing.warn_days": 42,
    "fetch.connect_seconds": 20,
    "fetch.read_seconds": 120,
    "fetch.file_seconds": 3600,
    "fetch.attempts": 5,
    "fetch.wait_seconds": 120,
    "fetch.max_bytes": 2_000_000_000,
    "fetch.max_ratio": 200,
    "retention.trail": 730,
    "retention.jobs": 90,
    "retention.uploads": 730,
    "retention.invitations": 90,
    "retention.tokens": 90,
    "retention.left_people": 730,
    "doctor.backup_age": 2,
    "doctor.free_disk": 0.1,
    "doctor.job_minutes": 60,
}
OTHER_KINDS = {
    "stage.otherwise": "leaders decide",
    "follow_up.weeks": (6, 12),
    "reliability.prior_beside": (0.9, 0.8),
    "pupil_sd.within_schools": True,
    "people.coaches_trained": True,
}


@pytest.fixture
def load(tmp_path):
    def written(text: str) -> Settings:
        path = tmp_path / "upwards.toml"
        path.write_text(text, encoding="utf-8")
        return Settings.load(path)

    return written


def test_the_defaults_are_those_agreed_on():
    settings = Settings.load()
    assert {name: settings.number(name) for name in DEFAULTS} == DEFAULTS
    assert {name: settings[name].value for name in OTHER_KINDS} == OTHER_KINDS
    assert set(settings) == {*DEFAULTS, *OTHER_KINDS}
    assert len(settings) == len(DEFAULTS) + len(OTHER_KINDS)


def test_rates_carry_their_plausible_range():
    settings = Settings.load()
    bounds = {name: (one.lower, one.upper) for name, one in settings.items() if one.lower is not None}
    assert bounds == {
        "transfer.coaching": (0.0, 0.40),
        "transfer.other": (-0.05, 0.15),
        "sampling_errors.correlation": (0.4, 0.8),
    }


def test_every_default_says_why_whence_and_when():
    for name, setting in Settings.load().items():
        assert setting.reason.endswith("."), name
        assert setting.source, name
        assert isinstance(setting.date, datetime.date), name


def test_no_name_is_the_beginning_of_another():
    names = set(Settings.load())
    assert not [name for name in names if any(other.startswith(f"{name}.") for other in names)]


@pytest.mark.parametrize(
    "text",
    ["[settings]\nbright_spot.size = 0.15", "[settings.bright_spot]\nsize = 0.15"]
    + ['[settings]\n"bright_spot.size" = 0.15', "[settings.bright_spot.size]\nvalue = 0.15"],
)
def test_a_workspace_replaces_a_setting_in_any_form_of_toml(load, text):
    settings = load(text)
    assert settings.number("bright_spot.size") == 0.15
    assert settings["bright_spot.size"].reason == "set in upwards.toml, no reason given"
    assert settings["bright_spot.size"].source == "upwards.toml"
    assert settings["bright_spot.size"].date is None
    assert settings["bright_spot.certainty"] == Settings.load()["bright_spot.certainty"]


def test_a_workspace_gives_its_reasons(load):
    settings = load(
        "[settings.transfer.coaching]\nvalue = 0.5\nlower = 0.1\nupper = 0.8\nunit = 'share of the gap'\n"
        "reason = 'our own trial'\nsource = 'trial of 2027'\ndate = 2027-09-01\n"
    )
    assert settings.used(["transfer.coaching"]) == {
        "transfer.coaching": {
            "value": 0.5,
            "lower": 0.1,
            "upper": 0.8,
            "unit": "share of the gap",
            "reason": "our own trial",
            "source": "trial of 2027",
            "date": "2027-09-01",
        }
    }


def test_a_workspace_without_settings_has_the_defaults(load):
    assert load('name = "Our schools"\n') == Settings.load()


def test_the_settings_used_are_plain_json_in_the_order_asked_for():
    names = ["follow_up.weeks", "top_share"]
    used = Settings.load().used(names)
    assert json.loads(json.dumps(used)) == used
    assert list(used) == names
    assert used["follow_up.weeks"]["value"] == [6, 12]
    assert set(used["top_share"]) == {"value", "unit", "reason", "source", "date"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bright_spot.sise = 1", "did you mean 'bright_spot.size'"),
        ("brightspot.size = 1", "'brightspot'"),
        ("bright_spot = 1", "'bright_spot'"),
        ("bright_spot.size = {value = 0.2, resaon = 'x'}", "did you mean 'reason'"),
    ],
)
def test_an_unknown_name_is_refused_with_what_was_meant(load, text, said):
    with pytest.raises(UnknownSetting, match=said) as refused:
        load(f"[settings]\n{text}")
    assert isinstance(refused.value, UserError)
    assert isinstance(refused.value, LookupError)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bright_spot.size = 'large'", "is a number, such as 0.1, not 'large'"),
        ("bright_spot.size = true", "is a number, such as 0.1, not true"),
        ("bright_spot.size = []", "is a number"),
        ("bright_spot.size = {reason = 'x'}", "needs a value"),
        ("bright_spot.size = {value = 10, unit = 'percent'}", "is in pupil SD, not in 'percent'"),
        ("bright_spot.size = {value = 0.1, reason = 3}", "reason of setting"),
        ("bright_spot.size = {value = 0.1, date = '2027'}", "date of setting"),
        ("bright_spot.size = {value = 0.1, date = 2027-09-01T12:00:00}", "date of setting"),
        ("bright_spot.size = {value = 0.1, lower = 0}", "has no lower or upper"),
        ("bright_spot.size = -0.1", "from 0 upwards"),
        ("bright_spot.size = nan", "from 0 upwards"),
        ("bright_spot.size = inf", "from 0 upwards"),
        ("bright_spot.certainty = 80", "in probability it lies from 0 to 1"),
        ("bright_spot.min_years = 1.5", "counted in whole numbers"),
        ("transfer.coaching = 0.5", "outside its own bounds 0.0 to 0.4"),
        ("transfer.coaching = {value = 0.1, lower = 'low'}", "bounds of setting"),
        ("transfer.coaching = {value = 0.1, upper = 40}", "from -1 to 1"),
        ("follow_up.weeks = 6", r"a list of numbers, such as \[6, 12\], not 6"),
        ("follow_up.weeks = [6, 'twelve']", "a list of numbers"),
        ("pupil_sd.within_schools = 1", r"yes or no \(true or false\), such as true, not 1"),
        ("stage.otherwise = 3", "is a text"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(load, text, said):
    with pytest.raises(WrongSetting, match=said) as refused:
        load(f"[settings]\n{text}")
    assert isinstance(refused.value, UserError)


def test_a_setting_outside_its_table_is_refused_rather_than_ignored(load):
    with pytest.raises(WrongSetting, match=r"Move it under \[settings\]"):
        load("[bright_spot]\nsize = 0.15")


@pytest.mark.parametrize("text", ["settings = 3", "[settings\n"])
def test_a_file_in_another_form_is_refused(load, text):
    with pytest.raises(WrongSetting, match=r"upwards\.toml"):
        load(text)


def test_a_file_in_another_encoding_is_refused_without_its_folder(tmp_path):
    path = tmp_path / "upwards.toml"
    path.write_bytes('name = "Caf\u00e9"'.encode("cp1252"))
    with pytest.raises(WrongSetting, match="not a TOML file in UTF-8") as refused:
        Settings.load(path)
    assert str(tmp_path) not in str(refused.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(WrongSetting, match=r"no settings file upwards\.toml"):
        Settings.load(tmp_path / "upwards.toml")


def test_asking_for_a_setting_that_does_not_exist_names_near_misses():
    with pytest.raises(UnknownSetting, match=r"did you mean 'top_share'"):
        Settings.load().number("top_shares")


@pytest.mark.parametrize("name", ["stage.otherwise", "follow_up.weeks", "pupil_sd.within_schools"])
def test_what_is_not_one_number_is_not_given_as_one(name):
    with pytest.raises(WrongSetting, match="not a number"):
        Settings.load().number(name)


def test_a_count_is_whole():
    assert Settings.load().count("coaching.meeting_hours") == 1
    with pytest.raises(WrongSetting, match="not a whole number"):
        Settings.load().count("top_share")


def test_membership_is_by_name():
    assert "top_share" in Settings.load()
    assert "top" not in Settings.load()
