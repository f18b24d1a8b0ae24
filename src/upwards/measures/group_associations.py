"""What goes with what among groups of schools: their areas beside their characteristics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from upwards.core.panel import Flags, Floats
from upwards.measures.associations import Associations, Outcome, Spread, relate
from upwards.measures.group_areas import Area
from upwards.measures.group_characteristics import Characteristics


def relate_areas(areas: Mapping[str, Area], described: Characteristics, which: Flags) -> Associations:
    """Relate the areas to the characteristics of groups.

    Parameters
    ----------
    areas
        By name.
    described
        Characteristics of G groups.
    which
        Shape (G,): groups that take part.

    Returns
    -------
    Associations
        Size as doublings, isolation as doublings of minutes plus one, the rest as it is.
    """
    characteristics: dict[str, Floats] = {
        "size": np.log2(described.size.astype(np.float64)),
        "phases": described.share_primary,
        "types: sponsored": described.share_sponsored,
        "types: newly founded": described.share_new,
        "pct_disadvantaged": described.pct_disadvantaged,
        "growth": described.growth,
        "isolation_minutes": np.log2(described.isolation_minutes + 1),
    }
    return relate([_outcome(area, which) for area in areas.values()], characteristics)


def _outcome(area: Area, which: Flags) -> Outcome:
    value = np.where(which, area.direct, np.nan)
    if area.model is None:
        return Outcome(area.name, value, area.direct_variance)
    spread = Spread(area.group_sd, area.model.group_sds, area.model.weights)
    return Outcome(area.name, value, area.direct_variance, spread)
