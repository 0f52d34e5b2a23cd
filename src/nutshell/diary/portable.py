"""A diary as plain values, and back: see `plain` for what they are.

Left out: what can be undone within a day, and the bodies of removed entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import numpy as np

from nutshell.catalog.nutrients import ORDER, ORDER_VERSION, POSITION
from nutshell.common import clock, errors
from nutshell.common.aims import Aim, Aims
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_

from . import checks, days, index, packing
from .addresses import date_at
from .days import Author
from .index import KEPT_DAYS
from .plain import (
    ME,
    Diary,
    Foods,
    Nutrients,
    PlainAim,
    PlainAims,
    PlainDay,
    PlainEntry,
    PlainFood,
    PlainHabit,
    PlainNote,
    PlainRepeat,
    PlainServing,
    PlainState,
    Removed,
)
from .sources import of_own
from .types import (
    MAX_FAVOURITES,
    MAX_OWN_FOODS,
    MAX_REPEATS,
    Day,
    Entry,
    Folded,
    Index,
    Mark,
    Note,
    OwnFood,
    PackedAims,
    Repeat,
    Serving,
    State,
    Usage,
)

_TWICE = N_("This file says the same entry twice.")
_NOWHERE = N_("This file refers to values that are not in it.")
_DATE = N_("This file has a day before 1900 or after 2199.")
_FULL = N_("This file has more than can be kept beside what is here already. Nothing was taken from it.")
_Kept = TypeVar("_Kept")

# ---------- out ----------


def who(subject: UUID | None, me: UUID) -> str:
    return ME if subject is None or subject == me else str(subject)


def nutrients_of(values: bytes) -> dict[str, float]:
    """Each known value with as few digits as make the same float32 again."""
    array = packing.array_of(values)
    known = np.flatnonzero(~np.isnan(array)).tolist()
    return {ORDER[place]: float(str(array[place])) for place in known}


class Tables:
    """What days refer to, each said once."""

    def __init__(self) -> None:
        self._measures: dict[bytes, int] = {}
        self._aims: dict[PlainAims, int] = {}

    def measure(self, values: bytes) -> int:
        return self._measures.setdefault(values, len(self._measures))

    def aims(self, packed: PackedAims) -> int:
        return self._aims.setdefault(_plain_aims(packed), len(self._aims))

    def diary(self, days: Sequence[PlainDay]) -> Diary:
        return Diary(measures=tuple(map(nutrients_of, self._measures)), aims=tuple(self._aims), days=tuple(days))


def _plain_aims(packed: PackedAims) -> PlainAims:
    opened = packing.open_aims(packed)
    return PlainAims(version=opened.version, aims=tuple(_plain_aim(aim) for aim in opened.aims))


def _plain_aim(aim: Aim) -> PlainAim:
    return PlainAim(**{name: getattr(aim, name) for name in PlainAim.__struct_fields__})


def diary_of(days: Iterable[Day], me: UUID) -> Diary:
    tables = Tables()
    return tables.diary([_plain_day(day, tables, me) for day in sorted(days, key=lambda day: day.ordinal)])


def _plain_day(day: Day, tables: Tables, me: UUID) -> PlainDay:
    return PlainDay(
        date=day.date, version=day.version, complete=day.complete,
        entries=tuple(_plain_entry(entry, tables, me) for entry in day.entries),
        removed=tuple(Removed(id=m.id, version=m.version, by=who(m.by, me), at=m.at) for m in day.marks),
        aims=None if day.aims is None else tables.aims(day.aims),
    )  # fmt: skip


_SAME_STATE = ("version", "meal", "position", "time", "amount", "unit", "portion_id", "portion_name", "portion_grams",
               "grams", "scale", "name", "note")  # fmt: skip
_SAME_ENTRY = (*_SAME_STATE, "id", "food_id", "catalog_version", "source", "supplement", "changed_at")
"""Fields that are called and mean the same here and there."""


def _same(source: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def _plain_entry(entry: Entry, tables: Tables, me: UUID) -> PlainEntry:
    previous = None if entry.previous is None else _plain_state(entry.previous, tables, me)
    by = None if entry.changed_by is None else who(entry.changed_by, me)
    return msgspec.convert(
        {**_same(entry, _SAME_ENTRY), "author": who(entry.author, me), "changed_by": by,
         "measure": tables.measure(entry.values), "previous": previous},
        PlainEntry,
    )  # fmt: skip


def _plain_state(state: State, tables: Tables, me: UUID) -> PlainState:
    by = None if state.changed_by is None else who(state.changed_by, me)
    measure = None if state.values is None else tables.measure(state.values)
    return msgspec.convert({**_same(state, _SAME_STATE), "changed_by": by, "measure": measure}, PlainState)


_SAME_FOOD = ("id", "version", "name", "brand", "basis_grams", "barcode", "copied_from", "supplement", "changed_at")


def note_of(note: Note, me: UUID) -> PlainNote:
    return PlainNote(
        date=date_at(note.ordinal), version=note.version, text=note.text, author=who(note.author, me), at=note.at
    )


def food_of(food: OwnFood, me: UUID) -> PlainFood:
    same = _same(food, _SAME_FOOD)
    servings = [_same(one, PlainServing.__struct_fields__) for one in food.servings]
    author = None if food.author is None else who(food.author, me)
    more = {"nutrients": nutrients_of(food.values), "servings": servings, "author": author}
    return msgspec.convert({**same, **more}, PlainFood)


_OTHERWISE_IN_HABITS = ("last", "hours")


def habit_of(usage: Usage) -> PlainHabit:
    names = (name for name in Usage.__struct_fields__ if name not in _OTHERWISE_IN_HABITS)
    more = {"last": date_at(usage.last), "hours": list(usage.hours)}
    return msgspec.convert({**_same(usage, names), **more}, PlainHabit)


def repeat_of(repeat: Repeat) -> PlainRepeat:
    return msgspec.convert(_same(repeat, Repeat.__struct_fields__), PlainRepeat)


# ---------- back ----------


def subject_of(who: str, me: UUID) -> UUID:
    return me if who == ME else UUID(who)


def values_of(nutrients: Nutrients) -> bytes:
    """Raises errors.InvalidInput for a nutrient that Nutshell does not keep."""
    if any(name not in POSITION for name in nutrients):
        raise checks.refuse("nutrients", checks.NUTRIENT)
    return packing.values_of(nutrients)


class Opened:
    """The tables of a file, packed once. Raises errors.InvalidInput for what cannot be kept."""

    def __init__(self, diary: Diary, me: UUID) -> None:
        self.me = me
        self._measures = [values_of(one) for one in diary.measures]
        self._aims = [_packed_aims(one) for one in diary.aims]

    def measure(self, place: int) -> bytes:
        return _at(self._measures, place)

    def aims(self, place: int) -> PackedAims:
        return _at(self._aims, place)

    def day(self, plain: PlainDay) -> Day:
        entries = tuple(self._entry(one) for one in plain.entries)
        ids = [one.id for one in plain.entries] + [one.id for one in plain.removed]
        if len(set(ids)) < len(ids):
            raise checks.refuse("entries", _TWICE)
        marks = tuple(Mark(one.id, one.version, subject_of(one.by, self.me), one.at) for one in plain.removed)
        aims = None if plain.aims is None else self.aims(plain.aims)
        ordinal = _in_calendar(plain.date).toordinal()
        return Day(ordinal, ORDER_VERSION, plain.version, plain.complete, entries, marks, (), aims)

    def _entry(self, plain: PlainEntry) -> Entry:
        _check_texts(plain)
        previous = None if plain.previous is None else self._state(plain.previous)
        if plain.measure is None:
            raise checks.refuse("measure", _NOWHERE)
        return Entry(
            **_same(plain, _SAME_ENTRY), values=self.measure(plain.measure), previous=previous,
            author=subject_of(plain.author, self.me), changed_by=self._by(plain),
        )  # fmt: skip

    def _state(self, plain: PlainState) -> State:
        _check_texts(plain)
        values = None if plain.measure is None else self.measure(plain.measure)
        return State(**_same(plain, _SAME_STATE), changed_by=self._by(plain), values=values)

    def _by(self, plain: PlainState) -> UUID | None:
        return None if plain.changed_by is None else subject_of(plain.changed_by, self.me)


def _at(table: Sequence[_Kept], place: int) -> _Kept:
    if place >= len(table):
        raise checks.refuse("measure", _NOWHERE)
    return table[place]


def _in_calendar(date: Date) -> Date:
    if not clock.FIRST_DAY <= date <= clock.LAST_DAY:
        raise checks.refuse("date", _DATE)
    return date


def _check_texts(*plain: PlainState) -> None:
    for one in plain:
        checks.check_text("meal", one.meal, len(one.meal), empty=False)
        checks.check_text("name", one.name, len(one.name))
        checks.check_text("note", one.note, len(one.note), lines=True)


def _packed_aims(plain: PlainAims) -> PackedAims:
    if any(aim.nutrient not in POSITION for aim in plain.aims):
        raise checks.refuse("nutrients", checks.NUTRIENT)
    aims = tuple(Aim(**_same(aim, PlainAim.__struct_fields__)) for aim in plain.aims)
    return packing.pack_aims(Aims(plain.version, aims))


def note_from(plain: PlainNote, me: UUID) -> Note:
    checks.check_text("note", plain.text, len(plain.text), lines=True)
    ordinal = _in_calendar(plain.date).toordinal()
    return Note(ordinal, plain.version, plain.text, subject_of(plain.author, me), plain.at)


def food_from(plain: PlainFood, me: UUID) -> OwnFood:
    """Raises errors.InvalidInput for what is no food."""
    for text in (plain.name, plain.brand, plain.copied_from, *(one.name for one in plain.servings)):
        checks.check_text("name", text, len(text))
    if plain.basis_grams <= 0 or any(one.grams <= 0 for one in plain.servings):
        raise checks.refuse("servings", checks.SERVING)
    same = _same(plain, _SAME_FOOD)
    servings = tuple(Serving(**_same(one, PlainServing.__struct_fields__)) for one in plain.servings)
    author = None if plain.author is None else subject_of(plain.author, me)
    return OwnFood(**same, order=ORDER_VERSION, values=values_of(plain.nutrients), servings=servings, author=author)


def _usage(plain: PlainHabit) -> Usage:
    checks.check_text("name", plain.name, len(plain.name))
    names = (name for name in Usage.__struct_fields__ if name not in _OTHERWISE_IN_HABITS)
    return Usage(**_same(plain, names), last=_in_calendar(plain.last).toordinal(), hours=bytes(plain.hours))


def _repeat(plain: PlainRepeat) -> Repeat:
    checks.check_text("name", plain.name, len(plain.name))
    return Repeat(**_same(plain, Repeat.__struct_fields__))


# ---------- beside what is there ----------


def joined_day(there: Day | None, taken: Day, author: Author) -> Day:
    """Entries by id: what is there stays as it is, what was removed there stays so. Raises errors.TooLarge."""
    if there is None:
        return taken
    fresh = [entry for entry in taken.entries if days.mark_of(there, entry.id) is None]
    joined = days.add(there, fresh, author, "copy")
    known = {entry.id for entry in joined.entries} | {mark.id for mark in joined.marks}
    marks = tuple(mark for mark in taken.marks if mark.id not in known)
    aims = taken.aims if joined.aims is None else joined.aims
    return msgspec.structs.replace(joined, marks=joined.marks + marks, aims=aims)


def joined_note(there: Note | None, taken: Note) -> Note:
    """Both texts where they differ."""
    if there is None:
        return taken
    if not taken.text or taken.text in there.text:
        return there
    text = f"{there.text}\n\n{taken.text}" if there.text else taken.text
    checks.check_day_note(text)
    return msgspec.structs.replace(there, version=there.version + 1, text=text)


@dataclass(frozen=True)
class Brought:
    """What a file has of foods, checked, and the ids of the entries of its days by ordinal."""

    foods: tuple[OwnFood, ...]
    habits: tuple[Usage, ...]
    repeats: tuple[Repeat, ...]
    days: tuple[Day, ...]


def brought(foods: Foods, taken: Sequence[Day], me: UUID) -> Brought:
    """Raises errors.InvalidInput."""
    own = tuple(food_from(one, me) for one in foods.own)
    return Brought(own, tuple(map(_usage, foods.habits)), tuple(map(_repeat, foods.repeats)), tuple(taken))


def joined_index(there: Index, file: Brought, fresh: Sequence[OwnFood]) -> Index:
    """With the `fresh` own foods, and the habits and repeats that were not there. Raises errors.TooLarge.

    A food whose habit came along has its entries counted already.
    """
    known = {usage.food_id for usage in there.usages}
    habits = tuple(usage for usage in file.habits if usage.food_id not in known)
    repeats = {one.id for one in there.repeats}
    more = tuple(one for one in file.repeats if one.id not in repeats)
    now = msgspec.structs.replace(there, usages=there.usages + habits, repeats=there.repeats + more)
    _check_room(now, len(fresh))
    for food in fresh:
        source = of_own(food)
        now = index.with_own(now, index.ref_of(food, source), source)
    return _counted(now, file.days, {usage.food_id for usage in habits})


def _check_room(now: Index, foods: int) -> None:
    favourites = sum(usage.favourite for usage in now.usages)
    if favourites > MAX_FAVOURITES or len(now.repeats) > MAX_REPEATS or len(now.own) + foods > MAX_OWN_FOODS:
        raise errors.TooLarge(_FULL)


def _counted(now: Index, taken: Iterable[Day], food_ids: set[str]) -> Index:
    seen = {line.ordinal: line for line in now.folded}
    for day in taken:
        ids = {entry.id.bytes[:8] for entry in day.entries if entry.food_id in food_ids}
        line = seen.get(day.ordinal, Folded(day.ordinal, 0, b""))
        joined = b"".join(sorted(ids | index.prefixes(line.ids)))
        if joined != line.ids:
            seen[day.ordinal] = msgspec.structs.replace(line, version=0, ids=joined)
    kept = sorted(seen.values(), key=lambda line: line.ordinal)[-KEPT_DAYS:]
    return msgspec.structs.replace(now, folded=tuple(kept)) if kept != list(now.folded) else now
