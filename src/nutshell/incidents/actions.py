"""Changes: declaring, acknowledging, assessing, holding, telling, closing. Each is one entry of the timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from django.db import IntegrityError, transaction

from nutshell.common import clock, errors

from . import timeline
from .models import Incident
from .types import CONTENT, FACTORS, Entry, Nature, Record, Severity

_CLOSED_LISTS = {"severity": get_args(Severity), "nature": get_args(Nature)}
_MOMENTS = ("occurred_at", "detected_at", "aware_at")
_COUNTS = ("subjects", "records")
LONGEST_TEXT = 4_000


def declare(actor: str, content: Mapping[str, Any], source: str = "person", mark: str = "") -> Record:
    """A new incident. `content` needs a `summary`; who does not say otherwise is aware since now.

    `mark` names an alarm that declared it, so that one alarm declares one incident. Raises InvalidInput.
    """
    now = clock.now().isoformat()
    said = {"detected_at": now, "aware_at": now, "severity": "high", "nature": "confidentiality", **content}
    if not str(said.get("summary", "")).strip():
        raise errors.InvalidInput({"summary": "Say in one sentence what happened."})
    _check(said)
    return timeline.record(_begun(actor, {**said, "source": source, "mark": mark}))


def _begun(actor: str, said: dict[str, Any]) -> int:
    try:
        with transaction.atomic():
            number = (Incident.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
            timeline.begin(number, actor, said)
    except IntegrityError:
        raise errors.Conflict from None
    return number


def correct(record: Record, actor: str, content: Mapping[str, Any]) -> Entry:
    """Say what is known better now; what was said before stays in the timeline. Raises InvalidInput."""
    if not content:
        raise errors.InvalidInput({"content": "Say what is to be corrected."})
    _check(content)
    return timeline.add(record.id, "corrected", actor, **content)


def _check(content: Mapping[str, Any]) -> None:
    """Raises InvalidInput with a sentence for each thing that is wrong."""
    wrong = {name: sentence for name, value in content.items() if (sentence := _wrong(name, value))}
    if wrong:
        raise errors.InvalidInput(wrong)


def _wrong(name: str, value: Any) -> str:
    if name not in CONTENT:
        return f"{name} is nothing that a breach record has."
    if name in _CLOSED_LISTS:
        return "" if value in _CLOSED_LISTS[name] else f"{name} must be one of {', '.join(_CLOSED_LISTS[name])}."
    if name in _MOMENTS:
        return _wrong_moment(name, value)
    if name in _COUNTS:
        return "" if isinstance(value, int) and 0 <= value <= 10**12 else f"{name} must be a whole number."
    if name == "countries":
        return _wrong_countries(value)
    fits = isinstance(value, str) and len(value.strip()) > 0 and len(value) <= LONGEST_TEXT and "\x00" not in value
    return "" if fits else f"{name} must be a text of 1 to {LONGEST_TEXT} characters."


def _wrong_moment(name: str, value: Any) -> str:
    sentence = f"{name} must be a moment like 2026-11-27T14:05+00:00, not in the future."
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return sentence
    return "" if moment.tzinfo is not None and moment <= clock.now() else sentence


def _wrong_countries(value: Any) -> str:
    good = isinstance(value, Mapping) and all(
        len(code) == 2 and code.isalpha() and code.isupper() and type(count) is int and count >= 0
        for code, count in value.items()
    )
    return "" if good else "countries must read DE=120,US=4."


def acknowledge(record: Record, actor: str, commander: str) -> Entry:
    """Somebody is there, and commands from now on. Raises InvalidInput for no name."""
    return timeline.add(record.id, "acknowledged", actor, commander=checked_text("commander", commander))


def checked_text(name: str, value: str) -> str:
    """Raises InvalidInput under this name."""
    if sentence := _wrong("summary", value):
        raise errors.InvalidInput({name: sentence.replace("summary", name, 1)})
    return value.strip()


def keep_evidence(record: Record, actor: str, name: str, sha256: str) -> Entry:
    """That a file with this SHA-256 was kept; the file itself stays where it is."""
    return timeline.add(record.id, "evidence", actor, name=checked_text("name", name), sha256=sha256)


def assess(record: Record, actor: str, factors: Mapping[str, str], low: bool) -> Entry:
    """The four factors (45 CFR 164.402(2)), and whether they show a low probability that the data was compromised.

    Raises InvalidInput while one of them is blank.
    """
    blank = {name: f"{name} is missing: all four factors are assessed." for name in FACTORS if not factors.get(name)}
    if blank:
        raise errors.InvalidInput(blank)
    said = {name: checked_text(name, factors[name]) for name in FACTORS}
    return timeline.add(record.id, "assessed", actor, **said, low=low)


def hold(record: Record, actor: str, authority: str, until: datetime, statement: str) -> Entry:
    """Law enforcement asks not to tell people before a moment (45 CFR 164.412). Raises InvalidInput."""
    if until.tzinfo is None or until <= clock.now():
        raise errors.InvalidInput({"until": "A hold lasts until a moment in the future."})
    said = {"authority": checked_text("authority", authority), "statement": checked_text("statement", statement)}
    return timeline.add(record.id, "held", actor, **said, until=until.isoformat())


def release(record: Record, actor: str) -> Entry:
    """The hold is over. Raises Conflict where there is none."""
    record = timeline.fresh(record)
    check_held(record, held=True)
    return timeline.add(record.id, "released", actor)


def check_held(record: Record, held: bool) -> None:
    """Raises Conflict if there is a hold in force, or (`held`) if there is none."""
    until = record.held_until()
    in_force = until is not None and until > clock.now()
    if in_force and not held:
        raise errors.Conflict(f"Law enforcement asked to wait until {until:%Y-%m-%d %H:%M} UTC: nobody is told before.")
    if held and not in_force:
        raise errors.Conflict("There is no hold in force.")


def tell(record: Record, actor: str, to: str, reference: str) -> Entry:
    """That an authority, the processors or the media were told, their own way; `reference` is theirs or a hash."""
    return timeline.add(
        record.id, "told", actor, to=checked_text("to", to), reference=checked_text("reference", reference)
    )


def contain(record: Record, actor: str) -> Entry:
    """It is contained. Raises Conflict while no containment action has been carried out."""
    record = timeline.fresh(record)
    if not any(entry.said["done"] for entry in record.of("action")):
        raise errors.Conflict("Nothing was done yet: `nutshell incident act` first.")
    return timeline.add(record.id, "contained", actor)


def close(record: Record, actor: str, reason: str) -> Entry:
    """Raises Conflict unless it is contained, and both questions are decided."""
    record = timeline.fresh(record)
    if record.state != "contained":
        raise errors.Conflict("An incident is closed after it was contained: `nutshell incident act NUMBER contained`.")
    undecided = [question for question in ("authority", "people") if not record.decision(question)]
    if undecided:
        raise errors.Conflict(f"Not decided yet: whether to notify {' and '.join(undecided)}.")
    return timeline.add(record.id, "closed", actor, reason=checked_text("reason", reason))


def learn(record: Record, actor: str, lesson: str, owner: str, due: str) -> Entry:
    """A lesson with its owner and the day until which it is carried out. Conflict before the incident is closed."""
    said = {"lesson": checked_text("lesson", lesson), "owner": checked_text("owner", owner)}
    try:
        day = clock.parse_day(due)
    except ValueError:
        raise errors.InvalidInput({"due": "A day reads 2026-12-31."}) from None
    return timeline.add(record.id, "lesson", actor, **said, due=day.isoformat())


def declared_by(mark: str) -> UUID | None:
    """The incident that this alarm declared or was added to, None for a new alarm."""
    for record in timeline.records():
        if any(entry.said.get("mark") == mark for entry in record.of("declared", "evidence")):
            return record.id
    return None
