"""What stands on the page on convergence: the answer in one sentence, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upwards.charts.comparisons import draw_naive, draw_region_gap
from upwards.charts.years import draw_fan, draw_regions
from upwards.core.name_order import in_order
from upwards.core.shares import as_share
from upwards.reports.figures import Figure, draw_figure
from upwards.reports.wording import NO_BREAK, as_interval, as_prose, as_school_year

Answer = Mapping[str, Any]
OPEN_ROWS = 40
SHARES = ("less_than_good", "outstanding")

SENTENCES = {
    "converging upwards": "{whom} drew closer together and the top rose",
    "converging by the top falling": "{whom} drew closer together while the top fell",
    "both rising but apart": "both ends rose, and the differences between {whom} grew",
    "spreading": "{whom} moved further apart",
    "narrowing": "the differences between {whom} narrowed; whether the top rose cannot be told",
    "widening": "the differences between {whom} widened; whether the top rose cannot be told",
    "no detectable change": "no change in the differences between {whom} can be told from chance",
    "cannot be told": "whether {whom} drew closer together cannot be told",
}


def describe_convergence_page(report: Answer) -> dict[str, Any]:
    """Return everything that the page on convergence shows.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_record_report.prepare_convergence_report`.

    Returns
    -------
    dict
        One entry per section.
    """
    main = report["main"]
    answer = main["answers"][0]
    return {
        "title": _title(main, answer),
        "main": main,
        "answer": answer,
        "fan": draw_figure("fan", f"{main['title']}: the ends and the middle, true levels",
                           lambda width: draw_fan(answer, unit=main["unit"], width=width)),
        "spread": [{**row, "year": as_school_year(row["year"]), "n": n}
                   for row, n in zip(answer["spread"], answer["n"], strict=True)],
        "naive": draw_figure("naive", "Change by starting quarter, seen and by fluctuation alone",
                             lambda width: draw_naive(answer["naive"], unit=main["unit"], width=width)),
        "slopes": _slopes(answer, main["unit"], norm_referenced=main["norm_referenced"]),
        "inside": _inside(report["inside"]),
        "regions": _regions(report["regions"]),
        "settings": _settings(report),
        "notes": _notes(report),
    }  # fmt: skip


def _title(main: Answer, answer: Answer) -> str:
    is_gap = answer["by"] == "gap"
    whom, of = ("the gaps inside schools", ", disadvantaged and other pupils") if is_gap else ("schools", "")
    said = SENTENCES[answer["state"]].format(whom=whom)
    first, last = (as_school_year(answer["years"][place]) for place in (0, -1))
    return f"{main['title']}{of}, {first} to {last}: {said}"


def _slopes(answer: Answer, unit: str, *, norm_referenced: bool) -> list[dict[str, Any]]:
    """List what lies behind the state; what only holds for intervals has none."""
    rows = [
        ("change of the true spread, as a share of it", answer["relative_change"]),
        *([] if norm_referenced else [(f"change of the top, {unit}", answer["top_change"])]),
        (f"towards the mean at either end beyond fluctuation, {unit}", answer["gain_beyond"]),
        (f"the same by fluctuation alone, {unit}", {"estimate": answer["stationary_gain"]}),
        ("change for one unit more at the start, what lasts", _slope(answer, "persistent_slope")),
        ("the same in a system that only fluctuates", _slope(answer, "stationary_slope")),
        (f"change of the mean, {unit}", answer["mean_change"]),
        ("probability that the spread is smaller", {"estimate": answer["p_narrowing"]}),
        (
            "the same of those with figures in the first and the last year",
            {"estimate": answer["checks"]["p_narrowing_both_ends"]},
        ),
        (
            "the same in pupil standard deviations of the year",
            {"estimate": answer["checks"]["p_narrowing_in_pupil_sd"]},
        ),
        (
            "fall of the spread found in 80% of cases, as a share",
            {"estimate": answer["detectable_narrowing"]},
        ),
    ]
    return [{"what": what, "lower": None, "upper": None, **one} for what, one in rows]


def _slope(answer: Answer, name: str) -> dict[str, Any]:
    return {"estimate": answer[name], **answer[f"{name}_interval"]}


def _inside(found: Answer | None) -> dict[str, Any] | None:
    if found is None or "refusal" in found:
        return None if found is None else {"refusal": found["refusal"], "words": "groups"}
    groups = sorted(
        (one for one in found["answers"] if one["group"] is not None),
        key=lambda one: in_order(str(one["name"])),
    )
    words = {"region": "regions", "authority": "authorities", "trust": "trusts"}[found["by"]]
    return {
        "refusal": None,
        "words": words,
        "between": found["answers"][0],
        "counts": found["text"][1:],
        "long": len(groups) > OPEN_ROWS,
        "rows": [
            {
                "name": one["name"],
                "n_units": one["n_units"],
                "state": one["state"] + ("; fluctuation borrowed" if one["borrowed"] else ""),
                "p_state": one["p_state"],
                "first": _spread(one["spread"][0]),
                "last": _spread(one["spread"][-1]),
                "why": one["reason"],
            }
            for one in groups
        ],
    }


def _spread(row: Answer) -> str:
    return as_interval(row["sd"], row["lower"], row["upper"])


def _regions(found: Answer) -> dict[str, Any]:
    if "refusal" in found:
        return {"refusal": found["refusal"], "region": found["region"]}
    shares, breaks, gap = found["inspections"], found["breaks"], found["gap"]

    def figure(of: str, title: str) -> Figure | None:
        return draw_figure(
            of.replace("_", "-"),
            f"{title}: {found['region']} and elsewhere",
            lambda width: draw_regions(shares, of=of, breaks=breaks, width=width),
        )

    return {
        "refusal": None,
        "region": found["region"],
        "text": [line for line in found["text"] if not any(one["text"] in line for one in breaks)],
        "same_schools": [row for one in found["same_schools"] for row in _same_schools(one)],
        "breaks": [{**one, "year": as_school_year(one["year"])} for one in breaks],
        "figures": [
            one
            for one in (
                figure("less_than_good", "Inspected schools less than good"),
                figure("outstanding", "Inspected schools outstanding"),
            )
            if one is not None
        ],
        "gap": gap,
        "gap_year": as_school_year(gap["year"]) if "year" in gap else "",
        "gap_title": found.get("gap_title", ""),
        "gap_unit": found.get("gap_unit", ""),
        "gap_figure": draw_figure(
            "gap", f"The gap in {found.get('gap_title')}, what goes with intake, and what remains",
            lambda width: draw_region_gap(gap, unit=found["gap_unit"], width=width),
        ) if "parts" in gap else None,
        "notes": found["notes"],
    }  # fmt: skip


def _same_schools(stretch: Answer) -> list[dict[str, str]]:
    """Set both ends of a stretch of years side by side, for the same schools of each part."""
    return [
        {
            "years": f"{as_school_year(one['year'])} to {as_school_year(other['year'])}".replace(
                " ", NO_BREAK
            ),
            "part": one["part"],
            "n_schools": one["n_schools"],
            **{
                f"{of}_{end}": _share(row[of])
                for of in SHARES
                for end, row in (("first", one), ("last", other))
            },
        }
        for one, other in zip(stretch["first"], stretch["last"], strict=True)
    ]


def _share(share: Answer) -> str:
    ends = (as_share(share[key]) for key in ("value", "lower", "upper"))
    return "{} ({} to {})".format(*ends).replace(" ", NO_BREAK)


def _settings(report: Answer) -> dict[str, Any]:
    return dict(sorted(report["main"]["settings"].items()))


def _notes(report: Answer) -> list[str]:
    """Return what a reader must know of the figures, each once."""
    inside = report["inside"] or {}
    said = [*report["main"]["notes"], *inside.get("notes", []), *report["regions"].get("notes", [])]
    return [as_prose(note) for note in dict.fromkeys(said)]
