"""Consents, tokens, who opened my data, and leaving. All of it takes a session, never a bearer token."""

import base64
from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest

from nutshell import forms
from nutshell.accounts import actions, policy, queries
from nutshell.accounts.types import ConsentState, TokenInfo
from nutshell.audit.types import LedgerEntry
from nutshell.common import errors
from nutshell.common.clock import Day
from nutshell.erasure import leaving
from nutshell.erasure.leaving import Erased
from nutshell.gate import queries as gate
from nutshell.gate.types import Actor

from . import shapes
from .requests import id_from
from .routing import Reply, Route

# ---------- who I am to others ----------


def account(request: HttpRequest, caller: Actor) -> Reply:
    name = queries.user(caller.user_id).display_name
    return Reply(shapes.Account(name, queries.email_of(caller.user_id)))


def rename(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.SetName, request.body)
    actions.set_display_name(queries.user(caller.user_id), wish.display_name or "")
    return account(request, caller)


# ---------- consents ----------


def _consent(state: ConsentState) -> shapes.Consent:
    text = state.text
    whole = f"{text.summary}\n\n{text.text}"
    return shapes.Consent(text.document, text.version, text.title, whole, state.given_at is not None)


def consents(request: HttpRequest, caller: Actor) -> Reply:
    states = queries.consents(caller.user_id)
    return Reply(shapes.ConsentList([_consent(state) for state in states]))


def give_consent(request: HttpRequest, caller: Actor) -> Reply:
    given = forms.parse_json(forms.GiveConsent, request.body)
    actions.give_consent(queries.user(caller.user_id), given.document, str(given.version))
    return consents(request, caller)


def withdraw_consent(request: HttpRequest, caller: Actor, document: str) -> Reply:
    policy.check_fresh(request)
    leaving.withdraw_consent(caller, document)
    return Reply(None, 204)


# ---------- tokens ----------


def _token(info: TokenInfo) -> dict[str, object]:
    return {
        "id": str(info.id),
        "name": info.name,
        "scopes": sorted(info.scopes),
        "created": info.created_at,
        "expires": info.expires_at,
        "last_used": info.used_on.isoformat() if info.used_on else None,
    }


def tokens(request: HttpRequest, caller: Actor) -> Reply:
    items = [shapes.Token(**_token(info)) for info in queries.tokens(caller.user_id)]
    return Reply(shapes.TokenList(items))


def make_token(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.MakeToken, request.body)
    policy.check_fresh(request)
    made = actions.make_token(caller, wanted.name, wanted.scopes, _end_of(wanted.until))
    return Reply(shapes.NewToken(**_token(made.info), token=made.text), 201)


def _end_of(day: Day | None) -> datetime | None:
    """The moment when a UTC day is over."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


def end_token(request: HttpRequest, caller: Actor, token: str) -> Reply:
    actions.end_token(caller, id_from(token))
    return Reply(None, 204)


# ---------- the ledger ----------


def ledger(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Ledger([_line(entry) for entry in gate.ledger(caller)]))


def _line(entry: LedgerEntry) -> shapes.LedgerLine:
    return shapes.LedgerLine(entry.at, entry.kind, entry.actor, str(entry.grant) if entry.grant else None, entry.reason)


# ---------- leaving ----------


def close(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.CloseAccount, request.body or b"{}")
    if wanted.password is None:
        policy.check_fresh(request)
    elif not policy.password_proves(caller.user_id, wanted.password):
        raise errors.StepUpRequired
    return Reply(_receipt(leaving.close(caller)))


def _receipt(erased: Erased) -> shapes.Receipt:
    packed = base64.b64encode(erased.receipt).decode()
    return shapes.Receipt(packed, erased.erased_at, erased.final_at, erased.rows)


ROUTES = (
    Route("GET", "/account", account, "My display name and address", "session", answers=shapes.Account),
    Route("PUT", "/account", rename, "Set or take away my display name", "session", takes=forms.SetName,
          answers=shapes.Account),
    Route("GET", "/consents", consents, "The texts, and which of them I agreed to", "session",
          answers=shapes.ConsentList),
    Route("POST", "/consents", give_consent, "Agree to a text; health-data makes my keys", "session",
          takes=forms.GiveConsent, answers=shapes.ConsentList),
    Route("DELETE", "/consents/{document}", withdraw_consent,
          "Withdraw; for health-data this removes all of it. Needs a fresh log-in", "session", status=204),
    Route("GET", "/tokens", tokens, "My API tokens", "session", answers=shapes.TokenList),
    Route("POST", "/tokens", make_token, "Make a token; its text is shown once. Needs a fresh log-in", "session",
          takes=forms.MakeToken,
          answers=shapes.NewToken, status=201),
    Route("DELETE", "/tokens/{token}", end_token, "End a token", "session", status=204),
    Route("GET", "/audit", ledger, "Who opened my data, and what was done with my account", "session",
          answers=shapes.Ledger),
    Route("DELETE", "/account", close, "Remove my account and everything in it. Needs my password or a fresh log-in",
          "session", takes=forms.CloseAccount, answers=shapes.Receipt),
)  # fmt: skip
