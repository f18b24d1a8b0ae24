"""What stands on the pages on groups of schools: all of them by name, or one with its schools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from upwards.charts.groups import MEASURED, draw_group_map, draw_groups, draw_school_scores
from upwards.core.name_order import in_order
from upwards.measures.groups_sentences import AREA_WORDS, NO_TABLE
from upwards.reports.figures import Figure, draw_figure
from upwards.reports.settings_used import setting_used
from upwards.reports.wording import as_expected, as_figure, as_interval, as_school_year

Answer = Mapping[str, Any]

MAP_WIDTH = 520

CHARACTERISTICS = {
    "size": "size, each doubling",
    "phases": "share of primary schools",
    "types: sponsored": "share of sponsored academies",
    "types: newly founded": "share of newly founded schools",
    "pct_disadvantaged": "percent of disadvantaged pupils",
    "growth": "growth, schools joining a year as a share",
    "isolation_minutes": "minutes to the nearest other school, each doubling",
}


def describe_groups_page(report: Answer) -> dict[str, Any]:
    """Return everything that the page on all groups shows.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_record_report.prepare_groups_report`, without a group.

    Returns
    -------
    dict
        One entry per section; areas in the order of the answer, groups by name.
    """
    answer = report["groups"]
    before, of_areas, of_associations = _said(answer)
    certainty = setting_used(answer, "high_performing_trust.certainty")
    return {
        "title": _title(answer),
        "lead": before[0],
        "said": before[1:],
        "counts": [_count(one) for one in answer["counts"]],
        "causes": _causes(answer),
        "n_named": len(answer["high_performing"]),
        "expected_wrong": answer["expected_wrong"],
        "at_most_wrong": answer.get("expected_wrong_upper"),
        "certainty": certainty,
        "size": setting_used(answer, "high_performing_trust.size"),
        "no_table": NO_TABLE,
        "areas": [
            _area(answer, spread, said, certainty)
            for spread, said in zip(answer["spreads"], of_areas, strict=True)
        ],
        "associations": [_association(one) for one in answer["associations"]],
        "said_of_associations": of_associations,
        "characteristics": _characteristics(answer),
        "settings": dict(sorted(answer["settings"].items())),
        "notes": answer["notes"],
    }


def describe_group_page(report: Answer) -> dict[str, Any]:
    """Return everything that the page on one group shows.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_record_report.prepare_groups_report`, with a group.

    Returns
    -------
    dict
        One entry per section.
    """
    answer, group = report["groups"], report["group"]
    year = as_school_year(answer["year"])
    names = {one["school"]: one["name"] or one["school"] for one in group["schools"]}
    spreads = {one["area"]: one for one in answer["spreads"]}
    certainty = setting_used(answer, "high_performing_trust.certainty")
    return {
        "title": f"{group['name']} in {year}",
        "group": group,
        "year": year,
        "certainty": certainty,
        "size": setting_used(answer, "high_performing_trust.size"),
        "rule": answer["rule"],
        "areas": [
            _own_area(name, area, spreads[name], certainty) for name, area in group["areas"].items()
        ],
        "inspected": _inspected(group["areas"]["inadequate"], names),
        "characteristics": _own_characteristics(group),
        "map": draw_figure("map", f"The schools of {group['name']}",
                           lambda width: draw_group_map(group, width=min(width, MAP_WIDTH))),
        "schools": [_school(one, names) for one in _by_name(group["schools"])],
        "scores": [_scores(area, found) for area, found in report["scores"].items()],
        "settings": dict(sorted(answer["settings"].items())),
        "notes": answer["notes"],
    }  # fmt: skip


def _said(answer: Answer) -> tuple[list[str], list[str], list[str]]:
    """Take the sentences apart: on the groups, one on each area, and on associations."""
    text = list(answer["text"])
    at = text.index(NO_TABLE)
    after = at + 1 + len(answer["spreads"])
    return text[:at], text[at + 1 : after], text[after:]


def _title(answer: Answer) -> str:
    year, n = as_school_year(answer["year"]), answer["n_eligible"]
    high = len({row["group"] for row in answer["high_performing"]})
    if not high:
        return f"{n} groups of schools in {year}: none is high-performing in an area"
    are = "is" if high == 1 else "are"
    return f"{n} groups of schools in {year}: {high} {are} high-performing in at least one area"


def _count(one: Answer) -> dict[str, Any]:
    return {
        "stage": one["stage"].upper(),
        "year": as_school_year(one["year"]),
        "official": one["official"]["groups"],
        "ours": one["ours"]["groups"],
        "official_schools": one["official"]["schools"],
        "ours_schools": one["ours"]["schools"],
    }


def _causes(answer: Answer) -> list[dict[str, str]]:
    """List each cause once, with the counts that it holds for."""
    found: dict[str, list[str]] = {}
    for one in answer["counts"]:
        for cause in one["causes"]:
            found.setdefault(cause, []).append(f"{one['stage'].upper()} {as_school_year(one['year'])}")
    return [{"cause": cause, "counts": ", ".join(where)} for cause, where in found.items()]


def _area(answer: Answer, spread: Answer, said: str, certainty: float) -> dict[str, Any]:
    name = spread["area"]
    title = _capital(AREA_WORDS[name])
    figure = draw_figure(
        name.replace("_", "-"), f"{title} by group",
        lambda width: draw_groups(answer["groups"], area=name, title=title, high_from=spread["high_from"],
                                  certainty=certainty, width=width),
    )  # fmt: skip
    return {
        "name": name,
        "title": title,
        "said": _capital(said.removeprefix(f"{title}: ")),
        "unit": spread["unit"],
        "n_measured": spread["n_measured"],
        "n_high": None if spread["high_from"] is None else spread["n_high"],
        "wrong": _wrong(spread),
        "figure": figure,
        "named": [row["name"] for row in answer["high_performing"] if row["area"] == name],
        "rows": [] if figure is not None or not spread["n_measured"] else _plain_rows(answer, name),
    }


def _wrong(spread: Answer) -> str:
    """Say how many of those named are wrong: what the model foretells, up to what heavy tails make."""
    if not spread["n_high"]:
        return "–"
    foretold, at_most = (as_expected(spread[key]) for key in ("expected_wrong", "expected_wrong_upper"))
    return foretold if foretold == at_most else f"{foretold} to {at_most}"


def _plain_rows(answer: Answer, area: str) -> list[dict[str, Any]]:
    """List the groups' figures of an area without intervals."""
    rows = ({"name": group["name"], **group["areas"][area]} for group in _by_name(answer["groups"]))
    return [
        {
            "name": row["name"],
            "n_schools": row["n_schools"],
            "value": row["value"],
            "through_predecessor": _inherited(row, told=answer["predecessors"]["told"]),
            "status": row["status"],
        }
        for row in rows
    ]


def _inherited(row: Answer, *, told: bool) -> int | str | None:
    if not row["value"] or "through_predecessor" not in row:
        return None
    return len(row["through_predecessor"]) if told else "cannot be told"


def _association(one: Answer) -> dict[str, Any]:
    return {
        **one,
        "characteristic": CHARACTERISTICS.get(one["characteristic"], one["characteristic"]),
        "area": AREA_WORDS[one["area"]],
    }


def _characteristics(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "name": group["name"],
            **group["characteristics"],
            "phases": _tally(group["characteristics"]["phases"]),
        }
        for group in _by_name(answer["groups"])
    ]


def _own_area(name: str, area: Answer, spread: Answer, certainty: float) -> dict[str, Any]:
    measured = area["status"] == MEASURED
    words = AREA_WORDS[name]
    return {
        "title": _capital(f"{words}, {area['unit']}" if measured and area["lower"] is not None else words),
        "ours": as_interval(area["value"], area["lower"], area["upper"]),
        "own": as_interval(area["own_value"], area["own_lower"], area["own_upper"]),
        "official": as_interval(area["official"], area["official_lower"], area["official_upper"]),
        "p_high": area["p_high"],
        "verdict": _verdict(area, spread, certainty) if measured else area["status"],
        "n_schools": area["n_schools"] if measured else None,
        "basis": area["official_basis"],
    }


def _verdict(area: Answer, spread: Answer, certainty: float) -> str:
    """Say what the figure allows to say, and never more."""
    if area["p_high"] is None or spread["high_from"] is None:
        return "a count" if area["lower"] is None else "an estimate"
    if area["p_high"] >= certainty:
        return "high-performing"
    return "not high-performing" if area["p_high"] <= 1 - certainty else "not certain"


def _inspected(area: Answer, names: Mapping[str, str]) -> list[dict[str, str]]:
    through = set(area.get("through_predecessor", []))
    return [
        {
            "school": names.get(code, code),
            "whose": "of the school that it continues" if code in through else "its own",
        }
        for code in sorted(area.get("schools", []), key=lambda code: in_order(names.get(code, code)))
    ]


def _own_characteristics(group: Answer) -> list[dict[str, Any]]:
    of = group["characteristics"]
    rows = [
        ("schools", of["size"]),
        ("schools that count here", group["n_schools"]),
        ("by phase", _tally(of["phases"])),
        ("by type", _tally(of["types"])),
        ("disadvantaged pupils, percent", of["pct_disadvantaged"]),
        ("schools that joined, a year, as a share of all", of["growth"]),
        ("middle time from a school to the nearest other, minutes", of["isolation_minutes"]),
        ("schools more than an hour from every other", of["n_isolated"]),
        ("pupils on roll, of schools whose number is known", of["pupils_on_roll"]),
        ("schools whose number of pupils is not known", of["n_roll_unknown"]),
    ]
    return [{"what": what, "value": as_figure(value)} for what, value in rows]


def _school(one: Answer, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": names[one["school"]],
        "code": one["school"],
        "kind": one["kind"],
        "phase": one["phase"],
        "joined": one["joined"],
        "full_years": one["full_years"],
        "counted": "yes" if one["counted"] else "no",
    }


def _scores(area: str, found: Answer) -> dict[str, Any]:
    title = f"{_capital(AREA_WORDS[area])}, school by school"
    if "refusal" in found:
        return {"refusal": found["refusal"], "title": title, "figure": None}
    figure: Figure | None = draw_figure(
        f"schools-{area.replace('_', '-')}", title,
        lambda width: draw_school_scores(found["schools"], unit=found["unit"], width=width),
    )  # fmt: skip
    return {"refusal": None, "title": title, "figure": figure}


def _by_name(rows: Sequence[Answer]) -> list[Answer]:
    return sorted(rows, key=lambda row: in_order(str(row["name"])))


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
