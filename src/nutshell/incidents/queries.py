"""Reads: the register, one record, and how its clocks stand."""

from collections.abc import Sequence
from datetime import datetime

from . import timeline
from .clocks import readings
from .types import Clock, Reading, Record


def record(number: int) -> Record:
    """Raises NotFound, Tampered."""
    return timeline.record(number)


def register(clocks: Sequence[Clock], now: datetime) -> list[tuple[Record, list[Reading]]]:
    """All incidents, the newest first, each with its clocks; an altered one has none."""
    return [(one, readings(one, clocks, now) if one.entries else []) for one in timeline.records()]
