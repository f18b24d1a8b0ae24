"""Where schools stand in trusts, a row is still named after its school."""

from __future__ import annotations

from upwards.web.answer_pages.where_are_we import of_schools, unit_rows


def unit(level: str, *path: str, **more: object) -> dict[str, object]:
    figures = dict.fromkeys(("n", "effect", "lower", "upper", "coverage", "hidden"))
    return {"level": level, "path": list(path), "term": "(Intercept)", **figures, **more}


def test_a_group_above_schools_does_not_take_their_name():
    units = [
        unit("group", "Orchard"),
        unit("group:year", "Orchard", "2024"),
        unit("school", "Orchard", "Alder"),
        unit("school:year", "Orchard", "Alder", "2024"),
    ]
    fit = {"by": {"subject": "reading", "stage": ""}, "units": units}
    assert [(school, inside) for school, inside, _ in of_schools(fit)] == [
        ("Alder", []),
        ("Alder", ["2024"]),
    ]
    rows = unit_rows(fit, "Alder")
    assert [row["level"] for row in rows] == ["school", "school:year 2024"]
    assert not unit_rows(fit, "Orchard")


def test_without_groups_the_school_comes_first():
    units = [unit("school", "Alder"), unit("department", "Alder", "English")]
    fit = {"by": {"subject": "reading", "stage": ""}, "units": units}
    assert [row["level"] for row in unit_rows(fit)] == ["school", "department English"]
    assert list(of_schools({"units": []})) == []
