"""A comparison of groups in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from upwards.measures.associations import Explained
from upwards.measures.group_areas import MEASURED, NOT_HELD, Area
from upwards.measures.groups import GroupComparison

NO_FORMULA = (
    "No unique formula: no characteristic goes with any area once all {n} associations are looked at "
    "together."
)
ASSOCIATIONS = (
    "Associations say what goes with what among these groups, not what makes the difference: groups choose, "
    "and are given, their schools."
)
NO_TABLE = (
    "Groups are listed by name: intervals of most overlap, so that an order of merit would be an order of "
    "chance."
)
AREA_WORDS = {
    "ks2_reading_progress": "reading at Key Stage 2",
    "ks2_writing_progress": "writing at Key Stage 2",
    "ks2_maths_progress": "mathematics at Key Stage 2",
    "ks4_progress": "progress at Key Stage 4",
    "improvement": "improvement over time",
    "disadvantaged": "disadvantaged pupils",
    "inadequate": "schools judged inadequate",
    "finance": "financial position",
}
OF_KS2, OF_KS4 = ("the performance tables of the year, Key Stage " + stage for stage in "24")
TO_IMPORT = {
    "ks2_reading_progress": OF_KS2,
    "ks2_writing_progress": OF_KS2,
    "ks2_maths_progress": OF_KS2,
    "ks4_progress": OF_KS4,
    "improvement": "the performance tables of the year and of those before it",
    "disadvantaged": "the performance tables of the year with the progress of disadvantaged pupils",
    "inadequate": "outcomes of inspections up to the end of the year",
    "finance": "the academies accounts return (AAR) of the year",
}


def lines_on_screen(answer: Mapping[str, Any]) -> list[str]:
    """Return the sentences of an answer for a screen: counts beside the publisher's of the asked year only.

    Parameters
    ----------
    answer
        From `upwards.measures.groups_answer.groups_to_dict`.

    Returns
    -------
    list of str
    """
    earlier = {_said_of_count(one) for one in answer["counts"] if one["year"] != answer["year"]}
    text = list(answer["text"])
    kept = [line for line in text if line not in earlier]
    if len(kept) < len(text):
        kept.insert(kept.index(NO_TABLE), "Counts of earlier years beside the publisher's: --format json.")
    return kept


def say_of_groups(
    found: GroupComparison, high: list[dict[str, Any]], wrong: Mapping[str, tuple[float, float]]
) -> Iterator[str]:
    """Say what was found: who is compared, each area, and what goes with it.

    Parameters
    ----------
    found
        The comparison.
    high
        Groups named high-performing, one row an area.
    wrong
        Per area how many of them will be wrong: by the model, and at most.

    Yields
    ------
    str
        `NO_TABLE` stands before the areas, which follow in their order, one sentence or more in each string.
    """
    rule = found.rule
    at = {"any": "at any stage"}.get(found.stage, f"at {found.stage.upper()}")
    yield (
        f"{int(found.listed.sum())} groups with {found.n_schools:,} schools are compared in {found.year}: at "
        f"least {rule.min_schools} schools with results {at} that were in the group for "
        f"{rule.min_years} full years."
    )
    elsewhere = np.logical_or.reduce([one.group for one in found.eligible.values()]) & ~found.listed
    if elsewhere.any():
        more = int(elsewhere.sum())
        yield f"{more} more groups are eligible at another stage only: --stage any lists them too."
    yield from _official_counts(found)
    yield NO_TABLE
    for area in found.areas.values():
        yield _said_of(found, area, sum(row["area"] == area.name for row in high), wrong[area.name])
    yield from _said_of_associations(found)


def _official_counts(found: GroupComparison) -> Iterator[str]:
    for count in found.counts:
        if found.stage in (count.stage, "any") and count.official_groups is not None:
            yield _said_of_count(count.to_dict())


def _said_of_count(count: Mapping[str, Any]) -> str:
    official, ours = count["official"], count["ours"]
    schools = "" if official["schools"] is None else f" with {official['schools']:,} schools"
    return (
        f"The publisher counted {official['groups']} groups{schools} at {count['stage'].upper()} in "
        f"{count['year']}; its rule "
        f"finds {ours['groups']} with {ours['schools']:,} here. {' '.join(count['causes'])}"
    )


def _said_of(found: GroupComparison, area: Area, n_named: int, wrong: tuple[float, float]) -> str:
    words = AREA_WORDS[area.name]
    measured = int((found.listed & (area.status == MEASURED)).sum())
    if not measured:
        reasons = sorted(set(area.status[found.listed].tolist()))
        file = f"; to import: {TO_IMPORT[area.name]}" if NOT_HELD in reasons else ""
        return f"{words[0].upper()}{words[1:]}: {', '.join(reasons)}{file}."
    lead = f"{words[0].upper()}{words[1:]}: measured for {measured} groups"
    if area.name == "inadequate":
        return f"{lead}; {_said_of_inspections(found, area)}"
    if not math.isfinite(area.size):
        return f"{lead}."
    if not n_named:
        return f"{lead}; none is high-performing with a probability of {found.certainty:.0%}."
    are, when = "is" if n_named == 1 else "are", "" if area.name == "improvement" else " in this one year"
    return (
        f"{lead}; {n_named} {are} high-performing{when} with a probability of at least "
        f"{found.certainty:.0%}, of which about {wrong[0]:.1f} will be wrongly named, and up to "
        f"{wrong[1]:.1f} where a few groups or schools lie far out."
    )


def _said_of_inspections(found: GroupComparison, area: Area) -> str:
    some = np.flatnonzero(found.listed & (np.nan_to_num(area.value) > 0)).tolist()
    have = f"{len(some)} have at least one such school at the end of {found.year}"
    before = count_predecessors(found)
    if not before["told"]:
        return (
            f"{have} among those with an outcome. How many of them only through the inspection of a "
            f"predecessor cannot be told: of {before['n']:,} predecessors the files hold an outcome of "
            f"{before['n_known']:,}."
        )
    inherited = sum(
        len(area.details[g]["through_predecessor"]) == len(area.details[g]["schools"]) for g in some
    )
    return f"{have}, {inherited} of them only through the inspection of a predecessor."


def count_predecessors(found: GroupComparison) -> dict[str, Any]:
    """Count schools of listed groups that stand on the inspection of another, and of how many it is held.

    Parameters
    ----------
    found
        The comparison.

    Returns
    -------
    dict
        ``{"n", "n_known", "told"}``: whether enough is held to count what stands on a predecessor only.
    """
    before = found.areas["inadequate"].predecessors
    if before is None:
        return {"n": None, "n_known": None, "told": False}
    n, known = (int(part[found.listed].sum()) for part in (before.n, before.known))
    return {"n": n, "n_known": known, "told": before.tell(found.listed)}


def _said_of_associations(found: GroupComparison) -> Iterator[str]:
    rows = found.associations.rows
    if not rows:
        yield "Nothing can be said of what goes with the areas: too few groups are measured."
        return
    alive = found.associations.surviving(found.q)
    if not alive:
        yield NO_FORMULA.format(n=len(rows))
    for row in alive:
        way = "higher" if row.estimate > 0 else "lower"
        yield (
            f"Where {row.characteristic} is one standard deviation more, {AREA_WORDS[row.area]} is "
            f"{abs(row.estimate):.2f} standard deviations {way} ({row.lower:+.2f} to {row.upper:+.2f}), the "
            f"other characteristics held equal; adjusted p {row.p_adjusted:.3f}, {row.n_groups} groups."
        )
    if alive:
        yield (
            f"{len(alive)} of {len(rows)} associations stand. By the rule used, false ones are at most "
            f"{found.q:.0%} of those that stand, on average over many such analyses; how many of these here "
            "nobody can tell."
        )
    yield ASSOCIATIONS
    for one in found.associations.explained:
        yield from _said_of_share(one)


def _said_of_share(one: Explained) -> Iterator[str]:
    if one.share is None or one.lower is None or one.upper is None:
        return
    lead = f"All characteristics together go with {max(one.share, 0):.0%} of the differences in "
    said = f"{lead}{AREA_WORDS[one.area]} ({one.lower:.0%} to {one.upper:.0%}), chance included in the whole"
    if one.share_true is None or one.true_lower is None or one.true_upper is None:
        yield f"{said}."
        return
    yield (
        f"{said}; of the true differences these are {max(one.share_true, 0):.0%} "
        f"({one.true_lower:.0%} to {one.true_upper:.0%})."
    )
