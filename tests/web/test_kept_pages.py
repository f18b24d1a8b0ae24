"""A page is made once for all who may see the same, and anew as soon as anything that decides it changes."""

from __future__ import annotations

import shutil

import pytest
from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.answer_pages import kept_pages, views
from upwards.web.answer_pages.contents import Contents, Section
from upwards.web.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(monkeypatch):
    """Count how often the page of schools is built, and say what it shows."""
    built: list[Reader] = []

    def build(reader, given):
        built.append(reader)
        said = f"for {sorted(reader.schools or {'all'})}"
        live = Section(title="Doing", partial="partnerships/of_school.html")
        return Contents("schools", "Schools", [said], sections=(Section(said=["Said."]), live),
                        about={"school": "Alder"})  # fmt: skip

    monkeypatch.setitem(views.PAGES, "schools", views.Page(build, "see_figures", asks=frozenset({"q"})))
    return built


def test_the_same_page_for_the_same_reader_is_made_once(made, owner):
    first, second = (owner.get(reverse("schools")).content.decode() for _ in range(2))
    assert len(made) == 1
    assert "for [&#x27;all&#x27;]" in first
    assert first.count("<h1>") == second.count("<h1>") == 1
    assert "Said." in second


def test_readers_who_may_see_other_things_get_another_page(made, school_lead, teacher, other_lead):
    pages = [one.get(reverse("schools")).content.decode() for one in (school_lead, teacher, other_lead)]
    assert len(made) == 3
    assert "Birch" in pages[2]
    assert "Birch" not in pages[1]


def test_what_people_do_is_asked_anew_each_time(made, owner):
    from tests.web.partnerships_of_trust import coaching_of_cast

    before = owner.get(reverse("schools")).content.decode()
    coaching_of_cast()
    after = owner.get(reverse("schools")).content.decode()
    assert len(made) == 1
    assert "No partnership is open here" in before
    assert "Alder with Birch" in after


def test_another_address_threshold_or_workspace_is_another_page(
    made, owner, settings, trust_workspace, tmp_path
):
    owner.get(reverse("schools"))
    owner.get(reverse("schools"), {"q": "x"})
    settings.UPWARDS_WORKSPACE = tmp_path / "orchard"
    shutil.copytree(trust_workspace, settings.UPWARDS_WORKSPACE)
    owner.get(reverse("schools"))
    with (settings.UPWARDS_WORKSPACE / "upwards.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings]\nbright_spot.size = 0.2\n")
    owner.get(reverse("schools"))
    assert len(made) == 4


def test_a_page_that_says_why_it_cannot_answer_is_not_kept(monkeypatch, owner):
    refusals = iter(["the first reason", "the second reason"])

    def build(reader, given):
        return Contents("schools", "Schools", [], sections=(Section(refusal=next(refusals)),))

    monkeypatch.setitem(views.PAGES, "schools", views.Page(build, "see_figures", asks=frozenset({"q"})))
    assert "the first reason" in owner.get(reverse("schools"), {"q": "r"}).content.decode()
    assert "the second reason" in owner.get(reverse("schools"), {"q": "r"}).content.decode()


def test_text_of_the_data_cannot_name_a_template(monkeypatch, owner):
    def build(reader, given):
        return Contents("schools", "Schools", ["<!--live:base.html-->"])

    monkeypatch.setitem(views.PAGES, "schools", views.Page(build, "see_figures", asks=frozenset({"q"})))
    page = owner.get(reverse("schools"), {"q": "t"}).content.decode()
    assert "&lt;!--live:base.html--&gt;" in page


def test_a_role_of_another_school_changes_the_key(people):
    one, two = (Reader(people["owner"], ((Role.TEACHER, school),)) for school in ("Alder", "Birch"))
    from django.http import QueryDict

    assert kept_pages.key_of(one, "schools", QueryDict()) != kept_pages.key_of(two, "schools", QueryDict())


def test_a_name_that_no_form_asks_for_makes_no_other_page_and_stands_in_no_link(made, owner):
    pages = [owner.get(reverse("schools"), {f"x{n}": "strange", "q": "a"}).content.decode() for n in range(3)]
    assert len(made) == 1
    assert all("strange" not in page for page in pages)
