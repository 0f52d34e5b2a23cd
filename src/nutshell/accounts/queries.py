"""Reads: who acts in a request, and the lists of sessions, tokens and consents."""

import base64
import binascii
import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.core.internal.sessionkit import get_session_user
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.db.models import Count, Q
from django.http import HttpRequest

from nutshell.common import clock, errors
from nutshell.vault import fields
from nutshell.vault import queries as vault
from nutshell.vault import sessions as vault_sessions
from nutshell.vault.keys import TokenKeys, unpack_bundle, unpack_token_keys

from . import consents as texts
from . import leaving_subjects, rows, signing_in
from .actions import TOKEN_PREFIX, info_of, token_session
from .models import Consent, Session, Token, User
from .sessions import SessionStore
from .types import Actor, ConsentGiven, ConsentState, SessionInfo, TokenInfo

SECRET_LENGTH = 32
SUBJECT_LENGTH = 16

# ---------- sessions ----------


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request by a session, from X-Session-Token or the cookie. Raises SignedOut."""
    store = signing_in.session_of(request)
    if store is None:
        raise errors.SignedOut
    return _actor(store)


def session_actor(request: HttpRequest, even_frozen: bool = False) -> Actor:
    """Who acts by the browser's cookie. Raises SignedOut, and Frozen unless the door wants to know who is."""
    store = getattr(request, "session", None)
    if not isinstance(store, SessionStore) or not store.get(SESSION_KEY):
        raise errors.SignedOut
    return _actor(store, even_frozen)


def app_session_actor(text: str, even_frozen: bool = False) -> Actor:
    """Who acts by an app's session token. Raises SignedOut, and Frozen as `session_actor`."""
    store = SessionStore(text)
    if not store.get(SESSION_KEY):
        raise errors.SignedOut
    return _actor(store, even_frozen)


def session_from_token(text: str) -> tuple[User, SessionStore]:
    """The user and the session of an X-Session-Token, which fills neither in a request. Raises SignedOut."""
    store = SessionStore(text)
    user = get_session_user(store)
    if not isinstance(user, User):
        raise errors.SignedOut
    return user, store


def _actor(store: SessionStore, even_frozen: bool = False) -> Actor:
    """One statement at most: the row's existence stands for the account, whose end deletes its sessions."""
    user_id = int(store[SESSION_KEY])
    leaving_subjects.check_stays(store.subject)
    if store.frozen:
        return _frozen(store, user_id, even_frozen)
    sealed = not store.keys_packed and _open_late(store, user_id)
    keys = unpack_bundle(store.keys_packed) if store.keys_packed else None
    if keys is not None and store.subject is not None:
        signing_in.keep_root(store, store.subject, keys)
    return Actor(user_id, store.subject, "session", keys, sealed=sealed)


def _frozen(store: SessionStore, user_id: int, even_frozen: bool) -> Actor:
    """With no keys: whatever a frozen person may still do needs none."""
    if not even_frozen:
        raise errors.Frozen
    return Actor(user_id, store.subject, "session", frozen=True)


def to_take_along(request: HttpRequest, actor: Actor) -> Actor:
    """The owner with their keys, of a frozen account too: for taking everything along, and for nothing else.

    Raises SignedOut.
    """
    if not actor.frozen:
        return actor
    store = signing_in.session_of(request)
    if store is None:
        raise errors.SignedOut
    keys = unpack_bundle(store.keys_packed) if store.keys_packed else None
    return replace(actor, keys=keys, sealed=keys is None, frozen=False, still=True)


def _open_late(store: SessionStore, user_id: int) -> bool:
    """Signed in before consent was given: the log-in is finished with the first request after it.

    True for a sealed account, which waits for its person's own key.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise errors.SignedOut
    if user.subject_id is not None and vault.is_sealed(user.subject_id):
        return True
    if Consent.objects.filter(user=user, document=texts.HEALTH_DATA, withdrawn_at=None).exists():
        signing_in.open_vault(store, user)
        store.save()
    return user.subject_id is not None and not store.keys_packed and vault.is_sealed(user.subject_id)


def consent_counts() -> list[tuple[str, str, int, int]]:
    """(document, version, in force, withdrawn) of all consents. Nobody is named."""
    force, over = Count("pk", Q(withdrawn_at=None)), Count("pk", Q(withdrawn_at__isnull=False))
    found = Consent.objects.values_list("document", "version").annotate(force=force, over=over)
    return list(found.order_by("document", "version"))


def sessions(user_id: int, current: bytes) -> list[SessionInfo]:
    """The devices that are signed in, the last used first. `current` is the asking session's handle."""
    found = Session.objects.filter(user_id=user_id, ends_at__gt=clock.now()).exclude(kind="visitor")
    return [_session_info(row, current) for row in found.order_by("-used_at")]


def _session_info(row: Session, current: bytes) -> SessionInfo:
    agent, address = json.loads(row.client) if row.client else ("", "")
    return SessionInfo(str(row.public_id), agent, address, row.started_at, row.used_at, bytes(row.handle) == current)


# ---------- tokens ----------


class _Row(NamedTuple):
    """A token as the hot path reads it."""

    id: UUID
    user_id: int
    subject: UUID
    slot_id: bytes
    scopes: str
    epoch: date
    session_slot: bytes
    used_on: date | None
    frozen: bool


def token_actor(text: str) -> Actor:
    """Who acts by an API token. One statement, and no call to the key store but the first time in a day.

    Raises SignedOut for what is no token, ended, or past its end, Frozen for a frozen account's.
    """
    secret = _secret_of(text)
    row = _token_row(secret)
    leaving_subjects.check_stays(row.subject)
    if row.frozen:
        raise errors.Frozen
    keys = _keys_today(row, secret) if row.epoch == clock.utc_day() else None
    if keys is None:
        keys = _reopened(row, secret)
    return Actor(row.user_id, row.subject, "token", keys, frozenset(row.scopes.split()))


def _secret_of(text: str) -> bytes:
    body = text.removeprefix(TOKEN_PREFIX)
    try:
        secret = base64.b64decode(body + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise errors.SignedOut from None
    if body == text or len(secret) != SECRET_LENGTH:
        raise errors.SignedOut
    return secret


_BY_HANDLE = (
    "SELECT id, user_id, subject_id, slot_id, scopes, epoch, session_slot, used_on, expires_at,"
    " EXISTS (SELECT 1 FROM user_account u WHERE u.id = token.user_id AND {frozen}) FROM token"
    " WHERE handle IN ({handles}) AND EXISTS (SELECT 1 FROM user_account u WHERE u.id = token.user_id AND u.is_active)"
)


def _token_row(secret: bytes) -> _Row:
    found = rows.one(_BY_HANDLE, fields.handles("token", secret))
    if found is None:
        raise errors.SignedOut
    id_, user_id, subject, slot_id, scopes, epoch, slot, used_on, expires_at, frozen = found
    if expires_at is not None and rows.moment(expires_at) <= clock.now():
        raise errors.SignedOut
    places = rows.uuid(id_), user_id, rows.uuid(subject), bytes(slot_id), scopes
    return _Row(*places, epoch, bytes(slot), used_on, bool(frozen))


def _keys_today(row: _Row, secret: bytes) -> TokenKeys | None:
    """From the slot of today's epoch; None where it does not open. Notes the day's first use."""
    try:
        packed = vault_sessions.open_(secret, row.epoch, row.session_slot)
    except errors.SignedOut:
        return None
    if packed[:SUBJECT_LENGTH] != row.subject.bytes:
        raise errors.Tampered  # somebody pointed the token at another subject
    keys = unpack_token_keys(packed[SUBJECT_LENGTH:])
    if row.used_on != row.epoch:
        Token.objects.filter(id=row.id).update(used_on=row.epoch)
    return keys


def _reopened(row: _Row, secret: bytes) -> TokenKeys:
    """A new day: open the lasting slot with the key store, and seal the keys under today's epoch."""
    try:
        keys = vault.open_token_slot(row.subject, row.slot_id, secret)
    except errors.NotFound:
        raise errors.SignedOut from None
    today = clock.utc_day()
    slot = token_session(secret, today, row.subject, keys)
    Token.objects.filter(id=row.id).update(epoch=today, session_slot=slot, used_on=today)
    return keys


def tokens(user_id: int) -> list[TokenInfo]:
    """The tokens that are in force, the newest first."""
    found = Token.objects.filter(user_id=user_id).order_by("-created_at")
    return [info_of(row) for row in found if row.expires_at is None or row.expires_at > clock.now()]


def token_count(user_id: int) -> int:
    """How many tokens are in force."""
    still = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    return Token.objects.filter(still, user_id=user_id).count()


# ---------- people ----------


def user(user_id: int) -> User:
    """Raises NotFound."""
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None:
        raise errors.NotFound
    return found


def ways_in(user: User) -> dict[str, int | bool]:
    """How somebody signs in: passkeys, a password, a second step with an app."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN), "has_password": user.has_usable_password(),
        "second": Authenticator.Type.TOTP in kinds,
    }  # fmt: skip


def names_of(subjects: Iterable[UUID]) -> dict[UUID, str]:
    """What people are called to those they share with: their name, else their address."""
    found = User.objects.filter(subject_id__in=list(subjects), is_active=True)
    return {one.subject_id: one.display_name or email_of(one.pk) for one in found if one.subject_id}


def user_by_email(email: str) -> User:
    """For the operator's commands. Raises NotFound."""
    address = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
    if address is None:
        raise errors.NotFound
    return address.user


def users_of(subjects: Collection[UUID]) -> list[User]:
    """The accounts of these subjects, without those that have none."""
    return list(User.objects.filter(subject_id__in=list(subjects)))


def subjects() -> list[UUID]:
    """Of everybody who has keys."""
    return list(User.objects.exclude(subject_id=None).values_list("subject_id", flat=True))


def email_of(user_id: int) -> str:
    """The address of an account; empty when it has none."""
    found = EmailAddress.objects.filter(user_id=user_id, primary=True).first()
    return found.email if found else ""


def consents(user_id: int) -> list[ConsentState]:
    """Every text in force, and when this person agreed to this version of it."""
    given = {
        (row.document, row.version): row.given_at for row in Consent.objects.filter(user_id=user_id, withdrawn_at=None)
    }
    return [ConsentState(text, given.get((text.document, text.version))) for text in texts.current()]


def consents_given(user_id: int) -> list[ConsentGiven]:
    """All that this person ever agreed to, withdrawn ones too, the oldest first."""
    return [
        ConsentGiven(row.document, row.version, bytes(row.text_hash).hex(), row.given_at, row.withdrawn_at)
        for row in Consent.objects.filter(user_id=user_id).order_by("given_at")
    ]
