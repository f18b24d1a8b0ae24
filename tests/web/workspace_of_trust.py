"""A made-up trust: four schools, two subjects, three years, and no real pupil."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SCHOOLS = ("Alder", "Birch", "Cedar", "Damson")
SUBJECTS = ("mathematics", "reading")
YEARS = (2022, 2023, 2024)
PUPILS = 30
DRAWS = 200


def write_results(path: Path) -> Path:
    """Alder is strong in mathematics every year; the rest differs little."""
    rng = np.random.default_rng(20241)
    lines = ["pupil,school,subject,stage,year,class,teacher,prior,score"]
    number = 0
    for school in SCHOOLS:
        for year in YEARS:
            for _ in range(PUPILS):
                number += 1
                prior = rng.normal()
                for subject in SUBJECTS:
                    lift = 1.2 if (school, subject) == ("Alder", "mathematics") else 0.0
                    score = 100 + 15 * (0.6 * prior + lift + 0.8 * rng.normal())
                    form = number % 3
                    lines.append(
                        f"P{number},{school},{subject},year 6,{year},{school}-{year}-{form},"
                        f"T-{school}-{form},{100 + 15 * prior:.1f},{score:.1f}"
                    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_workspace(folder: Path) -> None:
    """Import the results and compute once what most pages ask."""
    from upwards.actions.import_data import import_data
    from upwards.actions.init_workspace import init_workspace

    init_workspace(folder, name="Orchard Trust")
    source = write_results(folder.parent / f"{folder.name}-results.csv")
    import_data([source], as_table="results", workspace=folder, accept_doubts=True)
