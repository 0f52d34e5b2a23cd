"""The sealed account: make a recovery code, seal, unseal; and opening it in a session that came without its key."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from nutshell import forms
from nutshell.accounts import policy, sealing
from nutshell.common.errors import InvalidInput
from nutshell.gate import Actor

from . import contacts, errors
from .consent import onwards
from .frame import Visitor, page, see_other


def sealed_account(request: HttpRequest, who: Visitor) -> HttpResponse:
    """What is done here decides who can ever open the diary, so all of it needs a fresh proof."""
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return _page(request, who)
    try:
        return _ACTS.get(request.POST.get("act", ""), _page)(request, who)
    except InvalidInput as wrong:
        return _page(request, who, wrong=wrong)


def _page(request: HttpRequest, who: Visitor, code: str = "", wrong: InvalidInput | None = None) -> HttpResponse:
    state = sealing.state_of(who.actor)
    shown: dict[str, Any] = {
        "sealed": state.sealed, "code": code, "typing": bool(code or (wrong and "prf" not in wrong.fields)),
        "strong": request.user.has_usable_password() and not request.user.short_password,
        "passkeys": sum(way.kind == "passkey" for way in state.ways),
        "ways": [{"kind": way.kind, "made": who.look.local(way.made_at).replace(tzinfo=None)} for way in state.ways],
    }  # fmt: skip
    told = errors.fields_of(wrong) if wrong else {}
    context = {"seal": shown, "errors": told, **(contacts.of_mine(who) if state.sealed else {})}
    return page(request, "web/sealed.html", "settings", context, 422 if wrong else 200)


def _show_code(request: HttpRequest, who: Visitor) -> HttpResponse:
    """In this one answer and nowhere else."""
    return _page(request, who, code=sealing.new_code(request))


def _seal(request: HttpRequest, who: Visitor) -> HttpResponse:
    wish = forms.parse_form(forms.SealAccount, request.POST)
    sealing.seal(request, who.actor, wish.recovery_code, wish.password)
    messages.success(request, gettext("Your account is sealed."))
    return see_other("sealed_account")


def _keep_code(request: HttpRequest, who: Visitor) -> HttpResponse:
    wish = forms.parse_form(forms.KeepRecoveryCode, request.POST)
    sealing.keep_code(request, who.actor, wish.recovery_code)
    messages.success(request, gettext("The new recovery code counts from now on. The one before opens nothing."))
    return see_other("sealed_account")


def _unseal(request: HttpRequest, who: Visitor) -> HttpResponse:
    sealing.unseal(who.actor)
    messages.success(request, gettext("Your account is not sealed any more."))
    return see_other("sealed_account")


def _add_passkey(request: HttpRequest, who: Visitor) -> HttpResponse:
    sealing.add_passkey(who.actor, forms.parse_form(forms.AddPasskeyKey, request.POST).prf)
    messages.success(request, gettext("This passkey opens your account from now on."))
    return see_other("sealed_account")


def _stop_passkeys(request: HttpRequest, who: Visitor) -> HttpResponse:
    sealing.stop_passkeys(who.actor)
    messages.success(request, gettext("No passkey opens your account any more. They still sign you in."))
    return see_other("sealed_account")


_ACTS = {
    "code": _show_code,
    "seal": _seal,
    "keep": _keep_code,
    "unseal": _unseal,
    "passkey": _add_passkey,
    "passkeys-stop": _stop_passkeys,
    "contact": contacts.name,
    "contact-remove": contacts.remove,
}


def unlock(request: HttpRequest, actor: Actor) -> HttpResponse:
    if not actor.sealed:
        return onwards(request)
    if request.method in ("GET", "HEAD"):
        return _unlock_page(request)
    try:
        wish = forms.parse_form(forms.OpenSealed, request.POST)
        sealing.open_(request, wish.password, wish.recovery_code, wish.prf)
    except InvalidInput as wrong:
        return _unlock_page(request, wrong)
    return onwards(request)


def _unlock_page(request: HttpRequest, wrong: InvalidInput | None = None) -> HttpResponse:
    told = errors.fields_of(wrong) if wrong else {}
    shown = {
        "errors": told,
        "post_url": request.get_full_path(),
        "has_password": request.user.has_usable_password(),
        "has_passkey": sealing.passkey_opens(request.user),
    }
    return render(request, "web/unlock.html", shown, status=422 if wrong else 200)
