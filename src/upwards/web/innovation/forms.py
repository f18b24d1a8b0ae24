"""The forms of pilots and reading."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from upwards.web.access import Reader
from upwards.web.accounts.models import User
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field, hours_field
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import NO_NAMES, PlainTexts
from upwards.web.innovation.models import (
    MOST_HOURS,
    Decision,
    Observation,
    Pilot,
    Reached,
    Reference,
    Standing,
    State,
)
from upwards.web.practices.models import Practice
from upwards.web.practices.published import published
from upwards.web.staff import staff_of

EARLIEST = datetime.timedelta(days=3 * 365)


def _yes_or_no(given: str) -> bool:
    return given == "yes"


class PilotFilter(forms.Form):
    """Which pilots are listed; kept in the address."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *State.choices])
    school = forms.ChoiceField(label="School", required=False)

    def __init__(self, *args: Any, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "school", [("", "All"), *((one, one) for one in schools)])


class _PilotFields(PlainTexts, Meanwhile, forms.ModelForm[Pilot]):
    """What may be changed as long as nothing is decided."""

    hours_a_week = hours_field(
        "Hours of staff a week", MOST_HOURS, least=0, help_text="Of all who take part together."
    )
    ends = date_field("Last day", help_text="The day on which you decide to adopt, adapt or drop it.")
    lead = forms.ModelChoiceField(
        label="Who leads it", queryset=User.objects.none(), empty_label="Choose a colleague"
    )

    def __init__(self, *args: Any, schools: list[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead = self.fields["lead"]
        assert isinstance(lead, forms.ModelChoiceField)
        lead.queryset = staff_of(schools)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        school = given.get("school") or self.instance.school
        lead = given.get("lead")
        if school and lead is not None and not staff_of([school]).filter(pk=lead.pk).exists():
            self.add_error("lead", f"{lead} does not work in {school}.")
        starts = given.get("starts") or self.instance.starts
        if starts and given.get("ends") and given["ends"] < starts:
            self.add_error("ends", "The last day is before the first.")
        return given


class RunningForm(_PilotFields):
    """What may still be changed while it runs: never what would count as success."""

    class Meta:
        model = Pilot
        fields: ClassVar[list[str]] = ["tried", "hours_a_week", "ends", "lead"]
        labels: ClassVar[dict[str, str]] = {"tried": "What is tried"}
        help_texts: ClassVar[dict[str, str]] = {"tried": NO_NAMES}
        widgets: ClassVar[dict[str, forms.Widget]] = {"tried": forms.Textarea(attrs={"rows": 4})}


class PilotForm(_PilotFields):
    """An idea: hypothesis, measure, days, hours."""

    school = forms.ChoiceField(label="School")
    for_pupils = forms.TypedChoiceField(
        label="Is its aim an outcome of pupils?",
        choices=[("yes", "Yes"), ("no", "No, of something else")],
        coerce=_yes_or_no,
        widget=forms.RadioSelect,
    )
    starts = date_field("First day")

    class Meta:
        model = Pilot
        fields: ClassVar[list[str]] = [
            "school", "department", "title", "if_we", "for_whom", "then", "because", "tried",
            "measure", "success", "for_pupils", "hours_a_week", "starts", "ends", "lead",
        ]  # fmt: skip
        labels: ClassVar[dict[str, str]] = {
            "title": "Title",
            "department": "Department",
            "if_we": "If we …",
            "for_whom": "for …",
            "then": "then …",
            "because": "because …",
            "tried": "What is tried",
            "measure": "Measure",
            "success": "What would count as success",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "title": f"Staff of the whole group can read it. {NO_NAMES}",
            "department": "Leave it blank where the whole school tries it.",
            "if_we": "What you will do, such as: begin each lesson with five questions on last week’s.",
            "for_whom": "Such as: all classes of year 8 in French.",
            "then": "What will be different, such as: pupils remember more words after a month.",
            "because": "Why it should work, such as: recalling something makes it stick.",
            "tried": f"What happens, when, and with what. {NO_NAMES}",
            "measure": "What you will look at. It can wait until you begin, not longer.",
            "success": "Said before it begins, and fixed then: how much of it would be enough to adopt it.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"tried": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, reader: Reader, schools: list[str], **kwargs: Any) -> None:
        kwargs["schools"] = schools
        super().__init__(*args, **kwargs)
        self.reader = reader
        offer(self, "school", [("", "Choose a school"), *((one, one) for one in schools)])
        if self.instance.pk:
            self.initial["for_pupils"] = "yes" if self.instance.for_pupils else "no"


class ObservationForm(PlainTexts, forms.ModelForm[Observation]):
    """Something seen; two fields, of which one is filled in."""

    date = date_field("Day")

    class Meta:
        model = Observation
        fields: ClassVar[list[str]] = ["date", "text"]
        labels: ClassVar[dict[str, str]] = {"text": "What did you see?"}
        help_texts: ClassVar[dict[str, str]] = {
            "text": f"Staff of your school and leads of the group can read it. {NO_NAMES}"
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"text": forms.Textarea(attrs={"rows": 3})}

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        if day > timezone.localdate():
            raise ValidationError("This day is still to come.")
        if day < timezone.localdate() - EARLIEST:
            raise ValidationError("This day is more than three years ago.")
        return day


class DecisionForm(PlainTexts, forms.Form):
    """Adopt, adapt or drop, by what was said before it began."""

    reached = forms.ChoiceField(
        label="Was what would count as success reached?", choices=Reached.choices, widget=forms.RadioSelect
    )
    decision = forms.ChoiceField(label="Decision", choices=Decision.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        help_text=f"Staff of the whole group can read it: “no” helps them too. {NO_NAMES}",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReadingFilter(PlainTexts, forms.Form):
    """Which reading is listed; kept in the address."""

    q = forms.CharField(label="Words", required=False, max_length=120)
    standing = forms.ChoiceField(label="Standing", required=False, choices=[("", "All"), *Standing.choices])


class ReferenceForm(PlainTexts, forms.ModelForm[Reference]):
    """Something to read, with what it found in one's own words."""

    link = forms.URLField(
        label="Link", required=False, max_length=500, assume_scheme="https", help_text="http or https only."
    )
    practice = forms.ModelChoiceField(
        label="Practice that it is about",
        queryset=Practice.objects.none(),
        required=False,
        empty_label="None of the library",
    )

    class Meta:
        model = Reference
        fields: ClassVar[list[str]] = [
            "title", "authors", "year", "study", "found", "standing", "link", "doi", "practice"
        ]  # fmt: skip
        labels: ClassVar[dict[str, str]] = {"authors": "Author or authors", "standing": "Its standing"}
        help_texts: ClassVar[dict[str, str]] = {
            "found": "In your own words, in a few sentences: for whom, how much, compared with what.",
            "standing": "How far one may build on it.",
            "doi": "The number that stays when an address changes, such as 10.1000/182.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"found": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        practice = self.fields["practice"]
        assert isinstance(practice, forms.ModelChoiceField)
        kept = Q(pk=self.instance.practice_id)  # what is linked stays, archived since or not
        seen = published(reader).values("pk")
        practice.queryset = Practice.objects.filter(kept | Q(pk__in=seen)).select_related("live")

    def clean_doi(self) -> str:
        doi = str(self.cleaned_data["doi"])
        for before in ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "doi:"):
            if doi.lower().startswith(before):
                doi = doi[len(before) :].strip()
        others = Reference.objects.filter(doi__iexact=doi).exclude(pk=self.instance.pk)
        if doi and others.exists():
            raise ValidationError("This DOI is in the list already.")
        return doi


class LinkForm(forms.Form):
    """Which reading a pilot rests on."""

    reference = forms.ModelChoiceField(
        label="Reading", queryset=Reference.objects.all(), empty_label="Choose from the list"
    )
