"""Innovation."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import a_pilot, a_reference, an_observation
from tests.web.routes.rows import LEADS, OF_ALDER, READERS, STAFF, Row, for_all, for_some

ROUTES: Mapping[str, Row] = {
    # innovation: pilots of Alder, which Birch's lead sees only in outline
    "innovation": Row(for_some(*READERS)),
    "pilot_new": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "pilot": Row(for_some(*READERS), a_pilot),
    "pilot_edit": Row(
        {**for_some(*STAFF), "other_lead": 404, "coach": 404},
        a_pilot,
        post={**for_some(*OF_ALDER, "teacher"), "other_lead": 404, "coach": 404},
    ),
    "pilot_state": Row(
        for_all(405),
        a_pilot,
        post={**for_some(*OF_ALDER, "teacher", status=422), "other_lead": 404, "coach": 404},
    ),
    "pilot_decide": Row(
        {**for_some(*STAFF), "other_lead": 404, "coach": 404},
        a_pilot,
        post={**for_some(*OF_ALDER, "teacher"), "other_lead": 404, "coach": 404},
    ),
    "observation_add": Row(
        {**for_some(*STAFF), "other_lead": 404},
        a_pilot,
        post={**for_some(*OF_ALDER, "coach", "teacher"), "other_lead": 404},
    ),
    "observation_remove": Row(
        for_all(405), an_observation, post={**for_some(*OF_ALDER, "teacher", status=302), "other_lead": 404}
    ),
    "pilot_reading": Row(
        for_all(405), a_pilot, post={**for_some(*OF_ALDER, "coach", "teacher", status=302), "other_lead": 404}
    ),
    "reading": Row(for_some(*READERS)),
    "reference_new": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "reference": Row(for_some(*READERS), a_reference),
    "reference_edit": Row(for_some(*LEADS, "teacher"), a_reference, post=for_some(*LEADS, "teacher")),
}
