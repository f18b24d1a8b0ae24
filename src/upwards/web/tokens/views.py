"""Programs: which tokens somebody has, a new one, and an end to one."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.name_order import in_order
from upwards.web.access import Reader, for_capability, for_members, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.tokens.forms import TokenForm
from upwards.web.tokens.models import Token
from upwards.web.tokens.scopes import Scope, scopes_for
from upwards.web.trail.models import What
from upwards.web.trail.record import record

MOST_TOKENS = 20
TOO_MANY = f"You have {MOST_TOKENS} tokens that work. Revoke one that is not needed any more."


@never_cache
@require_safe
@for_members
def tokens(request: HttpRequest) -> HttpResponse:
    """List the reader's tokens, and to an owner those of everybody."""
    reader = reader_of(request)
    own = Token.objects.filter(user=reader.user)
    about = {"mine": [(one, _said(one)) for one in own], "others": None, "may_make": reader.may("enter")}
    if _keeps_the_house(reader):
        others = Token.objects.exclude(user=reader.user).filter(revoked=None).select_related("user")
        about["others"] = [(one, _said(one)) for one in others]
        record(request, What.READ, "tokens.token", detail="who has which tokens")
    return render(request, "tokens/tokens.html", about)


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
@for_capability("enter")
@reauthentication_required  # type: ignore[untyped-decorator]
def token_make(request: HttpRequest) -> HttpResponse:
    """Make a token for who has just shown again who they are; its secret is shown this once."""
    reader = reader_of(request)
    user = reader.user
    assert user is not None
    form = TokenForm(request.POST or None, scopes=scopes_for(reader), schools=_own_schools(reader))
    if request.method == "POST" and form.is_valid():
        if Token.objects.filter(user=user).open_on(timezone.localdate()).count() >= MOST_TOKENS:
            form.add_error(None, TOO_MANY)
        else:
            token, secret = Token.make(user, **form.cleaned_data)
            return render(request, "tokens/made.html", {"token": token, "secret": secret})
    return render(request, "tokens/make.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@for_members
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once: one's own, or as an owner anybody's."""
    token = get_object_or_404(_revocable(reader_of(request)), pk=pk)
    token.revoke()
    messages.success(request, f"{token} is revoked. Programs that show it get nothing from now on.")
    return redirect("tokens")


def _revocable(reader: Reader) -> QuerySet[Token]:
    return Token.objects.all() if _keeps_the_house(reader) else Token.objects.filter(user=reader.user)


def _keeps_the_house(reader: Reader) -> bool:
    return reader.may("change_settings")


def _own_schools(reader: Reader) -> list[str]:
    """Return the schools to which a token can be limited: where the reader has a role."""
    own = reader.schools
    return sorted(workspace_facts()["schools"] if own is None else own, key=in_order)


def _said(token: Token) -> str:
    """Say in words what a token is for."""
    named = [Scope(one).label.partition(":")[0] for one in token.scopes if one in Scope.values]
    about = f"; only {', '.join(token.schools)}" if token.schools else ""
    return "; ".join(named) + about
