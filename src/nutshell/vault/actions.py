"""Making people, tokens and roots. The order of writes is always: key store, records, accounts."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError

from nutshell.common import clock, errors
from nutshell.envelope import kdf, signing, statements
from nutshell.envelope import people as envelope_people
from nutshell.envelope.people import Bundle

from . import installation, keyslots, people, rekeying, roots
from .keys import pack_token_keys, token_keys
from .keystore.types import Fetched, Reason, Restored, SecretKind
from .models import CLINIC, HELD, PERSON, Subject
from .rows_of import of_subject
from .slots import lists
from .slots.models import Keyslot


class NewToken(NamedTuple):
    """What a token is made of: its slot, and the 32 bytes that only its holder keeps."""

    slot_id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "<NewToken>"


class LogIn(NamedTuple):
    """`problems` is empty when every shelf is as its owner left it, or as the restore put it back of which it tells."""

    bundle: Bundle
    problems: list[roots.Problem]
    restored: Restored | None = None


class Whole(NamedTuple):
    """A subject's keys, opened while every shelf was as it was left; `root_version` is the root in force."""

    bundle: Bundle
    root_version: int

    def __repr__(self) -> str:
        return "<Whole>"


# ---------- people ----------


def create_person(subject: UUID) -> Bundle:
    """The subject's keys, made now or, if that was done before, opened. Finishes what a crash interrupted.

    Call it with a new id and save that id on the user only afterwards. Raises Conflict when an attempt with
    this id was cut off before its keys were stored anywhere, or runs right now: nothing lies under it, take
    another id. Raises NotFound for an erased one.
    """
    slot = Keyslot.objects.filter(subject_id=subject, kind="server").first()
    return _new_person(subject) if slot is None else _found_person(subject, slot)


def _found_person(subject: UUID, slot: Keyslot) -> Bundle:
    opened = people.open_slot(slot, b"", "consent")
    if not opened.pinned.slots_version:
        return _unfinished_person(subject, slot, opened)
    people.check_listed(opened)
    bundle = people.bundle_of(opened)
    if not opened.pinned.root_version:
        roots.seal(subject, bundle, 0)
    return bundle


def _unfinished_person(subject: UUID, slot: Keyslot, opened: people.OpenedSlot) -> Bundle:
    """The slot was stored and nothing is pinned: go on from there. Raises Tampered where the keys disagree."""
    bundle = envelope_people.unpack(opened.payload)
    if people.packed_public(bundle) != opened.pinned.public:
        raise errors.Tampered
    _settle(subject, bundle, slot)
    roots.seal(subject, bundle, 0)
    return bundle


def _new_person(subject: UUID) -> Bundle:
    bundle = _new_bundle(subject)
    slot = _slot(subject, bundle, "server")
    _settle(subject, bundle, slot)
    roots.seal(subject, bundle, 0)
    return bundle


def _new_bundle(subject: UUID) -> Bundle:
    bundle = envelope_people.new_bundle()
    installation.client().create_subject(subject, people.packed_public(bundle), bundle.version)
    return bundle


def _slot(subject: UUID, bundle: Bundle, kind: SecretKind, factor: bytes = b"") -> Keyslot:
    slot_id = people.new_slot_id()
    opener = installation.client().put_secret(subject, slot_id, kind)
    return keyslots.new(subject, slot_id, kind, opener, factor, envelope_people.pack(bundle))


def create_clinic(subject: UUID) -> Bundle:
    """A clinic's keys, in a new subject without any slot: they lie in its own vault, in its administrators' reach."""
    bundle = _new_bundle(subject)
    _settle(subject, bundle, None, CLINIC)
    roots.seal(subject, bundle, 0)
    return bundle


def create_held(subject: UUID) -> tuple[Bundle, bytes]:
    """Keys for a client without an account, and the 32 bytes that open their one slot: the clinic keeps those."""
    bundle, factor = _new_bundle(subject), kdf.new_key()
    _settle(subject, bundle, _slot(subject, bundle, "held", factor), HELD)
    roots.seal(subject, bundle, 0)
    return bundle, factor


@of_subject
def _settle(subject: UUID, bundle: Bundle, slot: Keyslot | None, kind: str = PERSON) -> None:
    """Records, then accounts, then the pin that makes it final. Every step may be repeated."""
    values = {"public": people.packed_public(bundle), "bundle_version": bundle.version, "kind": kind}
    Subject.objects.update_or_create(subject_id=subject, defaults=values)
    slots = [slot] if slot else []
    new = [one for one in slots if one._state.adding]
    try:
        row = lists.store(bundle.signing, subject, 1, [lists.line_of(one) for one in slots], new)
    except IntegrityError:
        raise errors.Conflict from None
    lists.pin(row, 0)


# ---------- roots ----------


def open_at_login(subject: UUID) -> LogIn:
    """The owner's keys by the server's slot, and what disagrees with the root sealed last; one fetch.

    Where nothing disagrees and something changed, the root is sealed anew. Raises NotFound, Tampered, and Sealed
    for an account that the server cannot open.
    """
    opened = keyslots.open_server_slot(subject, "login")
    return log_in(subject, people.bundle_of(opened), opened.pinned)


def log_in(subject: UUID, bundle: Bundle, pinned: Fetched) -> LogIn:
    """What every log-in does with keys just opened, by whichever slot: look at all shelves, seal the root anew."""
    rekeying.finish(subject, bundle)
    found = roots.problems(subject, bundle, pinned)
    if not found and _is_to_be_sealed(subject, bundle, pinned):
        with suppress(errors.Conflict):  # another session sealed one at this moment: as good
            _seal(subject, bundle, pinned)
    return LogIn(bundle, found, None if found else pinned.restored)


def _is_to_be_sealed(subject: UUID, bundle: Bundle, pinned: Fetched) -> bool:
    if pinned.restored is not None:
        return True
    return roots.valid_root(subject, bundle, pinned).lines != roots.current_lines(subject)


def _seal(subject: UUID, bundle: Bundle, pinned: Fetched) -> None:
    """Seal the next root. After a restore the list of slots first: with the root, the mark is used up."""
    _sign_slots(subject, bundle, pinned)
    roots.seal(subject, bundle, pinned.root_version)


def _sign_slots(subject: UUID, bundle: Bundle, pinned: Fetched) -> None:
    if pinned.restored is not None and pinned.restored.slots_hash != pinned.slots_hash:
        keyslots.change(subject, bundle)


def reseal_root(subject: UUID, bundle: Bundle, reason: Reason = "login") -> None:
    """Seal what the shelves are now as the new root. Raises Tampered when they disagree with the last one."""
    pinned = keyslots.pinned(subject, reason)
    if roots.problems(subject, bundle, pinned):
        raise errors.Tampered
    _seal(subject, bundle, pinned)


def open_whole(subject: UUID, reason: Reason) -> Whole:
    """By the server's slot, one fetch. Raises Tampered where a shelf is not as it was left, NotFound, Sealed."""
    opened = keyslots.open_server_slot(subject, reason)
    bundle = people.bundle_of(opened)
    if roots.problems(subject, bundle, opened.pinned):
        raise errors.Tampered
    _sign_slots(subject, bundle, opened.pinned)
    return Whole(bundle, opened.pinned.root_version)


def seal_after(subject: UUID, whole: Whole) -> Whole:
    """Seal what the shelves are now as the next root; no fetch. Raises Conflict where another was sealed meanwhile."""
    roots.seal(subject, whole.bundle, whole.root_version)
    return Whole(whole.bundle, whole.root_version + 1)


# ---------- tokens ----------


def add_token_slot(subject: UUID, bundle: Bundle, collections: frozenset[str], ends_at: datetime | None) -> NewToken:
    """A slot with the keys of these collections, which opens with the returned secret until `ends_at`."""
    slot_id, secret, private = people.new_slot_id(), kdf.new_key(), signing.new_private()
    now = int(clock.now().timestamp())
    certificate = statements.sign(bundle.signing, "certify-token", subject, signing.public_of(private), now, slot_id)
    payload = pack_token_keys(token_keys(bundle, collections, private, certificate))
    opener = installation.client().put_secret(subject, slot_id, "token", ends_at)
    slot = keyslots.new(subject, slot_id, "token", opener, secret, payload)
    keyslots.change(subject, bundle, add=[slot])
    return NewToken(slot_id, secret)


def remove_slot(subject: UUID, bundle: Bundle, slot_id: bytes) -> None:
    """Out of the list, its secret destroyed, its row gone. A slot that is gone already is left at that."""
    keyslots.change(subject, bundle, remove=[slot_id])
