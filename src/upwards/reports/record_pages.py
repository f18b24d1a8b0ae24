"""Two self-contained pages on the public record: convergence, and groups of schools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upwards.reports.convergence_contents import describe_convergence_page
from upwards.reports.groups_contents import describe_group_page, describe_groups_page
from upwards.reports.page import fill_template

WHOLE_TABLE = 2000  # groups of a country are all listed, by name


def render_convergence_page(report: Mapping[str, Any]) -> str:
    """Write what is known of convergence as one HTML page that needs no network and no script.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_record_report.prepare_convergence_report`.

    Returns
    -------
    str
        HTML; everything that comes from data is escaped.
    """
    return _render("convergence.html.j2", report, describe_convergence_page(report))


def render_groups_page(report: Mapping[str, Any]) -> str:
    """Write how groups of schools compare, or what is known of one, as one HTML page.

    Parameters
    ----------
    report
        From `upwards.actions.prepare_record_report.prepare_groups_report`.

    Returns
    -------
    str
        HTML; everything that comes from data is escaped.
    """
    if report["group"] is not None:
        return _render("group.html.j2", report, describe_group_page(report))
    return _render("groups.html.j2", report, describe_groups_page(report))


def _render(template: str, report: Mapping[str, Any], contents: Mapping[str, Any]) -> str:
    return fill_template(
        template,
        hidden_at=int(report["small_counts"]),
        whole_table=WHOLE_TABLE,
        report=report,
        **contents,
    )
