"""Consent to keep health data: read it, give it, decline it, withdraw it."""

from typing import Any

import msgspec
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext

from nutshell import forms, gate
from nutshell.accounts import actions as accounts_actions
from nutshell.accounts import consents as texts
from nutshell.accounts import policy
from nutshell.accounts import queries as accounts
from nutshell.accounts.types import ConsentState
from nutshell.common import clock
from nutshell.common.errors import Conflict, ConsentRequired, InvalidInput, NotFound, Sealed
from nutshell.common.texts import N_
from nutshell.erasure import leaving
from nutshell.gate import Actor, Purpose
from nutshell.targets import actions as target_actions
from nutshell.targets import queries as targets
from nutshell.targets.types import NO_ZONE

from . import close, errors, fields, look, zones
from .frame import see_other


def consent(request: HttpRequest, actor: Actor, document: str) -> HttpResponse:
    state = _state(actor, document)
    if request.method in ("GET", "HEAD"):
        return _page(request, state)
    if request.POST.get("act") == "decline":
        return _decline(request, actor)
    if document not in request.POST.getlist("agree"):
        return _page(request, state, InvalidInput({"agree": N_("Tick the box if you agree, or choose not to.")}))
    if actor.sealed:
        raise Sealed
    language = get_language() or texts.ENGLISH
    accounts_actions.give_consent(accounts.user(actor.user_id), document, request.POST.get("version", ""), language)
    _begin_profile(request, zones.chosen(request.POST.get("zone", "")))
    messages.success(request, gettext("Your diary is ready."))
    return onwards(request)


def _state(actor: Actor, document: str) -> ConsentState:
    found = next((state for state in accounts.consents(actor.user_id) if state.text.document == document), None)
    if found is None:
        raise NotFound
    return found


def _page(request: HttpRequest, state: ConsentState, wrong: InvalidInput | None = None) -> HttpResponse:
    text = texts.worded(state.text)
    parts = [{"title": "", "paragraphs": [text.summary]}]
    parts += [{"title": head, "paragraphs": [body]} for head, body in texts.parts_of(text)]
    agree = gettext("I agree that this server keeps and processes my health data for my diary.")
    shown: dict[str, Any] = {
        "title": text.title, "version": text.version, "given": state.given_at, "parts": parts,
        "post_url": request.get_full_path(), "withdraw_url": reverse("consent_withdraw", args=[text.document]),
        "choices": [{"id": text.document, "text": agree}], "zone": _zone_field(request),
    }  # fmt: skip
    told = errors.fields_of(wrong) if wrong else {}
    return render(request, "web/consent.html", {"consent": shown, "errors": told}, status=422 if wrong else 200)


def _zone_field(request: HttpRequest) -> dict[str, Any]:
    """Guessed by the region of the browser's language; the device's own zone where there is script."""
    label, hint = gettext("Your time zone"), gettext("Decides when your day begins. You can change it in the settings.")
    zone = request.POST.get("zone") or zones.guess(request)
    offered = zones.offered(NO_ZONE)
    return {**fields.choice("zone", label, zone, offered, hint), "guess": "zone" not in request.POST}


def _begin_profile(request: HttpRequest, zone: str) -> None:
    """The first profile: the zone that was chosen, and the language of the page."""
    actor = accounts.session_actor(request)
    with gate.enter(actor, owner=actor.subject, purpose=Purpose.PROFILE_WRITE) as vault:
        profile = targets.profile(vault)
        if profile == forms.ProfileInput():
            profile = msgspec.structs.replace(profile, zone=zone, language=request.LANGUAGE_CODE)
            target_actions.save_profile(vault, profile, clock.day_of(clock.now(), zone))
    look.keep(request, profile)


def onwards(request: HttpRequest) -> HttpResponse:
    """To the page that the person wanted when this one came between."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=True)
    response = see_other("today")
    if safe and not wanted.startswith(reverse("home") + "consent"):
        response["Location"] = iri_to_uri(wanted)
    return response


def _decline(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Nothing is kept, so there is nothing to keep the account for. With a diary, withdrawing is the way."""
    if actor.sealed or actor.subject is not None:
        raise Sealed if actor.sealed else ConsentRequired
    user = accounts.user(actor.user_id)
    logout(request)
    accounts_actions.delete_user(user)
    messages.info(request, gettext("Nothing was kept, and the account is removed."))
    return see_other("home")


def withdraw(request: HttpRequest, actor: Actor, document: str) -> HttpResponse:
    """Wipes the diary and its keys; the account stays and may agree anew. Needs a fresh proof of who it is."""
    state = _state(actor, document)
    policy.check_fresh(request)
    if actor.sealed:
        raise Sealed
    if state.given_at is None or actor.subject is None:
        raise NotFound
    if request.method in ("GET", "HEAD"):
        return _withdraw_page(request, state)
    try:
        wish = forms.parse_form(forms.WithdrawConsent, request.POST)
        if not wish.sure:
            raise InvalidInput({"sure": N_("Tick the box if you want everything erased.")})
        return _withdraw(request, actor, document, wish.undo_days)
    except InvalidInput as wrong:
        return _withdraw_page(request, state, wrong)
    except Conflict as alone:
        return _withdraw_page(request, state, InvalidInput({"undo_days": alone.sentence}))


def _withdraw(request: HttpRequest, actor: Actor, document: str, days: int) -> HttpResponse:
    if days:
        leaving.withdraw_later(actor, document, days, request.session.handle)
        return see_other("frozen")
    erased = leaving.withdraw_consent(actor, document)
    request.session.flush()
    return close.to_receipt(erased.receipt) if erased else see_other("home")


def _withdraw_page(request: HttpRequest, state: ConsentState, wrong: InvalidInput | None = None) -> HttpResponse:
    shown: dict[str, Any] = {
        "document": state.text.document, "title": gettext(state.text.title), "undo": close.undo_days(request),
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return render(request, "web/withdraw.html", shown, status=422 if wrong else 200)
