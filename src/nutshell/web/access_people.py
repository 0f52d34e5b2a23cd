"""What the page "Who can see what" says about people: grants and offers, what others share, what is never shared."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell.accounts import passphrases
from nutshell.grants import policy as rules
from nutshell.grants import queries
from nutshell.grants.types import Given, Received, Terms

from . import words
from .frame import Visitor
from .look import initials

COLLECTIONS = (
    ("diary", _("Diary")), ("notes", _("Notes")), ("foods", _("Own foods")), ("targets", _("Targets")),
    ("profile", _("About you")),
)  # fmt: skip
"""What there is to share today, as the pages name it."""
NAMES = dict(COLLECTIONS)
PURPOSES = (("friend", _("A friend")), ("family", _("Family")), ("care", _("A dietitian or doctor")))
PURPOSE_NAMES = {
    **dict(PURPOSES), "study": _("A study"), "clinic": _("A clinic"),
    "clinic-emergency": _("A clinic, in an emergency also others than your team"),
}  # fmt: skip
_STATES = {
    "offered": _("Waits to be accepted"), "accepted": _("Accepted. It begins with your next page."),
    "active": _("In force"), "paused": _("Paused"), "declined": _("Declined"), "withdrawn": _("Taken back"),
    "expired": _("Over"), "revoked": _("Stopped"), "left": _("They gave it up"), "erased": _("Their account is gone"),
}  # fmt: skip
_STATES_OF_OTHERS = {
    **_STATES, "accepted": _("Waits for the owner"), "active": _("Open"), "revoked": _("No longer shared"),
    "left": _("You gave it up"), "erased": _("The account was erased"), "withdrawn": _("Taken back"),
}  # fmt: skip


def in_force(given: list[Given]) -> list[Given]:
    return [one for one in given if one.state in ("active", "paused")]


def called(one: Given) -> str:
    return one.label or one.name


def column(one: Given) -> dict[str, Any]:
    return {"name": called(one), "initials": initials(called(one)), "me": False, "icon": ""}


def cell(one: Given, collection: str) -> str:
    if one.state != "active" or collection not in one.terms.collections:
        return "closed"
    return "edits" if rules.allows(one.terms, collection, True) else "sees"


def context(who: Visitor, given: list[Given]) -> dict[str, Any]:
    """The sections about people."""
    closed = queries.closed_collections(who.actor)
    return {
        "grants": [_card(who, one) for one in given if one.state in rules.OPEN],
        "ended": [_card(who, one) for one in given if one.state not in rules.OPEN],
        "closed": [{"id": id_, "name": name, "chosen": id_ in closed} for id_, name in COLLECTIONS],
        **shared_with(who),
    }


def shared_with(who: Visitor) -> dict[str, Any]:
    """What others share with this person."""
    return {
        "received": [_received(who, one) for one in queries.received(who.actor)],
        "my_key": _key(queries.my_fingerprint(who.actor)),
    }


def _card(who: Visitor, one: Given) -> dict[str, Any]:
    acts = {act: reverse("grant_act", args=[one.id, act]) for act in ("pause", "resume", "stop")}
    return {
        "id": str(one.id), "name": called(one), "initials": initials(called(one)), "who": one.name, "state": one.state,
        "state_text": _STATES[one.state], "tag": tag(one.terms), "sees": seen(one.terms), "days": days(one.terms),
        "until": who.look.date_of(one.terms.expires_at - timedelta(days=1)) if one.terms.expires_at else None,
        "since": who.look.wall(one.accepted_at or one.offered_at), "accepted": one.accepted_at is not None,
        "ended": who.look.wall(one.ended_at) if one.ended_at else None,
        "looked": who.look.wall(one.last_looked_at) if one.last_looked_at else None,
        "purpose": PURPOSE_NAMES[one.terms.purpose], "key": _key(one.fingerprint), "acts": acts,
        "ledger_url": f"{reverse('ledger')}?grant={one.id}", "change_url": reverse("grant_change", args=[one.id]),
        "study_url": _study_url(one),
    }  # fmt: skip


def _key(shown: str) -> dict[str, str] | None:
    """A fingerprint in words, and in digits; None where there is none yet."""
    return {"words": passphrases.said(shown), "digits": shown} if shown else None


def _study_url(one: Given) -> str:
    """Of the study that it is for, "" for people: the name of the text that was agreed to holds the study's id."""
    place, _, rest = one.terms.text.partition("/")
    return reverse("study", args=[rest.partition("/")[0]]) if place == "study" else ""


def _received(who: Visitor, one: Received) -> dict[str, Any]:
    return {
        "name": one.name or gettext("Somebody"), "initials": initials(one.name or "?"), "terms": one.terms,
        "state_text": _STATES_OF_OTHERS[one.state], "sees": seen(one.terms) if one.terms else "",
        "url": _open_url(who, one),
        "leave_url": reverse("leave", args=[one.id]) if rules.can("leave", one.state) else "",
    }  # fmt: skip


def _open_url(who: Visitor, one: Received) -> str:
    """Their diary, at the day that is nearest to now of those they share."""
    if one.state != "active" or one.owner is None or one.terms is None or "diary" not in one.terms.collections:
        return ""
    date = max(who.today(), one.terms.first_day or who.today())
    return reverse("their_day", args=[one.owner, min(date, one.terms.last_day or date)])


def tag(terms: Terms) -> str:
    return gettext("Sees and edits") if terms.mode == "write" else gettext("Sees only")


def may(terms: Terms) -> str:
    """The same with what can be edited, which is what the text says that was read."""
    edits = rules.editable(terms)
    return gettext("Sees all, and edits %(sections)s") % {"sections": named(edits)} if edits else gettext("Sees only")


def seen(terms: Terms) -> str:
    return named(terms.collections)


def named(collections: Iterable[str]) -> str:
    return ", ".join(str(NAMES.get(name, name)) for name in collections)


def days(terms: Terms) -> str:
    """The window in words."""
    if terms.first_day and terms.last_day:
        told = {"first": words.short_day(terms.first_day), "last": words.short_day(terms.last_day)}
        return gettext("%(first)s to %(last)s") % told
    if terms.first_day:
        return gettext("From %(day)s on") % {"day": words.short_day(terms.first_day)}
    if terms.last_day:
        return gettext("Until %(day)s") % {"day": words.short_day(terms.last_day)}
    return gettext("All days")
