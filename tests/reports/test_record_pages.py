"""The pages on the public record, from a made-up country and from England's files."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.reports.example_report import Page
from tests.reports.small_country import HOSTILE, make_country
from upwards.actions.prepare_record_report import prepare_convergence_report, prepare_groups_report
from upwards.reports import convergence_contents, groups_contents
from upwards.reports.convergence_contents import SENTENCES
from upwards.reports.record_pages import render_convergence_page, render_groups_page

NAMES = ("convergence", "groups", "group")
SECTIONS = {
    "convergence": ["The answer", "What chance alone would show", "Inside regions", "London and the rest"],
    "groups": ["The answer", "Area by area", "What goes with it", "Counts beside the publisher's"],
    "group": ["Area by area", "Its schools", "The group"],
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = make_country(tmp_path_factory.mktemp("country") / "w")
    return {
        "convergence": prepare_convergence_report(folder),
        "groups": prepare_groups_report(folder, year=2019),
        "group": prepare_groups_report(folder, year=2019, group="T0"),
    }


def render(name: str, report: dict[str, Any]) -> str:
    return render_convergence_page(report) if name == "convergence" else render_groups_page(report)


@pytest.fixture(scope="module")
def htmls(reports: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: render(name, report) for name, report in reports.items()}


@pytest.fixture(scope="module")
def pages(htmls: dict[str, str]) -> dict[str, Page]:
    return {name: Page(html) for name, html in htmls.items()}


@pytest.fixture
def convergence(reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return copy.deepcopy(reports["convergence"])


@pytest.fixture
def groups(reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return copy.deepcopy(reports["groups"])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_runs(
    pages: dict[str, Page], htmls: dict[str, str], name: str
) -> None:
    page, html = pages[name], htmls[name]
    for tag, attributes in page.elements:
        for attribute in ("src", "srcset", "href", "action", "data", "poster"):
            value = attributes.get(attribute, "")
            assert not value or value.startswith(("data:image/svg+xml;base64,", "#")), (tag, attribute)
    assert "url(" not in html
    assert "@import" not in html
    assert not page.all("script")
    assert not [one for _, attributes in page.elements for one in attributes if one.startswith("on")]
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@pytest.mark.parametrize("name", NAMES)
def test_headings_and_landmarks_are_whole(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    wanted = [*SECTIONS[name], "The statistics behind it", "Sources"]
    assert [text for level, text in page.headings if level == 2] == wanted
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere_and_no_name_is_used_twice(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = [link["href"].removeprefix("#") for link in page.all("a")]
    wanted += [section["aria-labelledby"] for section in page.all("section")]
    assert set(wanted) <= set(names)


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_words_and_a_table_and_every_table_headings(
    pages: dict[str, Page], name: str
) -> None:
    page = pages[name]
    assert page.all("img")
    assert all(len(image["alt"]) > 30 for image in page.all("img"))
    assert len(page.all("figure")) == len(page.all("img"))
    assert all(cell["scope"] in ("row", "col") for cell in page.all("th"))
    for caption, rows in page.tables.items():
        assert {len(row) for row in rows} == {len(rows[0])}, caption
        assert all(rows[0]), caption
    scrolling = [a for _, a in page.elements if a.get("class") == "scroll"]
    assert len(scrolling) == len(page.all("table"))
    assert all(a["tabindex"] == "0" and a["role"] == "region" and a["aria-label"] for a in scrolling)


@pytest.mark.parametrize("name", NAMES)
def test_words_are_calm(pages: dict[str, Page], name: str) -> None:
    assert not re.search(
        r"\b(bottom|weak\w*|failing|worst|league|poor\w*|rank\w+ of)\b", pages[name].text.lower()
    )


@pytest.mark.parametrize("name", NAMES)
def test_names_from_a_stranger_stay_text(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert (HOSTILE in page.text) is (name != "convergence")
    for drawing in page.drawings():
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawing).iter()}
        assert tags <= {"svg", "g", "rect", "path", "line", "text", "title", "defs", "clipPath", "tspan"}


def test_the_same_report_makes_the_same_page(reports: dict[str, Any], htmls: dict[str, str]) -> None:
    assert render_convergence_page(reports["convergence"]) == htmls["convergence"]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out, where a test reads words and tables only."""
    for module in (convergence_contents, groups_contents):
        monkeypatch.setattr(module, "draw_figure", lambda *_: None)


# convergence


def test_the_title_answers_in_one_sentence_and_claims_no_rise_of_the_top(pages: dict[str, Page]) -> None:
    page = pages["convergence"]
    assert page.headings[0][1] == (
        "Progress in reading, Key Stage 1 to 2, 2015/16 to 2018/19: the differences between schools "
        "narrowed; whether the top rose cannot be told"
    )
    assert "no rise of the top, nor of all schools, can be told" in page.text
    assert not re.search(r"top (has )?ris(en|es)\b(?!\.)", page.text)


@pytest.mark.usefixtures("undrawn")
def test_every_state_has_its_sentence(convergence: dict[str, Any]) -> None:
    from upwards.measures.convergence_states import STATES

    assert set(SENTENCES) == set(STATES)
    for state in STATES:
        convergence["main"]["answers"][0]["state"] = state
        title = Page(render_convergence_page(convergence)).headings[0][1]
        assert "{" not in title
        assert "schools" in title


def test_the_spread_is_told_by_year_with_intervals(pages: dict[str, Page], reports: dict[str, Any]) -> None:
    (rows,) = [
        rows for caption, rows in pages["convergence"].tables.items() if caption.startswith("True spread")
    ]
    assert rows[0] == ["year", "with a figure", "spread", "from", "to"]
    assert [row[0] for row in rows[1:]] == ["2015/16", "2016/17", "2017/18", "2018/19"]
    first = reports["convergence"]["main"]["answers"][0]["spread"][0]
    assert rows[1][2:] == [f"{first[key]:.2f}" for key in ("sd", "lower", "upper")]


def test_change_by_quarter_stands_beside_fluctuation_alone(
    pages: dict[str, Page], reports: dict[str, Any]
) -> None:
    page = pages["convergence"]
    rows = page.tables["Change by starting quarter, seen and by fluctuation alone"]
    assert [row[0] for row in rows[1:]] == [
        "lowest quarter", "second quarter", "third quarter", "highest quarter",
    ]  # fmt: skip
    low = reports["convergence"]["main"]["answers"][0]["naive"][0]
    assert float(rows[1][5]) == pytest.approx(low["change"] - low["by_regression"], abs=0.006)
    assert "regression to the mean" in page.text


@pytest.mark.usefixtures("undrawn")
def test_groups_are_listed_by_name_with_both_spreads(
    pages: dict[str, Page], convergence: dict[str, Any]
) -> None:
    (rows,) = [
        r for caption, r in pages["convergence"].tables.items() if caption.startswith("Schools inside")
    ]
    assert rows[0][-2:] == ["spread 2015/16", "spread 2018/19"]
    assert [row[0] for row in rows[1:]] == ["London", "North & East"]
    inside = convergence["inside"]["answers"][1:]
    convergence["inside"]["answers"][1:] = [{**inside[0], "name": f"Area {n}"} for n in range(60, 0, -1)]
    page = Page(render_convergence_page(convergence))
    (rows,) = [r for caption, r in page.tables.items() if caption.startswith("Schools inside")]
    assert [row[0] for row in rows[1:]] == [f"Area {n}" for n in range(1, 61)]
    assert "All 60 regions, by name" in page.text


@pytest.mark.usefixtures("undrawn")
def test_a_spread_between_enough_groups_is_told_in_words(convergence: dict[str, Any]) -> None:
    convergence["inside"]["answers"][0] |= {"state": "narrowing", "reason": None, "text": "Means drew in."}
    assert "Between the regions themselves: Means drew in." in Page(render_convergence_page(convergence)).text


def test_a_region_has_two_charts_breaks_and_what_cannot_be_told(pages: dict[str, Page]) -> None:
    page = pages["convergence"]
    ids = [attributes["id"] for tag, attributes in page.elements if tag == "figure"]
    assert ids == ["fan", "naive", "less-than-good", "outstanding", "gap"]
    assert "From 2012/13: Satisfactory became Requires improvement" in page.text
    parts = page.tables["The gap in Progress 8, what goes with intake, and what remains"]
    assert [row[0] for row in parts[1:]] == [
        "the gap", "goes with attainment on entry", "goes with disadvantage", "goes with home language",
        "goes with ethnic group", "what remains",
    ]  # fmt: skip
    (same,) = [rows for caption, rows in page.tables.items() if caption.startswith("The same schools")]
    assert [row[0].split() for row in same[-2:]] == [["2015/16", "to", "2018/19"]] * 2
    assert [row[1:3] for row in same[-2:]] == [["London", "80"], ["elsewhere", "240"]]
    assert same[-2][3].startswith("0%")
    assert "What a programme did is not in these figures" in page.text
    assert "By kind of pupil (disadvantaged or not)" in page.text


@pytest.mark.usefixtures("undrawn")
def test_what_could_not_be_asked_says_why(convergence: dict[str, Any]) -> None:
    convergence["regions"] = {"region": "London", "refusal": "No inspections were imported."}
    convergence["inside"] = {"refusal": "There is no register."}
    page = Page(render_convergence_page(convergence))
    assert page.text.count("This cannot be answered yet.") == 2
    assert "No inspections were imported." in page.text
    assert "There is no register." in page.text


@pytest.mark.usefixtures("undrawn")
def test_a_gap_without_intake_says_why(convergence: dict[str, Any]) -> None:
    convergence["regions"]["gap"] = {"refusal": "Home language was not published."}
    page = Page(render_convergence_page(convergence))
    assert "Home language was not published." in page.text


@pytest.mark.usefixtures("undrawn")
def test_too_few_units_have_neither_fan_nor_quarters(convergence: dict[str, Any]) -> None:
    answer = convergence["main"]["answers"][0]
    answer |= {"levels": [], "naive": [], "naive_text": "", "by": "gap"}
    convergence["inside"] = None
    convergence["regions"]["gap"]["split"] = None
    convergence["main"]["norm_referenced"] = False
    page = Page(render_convergence_page(convergence))
    assert "The ends cannot be drawn" in page.text
    assert "Too few units have a first and a last figure" in page.text
    assert "By kind of pupil" not in page.text
    assert "norm-referenced" not in page.text
    assert page.headings[0][1].startswith(
        "Progress in reading, Key Stage 1 to 2, disadvantaged and other pupils"
    )


def test_settings_and_sources_are_one_click_away(pages: dict[str, Page], reports: dict[str, Any]) -> None:
    for name in NAMES:
        names = [row[0] for row in pages[name].tables["Settings used"][1:]]
        assert names == sorted(names)
        assert len(pages[name].tables["Files"]) == len(reports[name]["files"]) + 1
    assert pages["convergence"].tables["Changes and slopes, with 95% intervals"]


# groups


def test_how_many_are_high_performing_and_how_many_of_them_wrongly(
    pages: dict[str, Page], reports: dict[str, Any]
) -> None:
    page = pages["groups"]
    assert page.headings[0][1] == "30 groups of schools in 2018/19: 1 is high-performing in at least one area"
    rows = {row[0]: row[1:] for row in page.tables["Groups that are high-performing, by area"][1:]}
    assert rows["Reading at Key Stage 2"][1] == "1"
    assert rows["Financial position"] == ["0", "–", "–"]
    assert rows["Progress at Key Stage 4"] == ["30", "0", "–"]
    assert "about " in page.text


def test_an_area_that_is_not_published_says_so(pages: dict[str, Page]) -> None:
    assert "never filled with a middle value" in pages["groups"].text
    assert "No unique formula" in pages["groups"].text


def test_every_group_is_in_the_table_of_an_area_by_name(pages: dict[str, Page]) -> None:
    rows = pages["groups"].tables["Reading at Key Stage 2 by group"]
    assert rows[0][-2:] == ["the publisher's rule", "status"]
    assert [row[0] for row in rows[1:]] == [HOSTILE, *(f"Trust {n}" for n in range(1, 30))]


def test_counts_stand_beside_the_publishers_with_their_causes(pages: dict[str, Page]) -> None:
    rows = pages["groups"].tables["Groups and schools by the publisher's rule"]
    assert rows[4][:3] == ["KS2", "2018/19", "297"]
    assert "The register of 2019-06-01 shows who belonged that day" in pages["groups"].text


@pytest.mark.usefixtures("undrawn")
def test_inspections_are_listed_as_counts(groups: dict[str, Any]) -> None:
    for place, group in enumerate(groups["groups"]["groups"]):
        some = {
            "value": float(place % 2),
            "status": "measured",
            "schools": ["1"],
            "through_predecessor": ["1"],
        }
        group["areas"]["inadequate"] |= some if place % 2 else {"value": 0.0, "status": "measured"}
    next(s for s in groups["groups"]["spreads"] if s["area"] == "inadequate")["n_measured"] = 30
    groups["groups"]["predecessors"]["told"] = True
    page = Page(render_groups_page(groups))
    rows = page.tables["Schools judged inadequate by group"]
    assert [row[2:4] for row in rows[1:3]] == [["0", "–"], ["1", "1"]]
    groups["groups"]["predecessors"]["told"] = False
    rows = Page(render_groups_page(groups)).tables["Schools judged inadequate by group"]
    assert [row[2:4] for row in rows[1:3]] == [["0", "–"], ["1", "cannot be told"]]


@pytest.mark.usefixtures("undrawn")
def test_the_wrongly_named_of_an_area_are_a_range(groups: dict[str, Any]) -> None:
    reading = next(s for s in groups["groups"]["spreads"] if s["area"] == "ks2_reading_progress")
    reading |= {"expected_wrong": 0.4, "expected_wrong_upper": 1.4}
    rows = Page(render_groups_page(groups)).tables["Groups that are high-performing, by area"]
    assert rows[1][-1] == "0.4 to 1.4"


@pytest.mark.usefixtures("undrawn")
def test_how_many_may_be_wrong_at_most_is_told(groups: dict[str, Any]) -> None:
    groups["groups"] |= {"expected_wrong": 0.94, "expected_wrong_upper": 2.51}
    assert "about 0.9 will be wrong, and up to 2.5 where" in Page(render_groups_page(groups)).text


@pytest.mark.usefixtures("undrawn")
def test_a_year_in_which_none_is_high_performing_says_so(groups: dict[str, Any]) -> None:
    groups["groups"]["high_performing"] = []
    page = Page(render_groups_page(groups))
    assert page.headings[0][1] == "30 groups of schools in 2018/19: none is high-performing in an area"
    assert "namings" not in page.text


@pytest.mark.usefixtures("undrawn")
def test_without_associations_and_causes_the_page_is_whole(groups: dict[str, Any]) -> None:
    groups["groups"]["associations"] = []
    groups["groups"]["counts"] = []
    page = Page(render_groups_page(groups))
    assert "Why the counts differ" not in page.text


# one group


def test_a_group_stands_beside_the_publishers_rule(pages: dict[str, Page], reports: dict[str, Any]) -> None:
    page = pages["group"]
    assert page.headings[0][1] == f"{HOSTILE} in 2018/19"
    rows = {
        row[0]: row[1:] for row in page.tables["Estimates with 95% intervals, beside the publisher's rule"]
    }
    reading = rows["Reading at Key Stage 2, scaled score points"]
    ours = reports["group"]["group"]["areas"]["ks2_reading_progress"]
    assert reading[0].split() == [
        f"{ours['value']:.2f}",
        f"({ours['lower']:.2f}",
        "to",
        f"{ours['upper']:.2f})",
    ]
    assert reading[4] == "high-performing"
    assert reading[6] == "recomputed"
    assert rows["Financial position"] == ["–", "–", "–", "–", "not held", "–", "–"]
    assert reading[1].split()[0] == f"{ours['own_value']:.2f}"
    assert rows["Progress at Key Stage 4, grades per subject"][4] in ("not certain", "not high-performing")


def test_a_group_has_its_map_and_its_schools_with_distances(pages: dict[str, Page]) -> None:
    page = pages["group"]
    rows = page.tables[f"The schools of {HOSTILE}"]
    assert rows[0][3:] == ["km, straight line", "minutes"]
    assert [row[0] for row in rows[1:]] == [HOSTILE, "School 0", "School 2", "School 3"]
    assert [row[5] for row in page.tables["Schools of the group, by name"][1:]] == ["7"] * 4
    assert len(page.tables["Progress at Key Stage 4, school by school"]) == 5
    assert "more than an hour from every other" in page.text


@pytest.mark.usefixtures("undrawn")
def test_a_group_without_places_figures_or_with_refusals_is_told(reports: dict[str, Any]) -> None:
    report = copy.deepcopy(reports["group"])
    for school in report["group"]["schools"]:
        school["latitude"] = None
    area = report["group"]["areas"]["inadequate"]
    area |= {
        "value": 2.0,
        "status": "measured",
        "schools": ["100001", "100000"],
        "through_predecessor": ["100000"],
    }
    reading = report["scores"]["ks2_reading_progress"]
    reading["schools"] = [{**row, "effect": None, "lower": None, "upper": None} for row in reading["schools"]]
    report["scores"]["ks4_progress"] = {"refusal": "These figures are gone."}
    page = Page(render_groups_page(report))
    assert "There is no map" in page.text
    assert "none of its schools has a figure" in page.text
    assert "These figures are gone." in page.text
    assert page.tables["Schools judged inadequate, by name, and whose inspection it was"][1:] == [
        [HOSTILE, "its own"],
        ["School 0", "of the school that it continues"],
    ]
    report["scores"] = {}
    assert "What published figures tell of each school" not in Page(render_groups_page(report)).text


# England


def test_englands_pages_are_whole_and_not_too_large(england_workspace: Path) -> None:
    convergence = render_convergence_page(prepare_convergence_report(england_workspace, by="region"))
    groups = render_groups_page(prepare_groups_report(england_workspace, year=2019))
    assert len(convergence) < 1_000_000
    assert len(groups) < 3_000_000
    told, compared = Page(convergence), Page(groups)
    assert told.headings[0][1].endswith("narrowed; whether the top rose cannot be told")
    (regions,) = [rows for caption, rows in told.tables.items() if caption.startswith("Schools inside")]
    assert len(regions) == 10
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in told.text
    assert len(compared.tables["Reading at Key Stage 2 by group"]) == len(
        compared.tables["Characteristics, groups by name"]
    )
    assert not re.search(r"\bnan\b|\bNone\b|\bundefined\b", told.text + compared.text)
