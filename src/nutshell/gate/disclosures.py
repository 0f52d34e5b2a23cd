"""The accounting of disclosures (45 CFR 164.528): to whom something of a diary was opened in six years, what, when and
what for. It is read from the audit trail; nothing is kept for it besides.

The law lets out what somebody allowed themself. Here all of it stands, because whoever asks wants to know. What the
owner's own apps read with a token is the owner's own reading: it is not written down.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

import msgspec

from nutshell.common import tables

from . import queries
from .types import Actor, LedgerLine, LedgerWish

SIX_YEARS = timedelta(days=6 * 365 + 2)
COLUMNS = ("time", "recipient", "recipient_id", "what", "act", "days", "purpose", "grant_label", "grant")


class Disclosure(msgspec.Struct, frozen=True):
    """What one recipient opened of one collection under one grant, summed up: the first time, the last, how often.

    `recipient` is a name, the owner's label for the grant, or "" where nobody knows any more; `what` a collection, or
    "emergency" for an opening that was explained and not granted.
    """

    recipient: str
    recipient_id: str
    what: str
    writes: bool
    purpose: str
    label: str
    first: datetime
    last: datetime
    times: int


def lines(actor: Actor, now: datetime) -> list[LedgerLine]:
    """Each disclosure of the six years before `now`, the last first. Raises ConsentRequired, Forbidden, Tampered."""
    return queries.ledger(actor, LedgerWish(who="person", kind="disclosure", since=now - SIX_YEARS)).lines


def summed(found: Iterable[LedgerLine]) -> list[Disclosure]:
    """By recipient, grant, collection and whether it was to change something; who came last stands first."""
    alike = sorted(found, key=_key)
    disclosures = [_sum(list(some)) for _, some in groupby(alike, _key)]
    return sorted(disclosures, key=lambda one: one.last, reverse=True)


def _key(line: LedgerLine) -> tuple[str, str, str, bool]:
    return line.actor, str(line.grant or ""), what_of(line), line.writes


def _sum(some: list[LedgerLine]) -> Disclosure:
    one, moments = some[0], [line.at for line in some]
    times = min(moments), max(moments), len(some)
    return Disclosure(one.name or one.label, one.actor, what_of(one), one.writes, one.purpose, one.label, *times)


def what_of(line: LedgerLine) -> str:
    return line.collection or "emergency"


def as_csv(found: Iterable[LedgerLine], zone: tzinfo) -> bytes:
    """Each disclosure on a line, in UTF-8, see `common.tables`. Times carry their offset from UTC."""
    return tables.as_csv(COLUMNS, (_texts(one, zone) for one in found)).encode()


def _texts(one: LedgerLine, zone: tzinfo) -> tuple[str, ...]:
    when = one.at.astimezone(zone).isoformat(timespec="seconds")
    act, grant = "change" if one.writes else "read", str(one.grant) if one.grant else ""
    return (
        when, one.name or one.label, one.actor, what_of(one), act, " ".join(one.about), one.purpose, one.label, grant,
    )  # fmt: skip
