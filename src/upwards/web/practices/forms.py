"""The forms of the practice library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from upwards.web.form_choices import offer
from upwards.web.form_texts import NO_NAMES, PlainTexts
from upwards.web.practices.contacts import agreed_people
from upwards.web.practices.models import (
    CONTENT,
    Edition,
    Knowledge,
    Manner,
    Origin,
    Practice,
    Review,
    Standing,
    Verdict,
)

STOPPED = "stopped"
NO_SUBJECT = "Say the subject: somebody agrees to be named with one, and with no other."


class CardFilter(PlainTexts, forms.Form):
    """What to look for; kept in the address."""

    q = forms.CharField(label="Words", required=False, max_length=300)
    subject = forms.ChoiceField(label="Subject", required=False)
    stage = forms.ChoiceField(label="Stage", required=False)
    area = forms.ChoiceField(label="Area of excellence", required=False)
    school = forms.ChoiceField(label="Shared by", required=False)
    knowledge = forms.ChoiceField(
        label="Body of knowledge", required=False, choices=[("", "All"), *Knowledge.choices]
    )
    origin = forms.ChoiceField(label="Where from", required=False, choices=[("", "All"), *Origin.choices])
    standing = forms.ChoiceField(label="Evidence", required=False, choices=[("", "All"), *Standing.choices])
    use = forms.ChoiceField(
        label="Use", required=False, choices=[("", "All"), ("ours", "We use it"), ("not", "We do not use it")]
    )

    def __init__(self, *args: Any, rows: QuerySet[Practice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: dict[str, set[str]] = {"subject": set(), "stage": set(), "area": set(), "school": set()}
        for found in rows.order_by().values_list("live__subject", "live__stage", "live__area", "school"):
            for name, value in zip(known, found, strict=True):
                known[name].add(value)
        for name, values in known.items():
            offer(self, name, [("", "All"), *((one, one) for one in sorted(values - {""}))])


class NewForm(PlainTexts, forms.Form):
    """The least that begins a card."""

    school = forms.ChoiceField(label="School that shares", required=False)
    title = forms.CharField(label="Name", max_length=160, help_text="Such as: Questions at the door.")
    subject = forms.CharField(label="Subject", max_length=120, required=False)
    stage = forms.CharField(label="Stage", max_length=120, required=False)

    def __init__(self, *args: Any, schools: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "school", schools)
        self.fields["school"].required = "" not in [value for value, _ in schools]


class CardForm(PlainTexts, forms.ModelForm[Edition]):
    """Everything that a card says; only its name is needed while it is being written."""

    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    class Meta:
        model = Edition
        fields: ClassVar[list[str]] = [*CONTENT, "note"]
        help_texts: ClassVar[dict[str, str]] = {
            "need": f"What is difficult for pupils or staff, that this helps with. {NO_NAMES}",
            "for_whom": "Such as: pupils who read below their age, from year 3 on.",
            "done": f"So that somebody who has not seen it could try it. {NO_NAMES}",
            "ingredients": "What must not be left out, one on each line.",
            "hours": "For one teacher, to begin with it and keep it going for a term.",
            "money": "In your currency, for one school and one year; 0 where it costs nothing.",
            "takes": "Such as room, books, or release time on the same day.",
            "evidence": f"What was seen, where, and what speaks against it. {NO_NAMES}",
            "area": "What a peer review would look at, such as reading or behaviour.",
            "ask_department": "Such as: mathematics department, Alder.",
            "ask_person": "Only who agreed to be named is offered, and shown only while they agree.",
            "note": "For those who know the card already. Needed from the second edition on.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "done": forms.Textarea(attrs={"rows": 8}),
            "ingredients": forms.Textarea(attrs={"rows": 5}),
            "takes": forms.Textarea(attrs={"rows": 3}),
            "evidence": forms.Textarea(attrs={"rows": 5}),
            "hours": forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            "money": forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        }

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.practice = practice
        person: Any = self.fields["ask_person"]
        person.queryset = agreed_people(practice.school)
        person.empty_label = "Nobody: ask the department"
        if practice.live_id is None:
            del self.fields["note"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        person, subject = given.get("ask_person"), given.get("subject", "")
        agreed = agreed_people(self.practice.school, subject)
        if person is not None and not agreed.filter(pk=person.pk).exists():
            said = f"They have not agreed to be named with {subject}." if subject else NO_SUBJECT
            self.add_error("ask_person", said)
        return given


class ReviewForm(PlainTexts, forms.ModelForm[Review]):
    """What a colleague thinks of a card before it is shared."""

    verdict = forms.ChoiceField(label="What you think", choices=Verdict.choices, widget=forms.RadioSelect)

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = ["verdict", "text"]
        widgets: ClassVar[dict[str, forms.Widget]] = {"text": forms.Textarea(attrs={"rows": 4})}

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("verdict") == "change" and not given.get("text"):
            self.add_error("text", "Say what should change.")
        return given


class UseForm(PlainTexts, forms.Form):
    """A school says that it uses a practice, uses it otherwise, or stopped."""

    school = forms.ChoiceField(label="School")
    manner = forms.ChoiceField(
        label="What is true now",
        choices=[*Manner.choices, (STOPPED, "Has stopped")],
        widget=forms.RadioSelect,
    )
    how = forms.CharField(
        label="How you adapted it",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"What you do otherwise, and why. {NO_NAMES}",
    )
    why = forms.CharField(
        label="Why you stopped",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"That helps the next school, and is no failure. {NO_NAMES}",
    )

    def __init__(self, *args: Any, schools: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "school", [(one, one) for one in schools])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("manner") == Manner.ADAPTED and not given.get("how"):
            self.add_error("how", "Say what you do otherwise.")
        if given.get("manner") == STOPPED and not given.get("why"):
            self.add_error("why", "Say in a few words why.")
        return given


class FileForm(forms.Form):
    """One file for a card."""

    file = forms.FileField(label="File", allow_empty_file=True)

    @classmethod
    def refused(cls, problem: str) -> FileForm:
        """Return the form with what is wrong with the file that came."""
        form = cls({})
        form.errors["file"] = form.error_class([problem], renderer=form.renderer, field_id="id_file")
        return form
