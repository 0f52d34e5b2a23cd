"""Trusted contacts on pages: mine beside the sealed account, and whose contact I am beside what others share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import contacts, policy
from nutshell.accounts.types import Contact
from nutshell.common import clock
from nutshell.common.errors import NotFound
from nutshell.grants import queries as grants

from .frame import Visitor, page, see_other

MINE = {
    "asked": _("Has not answered yet"), "accepted": _("Willing"), "declined": _("Declined"),
    "started": _("Began a recovery"), "handed": _("Has told you a code, or can"),
    "used": _("Brought you back: make new keys"),
    "lapsed": _("Their account is not sealed any more: they cannot help"),
}  # fmt: skip
THEIRS = {
    "asked": _("Asks you to be a trusted contact"), "accepted": _("You are their trusted contact"),
    "declined": _("You declined"), "started": _("You began a recovery"), "handed": _("You made a code"),
    "used": _("You brought them back"),
    "lapsed": _("You unsealed your account, so you are none any more"),
}  # fmt: skip


def of_mine(who: Visitor) -> dict[str, Any]:
    """What the page of the sealed account says about them."""
    there = [_row(who, one, MINE) for one in contacts.mine(who.actor)]
    peers = {one.subject: one.name for one in grants.peers(who.actor)}
    free = contacts.peers_without(who.actor, peers) if len(there) < contacts.MOST else []
    return {"contacts": there, "could_be": [{"id": str(one), "name": peers[one]} for one in free]}


def of_others(who: Visitor) -> dict[str, Any]:
    return {"trusted_by": [_row(who, one, THEIRS) for one in contacts.of_others(who.actor)]}


def running(who: Visitor) -> list[dict[str, Any]]:
    """Recoveries of mine that somebody began: what every page about access says first."""
    return [_row(who, one, MINE) for one in contacts.mine(who.actor) if one.open_from is not None]


def _row(who: Visitor, one: Contact, states: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(one.id), "name": one.name or gettext("Somebody"), "days": one.days, "state": one.state,
        "state_text": states[one.state], "open_from": _wall(who, one.open_from),
        "can_finish": one.open_from is not None and one.open_from <= clock.now(),
        "stop_url": reverse("contact_stop", args=[one.id]),
        "acts": {act: reverse("contact_act", args=[one.id, act]) for act in ("accept", "decline", "start", "code")},
    }  # fmt: skip


def _wall(who: Visitor, moment: datetime | None) -> datetime | None:
    return who.look.local(moment).replace(tzinfo=None) if moment else None


def name(request: HttpRequest, who: Visitor) -> HttpResponse:
    wish = forms.parse_form(forms.NameContact, request.POST)
    contacts.name(who.actor, wish.contact, wish.days)
    messages.success(request, gettext("Asked. They find it beside what others share with them."))
    return see_other("sealed_account")


def remove(request: HttpRequest, who: Visitor) -> HttpResponse:
    contacts.remove(who.actor, forms.parse_id(request.POST.get("contact_id", "")))
    messages.success(request, gettext("Removed. They can begin nothing any more."))
    return see_other("sealed_account")


def contact_stop(request: HttpRequest, who: Visitor, contact_id: UUID) -> HttpResponse:
    """Without a fresh proof: to object must be quick."""
    contacts.stop(who.actor, contact_id)
    messages.success(request, gettext("Stopped. What they made opens nothing."))
    return see_other("access")


def contact_act(request: HttpRequest, who: Visitor, contact_id: UUID, act: str) -> HttpResponse:
    """As a contact: accept, decline, begin, and make the code. Raises NotFound for another act."""
    if act in ("accept", "decline"):
        contacts.answer(who.actor, contact_id, act == "accept")
        messages.success(request, gettext("Accepted.") if act == "accept" else gettext("Declined."))
        return see_other("people")
    if act not in ("start", "code"):
        raise NotFound
    policy.check_fresh(request)
    if act == "code":
        return page(request, "web/contact_code.html", "access", {"code": contacts.hand_on(who.actor, contact_id)})
    contacts.start(who.actor, contact_id)
    messages.success(request, gettext("Begun. The owner is told now, and each day until it can be finished."))
    return see_other("people")
