"""allauth's own extension points that have no adapter method: factors used, added, removed; addresses changed."""

from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models.signals import pre_delete
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from . import addresses, guesses, ledger, policy, queries, sealing, wishes
from .models import Token


def connect() -> None:
    mfa.authenticator_used.connect(factor_used)
    account.authentication_step_completed.connect(step_completed)
    mfa.authenticator_added.connect(factor_added)
    mfa.authenticator_reset.connect(factor_added)
    mfa.authenticator_removed.connect(factor_removed)
    account.password_changed.connect(password_changed)
    account.password_set.connect(password_changed)
    account.password_reset.connect(password_reset)
    account.email_changed.connect(address_changed)
    account.email_confirmed.connect(address_confirmed)
    pre_delete.connect(keep_a_way_in, sender=Authenticator)


def factor_used(user: Any, **_: object) -> None:
    guesses.forgive(guesses.of_factors(user.pk))


def step_completed(user: Any, reauthenticated: bool = False, **_: object) -> None:
    if reauthenticated:
        ledger.tell("step-up", user)


def factor_added(user: Any, authenticator: Any, **_: object) -> None:
    ledger.tell("factor-added", user, reason=authenticator.type)


def factor_removed(user: Any, authenticator: Any, **_: object) -> None:
    """Which slot was the removed passkey's, nobody knows: none of them opens a sealed account any more."""
    if authenticator.type == Authenticator.Type.WEBAUTHN and sealing.passkey_opens(user):
        sealing.stop_passkeys(queries.actor_of(context.request))
    ledger.tell("factor-removed", user, reason=authenticator.type)


def password_changed(request: HttpRequest, user: Any, **_: object) -> None:
    """Tokens end with the old password unless the person says that they should stay."""
    if not wishes.keeps_tokens(request):
        Token.objects.filter(user=user).delete()
    ledger.tell("password-changed", user)


def address_confirmed(email_address: Any, **_: object) -> None:
    """A code that was mailed there came back."""
    addresses.bind(email_address.user, email_address.email)


def password_reset(user: Any, **_: object) -> None:
    """Whoever had the old password may have made tokens: none of them answers any more."""
    Token.objects.filter(user=user).delete()
    ledger.tell("password-reset", user)


def address_changed(user: Any, **_: object) -> None:
    ledger.tell("address-changed", user)


def keep_a_way_in(instance: Any, origin: Any = None, **_: object) -> None:
    """Whatever removes a factor (two doors, four views) stops here, except making backup codes anew and erasing."""
    removes_this = origin is instance
    if removes_this and instance.type == Authenticator.Type.WEBAUTHN and sealing.passkey_opens(instance.user):
        policy.check_open(queries.actor_of(context.request))  # its key goes with it, which takes the owner's keys
    if removes_this and not policy.may_remove_factor(instance):
        raise ImmediateHttpResponse(_refusal(context.request))


def _refusal(request: HttpRequest) -> HttpResponse:
    if hasattr(getattr(request, "allauth", None), "headless"):
        problem = {"message": str(policy.KEEP_A_WAY_IN), "code": "cannot_delete_authenticator"}
        return JsonResponse({"status": 409, "errors": [problem]}, status=409)
    messages.error(request, str(policy.KEEP_A_WAY_IN))
    known = request.user.is_authenticated and request.user.has_usable_password()
    return redirect("account_change_password" if known else "account_set_password")
