"""Who is concerned, computed from the audit trail and from what the key store wrote down and nobody has copied yet.

What a fetch of a server slot could open is the whole diary; an access under a grant names its collection. Which months
were looked at stands sealed in each owner's own ledger, where this cannot read it: the scope is an upper bound.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db import transaction

from nutshell.accounts import queries as accounts
from nutshell.audit import queries as trail
from nutshell.audit.types import Body, OwnLeaf, unpack
from nutshell.common import errors

from . import timeline
from .models import AffectedRow
from .types import Affected, Entry, Record

READS = frozenset({"fetch", "access", "export"})
WHOLE = "all"
BATCH = 1_000


class KeyStore(Protocol):
    """What this needs of the key store's client."""

    def own_leaves(self, after: int, limit: int = ...) -> list[OwnLeaf]: ...


class Window(NamedTuple):
    """From when to when somebody read, and who it was: a node, a subject's id, an operator; "" for whoever.

    `everybody`: all subjects, whatever the trail says: what was taken is a copy.
    """

    since: datetime
    until: datetime
    actor: str = ""
    everybody: bool = False


def compute(record: Record, actor: str, key_store: KeyStore, window: Window) -> Entry:
    """Write down who is concerned, in place of an earlier scope; the counts in the timeline. Raises InvalidInput."""
    if window.since >= window.until:
        raise errors.InvalidInput({"since": "A window begins before it ends."})
    found = _everybody() if window.everybody else _readers(key_store, window)
    with transaction.atomic():
        AffectedRow.objects.filter(incident_id=record.id, notice="").delete()
        told = set(AffectedRow.objects.filter(incident_id=record.id).values_list("subject_id", flat=True))
        AffectedRow.objects.bulk_create(_row(record.id, one) for one in found if one.subject not in told)
        return timeline.add(record.id, "scope", actor, **_counts(found, window))


def _row(incident: UUID, one: Affected) -> AffectedRow:
    return AffectedRow(
        incident_id=incident, subject_id=one.subject, collections=" ".join(sorted(one.collections)),
        openings=one.openings, first_at=one.first_at, last_at=one.last_at,
    )  # fmt: skip


def _counts(found: list[Affected], window: Window) -> dict[str, object]:
    names = sorted({name for one in found for name in one.collections})
    by_collection = {name: sum(name in one.collections for one in found) for name in names}
    return {
        "since": window.since.isoformat(), "until": window.until.isoformat(), "who": window.actor,
        "subjects": len(found), "openings": sum(one.openings for one in found), "by_collection": by_collection,
        "months": WHOLE,
    }  # fmt: skip


def _everybody() -> list[Affected]:
    return [Affected(subject, frozenset({WHOLE}), 0, None, None) for subject in accounts.subjects()]


def _readers(key_store: KeyStore, window: Window) -> list[Affected]:
    found: dict[UUID, Affected] = {}
    for body in _bodies(key_store):
        if body.subject is not None and _counts_as(body, body.subject, window):
            found[body.subject] = _with(found.get(body.subject), body, body.subject)
    return list(found.values())


def _counts_as(body: Body, subject: UUID, window: Window) -> bool:
    """What a person opened of their own by their own session is not a reading of another's."""
    inside = window.since <= body.moment() <= window.until
    theirs = body.actor == window.actor if window.actor else body.actor != str(subject)
    return body.kind in READS and inside and theirs


def _with(before: Affected | None, body: Body, subject: UUID) -> Affected:
    at, names = body.moment(), frozenset({_collection(body)})
    if before is None:
        return Affected(subject, names, 1, at, at)
    firsts = [moment for moment in (before.first_at, at) if moment]
    return Affected(
        subject, before.collections | names, before.openings + 1, min(firsts), max(before.last_at or at, at)
    )


def _collection(body: Body) -> str:
    """An access says `diary-read`; a fetch opens everything."""
    return body.reason.rpartition("-")[0] or WHOLE if body.kind == "access" else WHOLE


def _bodies(key_store: KeyStore) -> Iterator[Body]:
    yield from trail.bodies(READS)
    after = trail.taken_over()
    while own := key_store.own_leaves(after, BATCH):
        yield from (body for leaf in own if leaf.body and (body := unpack(leaf.body)).kind in READS)
        after = own[-1].sequence


def affected(record: Record) -> list[AffectedRow]:
    """The rows of this incident's scope."""
    return list(AffectedRow.objects.filter(incident_id=record.id).order_by("id"))
