"""Two controllers of a made-up trust: its own with Alder, Cedar and Damson, and Birch for itself."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from upwards.web.accounts.models import User
from upwards.web.controllers.models import ControlledSchool, Controller, Sharing, Signatory

DAY = datetime.timedelta(days=1)


def birch_by_itself() -> tuple[Controller, Controller]:
    """Return the trust and Birch, for which its head signs."""
    trust = Controller.own("Orchard Trust")
    birch, _ = Controller.objects.get_or_create(name="Birch School", defaults={"kind": "school"})
    ControlledSchool.objects.get_or_create(school="Birch", defaults={"controller": birch})
    head = User.objects.filter(email="other_lead@orchard.test").first()
    if head is not None:
        Signatory.objects.get_or_create(controller=birch, user=head)
    return trust, birch


def agreement(*, signed: bool = True, **rest: Any) -> Sharing:
    """Return an agreement in force by which each shares results with the other."""
    trust, birch = birch_by_itself()
    today = timezone.localdate()
    about = {
        "giver": trust, "receiver": birch, "is_mutual": True, "kinds": ["results"],
        "purpose": "To learn from one another.", "legal_basis": "Public task.",
        "starts": today - DAY, "ends": today + 300 * DAY, "review_on": today + 200 * DAY,
        "reference": "DSA 7", "giver_name": "Ann Tree, trust", "giver_at": timezone.now(),
    }  # fmt: skip
    if signed:
        about |= {"receiver_name": "Bo Reed, head", "receiver_at": timezone.now()}
    return Sharing.objects.create(**(about | rest))
