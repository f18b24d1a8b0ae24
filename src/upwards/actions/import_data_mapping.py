"""Say how a file would become a standard table, before it is imported."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from upwards.core.errors import EmptyData
from upwards.core.tables import find_table
from upwards.sources.batches import TextBatch, TextSource
from upwards.sources.errors import BadMapping
from upwards.sources.files import find_file, open_text
from upwards.sources.mapping import Mapping
from upwards.sources.mapping_file import (
    mapping_text,
    parse_mapping,
    read_mapping,
    read_mapping_text,
    write_mapping,
)
from upwards.sources.proposal import propose_mapping as propose
from upwards.store.imports import find_mapping
from upwards.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """How a file would be read.

    Attributes
    ----------
    file
        Its path.
    mapping
        Which heading becomes which column.
    headings
        Those of the file.
    detected
        Encoding and layout found, in words.
    origin
        Where the mapping comes from: ``"given"``, ``"used before"`` or ``"proposed"``.
    doubts
        What a person should look at; empty when nothing is ambiguous.
    problem
        Why the mapping cannot be used as it is; None when it can.
    given_name
        What its owner calls it, where it is kept under another name.
    """

    file: Path
    mapping: Mapping
    headings: tuple[str, ...]
    detected: str
    origin: str
    doubts: tuple[str, ...]
    problem: str | None
    given_name: str = ""

    @property
    def name(self) -> str:
        """What the file is called in sources and messages."""
        return self.given_name or self.file.name

    @property
    def is_clear(self) -> bool:
        """Whether the file can be read without asking anybody."""
        return self.problem is None and not self.doubts

    @property
    def text(self) -> str:
        """The mapping as TOML."""
        return mapping_text(replace(self.mapping, doubts=()))


def propose_mapping(
    file: str | Path,
    *,
    as_table: str,
    workspace: str | Path | None = None,
    map_file: str | Path | None = None,
    map_text: str | None = None,
    sheet: str | None = None,
    name: str = "",
) -> MappingProposal:
    """Say how a file would become a standard table.

    Parameters
    ----------
    file
        CSV, TSV, XLSX or Parquet; ``"book.xlsx#Sheet"`` names a sheet.
    as_table
        Name of the standard table.
    workspace
        Where a mapping of the same headings may have been used before.
    map_file
        A mapping as TOML, to be used instead.
    map_text
        The same, as text.
    sheet
        Sheet of a workbook.
    name
        What its owner calls the file, where it is kept under another name.

    Returns
    -------
    MappingProposal

    Raises
    ------
    UserError
        When the file cannot be read, or the map file is not a mapping of this table.
    """
    table, opened = find_table(as_table).name, Workspace.open(workspace)
    path, named = find_file(file)
    sheet = sheet or named
    given = None if map_file is None else read_mapping(map_file)
    given = given if map_text is None else read_mapping_text(map_text)
    source = open_text(path, sheet=sheet or (given.sheet if given else None))
    if given is not None:
        mapping, origin = given, "given"
    else:
        mapping, origin = _known_or_proposed(opened, source, path, table, name or path.name)
    mapping = replace(mapping, sheet=sheet or mapping.sheet)
    problem = _problem(mapping, table, source)
    detected, doubts = source.detected, mapping.doubts
    return MappingProposal(path, mapping, source.columns, detected, origin, doubts, problem, name)


def _known_or_proposed(
    workspace: Workspace, source: TextSource, path: Path, table: str, name: str
) -> tuple[Mapping, str]:
    proposed = propose(source.columns, table, _sample(source).rows, file=name)
    found = find_mapping(workspace, table, source.columns, path)
    if found is None:
        return proposed, "proposed"
    mapping = parse_mapping(tomllib.loads(found.text))
    if found.same_file or not mapping.constants:
        return mapping, "used before"
    # What was the same in every row of that file, such as its year, need not be so in this one.
    year = {"year": proposed.constants["year"]} if "year" in proposed.constants else {}
    constants = {**mapping.constants, **year}
    said = ", ".join(f"{name} = {value}" for name, value in constants.items())
    doubts = (f"the mapping used before gives every row the same {said}: check that it holds here",)
    return replace(mapping, constants=constants, doubts=doubts), "used before"


def _sample(source: TextSource) -> TextBatch:
    for batch in source.batches():
        return batch
    raise EmptyData(f"{source.path.name} has headings but no rows. Export it again with its rows.")


def _problem(mapping: Mapping, table: str, source: TextSource) -> str | None:
    if mapping.table != table:
        return f"The mapping is for {mapping.table!r}, not {table!r}. Import with --as {mapping.table}."
    try:
        mapping.check(source.path.name, source.columns)
    except BadMapping as error:
        return str(error)
    return None


def save_mapping(proposal: MappingProposal, folder: str | Path) -> Path:
    """Write a mapping to a file that a person can edit, never over another one.

    Parameters
    ----------
    proposal
        Whose mapping.
    folder
        Where to.

    Returns
    -------
    Path
        The file, named after the one it is for.
    """
    numbers: Sequence[str] = ["", *(f"-{number}" for number in range(2, 1000))]
    paths = (Path(folder, f"{proposal.file.stem}.map{number}.toml") for number in numbers)
    path = next(path for path in paths if not path.exists())
    write_mapping(proposal.mapping, path, file=proposal.file.name)
    return path
