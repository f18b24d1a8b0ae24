"""Make a workspace with people in it, in a process of its own: ``folder full|empty passphrase``.

`full` holds the trust's results, a lead, a coach who is asked to take part, a teacher whose classes the
results name, and a governor; `empty` holds a lead and nothing else.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path


def make(folder: Path, kind: str, passphrase: str) -> None:
    from workspace_of_trust import make_workspace

    from upwards.actions.init_workspace import init_workspace
    from upwards.web.serving import prepare

    if kind == "full":
        make_workspace(folder)
    else:
        init_workspace(folder, name="Orchard Trust")
    prepare(folder, host="127.0.0.1", port=8000, https=False)
    from django.utils import timezone

    from upwards.web.accounts.models import Appointment, User
    from upwards.web.answers import compute
    from upwards.web.partnerships.models import Participant, Partnership, Recipient
    from upwards.web.people.models import Person
    from upwards.web.roles import Role

    cast = {
        "lead": (Role.GROUP_LEAD, ""),
        "coach": (Role.COACH, "Alder"),
        "teacher": (Role.TEACHER, "Birch"),
        "governor": (Role.GOVERNOR, "Birch"),
        "owner": (Role.OWNER, ""),
    }
    users = {}
    for name, (role, school) in cast.items():
        users[name] = User.objects.create_user(f"{name}@orchard.test", passphrase, name=name.title())
        Appointment.objects.create(user=users[name], role=role, school=school)
    if kind == "empty":
        return
    Person.objects.create(
        user=users["teacher"], name="Nia Teacher", school="Birch", subjects="mathematics",
        staff_code="T-Birch-1", joined=datetime.date(2020, 9, 1),
    )  # fmt: skip
    today = timezone.localdate()
    made = Partnership.objects.create(
        kind="coaching", subject="mathematics", aim="Every pupil explains a method", hours=12.0,
        provider_school="Alder", starts=today, ends=today + datetime.timedelta(days=84),
        proposed_by=users["lead"],
    )  # fmt: skip
    Recipient.objects.create(partnership=made, school="Birch")
    Participant.objects.create(partnership=made, user=users["coach"], side="provider")
    Participant.objects.create(partnership=made, user=users["teacher"], side="recipient", answer="agreed")
    for schools in (["Birch"], None):  # the governor's answers, and the lead's
        for question in ("value-added", "disparity"):
            compute(question, {"schools": schools})


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
