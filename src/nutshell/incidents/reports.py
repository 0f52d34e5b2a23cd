"""What is handed in: the authority's report in phases (GDPR art. 33(3)-(4)), and the register (art. 33(5))."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from nutshell.audit.chain import START, link
from nutshell.common import clock, tables
from nutshell.common.officers import Officers

from . import notices, queries, timeline
from .types import Clock, Entry, Reading, Record

UNKNOWN = "not known yet"
IN_TIME = timedelta(hours=72)
"""A report after this says why it is late (GDPR art. 33(1))."""
COLUMNS = (
    "number", "state", "summary", "severity", "nature", "cause", "systems", "keys_exposed", "readable", "categories",
    "occurred_at", "detected_at", "aware_at", "contained_at", "closed_at", "subjects", "records", "consequences",
    "measures", "authority", "people", "entries", "last_hash",
)  # fmt: skip


def report(record: Record, officers: Officers) -> dict[str, Any]:
    """What is known now, as JSON. What is not known says so; a later phase tells it."""
    content, scope, assessed = record.content, record.last("scope"), record.last("assessed")
    phase = len(record.of("reported")) + 1
    known = {
        name: content.get(name, UNKNOWN)
        for name in ("summary", "nature", "cause", "categories", "consequences", "measures")
    }
    return {
        "incident": record.number, "phase": phase, "written_at": clock.now().isoformat(), **known,
        "aware_at": content["aware_at"], "occurred_at": content.get("occurred_at", UNKNOWN),
        "subjects": content.get("subjects", UNKNOWN), "records": content.get("records", UNKNOWN),
        "scope": scope.said if scope else UNKNOWN, "data_readable": content.get("readable", UNKNOWN),
        "keys_exposed": content.get("keys_exposed", UNKNOWN), "countries": content.get("countries", UNKNOWN),
        "risk": assessed.said if assessed else UNKNOWN, "notices": notices.counts(record),
        "actions": [entry.said["result"] for entry in record.of("action")],
        "officer": [str(person) for person in officers.dpo] or UNKNOWN,
        "why_late": content.get("why_late", UNKNOWN if clock.now() > record.aware_at + IN_TIME else ""),
    }  # fmt: skip


def as_text(found: dict[str, Any]) -> str:
    """The same for people: a line for each."""
    plain = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()
    }
    return "\n".join(f"{name.replace('_', ' ')}: {text}" for name, text in plain.items()) + "\n"


def keep(record: Record, actor: str, found: dict[str, Any]) -> Entry:
    """That this report was made, by its hash; that it was handed in is told apart (`actions.tell`)."""
    hash_ = link(START, msgspec.json.encode(found, order="sorted")).hex()
    return timeline.add(record.id, "reported", actor, phase=found["phase"], hash=hash_)


def register(clocks: Sequence[Clock], now: datetime) -> str:
    """All incidents as CSV, the first first, with how many clocks were met and missed."""
    rows = (_line(record, found) for record, found in reversed(queries.register(clocks, now)))
    return tables.as_csv([*COLUMNS, "clocks_met", "clocks_missed"], rows)


def _line(record: Record, found: Sequence[Reading]) -> list[Any]:
    verdicts = [reading.verdict for reading in found]
    return [*_row(record), verdicts.count("met"), verdicts.count("missed")]


def _row(record: Record) -> list[Any]:
    contained, closed = record.first("contained"), record.closed_at
    own = {
        "number": record.number, "state": record.state, "authority": record.decision("authority"),
        "people": record.decision("people"), "entries": len(record.entries), "last_hash": timeline.last_hash(record.id),
        "contained_at": contained.moment.isoformat() if contained else "",
        "closed_at": closed.isoformat() if closed else "",
    }  # fmt: skip
    return [own.get(column, record.content.get(column, "")) for column in COLUMNS]
