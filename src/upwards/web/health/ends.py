"""Disparity and the top: what the kept answers say, over which years, and what they cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upwards.reports.wording import as_interval, as_prose, as_school_year
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import Waiting, ask_or_reason
from upwards.web.answers import TooManyAsked, workspace_facts
from upwards.web.jobs.models import State

WAITS = "This is being computed. Open the page again in a minute."


@dataclass(frozen=True, slots=True)
class Ends:
    """What the results say about disparity and the top.

    Attributes
    ----------
    said
        Sentences.
    years
        One row per year with spread and top, each with its interval; empty where a trend is not known.
    measure
        What the years are about.
    top
        Whether the top rises: True, False, or None where it cannot be told.
    """

    said: list[str]
    years: Sequence[Mapping[str, Any]] = ()
    measure: str = ""
    top: bool | None = None


def answer_now(reader: Reader, question: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the kept answer, or ``{"refusal"}`` with why there is none now; the page does not wait."""
    try:
        return ask_or_reason(reader, question, arguments)
    except Waiting as waiting:
        return {"refusal": waiting.job.message if waiting.job.state == State.FAILED else WAITS}
    except TooManyAsked:
        return {"refusal": WAITS}


def bright_spots(reader: Reader) -> tuple[list[Mapping[str, Any]] | None, str]:
    """Return the teams on today's list, or None and why there is no list."""
    if not workspace_facts()["tables"].get("results"):
        return None, "No results are imported: who knows how cannot be told."
    found = answer_now(reader, "bright-spots")
    if "refusal" in found:
        return None, f"Who knows how cannot be told now. {found['refusal']}"
    return [*found["named"], *found["offered"]], ""


def ends(reader: Reader) -> Ends:
    inside = _inside(reader)
    if not workspace_facts()["tables"].get("school_measures"):
        return Ends(
            [
                *inside,
                "Whether disparity narrows and the top rises over the years cannot be told: no published "
                "figures of schools over several years are imported.",
            ]
        )
    held = answer_now(reader, "record")
    if not held.get("measures"):
        return Ends([*inside, held.get("refusal", "No measure that can be followed is imported.")])
    found = answer_now(reader, "convergence", {"measure": held["measures"][0]["measure"], "by": "system"})
    if "refusal" in found:
        return Ends([*inside, f"Whether the ends draw closer cannot be told now. {found['refusal']}"])
    return _over_years(inside, found)


def _inside(reader: Reader) -> list[str]:
    """Say how large the spread of our own results is; one figure over all years, so no trend."""
    if not workspace_facts()["tables"].get("results"):
        return []
    found = answer_now(reader, "disparity")
    if "refusal" in found:
        return [f"Disparity in our own results cannot be told now. {found['refusal']}"]
    parts = {str(one["part"]): one for one in found["spreads"]}
    said = [
        f"{words}: {as_interval(one['sd'], one['lower'], one['upper'])} pupil SD"
        for part, words in (("school", "between schools"), ("department", "between departments of a school"))
        if (one := parts.get(part)) is not None
    ]
    if not said:
        return ["Disparity in our own results cannot be told: too few schools or departments have a score."]
    return [
        f"True spread in our own results, all years together, with 95% intervals: {'; '.join(said)}. "
        "One figure over all years shows no trend."
    ]


def _over_years(inside: list[str], found: Mapping[str, Any]) -> Ends:
    main = found["answers"][0]
    top_is_known = not found["norm_referenced"] and bool(main["levels"])
    tops = {one["year"]: one["top"] for one in main["levels"]} if top_is_known else {}
    years = [
        {
            "year": as_school_year(one["year"]),
            "spread": one["sd"],
            "lower": one["lower"],
            "upper": one["upper"],
            "top": tops.get(one["year"], {}).get("estimate"),
            "top_lower": tops.get(one["year"], {}).get("lower"),
            "top_upper": tops.get(one["year"], {}).get("upper"),
        }
        for one in main["spread"]
    ]
    over = f"{years[0]['year']} to {years[-1]['year']}" if years else "no year"
    about = f"{found['title']}, {main['n_units']:,} {main['units']}, {over}, {found['unit']}"
    top, said = _top(main, found, top_is_known, over)
    return Ends([*inside, f"{as_prose(str(main['text']))} ({about}.)", said], years, about, top)


def _top(
    main: Mapping[str, Any], found: Mapping[str, Any], is_known: bool, over: str
) -> tuple[bool | None, str]:
    change = main["top_change"]
    if not is_known or change["lower"] is None or change["upper"] is None:
        why = (
            "its national mean is fixed every year, so a rise of the top cannot be told from it"
            if found["norm_referenced"]
            else "too little is known of the top"
        )
        return None, f"Whether the top rises cannot be told: {why}."
    amount = as_interval(change["estimate"], change["lower"], change["upper"])
    if change["lower"] > 0 or change["upper"] < 0:
        rises = change["lower"] > 0
        return rises, f"The top {'rose' if rises else 'fell'} over {over}: {amount} {found['unit']}."
    return None, f"Whether the top rises cannot be told: its change over {over} is {amount} {found['unit']}."
