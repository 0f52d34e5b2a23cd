"""Subjects and their secrets: made, fetched, pinned, destroyed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import IntegrityError

from nutshell.common import errors
from nutshell.envelope import kdf, people, statements
from nutshell.envelope.errors import EnvelopeError

from . import canaries, leaves, limits, marks, reasons
from .core import Core, Wrapped, atomic, live_subject, lock_live
from .models import Secret, SubjectRow, UsedNonce
from .types import CONTACT, GRANT, Fetched, NewKeys, Pin, Restored, packed_pin


def create(core: Core, subject: UUID, public: bytes, bundle_version: int) -> None:
    """Insert the row with a new erasure secret. The same again changes nothing; anything else is a Conflict."""
    signing_key(public)
    with atomic():
        if core.tombstones.has_subject(subject):
            raise errors.NotFound
        secret = core.wrap(kdf.new_key(), "erasure", subject)
        row, made = SubjectRow.objects.get_or_create(
            subject_id=subject, defaults={"erasure_secret": secret, "public": public, "bundle_version": bundle_version}
        )
        if not made and (bytes(row.public), row.bundle_version, row.erasing_since) != (public, bundle_version, None):
            raise errors.Conflict


def put(core: Core, subject: UUID, secret_id: bytes, kind: str, ends_at: datetime | None) -> bytes:
    """Make a secret under this id; the opener of the slot it belongs to. Conflict if the id was ever used."""
    if ends_at is not None and ends_at <= core.now():
        raise errors.Malformed
    secret = kdf.new_key()
    wrapped = core.wrap(secret, "secret", subject, secret_id, kind)
    with atomic():
        lock_live(subject)
        row = live_subject(subject)
        if core.tombstones.has_secret(secret_id):
            raise errors.Conflict
        try:
            Secret.objects.create(secret_id=secret_id, subject_id=subject, kind=kind, wrapped=wrapped, ends_at=ends_at)
        except IntegrityError:
            raise errors.Conflict from None
    return opener(core, row, secret_id, kind, secret)


def fetch(core: Core, role: str, wanted: Sequence[tuple[UUID, bytes]], reason: str) -> list[Fetched]:
    """The openers of these (subject, secret id), in order; all or none.

    One leaf for each is committed first. `role` is the name of the node that asks, `reason` one of `reasons.OPENS`;
    beyond its limit the node is frozen (errors.Unavailable), beyond one person's limit nothing is (TooMany). Unknown,
    foreign, ended, destroyed and erasing are refused alike (errors.NotFound) and leave no leaf: nothing was reached,
    and an erased id must not return.
    """
    with atomic():
        lock_live(*(subject for subject, _ in wanted))
        found = [_find(core, subject, secret_id)[1] for subject, secret_id in wanted]
        reasons.check(reason, (secret.kind for secret in found))
        verdict = limits.admit(core, role, [secret.subject_id for secret in found if secret.kind == "server"])
        if verdict == "fine":
            for subject, secret_id in wanted:
                leaves.append(core, "fetch", role, subject, reason, secret_id)
            canaries.watch(core, role, [subject for subject, _ in wanted], reason)
    limits.enforce(verdict)
    return fetched(core, [_find(core, subject, secret_id) for subject, secret_id in wanted])


def _find(core: Core, subject: UUID, secret_id: bytes) -> tuple[SubjectRow, Secret]:
    row = live_subject(subject)
    secret = Secret.objects.filter(secret_id=secret_id, subject_id=subject).first()
    if secret is None or secret.kind in (GRANT, CONTACT):
        raise errors.NotFound
    if secret.ends_at is not None and secret.ends_at <= core.now():
        raise errors.NotFound
    return row, secret


def fetched(core: Core, found: Sequence[tuple[SubjectRow, Secret]]) -> list[Fetched]:
    """The openers with what is pinned about their subjects. Whether they may be had is asked before."""
    openers, restored = opened(core, found), marks.of(row.subject_id for row, _ in found)
    return [
        _fetched(opener_, row, secret, restored.get(row.subject_id))
        for opener_, (row, secret) in zip(openers, found, strict=True)
    ]


def opened(core: Core, found: Sequence[tuple[SubjectRow, Secret]]) -> list[bytes]:
    """The openers of these secrets, in order: the KMS is asked once for all of them. Tampered if one was altered."""
    wrapped = [half for row, secret in found for half in _halves(row, secret)]
    try:
        raw = core.unwrap_many(wrapped)
    except EnvelopeError:
        raise errors.Tampered from None
    return [
        _opener(row, bytes(secret.secret_id), secret.kind, *raw[2 * place : 2 * place + 2])
        for place, (row, secret) in enumerate(found)
    ]


def _halves(row: SubjectRow, secret: Secret) -> tuple[Wrapped, Wrapped]:
    bound_to = (row.subject_id, bytes(secret.secret_id), secret.kind)
    return Wrapped(row.erasure_secret, "erasure", (row.subject_id,)), Wrapped(secret.wrapped, "secret", bound_to)


def _fetched(opener_: bytes, row: SubjectRow, secret: Secret, restored: Restored | None) -> Fetched:
    return Fetched(
        opener=opener_,
        kind=secret.kind,
        public=bytes(row.public),
        bundle_version=row.bundle_version,
        root_version=row.root_version,
        root_hash=bytes(row.root_hash),
        slots_version=row.slots_version,
        slots_hash=bytes(row.slots_hash),
        restored=restored,
    )


def opener(core: Core, row: SubjectRow, secret_id: bytes, kind: str, secret: bytes) -> bytes:
    """HKDF over both halves: without either of them nothing opens. The erasure secret itself never leaves."""
    erasure_secret = core.unwrap(row.erasure_secret, "erasure", row.subject_id)
    return _opener(row, secret_id, kind, erasure_secret, secret)


def _opener(row: SubjectRow, secret_id: bytes, kind: str, erasure_secret: bytes, secret: bytes) -> bytes:
    return kdf.derive(erasure_secret + secret, "opener", kind, secret_id, row.subject_id)


def set_pin(what: str, subject: UUID, packed: bytes, expected: int, pin: Pin) -> None:
    """Compare-and-swap of the valid `root` or `slots` version. Conflict if another session was first."""
    row = live_subject(subject)
    statement = checked(row, what, packed, subject.bytes)
    if statement.details != msgspec.msgpack.encode(pin) or pin.version <= expected:
        raise errors.Forbidden
    values = {f"{what}_version": pin.version, f"{what}_hash": pin.hash}
    same = {"subject_id": subject, "erasing_since": None, f"{what}_version": expected}
    if not SubjectRow.objects.filter(**same).update(**values):
        raise errors.Conflict


def renew(core: Core, subject: UUID, packed: bytes, accepted: bytes) -> None:
    """Compare-and-swap of a subject's keys, with the list of slots that hold the new ones.

    Both the old keys and the new ones have signed it: Forbidden otherwise. Conflict where keys or slots changed since.
    """
    with atomic():
        lock_live(subject)
        row = live_subject(subject)
        statement = checked(row, "new-keys", packed, subject.bytes)
        wish = _new_keys(statement.details)
        _check_accepted(subject, wish, accepted)
        obey_once(core, statement)
        before = {"bundle_version": wish.bundle_version - 1, "slots_version": wish.slots.version - 1}
        values = {
            "public": wish.public, "bundle_version": wish.bundle_version,
            "slots_version": wish.slots.version, "slots_hash": wish.slots.hash,
        }  # fmt: skip
        if not SubjectRow.objects.filter(subject_id=subject, erasing_since=None, **before).update(**values):
            raise errors.Conflict


def _new_keys(details: bytes) -> NewKeys:
    try:
        return msgspec.msgpack.decode(details, type=NewKeys)
    except msgspec.MsgspecError:
        raise errors.Malformed from None


def _check_accepted(subject: UUID, wish: NewKeys, packed: bytes) -> None:
    try:
        found = statements.verify(signing_key(wish.public), "slots", packed)
    except EnvelopeError:
        raise errors.Forbidden from None
    signed = (found.subject, found.target, found.details)
    if signed != (subject, subject.bytes, packed_pin(wish.slots.version, wish.slots.hash)):
        raise errors.Forbidden


def destroy(core: Core, secret_id: bytes, packed: bytes) -> None:
    """Destroy a secret at its subject's signed wish. Forbidden without a valid, unused statement of theirs."""
    with atomic():
        secret = existing(secret_id)
        row = SubjectRow.objects.filter(subject_id=secret.subject_id).first()
        if row is None:
            raise errors.NotFound
        obey_once(core, checked(row, "destroy", packed, secret_id))
        destroy_row(core, secret)


def destroy_as_operator(core: Core, secret_id: bytes) -> None:
    with atomic():
        destroy_row(core, existing(secret_id))


def existing(secret_id: bytes) -> Secret:
    secret = Secret.objects.filter(secret_id=secret_id).first()
    if secret is None:
        raise errors.NotFound
    return secret


def destroy_row(core: Core, secret: Secret) -> None:
    # The tombstone first: a crash in between leaves a secret that the replay at the next start removes.
    core.tombstones.add_secrets([bytes(secret.secret_id)], core.now())
    secret.delete()


def checked(row: SubjectRow, kind: str, packed: bytes, target: bytes) -> statements.Statement:
    """The statement, if the subject of this row signed it over just this target. Forbidden otherwise."""
    try:
        statement = statements.verify(signing_key(bytes(row.public)), kind, packed)
    except EnvelopeError:
        raise errors.Forbidden from None
    if statement.subject != row.subject_id or statement.target != target:
        raise errors.Forbidden
    return statement


def obey_once(core: Core, statement: statements.Statement) -> None:
    """Mark its nonce as used in the open transaction. Forbidden before its time or for the second time."""
    now = core.now()
    if statement.not_before > now.timestamp():
        raise errors.Forbidden
    _, fresh = UsedNonce.objects.get_or_create(nonce=statement.nonce, defaults={"used_at": now})
    if not fresh:
        raise errors.Forbidden


def signing_key(public: bytes) -> bytes:
    try:
        return msgspec.msgpack.decode(public, type=people.Public).signing
    except msgspec.MsgspecError:
        raise errors.Malformed from None
