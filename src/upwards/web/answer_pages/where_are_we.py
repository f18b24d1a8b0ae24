"""Where are we: coverage before scores, what each school added, and where the spread is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.http import QueryDict

from upwards.charts.bars import draw_coverage, fit_name
from upwards.charts.intervals import draw_caterpillar
from upwards.core.name_order import in_order
from upwards.core.shares import as_share
from upwards.reports.contents import SMALL_GROUPS
from upwards.reports.settings_used import setting_used
from upwards.reports.tables import Table
from upwards.reports.wording import as_count
from upwards.web.access import Reader, audience
from upwards.web.answer_pages.asking import ask, ask_or_reason, require_table
from upwards.web.answer_pages.contents import (
    Answer,
    Contents,
    Section,
    count,
    notes_of,
    prose,
    settings_of,
)
from upwards.web.answer_pages.drawings import Drawing
from upwards.web.answer_pages.filters import Filters, keep

UNITS = {"school": "school", "subject": "subject", "stage": "stage", "level": "of", "n": "results",
         "effect": "beyond expectation, points", "lower": "from", "upper": "to", "coverage": "results used",
         "hidden": "not shown because"}  # fmt: skip
KINDS = {"n": "whole", "coverage": "share"}


def where_are_we(reader: Reader, given: QueryDict) -> Contents:
    facts = require_table("results")
    added = ask(reader, "value-added")
    spread = ask_or_reason(reader, "disparity")
    form = _filters(given, added["answers"])
    chosen = form.chosen()
    fits = [one for one in added["answers"] if keep([one["by"]], chosen)]
    units = by_name([row for fit in fits for row in unit_rows(fit) if keep([row], chosen)])
    return Contents(
        page="where-are-we",
        title="Where are we",
        lead=_lead(facts["name"], fits, units, reader, chosen.get("school")),
        form=form if form.fields else None,
        sections=(
            _coverage(fits, setting_used(added, "coverage.minimum"), reader),
            _added(fits, units, chosen),
            _spread(spread),
        ),
        statistics=tuple(_statistics(fit) for fit in fits if fit["fit"]),
        settings=settings_of(added, spread),
        notes=notes_of(*([spread] if "refusal" not in spread else fits)),
    )


def _filters(given: QueryDict, answers: Iterable[Answer]) -> Filters:
    fits = list(answers)
    return Filters(
        given,
        {
            "subject": [one["by"]["subject"] for one in fits],
            "stage": [one["by"]["stage"] for one in fits],
            "school": [school for one in fits for school, _, _ in of_schools(one)],
        },
    )


def _lead(
    name: str, fits: list[Answer], units: list[dict[str, Any]], reader: Reader, chosen: str | None
) -> list[str]:
    """Say in plain words what there is and how many schools are beyond what chance explains.

    Where some schools only are shown, how much can be used is said of these.
    """
    schools = [row for row in units if row["level"] == "school" and row["effect"] is not None]
    beyond = sum(row["lower"] > 0 for row in schools)
    some = len({row["school"] for row in schools})
    is_whole = audience(reader).schools is None
    of_these = [row["coverage"] for row in units if row["level"] == "school" and row["coverage"] is not None]
    of_all = [fit["coverage"] for fit in fits]
    used = of_all if is_whole and chosen is None else of_these or of_all
    whose = chosen or (name if is_whole else "your school" if some == 1 else "your schools")
    if not schools:
        return [f"For {whose} no school has a score here yet; the reasons stand below."]
    share = f"At least {as_share(min(used))}" if min(used) < 1 else "All"
    return [
        f"{share} of the results of {whose} can be used. In {count(beyond, 'case')} of {len(schools)} "
        f"(a school in a subject and stage) pupils reached more than expected by more than chance explains; "
        f"{count(some, 'school')} {'has' if some == 1 else 'have'} a score."
    ]


def unit_rows(fit: Answer, school: str | None = None) -> list[dict[str, Any]]:
    """Return what each unit of a fit (None: of all schools) added, by name, never by size."""
    rows: list[dict[str, Any]] = [
        {
            "school": own,
            **fit["by"],
            "level": " ".join(map(str, (unit["level"], *inside))),
            **{key: unit[key] for key in ("n", "effect", "lower", "upper", "coverage", "hidden")},
        }
        for own, inside, unit in of_schools(fit)
        if unit["term"] == "(Intercept)" and school in (None, own)
    ]
    return by_name(rows)


def of_schools(fit: Answer) -> Iterator[tuple[str, list[str], Answer]]:
    """Yield each school, what inside it, and the unit; groups of schools above it have their own page."""
    above = next((len(one["path"]) - 1 for one in fit["units"] if one["level"] == "school"), 0)
    for unit in fit["units"]:
        if unit["level"].partition(":")[0] != "group":
            yield unit["path"][above], unit["path"][above + 1 :], unit


def by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order rows by school and subject; the school before what is inside it."""
    return sorted(
        rows,
        key=lambda row: (
            in_order(row["school"]), row["level"] != "school", row["subject"], in_order(row["stage"]),
            row["level"],
        ),
    )  # fmt: skip


def _coverage(fits: list[Answer], minimum: float, reader: Reader) -> Section:
    seen = audience(reader)
    together = [] if seen.schools is None else ["The figures here are those of all schools together."]
    rows = [
        {
            **fit["by"],
            "coverage": fit["coverage"],
            "used": fit["fit"]["n_pupils"] if fit["fit"] else None,
            "intake": ", ".join(fit["intake"]) or "nothing is known",
            "left_out": _left_out(fit, seen.hidden_at),
        }
        for fit in fits
    ]
    columns = {"subject": "subject", "stage": "stage", "coverage": "share used", "used": "results used",
               "intake": "what pupils brought", "left_out": "left out or withheld"}  # fmt: skip
    drawn = [{"by": fit["by"], "coverage": fit["coverage"]} for fit in fits]
    return Section(
        title="Can the results be trusted?",
        said=[
            "A result can be used if its score, what the pupil brought, and the school are known. A school "
            f"with less than {as_share(minimum)} of its results usable gets no score.",
            *together,
        ],
        drawings=(Drawing("coverage", "Share of results that can be used", draw_coverage, drawn,
                          {"minimum": minimum}),) if fits else (),
        tables=(Table("used", "What was used and what was left out", columns, rows,
                      {"coverage": "share", "used": "whole"}),),
    )  # fmt: skip


def _left_out(fit: Answer, hidden_at: int) -> str:
    if fit["refusal"]:
        return str(fit["refusal"])
    said = [f"{as_count(n, hidden_at)} × {why}" for why, n in fit["fit"]["left_out"].items()]
    said += [f"{as_count(n, hidden_at)} {what} never shown here" for what, n in fit["withheld"].items()]
    return "; ".join(said) or "nothing"


def _added(fits: list[Answer], units: list[dict[str, Any]], chosen: Mapping[str, str]) -> Section:
    drawings = []
    for fit in fits:
        shown = [unit for unit in fit["units"] if unit["level"] == "school" and unit["term"] == "(Intercept)"]
        if sum(unit["effect"] is not None for unit in shown) > 1 and "school" not in chosen:
            name = "added-" + "-".join(filter(str.isalnum, fit_name(fit["by"]).replace(",", "").split()))
            title = f"{fit_name(fit['by'])[:1].upper()}{fit_name(fit['by'])[1:]}: what each school added"
            keys = ("path", "n", "effect", "lower", "upper", "hidden")
            rows = [{key: unit[key] for key in keys} for unit in shown]
            drawings.append(Drawing(name.lower(), title, draw_caterpillar, rows))
    columns = dict(UNITS) if any(row["hidden"] for row in units) else _without(UNITS, "hidden")
    return Section(
        title="What did each school add?",
        said=[
            "Value added: results beyond what the same pupils would be expected to reach, with 95% "
            "intervals. Most intervals overlap: the schools in the middle cannot be told apart."
        ],
        drawings=tuple(drawings),
        tables=(Table("added", "What was added, by school, subject and stage", columns, units, KINDS),),
    )


def _without(columns: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: heading for name, heading in columns.items() if name != key}


def _spread(found: Answer) -> Section:
    if "refusal" in found:
        return Section(title="How far apart are we?", refusal=found["refusal"])
    return Section(
        title="How far apart are we?",
        said=[*prose(found["text"]), "Where inside the group the spread is, stands on the page Spread."],
    )


def _statistics(fit: Answer) -> Section:
    """Show the model; terms of small groups stay out: the figure of a group of one is that pupil's result."""
    name, model = fit_name(fit["by"]), fit["fit"]
    rows = [row for row in model["coefficients"] if not row["term"].startswith(SMALL_GROUPS)]
    terms = {"term": "term", "estimate": "estimate", "se": "standard error", "lower": "from", "upper": "to"}
    parts = {"level": "level", "term": "term", "sd": "SD, points", "lower": "from", "upper": "to"}
    said = (
        f"{model['n_pupils']:,} results; {model['method'].upper()}; log-likelihood "
        f"{model['log_likelihood']:,.2f}; {'converged' if model['converged'] else 'not converged'}."
    )
    return Section(
        title=f"The model of {name}",
        said=prose([said, *fit["warnings"]]),
        tables=(
            Table(f"terms {name}", f"{name}: what goes with the results", terms, rows),
            Table(f"parts {name}", f"{name}: true spread", parts, model["variance_components"]),
        ),
        closed=True,
    )
