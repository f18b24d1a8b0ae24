"""Practices."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import a_draft, a_practice, a_practice_file
from tests.web.routes.rows import GROUP, LEADS, LEADS_OF_ALDER, OF_ALDER, STAFF, Row, for_all, for_some

ROUTES: Mapping[str, Row] = {
    # practices of Alder: published for the whole group, what is written for its staff and group leads
    "practice": Row(for_some(*STAFF, "governor")),
    "practice_new": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "practice_drafts": Row(for_some(*STAFF)),
    "practice_card": Row(for_some(*STAFF, "governor"), a_practice),
    "practice_draft": Row({**for_some(*OF_ALDER, "coach", "teacher"), "other_lead": 404}, a_draft),
    "practice_edit": Row({**for_some(*OF_ALDER), "other_lead": 404}, a_draft, post=LEADS_OF_ALDER),
    "practice_step": Row(for_all(405), a_draft, post={**for_some(*OF_ALDER, status=422), "other_lead": 404}),
    "practice_review": Row(
        for_all(405), a_draft, post={**for_some(*OF_ALDER, "coach", "teacher", status=422), "other_lead": 404}
    ),
    "practice_use": Row(
        {**for_some(*LEADS, "coach"), "school_lead": 403, "coach": 403},
        a_practice,
        post=for_some(*GROUP, "other_lead"),
    ),
    "practice_editions": Row(for_some(*STAFF, "governor"), a_practice),
    "practice_edition": Row(for_some(*STAFF, "governor"), lambda: (*a_practice(), 1)),
    "practice_restore": Row(
        for_all(405), lambda: (*a_practice(), 1), post={**for_some(*OF_ALDER, status=302), "other_lead": 404}
    ),
    "practice_file_add": Row(
        {**for_some(*OF_ALDER), "other_lead": 404},
        a_draft,
        post={**for_some(*OF_ALDER, status=422), "other_lead": 404},
    ),
    "practice_file": Row(for_some(*STAFF, "governor"), a_practice_file),
    "practice_file_remove": Row(
        for_all(405), lambda: (*a_practice(), 1), post={**for_some(*OF_ALDER, status=422), "other_lead": 404}
    ),
}
