"""The menu: who finds what in it, in plain sight or folded, and where it says that one is."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests.web.conftest import CAST
from upwards.web.access import Reader
from upwards.web.navigation import GROUPS, ITEMS, MOST, WEEKLY, menu_of
from upwards.web.roles import CAPABILITIES, Role

LEAD = ["Monday", "Where are we", "Who knows how", "Plan", "Schools", "Partnerships"]


def of(*roles: Role, path: str = "/"):
    return menu_of(Reader(appointments=tuple((role, "") for role in roles)), path)


def titles(lines):
    return [line.title for line in lines]


def folded(menu):
    return {group.title: titles(group.lines) for group in menu.groups}


def test_every_line_names_a_capability_and_a_group():
    assert {item.capability for item in ITEMS} <= set(CAPABILITIES)
    assert {item.group for item in ITEMS} == set(GROUPS)


def test_every_role_has_a_few_pages_in_plain_sight_that_it_may_open():
    capability = {item.route: item.capability for item in ITEMS}
    for role in Role:
        assert 0 < len(WEEKLY[role]) <= MOST
        assert all(role in CAPABILITIES[capability[route]] for route in WEEKLY[role])


def test_a_lead_s_week_is_in_plain_sight_and_the_rest_is_folded():
    menu = of(Role.GROUP_LEAD)
    assert titles(menu.main) == LEAD
    assert folded(menu) == {
        "Results": ["Spread", "Convergence", "Groups"],
        "People and work": ["People", "My classes", "System health", "Pulse"],
        "Learning": ["Practice", "Innovation", "Programmes", "Reviews"],
        "House": ["Data", "Invitations", "Sharing", "Term dates", "Settings"],
    }


@pytest.mark.parametrize("role", Role)
def test_each_role_finds_all_that_it_may_open_once_and_nothing_else(role):
    menu = of(role)
    shown = titles(menu.main) + sum(folded(menu).values(), [])
    assert sorted(shown) == sorted(item.title for item in ITEMS if role in CAPABILITIES[item.capability])


def test_who_may_open_a_few_pages_has_no_groups():
    few = {
        Role.RESEARCHER: ["Groups", "Data", "Term dates"],
        Role.REVIEWER: ["Monday", "Reviews", "Term dates"],
    }
    assert {role: titles(of(role).main) for role in few} == few
    assert {of(role).groups for role in few} == {()}


def test_who_has_two_roles_has_the_week_of_the_first_and_the_pages_of_both():
    menu = of(Role.TEACHER, Role.SCHOOL_LEAD)
    assert titles(menu.main) == LEAD
    assert "My classes" in folded(menu)["People and work"]


def test_who_has_no_role_has_no_menu():
    assert (of().main, of().groups) == ((), ())


@pytest.mark.parametrize(
    ("path", "here", "current"),
    [
        ("/spread/", "Spread", "page"),
        ("/schools/Birch/", "Schools", "true"),
        ("/health/pulse/", "System health", "true"),
        ("/pulse/", "Pulse", "page"),
        ("/account/roles/", "", None),
    ],
)
def test_the_menu_says_where_one_is(path, here, current):
    menu = of(Role.OWNER, path=path)
    lines = [*menu.main, *(line for group in menu.groups for line in group.lines)]
    assert menu.here == here
    assert [(line.title, line.current) for line in lines if line.current] == (
        [(here, current)] if here else []
    )
    assert [group.here for group in menu.groups if group.here] == [here] * (here not in ("", *LEAD))


def test_a_folded_group_says_that_the_page_is_in_it(owner):
    body = owner.get(reverse("people")).content.decode()
    assert body.count('aria-current="page"') == 1
    said = re.findall(r"<summary>([^<]+)<span class=.here.><span[^>]*>– you are here: </span>([^<]+)<", body)
    assert said == [("Menu", "People"), ("People and work", "People")]


@pytest.mark.parametrize("who", CAST)
def test_nobody_is_offered_a_page_that_is_refused(who, browser_of):
    browser = browser_of(who)
    body = browser.get(reverse("own_roles")).content.decode()
    offered = re.findall(
        r'<li><a href="([^"]+)"', body.partition('<ul class="pages">')[2].partition("</nav>")[0]
    )
    assert offered
    assert not [where for where in offered if browser.get(where).status_code in (403, 404)]


def test_a_stranger_has_no_menu_and_one_way_to_a_forgotten_password(stranger):
    body = stranger.get(reverse("account_login")).content.decode()
    assert "<nav" not in body
    assert body.count(f'href="{reverse("account_reset_password")}"') == 1


def test_the_menu_asks_nothing_of_the_database():
    # The database is closed to a test that does not ask for it.
    assert "Audit trail" in of(Role.OWNER, path="/data/").drawn
