"""Every address of the application, and what each of the cast gets there by GET.

A row is ``route: Row(expected, address arguments)``. `expected` gives a status for each of the cast
(``ANY``: everyone not named). A page that asks for figures answers 200, or 202 while they are computed:
write 200, both pass. An address that only takes POST answers 405 by GET to who may and 403 to who may not:
say both. `test_routes.py` fails when an address has no row, or a row does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ANY = "anyone else"


@dataclass(frozen=True)
class Row:
    """What happens at one address."""

    expected: Mapping[str, int]
    arguments: tuple[Any, ...] | Callable[[], tuple[Any, ...]] = ()


SIGN_IN = 302  # to the sign-in page
LEADS = ("owner", "group_lead", "school_lead", "other_lead")
READERS = (*LEADS, "coach", "teacher", "governor")


def for_some(*names: str, status: int = 200, others: int = 403) -> dict[str, int]:
    """Return what is for some of the cast: others get 403, a stranger the sign-in page."""
    return {**dict.fromkeys(names, status), "stranger": SIGN_IN, ANY: others}


def for_all(status: int = 200) -> dict[str, int]:
    """Return what is for everybody who is signed in."""
    return {"stranger": SIGN_IN, ANY: status}


def open_to(status: int = 200) -> dict[str, int]:
    """Return what strangers see too."""
    return {ANY: status}


def _a_job() -> tuple[Any, ...]:
    from upwards.web.jobs.models import Job

    return (Job.objects.create(question="answer", key="a job").pk,)


def _an_import() -> tuple[Any, ...]:
    from upwards.web.jobs.models import Job

    return (Job.objects.create(question="import", key="an import", state="failed").pk,)


def _work_together(state: str = "running") -> Any:
    from tests.web.partnerships_of_trust import coaching_of_cast

    return coaching_of_cast(state)


def _a_partnership() -> tuple[Any, ...]:
    return (_work_together().pk,)


def _a_visit() -> tuple[Any, ...]:
    return (_work_together().sessions.get(outcome="planned").pk,)


def _a_goal() -> tuple[Any, ...]:
    return (_work_together().notes.filter(about="goal").get().pk,)


def _a_follow_up() -> tuple[Any, ...]:
    return (_work_together("ended").follow_ups.first().pk,)


def _a_role() -> tuple[Any, ...]:
    from upwards.web.accounts.models import Appointment

    return (Appointment.objects.get(user__email="coach@orchard.test").pk,)


def _a_person() -> tuple[Any, ...]:
    from upwards.web.people.models import Person

    return (Person.objects.create(name="Nia", school="Alder").pk,)


def _a_practice() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import practice

    return (practice().pk,)


def _a_draft() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import draft

    return (draft().pk,)


def _a_practice_file() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import practice_with_file

    made, held = practice_with_file()
    return (made.pk, held.pk)


def _an_upload() -> tuple[Any, ...]:
    from upwards.web.accounts.models import User
    from upwards.web.data.models import Upload

    owner = User.objects.get(email="owner@orchard.test")
    mapping = 'table = "results"\n[columns]\nscore = "Mark"'
    return (Upload.objects.create(owner=owner, table="results", size=1, step="failed", mapping=mapping).pk,)


def _a_pilot() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import pilot

    return (pilot().pk,)


def _a_reference() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import reference

    return (reference().pk,)


def _a_review(state: str = "planned") -> tuple[Any, ...]:
    from tests.web.reviews_of_trust import review_of_alder

    return (review_of_alder(state).pk,)


def _an_activity() -> tuple[Any, ...]:
    from upwards.web.reviews.models import JointActivity

    return (JointActivity.objects.get(review=_a_review()[0]).pk,)


def _an_audit() -> tuple[Any, ...]:
    from tests.web.reviews_of_trust import capitals_of

    return (capitals_of().pk,)


def _hours_drawn() -> tuple[Any, ...]:
    _work_together()
    return ()


def _a_controller() -> tuple[Any, ...]:
    from upwards.web.controllers.models import Controller

    return (Controller.own("Orchard Trust").pk,)


def _a_sharing() -> tuple[Any, ...]:
    from tests.web.sharing_of_trust import agreement

    return (agreement().pk,)


def _a_programme() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import programme

    return (programme().pk,)


def _a_programme_session() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import meeting, programme

    return (meeting(programme()).pk,)


STAFF = (*LEADS, "coach", "teacher")
OF_ALDER = ("owner", "group_lead", "school_lead")
LEADS_OF_ALDER = {**for_some(*OF_ALDER), "other_lead": 404}

WHO_READS_DATA = (*LEADS, "governor", "researcher")

ROUTES: dict[str, Row] = {
    # data
    "data": Row(for_some(*WHO_READS_DATA)),
    "data_start": Row(for_some("owner", "group_lead")),
    "data_upload": Row(for_some("owner", "group_lead")),
    "data_uploaded": Row({**for_some("owner"), "group_lead": 404}, _an_upload),
    "data_mapping": Row({**for_some("owner", status=302), "group_lead": 404}, _an_upload),
    "data_mapping_text": Row(for_all(405), _an_upload),
    "data_decide": Row(for_all(405), _an_upload),
    "data_again": Row(for_all(405), _an_upload),
    "data_coverage": Row(for_some(*WHO_READS_DATA)),
    "data_sources": Row(for_some(*WHO_READS_DATA)),
    "data_snapshots": Row(for_some(*WHO_READS_DATA)),
    "data_changes": Row(for_some(*WHO_READS_DATA, status=404)),
    "data_undo": Row(for_some("owner", "group_lead")),
    "data_tables": Row(for_some("owner", "group_lead", "researcher")),
    "data_table_csv": Row(for_some("owner", "group_lead", "researcher"), ("results",)),
    # programs: a session is no token
    "tokens": Row(for_all()),
    "token_make": Row(for_all(302)),
    "token_revoke": Row(for_all(405), (1,)),
    "api-description": Row(open_to()),
    "api-nowhere": Row(open_to(404), ("nothing",)),
    "api-token": Row(open_to(401)),
    "api-schools": Row(open_to(401)),
    "api-school": Row(open_to(401), ("Alder",)),
    "api-snapshots": Row(open_to(401)),
    "api-tables": Row(open_to(401)),
    "api-partnerships": Row(open_to(401)),
    "api-practices": Row(open_to(401)),
    "api-value-added": Row(open_to(401)),
    "api-disparity": Row(open_to(401)),
    "api-bright-spots": Row(open_to(401)),
    "api-stage": Row(open_to(401)),
    "api-plan": Row(open_to(401)),
    "api-convergence": Row(open_to(401)),
    "api-groups": Row(open_to(401)),
    "api-school-scores": Row(open_to(401)),
    "api-regions": Row(open_to(401)),
    "api-record": Row(open_to(401)),
    "api-coverage": Row(open_to(401)),
    "api-snapshot-changes": Row(open_to(401)),
    "api-jobs": Row(open_to(401)),
    "api-job": Row(open_to(401), _a_job),
    "api-job-again": Row(open_to(405), _a_job),
    # people, classes, settings, oversight
    "people": Row(for_some(*STAFF)),
    "person": Row({**for_some(*OF_ALDER, "coach", "teacher"), "other_lead": 404}, _a_person),
    "person_add": Row(for_some(*LEADS)),
    "person_edit": Row(LEADS_OF_ALDER, _a_person),
    "training_add": Row(LEADS_OF_ALDER, _a_person),
    "term_hours": Row(LEADS_OF_ALDER, _a_person),
    "training_remove": Row(for_all(405), (1,)),
    "wish_add": Row(for_some(*OF_ALDER), _a_person),
    "wish_answer": Row(for_all(405), (1,)),
    "own_person": Row(for_all()),
    "agreement": Row(for_all()),
    "agreement_withdraw": Row(for_all(405), (1,)),
    "my_classes": Row(for_some(*STAFF)),
    "my_class_add": Row(for_some(*STAFF)),
    "class_claims": Row(for_some(*LEADS)),
    "class_claim_answer": Row(for_all(405), (1,)),
    "settings": Row(for_some(*LEADS, "governor")),
    "setting": Row(for_some(*LEADS, "governor"), ("top_share",)),
    "setting_reset": Row(for_all(405), ("top_share",)),
    "trail": Row(for_some("owner")),
    "trail_csv": Row(for_some("owner")),
    "held": Row(for_some("owner")),
    "held_about": Row(for_some("owner"), lambda: ("person", *_a_person())),
    "held_export": Row(for_some("owner"), lambda: ("person", *_a_person())),
    "held_erase": Row(for_all(405), lambda: ("person", *_a_person())),
    "own_held": Row(for_all()),
    "home": Row(for_all(302)),
    "healthz": Row(open_to()),
    "metrics": Row(open_to()),
    "readyz": Row(open_to(503)),
    "kept": Row(for_some(*LEADS, "governor")),
    "job": Row(for_all(), _a_job),
    "job_again": Row(for_all(405), _an_import),
    "invitations": Row(for_some(*LEADS)),
    "invitation_withdraw": Row(for_all(405), (1,)),
    "appointment_end": Row(for_some(*OF_ALDER), _a_role),
    # between Orchard Trust and Birch, which answers for its data itself
    "sharings": Row(for_some(*LEADS)),
    "sharing_add": Row(for_some(*LEADS)),
    "sharing": Row(for_some(*LEADS), _a_sharing),
    "sharing_sign": Row(for_all(405), _a_sharing),
    "sharing_end": Row(for_some("owner", "group_lead", "other_lead"), _a_sharing),
    "controller_add": Row(for_some("owner")),
    "controller_edit": Row(for_some("owner"), _a_controller),
    "invitation_accept": Row(open_to(410), ("no-such-token",)),
    "own_roles": Row(for_all()),
    "where_are_we": Row(for_some(*READERS)),
    "spread": Row(for_some(*READERS)),
    "who_knows_how": Row(for_some(*LEADS, "coach", "governor")),
    "plan": Row(for_some(*LEADS, "coach", "governor")),
    "schools": Row(for_some(*READERS)),
    "school": Row(for_some(*READERS), ("Alder",)),
    "convergence": Row(for_some(*READERS)),
    "groups": Row(for_some(*LEADS, "governor", "researcher")),
    "chart": Row(for_some(*READERS), ("where-are-we", "coverage")),
    # partnerships: coach and teacher of Alder take part; leads of Alder and Birch see hours and dates
    "monday": Row({**for_all(), "researcher": 403}),
    "monday_mail": Row(for_all(405)),
    "partnerships": Row(for_some(*LEADS, "coach", "teacher")),
    "partnership_new": Row(for_some(*LEADS, "coach")),
    "partnership": Row(for_some(*LEADS, "coach", "teacher"), _a_partnership),
    "partnership_edit": Row(for_some(*LEADS, "coach"), _a_partnership),
    "partnership_ask": Row(for_all(405), _a_partnership),
    "partnership_answer": Row(for_all(405), _a_partnership),
    "partnership_state": Row(for_all(405), _a_partnership),
    "visit_log": Row({**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)}, _a_partnership),
    "visit_plan": Row({**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)}, _a_partnership),
    "visit": Row(for_some(*LEADS, "coach", "teacher"), _a_visit),
    "visit_missed": Row({**for_some("coach", "teacher"), **dict.fromkeys(LEADS, 404)}, _a_visit),
    "partnership_note": Row(for_all(405), _a_partnership),
    "goal_reached": Row(for_all(405), _a_goal),
    # the provider's lead does not say whether the recipient's practice lives on
    "follow_up": Row({**for_some(*LEADS, "coach", "teacher"), "school_lead": 403}, _a_follow_up),
    "hand_over": Row(for_some("owner", "group_lead")),
    "calendar_address": Row(for_some(*LEADS, "coach", "teacher")),
    "calendar_feed": Row(open_to(404), ("no-such-token",)),
    # innovation: pilots of Alder, which Birch's lead sees only in outline
    "innovation": Row(for_some(*READERS)),
    "pilot_new": Row(for_some(*STAFF)),
    "pilot": Row(for_some(*READERS), _a_pilot),
    "pilot_edit": Row({**for_some(*STAFF), "other_lead": 404, "coach": 404}, _a_pilot),
    "pilot_state": Row(for_all(405), _a_pilot),
    "pilot_decide": Row({**for_some(*STAFF), "other_lead": 404, "coach": 404}, _a_pilot),
    "observation_add": Row({**for_some(*STAFF), "other_lead": 404}, _a_pilot),
    "observation_remove": Row(for_all(405), (1,)),
    "pilot_reading": Row(for_all(405), _a_pilot),
    "reading": Row(for_some(*READERS)),
    "reference_new": Row(for_some(*STAFF)),
    "reference": Row(for_some(*READERS), _a_reference),
    "reference_edit": Row(for_some(*LEADS, "teacher"), _a_reference),
    # reviews: the reviewer is allocated to the one of Alder, whose lead hosts it
    "reviews": Row(for_some(*LEADS, "coach", "governor", "reviewer")),
    "review_new": Row(for_some("owner", "group_lead")),
    "review": Row(
        {**for_some(*OF_ALDER, "reviewer"), **dict.fromkeys(("other_lead", "coach", "governor"), 404)},
        _a_review,
    ),
    "review_edit": Row(for_some("owner", "group_lead"), _a_review),
    "review_allocate": Row(for_all(405), _a_review),
    "review_release": Row(for_all(405), (1,)),
    "review_state": Row(for_all(405), _a_review),
    "review_activity": Row({**for_some("reviewer"), "other_lead": 404, "coach": 404}, _a_review),
    "review_activity_edit": Row({**for_some("reviewer"), "other_lead": 404, "coach": 404}, _an_activity),
    "review_report": Row({**for_some("reviewer"), "other_lead": 404, "coach": 404}, _a_review),
    "review_excellence": Row(
        {**for_some("school_lead"), **dict.fromkeys(("other_lead", "coach", "governor"), 404)}, _a_review
    ),
    "review_comment": Row(for_all(405), _a_review),
    "review_action": Row(for_all(405), _a_review),
    "review_action_done": Row(for_all(405), (1,)),
    "capitals": Row(for_some(*LEADS, "governor")),
    "capitals_open": Row(for_all(405)),
    "capitals_picture": Row({**for_some(*OF_ALDER, "governor"), "other_lead": 404}, _an_audit),
    "capitals_answer": Row(LEADS_OF_ALDER, _an_audit),
    "capitals_close": Row(for_all(405), _an_audit),
    # system health
    "system_health": Row(for_some(*LEADS, "governor")),
    "health_chart": Row(for_some(*LEADS, "governor"), _hours_drawn),
    "attention": Row(for_some(*LEADS, "governor")),
    "pulse": Row(for_some(*STAFF)),
    "pulse_results": Row(for_some(*STAFF, "governor")),
    "pulse_open": Row(for_some("owner", "group_lead")),
    "pulse_close": Row(for_all(405), (1,)),
    # practices of Alder: published for the whole group, what is written for its staff and group leads
    "practice": Row(for_some(*STAFF, "governor")),
    "practice_new": Row(for_some(*STAFF)),
    "practice_drafts": Row(for_some(*STAFF)),
    "practice_card": Row(for_some(*STAFF, "governor"), _a_practice),
    "practice_draft": Row({**for_some(*OF_ALDER, "coach", "teacher"), "other_lead": 404}, _a_draft),
    "practice_edit": Row({**for_some(*OF_ALDER), "other_lead": 404}, _a_draft),
    "practice_step": Row(for_all(405), _a_draft),
    "practice_review": Row(for_all(405), _a_draft),
    "practice_use": Row({**for_some(*LEADS, "coach"), "school_lead": 403, "coach": 403}, _a_practice),
    "practice_editions": Row(for_some(*STAFF, "governor"), _a_practice),
    "practice_edition": Row(for_some(*STAFF, "governor"), lambda: (*_a_practice(), 1)),
    "practice_restore": Row(for_all(405), lambda: (*_a_practice(), 1)),
    "practice_file_add": Row({**for_some(*OF_ALDER), "other_lead": 404}, _a_draft),
    "practice_file": Row(for_some(*STAFF, "governor"), _a_practice_file),
    "practice_file_remove": Row(for_all(405), lambda: (*_a_practice(), 1)),
    # programmes: one of Alder alone, in which nobody of the cast takes part
    "programmes": Row(for_some(*READERS)),
    "programme_new": Row(for_some(*LEADS)),
    "programme": Row(
        {**for_some(*OF_ALDER, "coach", "governor"), "other_lead": 404, "teacher": 404}, _a_programme
    ),
    "programme_edit": Row(LEADS_OF_ALDER, _a_programme),
    "programme_framework": Row(LEADS_OF_ALDER, _a_programme),
    "programme_state": Row(for_all(405), _a_programme),
    "programme_people": Row(LEADS_OF_ALDER, _a_programme),
    "programme_table": Row(
        {**for_some(*OF_ALDER, "coach", "governor"), "other_lead": 404},
        lambda: (*_a_programme(), "csv"),
    ),
    "programme_session_new": Row(LEADS_OF_ALDER, _a_programme),
    "programme_session": Row(LEADS_OF_ALDER, _a_programme_session),
    "attendance": Row(
        {**for_some(*OF_ALDER), **dict.fromkeys(("other_lead", "coach", "teacher", "governor"), 404)},
        _a_programme_session,
    ),
    # signing in: allauth's pages, open to strangers where one signs in, and asking for the password
    # again (302) where one changes how one signs in
    "account_login": Row({"stranger": 200, ANY: 302}),
    "account_logout": Row(for_all()),
    "account_inactive": Row(open_to()),
    "account_signup": Row({"stranger": 200, ANY: 302}),
    "account_reauthenticate": Row(for_all()),
    "account_email": Row(for_all()),
    "account_email_verification_sent": Row(open_to()),
    "account_change_password": Row(for_all()),
    "account_set_password": Row(for_all(302)),
    "account_reset_password": Row(open_to()),
    "account_reset_password_done": Row(open_to()),
    "account_reset_password_from_key": Row(open_to(), ("a", "no-such-key")),
    "account_reset_password_from_key_done": Row(open_to()),
    "account_confirm_email": Row(open_to(), ("no-such-key",)),
    "account_confirm_login_code": Row(open_to(302)),
    "mfa_index": Row(for_all()),
    "mfa_authenticate": Row(open_to(302)),
    "mfa_reauthenticate": Row(for_all(302)),
    "mfa_activate_totp": Row(for_all(302)),
    "mfa_deactivate_totp": Row(for_all(404)),
    "mfa_view_recovery_codes": Row(for_all(404)),
    "mfa_generate_recovery_codes": Row(for_all(302)),
    "mfa_download_recovery_codes": Row(for_all(404)),
    "mfa_list_webauthn": Row(for_all()),
    "mfa_add_webauthn": Row(for_all(302)),
    "mfa_reauthenticate_webauthn": Row(for_all(302)),
    "mfa_remove_webauthn": Row(for_all(302), (1,)),
    "mfa_edit_webauthn": Row(for_all(302), (1,)),
    "mfa_login_webauthn": Row(open_to(302)),
    "socialaccount_login_cancelled": Row(open_to()),
    "socialaccount_login_error": Row(for_all(401)),
    "socialaccount_signup": Row(open_to(302)),
    "socialaccount_connections": Row(for_all()),
    "openid_connect_login": Row(open_to(404), ("no-such-house",)),
    "openid_connect_callback": Row(open_to(404), ("no-such-house",)),
}
