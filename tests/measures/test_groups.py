"""Trusts compared, from a public record whose truth is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.measures.record_of_trusts import (
    codes,
    days,
    judgements_of,
    memberships_of,
    panel_of,
    record_of_trusts,
)
from upwards.core.panel import SchoolRegister
from upwards.core.settings import Settings
from upwards.core.travel_times import TravelTimes
from upwards.measures.associations import Outcome, Spread, relate
from upwards.measures.group_associations import relate_areas
from upwards.measures.groups import NoGroups, compare_groups
from upwards.measures.groups_answer import groups_to_dict
from upwards.measures.groups_sentences import lines_on_screen
from upwards.measures.travel import places_of_groups

SETTINGS = Settings.load()
AREAS = [
    *("ks2_reading_progress", "ks2_writing_progress", "ks2_maths_progress", "ks4_progress"),
    *("improvement", "disadvantaged", "inadequate", "finance"),
]


def answer_of(record, **asked):  # type: ignore[no-untyped-def]
    found = compare_groups(record, SETTINGS, **asked)
    return json.loads(json.dumps(groups_to_dict(found, record.register), allow_nan=False))


def test_an_answer_is_plain_data_with_every_area_of_every_trust() -> None:
    record, _ = record_of_trusts(np.random.default_rng(1))
    answer = answer_of(record)
    assert (answer["year"], answer["stage"], answer["n_eligible"]) == (2019, "ks2", 40)
    assert answer["n_schools"] == len(record.register.school)
    for group in answer["groups"]:
        assert list(group["areas"]) == AREAS
        assert group["areas"]["ks4_progress"]["status"] == "not held"
        assert group["areas"]["finance"]["value"] is None
        assert group["characteristics"]["phases"] == {"Primary": group["n_schools"]}
        assert len(group["schools"]) == group["characteristics"]["size"] == group["n_schools"]
        assert all(school["minutes"] > 0 for school in group["schools"])
    names = [group["name"] for group in answer["groups"]]
    assert names == sorted(names)


def test_high_performing_trusts_are_large_and_likely_and_the_wrong_ones_are_foretold() -> None:
    rng, wrong, expected, named, inside, n = np.random.default_rng(2), 0, 0.0, 0, 0, 0
    for _ in range(12):
        record, level = record_of_trusts(rng, n_groups=80)
        found = compare_groups(record, SETTINGS)
        for name in AREAS[:3]:
            area = found.areas[name]
            which = found.named(area)
            named += int(which.sum())
            wrong += int((level[which] < 0.6).sum())  # 0.10 of a pupil SD of 6 points
            expected += float((1 - area.p_high[which]).sum())
            inside += int(((area.lower < level) & (level < area.upper)).sum())
            n += 80
    assert named > 60
    assert abs(wrong - expected) < 4 * np.sqrt(expected)
    assert inside / n == pytest.approx(0.95, abs=0.025)


def test_where_nothing_goes_with_anything_there_is_no_unique_formula() -> None:
    rng, false = np.random.default_rng(3), 0
    for k in range(40):
        record, _ = record_of_trusts(rng, n_groups=60)
        found = compare_groups(record, SETTINGS)
        alive = found.associations.surviving(found.q)
        false += bool(alive)
        if not alive and not k:
            text = " ".join(groups_to_dict(found, record.register)["text"])
            assert "No unique formula" in text
            assert "not what makes the difference" in text
    assert false <= 6  # 5 % of 40, and chance


def test_an_association_that_is_there_is_found_and_worded_as_one() -> None:
    record, level = record_of_trusts(np.random.default_rng(4), n_groups=120)
    share = (
        30 - 8 * level[np.repeat(np.arange(120), np.unique(record.memberships.group, return_counts=True)[1])]
    )
    school = record.register.school
    intake = panel_of("school.pct_fsm6", school, [2019], share[:, None], np.nan)
    answer = answer_of(replace(record, intake=intake))
    rows = [row for row in answer["associations"] if row["characteristic"] == "pct_disadvantaged"]
    assert all(row["p_adjusted"] < 0.01 and row["upper"] < 0 for row in rows if row["area"] in AREAS[:3])
    assert any("pct_disadvantaged is one standard deviation more" in line for line in answer["text"])
    told = {one["area"]: one for one in answer["explained"]}
    assert told["ks2_maths_progress"]["share"] > 0.3
    assert told["finance"]["why_not"] == "nothing was published"


def test_associations_leave_out_what_is_unknown_or_alike() -> None:
    value, size = np.arange(20.0), np.tile([1.0, 2, 3, 5], 5)
    found = relate(
        [
            Outcome("a", value, np.ones(20)),
            Outcome("b", value * 0, np.ones(20)),
            Outcome("c", value * np.nan, value),
        ],
        {"size": size, "alike": np.ones(20), "unknown": np.full(20, np.nan)},
    )
    assert [row.characteristic for row in found.rows] == ["size"]
    assert [one.why_not for one in found.explained] == [None, "all groups are alike", "nothing was published"]
    few = relate([Outcome("a", value[:4], np.ones(4))], {"size": size[:4]})
    assert few.rows == ()
    assert "too few" in str(few.explained[0].why_not)


def test_a_share_of_true_differences_leaves_out_the_chance_that_nothing_can_go_with() -> None:
    rng, n, k, held, low, shares = np.random.default_rng(13), 150, 60, 0, 0, []
    for _ in range(k):
        x, chance = rng.normal(size=n), rng.uniform(0.5, 2.0, n)
        true = np.sqrt(0.3) * x + np.sqrt(0.7) * rng.normal(size=n)  # 30 % of a variance of 1
        value = true + rng.normal(0, np.sqrt(chance))
        known = Spread(1.0, np.array([0.9, 1.0, 1.1]), np.array([0.25, 0.5, 0.25]))
        one = relate([Outcome("a", value, 1 + chance, known)], {"x": x}).explained[0]
        assert one.share is not None
        assert one.share_true is not None
        assert one.true_lower is not None
        assert one.true_upper is not None
        assert one.true_lower <= one.share_true <= one.true_upper
        held += one.true_lower < 0.3 < one.true_upper
        low += one.share < 0.3
        shares.append(one.share_true)
    assert np.mean(shares) == pytest.approx(0.3, abs=0.04)
    assert held >= 54
    assert low > 50  # with chance in the whole it looks like half of that
    doubtful = Spread(1.0, np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    wide = relate([Outcome("a", value, 1 + chance, doubtful)], {"x": x}).explained[0]
    assert wide.true_upper == 1.0
    none = relate([Outcome("a", value, chance, Spread(0.0, np.zeros(2), np.ones(2)))], {"x": x})
    assert none.explained[0].share_true is None


def test_those_that_stand_are_said_to_be_false_on_average_only() -> None:
    record, level = record_of_trusts(np.random.default_rng(4), n_groups=60)
    share = 30 - 8 * level[np.unique(record.memberships.group, return_inverse=True)[1]]
    intake = panel_of("school.pct_fsm6", record.register.school, [2019], share[:, None], np.nan)
    text = " ".join(answer_of(replace(record, intake=intake))["text"])
    assert "on average over many such analyses; how many of these here nobody can tell" in text
    assert "of the true differences these are" in text


def test_how_many_are_wrong_is_told_as_a_range_and_a_trusts_own_schools_are_surer() -> None:
    record, level = record_of_trusts(np.random.default_rng(14), n_groups=60)
    answer = answer_of(record)
    assert 0 < answer["expected_wrong"] < answer["expected_wrong_upper"] < len(answer["high_performing"])
    assert any("in this one year" in line and "and up to" in line for line in answer["text"])
    for group in answer["groups"]:
        area = group["areas"]["ks2_maths_progress"]
        assert area["own_upper"] - area["own_lower"] < area["upper"] - area["lower"]
    total = sum(one["expected_wrong_upper"] for one in answer["spreads"])
    assert total == pytest.approx(answer["expected_wrong_upper"])


def test_where_too_few_trusts_are_measured_nothing_is_said_of_what_goes_with_them() -> None:
    record, _ = record_of_trusts(np.random.default_rng(5), n_groups=4)
    answer = answer_of(record)
    assert answer["associations"] == []
    assert any("Nothing can be said" in line for line in answer["text"])
    assert answer["groups"][0]["areas"]["ks2_maths_progress"]["status"] == "too few groups"


def test_nobody_eligible_is_refused_with_the_reason() -> None:
    record, _ = record_of_trusts(np.random.default_rng(6), n_groups=5)
    with pytest.raises(NoGroups, match=r"No tests were sat in 2020\. Choose another year"):
        compare_groups(replace(record, year=2020), SETTINGS)
    with pytest.raises(NoGroups, match="at KS4 in 2019"):
        compare_groups(record, SETTINGS, stage="ks4")


def test_the_own_rule_takes_schools_that_joined_later() -> None:
    record, _ = record_of_trusts(np.random.default_rng(7), n_groups=12)
    joined = record.memberships.starts.copy()
    joined[record.memberships.group == "500"] = np.datetime64("2017-09-01")
    record = replace(record, memberships=replace(record.memberships, starts=joined))
    official, own = answer_of(record), answer_of(record, rule="own")
    assert (official["n_eligible"], own["n_eligible"]) == (11, 12)
    assert official["rule"]["min_years"] == 3
    assert own["rule"]["name"] == "own"
    first = own["groups"][0]["areas"]
    assert first["improvement"]["status"] == "too few schools"  # two years are no trend
    assert first["ks2_maths_progress"]["official"] is not None


def test_a_trust_of_secondary_schools_is_listed_where_its_stage_is_asked_for() -> None:
    record, _ = record_of_trusts(np.random.default_rng(8), n_groups=12)
    school = record.register.school
    secondary = np.isin(record.memberships.group, ["500", "501", "502", "503", "504", "505"])
    value = np.where(secondary[:, None], np.random.default_rng(1).normal(0, 1, (len(school), 1)), np.nan)
    gone = np.where(secondary, np.nan, 0)[:, None]
    panels = {
        name: replace(panel, value=panel.value + gone, n=panel.n + gone)
        for name, panel in record.progress.items()
    }
    panels["ks4.progress8"] = panel_of(
        "ks4.progress8", school, [2019], value, np.where(secondary, 100, np.nan)[:, None]
    )
    record = replace(record, progress=panels)
    by_stage = {stage: answer_of(record, stage=stage) for stage in ("ks2", "ks4", "any")}
    assert [one["n_eligible"] for one in by_stage.values()] == [6, 6, 12]
    statuses = {g["areas"]["ks4_progress"]["status"] for g in by_stage["ks2"]["groups"]}
    assert statuses == {"no schools of this stage"}
    assert "6 more groups are eligible at another stage only" in by_stage["ks2"]["text"][1]


def test_counts_are_shown_beside_the_publishers_with_the_reasons() -> None:
    record, _ = record_of_trusts(np.random.default_rng(9), n_groups=12)
    sponsor = np.where(record.memberships.group <= "501", "S1", record.memberships.group)
    sponsors = memberships_of(record.memberships.school, sponsor, record.memberships.starts, kind="Sponsor")
    counts = {one["year"]: one for one in answer_of(replace(record, sponsors=sponsors))["counts"]}
    assert counts[2019]["official"] == {"groups": 297, "schools": 1788}
    assert counts[2019]["ours"]["groups"] == 12
    assert counts[2019]["under_sponsors"]["groups"] == 11
    assert "not on the publisher's own day" in counts[2019]["causes"][0]
    assert "before then are absent" in counts[2018]["causes"][0]
    assert "sponsor together" in counts[2018]["causes"][-1]
    late = replace(record, memberships=replace(record.memberships, seen=np.datetime64("2017-06-01")))
    assert "joined groups after" in answer_of(late)["counts"][-1]["causes"][0]


def test_inspections_and_given_travel_times_are_used() -> None:
    record, _ = record_of_trusts(np.random.default_rng(10), n_groups=12)
    school = record.register.school
    judged = judgements_of(
        ("7", school[0], "2015-01-01", "Inadequate"), (school[3], school[3], "2019-01-01", "Good")
    )
    times = TravelTimes(school[:1], school[1:2], np.array([90.0]), "times.csv")
    answer = answer_of(replace(record, judgements=judged, times=times))
    first = answer["groups"][0]
    assert first["areas"]["inadequate"]["through_predecessor"] == [school[0]]
    assert any("1 of them only through the inspection of a predecessor" in line for line in answer["text"])
    assert answer["predecessors"] == {"n": 1, "n_known": 1, "told": True}
    assert any("from times.csv: 1 of 1 pairs used" in note for note in answer["notes"])
    found = compare_groups(replace(record, times=times), SETTINGS)
    pair = found.nearest
    assert (pair.basis == "given").sum() <= 2


def test_where_predecessors_are_not_held_no_number_of_inherited_outcomes_is_said() -> None:
    record, _ = record_of_trusts(np.random.default_rng(10), n_groups=12)
    school = record.register.school
    before = np.array([f"0{code}" for code in school[:9]])
    every = np.concatenate([before, school])
    columns = {name: getattr(record.register, name) for name in record.register.__slots__}
    register = SchoolRegister(
        **{name: np.concatenate([column[:9], column]) for name, column in columns.items()}
    )
    register = replace(register, school=every, line=np.concatenate([school[:9], school]))
    judged = judgements_of((before[0], school[0], "2019-01-01", "Inadequate"))
    answer = answer_of(replace(record, register=register, judgements=judged))
    (said,) = [line for line in answer["text"] if "inspection of a predecessor" in line]
    assert "cannot be told: of 9 predecessors the files hold an outcome of 1" in said
    assert answer["predecessors"]["told"] is False


def test_on_screen_only_the_year_asked_for_is_counted() -> None:
    record, _ = record_of_trusts(np.random.default_rng(9), n_groups=12)
    answer = answer_of(record)
    counted = [line for line in answer["text"] if line.startswith("The publisher counted")]
    shown = lines_on_screen(answer)
    assert len(counted) == 4
    assert [line for line in shown if line.startswith("The publisher counted")] == counted[-1:]
    assert "Counts of earlier years beside the publisher's: --format json." in shown
    assert lines_on_screen({**answer, "counts": answer["counts"][-1:]}) == answer["text"]


def test_an_area_without_figures_names_the_file_to_import() -> None:
    record, _ = record_of_trusts(np.random.default_rng(9), n_groups=12)
    text = answer_of(record)["text"]
    assert "Financial position: not held; to import: the academies accounts return (AAR) of the year." in text
    assert any(line.startswith("Schools judged inadequate: not held; to import: outcomes") for line in text)


def test_places_for_a_server_are_told_group_by_group() -> None:
    record, _ = record_of_trusts(np.random.default_rng(11), n_groups=5)
    places = places_of_groups(record.memberships, record.register)
    assert len(places) == 5
    assert sum(len(school) for school, _, _ in places) == len(record.register.school)
    unknown = memberships_of(codes(2) + "x", ["1", "1"], days("2014-01-01", "2014-01-01"))
    assert places_of_groups(unknown, record.register) == []


def test_characteristics_are_counted_over_all_schools() -> None:
    record, _ = record_of_trusts(np.random.default_rng(12), n_groups=6)
    kind = record.register.kind.astype("<U40")
    kind[0], kind[1] = "Academy sponsor led", "Free schools special"
    kind[2] = "Mainstream school"  # a table of results says so of a school that no register holds
    joined = record.memberships.starts.copy()
    joined[2] = np.datetime64("2018-01-01")
    register = replace(
        record.register,
        kind=kind,
        latitude=np.where(np.arange(len(kind)) == 0, 60.0, record.register.latitude),
    )
    record = replace(record, register=register, memberships=replace(record.memberships, starts=joined))
    found = compare_groups(record, SETTINGS)
    described = found.characteristics
    size = int(described.size[0])
    assert described.types[0]["Free schools special"] == 1
    assert described.types[0]["not known"] == 1
    assert described.share_sponsored[0] == pytest.approx(1 / (size - 1))
    assert described.share_new[0] == pytest.approx(1 / (size - 1))
    assert described.growth[0] == pytest.approx(1 / size)
    assert described.n_isolated[0] >= 1
    assert described.pupils[0] == 200 * size
    assert len(relate_areas(found.areas, described, found.listed).explained) == 8
