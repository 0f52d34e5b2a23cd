"""Alarms for the operator: on the log at once, which the launcher shows, and kept until a mail about it went out."""

import logging
from collections.abc import Sequence
from typing import cast

from django.db import transaction

from .core import DATABASE, Core, atomic
from .models import AlarmRow
from .types import Alarm, AlarmKind

log = logging.getLogger(__name__)

MARK = "ALARM: "
"""How the line begins that is for the operator's eyes."""


def ring(core: Core, kind: AlarmKind, node: str) -> None:
    """In the open transaction; the log has it as soon as that is committed."""
    row = AlarmRow.objects.create(kind=kind, node=node, at=core.now())
    transaction.on_commit(lambda: log.error("%s%s", MARK, _alarm(row).sentence()), using=DATABASE)


def waiting() -> list[Alarm]:
    """Those that no mail told yet, oldest first; at most 100."""
    rows = AlarmRow.objects.filter(told=False).order_by("id")[:100]
    return [_alarm(row) for row in rows]


def _alarm(row: AlarmRow) -> Alarm:
    return Alarm(row.pk, cast(AlarmKind, row.kind), row.node, row.at)


def told(ids: Sequence[int]) -> None:
    with atomic():
        AlarmRow.objects.filter(pk__in=ids).update(told=True)
