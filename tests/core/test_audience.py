from __future__ import annotations

from upwards.core.audience import Audience


def test_whoever_asks_without_more_sees_all_schools_and_no_person() -> None:
    audience = Audience()
    assert audience.may_see("Hill")
    assert audience.agreed == frozenset()
    assert (audience.hidden_at, audience.personal_below) == (5, 3)


def test_an_audience_of_some_schools_sees_those_only() -> None:
    audience = Audience(schools=frozenset({"Hill"}))
    assert audience.may_see("Hill")
    assert not audience.may_see("hill")
    assert not Audience(schools=frozenset()).may_see("Hill")
