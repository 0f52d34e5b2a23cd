"""The timeline: entries that are only ever added, each chained to the one before and with a leaf in the trail."""

import os
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from nutshell.audit import actions as audit
from nutshell.audit import queries as trail
from nutshell.audit.chain import START, link
from nutshell.audit.types import microseconds
from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.vault import fields

from .models import Incident, TimelineRow
from .types import ALLOWED, BECOMES, CONTENT, FORMAT, Broken, Entry, Kind, Record, State

SALT_LENGTH = 16
LONGEST = 20_000
"""Bytes that one entry may have, packed."""
OVER = "This incident is %s: nothing of this kind is added to it any more."


def begin(number: int, actor: str, said: dict[str, Any]) -> UUID:
    """A new incident with its first entry."""
    id_ = new_id()
    with transaction.atomic():
        Incident.objects.create(id=id_, number=number, declared_at=clock.now())
        _append(id_, None, "declared", actor, said)
    return id_


def add(incident: UUID, kind: Kind, actor: str, **said: Any) -> Entry:
    """Raises Conflict for what the incident's state does not allow, or another entry at the same moment; TooLarge."""
    with transaction.atomic():
        last = TimelineRow.objects.filter(incident_id=incident).order_by("-sequence").first()
        if last is None:
            raise errors.NotFound
        state = _state(incident)
        if kind not in ALLOWED[state]:
            raise errors.Conflict(OVER % state)
        return _append(incident, last, kind, actor, said)


def _state(incident: UUID) -> State:
    kinds = TimelineRow.objects.filter(incident_id=incident, kind__in=BECOMES).order_by("sequence")
    return [BECOMES[kind] for kind in kinds.values_list("kind", flat=True)][-1]


def _append(incident: UUID, last: TimelineRow | None, kind: Kind, actor: str, said: dict[str, Any]) -> Entry:
    sequence, now = (last.sequence + 1 if last else 1), clock.now()
    entry = Entry(FORMAT, incident, sequence, kind, microseconds(now), actor, said, os.urandom(SALT_LENGTH))
    packed = msgspec.msgpack.encode(entry)
    if len(packed) > LONGEST:
        raise errors.TooLarge
    hash_ = link(bytes(last.hash) if last else START, packed)
    sealed = fields.seal_bytes("incident_entry", "sealed", _place(incident, sequence), packed)
    try:
        with transaction.atomic():
            TimelineRow.objects.create(
                incident_id=incident, sequence=sequence, kind=kind, at=now, sealed=sealed, hash=hash_
            )
            audit.record("incident", None, actor, reason=kind, references=(incident.bytes, hash_))
    except IntegrityError:
        raise errors.Conflict from None
    return entry


def _place(incident: UUID, sequence: int) -> str:
    return f"{incident} {sequence}"


def _packed(row: TimelineRow) -> bytes:
    return fields.open_bytes("incident_entry", "sealed", _place(row.incident_id, row.sequence), bytes(row.sealed))


# ---------- reads ----------


def numbers() -> dict[int, UUID]:
    """All incidents, the newest first."""
    return dict(Incident.objects.order_by("-number").values_list("number", "id"))


def record(number: int) -> Record:
    """Raises NotFound; Tampered for an entry that does not open or does not follow from the one before."""
    id_ = Incident.objects.filter(number=number).values_list("id", flat=True).first()
    if id_ is None:
        raise errors.NotFound(f"There is no incident {number}.")
    return _record(id_, number)


def records() -> list[Record]:
    """All incidents, the newest first. One whose timeline was altered says that and no more: it hides no other."""
    return [_readable(id_, number) for number, id_ in numbers().items()]


def _readable(incident: UUID, number: int) -> Record:
    try:
        return _record(incident, number)
    except errors.Tampered:
        return Record(incident, number, [], "altered")


def _record(incident: UUID, number: int) -> Record:
    return _folded(Record(incident, number, _entries(incident)))


def fresh(record: Record) -> Record:
    """The same incident as it is now: what is decided must not rest on what was read a while ago."""
    return _record(record.id, record.number)


def last_hash(incident: UUID) -> str:
    """Of the newest entry, in hexadecimal digits: it stands for the whole timeline."""
    rows = TimelineRow.objects.filter(incident_id=incident).order_by("-sequence")
    return bytes(rows.values_list("hash", flat=True)[0]).hex()


def _entries(incident: UUID) -> list[Entry]:
    before, found = START, []
    for place, row in enumerate(TimelineRow.objects.filter(incident_id=incident).order_by("sequence"), 1):
        packed = _packed(row)
        before, entry = link(before, packed), msgspec.msgpack.decode(packed, type=Entry)
        if before != bytes(row.hash) or (entry.sequence, entry.kind) != (place, row.kind):
            raise errors.Tampered
        found.append(entry)
    if not found:
        raise errors.Tampered
    return found


def _folded(record: Record) -> Record:
    record.content = {}
    for entry in record.entries:
        record.state = BECOMES.get(entry.kind, record.state)
        record.content |= (
            {name: value for name, value in entry.said.items() if name in CONTENT} if _tells(entry) else {}
        )
    return record


def _tells(entry: Entry) -> bool:
    return entry.kind in ("declared", "corrected", "met", "scope")


def broken() -> list[Broken]:
    """What of all timelines is not as it was written, compared with the audit trail, too. Empty if all is well.

    A row that was taken away at the end is missed by its leaf; one that was added behind the trail's back has none.
    """
    told = _told()
    found: list[Broken] = []
    for incident in {incident for incident, _ in told} | set(numbers().values()):
        found += _broken(incident, {hash_ for named, hash_ in told if named == incident})
    return found


def _told() -> set[tuple[UUID, bytes]]:
    return {(UUID(bytes=body.references[0]), body.references[1]) for body in trail.bodies({"incident"})}


def _broken(incident: UUID, told: set[bytes]) -> list[Broken]:
    rows = list(TimelineRow.objects.filter(incident_id=incident).order_by("sequence"))
    missing = {bytes(row.hash) for row in rows}
    found = [Broken("not-in-trail", row.sequence) for row in rows if bytes(row.hash) not in told]
    found += [Broken("entry-missing", len(rows) + 1)] if told - missing else []
    before = START
    for row in rows:
        found += [] if _is_link(before, row) else [Broken("entry-altered", row.sequence)]
        before = bytes(row.hash)
    return found


def _is_link(before: bytes, row: TimelineRow) -> bool:
    try:
        packed = _packed(row)
    except errors.Tampered:
        return False
    entry = msgspec.msgpack.decode(packed, type=Entry)
    return link(before, packed) == bytes(row.hash) and microseconds(row.at) == entry.at and entry.kind == row.kind
