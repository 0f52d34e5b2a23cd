"""The one page of a frozen account: why it is, and how that is taken back or ended."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import consents, freezing, policy
from nutshell.common.errors import Conflict, InvalidInput, Malformed
from nutshell.common.texts import N_
from nutshell.erasure import leaving
from nutshell.gate import Actor

from . import close, errors
from .frame import Visitor, see_other

GROUNDS = {
    "objection": _("I object to how my data is used"),
    "accuracy": _("Something in my data is wrong, and it is not settled yet"),
    "unlawful": _("My data is used unlawfully, and I do not want it erased"),
    "claims": _("I need my data for a legal claim"),
}
"""GDPR articles 21 and 18(1)(a) to (c)."""


def frozen(request: HttpRequest, actor: Actor) -> HttpResponse:
    if not actor.frozen:
        return see_other("today")
    if request.method in ("GET", "HEAD"):
        return _page(request, actor)
    return _act(request, actor, request.POST.get("act", ""))


def _act(request: HttpRequest, actor: Actor, act: str) -> HttpResponse:
    if act == "stay":
        return _stay(request, actor)
    if act == "lift":
        freezing.lift(actor)
        messages.success(request, gettext("Your account is not frozen any more."))
        return see_other("today")
    if act == "now":
        return _now(request, actor)
    raise Malformed


def _stay(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        leaving.take_back(actor, get_language() or consents.ENGLISH)
    except Conflict as late:
        return _page(request, actor, {"act": errors.sentence_of(late)}, late.status)
    messages.success(request, gettext("Your account stays, with everything in it."))
    return see_other("today")


def _now(request: HttpRequest, actor: Actor) -> HttpResponse:
    policy.check_fresh(request)
    if request.POST.get("sure") != "yes":
        return _page(request, actor, {"sure": gettext(N_("Tick the box if you want everything erased."))}, 422)
    erased = leaving.remove_now(actor)
    request.session.flush()
    return close.to_receipt(erased.receipt)


def _page(request: HttpRequest, actor: Actor, told: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    state = freezing.state_of(actor.user_id)
    shown: dict[str, Any] = {
        "removal": leaving.waiting(actor),
        "restricted_at": state.restricted_at,
        "ground": GROUNDS.get(state.restricted_for, ""),
        "is_fresh": policy.is_fresh(request),
    }
    return render(request, "web/frozen.html", {"frozen": shown, "errors": told or {}}, status=status)


# ---------- asked for by who is not frozen ----------


def restrict(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Keep the data and do nothing else with it (GDPR article 18)."""
    if request.method in ("GET", "HEAD"):
        return _ask(request)
    try:
        wish = forms.parse_form(forms.Restrict, request.POST)
    except InvalidInput as wrong:
        return _ask(request, errors.fields_of(wrong))
    freezing.restrict(who.actor, request.session.handle, wish.ground)
    return see_other("frozen")


def _ask(request: HttpRequest, told: dict[str, str] | None = None) -> HttpResponse:
    shown = {"grounds": list(GROUNDS.items()), "errors": told or {}}
    return render(request, "web/restrict.html", shown, status=422 if told else 200)
