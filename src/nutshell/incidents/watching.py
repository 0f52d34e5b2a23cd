"""What nobody has to think of: incidents that the product declares itself, and reminders of clocks that run."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from nutshell.accounts import outbox
from nutshell.audit.types import Finding
from nutshell.common import clock, errors
from nutshell.common.officers import Officers, Person
from nutshell.vault.keystore.alarms import MARK
from nutshell.vault.keystore.types import Alarm

from . import actions, timeline
from .clocks import readings
from .types import Clock, Reading, Record

log = logging.getLogger(__name__)
T = TypeVar("T")
ITSELF = "watch"
"""Who acts, in timeline and trail, where the product does it by itself."""
SOON = 0.75
"""Share of a clock's time after which whoever must act is reminded."""
MAIL_STANDS = timedelta(minutes=15)
"""A mail that waits for so long says that the mail channel is down."""

_NATURE = {"node-frozen": "confidentiality", "canary-opened": "confidentiality", "trail": "integrity",
           "timeline": "integrity"}  # fmt: skip


def declare_alarms(alarms: Sequence[Alarm]) -> int:
    """An incident for what the key store rang for; while one from the same node is open, that one gets it as evidence.

    How many were new. May be repeated: an alarm is known by its number and moment.
    """
    new = [alarm for alarm in alarms if not actions.declared_by(_mark(alarm))]
    for alarm in new:
        _note(alarm.kind, f"{alarm.kind} {alarm.node}", alarm.sentence(), alarm.at, _mark(alarm))
    return len(new)


def _mark(alarm: Alarm) -> str:
    return f"alarm {alarm.id} {alarm.at.isoformat()}"


def declare_findings(findings: Sequence[Finding]) -> int:
    """The audit trail does not say any more what it said. One incident while it is open."""
    codes = sorted({finding.code for finding in findings})
    if codes and not _open_about("trail"):
        _note("trail", "trail", f"The audit trail does not match: {', '.join(codes)}.", clock.now(), "")
        return 1
    return 0


def watched(task: Callable[[], T]) -> T:
    """Do a task that notices by itself where the trail was changed. Raises what it raises."""
    try:
        return task()
    except errors.Tampered:
        declare_findings([Finding("forked", 0)])
        raise


def _note(kind: str, about: str, sentence: str, at: datetime, mark: str) -> None:
    known = _open_about(about)
    if known is not None:
        timeline.add(known.id, "evidence", ITSELF, name=sentence, mark=mark)
        return
    moment = min(at, clock.now()).isoformat()
    content = {
        "summary": sentence,
        "nature": _NATURE[kind],
        "systems": about,
        "detected_at": moment,
        "aware_at": moment,
    }
    actions.declare(ITSELF, content, source="alarm", mark=mark)


def _open_about(about: str) -> Record | None:
    for record in open_incidents():
        if record.entries[0].actor == ITSELF and record.entries[0].said["systems"] == about:
            return record
    return None


def open_incidents() -> list[Record]:
    """All that can be read and are not closed, the newest first."""
    return [record for record in timeline.records() if record.state not in ("closed", "altered")]


# ---------- reminders ----------


def remind(clocks: Sequence[Clock], officers: Officers, host: str) -> int:
    """Each clock once when its time is nearly up, to whoever must act, and once when it is missed, to everybody.

    How many reminders. They go by mail and to the operator's terminal, which needs no mail server.
    """
    found = timeline.records()
    for record in found:
        if record.state == "altered":
            _declare_altered(record)
    return sum(_remind(record, clocks, officers, host) for record in found if record.state != "altered")


def _declare_altered(record: Record) -> None:
    """An incident of its own, once: the altered one takes no entry that could be believed."""
    mark = f"timeline {record.number}"
    if not actions.declared_by(mark):
        sentence = f"The timeline of incident {record.number} is not as it was written: `nutshell incident verify`."
        _note("timeline", mark, sentence, clock.now(), mark)


def _remind(record: Record, clocks: Sequence[Clock], officers: Officers, host: str) -> int:
    now, done = clock.now(), 0
    for reading in readings(record, clocks, now):
        stage = _stage(reading, now)
        if stage and not _was(record, reading.clock.id, stage):
            people = officers.everybody() if stage == "missed" else _who(reading.clock, officers)
            _say(record, reading.clock.id, stage, people, _sentence(record, reading, stage), host)
            done += 1
    return done + _mail_down(record, officers, host, now)


def _stage(reading: Reading, now: datetime) -> str:
    if reading.met_at is not None or reading.due is None:
        return ""
    if reading.verdict == "missed":
        return "missed"
    return "soon" if now >= reading.due - (1 - SOON) * reading.clock.time else ""


def _was(record: Record, about: str, stage: str) -> bool:
    return any((entry.said["clock"], entry.said["stage"]) == (about, stage) for entry in record.of("reminded"))


def _who(clock_: Clock, officers: Officers) -> tuple[Person, ...]:
    """Holders and deputies alike: whoever is away has somebody beside them."""
    return tuple(dict.fromkeys(person for role in clock_.who for person in officers.of(role)))


def _sentence(record: Record, reading: Reading, stage: str) -> str:
    when = f"{reading.due:%Y-%m-%d %H:%M} UTC"
    word = "was due" if stage == "missed" else "is due"
    return f"Incident {record.number}: {reading.clock.task} {word} {when} ({reading.clock.source})."


def _mail_down(record: Record, officers: Officers, host: str, now: datetime) -> int:
    since = outbox.waits_since()
    if record.state == "closed" or since is None or now - since < MAIL_STANDS or _was(record, "mail", "down"):
        return 0
    sentence = (
        f"Incident {record.number}: no mail has gone out since {since:%Y-%m-%d %H:%M} UTC. Call the people instead."
    )
    _say(record, "mail", "down", officers.everybody(), sentence, host)
    return 1


def _say(record: Record, about: str, stage: str, people: Sequence[Person], sentence: str, host: str) -> None:
    """The entry first: of two workers the second one's is refused, so nobody is reminded twice."""
    names = [person.name for person in people]
    timeline.add(record.id, "reminded", ITSELF, clock=about, stage=stage, people=names)
    record.entries = timeline.record(record.number).entries
    log.error("%s%s", MARK, sentence)
    for person in people:
        outbox.send(person.email, f"Incident {record.number} at {host}", f"{sentence}\n\n{HOW}", None)


HOW = "What to do: `nutshell incident show` on the machine, and docs/how-to/when-something-happened.md."
