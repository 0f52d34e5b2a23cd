"""The inbox: something that somebody sends while its receiver is away, sealed to them and signed by the sender.

Only who shares something with the other, in either direction, can send; each takes the other's keys from the key store.
An item waits in a table until an errand of the receiver files it: opened, checked, and kept in a record of theirs that
no grant reaches, until they take it or leave it.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import clock, errors, ids
from nutshell.common.texts import N_
from nutshell.envelope import inbox
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle, Public
from nutshell.vault import store
from nutshell.vault.keys import OwnerKeys, opened_by_any
from nutshell.vault.models import Errand, InboxItem
from nutshell.vault.people import public_of
from nutshell.vault.records import Vault
from nutshell.vault.rows_of import of_subject
from nutshell.vault.types import Address

from . import rings, rows

log = logging.getLogger(__name__)
FORMAT = 1
BOX = Address("index", "", "inbox")
KEPT = timedelta(days=30)
"""How old an item may be: so long are the ids of filed ones remembered, and one that comes again is refused."""
MOST_UNFILED = 20
"""Items of one sender that wait for one receiver."""
MOST_WAITING = 100
"""Filed items that wait for an answer, of all senders."""
MOST_BYTES = 16_384

_FULL = N_("Twenty things that you sent wait for this person. Send more when they have looked.")
_LARGE = N_("This is too large to be sent.")


class Sent(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is sealed: of which kind, when it was sent (unix seconds), and what it is (the door's to read)."""

    format: int
    kind: str
    at: int
    payload: bytes


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A filed item. `writer` signed it."""

    item_id: UUID
    writer: UUID
    kind: str
    at: int
    payload: bytes


class Box(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The record: what waits, and (id, sent at) of all that was ever filed lately."""

    waiting: tuple[Waiting, ...] = ()
    seen: tuple[tuple[UUID, int], ...] = ()


class Peer(NamedTuple):
    """Somebody who shares with me, or with whom I share: their keys as the key store knows them."""

    subject: UUID
    grant_id: UUID
    public: Public


# ---------- who can send ----------


def peers(subject: UUID, bundle: Bundle) -> dict[UUID, Peer]:
    """Everybody at the other end of an active grant, by their subject."""
    public = OwnerKeys(bundle).owner_public()
    given = [(row.grant_id, rings.read(public, row)) for row in rows.grants_of(subject, ("active",))]
    received = [(row.grant_id, row.owner_id) for row in rows.received_by(subject) if row.state == "active"]
    grant_ids = [*(id_ for id_, _ in given), *(id_ for id_, _ in received)]
    fetched = dict(zip(grant_ids, rings.fetched(subject, bundle, grant_ids), strict=True))
    found: list[Peer] = []
    for id_, statement in given:
        secret = fetched[id_]
        if secret is not None and secret.owner == subject and secret.grantee_public:
            found.append(Peer(statement.grantee, id_, public_of(secret.grantee_public)))
    for id_, owner in received:
        secret = fetched[id_]
        if secret is not None and secret.owner == owner:  # a table may say otherwise
            found.append(Peer(owner, id_, public_of(secret.owner_public)))
    return {one.subject: one for one in found}


# ---------- sending ----------


def send(subject: UUID, bundle: Bundle, to: Peer, kind: str, payload: bytes) -> UUID:
    """Put something into another's inbox. The item's id. Raises InvalidInput for too much, Conflict for too many."""
    if len(payload) > MOST_BYTES:
        raise errors.InvalidInput({"food": _LARGE})
    packed = msgspec.msgpack.encode(Sent(FORMAT, kind, int(clock.now().timestamp()), payload))
    item = inbox.seal(to.public.sealing, bundle.signing, to.subject, subject, ids.new_id(), packed)
    with store.writing(to.subject) as writing:
        check_room(to.subject, subject)
        rows.put_item(writing, item)
        rows.add_errand(writing, to.subject, rows.FILE, item.item_id.bytes)
    return item.item_id


@of_subject
def check_room(to: UUID, writer: UUID) -> None:
    """Raises Conflict where too much of this sender's waits."""
    if InboxItem.objects.filter(subject_id=to, writer_id=writer).count() >= MOST_UNFILED:
        raise errors.Conflict(_FULL)


# ---------- filing ----------


@of_subject
def item_of(subject: UUID, item_id: UUID) -> InboxItem | None:
    return InboxItem.objects.filter(subject_id=subject, item_id=item_id).first()


def file(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    """Keep an item that holds, or drop it. A second run finds its id among those seen."""
    item_id = rows.named_in(errand)
    row = item_of(subject, item_id)
    opened = _opened(subject, bundle, row) if row is not None else None
    if opened is not None:
        _keep(subject, bundle, opened)
    with store.writing(subject) as writing:
        rows.drop_item(writing, subject, item_id)
        rows.drop_errand(writing, subject, errand.errand_id)


def _opened(subject: UUID, bundle: Bundle, row: InboxItem) -> Waiting | None:
    """The item, if just this writer signed it, to just this person, lately, and still shares something with them."""
    peer = peers(subject, bundle).get(row.writer_id)
    sent = _read_item(subject, bundle, row, peer) if peer is not None else None
    if sent is None or sent.format != FORMAT or len(sent.payload) > MOST_BYTES or not is_recent(sent.at):
        log.warning("an inbox item was refused")
        return None
    return Waiting(row.item_id, row.writer_id, sent.kind, sent.at, sent.payload)


def _read_item(subject: UUID, bundle: Bundle, row: InboxItem, writer: Peer) -> Sent | None:
    parts = bytes(row.sealed_key), bytes(row.sealed), bytes(row.signature)
    item = inbox.Item(subject, row.writer_id, row.item_id, *parts)
    try:
        content = opened_by_any(
            bundle.sealings(), lambda private: inbox.open_(private, writer.public.signing, item)
        )  # fmt: skip
        return msgspec.msgpack.decode(content, type=Sent)
    except (EnvelopeError, msgspec.MsgspecError):
        return None


def is_recent(at: int) -> bool:
    """Whether something sent then (unix seconds) may still be filed."""
    return abs(clock.now().timestamp() - at) <= KEPT.total_seconds()


def _keep(subject: UUID, bundle: Bundle, item: Waiting) -> None:
    def edit(now: Box) -> Box:
        seen = tuple(one for one in now.seen if is_recent(one[1]))
        if item.item_id in (id_ for id_, _ in seen) or len(now.waiting) >= MOST_WAITING:
            return now
        return Box((*now.waiting, item), (*seen, (item.item_id, item.at)))

    _change(subject, bundle, edit)


# ---------- the receiver ----------


def waiting(subject: UUID, bundle: Bundle) -> tuple[Waiting, ...]:
    """What was filed and not answered yet, the oldest first."""
    content = Vault(subject, subject, OwnerKeys(bundle)).read([BOX])[0].content
    return _read(content).waiting


def settle(subject: UUID, bundle: Bundle, item_id: UUID) -> None:
    """It was taken, or left: it waits no longer. May be repeated."""

    def edit(now: Box) -> Box:
        return msgspec.structs.replace(now, waiting=tuple(one for one in now.waiting if one.item_id != item_id))

    _change(subject, bundle, edit)


def _change(subject: UUID, bundle: Bundle, edit: Callable[[Box], Box]) -> None:
    def change(contents: list[bytes | None]) -> list[bytes | None]:
        return [msgspec.msgpack.encode(edit(_read(contents[0])))]

    Vault(subject, subject, OwnerKeys(bundle)).change([BOX], change)


def _read(content: bytes | None) -> Box:
    if content is None:
        return Box()
    try:
        return msgspec.msgpack.decode(content, type=Box)
    except msgspec.MsgspecError:
        raise errors.Tampered from None
