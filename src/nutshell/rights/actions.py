"""Changes: what people ask, and what the officer answers. Each leaves one leaf in the trail, without its words."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from nutshell.accounts import outbox
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.common.officers import Officers, Person
from nutshell.common.texts import N_

from . import policy, rows
from .models import RequestRow
from .types import LENGTH, LONGEST, Kind, Request, State, Words

TRIES = 5
MANY = N_("Ten requests of yours wait for an answer. Wait for one, or write to the officer by e-mail.")
NOT_NOW = N_("This cannot be done any more. Look at it again.")
LATE = N_("The first month is over: the time can only be extended within it.")
_MAILS = {
    "made": "A request waits",
    "disagreed": "Somebody disagrees with an answer",
    "soon": "A request is due soon",
    "missed": "A request was not answered in time",
}
"""To the officers, in the installation's own language. What was asked stands at the console only."""

# ---------- by people ----------


def ask(actor: Actor, kind: Kind, text: str, officers: Officers) -> int:
    """A request's number. The officer is told at once. Raises ConsentRequired before there are keys, Conflict."""
    subject = _subject(actor)
    if RequestRow.objects.filter(subject_id=subject, state="open").count() >= policy.MOST_OPEN:
        raise errors.Conflict(MANY)
    row = _stored(subject, kind, Words(_checked(text)))
    tell_officers(row, "made", officers.dpo)
    return int(row.number)


def _stored(subject: UUID, kind: Kind, words: Words) -> RequestRow:
    now = clock.now()
    for _again in range(TRIES):
        number = (RequestRow.objects.aggregate(Max("number"))["number__max"] or 0) + 1
        row = RequestRow(number=number, subject_id=subject, kind=kind, made_at=now, due_at=policy.due(now))
        row.sealed = rows.seal(row, words)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
                _tell(row, str(subject), "made")
        except IntegrityError:
            continue  # somebody else's request got this number
        return row
    raise errors.Unavailable


def disagree(actor: Actor, number: int, text: str, officers: Officers) -> None:
    """A statement of disagreement with a denied amendment, kept beside it. Raises NotFound, Conflict."""
    row = _row(Q(number=number, subject_id=_subject(actor)))
    words = rows.words_of(row)
    if row.state != "denied" or words.disagreement:
        raise errors.Conflict(NOT_NOW)
    _say(row, msgspec.structs.replace(words, disagreement=_checked(text)), str(row.subject_id), "disagreed")
    tell_officers(row, "disagreed", officers.dpo)


def _subject(actor: Actor) -> UUID:
    """A frozen account's too: asking the officer needs no keys."""
    if actor.subject is None:
        raise errors.ConsentRequired
    return actor.subject


# ---------- by the officer, whose console sends no mail: the worker does (`watching`) ----------


def read(number: int, by: str) -> Request:
    """Open a request for an operator. Raises NotFound, Tampered."""
    row = _row(Q(number=number))
    found = rows.opened(row)
    with transaction.atomic():
        _tell(row, by, "read")
    return found


def answer(number: int, state: State, text: str, by: str, name: str) -> None:
    """Raises NotFound, Conflict where it has an answer, InvalidInput."""
    row = _row(Q(number=number))
    if row.state != "open" or state not in policy.OUTCOMES[row.kind]:
        raise errors.Conflict(NOT_NOW)
    words = msgspec.structs.replace(rows.words_of(row), answer=_checked(text), by=name)
    _say(row, words, by, state, state=state, answered_at=clock.now(), untold=True)


def extend(number: int, why: str, by: str) -> None:
    """Once, within the first month, and the person is told why. Raises NotFound, Conflict, InvalidInput."""
    row, now = _row(Q(number=number)), clock.now()
    if row.state != "open" or row.extended_at:
        raise errors.Conflict(NOT_NOW)
    if now > row.due_at:
        raise errors.Conflict(LATE)
    words = msgspec.structs.replace(rows.words_of(row), why_later=_checked(why))
    later = policy.due_later(row.kind, row.made_at)
    _say(row, words, by, "extended", extended_at=now, due_at=later, reminded="", untold=True)


def rebut(number: int, text: str, by: str) -> None:
    """Once, to a statement of disagreement. Raises NotFound, Conflict, InvalidInput."""
    row = _row(Q(number=number))
    words = rows.words_of(row)
    if not words.disagreement or words.rebuttal:
        raise errors.Conflict(NOT_NOW)
    _say(row, msgspec.structs.replace(words, rebuttal=_checked(text)), by, "rebutted", untold=True)


# ---------- shared ----------


def _row(wanted: Q) -> RequestRow:
    """Raises NotFound, for another's request as for none."""
    found = RequestRow.objects.filter(wanted).first()
    if found is None:
        raise errors.NotFound
    return found


def _checked(text: str) -> str:
    """Raises InvalidInput."""
    stripped = text.replace("\r\n", "\n").strip()
    if not 1 <= len(stripped) <= LONGEST or "\0" in stripped:
        raise errors.InvalidInput({"text": LENGTH})
    return stripped


def _say(row: RequestRow, words: Words, by: str, act: str, **values: object) -> None:
    """Compare-and-swap over all that is stored: what the other side said meanwhile stands. Raises Conflict."""
    as_read = RequestRow.objects.filter(id=row.id, sealed=bytes(row.sealed), state=row.state)
    with transaction.atomic():
        if not as_read.update(sealed=rows.seal(row, words), **values):
            raise errors.Conflict(NOT_NOW)
        _tell(row, by, act)


def _tell(row: RequestRow, actor: str, act: str) -> None:
    audit.record("request", row.subject_id, actor, reason=act, references=(row.id.bytes,))


def tell_officers(row: RequestRow, about: str, people: Sequence[Person]) -> None:
    due = f"{row.due_at:%Y-%m-%d %H:%M} UTC"
    subject = f"{_MAILS[about]}: number {row.number}"
    for person in people:
        body = f"{subject}, {row.kind}, due {due}.\n\nRead and answer it at the operators' console."
        outbox.send(person.email, subject, body, None)
