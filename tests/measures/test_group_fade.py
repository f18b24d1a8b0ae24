"""What is to be expected of levels, and improvement beyond it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.record_of_trusts import (
    CATALOGUE,
    codes,
    panel_of,
    record_of_chosen_schools,
    record_of_trusts,
    register_of,
)
from upwards.core.settings import Settings
from upwards.measures.group_areas import StageFigures
from upwards.measures.group_fade import between_share, fade_of, learn_fade, on_one_definition
from upwards.measures.group_trends import passing_variance, trends
from upwards.measures.groups import compare_groups
from upwards.measures.sampling_errors import sampling_errors

SETTINGS = Settings.load()
YEARS = [2016, 2017, 2018, 2019]
EVERY = np.ones(3, dtype=bool)


def figures_of(values, n=400, years=YEARS, breaks=()):  # type: ignore[no-untyped-def]
    names = ["ks2.reading_progress", "ks2.writing_progress"][: len(values)]
    school = codes(len(values[0]))
    panels = tuple(panel_of(name, school, years, v, n) for name, v in zip(names, values, strict=True))
    return StageFigures(
        "ks2", panels, tuple(sampling_errors(p, CATALOGUE[p.measure]) for p in panels), breaks=breaks
    )


def paths(rng, n, left, noise=0.7):  # type: ignore[no-untyped-def]
    level = rng.normal(0, 1, (n, 1))
    for _ in range(3):
        level = np.c_[level, left * level[:, -1:] + rng.normal(0, np.sqrt(1 - left**2), (n, 1))]
    return level, level + rng.normal(0, noise, level.shape)


def test_a_fade_is_learnt_free_of_chance_and_of_which_schools_were_chosen() -> None:
    level, value = paths(np.random.default_rng(1), 40_000, 0.8)
    assert fade_of(value, EVERY).share == pytest.approx(0.8, abs=0.02)
    low = level[:, 0] < np.quantile(level[:, 0], 0.3)
    chosen = fade_of(value[low], EVERY)
    assert chosen.share == pytest.approx(0.8, abs=0.06)
    # the level towards which they rise is that of all schools, not their own mean
    assert chosen.drift == pytest.approx([0, 0, 0, 0], abs=0.06)


def test_where_nothing_tells_how_levels_fade_they_stay() -> None:
    value = paths(np.random.default_rng(2), 20, 0.8)[1]
    for few in (fade_of(value, EVERY), fade_of(np.tile(value, (5, 1)), ~EVERY), fade_of(value * 0, EVERY)):
        assert (few.share, few.n_schools) == (1.0, 0)
    nothing = StageFigures("ks2", (), ())
    assert learn_fade(nothing, register_of(codes(1)), YEARS, 0.6).n_schools == 0


def test_schools_that_are_not_mainstream_do_not_tell_how_others_fade() -> None:
    value = paths(np.random.default_rng(3), 4000, 0.8)[1]
    value[2000:] = -30 + 10 * np.random.default_rng(4).normal(size=(2000, 1))
    kind = np.where(np.arange(4000) < 2000, "Community school", "Community special school")
    register = register_of(codes(4000), kind=kind)
    found = learn_fade(figures_of([value]), register, YEARS, 0.6)
    assert found.share == pytest.approx(0.8, abs=0.1)
    assert found.n_schools == 2000
    assert learn_fade(figures_of([value]), register_of(codes(1)), YEARS, 0.6).share > 0.95


def test_a_school_on_its_expected_path_has_no_change_and_a_rise_above_it_is_told() -> None:
    path = -2 * 0.8 ** np.arange(4)
    value = np.array([path, path + 0.1 * np.arange(4), [np.nan, *path[:3]], [np.nan, np.nan, *path[:2]]])
    change, variance = trends(value, np.full((4, 4), 0.3), 0.2, 0.8)
    assert change[:3] == pytest.approx([0, 0.1, 0])
    assert np.isnan(change[3])
    design = np.c_[0.8 ** np.arange(4), np.arange(4)]
    assert variance[0] == pytest.approx(0.5 * np.linalg.inv(design.T @ design)[1, 1])


def test_what_passes_is_told_apart_from_chance_around_a_fading_path() -> None:
    rng = np.random.default_rng(5)
    value = rng.normal(0, 1, (4000, 1)) * 0.7 ** np.arange(4) + rng.normal(0, 0.5, (4000, 4))
    variance = rng.uniform(0.1, 0.5, (4000, 4))
    value = value + rng.normal(0, np.sqrt(variance))
    assert passing_variance(value, variance, 0.7) == pytest.approx(0.25, abs=0.03)


def test_years_and_subjects_across_a_break_are_left_out_and_named() -> None:
    value = np.zeros((40, 4))
    new = {2018: "a new framework"}
    kept, years, notes = on_one_definition(figures_of([value, value], breaks=({}, new)), YEARS)
    assert [panel.measure for panel in kept.panels] == ["ks2.reading_progress"]
    assert years == tuple(YEARS)
    assert notes == ("ks2.writing_progress is left out, as it changed in 2018: a new framework.",)
    since = on_one_definition(figures_of([value], breaks=({2017: "other points"},)), YEARS)
    assert since[1] == (2017, 2018, 2019)
    assert "counts from 2017" in since[2][0]
    assert on_one_definition(figures_of([value]), YEARS)[1:] == (tuple(YEARS), ())
    assert on_one_definition(figures_of([value]), [2022, 2023])[0].panels == ()


def test_a_break_does_not_show_as_improvement() -> None:
    record, _ = record_of_trusts(np.random.default_rng(6), n_groups=40)
    name = "ks2.writing_progress"
    panel = record.progress[name]
    jump = np.where(np.arange(len(panel.school)) % 2, 4.0, -4.0)[:, None] * (np.array(panel.years) >= 2018)
    catalogue = {**record.catalogue, name: replace(record.catalogue[name], breaks={2018: "new framework"})}
    progress = {**record.progress, name: replace(panel, value=panel.value + jump)}
    broken = compare_groups(replace(record, progress=progress, catalogue=catalogue), SETTINGS)
    without = {k: v for k, v in record.progress.items() if k != name}
    alone = compare_groups(replace(record, progress=without), SETTINGS)
    assert broken.areas["improvement"].value == pytest.approx(alone.areas["improvement"].value, nan_ok=True)
    assert any("new framework" in note for note in broken.notes)


def test_the_share_between_schools_is_found_by_moments() -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(20, 90, (6000, 1)).astype(float)
    value = rng.normal(0, np.sqrt(5.0), (6000, 1)) + rng.normal(0, np.sqrt(31 / n))
    figures = figures_of([value], n, years=[2019])
    assert between_share(figures, 0, 2019) == pytest.approx(5 / 36, abs=0.01)
    assert between_share(figures, 0, 2018) == 0.0
    assert between_share(figures_of([value[:20]], n[:20], years=[2019]), 0, 2019) == 0.0


def test_trusts_that_took_on_low_schools_are_not_called_improving_and_those_that_improve_are() -> None:
    rng, false, gap = np.random.default_rng(8), 0, []
    for _ in range(6):
        found = compare_groups(record_of_chosen_schools(rng, n_groups=150, left=0.8), SETTINGS)
        area = found.areas["improvement"]
        assert not found.named(area).any()
        gap.append(np.nanmean(area.direct[:50]) - np.nanmean(area.direct[50:]))
        alive = found.associations.surviving(0.05)
        false += any((one.area, one.characteristic) == ("improvement", "types: sponsored") for one in alive)
    assert false <= 1  # every one of them without the fade
    assert np.mean(gap) == pytest.approx(0, abs=0.005)  # 0.02 without
    record = record_of_chosen_schools(rng, n_groups=150, left=0.8, improving=0.8)
    area = compare_groups(record, SETTINGS).areas["improvement"]
    gain = area.direct[:15].mean() - area.direct[15:].mean()
    assert gain == pytest.approx(0.8 / 6, abs=0.04)  # in pupil SD a year, before shrinking
