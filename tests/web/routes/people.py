"""People, classes, settings, oversight, jobs, sharing."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.objects import (
    CLAIMED,
    a_class_claim,
    a_closure,
    a_controller,
    a_failed_answer,
    a_job,
    a_named_team,
    a_person,
    a_role,
    a_sharing,
    a_training,
    a_wish,
    an_invitation,
    an_unsigned_sharing,
    days_without_school,
)
from tests.web.routes.rows import (
    GROUP,
    LEADS,
    LEADS_OF_ALDER,
    OF_ALDER,
    STAFF,
    Row,
    for_all,
    for_some,
    open_to,
)

ROUTES: Mapping[str, Row] = {
    # people, classes, settings, oversight
    "people": Row(for_some(*STAFF)),
    "person": Row({**for_some(*OF_ALDER, "coach", "teacher"), "other_lead": 404}, a_person),
    "person_add": Row(for_some(*LEADS), post=for_some(*LEADS)),
    "person_edit": Row(LEADS_OF_ALDER, a_person, post=LEADS_OF_ALDER),
    "training_add": Row(LEADS_OF_ALDER, a_person, post=LEADS_OF_ALDER),
    "term_hours": Row(LEADS_OF_ALDER, a_person, post=LEADS_OF_ALDER),
    "training_remove": Row(
        for_all(405), a_training, post={**for_some(*OF_ALDER, status=302), "other_lead": 404}
    ),
    "wish_add": Row(for_some(*OF_ALDER), a_person, post=for_some(*OF_ALDER)),
    "wish_answer": Row(for_all(405), a_wish, post=for_some("teacher", status=302), body={"answer": "accept"}),
    "own_person": Row(for_all()),
    "agreement": Row(for_all(), post=for_all()),
    "agreement_withdraw": Row(for_all(405), a_named_team, post=for_some("teacher", status=302, others=404)),
    "my_classes": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "my_class_add": Row(for_some(*STAFF), post=for_some(*STAFF)),
    "class_claims": Row(for_some(*LEADS)),
    "class_claim_answer": Row(
        for_all(405),
        a_class_claim,
        post={**for_some(*OF_ALDER, status=302), "other_lead": 404},
        body={"answer": "confirm", "said": CLAIMED},
    ),
    "settings": Row(for_some(*LEADS, "governor")),
    "setting": Row(for_some(*LEADS, "governor"), ("top_share",), post=for_some("owner")),
    "setting_reset": Row(for_all(405), ("top_share",), post=for_some("owner", status=302)),
    "term_dates": Row(for_all(), days_without_school),
    "closure_add": Row(for_some(*LEADS), post=for_some(*LEADS)),
    "closure_edit": Row(LEADS_OF_ALDER, a_closure, post=LEADS_OF_ALDER),
    "closure_remove": Row(
        LEADS_OF_ALDER, a_closure, post={**for_some(*OF_ALDER, status=302), "other_lead": 404}
    ),
    "term_dates_copy": Row(for_all(405), post=for_some(*LEADS, status=422)),
    "trail": Row(for_some("owner")),
    "held": Row(for_some("owner")),
    "held_about": Row(for_some("owner"), lambda: ("person", *a_person())),
    "held_export": Row(for_some("owner"), lambda: ("person", *a_person())),
    "held_erase": Row(for_all(405), lambda: ("person", *a_person()), post=for_some("owner", status=422)),
    "own_held": Row(for_all()),
    "home": Row(for_all(302)),
    "healthz": Row(open_to()),
    "metrics": Row(open_to()),
    "readyz": Row(open_to(503)),
    "kept": Row(for_some(*LEADS, "governor")),
    "job": Row(for_all(), a_job),
    "job_again": Row(
        for_all(405), a_failed_answer, post=for_some(*LEADS, "governor", "researcher", status=302)
    ),
    "invitations": Row(for_some(*LEADS), post=for_some(*LEADS)),
    "invitation_withdraw": Row(for_all(405), an_invitation, post=for_some(*OF_ALDER, status=302)),
    "appointment_end": Row(for_some(*OF_ALDER), a_role, post=for_some(*OF_ALDER, status=302)),
    # between Orchard Trust and Birch, which answers for its data itself
    "sharings": Row(for_some(*LEADS)),
    "sharing_add": Row(for_some(*LEADS), post=for_some(*LEADS)),
    "sharing": Row(for_some(*LEADS), a_sharing),
    "sharing_sign": Row(for_all(405), an_unsigned_sharing, post=for_some("other_lead")),
    "sharing_end": Row(
        for_some("owner", "group_lead", "other_lead"),
        a_sharing,
        post=for_some(*GROUP, "other_lead", status=302),
    ),
    "controller_add": Row(for_some("owner"), post=for_some("owner")),
    "controller_edit": Row(for_some("owner"), a_controller, post=for_some("owner")),
    "invitation_accept": Row(open_to(410), ("no-such-token",), post=open_to(410)),
    "own_roles": Row(for_all()),
}
