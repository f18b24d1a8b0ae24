"""One self-contained page: every answer in plain sentences, the statistics one click away."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from upwards.core.shares import as_share
from upwards.reports.contents import describe_contents
from upwards.reports.wording import (
    as_count,
    as_day,
    as_expected,
    as_figure,
    as_interval,
    as_prose,
    as_school_year,
)

WHOLE_TABLE = 300


def render_page(report: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> str:
    """Write a report as one HTML page that needs no network and no script.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_report`.
    about
        What the data is: ``title, what, cannot_show, attribution``; the workspace's name alone if not given.

    Returns
    -------
    str
        HTML; everything that comes from data is escaped.
    """
    return fill_template(
        "page.html.j2",
        hidden_at=int(report["small_counts"]),
        whole_table=WHOLE_TABLE,
        about={
            "title": report["workspace"],
            "what": [],
            "cannot_show": [],
            "attribution": "",
            **(about or {}),
        },
        report=report,
        **describe_contents(report),
    )


def fill_template(template: str, *, hidden_at: int, whole_table: int, **shown: Any) -> str:
    """Fill a template in the look that all pages share; everything that comes from data is escaped."""
    environment = Environment(
        loader=PackageLoader("upwards.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": as_figure,
        "interval": as_interval,
        "share": as_share,
        "day": as_day,
        "expected": as_expected,
        "prose": as_prose,
        "school_year": as_school_year,
        "count": lambda value: as_count(value, hidden_at),
    }
    style = resources.files("upwards.reports").joinpath("templates", "page.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(style=Markup(style), whole_table=whole_table, **shown)
