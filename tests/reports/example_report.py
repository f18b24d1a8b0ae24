"""A small report with every part filled in, as `prepare_report` returns it, and a reader of pages."""

from __future__ import annotations

import base64
import copy
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))


def example_report() -> dict[str, Any]:
    return copy.deepcopy(REPORT)


def setting(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "reason": "as agreed", "source": "judgement", "date": None}


def unit(school: str, effect: float | None, hidden: str | None = None) -> dict[str, Any]:
    known = effect is not None
    return {
        "level": "school",
        "unit": school,
        "path": [school],
        "term": "(Intercept)",
        "n": 40 if known else None,
        "effect": effect,
        "lower": None if effect is None else effect - 2.0,
        "upper": None if effect is None else effect + 2.0,
        "coverage": 0.9 if known else None,
        "hidden": hidden,
    }


def team(school: str, status: str, certainty: float) -> dict[str, Any]:
    return {
        "school": school,
        "subject": "reading",
        "stage": "3",
        "status": status,
        "reasons": [],
        "certainty": certainty,
    }


def line(provider: str, recipient: str) -> dict[str, Any]:
    return {
        "subject": "reading",
        "provider_school": provider,
        "provider_stage": "2",
        "recipient_school": recipient,
        "recipient_stage": "3",
        "kind": "coaching",
        "hours_each": 9.0,
        "why": f"Reading, stage 3, at {recipient}: {provider}'s stage 2 team knows how.",
    }


FIT = {
    "method": "reml",
    "log_likelihood": -123.456,
    "n_pupils": 118,
    "left_out": {"intake 'prior' missing": 3, "score missing": 12},
    "converged": True,
    "singular": False,
    "dropped_terms": [],
    "coefficients": [
        {"term": "(Intercept)", "estimate": 1.5, "se": 0.25, "lower": 1.0, "upper": 2.0},
        {"term": "ethnicityO", "estimate": 91.25, "se": 40.0, "lower": 11.0, "upper": 171.0},
    ],
    "variance_components": [
        {"level": "school", "term": "(Intercept)", "sd": 3.5, "lower": 2.5, "upper": 4.75},
        {"level": "residual", "term": None, "sd": 7.25, "lower": 7.0, "upper": 7.5},
    ],
}

REPORT: dict[str, Any] = {
    "schema": "upwards.report/1",
    "workspace": "Five Rivers",
    "version": "0.1.0",
    "small_counts": 5,
    "snapshot": {
        "id": "000001-abcdef01",
        "created": "2026-11-22T05:50:25+00:00",
        "erasures": 1,
        "files": [
            {
                "file": "results.csv",
                "table": "results",
                "sha256": "ab" * 32,
                "n_in": 140,
                "n_kept": 133,
                "rejected": {"not a number": 3, "no school": 4},
                "imported": "2026-11-21T05:50:25+00:00",
            }
        ],
    },
    "value_added": {
        "settings": {"coverage.minimum": setting(0.7, "share")},
        "answers": [
            {
                "by": {"subject": "reading", "stage": "3"},
                "coverage": 0.912,
                "intake": ["prior"],
                "notes": [],
                "refusal": None,
                "origin": {"period": ["2018/19"]},
                "fit": FIT,
                "units": [
                    unit("Hill", 4.25),
                    unit("Park", -3.75),
                    unit("Lane", 0.5),
                    unit("Brook", None, "five pupils or fewer"),
                ],
                "warnings": ["Take care."],
                "withheld": {"personal units": 7},
            },
            {
                "by": {"subject": "art", "stage": "all"},
                "coverage": 0.1,
                "intake": [],
                "notes": ["No prior attainment."],
                "refusal": "Fewer than 30 results have a score: too few to tell anything.",
                "fit": None,
                "units": [],
                "warnings": [],
                "withheld": {},
            },
        ],
    },
    "disparity": {
        "settings": {"share_within.gap": setting(0.2, "pupil SD")},
        "notes": ["art, all: No prior attainment.", "reading, 3: No prior attainment."],
        "interval_level": 0.95,
        "spreads": [
            {"part": "school", "meaning": "between schools", "sd": 0.125, "lower": 0.0, "upper": 0.25},
            {"part": "year team", "meaning": "between year teams", "sd": 0.375, "lower": 0.25, "upper": 0.5},
            {"part": "residual", "meaning": "the rest", "sd": 0.75, "lower": None, "upper": None},
        ],
        "shares": [{"what": "the part inside schools", "share": 0.9, "lower": 0.5, "upper": 0.999}],
        "schools": [
            {"school": "Hill", "subject": None, "gap": 0.625, "lower": 0.25, "upper": 1.0, "p_even": 0.03,
             "n_teams": 4},
            {"school": "Park", "subject": None, "gap": 0.125, "lower": -0.25, "upper": 0.5, "p_even": 0.7,
             "n_teams": 3},
            {"school": "Park", "subject": "reading", "gap": 0.375, "lower": 0.0, "upper": 0.75, "p_even": 0.2,
             "n_teams": 2},
        ],
        "disadvantage": [
            {"subject": "reading", "stage": "3", "school": None, "gap": -0.25, "lower": -0.5, "upper": 0.0},
            {"subject": "reading", "stage": "3", "school": "Park", "gap": -0.875, "lower": -1.5, "upper": 0},
        ],
        "text": ["About 90% of the spread lies inside schools."],
    },
    "bright_spots": {
        "settings": {"bright_spot.certainty": setting(0.8, "probability")},
        "notes": [],
        "teams": [team("Hill", "bright spot", 0.93), team("Lane", "not likely enough", 0.4)],
        "named": [team("Hill", "bright spot", 0.93)],
        "offered": [team("Moor", "provisional", 0.85)],
        "rule": {"certainty": 0.8},
        "text": ["One team is a bright spot."],
    },
    "stage": {
        "settings": {},
        "notes": [],
        "schools": [
            {"school": "Hill", "subject": None, "stage": "leaders decide", "why": "Over all: cannot tell."},
            {"school": "Hill", "subject": "reading", "stage": "share within", "why": "Hill: it is inside."},
            {"school": "Park", "subject": "reading", "stage": "link out", "why": "Park: it is outside."},
        ],
        "text": ["Schools by subject: share within: 1, link out: 1."],
    },
    "plan": {
        "settings": {"transfer.coaching": setting(0.2, "share of the gap")},
        "notes": ["Left out for want of prior attainment: art."],
        "lines": [line("Hill", "Park"), line("Hill", "Hill"), line("Moor", "Lane")],
        "unserved": [
            {"school": "Brook", "subject": "reading", "stage": "3", "why": "Brook: the hours are used up."}
        ],
        "limits_used": [
            {"name": "total hours", "unit": "hours", "limit": 54.0, "used": 54.0, "left": 0.0,
             "teams_at_limit": None},
            {"name": "money", "unit": "money", "limit": None, "used": 0.0, "left": None,
             "teams_at_limit": None},
        ],
        "reserve": {"why": "Nothing is kept."},
        "totals": {},
        "text": ["3 partnerships for 3 teams."],
    },
}  # fmt: skip


class Page(HTMLParser):
    """What a page holds: its elements in order, its text, and the text of each table."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[tuple[int, str]] = []
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in VOID:
            return
        self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"
        if tag == "table":
            assert self._caption.strip(), "a table without a caption"
            self.tables[self._caption.strip()] = self._rows

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "caption" in self._open:
            self._caption += data
        elif self._open and self._open[-1] in ("th", "td"):
            self._rows[-1][-1] += data.strip()
        elif self._open and self._open[-1] in ("h1", "h2", "h3"):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def drawings(self) -> list[str]:
        """Return the SVG text of every image."""
        sources = [image["src"] for image in self.all("img")] + [s["srcset"] for s in self.all("source")]
        head = "data:image/svg+xml;base64,"
        assert all(source.startswith(head) for source in sources)
        return [base64.b64decode(source.removeprefix(head)).decode() for source in sources]
