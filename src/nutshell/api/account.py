"""Consents, tokens, who opened my data, and leaving. All of it takes a session, never a bearer token."""

import base64
from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest
from django.utils.translation import get_language

from nutshell import forms
from nutshell.accounts import actions, freezing, policy, queries, rekeying, sealing, signing_in
from nutshell.accounts import consents as texts
from nutshell.accounts.types import ConsentState, TokenInfo
from nutshell.common import errors
from nutshell.common.clock import Day
from nutshell.erasure import leaving
from nutshell.erasure.leaving import Erased
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
    wanted = forms.parse_json(forms.WithdrawConsent, request.body or b"{}")
    policy.check_fresh(request)
    if wanted.undo_days:
        leaving.withdraw_later(caller, document, wanted.undo_days, _handle(request))
    else:
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


# ---------- sealing ----------


def sealed_account(request: HttpRequest, caller: Actor) -> Reply:
    state = sealing.state_of(caller)
    ways = [shapes.SealedWay(way.kind, way.made_at) for way in state.ways]
    return Reply(shapes.SealedAccount(state.sealed, state.opened, ways))


def make_recovery_code(request: HttpRequest, caller: Actor) -> Reply:
    policy.check_fresh(request)
    policy.owner_of(caller)
    return Reply(shapes.RecoveryCode(sealing.new_code(request)), 201)


def keep_recovery_code(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.KeepRecoveryCode, request.body)
    policy.check_fresh(request)
    sealing.keep_code(request, caller, wanted.recovery_code)
    return sealed_account(request, caller)


def seal(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.SealAccount, request.body)
    policy.check_fresh(request)
    sealing.seal(request, caller, wanted.recovery_code, wanted.password)
    return sealed_account(request, caller)


def unseal(request: HttpRequest, caller: Actor) -> Reply:
    policy.check_fresh(request)
    sealing.unseal(caller)
    return sealed_account(request, caller)


def add_passkey(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.AddPasskeyKey, request.body)
    policy.check_fresh(request)
    sealing.add_passkey(caller, wanted.prf)
    return Reply(sealed_account(request, caller).value, 201)


def stop_passkeys(request: HttpRequest, caller: Actor) -> Reply:
    policy.check_fresh(request)
    sealing.stop_passkeys(caller)
    return sealed_account(request, caller)


def renew_keys(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.RenewKeys, request.body)
    policy.check_fresh(request)
    rekeying.renew(request, caller, wanted.recovery_code, wanted.password)
    return sealed_account(request, queries.actor_of(request))


def open_sealed(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.OpenSealed, request.body)
    sealing.open_(request, wanted.password, wanted.recovery_code, wanted.prf)
    return sealed_account(request, queries.actor_of(request))


# ---------- leaving ----------


def close(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.CloseAccount, request.body or b"{}")
    if wanted.password is None:
        policy.check_fresh(request)
    elif not policy.password_proves(caller.user_id, wanted.password):
        raise errors.StepUpRequired
    if wanted.undo_days:
        return Reply(_removal(leaving.close_later(caller, wanted.undo_days, _handle(request))))
    return Reply(_receipt(leaving.close(caller)))


def _handle(request: HttpRequest) -> bytes:
    """Of the session that stays signed in."""
    store = signing_in.session_of(request)
    return store.handle if store else b""


def _removal(removal: leaving.Waiting) -> shapes.Removal:
    return shapes.Removal(removal.ordered_at, removal.due_at, removal.keep_account)


# ---------- frozen ----------


def frozen(request: HttpRequest, caller: Actor) -> Reply:
    state, removal = freezing.state_of(caller.user_id), leaving.waiting(caller)
    return Reply(
        shapes.FrozenAccount(_removal(removal) if removal else None, state.restricted_at, state.restricted_for)
    )


def stay(request: HttpRequest, caller: Actor) -> Reply:
    leaving.take_back(caller, get_language() or texts.ENGLISH)
    return Reply(None, 204)


def remove_now(request: HttpRequest, caller: Actor) -> Reply:
    policy.check_fresh(request)
    return Reply(_receipt(leaving.remove_now(caller)))


def restrict(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_json(forms.Restrict, request.body or b"{}")
    policy.owner_of(caller)
    freezing.restrict(caller, _handle(request), wanted.ground)
    return frozen(request, caller)


def lift(request: HttpRequest, caller: Actor) -> Reply:
    freezing.lift(caller)
    return Reply(None, 204)


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
          "Withdraw; for health-data this removes all of it; with `undo_days`, after so long. Needs a fresh "
          "log-in", "session", takes=forms.WithdrawConsent, status=204),
    Route("GET", "/tokens", tokens, "My API tokens", "session", answers=shapes.TokenList),
    Route("POST", "/tokens", make_token, "Make a token; its text is shown once. Needs a fresh log-in", "session",
          takes=forms.MakeToken,
          answers=shapes.NewToken, status=201),
    Route("DELETE", "/tokens/{token}", end_token, "End a token", "session", status=204),
    Route("GET", "/account/sealed", sealed_account, "Whether my account is sealed, and what opens it", "session",
          answers=shapes.SealedAccount),
    Route("POST", "/account/recovery-code", make_recovery_code,
          "A recovery code, shown once; it counts when it is sent back. Needs a fresh log-in", "session",
          answers=shapes.RecoveryCode, status=201),
    Route("PUT", "/account/recovery-code", keep_recovery_code,
          "Send the code back: it replaces the one before. Needs a fresh log-in", "session",
          takes=forms.KeepRecoveryCode, answers=shapes.SealedAccount),
    Route("PUT", "/account/sealed", seal,
          "Seal: send the recovery code back, with my password. Needs a fresh log-in", "session",
          takes=forms.SealAccount, answers=shapes.SealedAccount),
    Route("DELETE", "/account/sealed", unseal, "Let the server open my diary again. Needs a fresh log-in", "session",
          answers=shapes.SealedAccount),
    Route("POST", "/account/sealed/passkeys", add_passkey,
          "Let a passkey open my sealed account, by its PRF output. Needs a fresh log-in", "session",
          takes=forms.AddPasskeyKey, answers=shapes.SealedAccount, status=201),
    Route("DELETE", "/account/sealed/passkeys", stop_passkeys,
          "No passkey opens my sealed account any more. Needs a fresh log-in", "session",
          answers=shapes.SealedAccount),
    Route("POST", "/account/sealed/open", open_sealed,
          "Open my sealed account in this session, by password, passkey or recovery code", "session",
          takes=forms.OpenSealed, answers=shapes.SealedAccount),
    Route("POST", "/account/keys", renew_keys,
          "New keys: all other devices, apps, passkeys' keys and trusted contacts end. A sealed account sends a new "
          "recovery code back, with its password. Needs a fresh log-in", "session",
          takes=forms.RenewKeys, answers=shapes.SealedAccount),
    Route("DELETE", "/account", close,
          "Remove my account and everything in it; with `undo_days`, freeze it first for so long. Needs my "
          "password or a fresh log-in", "session", takes=forms.CloseAccount, answers=(shapes.Receipt, shapes.Removal)),
    Route("GET", "/account/frozen", frozen, "Whether my account is frozen, and why", "frozen",
          answers=shapes.FrozenAccount),
    Route("DELETE", "/account/removal", stay, "Take a removal back that waits", "frozen", status=204),
    Route("POST", "/account/removal", remove_now, "Do not wait: remove now what waits. Needs a fresh log-in", "frozen",
          answers=shapes.Receipt),
    Route("PUT", "/account/restriction", restrict,
          "Freeze my account: my data is kept, and nothing else is done with it", "session", takes=forms.Restrict,
          answers=shapes.FrozenAccount),
    Route("DELETE", "/account/restriction", lift, "Lift the restriction", "frozen", status=204),
)  # fmt: skip
