"""Canary subjects: accounts like any other that belong to nobody, so whoever opens one opens what is not theirs.

Which ones they are stands in the `keys` database under the KMS key only, and in this process's memory.
"""

from collections.abc import Sequence
from uuid import UUID

from nutshell.common import errors

from . import alarms, leaves
from .core import Core, Wrapped, atomic, live_subject
from .models import Canary


def load(core: Core) -> None:
    """Read from the database which they are. Raises NotOpened where a row was altered."""
    core.canaries.clear()
    found = core.unwrap_many([Wrapped(row.wrapped, "canary", (row.pk,)) for row in Canary.objects.all()])
    core.canaries.update(UUID(bytes=raw) for raw in found)


def wanted(core: Core) -> int:
    """How many are still to be made."""
    return max(0, core.canaries_kept - len(core.canaries))


def add(core: Core, subject: UUID) -> None:
    """From now on this subject is one. Conflict when there are enough: nobody's own account becomes one later."""
    with atomic():
        live_subject(subject)
        if Canary.objects.count() >= core.canaries_kept or subject in core.canaries:
            raise errors.Conflict
        row = Canary.objects.create(wrapped=b"")
        row.wrapped = core.wrap(subject.bytes, "canary", row.pk)
        row.save(update_fields=["wrapped"])
    load(core)


def watch(core: Core, node: str, subjects: Sequence[UUID], reason: str) -> None:
    """In the transaction of a fetch: an alarm and a leaf where one of these is a canary. The fetch itself goes on."""
    for subject in core.canaries.intersection(subjects):
        leaves.append(core, "canary-opened", node, subject, reason, b"")
        alarms.ring(core, "canary-opened", node)
