"""The access ledger: who read or changed what, when, under which grant. It takes a session."""

from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest

from nutshell import forms
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.gate import disclosures as accounting
from nutshell.gate import queries
from nutshell.gate.types import Actor, LedgerLine, LedgerWish

from . import shapes
from .routing import Reply, Route

CSV = "text/csv; charset=utf-8; header=present"
FILTER = (
    ("who", "string", "me, machine, or the subject id of a person"),
    ("kind", "string", "read, change, refused, log-in, grant, security, data or keys"),
    ("from", "string", "first day, UTC"), ("to", "string", "last day, UTC"), ("grant", "string", "id of a grant"),
)  # fmt: skip
PAGING = (
    ("before", "integer", "`next` of the page before"),
    ("limit", "integer", "lines of a page, 1 to 500"),
)


def _wish(request: HttpRequest) -> LedgerWish:
    asked = forms.parse_query(forms.LedgerQuery, request.GET)
    until = asked.last + timedelta(days=1) if asked.last else None
    return LedgerWish(asked.who, asked.kind, _start(asked.first), _start(until), asked.grant, asked.before, asked.limit)


def _start(day: Day | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def ledger(request: HttpRequest, caller: Actor) -> Reply:
    found = queries.ledger(caller, _wish(request))
    return Reply(shapes.Ledger([_line(one) for one in found.lines], found.next or None))


def _line(one: LedgerLine) -> shapes.LedgerLine:
    return shapes.LedgerLine(
        one.at, one.kind, one.actor, str(one.grant) if one.grant else None, one.reason, one.by, one.name, one.label,
        one.collection, one.writes, list(one.about),
    )  # fmt: skip


def table(request: HttpRequest, caller: Actor) -> Reply:
    """Everything that was asked for at once, whatever the pages hold."""
    wish = _wish(request)
    everything = LedgerWish(wish.who, wish.kind, wish.since, wish.until, wish.grant)
    named = {"Content-Disposition": 'attachment; filename="nutshell-ledger.csv"'}
    return Reply(queries.ledger_csv(caller, everything, UTC), headers=named, media=CSV)


def disclosures(request: HttpRequest, caller: Actor) -> Reply:
    found = accounting.summed(accounting.lines(caller, clock.now()))
    return Reply(shapes.Disclosures(found))


def disclosures_table(request: HttpRequest, caller: Actor) -> Reply:
    named = {"Content-Disposition": 'attachment; filename="nutshell-disclosures.csv"'}
    table = accounting.as_csv(accounting.lines(caller, clock.now()), UTC)
    return Reply(table, headers=named, media=CSV)


ROUTES = (
    Route("GET", "/audit", ledger, "Who opened or changed my data, under which grant; what was done with my account",
          "session", answers=shapes.Ledger, query=(*FILTER, *PAGING)),
    Route("GET", "/audit.csv", table, "The same as a table (RFC 4180), all of it; formulas are made harmless",
          "session", media=CSV, query=FILTER),
    Route("GET", "/disclosures", disclosures,
          "To whom something of mine was opened in six years: what, what for, how often", "session",
          answers=shapes.Disclosures),
    Route("GET", "/disclosures.csv", disclosures_table, "Each of them on a line (RFC 4180)", "session", media=CSV),
)  # fmt: skip
