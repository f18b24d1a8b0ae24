"""Signing in."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes.rows import ANY, Row, for_all, open_to

ROUTES: Mapping[str, Row] = {
    # signing in: allauth's pages, open to strangers where one signs in, and asking for the password
    # again (302) where one changes how one signs in
    "account_login": Row({"stranger": 200, ANY: 302}, post={"stranger": 200, ANY: 302}),
    "account_logout": Row(for_all(), post=for_all(302)),
    "account_inactive": Row(open_to()),
    "account_signup": Row({"stranger": 200, ANY: 302}, post={"stranger": 200, ANY: 302}),
    "account_reauthenticate": Row(for_all(), post=for_all()),
    "account_email": Row(for_all(), post=for_all(302)),
    "account_email_verification_sent": Row(open_to()),
    "account_change_password": Row(for_all(), post=for_all()),
    "account_set_password": Row(for_all(302), post=for_all(302)),
    "account_reset_password": Row(open_to(), post=open_to(200)),
    "account_reset_password_done": Row(open_to()),
    "account_reset_password_from_key": Row(open_to(), ("a", "no-such-key"), post=open_to(200)),
    "account_reset_password_from_key_done": Row(open_to()),
    "account_confirm_email": Row(open_to(), ("no-such-key",), post=open_to(404)),
    "account_confirm_login_code": Row(open_to(302), post=open_to(302)),
    "mfa_index": Row(for_all()),
    "mfa_authenticate": Row(open_to(302), post=open_to(302)),
    "mfa_reauthenticate": Row(for_all(302), post=for_all(302)),
    "mfa_activate_totp": Row(for_all(302), post=for_all(302)),
    "mfa_deactivate_totp": Row(for_all(404), post=for_all(404)),
    "mfa_view_recovery_codes": Row(for_all(404)),
    "mfa_generate_recovery_codes": Row(for_all(302), post=for_all(302)),
    "mfa_download_recovery_codes": Row(for_all(404), post=for_all(404)),
    "mfa_list_webauthn": Row(for_all()),
    "mfa_add_webauthn": Row(for_all(302), post=for_all(302)),
    "mfa_reauthenticate_webauthn": Row(for_all(302), post=for_all(302)),
    "mfa_remove_webauthn": Row(for_all(302), (1,), post=for_all(302)),
    "mfa_edit_webauthn": Row(for_all(302), (1,), post=for_all(302)),
    "mfa_login_webauthn": Row(open_to(302), post=open_to(302)),
    "socialaccount_login_cancelled": Row(open_to()),
    "socialaccount_login_error": Row(for_all(401)),
    "socialaccount_signup": Row(open_to(302), post=open_to(302)),
    "socialaccount_connections": Row(for_all(), post=for_all()),
    "openid_connect_login": Row(open_to(404), ("no-such-house",), post=open_to(404)),
    "openid_connect_callback": Row(open_to(404), ("no-such-house",), post=open_to(404)),
}
