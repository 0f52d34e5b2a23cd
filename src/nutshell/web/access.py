"""Who can see what: people, apps with a token, devices, consents."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import actions as accounts_actions
from nutshell.accounts import policy, sealing
from nutshell.accounts import queries as accounts
from nutshell.accounts.scopes import collections_of
from nutshell.accounts.types import NewToken, SessionInfo, TokenInfo
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.grants import queries as sharing_queries
from nutshell.grants.types import Given
from nutshell.vault.keys import reached

from . import access_people as people
from . import contacts, errors, ledger, words
from .frame import Visitor, page, see_other
from .look import initials

COLLECTIONS = (
    ("diary", _("Diary")), ("foods", _("Foods")), ("targets", _("Targets")), ("profile", _("About you")),
    ("index", _("Favourites and habits")),
)  # fmt: skip
PART_OF = {"notes": "diary"}


def access(request: HttpRequest, who: Visitor) -> HttpResponse:
    return access_page(request, who)


def tokens_of(who: Visitor) -> list[TokenInfo]:
    return accounts.tokens(who.actor.user_id)


def access_sentence(apps: int, others: int) -> str:
    """Who can see parts of the diary, in one sentence."""
    apps_told = ngettext("one app", "%(n)d apps", apps) % {"n": apps}
    people_told = ngettext("one person", "%(n)d people", others) % {"n": others}
    if others and apps:
        told = gettext("Besides you, %(people)s and %(apps)s can see parts of this diary.")
        return told % {"people": people_told, "apps": apps_told}
    if others:
        return gettext("Besides you, %(people)s can see parts of this diary.") % {"people": people_told}
    if apps:
        return gettext("Only you and %(apps)s can open this diary.") % {"apps": apps_told}
    return gettext("Only you can open this diary.")


def access_page(
    request: HttpRequest, who: Visitor, made: NewToken | None = None, offer: dict[str, str] | None = None
) -> HttpResponse:
    """`made` and `offer` hold what is shown this once: a token's text, an invitation's link."""
    grants.run_errands(who.actor)
    tokens, given = tokens_of(who), sharing_queries.given(who.actor)
    live = people.in_force(given)
    sessions = accounts.sessions(who.actor.user_id, request.session.handle)
    me = {"name": gettext("You"), "initials": initials(who.look.name), "me": True, "icon": ""}
    apps = [{"name": one.name, "initials": "", "me": False, "icon": "phone"} for one in tokens]
    context = {
        "access_sentence": access_sentence(len(tokens), sum(one.state == "active" for one in live)),
        "who": [me, *map(people.column, live), *apps], "matrix": _matrix(tokens, live), "made_offer": offer,
        **people.context(who, given),
        "made_token": {"name": made.info.name, "token": made.text} if made else None,
        "sealed": sealing.is_sealed(request.user),
        "tokens": [_token(who, one) for one in tokens], "sessions": [_session(who, one) for one in sessions],
        "me": _me(request, who), "consents": _consents(who), "ledger": ledger.latest(who),
        "recoveries": contacts.running(who),
    }  # fmt: skip
    return page(request, "web/access.html", "access", context)


def _me(request: HttpRequest, who: Visitor) -> dict[str, Any]:
    """Who I am to others, and how I sign in."""
    return {
        "name": request.user.display_name, "email": accounts.email_of(who.actor.user_id),
        **accounts.ways_in(request.user),
    }  # fmt: skip


def _matrix(tokens: list[TokenInfo], live: list[Given]) -> list[dict[str, Any]]:
    rows = (*COLLECTIONS[:1], ("notes", _("Notes")), *COLLECTIONS[1:])
    return [
        {
            "what": name,
            "cells": [
                "edits", *(people.cell(one, id_) for one in live), *(_cell(one.scopes, id_) for one in tokens)
            ],
        }
        for id_, name in rows
    ]  # fmt: skip


def _cell(scopes: frozenset[str], collection: str) -> str:
    """What the gate lets a token do there, with the collections whose keys its scopes bring along."""
    names = (collection, PART_OF.get(collection, collection))
    if "all" in scopes or any(f"{name}:write" in scopes for name in names):
        return "edits"
    return "sees" if collection in reached(collections_of(scopes)) else "closed"


def _reach(scopes: frozenset[str]) -> str:
    if "all" in scopes:
        return gettext("Everything")
    named = [(str(name), _cell(scopes, id_)) for id_, name in COLLECTIONS]
    told = {"edits": gettext("%(what)s: sees and edits"), "sees": gettext("%(what)s: sees")}
    return "; ".join(told[cell] % {"what": name} for name, cell in named if cell in told)


def _tag(scopes: frozenset[str]) -> str:
    if "all" in scopes:
        return gettext("Everything")
    return gettext("Sees and edits") if any(one.endswith(":write") for one in scopes) else gettext("Sees only")


def _token(who: Visitor, one: TokenInfo) -> dict[str, Any]:
    return {
        "name": one.name, "tag": _tag(one.scopes), "reach": _reach(one.scopes), "made": who.look.wall(one.created_at),
        "until": who.look.wall(one.expires_at) if one.expires_at else None, "last": one.used_on,
        "stop_url": reverse("token_stop", args=[one.id]),
    }  # fmt: skip


# ---------- devices ----------

_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_name(agent: str) -> str:
    """ "Firefox on Linux" of a browser's own long word about itself."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or agent[:60] or gettext("Unknown device")


def _session(who: Visitor, one: SessionInfo) -> dict[str, Any]:
    since = gettext("signed in %(moment)s") % {"moment": _moment(who, one.started_at)}
    last = gettext("now") if one.is_current else f"{_moment(who, one.used_at)}, {one.address}".rstrip(", ")
    line = f"{last} · {since}"
    end_url = "" if one.is_current else reverse("session_end", args=[one.id])
    return {"name": device_name(one.agent), "line": line, "current": one.is_current, "end_url": end_url}


def _moment(who: Visitor, moment: datetime) -> str:
    local = who.look.local(moment)
    return f"{words.short_day(who.look.date_of(moment))}, {local:%H:%M}"


def session_end(request: HttpRequest, who: Visitor, session_id: UUID) -> HttpResponse:
    accounts_actions.end_session(who.actor.user_id, session_id)
    messages.success(request, gettext("Ended. Its next request will be refused."))
    return see_other("access")


def sessions_end(request: HttpRequest, who: Visitor) -> HttpResponse:
    accounts_actions.end_other_sessions(who.actor.user_id, request.session.handle)
    messages.success(request, gettext("All other devices are signed out."))
    return see_other("access")


# ---------- consents ----------


def _consents(who: Visitor) -> list[dict[str, Any]]:
    return [
        {
            "title": gettext(state.text.title),
            "version": state.text.version,
            "given": who.look.wall(state.given_at),
            "url": reverse("consent", args=[state.text.document]),
        }
        for state in accounts.consents(who.actor.user_id)
        if state.given_at is not None
    ]


# ---------- tokens ----------


def token_new(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Giving access needs a fresh proof of who it is. The token is in this one answer and nowhere else."""
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return _token_form(request)
    try:
        wish = forms.parse_form(forms.MakeToken, request.POST)
        made = accounts_actions.make_token(who.actor, wish.name, wish.scopes, _end_of(who, wish.until))
    except InvalidInput as wrong:
        return _token_form(request, wrong)
    return access_page(request, who, made)


def _end_of(who: Visitor, until: Day | None) -> datetime | None:
    """The end of a token's last day, where the person is."""
    if until is None:
        return None
    if until < who.today():
        raise InvalidInput({"until": N_("A token's end lies in the future.")})
    return datetime.combine(until + timedelta(days=1), time(), who.look.local(clock.now()).tzinfo)


def _token_form(request: HttpRequest, wrong: InvalidInput | None = None) -> HttpResponse:
    chosen = request.POST.getlist("scope") or ["diary:write"]
    offered = [(f"{id_}:{mode}", text % {"what": name}) for id_, name in COLLECTIONS for mode, text in _modes()]
    scopes = [*offered, ("all", gettext("Everything"))]
    shown = {
        "name": request.POST.get("name", ""), "until": request.POST.get("until", ""),
        "scopes": [{"id": id_, "name": name, "chosen": id_ in chosen} for id_, name in scopes],
    }  # fmt: skip
    told = errors.fields_of(wrong) if wrong else {}
    return page(request, "web/token_new.html", "access", {"token": shown, "errors": told}, 422 if wrong else 200)


def _modes() -> tuple[tuple[str, str], ...]:
    return ("read", gettext("%(what)s: see")), ("write", gettext("%(what)s: see and edit"))


def token_stop(request: HttpRequest, who: Visitor, token_id: UUID) -> HttpResponse:
    accounts_actions.end_token(who.actor, token_id)
    messages.success(request, gettext("Stopped. Its next request will be refused."))
    return see_other("access")
