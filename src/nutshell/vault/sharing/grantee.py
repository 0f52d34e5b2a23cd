"""What a grantee's keys do: look at an offer, accept, open what is granted, leave."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.envelope import kdf, keyrings, offers, statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle, Locator, Public
from nutshell.envelope.shelves import Place
from nutshell.vault import installation, signed, store
from nutshell.vault.keys import ShelfKeys, opened_by_any
from nutshell.vault.keystore.types import FetchedGrant
from nutshell.vault.models import Grant
from nutshell.vault.people import packed_public, public_of
from nutshell.vault.shelf import OWNER_FIRST

from . import rings, rows
from .rows import Updates

KEPT_SECONDS = 10.0
"""How long a process keeps an opened keyring; whether the grant still holds is read for every request."""
MOST_KEPT = 500


# ---------- accepting ----------


class OpenOffer(NamedTuple):
    """An offer that its link opens: what its owner signed."""

    owner: UUID
    grant_id: UUID
    terms: offers.Terms
    open_until: int


def open_offer(grant_id: UUID, secret: bytes) -> OpenOffer:
    """Raises NotFound for anything but an open offer and its own secret's shape."""
    row = _offered(grant_id)
    if len(secret) != kdf.KEY_LENGTH:
        raise errors.NotFound
    return _read_offer(row)


def _offered(grant_id: UUID) -> Grant:
    row = rows.grants_by_id([grant_id]).get(grant_id)
    if row is None or row.state != "offered" or row.ends_at is None or row.ends_at <= clock.now():
        raise errors.NotFound
    return row


def _read_offer(row: Grant) -> OpenOffer:
    try:
        found = offers.read_offer(signed.signing_key_of(row.subject_id), bytes(row.statement))
    except EnvelopeError:
        raise errors.Tampered from None
    return OpenOffer(found.owner, found.grant_id, found.terms, found.open_until)


def accept(subject: UUID, bundle: Bundle, grant_id: UUID, secret: bytes) -> None:
    """Leave a signed acceptance for the owner's keys. Raises NotFound, Conflict for one's own offer."""
    row = _offered(grant_id)
    if row.subject_id == subject:
        raise errors.Conflict(N_("This is your own invitation."))
    public = packed_public(bundle)
    proof = offers.proof(secret, bytes(row.statement), subject, public)
    packed = offers.sign_acceptance(bundle.signing, offers.Acceptance(offers.FORMAT, grant_id, subject, public, proof))
    with store.writing(row.subject_id) as writing:
        if not rows.update(writing, row.subject_id, grant_id, ("offered",), Updates(state="accepted")):
            raise errors.NotFound
        rows.put_received(writing, subject, grant_id, row.subject_id, b"", "accepted")
        rows.add_errand(writing, row.subject_id, rows.COMPLETE, packed)


def decline(grant_id: UUID) -> None:
    row = _offered(grant_id)
    with store.writing(row.subject_id) as writing:
        if not rows.update(writing, row.subject_id, grant_id, ("offered",), Updates(state="declined")):
            raise errors.NotFound


def leave(subject: UUID, bundle: Bundle, grant_id: UUID, owner: UUID) -> None:
    """Give up a grant. The owner's keys see to the shelves with their next request."""
    wish = statements.sign(bundle.signing, "leave", subject, grant_id.bytes, int(clock.now().timestamp()))
    with suppress(errors.NotFound):  # it ended otherwise, or was never completed
        installation.client().leave(grant_id.bytes, wish)
    end_without_owner(owner, grant_id, ("accepted", *rows.LIVE), "left")


def end_without_owner(owner: UUID, grant_id: UUID, expected: tuple[str, ...], state: str) -> bool:
    """Mark an end that the owner did not make; an errand does the rest. Whether it was in one of these states."""
    with store.writing(owner) as writing:
        if not rows.update(writing, owner, grant_id, expected, Updates(state=state)):
            return False
        rows.tell_grantee(writing, grant_id, state)
        rows.add_errand(writing, owner, rows.END, grant_id.bytes)
    return True


# ---------- opening ----------


class RingShelf:
    """One shelf as a keyring reaches it: the generations that it names and no other."""

    def __init__(self, locator: Locator, by_generation: dict[int, bytes]) -> None:
        self.locator, self.once_key = locator, locator.key
        self._keys = by_generation

    def open(self, place: Place, wrapped: bytes) -> bytes | None:  # noqa: ARG002 - the keyring holds the key itself
        return self._keys.get(place.generation)

    def wrap(self, place: Place, shelf_key: bytes) -> bytes:  # noqa: ARG002 - a grantee makes no shelves
        raise errors.Conflict(OWNER_FIRST)


_NOWHERE = RingShelf(Locator(bytes(kdf.KEY_LENGTH)), {})
"""A shelf that is granted and not there (yet): reads as absent."""


class Hand(NamedTuple):
    """By whose keys a grant is opened: the grantee's own, or a clinic's in the hand of one of its members.

    `own` is the bundle of the person who acts (`by`), and signs; the grant is sealed to one of the private keys
    `sealings`; `word` the clinic's certificate of the member's signing key, empty for a grantee who acts themselves.
    """

    grantee: UUID
    sealings: tuple[bytes, ...]
    by: UUID
    own: Bundle
    word: bytes = b""

    def __repr__(self) -> str:
        return f"<Hand of {self.by} for {self.grantee}>"


def own_hand(subject: UUID, bundle: Bundle) -> Hand:
    return Hand(subject, bundle.sealings(), subject, bundle)


class RingKeys:
    """A grantee's keys to one owner's vault. `signing` is the acting person's own, certified for writing."""

    def __init__(self, grant: keyrings.Grant, ring: keyrings.Keyring, owner: Public, hand: Hand, word: bytes) -> None:
        self.grant, self.owner = grant, owner
        self.signing = hand.own.signing
        self.certificate = statements.chain(word, hand.word) if hand.word else word
        self.ledger_public = owner.ledger
        self._shelves: dict[tuple[str, str], RingShelf] = {}
        found: dict[tuple[str, str], dict[int, bytes]] = {}
        for line in ring.lines:
            found.setdefault((line.collection, line.month), {})[line.generation] = line.shelf_key
            self._shelves[line.collection, line.month] = RingShelf(
                Locator(line.locator), found[line.collection, line.month]
            )

    def __repr__(self) -> str:
        return f"<RingKeys of {self.grant.grant_id}>"

    def owner_public(self) -> bytes:
        return self.owner.signing

    def shelf(self, collection: str, month: str) -> ShelfKeys:
        if collection not in self.grant.collections:
            raise errors.Forbidden
        return self._shelves.get((collection, month), _NOWHERE)


class _Kept(NamedTuple):
    statement: bytes
    keys: RingKeys
    until: float


_kept: dict[tuple[UUID, UUID], _Kept] = {}


def open_ring(hand: Hand, row: Grant) -> RingKeys:
    """The keys that this live grant gives. Raises NotFound where its secret is gone, Tampered."""
    keys = _open_now(hand, row)
    if keys is None:
        raise errors.NotFound
    return keys


def _open_now(hand: Hand, row: Grant) -> RingKeys | None:
    return open_rings(hand, [row])[row.grant_id]


def open_rings(hand: Hand, found: Sequence[Grant]) -> dict[UUID, RingKeys | None]:
    """The keys of several live grants, by one request to the key store; None where a secret is gone.

    Raises Tampered where anything disagrees.
    """
    keys: dict[UUID, RingKeys | None] = {row.grant_id: _kept_keys(hand, row) for row in found}
    missing = [row for row in found if keys[row.grant_id] is None]
    fetched = rings.fetched(hand.by, hand.own, [row.grant_id for row in missing]) if missing else []
    for row, secret in zip(missing, fetched, strict=True):
        if secret is not None:
            keys[row.grant_id] = _keep(hand, row, _opened(hand, row, secret))
    return keys


def _kept_keys(hand: Hand, row: Grant) -> RingKeys | None:
    kept = _kept.get((hand.by, row.grant_id))
    is_good = kept is not None and kept.statement == bytes(row.statement) and kept.until > time.monotonic()
    return kept.keys if kept is not None and is_good else None


def _keep(hand: Hand, row: Grant, keys: RingKeys) -> RingKeys:
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[hand.by, row.grant_id] = _Kept(bytes(row.statement), keys, time.monotonic() + KEPT_SECONDS)
    return keys


def forget() -> None:
    """Drop all opened keyrings of this process."""
    _kept.clear()


def _opened(hand: Hand, row: Grant, fetched: FetchedGrant) -> RingKeys:
    received = rows.received_by(hand.grantee, row.subject_id)
    sealed = next((one for one in received if one.grant_id == row.grant_id), None)
    keyring = rows.keyring_of(row.subject_id, row.grant_id)
    if sealed is None or keyring is None:
        raise errors.NotFound
    if fetched.owner != row.subject_id:
        raise errors.Tampered
    # The owner's keys come from the key store: whoever can only write tables cannot put others in their place.
    owner = public_of(fetched.owner_public)
    grant = rings.read(owner.signing, row)
    if grant.grantee != hand.grantee:
        raise errors.Tampered
    try:
        grant_key = opened_by_any(
            hand.sealings, lambda private: keyrings.open_grant_key(private, grant, bytes(sealed.sealed_grant_key))
        )
        key = keyrings.ring_key(grant_key, fetched.secret)
        ring = keyrings.open_granted(key, grant, bytes(keyring.sealed))
    except (EnvelopeError, ValueError, msgspec.MsgspecError):
        raise errors.Tampered from None
    return RingKeys(grant, ring, owner, hand, bytes(row.certificate))
