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


ROUTES: dict[str, Row] = {
    "home": Row({**for_all(200), **dict.fromkeys(LEADS, 302)}),
    "healthz": Row(open_to()),
    "metrics": Row(open_to()),
    "job": Row(for_all(), _a_job),
    "job_again": Row(for_all(405), _an_import),
    "invitations": Row(for_some(*LEADS)),
    "invitation_withdraw": Row(for_all(405), (1,)),
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
