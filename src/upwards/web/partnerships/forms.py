"""The forms of partnerships and of their visits."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from upwards.core.tables.people import KINDS
from upwards.web.access import Reader
from upwards.web.accounts.models import User
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field, hours_field, text_field
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import PlainTexts
from upwards.web.partnerships.models import (
    LONGEST_VISIT,
    MOST_HOURS,
    About,
    Activity,
    Cover,
    LivesOn,
    Outcome,
    Partnership,
    Reason,
    Session,
    Side,
)

EARLIEST = datetime.timedelta(days=365)
_NOT_PLANNED = [(one.value, one.label) for one in (Outcome.MISSED, Outcome.CANCELLED)]


def for_pupils_field() -> forms.NullBooleanField:
    widget = forms.NullBooleanSelect()
    widget.choices = [("unknown", "Not said"), ("true", "Yes"), ("false", "No")]
    return forms.NullBooleanField(
        label="Is its aim an outcome of pupils?",
        required=False,
        widget=widget,
        help_text="Leaders see what share of all they run is for pupils; no is a good answer too.",
    )


class PartnershipForm(PlainTexts, forms.Form):
    """Who works with whom, on what, for how long; people are asked afterwards."""

    kind = forms.ChoiceField(label="Kind", choices=[(one, one.capitalize()) for one in KINDS])
    subject = forms.CharField(label="Subject or area", max_length=120, required=False)
    provider_school = forms.ChoiceField(label="School that shares")
    provider_department = forms.CharField(label="Its department or stage", max_length=200, required=False)
    recipient_school = forms.ChoiceField(label="School that receives")
    recipient_department = forms.CharField(label="Its department or stage", max_length=200, required=False)
    second_school = forms.ChoiceField(
        label="Second school that receives",
        required=False,
        help_text="For a three; leave it blank for a pair.",
    )
    second_department = forms.CharField(label="Its department or stage", max_length=200, required=False)
    third_school = forms.ChoiceField(label="Third school that receives", required=False)
    aim = forms.CharField(
        label="Aim",
        max_length=300,
        help_text="What will be worked on. Colleagues of these schools can read it: write no names.",
    )
    measure = forms.CharField(
        label="How you will know",
        max_length=300,
        required=False,
        help_text="What will be different, and where one would see it. Write no names.",
    )
    for_pupils = for_pupils_field()
    hours = hours_field(
        "Hours agreed",
        MOST_HOURS,
        help_text="Time spent together from start to end, counted once and not for each person.",
    )
    starts = date_field("First day")
    ends = date_field("Last day")
    line = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    snapshot = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, reader: Reader, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        named = [(one, one) for one in schools]
        for name in ("provider_school", "recipient_school"):
            offer(self, name, [("", "Choose a school"), *named])
        for name in ("second_school", "third_school"):
            offer(self, name, [("", "None"), *named])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("starts") and given.get("ends") and given["ends"] < given["starts"]:
            self.add_error("ends", "The last day is before the first.")
        schools = {given.get("provider_school", ""), *self.receiving()} - {""}
        if schools and not any(self.reader.may("change_partnerships", one) for one in schools):
            raise ValidationError("One of the schools must be yours.")
        return given

    def receiving(self) -> dict[str, str]:
        """Return the schools that receive, each once and in order, with their departments."""
        found: dict[str, str] = {}
        for place in ("recipient", "second", "third"):
            school = self.cleaned_data.get(f"{place}_school", "")
            if school:
                found.setdefault(school, self.cleaned_data.get(f"{place}_department", ""))
        return found


class ChangeForm(PlainTexts, Meanwhile, forms.ModelForm[Partnership]):
    """What may be changed while it is open."""

    for_pupils = for_pupils_field()
    starts = date_field("First day")
    ends = date_field("Last day")

    class Meta:
        model = Partnership
        fields = ["aim", "measure", "for_pupils", "hours", "starts", "ends"]
        labels = {"measure": "How you will know", "hours": "Hours agreed"}
        help_texts = {"aim": "Colleagues of these schools can read it: write no names."}

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("starts") and given.get("ends") and given["ends"] < given["starts"]:
            self.add_error("ends", "The last day is before the first.")
        return given


class AskForm(forms.Form):
    """Whom to ask to take part, on which side."""

    side = forms.ChoiceField(label="Part", choices=Side.choices)
    person = forms.ModelChoiceField(label="Person", queryset=User.objects.none())

    def __init__(self, *args: Any, people: QuerySet[User], sides: list[Side], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = people
        offer(self, "side", [(one.value, one.label) for one in sides])


class LogForm(PlainTexts, forms.Form):
    """A visit that took place: three answers that are there already, and a button."""

    date = date_field("Day")
    hours = hours_field("Hours", LONGEST_VISIT)
    activity = forms.ChoiceField(label="What it was", choices=Activity.choices, widget=forms.RadioSelect)
    step = text_field("Next step", rows=2, required=False)
    next_date = date_field("Next visit", required=False)
    next_cover = forms.ChoiceField(
        label="Release cover for the next visit", choices=Cover.choices, required=False
    )
    note = text_field("Note", required=False, help_text="Only for those who take part.")

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        today = timezone.localdate()
        if day > today:
            raise ValidationError("This day is still to come. Plan the visit instead.")
        if day < today - EARLIEST:
            raise ValidationError("This day is more than a year ago.")
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("next_date") and given.get("date") and given["next_date"] <= given["date"]:
            self.add_error("next_date", "The next visit is after this one.")
        return given


class MissedForm(forms.Form):
    """A visit that did not take place, and perhaps a new day for it."""

    outcome = forms.ChoiceField(label="What happened", choices=_NOT_PLANNED, widget=forms.RadioSelect)
    reason = forms.ChoiceField(label="Why", choices=Reason.choices, widget=forms.RadioSelect)
    next_date = date_field("New day", required=False)


class VisitForm(PlainTexts, Meanwhile, forms.ModelForm[Session]):
    """A visit, planned or past, as those who take part keep it."""

    date = date_field("Day")
    at = forms.TimeField(
        label="Time", required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    hours = hours_field("Hours", LONGEST_VISIT)

    class Meta:
        model = Session
        fields = ["date", "at", "hours", "activity", "outcome", "reason", "cover"]
        labels = {"activity": "What it is", "outcome": "State", "cover": "Release cover"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        outcome = given.get("outcome")
        did_not = outcome in (Outcome.MISSED, Outcome.CANCELLED)
        if did_not and not given.get("reason"):
            self.add_error("reason", "Say why it did not take place.")
        if outcome == Outcome.HELD and given.get("date") and given["date"] > timezone.localdate():
            self.add_error("date", "This day is still to come: the visit cannot have taken place.")
        if not did_not:
            given["reason"] = ""
        return given


class PlanVisitForm(VisitForm):
    """A visit to come."""

    class Meta(VisitForm.Meta):
        fields = ["date", "at", "hours", "activity", "cover"]


class CoverForm(forms.ModelForm[Session]):
    """What a leader may change of a visit."""

    class Meta:
        model = Session
        fields = ["cover"]
        labels = {"cover": "Release cover"}


class NoteForm(PlainTexts, forms.Form):
    """A goal, a step or a note for those who take part."""

    about = forms.ChoiceField(label="This is a", choices=About.choices)
    text = text_field("Text", help_text="Only those who take part can read it. Name no pupil.")


class FollowUpForm(forms.Form):
    """Does the practice live on?"""

    lives_on = forms.ChoiceField(
        label="Does the practice live on?", choices=LivesOn.choices, widget=forms.RadioSelect
    )
