"""What the worker does for oversight: erasing, since results may be large."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from upwards.actions.erase import erase
from upwards.web.accounts.models import User
from upwards.web.jobs.registry import Progress, work
from upwards.web.oversight.erasure import erase_rows, forget_given
from upwards.web.people.models import Person


@work("erase_person", capability="see_trail")
def erase_person(arguments: dict[str, Any], progress: Progress) -> dict[str, int]:
    """Erase in the data first: who is still on record here after a failure is still there to be erased."""
    person = Person.objects.filter(pk=arguments["person"]).first()
    user = User.objects.filter(pk=arguments["user"]).first()
    removed = 0
    if arguments["also_results"] and person is not None and person.staff_code:
        progress("Results and rosters", 0, 2)
        done = erase(teacher=person.staff_code, workspace=settings.UPWARDS_WORKSPACE)
        removed = sum(done.snapshots.values()) + done.n_rows_elsewhere
    if person is not None:
        removed += forget_given(person)
    progress("People and sign-in", 1, 2)
    erase_rows(person, user)
    return {"rows_in_results": removed}
