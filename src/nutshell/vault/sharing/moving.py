"""A re-key's part in the records: everything that a person keeps, under new keys, in one transaction."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.envelope import keyrings, offers, signing, statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle, CollectionKeys, Former
from nutshell.envelope.shelves import Place as ShelfPlace
from nutshell.vault import people
from nutshell.vault.keys import CollectionShelf, ShelfKeys
from nutshell.vault.models import Grant, Subject
from nutshell.vault.rows_of import of_subject
from nutshell.vault.store import RaceLost, Writing, key_of
from nutshell.vault.types import MONTHLY, SHELVES

from . import owner, renewing, rings, rows
from .renewing import Fresh
from .rings import Place, Plan
from .rows import Updates

YEARS = range(1900, 2101)
"""Of days that a diary may have."""
ENDS = "withdrawn"
"""What becomes of offers that nobody has completed: their links were signed with keys that are no more."""


class _MovingShelf(CollectionShelf):
    """Opens with the keys that were, wraps with those that are."""

    def __init__(self, before: CollectionKeys, now: CollectionKeys, month: str) -> None:
        super().__init__(now, month)
        self._before = CollectionShelf(before, month)

    def open(self, place: ShelfPlace, wrapped: bytes) -> bytes:
        return self._before.open(place, wrapped)


class _MovingKeys:
    """The owner's, in between: what stands is checked by the former keys, what is written is signed with the new."""

    def __init__(self, bundle: Bundle) -> None:
        self._now, self._former = bundle, bundle.former[0]
        self._before = with_former(bundle)
        self.signing, self.certificate = bundle.signing, b""

    def owner_public(self) -> bytes:
        return self._former.signing_public

    def shelf(self, collection: str, month: str) -> ShelfKeys:
        return _MovingShelf(self._before.collection(collection), self._now.collection(collection), month)


def with_former(bundle: Bundle) -> Bundle:
    """The new bundle with the wrapping key that was: opens what the owner kept under that one."""
    return msgspec.structs.replace(bundle, wrapping=bundle.former[0].wrapping)


def check(subject: UUID, bundle: Bundle) -> None:
    """Raises Tampered unless all that is stored opens, and so can be moved."""
    plan = Plan(subject, bundle)
    plan.rewrap(_places(bundle, plan.tags))
    public = signing.public_of(bundle.signing)
    for row in rows.grants_of(subject):
        owner.details_of(bundle, row)
        _check_signed(public, row)


def _check_signed(public: bytes, row: Grant) -> None:
    """Raises Tampered unless the owner signed its terms and its end."""
    if row.statement:
        _ = rings.read(public, row) if row.version else owner.read_offer(public, row)
    if row.ended:
        _end_said(public, row)


def _end_said(public: bytes, row: Grant) -> statements.Statement:
    try:
        return statements.verify(public, "revoke", bytes(row.ended))
    except EnvelopeError:
        raise errors.Tampered from None


def move(subject: UUID, bundle: Bundle) -> None:
    """Every shelf under the new keys and in a new generation, every grant signed anew. Nothing where that was done.

    Raises Conflict when other writers were always first, Tampered.
    """
    if not _is_behind(subject, bundle):
        return
    fresh = renewing.fresh_keys(subject, bundle, rows.grants_of(subject, rows.LIVE))
    for _ in range(rings.TRIES):
        try:
            _move(subject, bundle, fresh)
        except RaceLost:
            if not _is_behind(subject, bundle):
                return  # another log-in of the owner finished it
            continue
        return
    raise errors.Conflict


@of_subject
def _is_behind(subject: UUID, bundle: Bundle) -> bool:
    row = Subject.objects.filter(subject_id=subject).first()
    if row is None:
        raise errors.NotFound
    return people.is_behind(bundle, row)


def _move(subject: UUID, bundle: Bundle, fresh: list[Fresh]) -> None:
    keys, former = _MovingKeys(bundle), bundle.former[0]
    plan = Plan(subject, bundle, keys)
    plan.rewrap(_places(bundle, plan.tags))
    reached = [renewing.reached(former.signing_public, one) for one in fresh]
    for one in reached:
        plan.share(rings.reach_of(one.statement))
    stored = rows.grants_of(subject)

    def also(writing: Writing) -> None:
        writing.lock()
        if writing.count_shelves() != plan.generations:
            raise RaceLost
        for one in fresh:
            renewing.hand_over(writing, bundle, former.signing_public, one)
        renewed = {one.row.grant_id for one in fresh}
        for row in stored:
            _sign_anew(writing, bundle, row, is_renewed=row.grant_id in renewed)
        for received in rows.received_by(subject):
            if received.state in ("accepted", *rows.LIVE):
                rows.add_errand(writing, received.owner_id, rows.RESEAL, received.grant_id.bytes)
        _stand_under(writing, subject, bundle, former)

    plan.store([(one, *plan.ring(one)) for one in reached], also)


def _places(bundle: Bundle, tags: Collection[bytes]) -> list[Place]:
    """Where the shelves with these tags lie, looked for from this month to both sides. What is nowhere is missing."""
    keys = {name: bundle.collection(name) for name in SHELVES}
    found: list[Place] = []
    for month in ("", *_months()):
        if len(found) == len(tags):
            break
        names = [name for name in SHELVES if (name in MONTHLY) == bool(month)]
        found += [(name, month) for name in names if keys[name].locator(month).tag() in tags]
    return found


def _months() -> list[str]:
    """All that a diary may have, the nearest to today first."""
    today = clock.utc_day()
    now = today.year * 12 + today.month - 1
    numbers = sorted(range(YEARS.start * 12, YEARS.stop * 12), key=lambda number: abs(number - now))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _sign_anew(writing: Writing, bundle: Bundle, row: Grant, is_renewed: bool) -> None:
    """The rest of what the owner keeps of a grant: its details, its end, and, if it is not in force, its terms."""
    before, subject = with_former(bundle), row.subject_id
    details = owner.sealed_details(bundle, subject, row.grant_id, owner.details_of(before, row))
    updates = Updates(details=details, ended=_ended(bundle, row))
    if not is_renewed and row.statement:
        updates = updates._replace(statement=_statement(bundle, row))
    if not row.version and row.state in ("offered", "accepted"):
        updates = updates._replace(state=ENDS, invitation=b"")
        rows.tell_grantee(writing, row.grant_id, ENDS)
    if not rows.update(writing, subject, row.grant_id, (row.state,), updates):
        raise RaceLost


def _ended(bundle: Bundle, row: Grant) -> bytes:
    if not row.ended:
        return b""
    said = _end_said(bundle.former[0].signing_public, row)
    return statements.sign(bundle.signing, "revoke", said.subject, said.target, said.not_before)


def _statement(bundle: Bundle, row: Grant) -> bytes:
    public = bundle.former[0].signing_public
    if row.version:
        return keyrings.sign_grant(bundle.signing, rings.read(public, row))
    return offers.sign_offer(bundle.signing, owner.read_offer(public, row))


def _stand_under(writing: Writing, subject: UUID, bundle: Bundle, former: Former) -> None:
    """The records name the new public keys. Raises RaceLost where they do so already."""
    done = writing.run(
        "UPDATE subject SET public = %s, bundle_version = %s WHERE subject_id = %s AND bundle_version = %s",
        *(people.packed_public(bundle), bundle.version, key_of(subject), former.version),
    )
    if done != 1:
        raise RaceLost
