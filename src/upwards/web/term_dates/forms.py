"""The forms of term dates."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from upwards.web.access import Reader
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import PlainTexts
from upwards.web.term_dates.calendars import ALL_SCHOOLS
from upwards.web.term_dates.models import LONGEST, Closure
from upwards.web.term_dates.school_days import SchoolDays
from upwards.web.term_dates.seen import EVERY, offered_schools, written


class ClosureForm(PlainTexts, Meanwhile, forms.ModelForm[Closure]):
    """A holiday or a closed day, for all schools or for one."""

    school = forms.ChoiceField(label="For")
    first = date_field("First day without school")
    last = date_field("Last day without school", required=False, help_text="Leave it blank for a single day.")

    class Meta:
        model = Closure
        fields: ClassVar[list[str]] = ["name", "school", "first", "last"]
        help_texts: ClassVar[dict[str, str]] = {
            "name": "Such as autumn half-term, Christmas, a bank holiday or a training day."
        }

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = offered_schools(reader)
        kept = str(self.instance.school)
        if kept and kept not in dict(choices):  # of a school that the results no longer name
            choices.append((kept, kept))
        self.initial["school"] = kept or next(iter(dict(choices)), "")
        offer(self, "school", choices)

    def clean_school(self) -> str:
        chosen = str(self.cleaned_data["school"])
        return ALL_SCHOOLS if chosen == EVERY else chosen

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.errors:
            return given
        first = given["first"]
        last = given["last"] = given.get("last") or first
        if last < first:
            self.add_error("last", "The last day is before the first.")
        elif last - first >= LONGEST:
            self.add_error("last", _too_long(first, last))
        elif SchoolDays().between(first, last) == 0:
            self.add_error("first", "These days are a weekend, when schools are out anyway.")
        else:
            self._refuse_overlap(given["school"], first, last)
        return given

    def _refuse_overlap(self, school: str, first: datetime.date, last: datetime.date) -> None:
        known = Closure.objects.overlapping(school, first, last).exclude(pk=self.instance.pk).first()
        if known is not None:
            whom = "all schools" if school == ALL_SCHOOLS else school
            raise ValidationError(
                f"“{known}” for {whom}, {_day(known.first)} to {_day(known.last)}, has some of these days "
                "already. Change that one, or choose other days."
            )


def _too_long(first: datetime.date, last: datetime.date) -> str:
    n, most = (last - first).days + 1, LONGEST.days
    return (
        f"That is {n} days; at most {most} are taken at once, so that a slip in a year is noticed. "
        "Record a longer one in two parts."
    )


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"


class YearFilter(PlainTexts, forms.Form):
    """Which dates are listed; kept in the address."""

    year = forms.TypedChoiceField(label="School year", required=False, coerce=int, empty_value=None)
    school = forms.ChoiceField(label="School", required=False)

    def __init__(self, *args: Any, years: list[int], schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "year", [(str(one), written(one)) for one in years])
        offer(self, "school", [("", "Every school"), *((one, one) for one in schools)])
