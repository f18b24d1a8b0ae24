"""Which columns of each published file upwards reads as numbers, as JSON, so that a peer reads the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from upwards.sources.england import markers

read: list[str] = []
read_number: Callable[..., Any] = markers.read_number


def noted(column: str, **options: Any) -> Any:
    read.append(column)
    return read_number(column, **options)


# Before the readers are imported: they take the function by its name.
markers.read_number = noted
from upwards.sources.england.recognise import recognise  # noqa: E402

columns: dict[str, list[str]] = {}
for file in recognise(sys.argv[1]).files:
    read.clear()
    file.read()
    columns[file.opened.place.as_posix()] = list(dict.fromkeys(read))
Path(sys.argv[2]).write_text(json.dumps(columns), encoding="utf-8")
print(json.dumps({"files": len(columns), "columns": sum(map(len, columns.values()))}))
