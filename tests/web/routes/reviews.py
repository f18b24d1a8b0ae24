"""Reviews, audits and system health."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import (
    a_pulse,
    a_review,
    an_action_of_review,
    an_activity,
    an_agreed_review,
    an_allocation,
    an_audit,
    hours_drawn,
)
from tests.web.routes.rows import GROUP, LEADS, LEADS_OF_ALDER, OF_ALDER, STAFF, Row, for_all, for_some

ROUTES: Mapping[str, Row] = {
    # reviews: the reviewer is allocated to the one of Alder, whose lead hosts it
    "reviews": Row(for_some(*LEADS, "coach", "governor", "reviewer")),
    "review_new": Row(for_some("owner", "group_lead"), post=for_some(*GROUP)),
    "review": Row(
        {**for_some(*OF_ALDER, "reviewer"), **dict.fromkeys(("other_lead", "coach", "governor"), 404)},
        a_review,
    ),
    "review_edit": Row(for_some("owner", "group_lead"), a_review, post=for_some(*GROUP)),
    "review_allocate": Row(for_all(405), a_review, post=for_some(*GROUP)),
    "review_release": Row(for_all(405), an_allocation, post=for_some(*GROUP, status=302)),
    "review_state": Row(
        for_all(405),
        a_review,
        post={
            **for_some(*OF_ALDER, "reviewer", status=422),
            **dict.fromkeys(("other_lead", "coach", "governor"), 404),
        },
    ),
    "review_activity": Row(
        {**for_some("reviewer"), "other_lead": 404, "coach": 404},
        a_review,
        post={**for_some("reviewer"), "other_lead": 404, "coach": 404},
    ),
    "review_activity_edit": Row(
        {**for_some("reviewer"), "other_lead": 404, "coach": 404},
        an_activity,
        post={**for_some("reviewer"), "other_lead": 404, "coach": 404},
    ),
    "review_report": Row(
        {**for_some("reviewer"), "other_lead": 404, "coach": 404},
        a_review,
        post={**for_some("reviewer"), "other_lead": 404, "coach": 404},
    ),
    "review_excellence": Row(
        {**for_some("school_lead"), **dict.fromkeys(("other_lead", "coach", "governor"), 404)},
        a_review,
        post={**for_some("school_lead"), **dict.fromkeys(("other_lead", "coach", "governor"), 404)},
    ),
    "review_comment": Row(
        for_all(405),
        a_review,
        post={
            **for_some("school_lead", status=422),
            **dict.fromkeys(("other_lead", "coach", "governor"), 404),
        },
    ),
    "review_action": Row(
        for_all(405), an_agreed_review, post={**for_some(*OF_ALDER), "other_lead": 404, "coach": 404}
    ),
    "review_action_done": Row(
        for_all(405),
        an_action_of_review,
        post={**for_some(*OF_ALDER, status=302), "other_lead": 404, "coach": 404},
    ),
    "capitals": Row(for_some(*LEADS, "governor")),
    "capitals_open": Row(for_all(405), post=for_some(*OF_ALDER, status=302), body={"place": "Alder"}),
    "capitals_picture": Row({**for_some(*OF_ALDER, "governor"), "other_lead": 404}, an_audit),
    "capitals_answer": Row(LEADS_OF_ALDER, an_audit, post=LEADS_OF_ALDER),
    "capitals_close": Row(
        for_all(405), an_audit, post={**for_some(*OF_ALDER, status=302), "other_lead": 404}
    ),
    # system health
    "system_health": Row(for_some(*LEADS, "governor")),
    "health_chart": Row(for_some(*LEADS, "governor"), hours_drawn),
    "attention": Row(for_some(*LEADS, "governor")),
    "pulse": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "pulse_results": Row(for_some(*STAFF, "governor")),
    "pulse_open": Row(for_some("owner", "group_lead"), post=for_some(*GROUP)),
    "pulse_close": Row(for_all(405), a_pulse, post=for_some(*GROUP, status=302)),
}
