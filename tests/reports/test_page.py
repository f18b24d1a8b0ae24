from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.reports.example_report import Page, example_report, line, team
from upwards.reports.page import render_page

ABOUT = {
    "title": "Five Rivers, 2019",
    "what": ["Results of 133 pupils."],
    "cannot_show": ["There is one cohort."],
    "attribution": "Nobody in particular.",
}
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>' & {{ 7 * 7 }} ]]>"


@pytest.fixture(scope="module")
def html() -> str:
    return render_page(example_report(), ABOUT)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_fetched_from_anywhere(page: Page, html: str) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "srcset", "href", "action", "data", "poster", "background"):
            value = attributes.get(name, "")
            assert not value or value.startswith(("data:image/svg+xml;base64,", "#")), (tag, name)
    assert "url(" not in html
    assert "@import" not in html
    for drawing in page.drawings():
        assert set(re.findall(r"https?://[^\"'\s<]+", drawing)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_the_page_has_no_script_and_forbids_it(page: Page) -> None:
    assert not page.all("script")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_headings_go_down_one_step_at_a_time_from_a_single_first(page: Page) -> None:
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [text for level, text in page.headings if level == 2] == [
        "What we have and how far it can be trusted",
        "The spread",
        "Who knows how",
        "Which stage",
        "The plan",
        "The statistics behind it",
        "Sources",
    ]


def test_landmarks_language_and_skip_link_are_there(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert all(section["aria-labelledby"] for section in page.all("section"))


def test_every_link_and_label_leads_somewhere_and_no_name_is_used_twice(page: Page) -> None:
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = [link["href"].removeprefix("#") for link in page.all("a")]
    wanted += [section["aria-labelledby"] for section in page.all("section")]
    assert set(wanted) <= set(names)


def test_every_picture_says_what_it_shows_and_has_its_table(page: Page) -> None:
    images = page.all("img")
    assert len(images) == 6
    assert all(len(image["alt"]) > 30 for image in images)
    assert len(page.all("figure")) == len(images)
    assert len([table for table in page.tables if table]) >= len(images)


def test_every_table_names_its_rows_and_columns(page: Page) -> None:
    assert all(cell["scope"] in ("row", "col") for cell in page.all("th"))
    for caption, rows in page.tables.items():
        assert {len(row) for row in rows} == {len(rows[0])}, caption
        assert all(heading for heading in rows[0]), caption


def test_a_table_that_scrolls_can_be_reached_by_keyboard(page: Page) -> None:
    scrolling = [a for _, a in page.elements if a.get("class") == "scroll"]
    assert len(scrolling) == len(page.tables)
    assert all(a["tabindex"] == "0" and a["role"] == "region" and a["aria-label"] for a in scrolling)


def test_text_is_dark_enough_on_its_ground(html: str) -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", html))
    for front, ground in (("ink", "paper"), ("soft", "paper"), ("mark", "paper"), ("ink", "shade")):
        assert contrast(colours[front], colours[ground]) >= 4.5, front


def test_words_that_belittle_are_not_used(page: Page) -> None:
    assert not re.search(r"\b(bottom|weak\w*|failing|worst|league|poor\w*)\b", page.text.lower())
    assert "this is not a ranking" in page.text


def test_the_tables_hold_the_figures_of_the_answers(page: Page) -> None:
    assert page.tables["Share of results that can be used"] == [
        ["subject", "stage", "share of results used"],
        ["reading", "3", "91%"],
        ["art", "all", "10%"],
    ]
    assert page.tables["True spread of each part"][1:] == [
        ["school", "between schools", "0.12", "0", "0.25"],
        ["year team", "between year teams", "0.38", "0.25", "0.50"],
        ["residual", "the rest", "0.75", "–", "–"],
    ]
    assert page.tables["Reading, 3: what each school added"][1:] == [
        ["Brook", "–", "–", "–", "–", "five pupils or fewer"],
        ["Hill", "40", "4.25", "2.25", "6.25", "–"],
        ["Lane", "40", "0.50", "−1.50", "2.50", "–"],
        ["Park", "40", "−3.75", "−5.75", "−1.75", "–"],
    ]
    assert page.tables["Hours by school"][1:] == [
        ["Hill", "18", "9"],
        ["Lane", "0", "9"],
        ["Moor", "9", "0"],
        ["Park", "0", "9"],
    ]


def test_small_counts_are_not_told(page: Page) -> None:
    assert "Left out: 5 or fewer × not a number; 5 or fewer × no school." in page.text
    assert "5 or fewer × intake 'prior' missing; 12 × score missing" in page.text


def test_the_figure_of_a_small_group_is_not_told(page: Page) -> None:
    rows = page.tables["reading, 3: what goes with the results"]
    assert [row[0] for row in rows] == ["term", "(Intercept)"]
    assert "91.2" not in page.text
    assert "not shown, because some groups are small" in page.text


def test_no_school_is_singled_out_by_its_disadvantaged_pupils(page: Page) -> None:
    (rows,) = [rows for caption, rows in page.tables.items() if caption.startswith("Disadvantaged")]
    assert rows[1:] == [["reading", "3", "−0.25", "−0.50", "0"]]


def test_the_plan_is_told_in_the_sentences_of_the_answer(page: Page) -> None:
    for each in example_report()["plan"]["lines"]:
        assert each["why"] in page.text
    assert "Brook: the hours are used up." in page.text


def test_what_is_under_way_stands_before_the_lines() -> None:
    report = example_report()
    line = {"why": "Reading at Brook works with Hill.", "hours_why": "5 hours of each are still to be given."}
    said = "1 partnership is under way and holds 10 hours of the coming cycle; the plan adds none."
    report["plan"] |= {"lines": [], "under_way": [line], "under_way_text": said}
    shown = Page(render_page(report, ABOUT)).text
    assert f"{said} {line['why']} {line['hours_why']}" in " ".join(shown.split())
    assert "Nothing is added to what is under way" in shown


def test_a_note_of_several_fits_is_said_once(page: Page) -> None:
    assert "art, all; reading, 3: No prior attainment." in page.text
    assert "Left out for want of prior attainment: art." in page.text


def test_settings_are_told_with_their_reasons(page: Page) -> None:
    names = [row[0] for row in page.tables["Settings used"][1:]]
    assert names == sorted(names)
    assert ["bright_spot.certainty", "0.80", "probability", "as agreed", "judgement"] in page.tables[
        "Settings used"
    ]


def test_the_same_report_makes_the_same_page(html: str) -> None:
    assert render_page(example_report(), ABOUT) == html


def test_names_from_a_stranger_stay_text() -> None:
    report = example_report()
    strange = ("Hill", "Five Rivers", "results.csv", "reading", "art")
    replace_everywhere(report, dict.fromkeys(strange, HOSTILE))
    page = Page(render_page(report))
    assert not page.all("script")
    assert len(page.all("img")) == 6
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) > 10
    assert any(HOSTILE in image["alt"] for image in page.all("img"))
    for drawing in page.drawings():
        root = ElementTree.fromstring(drawing)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "rect", "path", "line", "text", "title", "defs", "clipPath"}
        assert not [
            name for e in root.iter() for name in e.attrib if name.rpartition("}")[2] in ("href", "onerror")
        ]
    assert any("<script>" in "".join(ElementTree.fromstring(d).itertext()) for d in page.drawings())


def test_a_workspace_without_a_description_is_called_by_its_name() -> None:
    page = Page(render_page(example_report()))
    assert page.headings[0] == (1, "Five Rivers: from results to a plan")
    assert "after 1 erasure." in page.text


def test_questions_that_cannot_be_answered_say_why() -> None:
    report = example_report()
    for name in ("value_added", "disparity", "bright_spots", "stage", "plan"):
        report[name] = {"refusal": f"All results are of one school ({name})."}
    page = Page(render_page(report))
    assert page.text.count("This cannot be answered yet.") == 5
    assert "All results are of one school (plan)." in page.text
    assert not page.all("img")
    assert "and the school are known." in page.text
    assert "gets no score" not in page.text


def test_empty_lists_are_answers() -> None:
    report = example_report()
    report["bright_spots"] |= {"named": [], "offered": []}
    report["plan"] |= {"lines": [], "unserved": []}
    report["stage"]["schools"] = []
    report["disparity"] |= {"schools": [], "disadvantage": [], "shares": [], "text": []}
    report["disparity"]["spreads"] = report["disparity"]["spreads"][:1]
    report["value_added"]["answers"][0]["units"] = []
    report["snapshot"]["files"][0]["rejected"] = {}
    page = Page(render_page(report))
    assert "No team is on the list." in page.text
    assert "No partnership is worth its hours here" in page.text
    assert "The results name no departments, year teams or classes" in page.text
    assert len(page.all("img")) == 2


def test_a_table_too_long_for_a_page_says_where_the_rest_is() -> None:
    report = example_report()
    report["plan"]["lines"] = [line(f"Hill {i}", f"Park {i}") for i in range(350)]
    report["bright_spots"]["offered"] = [team(f"Moor {i}", "provisional", 0.8 + i / 1000) for i in range(60)]
    page = Page(render_page(report))
    assert len(page.tables["Partnerships"]) == 301
    assert "The first 300 of 350 rows. All of them: upwards plan --format csv" in page.text
    assert "The 40 surest of 61." in page.text
    assert "The 40 schools with most hours, of 700." in page.text


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def replace_everywhere(tree: Any, names: dict[str, str]) -> Any:
    """Replace texts inside an answer, in place."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            replace_everywhere(value, names)
        elif isinstance(value, str):
            for old, new in names.items():
                if value == old or (old == "Hill" and old in value):
                    tree[key] = value.replace(old, new)
    return tree
