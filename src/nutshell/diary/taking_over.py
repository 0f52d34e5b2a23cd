"""Taking a whole diary over into another vault: days, notes, own foods, targets. Nothing that is there is lost.

Entries keep their ids, their writers and their values; one that is there already is the same entry.
"""

import msgspec

from nutshell.common.clock import Day as Date
from nutshell.vault.types import Address, OpenVault

from . import days, food_actions, packing, queries
from .actions import author_of
from .addresses import date_at, day_address, months_between, note_address
from .types import Day, Note


def take_days(source: OpenVault, into: OpenVault, first: Date, last: Date) -> int:
    """Days and notes; both days inclusive. How many days with entries. May be repeated."""
    months = months_between(first, last)
    number = sum(_take_day(sheet.content, into) for sheet in source.read_months("diary", months) if sheet.content)
    for sheet in source.read_months("notes", months):
        if sheet.content:
            _take_note(packing.open_note(sheet.content), into)
    return number


def _take_day(content: bytes, into: OpenVault) -> int:
    day = packing.open_day(content)
    author = author_of(into)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        if contents[0] is None:
            return [content]
        return [packing.pack(_joined(packing.open_day(contents[0]), day, author))]

    into.change([day_address(day.date)], edit)
    return int(bool(day.entries))


def _joined(there: Day, taken: Day, author: days.Author) -> Day:
    """Entries that were removed there stay so."""
    fresh = [entry for entry in taken.entries if days.mark_of(there, entry.id) is None]
    joined = days.add(there, fresh, author, "copy")
    return joined if joined.aims is not None else msgspec.structs.replace(joined, aims=taken.aims)


def _take_note(note: Note, into: OpenVault) -> None:
    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        if contents[0] is None:
            return [packing.pack(note)]
        there = packing.open_note(contents[0])
        if not note.text or note.text in there.text:
            return contents
        text = f"{there.text}\n\n{note.text}" if there.text else note.text
        return [packing.pack(msgspec.structs.replace(there, version=there.version + 1, text=text))]

    into.change([note_address(date_at(note.ordinal))], edit)


def take_foods(source: OpenVault, into: OpenVault) -> None:
    """Own foods, under their ids. May be repeated."""
    for food in queries.own_food_list(source):
        food_actions.keep_food(into, food)


def take_record(source: OpenVault, into: OpenVault, address: Address) -> None:
    """One record as it is, where the other vault has none."""
    content = source.read([address])[0].content
    if content is not None:
        into.change([address], lambda now: now if now[0] is not None else [content])
