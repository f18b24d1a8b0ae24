"""Programmes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import a_programme, a_programme_session
from tests.web.routes.rows import LEADS, LEADS_OF_ALDER, OF_ALDER, READERS, Row, for_all, for_some

ROUTES: Mapping[str, Row] = {
    # programmes: one of Alder alone, in which nobody of the cast takes part
    "programmes": Row(for_some(*READERS)),
    "programme_new": Row(for_some(*LEADS), post=for_some(*LEADS)),
    "programme": Row(
        {**for_some(*OF_ALDER, "coach", "governor"), "other_lead": 404, "teacher": 404}, a_programme
    ),
    "programme_edit": Row(LEADS_OF_ALDER, a_programme, post=LEADS_OF_ALDER),
    "programme_framework": Row(LEADS_OF_ALDER, a_programme, post=LEADS_OF_ALDER),
    "programme_state": Row(
        for_all(405), a_programme, post={**for_some(*OF_ALDER, status=422), "other_lead": 404}
    ),
    "programme_people": Row(
        LEADS_OF_ALDER, a_programme, post={**for_some(*OF_ALDER, status=302), "other_lead": 404}
    ),
    "programme_table": Row(
        {**for_some(*OF_ALDER, "coach", "governor"), "other_lead": 404}, lambda: (*a_programme(), "csv")
    ),
    "programme_session_new": Row(LEADS_OF_ALDER, a_programme, post=LEADS_OF_ALDER),
    "programme_session": Row(LEADS_OF_ALDER, a_programme_session, post=LEADS_OF_ALDER),
    "attendance": Row(
        {**for_some(*OF_ALDER), **dict.fromkeys(("other_lead", "coach", "teacher", "governor"), 404)},
        a_programme_session,
        post={
            **for_some(*OF_ALDER, status=302),
            **dict.fromkeys(("other_lead", "coach", "teacher", "governor"), 404),
        },
    ),
}
