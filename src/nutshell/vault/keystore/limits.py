"""How many people's server slots a node may open in a minute, and freezing a node that opens more (decision 31).

A node is a certificate: `node-1` and so on are web processes, `node` is the worker and the commands beside it. All
that is counted stands in the `keys` database, so a restart forgives nothing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction

from nutshell.common import errors

from . import alarms, leaves
from .core import DATABASE, Core, atomic
from .models import NodeRow, Opening
from .types import ALL_NODES, NodeState

MINUTE = timedelta(minutes=1)
LEARNT = 1 / (24 * 60)
"""How far a minute moves the node's normal towards what it saw: within a day a node at its limit gains one limit."""

SELF = 20
"""How often one person's slot opens in a minute, where the limit of a node is not higher."""

Verdict = Literal["fine", "frozen", "too-many"]


def admit(core: Core, node: str, subjects: Sequence[UUID]) -> Verdict:
    """Count these openings of server slots in the open transaction; "fine" lets all of them happen, else none is.

    Beyond the node's limit of different people in a minute, this very transaction freezes it. Beyond one person's
    limit only these openings are refused: whoever signs in again and again must not freeze a node for everybody.
    """
    if not subjects:
        return "fine"
    row, now = _locked(node, core.now()), core.now()
    if row.frozen_since is not None:
        return "frozen"
    _close_minutes(row, now)
    wanted = set(subjects)
    others, again, most = _lately(node, subjects, now)
    if others + len(wanted) > core.openings + int(row.normal):
        _exceeded(core, row, now)
        return "frozen"
    if most > max(core.openings, SELF):
        return "too-many"
    row.count += len(wanted) - again
    row.save(update_fields=["normal", "minute", "count"])
    Opening.objects.bulk_create(Opening(node=node, subject_id=subject, at=now) for subject in subjects)
    return "fine"


def enforce(verdict: Verdict) -> None:
    """After the transaction: raises Unavailable for a frozen node, TooMany for one person's limit."""
    if verdict == "frozen":
        raise errors.Unavailable
    if verdict == "too-many":
        raise errors.TooMany


def _locked(node: str, now: datetime) -> NodeRow:
    rows = NodeRow.objects.select_for_update()
    found = rows.filter(name=node).first()
    return found or rows.get_or_create(name=node, defaults={"minute": _minute(now)})[0]


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _close_minutes(row: NodeRow, now: datetime) -> None:
    """Move the normal by each minute that is over; those in which nothing was opened count as zero."""
    passed = (_minute(now) - row.minute) // MINUTE
    if passed < 1:
        return
    row.normal = (row.normal + (row.count - row.normal) * LEARNT) * (1 - LEARNT) ** (passed - 1)
    row.minute, row.count = _minute(now), 0


def _lately(node: str, subjects: Sequence[UUID], now: datetime) -> tuple[int, int, int]:
    """Within the last minute: how many others the node opened, how many of these it opened already, and how often
    the one of these that is opened most would be, by whichever nodes.
    """
    near = Opening.objects.filter(at__gt=now - MINUTE)
    others = near.filter(node=node).exclude(subject_id__in=set(subjects))
    same = list(near.filter(subject_id__in=set(subjects)).values_list("node", "subject_id"))
    often = Counter(subjects) + Counter(subject for _, subject in same)
    again = {subject for name, subject in same if name == node}
    return others.values("subject_id").distinct().count(), len(again), max(often.values())


def _exceeded(core: Core, row: NodeRow, now: datetime) -> None:
    row.frozen_since = now
    row.save(update_fields=["normal", "minute", "count", "frozen_since"])
    leaves.append(core, "node-frozen", "key-store", None, "limit", row.name.encode())
    alarms.ring(core, "node-frozen", row.name)
    transaction.on_commit(lambda: core.frozen.add(row.name), using=DATABASE)


# ---------- what the operator does ----------


def check(core: Core, node: str) -> None:
    """Raises Unavailable for a frozen node. No query: the names are in memory, and in the database for a restart."""
    if node in core.frozen or ALL_NODES in core.frozen:
        raise errors.Unavailable


def load(core: Core) -> None:
    """Read from the database who is frozen."""
    core.frozen.clear()
    core.frozen.update(NodeRow.objects.exclude(frozen_since=None).values_list("name", flat=True))


def freeze(core: Core, node: str, by: UUID | None = None) -> bool:
    """At the operator's word: no secret for this node (`ALL_NODES`: for any). False if it was so already."""
    with atomic():
        row = _locked(node, core.now())
        if row.frozen_since is not None:
            return False
        row.frozen_since = core.now()
        row.save(update_fields=["frozen_since"])
        leaves.append(core, "node-frozen", _whose_word(by), None, "operator", node.encode())
    load(core)
    return True


def unfreeze(core: Core, node: str, by: UUID | None = None) -> bool:
    """The node (`ALL_NODES`: every one) is answered again and its last minute forgotten. False if none was frozen."""
    with atomic():
        rows = NodeRow.objects.exclude(frozen_since=None)
        names = [row.name for row in (rows if node == ALL_NODES else rows.filter(name=node))]
        if not names:
            return False
        NodeRow.objects.filter(name__in=names).update(frozen_since=None, count=0)
        Opening.objects.filter(node__in=names).delete()
        leaves.append(core, "node-unfrozen", _whose_word(by), None, "operator", node.encode())
    load(core)
    return True


def _whose_word(by: UUID | None) -> str:
    """For the trail: the operator whom the console names, else whoever holds the operator's certificate."""
    return f"operator:{by}" if by else "operator"


def states(core: Core) -> list[NodeState]:
    """All nodes that opened something or were frozen, by name."""
    rows = NodeRow.objects.order_by("name")
    return [NodeState(row.name, row.frozen_since, core.openings + int(row.normal)) for row in rows]


def sweep(core: Core) -> int:
    """Forget the openings that count no more. How many."""
    return Opening.objects.filter(at__lte=core.now() - MINUTE).delete()[0]


def forget(subject: UUID) -> None:
    """Drop the openings of an erased subject."""
    Opening.objects.filter(subject_id=subject).delete()
