"""What of an answer a program is given: what its page shows, and nothing beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from upwards.core.name_order import in_order
from upwards.reports.contents import SMALL_GROUPS
from upwards.web.access import Reader, audience
from upwards.web.answer_pages.asking import sees_everything
from upwards.web.answer_pages.plan import limits_of, lines_of, under_way_of, unserved_of
from upwards.web.answer_pages.where_are_we import unit_rows
from upwards.web.answer_pages.who_knows_how import team_rows
from upwards.web.roles import CAPABILITIES

Answer = Mapping[str, Any]
Show = Callable[[Reader, Answer], dict[str, Any]]
OF_MODEL = ("method", "n_pupils", "log_likelihood", "converged", "variance_components")
OF_FILE = ("file", "table", "n_kept", "imported")
ALL = ("schema", "settings", "notes", "text")


def show(reader: Reader, question: str, found: Answer) -> dict[str, Any]:
    """Return the answer for a program; `found` is shared and stays as it is."""
    return SHOWN.get(question, _whole)(reader, found)


def _whole(reader: Reader, found: Answer) -> dict[str, Any]:
    return dict(found)


def _common(found: Answer) -> dict[str, Any]:
    return {name: found[name] for name in ALL if name in found}


def _value_added(reader: Reader, found: Answer) -> dict[str, Any]:
    hidden_at = audience(reader).hidden_at
    notes = list(dict.fromkeys(note for fit in found["answers"] for note in fit["notes"]))
    return {
        **_common(found),
        "notes": notes,
        "answers": [_fit(fit, hidden_at) for fit in found["answers"]],
    }


def _fit(fit: Answer, hidden_at: int) -> dict[str, Any]:
    model = fit["fit"]
    return {
        **{name: fit[name] for name in ("coverage", "intake", "notes", "warnings", "refusal")},
        **fit["by"],
        "left_out": _counts(model["left_out"], hidden_at) if model else {},
        "withheld": _counts(fit["withheld"], hidden_at),
        "model": _model(model) if model else None,
        "units": unit_rows(fit),
        "origin": fit["origin"],
    }


def _model(model: Answer) -> dict[str, Any]:
    """Leave out terms of small groups: the figure of a group of one is that pupil's result."""
    terms = [one for one in model["coefficients"] if not one["term"].startswith(SMALL_GROUPS)]
    return {**{name: model[name] for name in OF_MODEL}, "coefficients": terms}


def _counts(counts: Mapping[str, int], hidden_at: int) -> dict[str, int | None]:
    return {why: None if 0 < n <= hidden_at else n for why, n in counts.items()}


def _bright_spots(reader: Reader, found: Answer) -> dict[str, Any]:
    """Name the list, and count the rest: nobody is listed for not being on it."""
    return {
        **_common(found),
        "teams": team_rows([*found["named"], *found["offered"]]),
        "counts": Counter(team["status"] for team in found["teams"]),
        "share_wrong": found["share_wrong"],
        "rule": found["rule"],
    }


def _stage(reader: Reader, found: Answer) -> dict[str, Any]:
    rows = sorted(found["schools"], key=lambda row: (in_order(row["school"]), row["subject"] or ""))
    return {**_common(found), "schools": rows}


def _plan(reader: Reader, found: Answer) -> dict[str, Any]:
    whole, own = sees_everything(reader), audience(reader).schools
    under_way, said = under_way_of(reader, found)
    return {
        **_common(found),
        "text": found["text"] if whole else [],
        "lines": lines_of(found, own),
        "under_way": under_way,
        "under_way_text": said,
        "unserved": unserved_of(reader, found, own),
        "limits_used": limits_of(reader, found, with_people=False) if whole else [],
        "status": found["status"] if whole else None,
        "reserve": found["reserve"]["why"] if whole else None,
    }


def _coverage(reader: Reader, found: Answer) -> dict[str, Any]:
    return {**found, "by_school": found["by_school"] if _sees_names(reader) else []}


def _school_scores(reader: Reader, found: Answer) -> dict[str, Any]:
    """Leave out ranks: neighbours in a list can hardly ever be told apart."""
    rows = [{key: value for key, value in row.items() if "rank" not in key} for row in found["schools"]]
    return {**found, "schools": rows}


def _sees_names(reader: Reader) -> bool:
    """Researchers see no school by name; what the token is for does not matter here."""
    return bool(reader.roles & CAPABILITIES["see_figures"])


def _changes(reader: Reader, found: Answer) -> dict[str, Any]:
    names = _sees_names(reader)
    return {
        **found,
        "tables": [_change(one, names) for one in found["tables"]],
        **{
            side: [{name: one[name] for name in OF_FILE} for one in found[side]]
            for side in ("files_added", "files_removed")
        },
    }


def _change(table: Answer, names: bool) -> dict[str, Any]:
    counted = {name: len(table[name]) for name in ("schools_added", "schools_removed")}
    return {**table, **({} if names else counted)}


SHOWN: Mapping[str, Show] = {
    "value-added": _value_added,
    "bright-spots": _bright_spots,
    "stage": _stage,
    "plan": _plan,
    "school-scores": _school_scores,
    "coverage": _coverage,
    "snapshot-changes": _changes,
}
