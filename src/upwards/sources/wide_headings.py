"""Headings that name a subject or a year: the mark of a file with a column per subject or per year."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from functools import cache
from importlib import resources
from types import MappingProxyType

from upwards.core.academic_year import AcademicYear, UnclearYear
from upwards.sources.mapping import Constant, WideColumn

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?:\s?[/\-\u2013_]\s?(?:(?:19|20)\d{2}|\d{2}))?(?!\d)")
_PRIOR = {"prior", "ks1", "ks2", "baseline", "pre", "pretest", "previous", "cat4", "entry"}
_IGNORED = {
    "score",
    "result",
    "results",
    "mark",
    "grade",
    "scaled",
    "test",
    "exam",
    "points",
    "gcse",
    "final",
}


def words_of(heading: str) -> str:
    """Write a heading in lower case with single spaces between its words.

    Examples
    --------
    >>> words_of("KS2_PriorAttainment (APS)")
    'ks2 prior attainment aps'
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", heading)
    return " ".join(re.sub(r"[\W_]+", " ", spaced.lower()).split())


def year_in(text: str) -> int | None:
    """Return the academic year that a text names, or None.

    Examples
    --------
    >>> year_in("results 2018-19"), year_in("Maths 2019"), year_in("maths")
    (2019, 2019, None)
    """
    match = _YEAR.search(text)
    if match is None:
        return None
    label = re.sub(r"\s", "", match.group())
    try:
        return AcademicYear.parse(re.sub(r"[\-\u2013_]", "/", label)).ending
    except UnclearYear:
        return None


@cache
def load_subjects() -> Dict[str, str]:
    """Read the spellings of subjects: spelling to the name that `upwards` writes."""
    text = resources.files("upwards.sources").joinpath("subjects.toml").read_text(encoding="utf-8")
    return MappingProxyType({s: name for name, spellings in tomllib.loads(text).items() for s in spellings})


def subject_in(text: str) -> str | None:
    """Return the subject that a text names exactly, whatever its spelling, or None.

    Examples
    --------
    >>> subject_in("Maths"), subject_in("Eng Lit"), subject_in("attendance")
    ('mathematics', 'english literature', None)
    """
    return load_subjects().get(words_of(text))


def find_wide_columns(headings: Iterable[str], columns: Dict[str, str]) -> tuple[WideColumn, ...]:
    """Find the headings that are scores of a subject, of a year, or of both.

    Parameters
    ----------
    headings
        Headings of columns that hold numbers or grades.
    columns
        Standard columns already found; what they give is not looked for in headings.

    Returns
    -------
    tuple of WideColumn
        Prior attainment ("KS2 maths") goes with the scores of its subject.
    """
    scores: list[WideColumn] = []
    priors: dict[str | None, str] = {}
    for heading in headings:
        subject, year, is_prior = _read(heading)
        if is_prior and (subject is not None or words_of(heading) in _PRIOR):
            priors.setdefault(subject, heading)
        elif subject is not None or (year is not None and not _rest(heading)):
            constants: dict[str, Constant] = {} if subject is None else {"subject": subject}
            scores.append(WideColumn(heading, constants if year is None else {**constants, "year": year}))
    scores = [entry for entry in scores if not set(entry.constants) & set(columns)]
    return tuple(_with_prior(entry, priors) for entry in scores)


def _with_prior(entry: WideColumn, priors: Dict[str | None, str]) -> WideColumn:
    prior = priors.get(str(entry.constants["subject"])) if "subject" in entry.constants else None
    return entry if prior is None else WideColumn(entry.heading, entry.constants, {"prior": prior})


def _read(heading: str) -> tuple[str | None, int | None, bool]:
    words = _rest(heading)
    is_prior = any(word in _PRIOR for word in words)
    kept = [word for word in words if word not in _PRIOR]
    return subject_in(" ".join(kept)), year_in(heading), is_prior


def _rest(heading: str) -> Sequence[str]:
    """Return the words of a heading that are neither a year nor say merely that it is a score."""
    return [word for word in words_of(_YEAR.sub(" ", heading)).split() if word not in _IGNORED]
