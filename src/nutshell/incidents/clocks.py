"""Deadlines are data. How each stands follows from the moments in the timeline, and from no claim of anybody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import msgspec

from nutshell.common import tomls
from nutshell.common.errors import ConfigurationError
from nutshell.common.officers import ROLES

from .types import Clock, Reading, Record, Verdict

SHIPPED = files("nutshell.incidents") / "clocks.toml"
MANY = 500
"""People in the United States from whom on the larger duties count (45 CFR 164.406, 164.408)."""
WHO = frozenset({"dpo", "security-officer", "privacy-officer", *ROLES})


class _File(msgspec.Struct, forbid_unknown_fields=True):
    clock: list[Clock]


def read(own: Path | None) -> tuple[Clock, ...]:
    """The operator's own clocks, else those shipped. Raises ConfigurationError with one sentence."""
    found = tomls.read(own, SHIPPED, _File).clock
    for problem in _problems(found):
        raise ConfigurationError(f"{own}: {problem}")
    return tuple(found)


def _problems(clocks: Sequence[Clock]) -> list[str]:
    ids = [clock.id for clock in clocks]
    return [
        *(f"clock {one} stands there twice." for one in sorted({one for one in ids if ids.count(one) > 1})),
        *(f"clock {clock.id}: hours must be more than 0." for clock in clocks if not 0 < clock.hours < 1e6),
        *(f"clock {clock.id}: nobody is {role}." for clock in clocks for role in clock.who if role not in WHO),
    ]


def readings(record: Record, clocks: Sequence[Clock], now: datetime) -> list[Reading]:
    """Every clock that applies to this incident, in the order of the file."""
    return [_reading(record, clock, now) for clock in clocks if _applies(record, clock)]


def _applies(record: Record, clock: Clock) -> bool:
    """Until somebody decides, the authority's clock runs; people's starts to count with the decision to tell them."""
    in_us = record.of_country("US")
    return {
        "always": True,
        "authority": record.decision("authority") != "do-not-notify",
        "people": record.decision("people") == "notify",
        "us": in_us > 0,
        "us-many": in_us >= MANY,
        "us-few": 0 < in_us < MANY,
    }[clock.applies]


def _reading(record: Record, clock: Clock, now: datetime) -> Reading:
    start = _start(record, clock)
    if start is None:
        return Reading(clock, "not due", None, None)
    due = start + clock.time
    held = record.held_until() if clock.holdable else None
    due = due if held is None else max(due, held)
    done = _done(record, clock)
    return Reading(clock, _verdict(due, done, now), due, done)


def _verdict(due: datetime, done: datetime | None, now: datetime) -> Verdict:
    if done is not None:
        return "met" if done <= due else "missed"
    return "running" if now <= due else "missed"


def _start(record: Record, clock: Clock) -> datetime | None:
    aware = record.aware_at.astimezone(UTC)
    return {
        "aware": aware,
        "closed": record.closed_at,
        "year-end": datetime(aware.year + 1, 1, 1, tzinfo=UTC),
    }[clock.starts]


def _done(record: Record, clock: Clock) -> datetime | None:
    """When the timeline first shows it; an action that failed shows nothing."""
    for entry in record.of(clock.met_by):
        about = entry.said.get("question") or entry.said.get("to") or ""
        if (not clock.about or about == clock.about) and entry.said.get("done", True):
            return entry.moment
    return None
