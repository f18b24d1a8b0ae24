"""The forms of inviting and of accepting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from upwards.web.access import Reader
from upwards.web.accounts.models import User
from upwards.web.controllers.reach import may_bring_in
from upwards.web.form_choices import offer
from upwards.web.form_texts import PlainTexts
from upwards.web.roles import OVER_THE_WHOLE_GROUP, Role


class InvitationForm(PlainTexts, forms.Form):
    """Whom to invite, and as what: only what the inviting reader may give."""

    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(label="Role", initial=Role.TEACHER)  # the least, where nobody chose
    school = forms.ChoiceField(
        label="School",
        required=False,
        help_text="Owners, group leads and researchers belong to the whole group: choose no school for them.",
    )
    whole_group = forms.BooleanField(
        label="The whole group, in place of one school",
        required=False,
        help_text="The role then holds in every school.",
    )

    def __init__(self, *args: Any, reader: Reader, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        own = reader.schools_for("invite")
        seen = [one for one in schools if own is None or one in own]
        seen += sorted((own or frozenset()) - set(seen))
        places = ["", *seen] if own is None else seen
        roles = [one for one in Role if any(reader.may_appoint(one, place) for place in places)]
        offer(self, "role", [(one.value, one.label) for one in roles])
        offer(self, "school", [("", "Choose a school"), *((one, one) for one in seen)])
        if own is not None:
            del self.fields["whole_group"]
            self.fields["school"].help_text = ""
            self.fields["school"].required = True
            self.fields["school"].error_messages["required"] = "Choose a school."

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if "role" not in given or "school" not in given:
            return given
        role, school, whole = Role(given["role"]), given["school"], given.get("whole_group", False)
        if role in OVER_THE_WHOLE_GROUP and school:
            self.add_error("school", f"{role.label} is a role in the whole group. Choose no school.")
        elif school and whole:
            self.add_error("whole_group", "Choose one school, or the whole group, not both.")
        elif not (school or whole or role in OVER_THE_WHOLE_GROUP):
            self.add_error("school", "Choose a school, or tick the whole group.")
        elif not self.reader.may_appoint(role, school):
            raise ValidationError("You may not invite to this role in this school.")
        elif not may_bring_in(self.reader.appointments, role, school):
            self.add_error("school", "Another controller answers for it. Its head or an owner invites there.")
        return given


class AcceptForm(PlainTexts, forms.Form):
    """A name and a password; the e-mail is the one invited, or for the first owner asked for."""

    email = forms.EmailField(label="Your e-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="A password",
        help_text="At least 12 characters; several words are easier to remember than signs.",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invited: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited = invited
        if invited:
            self.fields["email"].disabled = True
            self.fields["email"].initial = invited

    def clean_email(self) -> str:
        email = str(self.invited or self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("Somebody already signs in with this e-mail. Sign in instead.")
        return email

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if "password" in given:
            person = User(email=given.get("email", ""), name=given.get("name", ""))
            try:
                validate_password(given["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return given
