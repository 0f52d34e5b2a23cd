"""As a client of a clinic: what it asks for, sharing with it, and what it noted."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from nutshell import forms
from nutshell.accounts import policy
from nutshell.clinics import joining, notes
from nutshell.clinics.types import AskedOf
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.erasure import clinics as erasing
from nutshell.grants import queries as grants
from nutshell.grants.types import Terms

from . import errors
from .access_people import COLLECTIONS
from .frame import Visitor, page, see_other


def join(request: HttpRequest, who: Visitor, invitation: UUID, secret: str) -> HttpResponse:
    """What the link of a clinic opens. The client chooses what of it is shared; that needs a fresh proof."""
    policy.check_fresh(request)
    asked = joining.asked(who.actor, invitation, secret)
    if request.method != "POST":
        return _page(request, who, asked)
    if request.POST.get("act") == "decline":
        joining.decline(who.actor, invitation, secret)
        messages.success(request, gettext("Declined."))
        return see_other("access")
    try:
        wish = forms.parse_form(forms.JoinClinic, _without_act(request))
        terms = Terms(wish.collections, wish.first_day, wish.last_day, wish.mode, expires_at=_end(who, wish.until))
        take_over = asked.holds_profile and wish.take_over
        erasing.join(who.actor, invitation, secret, terms, wish.emergency, take_over)
    except InvalidInput as wrong:
        return _page(request, who, asked, wrong)
    messages.success(request, gettext("You share with the clinic now. You can change or end that here."))
    return see_other("access")


def _without_act(request: HttpRequest) -> Any:
    sent = request.POST.copy()
    sent.pop("act", None)
    return sent


def _end(who: Visitor, until: Day | None) -> datetime | None:
    if until is None:
        return None
    return datetime.combine(until + timedelta(days=1), time(), who.look.local(clock.now()).tzinfo)


def _page(request: HttpRequest, who: Visitor, asked: AskedOf, wrong: InvalidInput | None = None) -> HttpResponse:
    sent = request.POST
    chosen = sent.getlist("collection") or list(asked.collections)
    closed = grants.closed_collections(who.actor)
    offered = [(id_, name) for id_, name in COLLECTIONS if id_ in asked.collections and id_ not in closed]
    context = {
        "asked": {
            "clinic": asked.clinic_name, "open_until": who.look.date_of(asked.open_until),
            "holds_profile": asked.holds_profile, "asks_to_write": asked.mode == "write",
            "asks_emergency": asked.emergency,
        },
        "collections": [{"id": id_, "name": name, "chosen": id_ in chosen} for id_, name in offered],
        "mode": sent.get("mode", asked.mode), "until": sent.get("until", ""), "last_day": sent.get("last_day", ""),
        "first_day": sent.get("first_day", asked.first_day.isoformat() if asked.first_day else ""),
        "emergency": "emergency" in sent if sent else asked.emergency,
        "take_over": sent.get("take_over", "1") == "1",
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/clinic_join.html", "access", context, 422 if wrong else 200)


def clinical_notes(request: HttpRequest, who: Visitor) -> HttpResponse:
    """All that clinics noted about me: mine to read, whatever I share now."""
    found = [
        {"text": one.text, "clinic": one.clinic_name, "name": one.by_name, "at": who.look.wall(one.at)}
        for one in notes.about_me(who.actor)
    ]
    return page(request, "web/clinical_notes.html", "access", {"notes": found})
