"""Propose a mapping: by name, by known synonyms, by near misses, and by subjects and years in headings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from pathlib import PurePath
from types import MappingProxyType

import polars as pl

from upwards.core.tables import Table, find_table
from upwards.sources.mapping import Mapping, WideColumn
from upwards.sources.markers import load_markers
from upwards.sources.numbers import number, stripped
from upwards.sources.scales import fitting_scales, share_fitting
from upwards.sources.wide_headings import find_wide_columns, subject_in, words_of, year_in

_ALIKE = 0.8  # share of letters in common from which a heading counts as a near miss
_SHORTEST_NEAR_MISS = 5
_NAMES_OF_PEOPLE = re.compile(
    r"^(name|(full|chosen|pupil|student|candidate|teacher) ?name|legal .*|preferred .*|surname|family name"
    r"|(fore|first|last|given|middle) ?names?|.*surname|.*forename|dob|date of birth|birth ?date|.*e ?mail.*"
    r"|(home |parent |mobile |tele)?phone.*|(home )?address.*|(home )?post ?code|parents? name.*|nhs.*)$"
)


@cache
def load_headings() -> Dict[str, Dict[str, Sequence[str]]]:
    """Read the headings that a country's systems use, by standard table and column."""
    text = resources.files("upwards.sources.england").joinpath("headings.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def propose_mapping(columns: Sequence[str], table: str, sample: pl.DataFrame, *, file: str = "") -> Mapping:
    """Propose which heading is which column; a person confirms it.

    Parameters
    ----------
    columns
        Headings of the file.
    table
        Name of the standard table.
    sample
        Some rows of the file as text, to tell numbers from words.
    file
        Name of the file; a year in it is proposed where no column has one.

    Returns
    -------
    Mapping
        With `doubts` where a person should look.

    Notes
    -----
    Headings that name people or say where they live are proposed to be left out. A scale is proposed for
    plain numbers only; for grades the doubts list the scales that would fit.

    Examples
    --------
    >>> sample = pl.DataFrame({"UPN": ["A1"], "URN": ["100"], "Maths 2019": ["5"], "Reading 2019": ["4"]})
    >>> proposed = propose_mapping(sample.columns, "results", sample)
    >>> dict(proposed.columns)
    {'pupil': 'UPN', 'school': 'URN'}
    >>> for entry in proposed.wide:
    ...     print(entry.heading, dict(entry.constants))
    Maths 2019 {'subject': 'mathematics', 'year': 2019}
    Reading 2019 {'subject': 'reading', 'year': 2019}
    """
    standard = find_table(table)
    found, doubts = _match(standard, columns)
    mapping = Mapping(table, found)
    if mapping.value_column is not None and mapping.value_column not in found:
        mapping = _with_wide(mapping, columns, sample)
    mapping = _with_year(mapping, standard, file, doubts)
    mapping = _with_prior_source(mapping, standard, doubts)
    mapping = _with_scales(mapping, sample, doubts)
    mapping = _with_spellings(mapping, sample, doubts)
    mapping = _with_extra(mapping, columns, sample, doubts)
    lacking = [c.name for c in standard.columns if c.required and not mapping.provides(c.name)]
    doubts += [f"no heading was recognised as {name}, which is needed" for name in lacking]
    return replace(mapping, intake=_intake(mapping), doubts=tuple(doubts))


def _match(table: Table, columns: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    known = load_headings().get(table.name, {})
    named = [c for c in table.columns if not c.name.endswith("_missing")]
    names = {c.name: [words_of(n) for n in (c.name, *c.synonyms, *known.get(c.name, []))] for c in named}
    free = {words_of(heading): heading for heading in reversed(columns)}
    found: dict[str, str] = {}
    for exact in (True, False):  # a column's own name wins over another's synonym
        for name, spellings in names.items():
            hits = [s for s in (spellings[:1] if exact else spellings) if s in free]
            if name not in found and hits:
                found[name] = free.pop(hits[0])
    doubts = []
    for name, spellings in names.items():
        near = None if name in found else _near(spellings, free)
        if near is not None:
            found[name] = free.pop(near)
            doubts.append(f"{found[name]!r} was taken for {name}, which is spelt differently")
    return {name: found[name] for name in table.names if name in found}, doubts


def _near(spellings: Sequence[str], free: Dict[str, str]) -> str | None:
    pairs = (pair for spelling in spellings for pair in _alike(spelling, free))
    return max(pairs, default=(0.0, None))[1]


def _alike(spelling: str, headings: Iterable[str]) -> Iterator[tuple[float, str]]:
    """Yield near misses and how near they are; bounds from above are quick and rule out nearly all."""
    matcher = SequenceMatcher(None, b=spelling)
    for heading in headings:
        if min(len(heading), len(spelling)) < _SHORTEST_NEAR_MISS:
            continue
        matcher.set_seq1(heading)
        if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
            ratio = matcher.ratio()
            if ratio >= _ALIKE:
                yield ratio, heading


def _with_wide(mapping: Mapping, columns: Sequence[str], sample: pl.DataFrame) -> Mapping:
    free = [heading for heading in columns if heading not in mapping.columns.values()]
    scored = [
        heading for heading in free if heading in sample.columns and _looks_like_results(sample, heading)
    ]
    return replace(mapping, wide=find_wide_columns(scored, mapping.columns))


def _looks_like_results(sample: pl.DataFrame, heading: str) -> bool:
    # Half is enough: a column of results with typing errors is still one, and the errors get listed.
    return share_fitting(_words(sample, heading)) >= 0.5


def _words(sample: pl.DataFrame, heading: str) -> list[str]:
    """Return values that are not markers, each once."""
    texts = sample.select(stripped(heading).alias("text"))["text"].drop_nulls().unique(maintain_order=True)
    markers = load_markers()
    return [text for text in texts.to_list() if text.lower() not in markers]


def _is_numeric(sample: pl.DataFrame, heading: str) -> bool:
    words = pl.DataFrame({"text": _words(sample, heading)}, schema={"text": pl.String})
    return bool(words.select(number("text").is_not_null().all()).item())


def _with_year(mapping: Mapping, table: Table, file: str, doubts: list[str]) -> Mapping:
    if "year" not in table.names or mapping.provides("year"):
        return mapping
    year = year_in(PurePath(file).stem)
    if year is None:
        return mapping
    doubts.append(f"the year {year} was taken from the name of the file")
    return replace(mapping, constants={**mapping.constants, "year": year})


def _with_prior_source(mapping: Mapping, table: Table, doubts: list[str]) -> Mapping:
    heading = mapping.columns.get("prior")
    wide = [entry.columns["prior"] for entry in mapping.wide if "prior" in entry.columns]
    if "prior_source" not in table.names or mapping.provides("prior_source") or not (heading or wide):
        return mapping
    sources = ", ".join(map(repr, [heading] if heading else dict.fromkeys(wide)))
    doubts.append(f"prior attainment: say which test {sources} was (prior_source) and its date (prior_date)")
    if heading:
        return replace(mapping, constants={**mapping.constants, "prior_source": heading})
    return replace(mapping, wide=tuple(_with_own_source(entry) for entry in mapping.wide))


def _with_own_source(entry: WideColumn) -> WideColumn:
    prior = entry.columns.get("prior")
    return replace(entry, constants={**entry.constants, "prior_source": prior}) if prior else entry


def _with_scales(mapping: Mapping, sample: pl.DataFrame, doubts: list[str]) -> Mapping:
    scales: dict[str, str | float] = {}
    for name in ("score", "prior"):
        entries = [w.heading if name == mapping.value_column else w.columns.get(name) for w in mapping.wide]
        headings = [h for h in (mapping.columns.get(name), *entries) if h is not None and h in sample.columns]
        if not headings or mapping.table != "results":
            continue
        if all(_is_numeric(sample, heading) for heading in headings):
            scales[name] = "number"
            continue
        grades = [word for heading in headings for word in _words(sample, heading)]
        fitting = " or ".join(fitting_scales(grades)) or "none fits all of them"
        doubts.append(f"{name} holds grades: name their scale under [scales], {name} = ... ({fitting})")
    return replace(mapping, scales=scales)


def _with_spellings(mapping: Mapping, sample: pl.DataFrame, doubts: list[str]) -> Mapping:
    """Bring several spellings of one subject together; one spelling stays as it is."""
    heading = mapping.columns.get("subject")
    if heading is None or heading not in sample.columns:
        return mapping
    spelt: dict[str, list[str]] = {}
    for word in _words(sample, heading):
        subject = subject_in(word)
        if subject is not None:
            spelt.setdefault(subject, []).append(word)
    words = {
        word: subject for subject, spellings in spelt.items() if len(spellings) > 1 for word in spellings
    }
    if not words:
        return mapping
    doubts.append(f"one subject is spelt in several ways: {', '.join(words)}; see [values.subject]")
    return replace(mapping, values={"subject": words})


def _with_extra(mapping: Mapping, columns: Sequence[str], sample: pl.DataFrame, doubts: list[str]) -> Mapping:
    standard = set(find_table(mapping.table).names)
    number_, text, left = [], [], []
    for heading in columns:
        if heading in mapping.headings:
            continue
        if _NAMES_OF_PEOPLE.match(words_of(heading)) or heading in standard:
            left.append(heading)
        elif heading in sample.columns and _words(sample, heading) and _is_numeric(sample, heading):
            number_.append(heading)
        else:
            text.append(heading)
    if left:
        doubts.append(f"left out, since they name people or repeat a standard column: {', '.join(left)}")
    return replace(mapping, extra_number=tuple(number_), extra_text=tuple(text), leave_out=tuple(left))


def _intake(mapping: Mapping) -> tuple[str, ...]:
    usual = ("prior", "sex", "disadvantaged", "eal", "sen", "ethnicity")
    return tuple(name for name in usual if mapping.fills(name)) if mapping.table == "results" else ()
