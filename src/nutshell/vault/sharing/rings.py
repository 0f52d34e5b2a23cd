"""The owner's side of reach: which shelves a grant holds, and the keyrings that must follow when shelves change.

Every change is prepared outside, and stored in one transaction: shelves that are shared, made or given a new
generation, and the keyring and signed statement of every grant that reaches one of them.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.envelope import kdf, keyrings, statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.keyrings import Keyring, RingLine
from nutshell.envelope.people import Bundle
from nutshell.vault import installation, store
from nutshell.vault.draft import Draft
from nutshell.vault.keys import Keys, OwnerKeys
from nutshell.vault.keystore.types import MOST_GRANTS, FetchedGrant, ids_hash
from nutshell.vault.models import Grant
from nutshell.vault.shelf import Shelf
from nutshell.vault.signers import Signers
from nutshell.vault.store import RaceLost, Writing
from nutshell.vault.types import MONTHLY

from . import rows

FIRST_MONTH = (1990, 1)
"""Months before it are not looked for when a grant has no first day."""
AHEAD = 13
"""Months after this one that a keyring reaches: so long may an owner stay away."""
TRIES = 10

Place = tuple[str, str]
"""A shelf by collection and month ("" for undated)."""


class Reached(NamedTuple):
    """A grant whose keyring is in force, or about to be: its statement without the keyring, and its key."""

    statement: keyrings.Grant
    grant_key: bytes
    secret: bytes
    expected: tuple[str, ...] = rows.LIVE

    def __repr__(self) -> str:
        return f"<Reached {self.statement.grant_id}>"


Also = Callable[[Writing], None]
"""What else belongs into the transaction."""


# ---------- which shelves ----------


def places_of(collections: Iterable[str], first_day: str, last_day: str) -> list[Place]:
    """Every shelf that such a grant can reach, whether it is there or not."""
    months = _months(first_day, last_day)
    return [(name, month) for name in collections for month in (months if name in MONTHLY else [""])]


def _months(first_day: str, last_day: str) -> list[str]:
    last = _counted(clock.utc_day()) + AHEAD
    first = _counted(date.fromisoformat(first_day)) if first_day else FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1
    if last_day:
        last = min(last, _counted(date.fromisoformat(last_day)))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _counted(day: date) -> int:
    return day.year * 12 + day.month - 1


def _is_to_come(month: str) -> bool:
    """Months that are still to be written to: their shelves are made now, so that nobody has to wait for the owner."""
    return not month or month >= clock.month_of(clock.utc_day())


# ---------- changing ----------


class Plan:
    """One change of a subject's shelves and keyrings, on freshly read rows."""

    def __init__(self, subject: UUID, bundle: Bundle, keys: Keys | None = None) -> None:
        """`keys` reach the shelves where these are not the bundle's own: during a re-key."""
        self._subject, self._bundle, self._keys = subject, bundle, keys or OwnerKeys(bundle)
        self._signers = Signers(subject, self._keys.owner_public)
        self._stored = store.shelves_of(subject)
        self._drafts: dict[Place, Draft] = {}

    def _draft(self, place: Place) -> Draft | None:
        """The shelf's draft, None where there is no such shelf."""
        if place not in self._drafts:
            shelf = Shelf(self._subject, place[0], self._keys.shelf(*place), self._signers)
            if shelf.tag not in self._stored:
                return None
            shelf.refresh(self._stored[shelf.tag])
            self._drafts[place] = Draft(shelf, self._keys)
        return self._drafts[place]

    def renew(self, places: Iterable[Place]) -> None:
        """A new generation for each of these shelves that is there, all signed by the owner anew."""
        for place in places:
            draft = self._draft(place)
            if draft is not None:
                draft.mint()
                draft.share()

    def rewrap(self, places: Iterable[Place]) -> None:
        """Every shelf that is there under the keys that wrap now, with a new generation. Raises Tampered where one is
        stored that is none of these places."""
        for place in places:
            draft = self._draft(place)
            if draft is not None:
                draft.rewrap(self._keys.shelf(*place))
                draft.mint()
                if draft.has_shared:
                    draft.share()
        if len(self._drafts) != len(self._stored):
            raise errors.Tampered

    @property
    def tags(self) -> Collection[bytes]:
        """Of the shelves that are stored."""
        return self._stored.keys()

    @property
    def generations(self) -> int:
        """How many there are of all shelves once this is stored."""
        minted = sum(draft.has_minted for draft in self._drafts.values())
        return sum(map(len, self._stored.values())) + minted

    def share(self, places: Iterable[Place]) -> None:
        """Every one of these shelves is there, if it may still be written to, and signed."""
        for place in places:
            draft = self._draft(place) or (self._made(place) if _is_to_come(place[1]) else None)
            if draft is not None and not draft.is_shared:
                draft.share()

    def _made(self, place: Place) -> Draft:
        draft = Draft(Shelf(self._subject, place[0], self._keys.shelf(*place), self._signers), self._keys)
        draft.mint()
        self._drafts[place] = draft
        return draft

    def ring(self, reached: Reached) -> "tuple[keyrings.Grant, bytes]":
        """The keyring over all that the grant reaches now, and the statement that names it."""
        statement = reached.statement
        lines = [line for place in reach_of(statement) for line in self._lines(place)]
        sealed = keyrings.seal_keyring(
            keyrings.ring_key(reached.grant_key, reached.secret), self._subject, statement.grant_id,
            Keyring(keyrings.FORMAT, statement.version + 1, lines),
        )  # fmt: skip
        hash_ = keyrings.keyring_hash(sealed)
        return msgspec.structs.replace(statement, version=statement.version + 1, keyring_hash=hash_), sealed

    def _lines(self, place: Place) -> list[RingLine]:
        draft = self._draft(place)
        if draft is None:
            return []
        locator = self._keys.shelf(*place).locator
        return [RingLine(*place, number, draft.tag, locator.key, key) for number, key in sorted(draft.keys.items())]

    def store(self, rings: "Sequence[tuple[Reached, keyrings.Grant, bytes]]", also: Also | None) -> None:
        """All in one transaction. Raises RaceLost when anything moved since it was read."""
        changed = sorted((one for one in self._drafts.values() if one.is_changed), key=lambda draft: draft.tag)
        for draft in changed:
            draft.seal()
        with store.writing(self._subject) as writing:
            for draft in changed:
                draft.store(writing)
            for reached, statement, sealed in rings:
                self._store_ring(writing, reached, statement, sealed)
            if also is not None:
                also(writing)

    def _store_ring(self, writing: Writing, reached: Reached, statement: keyrings.Grant, sealed: bytes) -> None:
        signed = keyrings.sign_grant(self._bundle.signing, statement)
        updates = rows.Updates(statement=signed, version=statement.version)
        # Whoever read the statement before another change must not write its old terms back.
        place = self._subject, statement.grant_id, reached.expected
        if not rows.update(writing, *place, updates, version=statement.version - 1):
            raise RaceLost
        rows.put_keyring(writing, self._subject, statement.grant_id, statement.version, sealed)


def reach_of(statement: keyrings.Grant) -> list[Place]:
    """Every shelf that a grant can reach."""
    return places_of(statement.collections, statement.first_day, statement.last_day)


def settle(
    subject: UUID, bundle: Bundle, renewed: Iterable[Place] = (), added: Callable[[], Sequence[Reached]] | None = None,
    without: Collection[UUID] = (), also: Also | None = None,
) -> None:  # fmt: skip
    """Bring all keyrings of this owner up to date, with new generations for the `renewed` places.

    `added` are grants that become active or change with this, `without` those that end or are added otherwise than
    they stand. Raises Conflict when other writers were always first.
    """
    renewed = list(renewed)
    for _ in range(TRIES):
        plan = Plan(subject, bundle)
        reached = [*in_force(subject, bundle, without), *(added() if added else ())]
        plan.renew(renewed)
        for one in reached:
            plan.share(reach_of(one.statement))
        try:
            plan.store([(one, *plan.ring(one)) for one in reached], also)
        except RaceLost:
            continue
        return
    raise errors.Conflict


def in_force(subject: UUID, bundle: Bundle, without: Collection[UUID] = ()) -> list[Reached]:
    """The owner's grants whose secret is still there, but for some."""
    owner_public = OwnerKeys(bundle).owner_public()
    live = [row for row in rows.grants_of(subject, rows.LIVE) if row.grant_id not in without]
    found = [(row, read(owner_public, row)) for row in live]
    secrets = fetched(subject, bundle, [row.grant_id for row, _ in found])
    return [
        Reached(statement, unwrapped(bundle, row), secret.secret)
        for (row, statement), secret in zip(found, secrets, strict=True)
        if secret is not None
    ]


def read(owner_public: bytes, row: Grant) -> keyrings.Grant:
    """A grant's statement. Raises Tampered unless the owner signed it about this grant."""
    try:
        statement = keyrings.read_grant(owner_public, bytes(row.statement))
    except EnvelopeError:
        raise errors.Tampered from None
    if (statement.owner, statement.grant_id) != (row.subject_id, row.grant_id):
        raise errors.Tampered
    return statement


def unwrapped(bundle: Bundle, row: Grant) -> bytes:
    try:
        return keyrings.unwrap_grant_key(bundle.wrapping, row.subject_id, row.grant_id, bytes(row.wrapped_grant_key))
    except EnvelopeError:
        raise errors.Tampered from None


def fetched(by: UUID, bundle: Bundle, grant_ids: Sequence[UUID]) -> list[FetchedGrant | None]:
    """The secrets of grants of `by`, or to `by`, at that person's signed wish; None where it is gone."""
    secret_ids = [grant_id.bytes for grant_id in grant_ids]
    parts = [secret_ids[start : start + MOST_GRANTS] for start in range(0, len(secret_ids), MOST_GRANTS)]
    return [found for part in parts for found in _fetched(by, bundle, part)]


def _fetched(by: UUID, bundle: Bundle, secret_ids: Sequence[bytes]) -> list[FetchedGrant | None]:
    now = int(clock.now().timestamp())
    signed = statements.sign(bundle.signing, "fetch-grants", by, ids_hash(secret_ids), now)
    return installation.client().fetch_grants(by, secret_ids, signed)


def new_grant_key() -> bytes:
    return kdf.new_key()
