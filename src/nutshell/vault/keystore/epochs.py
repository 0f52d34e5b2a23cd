"""Epoch secrets: one a UTC day, made on that day only, destroyed at the end of the seventh day after it."""

from datetime import date, timedelta

from nutshell.common import errors
from nutshell.envelope import kdf
from nutshell.envelope.errors import EnvelopeError

from . import storage
from .core import Core, atomic
from .models import Epoch, Secret

KEPT = timedelta(days=7)
AHEAD = timedelta(minutes=2)
"""How far a node's clock may be ahead of the key store's at midnight."""


def epoch(core: Core, day: date) -> bytes:
    """32 bytes, the same for whoever asks. errors.NotFound when destroyed, never made, or not yet due."""
    now = core.now()
    if not now.date() - KEPT <= day <= (now + AHEAD).date():
        raise errors.NotFound
    row = Epoch.objects.filter(day=day).first()
    if row is None:
        row = _made(core, day)
    try:
        return core.unwrap(row.wrapped, "epoch", day.isoformat())
    except EnvelopeError:
        raise errors.Tampered from None


def _made(core: Core, day: date) -> Epoch:
    """Insert if absent: of two that race, the second reads what the first wrote."""
    if day < core.now().date():
        raise errors.NotFound
    with atomic():
        wrapped = core.wrap(kdf.new_key(), "epoch", day.isoformat())
        return Epoch.objects.get_or_create(day=day, defaults={"wrapped": wrapped})[0]


def sweep(core: Core) -> int:
    """Destroy what has ended: epochs after their seventh day, secrets past their end. How many went."""
    now = core.now()
    with atomic():
        epochs, _ = Epoch.objects.filter(day__lt=now.date() - KEPT).delete()
        secrets, _ = Secret.objects.filter(ends_at__lte=now).delete()
    if epochs or secrets:
        storage.scrub()
    return epochs + secrets
