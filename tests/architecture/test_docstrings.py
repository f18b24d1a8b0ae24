"""Public names say what they do, from core to actions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

WITHOUT = {"cli", "web"}
Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_names(body: list[ast.stmt], above: str = "") -> Iterator[tuple[str, Public]]:
    for node in body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield above + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_names(node.body, f"{above}{node.name}.")


def test_every_public_name_has_a_docstring(package: Path):
    missing = []
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0]
        if room in WITHOUT:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [("the module", tree), *public_names(tree.body)]
        missing += [
            f"{path.relative_to(package)}: {name}" for name, node in names if not ast.get_docstring(node)
        ]
    assert not missing
