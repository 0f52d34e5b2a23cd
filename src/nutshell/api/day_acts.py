"""More of the day: several foods in one act, the order of a meal, the note, and what was done and can be undone."""

from uuid import UUID

import msgspec
from django.http import HttpRequest

from nutshell import forms
from nutshell.common.clock import Day
from nutshell.diary import actions, queries
from nutshell.diary.addresses import day_address, note_address
from nutshell.diary.types import Change, DayAnswer, EntryView
from nutshell.gate.actions import enter
from nutshell.gate.types import Actor, Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from .diary import IDEMPOTENCY, IF_MATCH, of_another, owner_of, seen
from .requests import day_from, etag, expected_version, id_from, idempotency_key
from .routing import Reply, Route


class Logged(msgspec.Struct, frozen=True):
    """What one act made; `act` undoes it."""

    act: UUID
    entries: tuple[EntryView, ...]


class NoteAnswer(msgspec.Struct, frozen=True):
    """The note of a day; version 0 and an empty text where there is none."""

    date: str
    note: str
    version: int


class Changes(msgspec.Struct, frozen=True):
    """The acts of the last 24 hours, the latest first."""

    items: list[Change]


def log_several(request: HttpRequest, caller: Actor, date: str) -> Reply:
    day, wanted = day_from(date), forms.parse_json(forms.LogMany, request.body)
    with enter(caller, caller.subject, Purpose.DIARY_WRITE) as vault:
        vault.read([day_address(day), targets.TARGETS])
        news = [one.entry() for one in wanted.entries]
        key = idempotency_key(request) or wanted.key
        written = actions.log_many(vault, day, news, targets.to_keep(vault, day), key)
        return Reply(Logged(written.act, queries.entry_views(written.entries, vault.subject)), 201)


def reorder(request: HttpRequest, caller: Actor, date: str) -> Reply:
    day, wanted = day_from(date), forms.parse_json(forms.ReorderEntries, request.body)
    with enter(caller, caller.subject, Purpose.DIARY_WRITE) as vault:
        actions.reorder(vault, day, wanted.entries)
        return _day_reply(vault, day)


def _day_reply(vault: OpenVault, day: Day) -> Reply:
    view = seen(vault, day)
    return Reply(queries.answer(view), headers={"ETag": etag(view.version, view.aims_version)})


def read_note(_request: HttpRequest, caller: Actor, date: str, subject: str = "") -> Reply:
    day = day_from(date)
    with enter(caller, owner_of(caller, subject), Purpose.NOTES_READ, date) as vault:
        return _note_reply(vault, day)


def write_note(request: HttpRequest, caller: Actor, date: str, subject: str = "") -> Reply:
    day, wanted = day_from(date), forms.parse_json(forms.DayNote, request.body)
    version = expected_version(request)
    with enter(caller, owner_of(caller, subject), Purpose.NOTES_WRITE, date) as vault:
        vault.read([note_address(day)])
        actions.set_note(vault, day, wanted.note, wanted.version if version is None else version)
        return _note_reply(vault, day)


def _note_reply(vault: OpenVault, day: Day) -> Reply:
    note = queries.note(vault, day)
    text, version = (note.text, note.version) if note else ("", 0)
    return Reply(NoteAnswer(day.isoformat(), text, version), headers={"ETag": etag(version)})


def changes(_request: HttpRequest, caller: Actor, date: str) -> Reply:
    day = day_from(date)
    with enter(caller, caller.subject, Purpose.DIARY_READ) as vault:
        return Reply(Changes(queries.changes(vault, day)))


def undo(_request: HttpRequest, caller: Actor, date: str, act: str, subject: str = "") -> Reply:
    """In another's diary, of one's own acts only."""
    day, act_id = day_from(date), id_from(act)
    with enter(caller, owner_of(caller, subject), Purpose.DIARY_WRITE, date) as vault:
        (actions.undo_own if subject else actions.undo)(vault, day, act_id)
        return _day_reply(vault, day)


NOTES = (
    Route("GET", "/diary/{date}/note", read_note, "The note of a day", scope="notes:read", answers=NoteAnswer),
    Route("PUT", "/diary/{date}/note", write_note, "Keep a note of the day; an empty one is removed",
          scope="notes:write", takes=forms.DayNote, answers=NoteAnswer, headers=(IF_MATCH,)),
)  # fmt: skip
UNDO = Route("POST", "/diary/{date}/changes/{act}/undo", undo, "Undo one of these acts", scope="diary:write",
             answers=DayAnswer)  # fmt: skip
ROUTES = (
    Route("POST", "/diary/{date}/entries/several", log_several, "Log several foods in one act", scope="diary:write",
          takes=forms.LogMany, answers=Logged, status=201, headers=(IDEMPOTENCY,)),
    Route("PUT", "/diary/{date}/order", reorder, "Put the entries of a meal in this order", scope="diary:write",
          takes=forms.ReorderEntries, answers=DayAnswer),
    *NOTES,
    *map(of_another, NOTES),
    Route("GET", "/diary/{date}/changes", changes, "What was done on a day in the last 24 hours", scope="diary:read",
          answers=Changes),
    UNDO,
    of_another(UNDO),
)  # fmt: skip
