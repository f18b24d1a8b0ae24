from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

OVER_THE_WHOLE_GROUP = ["group_lead", "owner", "researcher"]


def narrow(apps: Any, schema_editor: Any) -> None:
    """Roles that were given for one school and reach over all: nobody gains, their invitations close.

    Leads become leads of that school; a researcher is invited again. Where this leaves no owner, serving
    shows the link of the first owner again.
    """
    odd = Q(role__in=OVER_THE_WHOLE_GROUP) & ~Q(school="")
    appointments = apps.get_model("accounts", "Appointment").objects.filter(odd)
    appointments.filter(role="researcher").delete()
    appointments.update(role="school_lead")
    invitations = apps.get_model("accounts", "Invitation").objects.filter(odd)
    invitations.filter(accepted=None, withdrawn=None).update(withdrawn=timezone.now())
    invitations.update(school="")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_invitation_mailed")]

    operations = [
        migrations.RunPython(narrow, migrations.RunPython.noop),
        *(
            migrations.AddConstraint(
                model_name=model,
                constraint=models.CheckConstraint(
                    condition=models.Q(("role__in", OVER_THE_WHOLE_GROUP), _negated=True)
                    | models.Q(("school", "")),
                    name=f"{model}_over_the_whole_group",
                ),
            )
            for model in ("appointment", "invitation")
        ),
    ]
