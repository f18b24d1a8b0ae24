"""Second steps that the present signing key does not open, so that no code of theirs fits."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from upwards.web.accounts.locked_steps import open_step
from upwards.web.trail.models import What, write_entry


def unopened_steps() -> list[Authenticator]:
    """Return apps and lists of recovery codes that were locked with another key; passkeys have no lock."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return [one for one in rows if any(open_step(text) is None for text in _locked(one))]


def remove_unopened() -> int:
    """Remove them, so that a password is enough until new ones are set up; return of how many people."""
    with transaction.atomic():
        found = unopened_steps()
        users = {one.user_id for one in found}
        for one in found:
            one.delete()
        for user in sorted(users):
            write_entry(What.DID, "second step", user, detail="removed: another signing key")
    return len(users)


def _locked(step: Authenticator) -> list[str]:
    held = (step.data.get("secret"), step.data.get("seed"), *step.data.get("migrated_codes", ()))
    return [text for text in held if isinstance(text, str)]
