"""Inviting, withdrawing, accepting."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from upwards.web.access import Reader, for_capability, for_members, reader_for, reader_of
from upwards.web.accounts.models import Appointment, Invitation, InvitationClosed, LastOwner, User
from upwards.web.answers import workspace_facts
from upwards.web.invitations.forms import AcceptForm, InvitationForm
from upwards.web.roles import Role
from upwards.web.rules import days
from upwards.web.trail.acting import acting_as
from upwards.web.trail.models import What
from upwards.web.trail.record import record


@require_http_methods(["GET", "POST"])
@for_capability("invite")
def invitations(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    form = InvitationForm(request.POST or None, reader=reader, schools=workspace_facts()["schools"])
    link = None
    if request.method == "POST" and form.is_valid():
        link = _invite(request, form)
        form = InvitationForm(reader=reader, schools=workspace_facts()["schools"])
    about = {"form": form, "link": link, "listed": _open_invitations(reader), "held": _held(reader)}
    record(request, What.READ, "accounts.appointment", detail="who has which role")
    return render(request, "invitations/invitations.html", about)


def _invite(request: HttpRequest, form: InvitationForm) -> str | None:
    """Make an invitation, and return its link only where no mail server can bring it to the person.

    Who sees a link can enter by it; so it does not prove whose the address is once it is shown.
    """
    given, user = form.cleaned_data, reader_of(request).user
    invitation, token = Invitation.make(
        email=given["email"], role=Role(given["role"]), school=given["school"], invited_by=user
    )
    link = request.build_absolute_uri(reverse("invitation_accept", args=[token]))
    about = {"link": link, "group": workspace_facts()["name"], "days": days("invitations.open_days").days}
    text = render_to_string("invitations/invitation.txt", about)
    sent = send_mail(f"Invitation to {about['group']}", text, None, [given["email"]], fail_silently=True)
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        messages.success(request, "The invitation is made. Give the link below to the person.")
        return link
    if sent:
        invitation.mailed = True
        messages.success(request, "The invitation was sent.")
    else:
        invitation.withdrawn = timezone.now()
        messages.error(
            request, "The mail server did not take the invitation. Ask who keeps it, then try again."
        )
    invitation.save()
    return None


def _open_invitations(reader: Reader) -> list[tuple[Invitation, bool]]:
    """Return the open invitations in the reader's schools, each with whether the reader may withdraw it."""
    own = reader.schools_for("invite")
    seen = Invitation.objects.filter(accepted=None, withdrawn=None).exclude(email="")
    seen = seen if own is None else seen.filter(school__in=own)
    return [(one, reader.may_appoint(Role(one.role), one.school)) for one in seen if one.is_open]


def _held(reader: Reader) -> list[tuple[Appointment, bool]]:
    """Return who has which role in the reader's schools, each with whether the reader may end it."""
    own = reader.schools_for("invite")
    seen = Appointment.objects.on(timezone.localdate()).select_related("user")
    seen = seen if own is None else seen.filter(school__in=own)
    return [(one, reader.may_appoint(Role(one.role), one.school)) for one in seen]


@require_http_methods(["GET", "POST"])
@for_capability("invite")
def appointment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then end somebody's role at once."""
    reader = reader_of(request)
    held = get_object_or_404(Appointment.objects.on(timezone.localdate()).select_related("user"), pk=pk)
    if not reader.may_appoint(Role(held.role), held.school):
        raise PermissionDenied
    if request.method != "POST":
        record(request, What.READ, held)
        return render(request, "invitations/appointment_end.html", {"held": held})
    try:
        held.end()
    except LastOwner:
        messages.error(request, "The group needs an owner. Invite another owner before you end this role.")
    else:
        messages.success(request, "The role is ended.")
    gave_up_inviting = held.user == reader.user and not reader_for(held.user).may("invite")
    return redirect("home" if gave_up_inviting else "invitations")


@require_POST
@for_capability("invite")
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    if not reader_of(request).may_appoint(Role(invitation.role), invitation.school):
        raise PermissionDenied
    if invitation.is_open:
        invitation.withdrawn = timezone.now()
        invitation.save()
        messages.success(request, "The invitation is withdrawn.")
    return redirect("invitations")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = Invitation.find_open(token)
    if invitation is None:
        return render(request, "invitations/closed.html", status=410)
    known = User.objects.filter(email=invitation.email).first() if invitation.email else None
    if known is not None:
        return _join(request, invitation, known)
    form = AcceptForm(request.POST or None, invited=invitation.email)
    if request.method == "POST" and form.is_valid():
        return _enter(request, invitation, form)
    return render(request, "invitations/accept.html", {"form": form, "invitation": invitation})


def _enter(request: HttpRequest, invitation: Invitation, form: AcceptForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        with transaction.atomic():
            user = User.objects.create_user(given["email"], given["password"], name=given["name"])
            verified = bool(invitation.email) and invitation.mailed
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
            with acting_as(user.pk):
                invitation.accept(user)
    except InvitationClosed:
        return render(request, "invitations/closed.html", status=410)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    messages.success(
        request, "Welcome. Add a passkey or a second step under Your account, so that your sign-in is safe."
    )
    return redirect("home")


def _join(request: HttpRequest, invitation: Invitation, known: User) -> HttpResponse:
    """Give somebody who can sign in already a further role, once signed in.

    Where the address of the account was never proven, the password is asked for again.
    """
    if request.user != known:
        return redirect(f"{reverse('account_login')}?next={request.path}")
    answer: HttpResponse = _join_signed_in(request, invitation, known)
    return answer


def _address_is_unproven(request: HttpRequest) -> bool:
    known = EmailAddress.objects.filter(user=reader_of(request).user, verified=True)
    return not any(one.email.lower() == request.user.get_username() for one in known)


@reauthentication_required(enabled=_address_is_unproven)  # type: ignore[untyped-decorator]
def _join_signed_in(request: HttpRequest, invitation: Invitation, known: User) -> HttpResponse:
    if request.method != "POST":
        return render(request, "invitations/join.html", {"invitation": invitation})
    try:
        with transaction.atomic():
            invitation.accept(known)
    except InvitationClosed:
        return render(request, "invitations/closed.html", status=410)
    messages.success(request, "Your new role is added.")
    return redirect("home")


@require_http_methods(["GET"])
@for_members
def own_roles(request: HttpRequest) -> HttpResponse:
    """Show the reader's own appointments."""
    held = Appointment.objects.filter(user=reader_of(request).user).on(timezone.localdate())
    return render(request, "invitations/own_roles.html", {"held": held})
