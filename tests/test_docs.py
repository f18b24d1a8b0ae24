"""The manual cannot rot: every example is executed, every setting and command has its heading."""

from __future__ import annotations

import doctest
import os
import re
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from upwards.core.settings import Settings

PROJECT = Path(__file__).parents[1]
PAGES = sorted(
    [*PROJECT.glob("*.md"), *(page for page in PROJECT.glob("docs/**/*.md") if "_build" not in page.parts)]
)
SETTING_UP = re.compile(r"(make|git|cd|apt-get|python3? -m venv|\.venv/bin/)")
LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```(?P<language>[a-z{}-]*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int


def blocks(page: Path, *languages: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = [
        Block(one["language"], one["text"], text.count("\n", 0, one.start()) + 2)
        for one in FENCE.finditer(text)
    ]
    return [block for block in found if block.language in languages]


def name(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def with_blocks(*languages: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, *languages)]


def run_python(block: Block, names: dict[str, object], page: str) -> None:
    if ">>>" not in block.text:
        exec(compile(block.text, f"{page}:{block.line}", "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block.text, {}, page, page, block.line - 1)
    test.globs = names
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=LIKE)
    runner.run(test, out=said.append, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


def run_commands(block: Block, folder: Path, page: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb"}
    for step in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, wanted = step.replace("\\\n", " ").partition("\n")
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        got = done.stdout + done.stderr
        refused = wanted.startswith("upwards: ")
        assert (done.returncode == 2) if refused else (done.returncode == 0), f"{page}: {command}\n{got}"
        agrees = doctest.OutputChecker().check_output(wanted, got, LIKE)
        assert not wanted.strip() or agrees, f"{page}: {command}\nwanted:\n{wanted}\ngot:\n{got}"


@pytest.mark.parametrize("page", with_blocks("python", "console"), ids=name)
def test_every_example_of_the_page_does_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page, "python", "console"):
        if block.language == "python":
            run_python(block, names, name(page))
        else:
            run_commands(block, tmp_path, name(page))


@pytest.mark.parametrize("page", with_blocks("sh", "bash", "shell"), ids=name)
def test_what_is_not_run_only_sets_things_up(page):
    for block in blocks(page, "sh", "bash", "shell"):
        assert all(
            SETTING_UP.match(line) for line in block.text.splitlines() if line and not line.startswith(" ")
        )


def generated() -> dict[Path, str]:
    pages = runpy.run_path(str(PROJECT / "docs" / "generators" / "__main__.py"), run_name="pages")["pages"]
    return pages()


@pytest.mark.parametrize(("page", "text"), generated().items(), ids=lambda one: getattr(one, "name", ""))
def test_generated_pages_are_in_step_with_the_program(page, text):
    assert page.exists(), f"write {page.name} with: make docs"
    assert page.read_text(encoding="utf-8") == text, f"write {page.name} anew with: make docs"


def headings(folder: str) -> set[str]:
    pages = (PROJECT / "docs" / folder).glob("*.md")
    found = re.findall(
        r"^#+ +(.+?) *$", "\n".join(page.read_text(encoding="utf-8") for page in pages), re.MULTILINE
    )
    return {heading.strip("`") for heading in found}


def test_every_setting_has_a_heading():
    assert set(Settings.load()) <= headings("reference")


def test_every_command_has_a_heading(commands):
    assert {f"upwards {command}" for command in commands} <= headings("reference")


def test_every_decision_says_how_it_is_checked():
    decisions = [page for page in (PROJECT / "docs" / "decisions").glob("*.md") if page.name != "index.md"]
    assert decisions
    for page in decisions:
        assert re.match(r"\d{4}-", page.name)
        assert "How it is checked" in page.read_text(encoding="utf-8"), page.name


def test_the_changelog_tells_which_figures_change():
    assert "### Figures that change" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
