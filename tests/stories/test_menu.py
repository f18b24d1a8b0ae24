"""The menu: calm on a phone, and all of it in reach by finger, by keyboard, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.stories.axe import begins_below, scrolls_sideways, violations

OPEN_ALL = """() => document.querySelectorAll('.menu details')
  .forEach(one => { one.removeAttribute('name'); one.open = true })"""
SMALL = """() => [...document.querySelectorAll('header :is(a, button, summary)')]
  .filter(one => one.checkVisibility()).map(one => [one.innerText, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([text, box]) => `${text}: ${box.width}`)"""
EVERY_DAY = ("/monday/", "/schools/", "/health/", "/data/")
by_mouse = pytest.mark.parametrize("house", ["mouse"], indirect=True)
by_keyboard = pytest.mark.parametrize("house", ["keyboard alone"], indirect=True)


@by_mouse
def test_the_first_screen_of_a_phone_shows_the_heading_and_what_it_says(house):
    somebody = house.somebody("phone")
    somebody.goes_to("/account/login/")
    assert not begins_below(somebody.page)
    lead = house.signed_in("lead", "phone")
    for path in EVERY_DAY:
        lead.goes_to(path)
        assert not begins_below(lead.page), path
        assert lead.page.locator("header").bounding_box()["height"] < 100


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_folded_page_is_reached_and_its_group_says_where_one_is(house, size):
    lead = house.signed_in("lead", size)
    lead.turns_to("Spread")
    lead.arrives_at("Spread")
    group = "Menu" if size == "phone" else "Results"
    said = lead.pages.locator("summary:visible").first
    expect(said).to_have_accessible_name(f"{group} – you are here: Spread")
    assert lead.pages.locator("[aria-current=page]").all_text_contents() == ["Spread"]
    assert lead.pages.locator("details[open]").count() == 0


@by_mouse
@pytest.mark.parametrize("size", ["desk", "phone", "narrowest"])
def test_nothing_is_wrong_with_the_menu_when_all_of_it_is_open(house, size):
    owner = house.signed_in("owner", size)
    owner.goes_to("/spread/")
    owner.page.evaluate(OPEN_ALL)
    assert not violations(owner.page)
    assert not scrolls_sideways(owner.page)
    assert owner.page.evaluate(SMALL) == []
    owner.page.emulate_media(media="print")
    expect(owner.pages).to_be_hidden()


@by_keyboard
def test_what_is_open_closes_by_escape_and_by_a_press_beside_it(house):
    lead = house.signed_in("lead")
    group = lead.pages.locator("summary", has_text="Results")
    link = lead.pages.locator("a", has_text="Spread")
    lead.hand.press(group)
    expect(link).to_be_visible()
    lead.page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(group).to_be_focused()
    lead.hand.press(group)
    expect(link).to_be_visible()
    lead.page.locator("h1").click()
    expect(link).to_be_hidden()


@by_keyboard
def test_what_is_open_closes_when_tab_leaves_it(house):
    lead = house.signed_in("lead")
    lead.hand.press(lead.pages.locator("summary", has_text="House"))
    last = lead.pages.locator("details[open] a").last
    expect(last).to_be_visible()
    last.focus()
    lead.page.keyboard.press("Tab")
    expect(last).to_be_hidden()
