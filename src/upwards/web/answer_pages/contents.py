"""What a page of an answer is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.forms import Form

from upwards.reports.tables import Table
from upwards.reports.wording import as_prose
from upwards.web.answer_pages.drawings import Drawn

Answer = Mapping[str, Any]
OPEN_ROWS = 12
SHOWN_ROWS = 300


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A part of a page, in the order in which it is read.

    Attributes
    ----------
    title
        Its heading; blank for none.
    said
        Plain sentences.
    items
        A list of sentences.
    begin
        For each of them, where a partnership of it is proposed; blank for nowhere.
    drawings, tables
        Charts, each with its table; and tables of their own.
    closed
        Whether it is behind a summary that opens it.
    refusal
        Why it cannot be answered, where it cannot.
    partial
        A template of another app that fills it.
    """

    title: str = ""
    said: Sequence[str] = ()
    items: Sequence[str] = ()
    begin: Sequence[str] = ()
    drawings: Sequence[Drawn] = ()
    tables: Sequence[Table] = ()
    closed: bool = False
    refusal: str = ""
    partial: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """A whole page, before anything is drawn.

    Attributes
    ----------
    page
        The word for it in addresses of charts and files.
    title
        Its heading.
    lead
        What a reader must know first, in plain sentences.
    form
        Filters or limits, kept in the address.
    button
        What the form's button says.
    sections, statistics
        What is read, and what stands behind it.
    settings
        Those the answers used, with reasons.
    notes
        What the figures cannot show.
    about
        What else its own template needs.
    """

    page: str
    title: str
    lead: Sequence[str]
    form: Form | None = None
    button: str = "Show"
    sections: Sequence[Section] = ()
    statistics: Sequence[Section] = ()
    settings: Answer = field(default_factory=dict)
    notes: Sequence[str] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def drawings(self) -> Iterator[Drawn]:
        for section in (*self.sections, *self.statistics):
            yield from section.drawings

    def tables(self) -> Iterator[Table]:
        """Give every table, those of charts included, in the order of the page."""
        for section in (*self.sections, *self.statistics):
            for drawing in section.drawings:
                drawn = table_of(drawing)
                if drawn is not None:
                    yield drawn
            yield from section.tables
        if self.settings:
            yield settings_table(self.settings)


def table_of(drawing: Drawn) -> Table | None:
    """Return the table beneath a chart."""
    picture = drawing.picture()
    if picture is None:
        return None
    return Table(drawing.name, drawing.title, picture.columns, picture.rows, picture.kinds)


def settings_table(settings: Answer) -> Table:
    columns = {"setting": "setting", "value": "value", "unit": "unit", "reason": "reason",
               "source": "source", "date": "date"}  # fmt: skip
    rows = [{"setting": name, **one} for name, one in sorted(settings.items())]
    return Table("settings", "Settings used", columns, rows)


def notes_of(*answers: Answer) -> list[str]:
    """Return what a reader must know of the answers, each once."""
    return [as_prose(note) for note in dict.fromkeys(n for one in answers for n in one.get("notes", ()))]


def settings_of(*answers: Answer) -> dict[str, Any]:
    return {name: one for answer in answers for name, one in answer.get("settings", {}).items()}


def prose(sentences: Sequence[str]) -> list[str]:
    return [as_prose(one) for one in sentences]


def count(n: int, thing: str, things: str = "") -> str:
    """Count in words: ``count(1, "school")`` is "1 school"."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"
