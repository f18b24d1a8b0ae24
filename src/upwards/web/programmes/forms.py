"""The forms of programmes, their framework, sessions, people and registers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet, inlineformset_factory

from upwards.core.name_order import in_order
from upwards.web.accounts.models import User
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field, hours_field
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import PlainTexts
from upwards.web.programmes.models import (
    LONGEST_SESSION,
    LearningStep,
    Outcome,
    Participant,
    Programme,
    ProgrammeSchool,
    Session,
)
from upwards.web.staff import staff_of

MOST_OUTCOMES, MOST_STEPS = 30, 100


class ProgrammeForm(PlainTexts, Meanwhile, forms.ModelForm[Programme]):
    """What it is for, when, for which schools, and with how much money."""

    schools = forms.MultipleChoiceField(
        label="Schools that take part",
        widget=forms.CheckboxSelectMultiple,
        help_text="Only schools that you lead.",
    )
    starts = date_field("First day")
    ends = date_field("Last day")

    class Meta:
        model = Programme
        fields: ClassVar[list[str]] = [
            "title", "purpose", "schools", "starts", "ends", "budget", "other_costs", "currency"
        ]  # fmt: skip
        labels: ClassVar[dict[str, str]] = {
            "purpose": "What it is for",
            "other_costs": "Other costs so far",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "purpose": "One or two sentences that every colleague understands.",
            "budget": "For all of it; 0 where there is none.",
            "other_costs": "What is not a session’s: material, travel, cover.",
            "currency": "Three letters, such as GBP.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"purpose": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "schools", [(one, one) for one in schools])
        if self.instance.pk:
            self.initial["schools"] = self.instance.school_names

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("starts") and given.get("ends") and given["ends"] < given["starts"]:
            self.add_error("ends", "The last day is before the first.")
        if self.instance.pk and "schools" in given:
            people = Participant.objects.filter(programme=self.instance).exclude(school__in=given["schools"])
            for school in sorted(set(people.values_list("school", flat=True)), key=in_order):
                self.add_error("schools", f"{school} has participants: take them out of the programme first.")
        return given

    def save_schools(self, made: Programme) -> None:
        """Make the schools of a programme those that were ticked."""
        held = {one.school: one for one in made.schools.all()}
        for school in self.cleaned_data["schools"]:
            if school not in held:
                ProgrammeSchool.objects.create(programme=made, school=school)
        for school, row in held.items():
            if school not in self.cleaned_data["schools"]:
                row.delete()


class Lines(BaseInlineFormSet[Any, Any, Any]):
    """Lines of a programme; those that are kept may be ticked to be removed."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove this"


class OutcomeForm(PlainTexts, forms.ModelForm[Outcome]):
    """One outcome with its measure."""

    class Meta:
        model = Outcome
        fields: ClassVar[list[str]] = ["beneficiary", "text", "measure"]


class StepForm(PlainTexts, forms.ModelForm[LearningStep]):
    """One line of the learning framework."""

    class Meta:
        model = LearningStep
        fields: ClassVar[list[str]] = ["strand", "place", "text"]


_SETS: dict[str, Any] = {"validate_max": True, "can_delete_extra": False, "formset": Lines}
OutcomeSet = inlineformset_factory(
    Programme, Outcome, form=OutcomeForm, extra=2, max_num=MOST_OUTCOMES, **_SETS
)
StepSet = inlineformset_factory(Programme, LearningStep, form=StepForm, extra=4, max_num=MOST_STEPS, **_SETS)


class SessionForm(PlainTexts, Meanwhile, forms.ModelForm[Session]):
    """One session; its day lies within the programme."""

    date = date_field("Day")
    hours = hours_field("Hours", LONGEST_SESSION)
    facilitator = forms.ModelChoiceField(
        label="Facilitator",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet, or somebody from outside",
        help_text="Takes the register.",
    )

    class Meta:
        model = Session
        fields: ClassVar[list[str]] = ["title", "date", "hours", "strand", "facilitator", "cost"]
        labels: ClassVar[dict[str, str]] = {"cost": "Cost"}
        help_texts: ClassVar[dict[str, str]] = {"cost": "What this session costs; 0 where nothing."}

    def __init__(self, *args: Any, schools: Sequence[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "strand", [("", "Both"), *LearningStep._meta.get_field("strand").flatchoices])
        facilitator = self.fields["facilitator"]
        assert isinstance(facilitator, forms.ModelChoiceField)
        facilitator.queryset = staff_of(schools)
        if self.instance.facilitator_id is not None:  # whom a group lead chose stays
            facilitator.queryset |= staff_of(None).filter(pk=self.instance.facilitator_id)

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        programme = self.instance.programme
        if not programme.starts <= day <= programme.ends:
            raise ValidationError("This day is outside the programme: change its first or last day first.")
        return day


class PeopleForm(forms.Form):
    """Who of one school takes part."""

    people = forms.MultipleChoiceField(
        label="Who takes part", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "people", [(str(one.pk), str(one)) for one in people])


class RegisterForm(forms.Form):
    """Who was there: all are ticked, and one unticks who was not."""

    present = forms.MultipleChoiceField(
        label="Who was there?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Sequence[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "present", [(str(one.pk), f"{one.user} ({one.school})") for one in people])
