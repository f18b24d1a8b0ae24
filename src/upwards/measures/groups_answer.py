"""A comparison of groups as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from upwards.core.panel import SchoolRegister
from upwards.measures.group_areas import MEASURED, Area
from upwards.measures.group_characteristics import known_types
from upwards.measures.groups import GroupComparison
from upwards.measures.groups_sentences import count_predecessors, say_of_groups


def groups_to_dict(found: GroupComparison, register: SchoolRegister) -> dict[str, Any]:
    """Return a comparison of groups as plain data for JSON, without NaN.

    Parameters
    ----------
    found
        The comparison.
    register
        Names and places of schools.

    Returns
    -------
    dict
        ``{"year", "stage", "rule", "n_eligible", "n_schools", "eligible", "expected_wrong",
        "expected_wrong_upper", "share_wrong", "high_performing", "groups", "associations",
        "explained", "spreads", "predecessors", "counts", "notes", "text"}``; groups by name.
    """
    listed = np.flatnonzero(found.listed)
    order = sorted(listed.tolist(), key=lambda g: (str(found.members.names[g]).casefold(), g))
    high = _high(found)
    wrong = {name: found.expected_wrong(area) for name, area in found.areas.items()}
    foretold, at_most = (sum(one[k] for one in wrong.values()) for k in (0, 1))
    return {
        "year": found.year,
        "stage": found.stage,
        "rule": _rule(found),
        "n_eligible": len(order),
        "n_schools": found.n_schools,
        "eligible": {
            name: {"groups": one.n_groups, "schools": one.n_schools, "left_out": dict(one.left_out)}
            for name, one in found.eligible.items()
        },
        "expected_wrong": foretold,
        "expected_wrong_upper": at_most,
        "share_wrong": foretold / len(high) if high else None,
        "high_performing": high,
        "groups": list(_groups(found, register, order)),
        "associations": [
            {
                "characteristic": row.characteristic,
                "area": row.area,
                "estimate": row.estimate,
                "lower": row.lower,
                "upper": row.upper,
                "p": row.p,
                "p_adjusted": row.p_adjusted,
                "n_groups": row.n_groups,
            }
            for row in found.associations.rows
        ],
        "explained": [
            {
                "area": one.area,
                "share": one.share,
                "lower": one.lower,
                "upper": one.upper,
                "share_true": one.share_true,
                "true_lower": one.true_lower,
                "true_upper": one.true_upper,
                "p": one.p,
                "n_groups": one.n_groups,
                "why_not": one.why_not,
            }
            for one in found.associations.explained
        ],
        "spreads": [
            {
                "area": area.name,
                "unit": area.unit,
                "between_groups_sd": _plain(area.group_sd),
                "between_schools_sd": _plain(area.unit_sd),
                "high_from": _plain(area.size),
                "expected_wrong": wrong[area.name][0],
                "expected_wrong_upper": wrong[area.name][1],
                "n_high": sum(row["area"] == area.name for row in high),
                "n_measured": int((found.listed & (area.status == MEASURED)).sum()),
            }
            for area in found.areas.values()
        ],
        "predecessors": count_predecessors(found),
        "counts": [count.to_dict() for count in found.counts],
        "notes": list(found.notes),
        "text": list(say_of_groups(found, high, wrong)),
    }


def _rule(found: GroupComparison) -> dict[str, Any]:
    rule = found.rule
    return {
        "name": rule.name,
        "min_schools": rule.min_schools,
        "min_years": rule.min_years,
        "joined_by": f"{rule.month:02d}-{rule.day:02d}",
        "heaviest_weight": rule.heaviest,
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _high(found: GroupComparison) -> list[dict[str, Any]]:
    """List who is high-performing in what, by area and then by name."""
    rows = []
    for area in found.areas.values():
        places = np.flatnonzero(found.named(area)).tolist()
        for g in sorted(places, key=lambda g: str(found.members.names[g]).casefold()):
            rows.append(
                {
                    "group": str(found.members.groups[g]),
                    "name": str(found.members.names[g]),
                    "area": area.name,
                    "p_high": float(area.p_high[g]),
                }
            )
    return rows


def _groups(found: GroupComparison, register: SchoolRegister, order: list[int]) -> Iterator[dict[str, Any]]:
    members, described = found.members, found.characteristics
    counted = found.counted_members()
    n_counted = members.count(counted)
    schools = _schools(found, register, counted)
    begins = np.searchsorted(members.group, np.arange(members.n_groups + 1)).tolist()
    stage_areas = [a for name, a in found.areas.items() if name.startswith(_prefix(found.stage))]
    pupils = np.fmax.reduce([area.n_pupils for area in stage_areas])
    for g in order:
        yield {
            "group": str(members.groups[g]),
            "name": str(members.names[g]),
            "n_schools": int(n_counted[g]),
            "n_pupils": None if not np.isfinite(pupils[g]) else int(pupils[g]),
            "areas": {name: _area(area, g) for name, area in found.areas.items()},
            "characteristics": {
                "size": int(described.size[g]),
                "phases": described.phases[g],
                "types": described.types[g],
                "pct_disadvantaged": _plain(described.pct_disadvantaged[g]),
                "growth": _plain(described.growth[g]),
                "isolation_minutes": _plain(described.isolation_minutes[g]),
                "n_isolated": int(described.n_isolated[g]),
                "pupils_on_roll": _plain(described.pupils[g]),
                "n_roll_unknown": int(described.n_roll_unknown[g]),
            },
            "schools": schools[begins[g] : begins[g + 1]],
        }


def _prefix(stage: str) -> str:
    return "ks" if stage == "any" else stage


def _area(area: Area, g: int) -> dict[str, Any]:
    return {
        "value": _plain(area.value[g]),
        "lower": _plain(area.lower[g]),
        "upper": _plain(area.upper[g]),
        "p_high": _plain(area.p_high[g]),
        "own_value": _plain(area.own_value[g]),
        "own_lower": _plain(area.own_lower[g]),
        "own_upper": _plain(area.own_upper[g]),
        "official": _plain(area.official[g]),
        "official_lower": _plain(area.official_lower[g]),
        "official_upper": _plain(area.official_upper[g]),
        "official_basis": str(area.official_basis[g]) or None,
        "status": str(area.status[g]),
        "unit": area.unit,
        "n_schools": int(area.n_schools[g]),
        **area.details.get(g, {}),
    }


def _schools(found: GroupComparison, register: SchoolRegister, counted: Any) -> list[dict[str, Any]]:
    """Return every member with its place and its way to the nearest other school, in the members' order."""
    members, nearest = found.members, found.nearest
    names = np.where(members.place >= 0, register.name[members.place], "").tolist()
    latitude = np.where(members.place >= 0, register.latitude[members.place], np.nan).tolist()
    longitude = np.where(members.place >= 0, register.longitude[members.place], np.nan).tolist()
    codes, joined = members.school.tolist(), np.datetime_as_string(members.joined.astype("datetime64[D]"))
    columns = zip(
        codes, names, known_types(members.kind).tolist(), members.phase.tolist(), latitude, longitude,
        joined.tolist(), members.full_years.tolist(), counted.tolist(), nearest.place.tolist(),
        nearest.km.tolist(), nearest.minutes.tolist(), nearest.basis.tolist(), strict=True,
    )  # fmt: skip
    return [
        {
            "school": code,
            "name": name,
            "kind": kind,
            "phase": phase,
            "latitude": _plain(north),
            "longitude": _plain(east),
            "joined": None if day == "NaT" else day,
            "full_years": years if years >= 0 else None,
            "counted": counts,
            "nearest": codes[near] if near >= 0 else None,
            "km": _plain(km),
            "minutes": _plain(minutes),
            "minutes_basis": basis,
        }
        for code, name, kind, phase, north, east, day, years, counts, near, km, minutes, basis in columns
    ]
