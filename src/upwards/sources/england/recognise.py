"""A folder of published files: what each file is, by its place and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import polars as pl

from upwards.core.errors import EmptyData, UserError, near_misses
from upwards.sources.england.datasets import england_datasets
from upwards.sources.england.opening import open_release, text_rows
from upwards.sources.england.periods import find_period, period_text
from upwards.sources.england.release import Dataset, OpenedFile, Period, Release
from upwards.sources.errors import MissingFile, UnreadableFile
from upwards.sources.problems import Problem, Problems

# What lies beside data without being data, an open workbook's lock (~$…) too; all else must be understood.
_NOTES = re.compile(
    r"^(readme|provenance|licen[cs]e|sources|checksums|sha256sums|\.|~\$)|^(fetched\.json|thumbs\.db|desktop\.ini)$"
)
_DICTIONARY = re.compile(r"[-_]meta(data)?\.(csv|xlsx)$")
# A dictionary describes columns: one of these stands in its row of headings.
_DESCRIBING = frozenset(
    {"metafile heading", "field name", "field reference", "variable", "region name", "label/description"}
)
_DEEPEST_LINK = 3  # folders below the one given in which a link to a folder is followed
_PARENTS = 2  # folders above the one given whose names are looked at too


@dataclass(frozen=True, slots=True, eq=False)
class RecognisedFile:
    """A published file whose kind is known.

    Attributes
    ----------
    opened
        The file, open.
    dataset
        Its kind.
    """

    opened: OpenedFile
    dataset: Dataset

    @property
    def period(self) -> str:
        """Its period as text, so that later ones sort later; ``""`` where the file itself says it."""
        return period_text(self.opened.period)

    def read(self) -> Release:
        """Read it into standard tables; a file that cannot be read at all is a problem like any other."""
        try:
            return self.dataset.read(self.opened)
        except UserError as error:
            return _unread(self.opened.place, str(error))
        except pl.exceptions.ComputeError:
            return _unread(
                self.opened.place,
                "it opens but its rows cannot be read to the end: it was damaged or cut short. Download it "
                "again.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What lies in a folder.

    Attributes
    ----------
    files
        Data, by place.
    dictionaries
        The publisher's descriptions of columns: no data.
    ignored
        Notes and hidden files.
    problems
        Files that were not understood, each with what to do.
    """

    files: tuple[RecognisedFile, ...]
    dictionaries: tuple[str, ...]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]


def recognise(*roots: str | Path) -> Recognition:
    """Find out what each file of a folder is.

    Parameters
    ----------
    *roots
        Folders of published files in any depth, or single files.

    Returns
    -------
    Recognition
        Every file is in one of its lists.

    Raises
    ------
    MissingFile
        If there is no such folder or file.
    EmptyData
        If the folder holds no file.

    Notes
    -----
    A file is of the kind whose place and headings it has. One that lies elsewhere is known by its headings
    alone; one in the right place whose headings are missing was changed by its publisher, and is a problem.
    """
    found: dict[str, list[RecognisedFile | str | Problem]] = {
        "data": [],
        "dictionary": [],
        "note": [],
        "?": [],
    }
    for path, inside in dict.fromkeys(_files(roots)):
        kind, what = _recognise_file(path, inside)
        found[kind].append(what)
    if not any(found.values()):
        named = ", ".join(repr(str(root)) for root in roots)
        raise EmptyData(f"{named} holds no file. Name the folder with the published files.")
    return Recognition(
        tuple(one for one in found["data"] if isinstance(one, RecognisedFile)),
        tuple(str(one) for one in found["dictionary"]),
        tuple(str(one) for one in found["note"]),
        tuple(one for one in found["?"] if isinstance(one, Problem)),
    )


def _files(roots: Sequence[str | Path]) -> Iterator[tuple[Path, PurePosixPath]]:
    """Yield each file with its path inside the folder given."""
    for root in roots:
        folder = Path(root).expanduser()
        if not folder.exists():
            raise MissingFile(f"There is no folder or file {str(folder)!r}. Check the name.")
        if folder.is_file():
            yield folder, PurePosixPath(folder.name)
        else:
            yield from _walk(folder, PurePosixPath(), frozenset({folder.resolve()}))


def _walk(
    folder: Path, inside: PurePosixPath, above: frozenset[Path]
) -> Iterator[tuple[Path, PurePosixPath]]:
    """Yield what lies in a folder and below it, links to folders followed, and links that cannot be."""
    for path in sorted(folder.iterdir()):
        place = inside / path.name
        if not path.is_dir() or (path.is_symlink() and not _may_follow(path, place, above)):
            yield path, place
        elif not path.name.startswith("."):
            yield from _walk(path, place, above | {path.resolve()})


def _may_follow(link: Path, place: PurePosixPath, above: frozenset[Path]) -> bool:
    return link.resolve() not in above and len(place.parts) <= _DEEPEST_LINK


def _recognise_file(path: Path, inside: PurePosixPath) -> tuple[str, RecognisedFile | str | Problem]:
    if _NOTES.search(path.name.lower()):
        return "note", str(inside)
    if not path.is_file():
        return "?", whole_file_problem(inside, _why_not_followed(path))
    try:
        if _DICTIONARY.search(path.name.lower()):
            _check_dictionary(path, inside)
            return "dictionary", str(inside)
        return "data", _find_dataset(path, inside)
    except UserError as error:
        return "?", whole_file_problem(inside, str(error))


def _why_not_followed(path: Path) -> str:
    if not path.exists():
        return "it is a link that leads nowhere. Put the file itself there, or take the link away."
    if path.is_dir():
        return (
            "it is a link to a folder, and leads back to where it stands or lies more than "
            f"{_DEEPEST_LINK} folders deep. Put the folder itself there, or take the link away."
        )
    return "it is no file that can be read, but a pipe or a device. Take it away."


def whole_file_problem(place: PurePosixPath, message: str) -> Problem:
    """Turn a message on a whole file into a problem: what happened, then what to do."""
    what, mark, remedy = message.rpartition(". ")
    if not mark:
        what, remedy = message.removesuffix("."), "Take it away, or download it again"
    return Problem(str(place), None, None, None, what, remedy.removesuffix("."))


def _check_dictionary(path: Path, inside: PurePosixPath) -> None:
    opened = open_release(path, inside, None)
    if not _DESCRIBING & {heading.lower() for heading in opened.columns}:
        raise UnreadableFile(
            "it is named like a dictionary of columns but has the columns "
            f"{', '.join(map(repr, opened.columns[:8]))}. Download it again, or take it away"
        )
    text_rows(opened, allow_short=True)


def _find_dataset(path: Path, inside: PurePosixPath) -> RecognisedFile:
    """Choose the kind of file whose place and headings fit; among several, the one that asks for most."""
    placed = [dataset for dataset in england_datasets() if _place_of(dataset, path, inside) is not None]
    opened = open_release(path, inside, find_period(inside))
    headings = frozenset(opened.columns)
    fitting = [d for d in placed if d.headings <= headings]
    if not fitting and placed:
        _refuse_headings(opened, min(placed, key=lambda d: len(d.headings - headings)))
    if not fitting:
        fitting = [d for d in england_datasets() if d.headings <= headings]
    if not fitting:
        _refuse_unknown(opened)
    dataset = max(fitting, key=lambda d: len(d.headings))
    place = _place_of(dataset, path, inside) or _dated(path, inside)
    return RecognisedFile(replace(opened, place=place, period=find_period(place)), dataset)


def _places(path: Path, inside: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the path inside the folder, then with the names of the folders above it."""
    whole = PurePosixPath(path.absolute().as_posix())
    for depth in range(len(inside.parts), min(len(inside.parts) + _PARENTS, len(whole.parts) - 1) + 1):
        yield PurePosixPath(*whole.parts[-depth:])


def _place_of(dataset: Dataset, path: Path, inside: PurePosixPath) -> PurePosixPath | None:
    places = [place for place in _places(path, inside) if dataset.place.search(str(place))]
    dated = [place for place in places if find_period(place) is not None]
    return next(iter([*dated, *places]), None)


def _dated(path: Path, inside: PurePosixPath) -> PurePosixPath:
    return next((place for place in _places(path, inside) if find_period(place) is not None), inside)


def _refuse_headings(opened: OpenedFile, dataset: Dataset) -> None:
    missing = sorted(dataset.headings - set(opened.columns))
    first = missing[0]
    period, near = _in_words(opened.period), near_misses(first, opened.columns).removesuffix("?")
    others = f" and {len(missing) - 1} more ({', '.join(map(repr, missing[1:4]))})" if missing[1:] else ""
    raise UnreadableFile(
        f"{opened.path.name}{period} has no column {first!r}{near}{others}, so it "
        f"cannot be read as: {dataset.title}. If the release renamed it, add the new name in "
        f"{dataset.module}; if the file was changed or cut, download it again"
    )


def _in_words(period: Period) -> str:
    return "" if period is None else f" ({period})"


def _refuse_unknown(opened: OpenedFile) -> None:
    columns = set(opened.columns)
    nearest = max(england_datasets(), key=lambda d: len(d.headings & columns) / len(d.headings))
    missing = ", ".join(map(repr, sorted(nearest.headings - columns)[:4]))
    raise UnreadableFile(
        f"it is not a file that is known by its place or its headings; nearest is {nearest.title}, which has "
        f"{missing} too. Take it out of the folder, or add it as a Dataset in sources/england"
    )


def _unread(place: PurePosixPath, message: str) -> Release:
    problems = Problems()
    problem = whole_file_problem(place, message)
    problems.add(None, problem.what, [problem], 1)
    return Release({}, problems)
