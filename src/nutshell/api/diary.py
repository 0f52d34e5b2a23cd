"""The day and its entries, and daily totals over a span."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import msgspec
from django.http import HttpRequest

from nutshell import forms
from nutshell.common import errors
from nutshell.common.aims import Aims, InForce
from nutshell.common.clock import Day
from nutshell.common.texts import N_
from nutshell.diary import actions, queries, views
from nutshell.diary.addresses import day_address
from nutshell.diary.types import Contributors, DayAnswer, EntryView, Trends, Written
from nutshell.diary.views import DayView
from nutshell.gate.actions import enter
from nutshell.gate.types import Actor, Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import shapes
from .requests import day_from, etag, expected_version, id_from, idempotency_key, is_known
from .routing import Reply, Route

IDEMPOTENCY = ("Idempotency-Key", "The same key logs the same thing once, for 24 hours.")
IF_MATCH = ("If-Match", "Write only if it still has this version.")
T = TypeVar("T")
NEW_ENTRY = (forms.LogFood, forms.QuickAdd)


def owner_of(caller: Actor, subject: str) -> UUID | None:
    """Whose diary: that of the address, or the caller's own."""
    return id_from(subject) if subject else caller.subject


def seen(vault: OpenVault, day: Day) -> DayView:
    """The day against the aims that its record carries; where it has none, the targets in force on it."""
    view = queries.day(vault, day)
    return view if view.day.aims is not None else replace(view, given=_reached(vault, day, targets.in_force, Aims()))


def _to_keep(vault: OpenVault, day: Day) -> InForce | None:
    """Fetched together with the day, in one statement. None for whom the targets are not shared with."""

    def both(vault: OpenVault, day: Day) -> InForce:
        vault.fetch([day_address(day), targets.TARGETS])
        return targets.to_keep(vault, day)

    return _reached(vault, day, both, None)


def _reached(vault: OpenVault, day: Day, read: Callable[[OpenVault, Day], T], otherwise: T) -> T:
    """What the targets say, for whoever reaches them."""
    try:
        return read(vault, day)
    except errors.Forbidden:
        return otherwise


def read_day(request: HttpRequest, caller: Actor, date: str, subject: str = "") -> Reply:
    day = day_from(date)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_READ, date) as vault:
        view = seen(vault, day)
        tag = etag(view.version, view.aims_version)
        if is_known(request, tag):
            return Reply(None, 304, {"ETag": tag})
        return Reply(queries.answer(view), headers={"ETag": tag})


def change_day(request: HttpRequest, caller: Actor, date: str, subject: str = "") -> Reply:
    day, wanted = day_from(date), forms.parse_json(forms.CompleteDay, request.body)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_WRITE, date) as vault:
        actions.set_complete(vault, day, wanted.complete, expected_version(request))
        view = seen(vault, day)
        return Reply(queries.answer(view), headers={"ETag": etag(view.version, view.aims_version)})


def log(request: HttpRequest, caller: Actor, date: str, subject: str = "") -> Reply:
    day, new = day_from(date), forms.parse_log(request.body)
    key = idempotency_key(request)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_WRITE, date) as vault:
        aims = _to_keep(vault, day)
        add = actions.quick_add if isinstance(new, forms.QuickAdd) else actions.log
        written = add(vault, day, new.entry(), aims, key)
        return _entry_reply(vault, written, 201)


def _entry_reply(vault: OpenVault, written: Written, status: int) -> Reply:
    """Raises Conflict when an act that its key repeats made an entry that was removed since."""
    if not written.entries:
        raise errors.Conflict(N_("This was logged before and has been removed since."))
    entry = views.entry_answer(written.entries[0], vault.subject)
    return Reply(entry, status, {"ETag": etag(entry.version)})


def change_entry(request: HttpRequest, caller: Actor, date: str, entry: str, subject: str = "") -> Reply:
    day, entry_id = day_from(date), id_from(entry)
    edit = forms.parse_json(forms.ChangeEntry, request.body).edit()
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_WRITE, date) as vault:
        written = actions.change(vault, day, entry_id, edit, expected_version(request), idempotency_key(request))
        if not written.entries:
            written = Written(written.act, (queries.entry(vault, day, entry_id),), written.version)
        return _entry_reply(vault, written, 200)


def remove_entry(request: HttpRequest, caller: Actor, date: str, entry: str, subject: str = "") -> Reply:
    day, entry_id = day_from(date), id_from(entry)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_WRITE, date) as vault:
        _check_entry_version(vault, day, entry_id, expected_version(request))
        actions.remove(vault, day, [entry_id], idempotency_key(request))
        return Reply(None, 204)


def _check_entry_version(vault: OpenVault, day: Day, entry_id: UUID, expected: int | None) -> None:
    if expected is not None and queries.entry(vault, day, entry_id).version != expected:
        raise errors.PreconditionFailed


def trends(request: HttpRequest, caller: Actor, subject: str = "") -> Reply:
    wanted = forms.parse_query(forms.TrendQuery, request.GET)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_READ, f"{wanted.first}/{wanted.last}") as vault:
        return Reply(queries.trends(vault, wanted.first, wanted.last, wanted.ids))


def report(request: HttpRequest, caller: Actor, subject: str = "") -> Reply:
    wanted = forms.parse_query(forms.ReportQuery, request.GET)
    queries.check_report_span(wanted.first, wanted.last)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_READ, f"{wanted.first}/{wanted.last}") as vault:
        means = queries.averages(vault, wanted.first, wanted.last, wanted.complete)
        groups = queries.mean_report(means, _reached(vault, wanted.last, targets.in_force, Aims()))
    return Reply(shapes.Report(means.first, means.last, means.complete_only, means.days, means.of, groups))


def foods_of(request: HttpRequest, caller: Actor, subject: str = "") -> Reply:
    wanted = forms.parse_query(forms.FoodsQuery, request.GET)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_READ, f"{wanted.first}/{wanted.last}") as vault:
        return Reply(queries.contributors(vault, wanted.first, wanted.last, wanted.nutrient, wanted.limit))


SPAN = (("from!", "string", "first day"), ("to!", "string", "last day"))
OWN_ROUTES = (
    Route("GET", "/diary/{date}", read_day, "One day: entries, totals with coverage, targets",
          scope="diary:read", answers=DayAnswer),
    Route("PATCH", "/diary/{date}", change_day, "Mark the day complete, or not", scope="diary:write",
          takes=forms.CompleteDay, answers=DayAnswer, headers=(IF_MATCH,)),
    Route("POST", "/diary/{date}/entries", log, "Log a food, or quickly add energy and macronutrients",
          scope="diary:write", takes=NEW_ENTRY, answers=EntryView, status=201, headers=(IDEMPOTENCY,)),
    Route("PATCH", "/diary/{date}/entries/{entry}", change_entry, "Change an entry", scope="diary:write",
          takes=forms.ChangeEntry, answers=EntryView, headers=(IF_MATCH, IDEMPOTENCY)),
    Route("DELETE", "/diary/{date}/entries/{entry}", remove_entry, "Remove an entry", scope="diary:write",
          status=204, headers=(IF_MATCH, IDEMPOTENCY)),
    Route("GET", "/trends", trends, "Daily totals of up to ten nutrients, with coverage", scope="diary:read",
          answers=Trends, query=(*SPAN, ("nutrients!", "string", "nutrient ids, separated by commas"))),
    Route("GET", "/report", report, "Means a day of up to a year, with coverage, against the targets of its last day",
          scope="diary:read", answers=shapes.Report,
          query=(*SPAN, ("complete", "boolean", "only days that are marked complete"))),
    Route("GET", "/report/foods", foods_of, "Which foods gave a nutrient, the largest part first", scope="diary:read",
          answers=Contributors, query=(*SPAN, ("nutrient!", "string", "nutrient id"),
                                       ("limit", "integer", "how many foods at most, 20 unless said"))),
)  # fmt: skip


def of_another(route: Route) -> Route:
    """The same under somebody's grant to me. It takes a session: a token opens its owner's data only."""
    return msgspec.structs.replace(
        route, path=f"/people/{{subject}}{route.path}", caller="session", scope="",
        summary=f"{route.summary}, of somebody who shares it with me",
    )  # fmt: skip


ROUTES = (*OWN_ROUTES, *map(of_another, OWN_ROUTES))
