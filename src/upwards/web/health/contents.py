"""System health as a page: one plain sentence, small tables by term, one chart."""

from __future__ import annotations

import datetime
from typing import Any

from upwards.charts.terms import draw_terms
from upwards.core.name_order import in_order
from upwards.reports.tables import Table
from upwards.web.access import WHOLE_GROUP, Reader, beyond, schools_near
from upwards.web.answer_pages.contents import Contents, Section
from upwards.web.answer_pages.drawings import Drawing
from upwards.web.answers import workspace_facts
from upwards.web.attention import Initiative
from upwards.web.health.ends import Ends, bright_spots, ends
from upwards.web.health.figures import TermCounts, count_terms
from upwards.web.health.gathering import Attention
from upwards.web.health.models import Pulse
from upwards.web.health.pulse import ASPECTS, GROUP, Unit, results
from upwards.web.people.terms import last_terms, term_of

N_TERMS = 6
HOURS = {"given": "given", "received": "received"}
COUNTS = {"term": "term", "coaches": "trained coaches", "giving": "bright spots that share",
          "shared": "practices shared", "adopted": "practices taken up"}  # fmt: skip
WHOLE = dict.fromkeys(("coaches", "giving", "shared", "adopted"), "whole")
YEARS = {"year": "year", "spread": "true spread", "lower": "from", "upper": "to"}
TOPS = {"top": "the top", "top_lower": "top from", "top_upper": "top to"}
NOTES = (
    "A dash means that nothing of the kind was recorded by then, or that it cannot be told. It is not zero.",
    "Terms run from 1 September, 1 January and 1 April.",
    "Bright spots are those of today’s answer, in every term: who knew how in an earlier term is not kept. "
    "One shares when a visit took place in which its school shared that subject.",
    "A visit with two schools that receive is given once and received twice.",
    "That coaches, hours and practices grow does not show that pupils learn more.",
)
ATTENTION_NOTES = (
    "Hours are those agreed or estimated, spread evenly over the days; where nobody has said them "
    "they are not counted as none.",
    "A partnership counts as aiming at a pupil outcome when its aim or measure names pupils, "
    "children, learners or students.",
)


def _whose(schools: frozenset[str] | None) -> str:
    return "all schools" if schools is None else ", ".join(sorted(schools - {WHOLE_GROUP}, key=in_order))


def health_contents(reader: Reader, today: datetime.date) -> Contents:
    schools = _schools(reader)
    spots, no_spots = bright_spots(reader)
    counted = count_terms(last_terms(today, N_TERMS), schools, spots, today)
    known = ends(reader)
    return Contents(
        page="system-health",
        title="System health",
        lead=[grows(counted, known, today), *([no_spots] if no_spots else [])],
        sections=(
            _can(counted, spots, schools),
            _hours(counted),
            _ends(known),
            _climate(),
        ),
        notes=NOTES,
        about={"whose": _whose(schools)},
    )


def _schools(reader: Reader) -> frozenset[str] | None:
    """Return where the reader's counts are from; None for everywhere, a blank is the group itself."""
    own = reader.schools_for("see_health")
    if not beyond(reader):
        return own
    return frozenset([*schools_near(reader, "see_health"), *([WHOLE_GROUP] if own is None else [])])


def grows(counted: list[TermCounts], known: Ends, today: datetime.date) -> str:
    """Say in one sentence whether the number who can and the best practice itself both grow."""
    people = _people(counted, today)
    top = {True: "the top rises", False: "the top does not rise", None: "cannot be told yet"}[known.top]
    both = people[0] is True and known.top is True
    start = "Both grow. " if both else ""
    return f"{start}The number who can: {people[1]}. The best practice itself: {top}."


def _people(counted: list[TermCounts], today: datetime.date) -> tuple[bool | None, str]:
    over = [one for one in counted if one.term.last < today and one.coaches is not None]
    if len(over) < 2:
        return None, "cannot be told before two terms have passed with coaches on record"
    first, last = over[-2], over[-1]
    a, b = first.coaches or 0, last.coaches or 0
    change = "as many" if a == b else f"{'up' if b > a else 'down'} from {a}"
    return b > a, f"{b} trained coaches in {last.term}, {change} in {first.term}"


def _can(counted: list[TermCounts], spots: Any, schools: frozenset[str] | None) -> Section:
    rows = [
        {"term": str(one.term), **{key: getattr(one, key) for key in COUNTS if key != "term"}}
        for one in counted
    ]
    said = ["Trained coaches are those with a valid training on the last day of the term, or today."]
    if spots is not None:
        here = sum(schools is None or one["school"] in schools for one in spots)
        said.insert(0, f"Today’s answer names {here} bright {'spot' if here == 1 else 'spots'} here.")
    if all(row[key] is None for row in rows for key in COUNTS if key != "term"):
        said.append("Nothing of this is on record yet. Add coaches’ training under People, and practices.")
    table = Table("terms", "Who can, who shares, and what is taken up, by term", COUNTS, rows, WHOLE)
    return Section("Does the number who can grow?", said, tables=(table,))


def _hours(counted: list[TermCounts]) -> Section:
    rows = [{"term": str(one.term), "given": one.given, "received": one.received} for one in counted]
    if all(row["given"] is None for row in rows):
        said = "No visit is recorded yet. Hours appear here once partnerships log what took place."
        return Section("Hours given and received", [said])
    drawing = Drawing(
        "hours", "Hours of visits that took place", draw_terms, rows, {"series": HOURS, "unit": "hours"}
    )
    return Section("Hours given and received", drawings=(drawing,))


def _ends(known: Ends) -> Section:
    columns = {**YEARS, **(TOPS if any(row["top"] is not None for row in known.years) else {})}
    caption = f"Spread by year, with 95% intervals: {known.measure}"
    tables = (Table("years", caption, columns, known.years),) if known.years else ()
    return Section("Disparity, and the top", known.said, tables=tables)


def _climate() -> Section:
    """Show the group's own four aspects, pulse by pulse; the same for every reader."""
    over = [one for one in Pulse.objects.all() if not one.is_open][:N_TERMS]
    schools = workspace_facts()["schools"]
    rows = [_climate_row(one, results(one, schools)[0]) for one in reversed(over)]
    if not rows:
        return Section("The climate for sharing", ["No pulse has been asked and closed yet."])
    columns = {"term": "term", "n": "answered", **{one: one.lower() for one in ASPECTS}}
    caption = "The climate for sharing in the whole group, from 1 (disagree) to 5 (agree), with 95% intervals"
    said = (
        "Where intervals overlap by half, nothing can be said to have changed. Who answers may differ from "
        "term to term."
    )
    return Section(
        "The climate for sharing", [said], tables=(Table("pulse", caption, columns, rows, {"n": "whole"}),)
    )


def _climate_row(one: Pulse, group: Unit) -> dict[str, Any]:
    assert group.school == GROUP
    n = group.n if group.n is not None else "too few"
    return {"term": str(one.when), "n": n, **{name: str(said) for name, said in group.aspects.items()}}


def attention_contents(
    rows: list[Attention], found: list[Initiative], term: str, today: datetime.date
) -> Contents:
    lead = f"What schools run {'this term' if str(term_of(today)) == term else f'in {term}'}, by name; "
    one_by_one = _one_by_one(found, {one.school for one in rows}, term)
    return Contents(
        page="attention",
        title="Attention",
        lead=[
            f"{lead}this is no ranking.",
            "More is not better: each of them takes time from the others.",
        ],
        sections=[
            Section(tables=(_by_school(rows, term),)),
            *([Section("One by one", tables=(one_by_one,))] if one_by_one.rows else []),
        ],
        notes=ATTENTION_NOTES,
    )


def _by_school(rows: list[Attention], term: str) -> Table:
    columns = {"school": "school", "n": "initiatives", "hours": "hours of staff", "unsaid": "hours not said",
               "share": "with a pupil outcome as aim", "n_with_aim": "of those with an aim"}  # fmt: skip
    listed = [
        {
            "school": one.school,
            "n": one.n,
            "hours": _rounded(one.hours),
            "unsaid": one.n - one.n_with_hours,
            "share": one.share_for_pupils,
            "n_with_aim": one.n_with_aim,
        }
        for one in rows
    ]
    kinds = {"n": "whole", "unsaid": "whole", "n_with_aim": "whole", "share": "share"}
    return Table("attention", f"What each school runs, {term}", columns, listed, kinds)


def _one_by_one(found: list[Initiative], schools: set[str], term: str) -> Table:
    names = {"school": "school", "kind": "kind", "title": "what", "hours": "hours of staff",
             "aim": "a pupil outcome as aim"}  # fmt: skip
    each = [
        {
            "school": one.school,
            "kind": one.kind,
            "title": one.title,
            "hours": _rounded(one.hours),
            "aim": _aim(one.for_pupils),
        }
        for one in sorted(found, key=lambda one: (one.school, one.kind, one.title))
        if one.school in schools
    ]
    return Table("initiatives", f"Initiatives, {term}", names, each)


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)


def _aim(for_pupils: bool | None) -> str:
    return "not said" if for_pupils is None else "yes" if for_pupils else "no"
