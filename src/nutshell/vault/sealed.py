"""Sealed accounts: no slot that the server could open, only the person's own password, passkey or recovery code.

Whatever takes a slot away first opens the one that takes its place, from what is stored (inv-I19).
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.envelope import kdf
from nutshell.envelope.people import Bundle

from . import factors, keyslots, people
from .actions import LogIn, log_in
from .factors import Way
from .keystore.types import Reason
from .slots.models import Keyslot

MOST_PASSKEYS = 8
"""Passkeys that may open an account: each is a fetch when one of them is tried."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """One slot with the factor for it. Without the key store's opener it opens nothing."""

    slot_id: bytes
    factor: bytes

    def __repr__(self) -> str:
        return "<Waiting>"


class _New(NamedTuple):
    slot: Keyslot
    way: Way | None


# ---------- sealing and unsealing ----------


def seal(subject: UUID, bundle: Bundle, ways: Sequence[Way]) -> None:
    """From now on only these ways open the account. They are opened before the server's slot is destroyed.

    Raises ValueError without a recovery code or without anything beside it, Conflict, Tampered.
    """
    factors.check_ways(ways)
    _replace(subject, bundle, ways, keyslots.OPENING)


def unseal(subject: UUID, bundle: Bundle) -> None:
    """The server can open the account again, at every log-in; passwords, passkeys and the code open nothing more."""
    _replace(subject, bundle, [None], keyslots.OPENING)


def add(subject: UUID, bundle: Bundle, way: Way) -> bytes:
    """One more way in, opened once; the others stay. The id of its slot."""
    made = _made(subject, bundle, [way])
    return bytes(made[0].slot.slot_id)


def ids_of(subject: UUID, kind: str) -> set[bytes]:
    """The slots of this kind that there are now."""
    return {bytes(slot.slot_id) for slot in keyslots.of_kind(subject, kind)}


def drop(subject: UUID, bundle: Bundle, slot_ids: Collection[bytes], instead: Collection[bytes] = ()) -> None:
    """These slots open nothing more. Raises Conflict where what stands `instead` of them is gone."""
    if slot_ids:
        keyslots.change(subject, bundle, remove=slot_ids, need=instead)


def drop_kind(subject: UUID, bundle: Bundle, kind: str) -> None:
    """No slot of this kind opens anything any more."""
    _drop(subject, bundle, (kind,), set())


def replace(subject: UUID, bundle: Bundle, way: Way) -> None:
    """This way instead of the one of its kind that was."""
    _replace(subject, bundle, [way], (way.kind,))


def _replace(subject: UUID, bundle: Bundle, ways: Sequence[Way | None], kinds: Sequence[str]) -> None:
    made = _made(subject, bundle, ways)
    _drop(subject, bundle, kinds, {bytes(one.slot.slot_id) for one in made})


def _made(subject: UUID, bundle: Bundle, ways: Sequence[Way | None]) -> list[_New]:
    """Slots for these ways (None: the server's), stored, listed, and opened from what is stored.

    Where one does not open, all of them go again: the account stays as it was.
    """
    made = [_New(keyslots.for_way(subject, bundle, way), way) for way in ways]
    keyslots.change(subject, bundle, add=[one.slot for one in made])
    try:
        for one in made:
            _prove(subject, bundle, one)
    except errors.NutshellError:
        keyslots.change(subject, bundle, remove={bytes(one.slot.slot_id) for one in made})
        raise
    return made


def _prove(subject: UUID, bundle: Bundle, new: _New) -> None:
    """Raises Tampered unless the slot, as it is stored, gives just these keys."""
    slot = Keyslot.objects.get(subject_id=subject, slot_id=new.slot.slot_id)
    opened = people.open_slot(slot, keyslots.factor_for(new.way, bytes(slot.slot_id)), "step-up")
    people.check_listed(opened)
    if people.bundle_of(opened) != bundle:
        raise errors.Tampered


def _drop(subject: UUID, bundle: Bundle, kinds: Sequence[str], keep: set[bytes]) -> None:
    ids = {bytes(slot.slot_id) for slot in keyslots.of_kind(subject, *kinds)} - keep
    drop(subject, bundle, ids, keep)


# ---------- opening ----------


def waiting(subject: UUID, way: Way) -> list[Waiting]:
    """The factor for each slot that this way might open. It may wait, sealed, until all else is proved."""
    slots = [bytes(slot.slot_id) for slot in keyslots.of_kind(subject, way.kind)[:MOST_PASSKEYS]]
    return [Waiting(slot_id, factors.factor_of(way, slot_id)) for slot_id in slots]


def open_(subject: UUID, tried: Sequence[Waiting], reason: Reason) -> LogIn | None:
    """The keys, and what disagrees with the root sealed last; None when none of these opens its slot.

    A fetch for each slot tried. Raises Tampered where a slot opens and anything else disagrees.
    """
    for one in tried:
        opened = _opened(subject, one, reason)
        if opened is not None:
            people.check_listed(opened)
            bundle = people.bundle_of(opened)
            keyslots.clear_left_over(subject, bundle, keyslots.in_force(subject, opened.pinned))
            return log_in(subject, bundle, opened.pinned)
    return None


def _opened(subject: UUID, one: Waiting, reason: Reason) -> people.OpenedSlot | None:
    slot = Keyslot.objects.filter(subject_id=subject, slot_id=one.slot_id, kind__in=keyslots.PERSONAL).first()
    if slot is None:
        return None
    try:
        return people.open_slot(slot, one.factor, reason)
    except (errors.Tampered, errors.NotFound):
        return None  # another password's slot, or one that was dropped meanwhile


def is_new_code(way: Way, mark: bytes) -> bool:
    """Whether this is the code whose mark was kept when it was shown."""
    return kdf.equal(mark_of(way), mark)


def mark_of(way: Way) -> bytes:
    """What is kept of a code between its showing and its being typed back: a hash, and nothing that opens."""
    return kdf.digest("recovery-code-shown", way.secret)
