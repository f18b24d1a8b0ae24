"""The forms of controllers and of sharing agreements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from upwards.core.name_order import in_order
from upwards.web.accounts.models import Appointment, User
from upwards.web.controllers.models import ControlledSchool, Controller, Data, Sharing, Signatory
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field
from upwards.web.form_texts import PlainTexts
from upwards.web.roles import GROUP, Role

NAME_HINT = "As on the document, such as: Mary Field, head teacher."
TEXT = forms.Textarea(attrs={"rows": 3})


class ControllerForm(PlainTexts, forms.ModelForm[Controller]):
    """A controller with its schools, and who signs for it."""

    schools = forms.MultipleChoiceField(
        label="Its schools", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="From then on their heads see other schools, and are seen, only under an agreement.",
    )  # fmt: skip
    signatories = forms.MultipleChoiceField(
        label="Who signs for it", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Leads of its schools. Owners and group leads sign only for the workspace's own one.",
    )  # fmt: skip

    class Meta:
        model = Controller
        fields: ClassVar[list[str]] = ["name", "kind", "contact"]

    def __init__(self, *args: Any, known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_own:
            del self.fields["schools"], self.fields["signatories"]
            return
        own = list(
            ControlledSchool.objects.filter(controller=self.instance.pk).values_list("school", flat=True)
        )
        others = set(
            ControlledSchool.objects.exclude(controller=self.instance.pk).values_list("school", flat=True)
        )
        offer(self, "schools", [(one, one) for one in sorted({*known, *own} - others, key=in_order)])
        self.leads = _leads()
        offer(self, "signatories", [(str(pk), f"{user} ({', '.join(sorted(schools))})")
                                    for pk, (user, schools) in self.leads.items()])  # fmt: skip
        self.fields["schools"].initial = own
        self.fields["signatories"].initial = [str(one.user_id) for one in _signatories(self.instance)]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        schools = set(given.get("schools", ()))
        for pk in given.get("signatories", ()):
            user, led = self.leads[int(pk)]
            if not led & schools:
                self.add_error(
                    "signatories", f"{user} leads none of the schools chosen. Choose a lead of one."
                )
        return given

    def save(self, commit: bool = True) -> Controller:
        """Keep it; the caller holds a transaction. Row by row, so that each change is in the trail."""
        found = super().save(commit)
        if found.is_own:
            return found
        schools = set(self.cleaned_data["schools"])
        for row in found.schools.exclude(school__in=schools):
            row.delete()
        for school in sorted(schools - set(found.schools.values_list("school", flat=True)), key=in_order):
            ControlledSchool.objects.create(school=school, controller=found)
        users = {int(pk) for pk in self.cleaned_data["signatories"]}
        for one in _signatories(found):
            if one.user_id not in users:
                one.delete()
        for pk in sorted(users - {one.user_id for one in _signatories(found)}):
            Signatory.objects.create(controller=found, user_id=pk)
        return found


def _signatories(controller: Controller) -> list[Signatory]:
    return list(Signatory.objects.filter(controller=controller.pk).select_related("user"))


def _leads() -> dict[int, tuple[User, set[str]]]:
    """Return who leads schools today, without those who keep the house."""
    today = Appointment.objects.on(timezone.localdate()).select_related("user")
    keepers = set(today.filter(role__in=GROUP).values_list("user", flat=True))
    found: dict[int, tuple[User, set[str]]] = {}
    for one in today.filter(role=Role.SCHOOL_LEAD).exclude(school=""):
        if one.user_id not in keepers:
            found.setdefault(one.user_id, (one.user, set()))[1].add(one.school)
    return found


class SharingForm(PlainTexts, forms.ModelForm[Sharing]):
    """An agreement as one side records and signs it."""

    side = forms.ChoiceField(label="You sign for")
    other = forms.ChoiceField(label="The other side")
    direction = forms.ChoiceField(
        label="Who shares with whom", widget=forms.RadioSelect,
        choices=[("both", "Each with the other"), ("gives", "We share with them"),
                 ("receives", "They share with us")],
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label="Which data", choices=Data.choices, widget=forms.CheckboxSelectMultiple
    )
    starts = date_field("From")
    ends = date_field("Until", help_text="The last day. It cannot be lengthened: record a new one.")
    review_on = date_field("Reviewed on", help_text="When both sides look whether it is still needed.")
    signed_name = forms.CharField(label="Name and post of who signs", max_length=160, help_text=NAME_HINT)

    class Meta:
        model = Sharing
        fields: ClassVar[list[str]] = [
            "kinds", "purpose", "legal_basis", "starts", "ends", "review_on", "reference",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {"purpose": TEXT, "legal_basis": TEXT}
        help_texts: ClassVar[dict[str, str]] = {
            "purpose": "What is done with it, and what is not.",
            "legal_basis": "Such as: public task (Article 6(1)(e)), with the law that gives the task.",
        }

    field_order = ("side", "other", "direction", "kinds", "purpose", "legal_basis", "starts", "ends",
                   "review_on", "reference", "signed_name")  # fmt: skip

    def __init__(self, *args: Any, sides: list[Controller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "side", [(str(one.pk), one.name) for one in sides])
        offer(self, "other", [("", "Choose"), *((str(one.pk), one.name) for one in Controller.objects.all())])
        self.fields["starts"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        starts, ends, review = (given.get(name) for name in ("starts", "ends", "review_on"))
        if given.get("other") and given.get("other") == given.get("side"):
            self.add_error("other", "Choose another controller: one does not share with itself.")
        if ends and (ends < timezone.localdate() or (starts and ends < starts)):
            self.add_error("ends", "The last day is before the first, or before today.")
        elif review and ends and starts and not starts <= review <= ends:
            self.add_error("review_on", "Review it while it holds: between the first day and the last.")
        return given

    def record(self, user: User) -> Sharing:
        """Keep the agreement, signed for the side that records it."""
        given = self.cleaned_data
        found: Sharing = self.save(commit=False)
        side, other = int(given["side"]), int(given["other"])
        found.is_mutual = given["direction"] == "both"
        found.giver_id, found.receiver_id = (
            (other, side) if given["direction"] == "receives" else (side, other)
        )
        found.sign(side, user.pk, given["signed_name"])
        return found


class SignForm(PlainTexts, forms.Form):
    """The other side signs."""

    signed_name = forms.CharField(label="Name and post of who signs", max_length=160, help_text=NAME_HINT)
