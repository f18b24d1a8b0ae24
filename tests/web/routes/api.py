"""Every operation of the interface for programs, and what a token of each role gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.web.routes.rows import ANY

HOLDERS = ("owner", "school_lead", "other_lead", "teacher", "governor", "researcher", "reviewer")
LEADS = ("owner", "school_lead", "other_lead")
OF_SCHOOLS = (*LEADS, "teacher", "governor")
OF_DATA = (*LEADS, "governor", "researcher")


@dataclass(frozen=True)
class Operation:
    """What happens at one operation: a status for each holder of a token; without a token it is 401."""

    expected: Mapping[str, int]
    query: Mapping[str, Any] = field(default_factory=dict)


def for_holders(*names: str, status: int = 200) -> dict[str, int]:
    return {**dict.fromkeys(names, status), ANY: 403}


# 422 and 404 come after the door: who may not gets 403 for the same question.
OPERATIONS: Mapping[str, Operation] = {
    "api-token": Operation(for_holders(*HOLDERS)),
    "api-schools": Operation(for_holders(*OF_SCHOOLS)),
    "api-school": Operation(for_holders(*OF_SCHOOLS)),
    "api-snapshots": Operation(for_holders(*OF_DATA)),
    "api-tables": Operation(for_holders(*OF_DATA)),
    "api-partnerships": Operation(for_holders(*LEADS, "teacher")),
    "api-term-dates": Operation(for_holders(*HOLDERS)),
    "api-practices": Operation(for_holders(*OF_SCHOOLS)),
    "api-value-added": Operation(for_holders(*OF_SCHOOLS)),
    "api-disparity": Operation(for_holders(*OF_SCHOOLS)),
    "api-bright-spots": Operation(for_holders(*LEADS, "governor")),
    "api-stage": Operation(for_holders(*OF_SCHOOLS)),
    "api-plan": Operation(for_holders(*LEADS, "governor")),
    "api-convergence": Operation(for_holders(*OF_SCHOOLS, status=422), {"measure": "none"}),
    "api-groups": Operation(for_holders(*OF_DATA, status=422)),
    "api-school-scores": Operation(
        for_holders(*OF_SCHOOLS, status=422), {"measures": "none", "schools": "1"}
    ),
    "api-regions": Operation(for_holders(*OF_DATA)),
    "api-record": Operation(for_holders(*HOLDERS)),
    "api-coverage": Operation(for_holders(*OF_DATA)),
    "api-snapshot-changes": Operation(for_holders(*OF_DATA, status=404), {"after": "none"}),
    "api-jobs": Operation(for_holders(*HOLDERS)),
    # a job that the owner began is there for those who may ask the same
    "api-job": Operation({**dict.fromkeys(OF_DATA, 200), ANY: 404}),
    "api-job-again": Operation({**dict.fromkeys(OF_DATA, 200), ANY: 404}),
}
