"""Reads: who sits at a console, and what the overview shows."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncDate

from nutshell.accounts.models import User
from nutshell.common import clock
from nutshell.vault import fields

from .actions import SESSION, unpacked
from .models import Operator, OperatorSession, StoppedPurpose, WorkerReport
from .policy import session_end
from .types import DayCount, OperatorInfo, Report

NOTED = timedelta(minutes=1)
"""How exactly a session's use is noted."""


def by_certificate(fingerprint: bytes) -> OperatorInfo | None:
    """Whose certificate this is; None for one that no account is bound to."""
    row = Operator.objects.filter(fingerprint=fingerprint).first()
    return _info(row) if row else None


def operators() -> list[OperatorInfo]:
    """All of them, the first made first."""
    return [_info(row) for row in Operator.objects.order_by("added_at")]


def _info(row: Operator) -> OperatorInfo:
    return OperatorInfo(row.id, row.name, row.added_at)


def is_signed_in(operator_id: UUID, secret: str) -> bool:
    """Whether this is a session of this operator that is not over; its use is noted, and one that is over goes."""
    if not secret:
        return False
    mine = OperatorSession.objects.filter(operator_id=operator_id)
    row = mine.filter(handle__in=fields.handles(SESSION, secret.encode())).first()
    if row is None:
        return False
    now = clock.now()
    if session_end(row.started_at, row.used_at) <= now:
        row.delete()
        return False
    if now - row.used_at >= NOTED:
        OperatorSession.objects.filter(pk=row.pk).update(used_at=now)
    return True


def reports() -> list[Report]:
    """What each worker said last, by name."""
    rows = WorkerReport.objects.order_by("worker")
    return [Report(row.worker, row.at, found.tasks, found.parts) for row in rows for found in (unpacked(row),)]


def sign_ups(days: int) -> list[DayCount]:
    """How many accounts were made on each of the last days, today first. Days without any are left out."""
    since = clock.now() - timedelta(days=days)
    found = User.objects.filter(created_at__gte=since).annotate(day=TruncDate("created_at")).values("day")
    counted = found.annotate(count=Count("id")).order_by("-day")
    return [DayCount(row["day"], row["count"]) for row in counted]


def stopped_purposes() -> frozenset[str]:
    """Purposes whose grants open nothing for the moment."""
    return frozenset(StoppedPurpose.objects.values_list("name", flat=True))
