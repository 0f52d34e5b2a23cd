"""After a restore: telling the key store what stands in records and accounts now, for all subjects."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from uuid import UUID

from nutshell.audit.types import TreeState

from .keystore.client import KeyStoreClient
from .keystore.types import MOST_MARKS, Standing
from .models import Root
from .slots.models import SlotList


def mark(operator: KeyStoreClient, to: datetime, tree: TreeState) -> int:
    """Let each owner accept once what was put back. How many of them have no keys (any more).

    `operator` shows an operator's certificate: nobody else is heard. Raises Forbidden, Unavailable.
    """
    restore = os.urandom(16)
    operator.begin_restore(restore, to, tree)
    newest, lacking = _newest(), 0
    while some := list(islice(newest, MOST_MARKS)):
        lacking += operator.mark_restored(restore, _standing(some))
    operator.end_restore(restore)
    return lacking


def _newest() -> Iterator[Root]:
    """Each subject's newest root."""
    rows = Root.objects.order_by("subject_id", "-version").defer("sealed").iterator(MOST_MARKS)
    return (next(group) for _, group in groupby(rows, lambda row: row.subject_id))


def _standing(roots: Sequence[Root]) -> list[tuple[UUID, Standing]]:
    wanted = [row.subject_id for row in roots]
    rows = SlotList.objects.filter(subject_id__in=wanted).order_by("version")
    lists = {row.subject_id: (row.version, bytes(row.list_hash)) for row in rows}  # the newest is the last
    return [
        (row.subject_id, Standing(row.version, bytes(row.root_hash), *lists.get(row.subject_id, (0, b""))))
        for row in roots
    ]
