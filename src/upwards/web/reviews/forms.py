"""The forms of reviews: texts without names of persons, days, and words in place of colours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from upwards.web.accounts.models import User
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field, text_field
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import NO_NAMES, PlainTexts
from upwards.web.people.models import Person
from upwards.web.reviews.allocation import Candidate
from upwards.web.reviews.models import (
    LONGEST_NOTE,
    LONGEST_REPORT,
    Area,
    Grade,
    Joint,
    JointActivity,
    Review,
    ReviewAction,
    Standing,
)

CHANGED = (
    "Somebody else changed what is written since you opened this page. Your text is kept below: open the "
    "review in another window, bring both together, and keep it again."
)
SHORTEST_NAME = 4


class ReviewForm(PlainTexts, Meanwhile, forms.ModelForm[Review]):
    """Which school is visited, when, and what for."""

    school = forms.ChoiceField(label="School that is reviewed")
    first_day = date_field("First day")
    last_day = date_field("Last day")
    focus = forms.CharField(
        label="Focus", max_length=300, required=False, help_text="What the school wants looked at."
    )

    class Meta:
        model = Review
        fields = ["school", "first_day", "last_day", "focus"]

    def __init__(self, *args: Any, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.school:
            del self.fields["school"]
        else:
            offer(self, "school", [("", "Choose a school"), *((one, one) for one in schools)])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first.")
        return given


class AllocateForm(forms.Form):
    """Who reviews; who has done it least stands first."""

    user = forms.TypedChoiceField(
        label="Reviewer",
        coerce=int,
        help_text="Leads and coaches of other schools, and people invited as reviewers of this one. Nobody "
        "reviews the own school. Who has reviewed least stands first.",
    )

    def __init__(self, *args: Any, candidates: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = {one.user.pk: one for one in candidates}
        offer(self, "user", [(str(key), str(one)) for key, one in self.candidates.items()])

    def chosen(self) -> Candidate:
        return self.candidates[self.cleaned_data["user"]]


class ActivityForm(PlainTexts, Meanwhile, forms.ModelForm[JointActivity]):
    """What was done together."""

    kind = forms.ChoiceField(label="What", choices=Joint.choices, widget=forms.RadioSelect)
    day = date_field("Day")
    where = forms.CharField(
        label="Where",
        max_length=160,
        required=False,
        help_text="A subject, a stage or a place: no class of one person.",
    )
    with_post = forms.CharField(
        label="Together with",
        max_length=160,
        help_text="The host’s post, such as head of science: every activity is done together.",
    )
    notes = text_field("What you saw", max_length=LONGEST_NOTE, required=False, help_text=NO_NAMES)

    class Meta:
        model = JointActivity
        fields = ["kind", "day", "where", "with_post", "notes"]


class ExcellenceForm(PlainTexts, forms.Form):
    """What the school puts forward."""

    title = forms.CharField(label="Area of excellence", max_length=160)
    why = text_field(
        label="How one can see it",
        max_length=LONGEST_NOTE,
        help_text=f"What is done, and what others could come and see. {NO_NAMES}",
    )


class ReportForm(PlainTexts, forms.Form):
    """Four words for each area, why, and the report."""

    report = text_field("Report", max_length=LONGEST_REPORT, rows=12, required=False, help_text=NO_NAMES)
    standing = forms.ChoiceField(
        label="Area of excellence", choices=Standing.choices, required=False, widget=forms.RadioSelect
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.review = review
        for area in Area:
            self.fields[area.value] = forms.ChoiceField(
                label=area.label,
                choices=[("", "Not said yet"), *Grade.choices],
                required=False,
            )
            self.fields[f"{area.value}_why"] = text_field(
                label=f"{area.label}: what this rests on", max_length=LONGEST_NOTE, rows=3, required=False
            )
        if not review.excellence:
            del self.fields["standing"]
        self.order_fields([*(name for area in Area for name in (area, f"{area.value}_why")), "report"])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for area in Area:
            if given.get(area.value) and not given.get(f"{area.value}_why"):
                self.add_error(f"{area.value}_why", "Say what the word rests on.")
        if self.review.is_written:
            for area in Area:
                if not given.get(area.value):
                    self.add_error(area.value, "The school has the draft: a word stays in each area.")
        if given.get("seen") != self.review.digest():
            raise ValidationError(CHANGED)
        return given

    @classmethod
    def first(cls, review: Review) -> dict[str, Any]:
        said = {one.area: one for one in review.grades.all()}
        grades = {area: one.grade for area, one in said.items()}
        whys = {f"{area}_why": one.why for area, one in said.items()}
        about = {"report": review.report, "standing": review.excellence_standing, "seen": review.digest()}
        return {**grades, **whys, **about}


class CommentForm(PlainTexts, forms.Form):
    text = text_field("What you say about the draft", max_length=LONGEST_NOTE, help_text=NO_NAMES)


class ActionForm(PlainTexts, forms.ModelForm[ReviewAction]):
    """What is done next, by which post, until when."""

    what = forms.CharField(label="What is to be done", max_length=300)
    post = forms.CharField(
        label="Who, by post", max_length=120, help_text="A post, such as head of science; no name."
    )
    due = date_field("Until")

    class Meta:
        model = ReviewAction
        fields = ["what", "post", "due"]

    def __init__(self, *args: Any, school: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school

    def clean_post(self) -> str:
        post: str = self.cleaned_data["post"]
        if any(name in post.casefold() for name in _names(self.school)):
            raise ValidationError("This names a person. Write the post: it stays when people change.")
        return post

    def clean_due(self) -> Any:
        due = self.cleaned_data["due"]
        if due < timezone.localdate():
            raise ValidationError("This day is over.")
        return due


def _names(school: str) -> list[str]:
    people = Person.objects.filter(school=school).values_list("name", flat=True)
    users = User.objects.filter(appointments__school=school).values_list("name", flat=True)
    return [one.casefold() for one in {*people, *users} if len(one) >= SHORTEST_NAME]
