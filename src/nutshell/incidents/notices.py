"""Notices to the people concerned (GDPR art. 34(2), 45 CFR 164.404(c)): drafted, sent in their language, tracked."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from nutshell.accounts import outbox, queries
from nutshell.audit.chain import START, link
from nutshell.common import clock, errors
from nutshell.common.languages import CODES
from nutshell.common.officers import Officers

from . import timeline
from .actions import check_held, checked_text
from .models import AffectedRow
from .types import PARTS, Entry, Record

FALLBACK = "en"
UNTOLD = ("", "unconfirmed")


def draft(record: Record, actor: str, language: str, parts: Mapping[str, str]) -> Entry:
    """The operator's own words in one language; a later draft replaces it. Raises InvalidInput."""
    if language not in CODES:
        raise errors.InvalidInput({"language": f"language must be one of {', '.join(sorted(CODES))}."})
    said = {part: checked_text(part, parts.get(part) or "") for part in PARTS}
    return timeline.add(record.id, "drafted", actor, language=language, **said)


def drafts(record: Record) -> dict[str, dict[str, str]]:
    """The last draft of each language."""
    return {entry.said["language"]: entry.said for entry in record.of("drafted")}


def written(record: Record, language: str, officers: Officers) -> tuple[str, str]:
    """Subject line and text in this language, or in English where nobody wrote it. Raises Conflict without a draft."""
    found = drafts(record)
    said = found.get(language) or found.get(language.partition("-")[0]) or found.get(FALLBACK)
    if said is None:
        raise errors.Conflict("There is no draft in English yet: `nutshell incident notice NUMBER draft`.")
    with translation.override(said["language"]):
        return gettext("What happened to your data at Nutshell"), _body(record, said, officers)


def _body(record: Record, said: Mapping[str, str], officers: Officers) -> str:
    headed = (
        (gettext("What happened"), said["happened"]),
        (gettext("What it may mean for you"), said["consequences"]),
        (gettext("What we have done"), said["measures"]),
        (gettext("What you can do"), said["advice"]),
    )
    parts = [f"{head}\n{text}" for head, text in headed]
    discovered = gettext("We discovered it on %(day)s (UTC).") % {"day": f"{record.aware_at:%Y-%m-%d}"}
    ledger = gettext("Who opened your data, and when: %(link)s") % {"link": f"{settings.NUTSHELL.origin}/access/ledger"}
    return "\n\n".join([*parts, discovered, _contact(officers), ledger])


def _contact(officers: Officers) -> str:
    for person in officers.dpo:
        contact = {"name": person.name, "email": person.email}
        return gettext("Ask our data-protection officer: %(name)s, %(email)s.") % contact
    return gettext("Answer this message if you have a question.")


def send(record: Record, actor: str, officers: Officers) -> Entry:
    """Put a notice on its way to everybody in the scope who has had none. Raises Conflict before the decision, in a
    hold, or undrafted.

    That they were told is written down when the mails have gone out (`track`), not before.
    """
    record = timeline.fresh(record)
    if record.decision("people") != "notify":
        raise errors.Conflict("The committee has not decided to tell people: `nutshell incident vote` first.")
    check_held(record, held=False)
    texts = _hash_of(record, officers).hex()
    rows = AffectedRow.objects.filter(incident_id=record.id, notice__in=UNTOLD)
    states = [_send(record, row, officers) for row in rows.iterator(1_000)]
    counts = {state: states.count(state) for state in sorted(set(states))}
    return timeline.add(record.id, "posted", actor, counts=counts, texts=texts)


def _hash_of(record: Record, officers: Officers) -> bytes:
    """Over the texts of all languages, for the timeline: no person is named in it."""
    texts = [part for language in sorted(CODES) for part in written(record, language, officers)]
    return link(START, "\x00".join(texts).encode())


def _send(record: Record, row: AffectedRow, officers: Officers) -> str:
    state = _posted(record, row, officers)
    row.notice, row.notice_at = state, clock.now()
    row.save(update_fields=["notice", "notice_hash", "notice_at", "mail_id"])
    return state


def _posted(record: Record, row: AffectedRow, officers: Officers) -> str:
    user = next(iter(queries.users_of([row.subject_id])), None)
    address = queries.email_of(user.pk) if user is not None else ""
    if user is None or not address:
        return "no-address"
    subject, body = written(record, user.language or FALLBACK, officers)
    row.notice_hash = link(START, f"{subject}\x00{body}".encode())
    row.mail_id = outbox.queue(address, subject, body, user.pk)
    return "waiting"


def track() -> int:
    """For the worker: which notices have gone out. One that vanished when the outbox gives up is not taken for sent.

    How many changed. When nobody waits and nobody is left unsure, the timeline says that people were told.
    """
    rows = list(AffectedRow.objects.filter(notice="waiting").order_by("id")[:1_000])
    there = outbox.waiting({row.mail_id for row in rows if row.mail_id})
    gone = [row for row in rows if row.mail_id not in there]
    with transaction.atomic():
        for row in gone:
            AffectedRow.objects.filter(pk=row.pk).update(notice=_became(row), mail_id=None)
        for incident in {row.incident_id for row in gone}:
            _tell_done(incident)
    return len(gone)


def _became(row: AffectedRow) -> str:
    in_time = row.notice_at is not None and clock.now() < row.notice_at + outbox.KEPT
    return "sent" if in_time else "unconfirmed"


def _tell_done(incident: UUID) -> None:
    found = _counts(incident)
    if not found.keys() & {"none", "waiting", "unconfirmed"}:
        timeline.add(incident, "notified", "watch", counts=found)


def counts(record: Record) -> dict[str, int]:
    """How many in the scope are at which state: sent, waiting, unconfirmed, no-address, or not told ("none")."""
    return _counts(record.id)


def _counts(incident: UUID) -> dict[str, int]:
    states = [
        state or "none" for state in AffectedRow.objects.filter(incident_id=incident).values_list("notice", flat=True)
    ]
    return {state: states.count(state) for state in sorted(set(states))}
