"""Sharing: offers, changes and ends of grants, and the page of an invitation."""

import hashlib
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from msgspec import UNSET, UnsetType

from nutshell import forms
from nutshell.accounts import mail, policy
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput, NotFound
from nutshell.grants import actions, queries
from nutshell.grants import policy as rules
from nutshell.grants.types import Change, Given, Invited, Relation, Terms

from . import access, errors, words
from .access_people import COLLECTIONS, PURPOSE_NAMES, PURPOSES, called, days, in_force, may, seen
from .frame import Visitor, page, see_other


def share_new(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Sharing needs a fresh proof of who it is. The link is in this one answer and nowhere else."""
    policy.check_fresh(request)
    if request.method != "POST":
        return _form(request, who)
    try:
        wish = forms.parse_form(forms.OfferGrant, request.POST)
        terms = Terms(wish.collections, wish.first_day, wish.last_day, wish.mode, wish.purpose, _end(who, wish.until))
        made = actions.offer(who.actor, terms, wish.label)
    except InvalidInput as wrong:
        return _form(request, who, wrong)
    link = f"{settings.NUTSHELL.origin}{reverse('invited', args=[made.id, made.secret])}"
    mailed = bool(wish.email) and mail.send_invitation(who.actor.user_id, wish.email or "", link)
    told = {"name": wish.label, "link": link, "mailed_to": (wish.email or "") if mailed else ""}
    return access.access_page(request, who, offer=told)


def _end(who: Visitor, until: Day | None) -> datetime | None:
    """The end of a grant's last day, where the person is."""
    if until is None:
        return None
    return datetime.combine(until + timedelta(days=1), time(), who.look.local(clock.now()).tzinfo)


def _form(
    request: HttpRequest, who: Visitor, wrong: InvalidInput | None = None, grant: Given | None = None
) -> HttpResponse:
    sent = request.POST
    had = grant.terms if grant else Terms(("diary",))
    chosen = sent.getlist("collection") or list(had.collections)
    closed = queries.closed_collections(who.actor)
    shown = {
        "label": sent.get("label", ""), "email": sent.get("email", ""),
        "until": sent.get("until", _typed(_last_day(who, had))),
        "first_day": sent.get("first_day", _typed(had.first_day)),
        "last_day": sent.get("last_day", _typed(had.last_day)),
        "mode": sent.get("mode", had.mode), "purpose": sent.get("purpose", "friend"),
        "collections": [
            {"id": id_, "name": name, "chosen": id_ in chosen} for id_, name in COLLECTIONS if id_ not in closed
        ],
        "purposes": PURPOSES, "changes": called(grant) if grant else "", "of_clinic": had.purpose in rules.OF_CLINICS,
        "emergency": "emergency" in sent if sent else had.purpose == "clinic-emergency",
    }  # fmt: skip
    told = errors.fields_of(wrong) if wrong else {}
    if "collections" in told:  # said by the rules, about the form's field
        told["collection"] = told.pop("collections")
    return page(request, "web/share_new.html", "access", {"share_form": shown, "errors": told}, 422 if wrong else 200)


def _typed(day: Day | None) -> str:
    return day.isoformat() if day else ""


def _last_day(who: Visitor, terms: Terms) -> Day | None:
    """The last day of a grant that has an end, where the person is."""
    return who.look.date_of(terms.expires_at - timedelta(microseconds=1)) if terms.expires_at else None


def grant_change(request: HttpRequest, who: Visitor, grant_id: UUID) -> HttpResponse:
    """What becomes wider is said once more, and holds only as it was said."""
    policy.check_fresh(request)
    grant = next((one for one in in_force(queries.given(who.actor)) if one.id == grant_id), None)
    if grant is None:
        return see_other("access")
    if request.method != "POST":
        return _form(request, who, grant=grant)
    try:
        wish = forms.parse_form(forms.ChangeGrant, request.POST)
        change = _change(who, grant.terms, wish)
        if rules.widened(grant.terms, change.of(grant.terms)) and wish.confirmed != _mark(grant.terms, change):
            rules.check_terms(change.of(grant.terms), queries.closed_collections(who.actor))
            return _confirm(request, who, grant, change)
        actions.change(who.actor, grant_id, change)
    except InvalidInput as wrong:
        return _form(request, who, wrong, grant)
    messages.success(request, gettext("Changed. It holds from the next request on."))
    return see_other("access")


def _change(who: Visitor, before: Terms, wish: forms.ChangeGrant) -> Change:
    """An end that was left as it stands stays to the moment, wherever the person is now."""
    is_same = wish.until is UNSET or wish.until == _last_day(who, before)
    expires = UNSET if is_same or wish.until is UNSET else _end(who, wish.until)
    return Change(wish.collections, wish.first_day, wish.last_day, wish.mode, expires, _purpose(before, wish))


def _purpose(before: Terms, wish: forms.ChangeGrant) -> Relation | UnsetType:
    """Of a clinic's: a box that is not ticked is not sent."""
    return rules.OF_CLINICS[wish.emergency is True] if before.purpose in rules.OF_CLINICS else UNSET


def _mark(before: Terms, change: Change) -> str:
    """Stands for just this step from these terms to those, so that a confirmation confirms no other."""
    return hashlib.sha256(msgspec.json.encode([before, change.of(before)])).hexdigest()


def _confirm(request: HttpRequest, who: Visitor, grant: Given, change: Change) -> HttpResponse:
    after = change.of(grant.terms)
    sent = [(name, value) for name in _FIELDS for value in request.POST.getlist(name)]
    shown = {
        "name": called(grant), "steps": _steps(who, grant.terms, after), "sent": sent,
        "mark": _mark(grant.terms, change), "back_url": reverse("grant_change", args=[grant.id]),
    }  # fmt: skip
    return page(request, "web/grant_widen.html", "access", {"widen": shown})


_FIELDS = ("collection", "first_day", "last_day", "mode", "until", "emergency")


def _steps(who: Visitor, before: Terms, after: Terms) -> list[dict[str, Any]]:
    """Each thing that changes: what it is, how it was, how it becomes, and whether that is wider."""
    wider = rules.widened(before, after)
    told = (
        (gettext("Sees"), seen(before), seen(after), "collections" in wider),
        (gettext("Days"), days(before), days(after), bool(wider & {"first_day", "last_day"})),
        (gettext("They may"), may(before), may(after), "mode" in wider),
        (gettext("Until"), _until(who, before), _until(who, after), "expires_at" in wider),
        (gettext("As"), str(PURPOSE_NAMES[before.purpose]), str(PURPOSE_NAMES[after.purpose]), "emergency" in wider),
    )
    return [
        {"what": what, "before": had, "after": becomes, "wider": is_wider}
        for what, had, becomes, is_wider in told if had != becomes
    ]  # fmt: skip


def _until(who: Visitor, terms: Terms) -> str:
    last = _last_day(who, terms)
    return words.full_day(last) if last else gettext("You stop it")


def grant_act(request: HttpRequest, who: Visitor, grant_id: UUID, act: str) -> HttpResponse:
    """One of the page's forms. Raises NotFound for another act."""
    if act == "pause":
        actions.pause(who.actor, grant_id)
        messages.success(request, gettext("Paused. Every request is refused until you go on."))
    elif act == "resume":
        actions.resume(who.actor, grant_id)
        messages.success(request, gettext("It goes on."))
    elif act != "stop":
        raise NotFound
    else:
        actions.revoke(who.actor, grant_id)
        messages.success(
            request, gettext("Stopped. The next request will be refused. What was read before may be remembered.")
        )
    return see_other("access")


def stop_all(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Cannot be undone, so it is asked once more."""
    if request.method != "POST":
        names = ", ".join(called(one) for one in queries.given(who.actor) if one.state in rules.OPEN)
        return page(request, "web/stop_all.html", "access", {"names": names})
    actions.stop_all(who.actor)
    messages.success(request, gettext("Stopped. Only you can open this diary, and apps that have a token."))
    return see_other("access")


def closed(request: HttpRequest, who: Visitor) -> HttpResponse:
    wish = forms.parse_form(forms.CloseCollections, request.POST)
    actions.close_collections(who.actor, wish.collections)
    messages.success(request, gettext("Kept."))
    return see_other("access")


# ---------- as a grantee ----------


def invited(request: HttpRequest, who: Visitor, grant_id: UUID, secret: str) -> HttpResponse:
    found = queries.invited(who.actor, grant_id, secret)
    if request.method != "POST":
        return page(request, "web/invited.html", "access", {"invited": _invitation(who, found)})
    if request.POST.get("act") == "accept":
        actions.accept(who.actor, grant_id, secret)
        messages.success(request, gettext("Accepted. It opens when its owner has opened Nutshell the next time."))
    else:
        actions.decline(who.actor, grant_id, secret)
        messages.success(request, gettext("Declined."))
    return see_other("access")


def _invitation(who: Visitor, found: Invited) -> dict[str, Any]:
    terms = found.terms
    return {
        "name": found.name, "sees": seen(terms), "days": days(terms), "tag": may(terms),
        "purpose": PURPOSE_NAMES[terms.purpose],
        "until": who.look.date_of(terms.expires_at - timedelta(days=1)) if terms.expires_at else None,
        "open_until": who.look.date_of(found.open_until), "writes": terms.mode == "write",
    }  # fmt: skip


def leave(request: HttpRequest, who: Visitor, grant_id: UUID) -> HttpResponse:
    actions.leave(who.actor, grant_id)
    messages.success(request, gettext("You gave it up."))
    return see_other("access")
