"""What a user types on the public record, as one process: ``upwards import``, ``convergence``, ``groups``."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import time
from pathlib import Path

begin = time.perf_counter()
from upwards.cli.app import app  # noqa: E402

imported = time.perf_counter()


def main() -> None:
    workspace, command = Path(sys.argv[1]), sys.argv[2:]
    if command[0] == "import":
        shutil.rmtree(workspace, ignore_errors=True)
        run(["init", str(workspace)])
    else:
        shutil.rmtree(workspace / "answers", ignore_errors=True)  # no answer kept from the run before
    start = time.perf_counter()
    answer = run([*command, "--workspace", str(workspace), "--format", "json"])
    seconds = {"seconds": time.perf_counter() - start, "imports_seconds": imported - begin}
    print(json.dumps(seconds | describe(answer)))


def run(arguments: list[str]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = app(arguments, standalone_mode=False)
    if status:
        sys.exit(f"upwards {' '.join(arguments)} ended with status {status}")
    return said.getvalue()


def describe(text: str) -> dict[str, float | int | str | None]:
    """Give enough of the answer to see that it is one, and which."""
    if not text.lstrip().startswith("{"):
        return {}
    answer = json.loads(text)
    if "totals" in answer:
        rows = sum(answer["tables"].values())
        return {"rows_in": answer["totals"]["n_in"], "rows": rows, "n_files": answer["totals"]["n_files"]}
    if "answers" in answer:
        first = answer["answers"][0]
        found = {"n_units": first["n_units"], "slope": first["persistent_slope"], "state": first["state"]}
        return {**found, "n_answers": len(answer["answers"])}
    named = ("n_eligible", "n_schools")
    return {name: answer[name] for name in named} | {"n_associations": len(answer["associations"])}


main()
