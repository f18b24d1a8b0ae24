"""Which reader a file needs."""

from __future__ import annotations

from pathlib import Path

from upwards.core.errors import near_misses
from upwards.sources.batches import TextSource
from upwards.sources.errors import MissingFile, UnsupportedFile, forbidden

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
ENDINGS = (*TEXT_ENDINGS, ".xlsx", ".parquet")


def find_file(source: str | Path) -> tuple[Path, str | None]:
    """Split ``"results.xlsx#Year 11"`` into file and sheet, and make sure the file is there.

    Raises
    ------
    MissingFile, UnsupportedFile, UnreadableFile
        If there is no such file, it is a folder, or its kind cannot be read.
    """
    path, sheet = Path(source).expanduser(), None
    if not path.exists() and "#" in path.name:
        name, _, sheet = path.name.partition("#")
        path = path.with_name(name) if name else path
    if not path.exists():
        raise MissingFile(f"There is no file {str(path)!r}{_neighbours(path)} Check the name and the folder.")
    if path.is_dir():
        raise UnsupportedFile(f"{str(path)!r} is a folder. Name one file in it: {', '.join(ENDINGS)}.")
    if path.suffix.lower() not in ENDINGS:
        raise UnsupportedFile(
            f"{path.name} is of a kind that cannot be read ({path.suffix or 'no ending'}). Supported are "
            f"{', '.join(ENDINGS)}; an old .xls or .ods can be saved as .xlsx."
        )
    return path, sheet


def open_text(source: str | Path, *, sheet: str | None = None) -> TextSource:
    """Open a file so that its rows can be streamed as text.

    Parameters
    ----------
    source
        Path to a CSV, TSV, XLSX or Parquet file; ``"book.xlsx#Sheet"`` names a sheet.
    sheet
        Sheet of a workbook, where the path does not say.

    Raises
    ------
    UserError
        If the file is missing, empty, damaged or of a kind that cannot be read.
    """
    path, named = find_file(source)
    try:
        return _open(path, named or sheet)
    except PermissionError:
        raise forbidden(path) from None


def _open(path: Path, sheet: str | None) -> TextSource:
    ending = path.suffix.lower()
    if ending == ".xlsx":
        from upwards.sources.excel import open_sheet

        return open_sheet(path, sheet)
    if ending == ".parquet":
        from upwards.sources.parquet import open_parquet

        return open_parquet(path)
    from upwards.sources.delimited import detect_delimited

    return detect_delimited(path)


def _neighbours(path: Path) -> str:
    folder = path.parent
    names = [p.name for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
    return near_misses(path.name, names) or "."
