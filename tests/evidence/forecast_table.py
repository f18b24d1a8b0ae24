"""The tables of the manual, as docs/evidence/forecasts.json has their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def forecast_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of rules: one per case and rule."""
    for case in found["cases"]:
        for rule in case["rules"]:
            marks = ("chosen" if rule["rule"] == case["chosen"] else "") + (
                ", best" if rule["rule"] == case["best"] else ""
            )
            numbers = (f"{rule[name]:.3f}" for name in ("rmse_before", "rmse", "mae", "rmse_true"))
            yield (
                f"| {case['title']} | {rule['rule']} | {' | '.join(numbers)} | {rule['coverage']:.1%} "
                f"| {marks.strip(', ')} |"
            )


def size_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of sizes: one per case and class, for the rule that was chosen."""
    for case in found["cases"]:
        for one in case["sizes"]:
            yield (
                f"| {case['title']} | {case['chosen']} | {one['pupils']} | {one['n']:,} | {one['rmse']:.3f} "
                f"| {one['held']:.1%} |"
            )


def simulation_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of simulations."""
    for name, one in found["simulations"].items():
        yield f"| {name} | {one['said']:.1%} | {one['found']:.1%} ± {one['error']:.1%} | {one['n']:,} |"


def subject_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of correlations."""
    for row in found["subjects"]:
        others = ", ".join(f"{value:.2f}" for value in row["true_correlations"].values())
        yield (
            f"| {row['correlation']:.1f} | {row['measure']} | {row['sd']:.2f} | {row['mean_se']:.2f} "
            f"| {row['mean_change']:.2f} | {row['largest_change']:.2f} | {others} |"
        )


TABLES: Mapping[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "rules": forecast_lines,
    "sizes": size_lines,
    "simulations": simulation_lines,
    "subjects": subject_lines,
}


def with_tables(page: str, found: dict[str, Any]) -> str:
    """Return the page with the rows of its tables taken from the evidence, anew."""
    for name, lines in TABLES.items():
        rows = "\n".join(lines(found))
        pattern = re.compile(rf"(<!-- {name} -->\n(?:[^\n]*\n){{2}}).*?(<!-- end -->)", re.DOTALL)
        page, n = pattern.subn(lambda found, rows=rows: f"{found[1]}{rows}\n\n{found[2]}", page)
        assert n == 1, name
    return page
