"""The forms on people."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from upwards.core.name_order import in_order
from upwards.web.access import Reader
from upwards.web.accounts.models import User
from upwards.web.directory.linking import forget_earlier, may_link, works_within_line
from upwards.web.form_choices import offer
from upwards.web.form_fields import DayField
from upwards.web.form_meanwhile import Meanwhile
from upwards.web.form_texts import PlainTexts
from upwards.web.people.models import Direction, Person, Standing, TermHours, Training, Wish

COMMAS = "Several, separated by commas."
LINKED = "Only an owner changes this once somebody signs in with this row, and nobody changes their own."
IN_LINE = (
    "This person is in an open partnership with somebody in their line of management. "
    "End it, or let one of them leave it, first."
)


class PeopleFilter(PlainTexts, forms.Form):
    """Which people are listed; kept in the address."""

    q = forms.CharField(label="Name", required=False, max_length=120)
    school = forms.ChoiceField(label="School", required=False)
    subject = forms.CharField(label="Subject", required=False, max_length=80)
    what = forms.ChoiceField(label="Who", required=False)

    def __init__(self, *args: Any, schools: list[str], is_lead: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "school", [("", "All"), *((one, one) for one in schools)])
        what = [
            ("", "Everybody"),
            ("shares", "Can share something"),
            ("coaches", "Trained as a coach or more"),
        ]
        if is_lead:
            what += [("asks", "Asks for help"), ("unlinked", "Cannot sign in yet"), ("left", "Has left")]
        offer(self, "what", what)


class PersonForm(PlainTexts, Meanwhile, forms.ModelForm[Person]):
    """One member of staff; only the schools that the reader leads."""

    school = forms.ChoiceField(label="School", required=False)

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = [
            "name", "school", "posts", "departments", "subjects", "line_manager",
            "user", "staff_code", "joined", "left",
        ]  # fmt: skip
        labels: ClassVar[dict[str, str]] = {"user": "Signs in as", "line_manager": "Line manager"}
        help_texts: ClassVar[dict[str, str]] = {
            "posts": f"Such as head of department. {COMMAS}",
            "departments": COMMAS,
            "subjects": f"{COMMAS} Written as the results write them.",
            "line_manager": "Cannot be the person's coach. Not shown to colleagues.",
            "user": "Leave blank for somebody who has not entered yet; invite them under Invitations.",
            "staff_code": "The teacher code in the files, for My classes. Not shown to colleagues.",
            "left": "Leave blank while the person works here.",
        }
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"joined": DayField, "left": DayField}

    def __init__(self, *args: Any, reader: Reader, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = reader.schools_for("change_people")
        places = sorted(set(schools) | {self.instance.school} - {""} if own is None else own, key=in_order)
        whole = [("", "The whole group")] if own is None else []
        offer(self, "school", [*whole, *((one, one) for one in places)])
        self.fields["school"].required = own is not None
        users: Any = self.fields["user"]
        free = Q(person__isnull=True) | Q(person=self.instance.pk)
        near = Q() if own is None else Q(appointments__school__in=own)
        near |= Q(person=self.instance.pk) if self.instance.pk and near else Q()
        users.queryset = User.objects.filter(free & near, is_active=True).distinct().order_by("name")
        if reader.user is not None and self.instance.user_id != reader.user.pk:
            users.queryset = users.queryset.exclude(pk=reader.user.pk)
        users.empty_label = "Nobody yet"
        self.kept = (self.instance.user_id, self.instance.line_manager_id)
        if not may_link(reader, self.instance):
            for name in ("user", "staff_code"):
                self.fields[name].disabled = True  # Django then takes no answer, whatever is sent
                self.fields[name].help_text = LINKED
        managers: Any = self.fields["line_manager"]
        seen = Person.objects.working().of_schools(own).filter(erased__isnull=True)
        own_manager = Person.objects.filter(pk=self.instance.line_manager_id or 0)
        managers.queryset = (seen | own_manager).exclude(pk=self.instance.pk)
        managers.empty_label = "Not recorded"

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        code = given.get("staff_code", "")
        same = Person.objects.filter(school=given.get("school", ""), staff_code=code)
        if code and same.exclude(pk=self.instance.pk).exists():
            self.add_error(
                "staff_code", "Another person of this school has this code. One code is one person."
            )
        if given.get("left") and given.get("joined") and given["left"] < given["joined"]:
            self.add_error("left", "The last day lies before the first.")
        self._keep_the_line(given)
        return given

    def _keep_the_line(self, given: dict[str, Any]) -> None:
        """Refuse what would lift the line of management while two of it work together."""
        changed = [
            name
            for name, kept in zip(("user", "line_manager"), self.kept, strict=True)
            if kept is not None and name in given and getattr(given[name], "pk", None) != kept
        ]
        if changed and works_within_line(Person.objects.get(pk=self.instance.pk)):
            for name in changed:
                self.add_error(name, IN_LINE)

    def save(self, commit: bool = True) -> Person:
        with transaction.atomic():
            saved: Person = super().save(commit)
            if commit and saved.user_id != self.kept[0]:
                forget_earlier(saved)
        return saved


class TrainingForm(PlainTexts, forms.ModelForm[Training]):
    class Meta:
        model = Training
        fields: ClassVar[list[str]] = ["standing", "title", "provider", "day", "ends"]
        help_texts: ClassVar[dict[str, str]] = {
            "title": "Needed for other training; otherwise what the certificate says.",
            "ends": "Leave blank where it does not lapse.",
        }
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"day": DayField, "ends": DayField}

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("standing") == Standing.OTHER and not given.get("title"):
            self.add_error("title", "Say what the training is called.")
        if given.get("ends") and given.get("day") and given["ends"] < given["day"]:
            self.add_error("ends", "This lies before the date of the training.")
        return given


class TermHoursForm(forms.ModelForm[TermHours]):
    """Hours of one term; said again, they take the place of those said before."""

    class Meta:
        model = TermHours
        fields: ClassVar[list[str]] = ["year", "term", "hours"]
        labels: ClassVar[dict[str, str]] = {"hours": "Hours in this term"}


class WishForm(PlainTexts, forms.ModelForm[Wish]):
    """I can share, I would like help with; or what a head proposes to somebody."""

    class Meta:
        model = Wish
        fields: ClassVar[list[str]] = ["direction", "topic", "subject", "note"]
        labels: ClassVar[dict[str, str]] = {"note": "What a colleague should know"}
        help_texts: ClassVar[dict[str, str]] = {
            "topic": "In a few words, such as: routines at the start of a lesson.",
            "note": "Nothing about a pupil or about anybody else, please.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, for_self: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not for_self:
            said = {
                Direction.SHARE: "Could share",
                Direction.HELP: "Could have help with",
                Direction.GIVE: "Could give training in",
                Direction.RECEIVE: "Could have training in",
            }
            offer(self, "direction", [(one.value, said[one]) for one in Direction])

    def clean_topic(self) -> str:
        topic = str(self.cleaned_data["topic"])
        if len(topic) < 3:
            raise ValidationError("Say in a few words what it is about.")
        return topic


class AgreementForm(forms.Form):
    """The team with which to be named, and a yes that is not ticked in advance."""

    team = forms.ChoiceField(label="Team")
    agrees = forms.BooleanField(label="I have read this, and I agree to be named with this team.")

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "team", teams)
