"""One short message a week: how much waits, and where. It names no person, no school and no partnership."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from upwards.web.access import reader_for
from upwards.web.accounts.models import User
from upwards.web.answers import workspace_facts
from upwards.web.monday.lines import sections_for
from upwards.web.monday.models import MondayMail

MONDAY = 0


def is_mailing() -> bool:
    """Say whether a mail server is named; else messages would only lie in a folder."""
    return bool(settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"))


def mail_monday(today: datetime.date) -> int:
    """Tell everybody for whom something waits, once this week.

    Returns
    -------
    int
        How many messages were sent.
    """
    if today.weekday() != MONDAY or not is_mailing():
        return 0
    users = User.objects.filter(is_active=True).exclude(monday_mail__wanted=False)
    return sum(_told(user, today) for user in users.exclude(monday_mail__sent=today))


def _told(user: User, today: datetime.date) -> bool:
    sections = [one for one in sections_for(reader_for(user), today) if one.asks]
    if not sections:
        return False
    about = {
        "name": user.name,
        "group": workspace_facts()["name"] or "upwards",
        "sections": [(one.title, len(one.lines)) for one in sections],
        "address": _address(),
    }
    text = render_to_string("monday/mail.txt", about)
    sent = send_mail(f"{about['group']}: this week", text, None, [user.email], fail_silently=True)
    if sent:
        MondayMail.objects.update_or_create(user=user, defaults={"sent": today})
    return bool(sent)


def _address() -> str:
    """Return the address of the page where the installation has a name of its own, else nothing."""
    origin = next(iter(settings.CSRF_TRUSTED_ORIGINS), "")
    return f"{origin}{reverse('monday')}" if origin else ""
