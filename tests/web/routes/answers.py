"""Pages of figures."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.rows import LEADS, READERS, Row, for_some

ROUTES: Mapping[str, Row] = {
    "where_are_we": Row(for_some(*READERS)),
    "spread": Row(for_some(*READERS)),
    "who_knows_how": Row(for_some(*LEADS, "coach", "governor")),
    "plan": Row(for_some(*LEADS, "coach", "governor")),
    "schools": Row(for_some(*READERS)),
    "school": Row(for_some(*READERS), ("Alder",)),
    "convergence": Row(for_some(*READERS)),
    "groups": Row(for_some(*LEADS, "governor", "researcher")),
    "chart": Row(for_some(*READERS), ("where-are-we", "coverage")),
}
