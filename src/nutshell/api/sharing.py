"""Grants: what I share, what others share with me, invitations. All of it takes a session, never a bearer token."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest
from msgspec import UNSET

from nutshell import forms
from nutshell.accounts import mail, policy
from nutshell.common.clock import Day
from nutshell.gate.types import Actor
from nutshell.grants import actions, queries
from nutshell.grants import policy as rules
from nutshell.grants.types import Change, Given, Terms

from . import shapes
from .requests import id_from
from .routing import Reply, Route


def _terms(terms: Terms) -> shapes.GrantTerms:
    first, last = (day.isoformat() if day else None for day in (terms.first_day, terms.last_day))
    return shapes.GrantTerms(list(terms.collections), first, last, terms.mode, terms.purpose, terms.expires_at)


def _grant(given: Given) -> shapes.Grant:
    return shapes.Grant(
        str(given.id), given.state, given.label, given.name, str(given.grantee) if given.grantee else None,
        _terms(given.terms), given.offered_at, given.accepted_at, given.ended_at, given.last_looked_at,
        given.fingerprint,
    )  # fmt: skip


# ---------- as an owner ----------


def grants(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.GrantList([_grant(given) for given in queries.given(caller)]))


def offer(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.OfferGrant, request.body)
    policy.check_fresh(request)
    terms = Terms(wish.collections, wish.first_day, wish.last_day, wish.mode, wish.purpose, _end_of(wish.until))
    made = actions.offer(caller, terms, wish.label)
    link = f"{settings.NUTSHELL.origin}/invited/{made.id}/{made.secret}"
    mailed = mail.send_invitation(caller.user_id, wish.email, link) if wish.email else False
    return Reply(shapes.NewOffer(str(made.id), link, mailed), 201)


def _end_of(day: Day | None) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


def change(request: HttpRequest, caller: Actor, grant: str) -> Reply:
    wish = forms.parse_json(forms.ChangeGrant, request.body)
    policy.check_fresh(request)
    expires = UNSET if wish.until is UNSET else _end_of(wish.until)
    purpose = UNSET if wish.emergency is UNSET else rules.OF_CLINICS[wish.emergency]
    change_ = Change(wish.collections, wish.first_day, wish.last_day, wish.mode, expires, purpose)
    actions.change(caller, id_from(grant), change_, frozenset(wish.confirmed.split(",")))
    return Reply(None, 204)


def pause(request: HttpRequest, caller: Actor, grant: str) -> Reply:
    wish = forms.parse_json(forms.SetPaused, request.body)
    (actions.pause if wish.paused else actions.resume)(caller, id_from(grant))
    return Reply(None, 204)


def revoke(request: HttpRequest, caller: Actor, grant: str) -> Reply:
    actions.revoke(caller, id_from(grant))
    return Reply(None, 204)


def stop_all(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Ended(actions.stop_all(caller)))


def closed(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Closed(sorted(queries.closed_collections(caller))))


def close(request: HttpRequest, caller: Actor) -> Reply:
    actions.close_collections(caller, forms.parse_json(forms.CloseCollections, request.body).collections)
    return closed(request, caller)


# ---------- as a grantee ----------


def people(request: HttpRequest, caller: Actor) -> Reply:
    items = [
        shapes.Person(
            str(one.id), one.state, str(one.owner) if one.owner else None, one.name,
            _terms(one.terms) if one.terms else None,
        )
        for one in queries.received(caller)
    ]  # fmt: skip
    return Reply(shapes.People(items, queries.my_fingerprint(caller)))


def leave(request: HttpRequest, caller: Actor, grant: str) -> Reply:
    actions.leave(caller, id_from(grant))
    return Reply(None, 204)


def invitation(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    found = queries.invited(caller, id_from(grant), secret)
    return Reply(shapes.Invitation(str(found.id), found.name, _terms(found.terms), found.open_until))


def accept(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    actions.accept(caller, id_from(grant), secret)
    return Reply(None, 202)


def decline(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    actions.decline(caller, id_from(grant), secret)
    return Reply(None, 204)


ROUTES = (
    Route("GET", "/grants", grants, "What I share, with whom, since when", "session", answers=shapes.GrantList),
    Route("POST", "/grants", offer, "Offer to share. Needs a fresh log-in", "session", takes=forms.OfferGrant,
          answers=shapes.NewOffer, status=201),
    Route("DELETE", "/grants", stop_all, "Stop all sharing", "session", answers=shapes.Ended),
    Route("GET", "/grants/closed", closed, "What I never share", "session", answers=shapes.Closed),
    Route("PUT", "/grants/closed", close, "Choose what I never share", "session", takes=forms.CloseCollections,
          answers=shapes.Closed),
    Route("PUT", "/grants/{grant}", change, "Other terms; what becomes wider is confirmed. Needs a fresh log-in",
          "session",
          takes=forms.ChangeGrant, status=204),
    Route("PATCH", "/grants/{grant}", pause, "Pause it, or go on", "session", takes=forms.SetPaused, status=204),
    Route("DELETE", "/grants/{grant}", revoke, "End it, or take an offer back", "session", status=204),
    Route("GET", "/people", people, "What others share with me", "session", answers=shapes.People),
    Route("DELETE", "/people/grants/{grant}", leave, "Give up what somebody shares with me", "session", status=204),
    Route("GET", "/invitations/{grant}/{secret}", invitation, "What an invitation asks me to accept", "session",
          answers=shapes.Invitation),
    Route("POST", "/invitations/{grant}/{secret}", accept, "Accept; the owner's keys complete it", "session",
          status=202),
    Route("DELETE", "/invitations/{grant}/{secret}", decline, "Decline", "session", status=204),
)  # fmt: skip
