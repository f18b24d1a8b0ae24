"""Monday and partnerships."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import a_follow_up, a_goal, a_partnership, a_visit
from tests.web.routes.rows import GROUP, LEADS, READERS, STAFF, Row, for_all, for_some, open_to

ROUTES: Mapping[str, Row] = {
    # partnerships: coach and teacher of Alder take part; leads of Alder and Birch see hours and dates
    "monday": Row({**for_all(), "researcher": 403}),
    "monday_mail": Row(for_all(405), post=for_some(*READERS, "reviewer", status=302)),
    "partnerships": Row(for_some(*LEADS, "coach", "teacher")),
    "partnership_new": Row(for_some(*LEADS, "coach"), post=for_some(*LEADS, "coach")),
    "partnership": Row(for_some(*LEADS, "coach", "teacher"), a_partnership),
    "partnership_edit": Row(for_some(*LEADS, "coach"), a_partnership, post=for_some(*LEADS, "coach")),
    "partnership_ask": Row(for_all(405), a_partnership, post=for_some(*LEADS, status=422)),
    "partnership_answer": Row(for_all(405), a_partnership, post=for_some(*STAFF, status=422)),
    "partnership_state": Row(for_all(405), a_partnership, post=for_some(*LEADS, "coach", status=422)),
    "visit_log": Row(
        {**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
        a_partnership,
        post={**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
    ),
    "visit_plan": Row(
        {**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
        a_partnership,
        post={**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
    ),
    "visit": Row(for_some(*LEADS, "coach", "teacher"), a_visit, post=for_some(*STAFF)),
    "visit_missed": Row(
        {**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
        a_visit,
        post={**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
    ),
    "partnership_note": Row(
        for_all(405),
        a_partnership,
        post={**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)},
    ),
    "goal_reached": Row(
        for_all(405), a_goal, post={**for_some("coach", "teacher", status=302), **dict.fromkeys(LEADS, 404)}
    ),
    # the provider's lead does not say whether the recipient's practice lives on
    "follow_up": Row(
        {**for_some(*LEADS, "coach", "teacher"), "school_lead": 403},
        a_follow_up,
        post=for_some(*GROUP, "other_lead", "coach", "teacher"),
    ),
    "hand_over": Row(for_some("owner", "group_lead"), post=for_some(*GROUP, status=302)),
    "calendar_address": Row(for_some(*LEADS, "coach", "teacher"), post=for_some(*STAFF)),
    "calendar_feed": Row(open_to(404), ("no-such-token",)),
}
