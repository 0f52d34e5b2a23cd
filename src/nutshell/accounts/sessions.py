"""Django's session engine, sealed: the cookie (or X-Session-Token) is the only copy of a session's secret.

A row is found by a keyed hash of the secret; its content opens with the secret and the epoch secret of the row's
UTC day, and is sealed anew when it is used on another day. When the epoch is gone the session is signed out.
An open vault's keys lie inside the content, so that whatever carries a session along carries them, too.
"""

import base64
import binascii
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils.http import base36_to_int

from nutshell.common import clock, errors
from nutshell.vault import sessions as vault_sessions

from . import rows
from .models import Session
from .types import SessionKind

FORMAT = 1
SECRET_LENGTH = 43
"""32 bytes in base64url without padding."""


class Limits(NamedTuple):
    """How long a session lasts at most, how long without use, and how exactly its use is noted."""

    most: timedelta
    idle: timedelta
    noted: timedelta


LIMITS: dict[SessionKind, Limits] = {
    "visitor": Limits(timedelta(hours=1), timedelta(hours=1), timedelta(minutes=10)),
    "personal": Limits(timedelta(days=30), timedelta(days=7), timedelta(hours=1)),
    "clinic": Limits(timedelta(hours=12), timedelta(minutes=15), timedelta(minutes=1)),
    "admin": Limits(timedelta(hours=12), timedelta(minutes=15), timedelta(minutes=1)),
}


class Content(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What is sealed: Django's session data as JSON, and the opened vault of a signed-in person (`keys` packed)."""

    format: int
    data: bytes
    subject: UUID | None = None
    keys: bytes = b""

    def __repr__(self) -> str:
        return "<Content>"


class Found(NamedTuple):
    """A stored row."""

    handle: bytes
    kind: SessionKind
    epoch: date
    sealed: bytes
    started_at: datetime
    used_at: datetime
    ends_at: datetime
    recovering: bool
    keys_due: bool
    frozen: bool


def secret_of(text: str | None) -> bytes | None:
    """The 32 bytes of a session's secret, or None for anything that cannot be one."""
    if not text or len(text) != SECRET_LENGTH:
        return None
    try:
        return base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _text_of(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def end_of(kind: SessionKind, started_at: datetime, used_at: datetime) -> datetime:
    """When a session of this kind ends, unless it is used again before."""
    return min(started_at + LIMITS[kind].most, used_at + LIMITS[kind].idle)


class SessionStore(SessionBase):
    """One session. Besides Django's data it holds `subject` and the packed `keys` of the open vault."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key if secret_of(session_key) else None)
        self._subject: UUID | None = None
        self._keys = b""
        self.kind: SessionKind = "visitor"
        self.client = ""
        self.started_at = clock.now()
        self.recovering = self.keys_due = self.frozen = False
        self._handle = b""

    # ---------- the open vault ----------

    @property
    def subject(self) -> UUID | None:
        self._get_session()
        return self._subject

    @property
    def keys_packed(self) -> bytes:
        self._get_session()
        return self._keys

    def hold(self, subject: UUID, keys: bytes) -> None:
        """Carry an opened vault in this session. It is stored with the next save."""
        self._get_session()
        self._subject, self._keys = subject, keys
        self.modified = True

    def begin(self, kind: SessionKind, client: str) -> None:
        """Somebody signed in just now: count the session's life from here."""
        self.kind, self.client, self.started_at = kind, client, clock.now()
        self.modified = True

    @property
    def handle(self) -> bytes:
        """Under which this session is stored; empty before it is."""
        self._get_session()
        return self._handle

    # ---------- Django's interface ----------

    def clear(self) -> None:
        super().clear()
        self._subject, self._keys, self.kind, self.client = None, b"", "visitor", ""

    def exists(self, session_key: str) -> bool:
        return _find(session_key) is not None

    def _get_new_session_key(self) -> str:
        return _text_of(vault_sessions.new_secret())

    def create(self) -> None:
        """Raises CreateError never in practice: 256 random bits do not repeat."""
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def load(self) -> dict[str, Any]:
        """The data; empty, and signed out, for a session that is unknown, over, or whose epoch is gone."""
        found = _find(self.session_key)
        content = _opened(self.session_key, found) if found else None
        if found is None or content is None:
            self._session_key = None
            return {}
        self._subject, self._keys, self._handle = content.subject, content.keys, found.handle
        self.kind, self.started_at = found.kind, found.started_at
        self.recovering, self.keys_due, self.frozen = found.recovering, found.keys_due, found.frozen
        _note_use(self.session_key, found, content)
        data: dict[str, Any] = self.serializer().loads(content.data)
        return data

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        secret = secret_of(self.session_key)
        if secret is None:
            raise UpdateError
        data = self._get_session(no_load=must_create)
        if must_create:
            self._insert(secret, data)
        else:
            self._update(secret, data)

    def _insert(self, secret: bytes, data: dict[str, Any]) -> None:
        self._handle = vault_sessions.handle_of(secret)
        try:
            with transaction.atomic():
                Session.objects.create(handle=self._handle, client=self.client, **self._columns(secret, data))
        except IntegrityError:
            raise CreateError from None

    def _update(self, secret: bytes, data: dict[str, Any]) -> None:
        columns = self._columns(secret, data)
        if self.client:
            columns["client"] = self.client
        if not Session.objects.filter(handle__in=vault_sessions.handles_of(secret)).update(**columns):
            raise UpdateError

    def _columns(self, secret: bytes, data: dict[str, Any]) -> dict[str, Any]:
        now = clock.now()
        content = Content(FORMAT, self.serializer().dumps(data), self._subject, self._keys)
        return {
            "user_id": _whose(data),
            "kind": self.kind,
            "epoch": clock.utc_day(now),
            "sealed": _sealed(secret, clock.utc_day(now), content),
            "started_at": self.started_at,
            "used_at": now,
            "ends_at": end_of(self.kind, self.started_at, now),
        }

    def delete(self, session_key: str | None = None) -> None:
        secret = secret_of(session_key or self.session_key)
        if secret is not None:
            Session.objects.filter(handle__in=vault_sessions.handles_of(secret)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(ends_at__lte=clock.now()).delete()


def _whose(data: dict[str, Any]) -> int | None:
    """Who is signed in, or waits for a further step of a log-in: then a new password ends that, too."""
    if data.get(SESSION_KEY):
        return int(data[SESSION_KEY])
    pending = data.get(LOGIN_SESSION_KEY) or {}
    return base36_to_int(pending["user_pk"]) if pending.get("user_pk") else None


_BY_HANDLE = (
    "SELECT handle, kind, epoch, sealed, (SELECT MAX(CASE WHEN c.started_at IS NOT NULL THEN 2 WHEN c.state = 'used'"
    " THEN 1 ELSE 0 END) FROM user_account u JOIN trusted_contact c ON c.subject_id = u.subject_id"
    " WHERE u.id = session.user_id),"
    " EXISTS (SELECT 1 FROM user_account u WHERE u.id = session.user_id AND {frozen}),"
    " started_at, used_at, ends_at FROM session WHERE handle IN ({handles}) AND NOT EXISTS"
    " (SELECT 1 FROM user_account u WHERE u.id = session.user_id AND NOT u.is_active)"
)
"""None of a disabled account. With it, whether a trusted contact began a recovery of this person's account (2) or ended
one (1), which every page says, and whether the account is frozen."""


def _find(text: str | None) -> Found | None:
    """One statement. A session that is over is not found; the sweep removes it."""
    secret = secret_of(text)
    row = rows.one(_BY_HANDLE, vault_sessions.handles_of(secret)) if secret else None
    if row is None:
        return None
    handle, kind, epoch, sealed, recovery, frozen, *moments = row
    states = recovery == 2, recovery == 1, bool(frozen)
    found = Found(bytes(handle), kind, epoch, bytes(sealed), *map(rows.moment, moments), *states)
    return found if found.ends_at > clock.now() else None


def _sealed(secret: bytes, day: date, content: Content) -> bytes:
    return vault_sessions.seal(secret, day, msgspec.msgpack.encode(content))


def _opened(text: str | None, found: Found) -> Content | None:
    secret = secret_of(text)
    try:
        packed = vault_sessions.open_(secret or b"", found.epoch, found.sealed)
        content = msgspec.msgpack.decode(packed, type=Content)
    except (errors.SignedOut, msgspec.MsgspecError):
        return None
    return content if content.format == FORMAT else None


def _note_use(text: str | None, found: Found, content: Content) -> None:
    """Slide the end; seal anew under today's epoch. Another request that was first wins: nothing is lost by that."""
    now, secret = clock.now(), secret_of(text)
    today = clock.utc_day(now)
    if secret is None or (found.epoch == today and now - found.used_at < LIMITS[found.kind].noted):
        return
    changes: dict[str, Any] = {"used_at": now, "ends_at": end_of(found.kind, found.started_at, now)}
    if found.epoch != today:
        changes |= {"epoch": today, "sealed": _sealed(secret, today, content)}
    Session.objects.filter(handle=found.handle, sealed=found.sealed).update(**changes)
