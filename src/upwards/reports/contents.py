"""What stands in each section of the page: sentences first, then pictures and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upwards.charts.bars import draw_coverage, draw_hours, draw_spread, fit_name
from upwards.charts.intervals import draw_caterpillar, draw_certainty, draw_school_gaps
from upwards.reports.figures import NARROW, WIDE, Figure, draw_figure
from upwards.reports.settings_used import setting_used

SMALL_GROUPS = ("ethnicity", "sen")
INSIDE = ("year team", "department", "team")

Answer = Mapping[str, Any]


def describe_contents(report: Answer) -> dict[str, Any]:
    """Return everything that the page's template shows.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_report`.

    Returns
    -------
    dict
        One entry per section, and ``settings``: every setting used, with its reason.
    """
    return {
        "trust": _trust(report),
        "spread": _spread(report),
        "who": _who(report),
        "where": _where(report),
        "plan": _plan(report),
        "settings": _settings(report),
        "years": _years(report),
    }


def _trust(report: Answer) -> dict[str, Any]:
    added = report["value_added"]
    answers = added.get("answers", [])
    minimum = setting_used(added, "coverage.minimum") if answers else None
    fits = []
    for answer in answers:
        units = [u for u in answer["units"] if u["level"] == "school"]
        fits.append(
            {
                **answer,
                "name": fit_name(answer["by"]),
                "coefficients": _coefficients(answer),
                "shown": sum(u["hidden"] is None for u in units),
                "hidden": _tally(_why_hidden(u["hidden"]) for u in units if u["hidden"] is not None),
            }
        )
    figure = draw_figure(
        "coverage", "Share of results that can be used",
        lambda width: draw_coverage(answers, minimum=minimum, width=width) if minimum is not None else None,
    )  # fmt: skip
    notes = _notes(report)
    return {
        "refusal": added.get("refusal"),
        "fits": fits,
        "figure": figure,
        "minimum": minimum,
        "notes": notes,
    }


def _coefficients(answer: Answer) -> list[Answer]:
    """Leave out terms of small groups: the figure of a group of one is that pupil's result."""
    rows = answer["fit"]["coefficients"] if answer["fit"] else []
    return [row for row in rows if not row["term"].startswith(SMALL_GROUPS)]


def _spread(report: Answer) -> dict[str, Any]:
    found = report["disparity"]
    if "refusal" in found:
        return {"refusal": found["refusal"]}
    worth = setting_used(found, "share_within.gap")
    over_all = [row for row in found["schools"] if row["subject"] is None]
    parts = {row["part"] for row in found["spreads"]}
    return {
        "refusal": None,
        "text": found["text"],
        "inside": bool(parts & {*INSIDE}),
        "shares": found["shares"],
        "disadvantage": [row for row in found["disadvantage"] if row["school"] is None],
        "figure": draw_figure(
            "spread", "True spread of each part",
            lambda width: draw_spread(found["spreads"], level=found["interval_level"], width=width),
        ),
        "gaps": draw_figure(
            "gaps", "Gap between the best team and the others, inside each school",
            lambda width: draw_school_gaps(over_all, worth_sharing=worth, width=width),
        ),
        "caterpillars": _caterpillars(report),
    }  # fmt: skip


def _caterpillars(report: Answer) -> list[Figure]:
    """Draw each fit and level: small side by side, or wide where there is one only."""
    wanted = [
        (f"{fit_name(answer['by'])}: what each {level} added", level, answer["units"])
        for answer in report["value_added"].get("answers", [])
        for level in dict.fromkeys(unit["level"] for unit in answer["units"])
    ]
    found: list[Figure] = []
    for title, level, rows in wanted:
        units = [u for u in rows if u["level"] == level and u["term"] == "(Intercept)"]
        wide = draw_caterpillar(units, of=level, width=WIDE if len(wanted) == 1 else NARROW)
        narrow = draw_caterpillar(units, of=level, width=NARROW)
        if wide is not None and narrow is not None:
            small = narrow if len(wanted) == 1 else None
            title = title[:1].upper() + title[1:]
            found.append(Figure(f"units-{len(found) + 1}", title, wide, small))
    return found


def _who(report: Answer) -> dict[str, Any]:
    found = report["bright_spots"]
    if "refusal" in found:
        return {"refusal": found["refusal"]}
    listed = [*found["named"], *found["offered"]]
    return {
        "refusal": None,
        "text": found["text"],
        "listed": listed,
        "statuses": _tally(team["status"] for team in found["teams"]),
        "figure": draw_figure(
            "certainty", "How sure each team on the list is",
            lambda width: draw_certainty(listed, threshold=found["rule"]["certainty"], width=width),
        ),
    }  # fmt: skip


def _where(report: Answer) -> dict[str, Any]:
    found = report["stage"]
    if "refusal" in found:
        return {"refusal": found["refusal"]}
    by_subject = [row for row in found["schools"] if row["subject"] is not None]
    return {
        "refusal": None,
        "text": found["text"],
        "counts": dict.fromkeys(STAGES, 0) | _tally(row["stage"] for row in by_subject),
        "meaning": STAGES,
        "schools": by_subject,
    }


STAGES = {
    "share within": "The school's teams differ, and one of them knows how. "
    "The knowledge is inside: start there.",
    "link out": "The school's teams are even and not high, or it has a single one that is not high: "
    "the knowledge is outside. One partner at a time.",
    "grow the top": "High and even compared with an outside reference: peers at the same level, research, "
    "structured innovation, expert coaches, and supporting others.",
    "leaders decide": "The results cannot tell. The people who know the school decide.",
}


def _plan(report: Answer) -> dict[str, Any]:
    found = report["plan"]
    if "refusal" in found:
        return {"refusal": found["refusal"]}
    return {
        "refusal": None,
        "under_way": [f"{one['why']} {one['hours_why']}" for one in found.get("under_way", ())],
        "under_way_text": found.get("under_way_text", ""),
        **{name: found[name] for name in ("text", "lines", "unserved", "limits_used", "reserve", "totals")},
        "figure": draw_figure(
            "hours", "Hours by school", lambda width: draw_hours(found["lines"], width=width)
        ),
    }


def _settings(report: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("value_added", "disparity", "bright_spots", "stage", "plan"):
        found |= report[name].get("settings", {})
    return dict(sorted(found.items()))


def _notes(report: Answer) -> list[str]:
    """Return what a reader must know of all answers, each once, the same note of several fits together."""
    said = [note for name in ("disparity", "bright_spots", "plan") for note in report[name].get("notes", [])]
    together: dict[str, list[str]] = {}
    for note in dict.fromkeys(said):
        fit, mark, rest = note.partition(": ")
        together.setdefault(rest if mark else note, []).extend([fit] if mark else [])
    return [f"{'; '.join(fits)}: {note}" if fits else note for note, fits in together.items()]


def _years(report: Answer) -> list[str]:
    origins = [a["origin"] for a in report["value_added"].get("answers", []) if "origin" in a]
    return sorted({year for origin in origins for year in origin["period"]})


def _why_hidden(reason: str) -> str:
    """Say why in the same words for every school, so that the reasons can be counted."""
    return "too few of their results can be used" if reason.startswith("only ") else reason


def _tally(values: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts
