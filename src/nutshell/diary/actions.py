"""What a person (or who they let) does to a diary. Each act is one vault transaction on fresh contents.

Idempotency: the key's result is the act's id. An act that made entries has the id of the first of
them, so a repeated request finds what the first one made.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec

from nutshell.catalog.nutrients import POSITION
from nutshell.common import clock, errors, ids
from nutshell.common.aims import InForce
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_
from nutshell.vault.types import AlreadyDone, Once, OpenVault

from . import checks, days, notes, packing
from .addresses import date_at, day_address, note_address
from .days import Author
from .meals import slot
from .sources import Amount, Source, amount_of, in_portions, in_weight, sources
from .types import (
    MAX_ENTRIES,
    QUICK,
    SLOTS,
    UNITS,
    WATER,
    Act,
    Day,
    Edit,
    Entry,
    NewEntry,
    NewQuick,
    Note,
    Repeat,
    Written,
)

_QUICK_NUTRIENTS = {"kcal": "208", "protein": "203", "carbs": "205", "fat": "204", "alcohol": "221"}
_PORTION_NEEDED = N_("Choose grams or a portion for this amount.")
_NOT_QUICK = N_("Only a quick add can be changed like this. Change the amount instead.")
_IS_QUICK = N_("A quick add has no amount. Change its energy instead.")
_TOO_MANY = N_("Choose at most 500 entries.")
_SAME_DAY = N_("Choose another day, or change the meal of the entries.")
_GONE = N_("This was logged before and has been removed since.")

DayEdit = Callable[[Day], Day]


def author_of(vault: OpenVault) -> Author:
    return Author(vault.author, vault.subject, int(clock.now().timestamp()))


# ── logging ──────────────────────────────────────────────────────────────────


def log(vault: OpenVault, day: Date, new: NewEntry, aims: InForce | None = None, key: str | None = None) -> Written:
    """Logs one food; see `log_many`."""
    return log_many(vault, day, [new], aims, key)


def log_many(
    vault: OpenVault, day: Date, news: Sequence[NewEntry], aims: InForce | None = None, key: str | None = None
) -> Written:
    """Logs foods of the catalog or own ones (feat-L4) with their snapshots; `aims` are those in force today.

    A used idempotency `key`, or an entry id that is there already, logs nothing twice. Raises
    errors.NotFound for an unknown food, InvalidInput for amounts, Conflict for an id that was removed.
    """
    _check_number(len(news))
    found = sources(vault, [new.food_id for new in news])
    return _add(vault, day, [_entry(vault, new, found[new.food_id]) for new in news], aims, key)


def quick_add(
    vault: OpenVault, day: Date, new: NewQuick, aims: InForce | None = None, key: str | None = None
) -> Written:
    """Logs energy and macros without a food (feat-L5); what is not given stays unknown."""
    amounts = {field: getattr(new, field) for field in _QUICK_NUTRIENTS}
    common = _common(vault, new.id, new.meal, new.time, new.note)
    entry = Entry(
        values=_quick_values(amounts), scale=1.0, food_id=None, catalog_version="", name=checks.check_name(new.name),
        source=QUICK, amount=1.0, unit=QUICK, **common,
    )  # fmt: skip
    return _add(vault, day, [entry], aims, key)


def log_water(
    vault: OpenVault, day: Date, millilitres: float, meal: str = "snacks", time: int | None = None,
    aims: InForce | None = None, key: str | None = None,
) -> Written:  # fmt: skip
    """Logs drinking water; 1 ml counts as 1 g (feat-L10)."""
    return log(vault, day, NewEntry(food_id=WATER, amount=millilitres, meal=meal, time=time), aims, key)


def log_repeats(
    vault: OpenVault, day: Date, repeats: Sequence[Repeat], aims: InForce | None = None, key: str | None = None
) -> Written:
    """Logs what is due by weekday, once a day however often it is asked for: the entry's id is made of
    the repeat and the day (feat-L6)."""
    news = [
        NewEntry(
            food_id=repeat.food_id, amount=repeat.amount, unit=repeat.unit, portion_id=repeat.portion_id,
            meal=repeat.meal, time=repeat.time, id=repeat_entry_id(repeat, day),
        )
        for repeat in repeats
    ]  # fmt: skip
    return log_many(vault, day, news, aims, key)


def repeat_entry_id(repeat: Repeat, day: Date) -> UUID:
    return uuid5(repeat.id, day.isoformat())


def _check_number(number: int) -> None:
    if not 0 < number <= MAX_ENTRIES:
        raise checks.refuse("entries", _TOO_MANY)


def _common(vault: OpenVault, entry_id: UUID | None, meal: str, time: int | None, note: str) -> dict[str, Any]:
    """The fields that every new entry has, checked."""
    checks.check_time(time)
    return {
        "id": entry_id or ids.new_id(),
        "version": 1,
        "author": vault.author,
        "meal": slot(checks.check_meal(meal)),
        "position": 0,
        "time": time,
        "note": checks.check_entry_note(note),
        "changed_at": int(clock.now().timestamp()),
    }


def _entry(vault: OpenVault, new: NewEntry, source: Source) -> Entry:
    amount = amount_of(source, new.amount, new.unit, new.portion_id)
    return Entry(
        values=source.values, scale=amount.grams / source.measure, food_id=source.food_id,
        catalog_version=source.catalog_version, name=source.name, source=source.source, amount=amount.amount,
        unit=amount.unit, portion_id=amount.portion_id, portion_name=amount.portion_name,
        portion_grams=amount.portion_grams, grams=amount.grams, supplement=source.supplement,
        **_common(vault, new.id, new.meal, new.time, new.note),
    )  # fmt: skip


def _quick_values(amounts: Mapping[str, float | None]) -> bytes:
    if all(amount is None for amount in amounts.values()):
        raise checks.refuse("kcal", checks.NOTHING)
    try:
        checks.check_values({_QUICK_NUTRIENTS[field]: amount for field, amount in amounts.items()})
    except errors.InvalidInput as error:
        fields = {number: field for field, number in _QUICK_NUTRIENTS.items()}
        raise errors.InvalidInput({fields[number]: text for number, text in error.fields.items()}) from error
    return packing.values_of({_QUICK_NUTRIENTS[field]: amount for field, amount in amounts.items()})


def _add(
    vault: OpenVault, day: Date, entries: Sequence[Entry], aims: InForce | None, key: str | None, kind: str = "add"
) -> Written:
    author, repeated = author_of(vault), False

    def edit(now: Day) -> Day:
        nonlocal repeated
        added = days.add(now, entries, author, kind)
        repeated = added is now
        return now if repeated else _with_aims(added, day, aims)

    try:
        written = _change_day(vault, day, edit, Once(key, entries[0].id) if key else None)
    except AlreadyDone as done:
        return _made_before(vault, day, done.result)
    there = tuple(days.entry_of(written, entry.id) for entry in entries)
    act = next((entry.id for entry in there if days.line_of(written, entry.id)), there[0].id)
    return Written(act, there, written.version, repeated)


def _made_before(vault: OpenVault, day: Date, act: UUID) -> Written:
    """What a request with the same key made. Raises errors.Conflict when that is gone."""
    now = read_day(vault, day)
    line = days.line_of(now, act)
    wanted = {act} if line is None else {touch.id for touch in line.touched}
    entries = tuple(entry for entry in now.entries if entry.id in wanted)
    if not entries and line is None:
        raise errors.Conflict(_GONE)
    return Written(act, entries, now.version, repeated=True)


# ── changing ─────────────────────────────────────────────────────────────────


def change(
    vault: OpenVault, day: Date, entry_id: UUID, edit: Edit, version: int | None = None, key: str | None = None
) -> Written:
    """Changes amount, portion, meal, time or note of an entry; its snapshot stays (feat-L15).

    With `version`, raises errors.PreconditionFailed when the entry is not at that version any more.
    Another portion than the logged one is weighed as the food gives it now.
    """
    portion = _other_portion(vault, day, entry_id, edit)
    author, act = author_of(vault), ids.new_id()

    def apply(now: Day) -> Day:
        entry = days.entry_of(now, entry_id)
        _check_version(entry.version, version)
        after = _edited(now, entry, edit, portion)
        return now if after == entry else days.change(now, [after], act, author)

    return _act(vault, day, apply, act, [entry_id], key)


def _check_version(now: int, expected: int | None) -> None:
    if expected is not None and now != expected:
        raise errors.PreconditionFailed


def _other_portion(vault: OpenVault, day: Date, entry_id: UUID, edit: Edit) -> Source | None:
    """The entry's food as it is now, read only when an edit asks for a portion that was not logged."""
    if not isinstance(edit.portion_id, str):
        return None
    entry = days.entry_of(read_day(vault, day), entry_id)
    if entry.food_id is None or entry.portion_id == edit.portion_id:
        return None
    return sources(vault, [entry.food_id])[entry.food_id]


def _edited(day: Day, entry: Entry, edit: Edit, portion: Source | None) -> Entry:
    after = _requoted(entry, edit) if entry.unit == QUICK else _reweighed(entry, edit, portion)
    if isinstance(edit.note, str):
        after = msgspec.structs.replace(after, note=checks.check_entry_note(edit.note))
    if edit.time is not msgspec.UNSET:
        checks.check_time(edit.time)
        after = msgspec.structs.replace(after, time=edit.time)
    if isinstance(edit.meal, str) and slot(checks.check_meal(edit.meal)) != entry.meal:
        meal = slot(checks.check_meal(edit.meal))
        after = msgspec.structs.replace(after, meal=meal, position=days.next_position(day.entries, meal))
    return after


def _reweighed(entry: Entry, edit: Edit, portion: Source | None) -> Entry:
    """A new amount on the old snapshot: scale grows with the grams."""
    if any(getattr(edit, field) is not msgspec.UNSET for field in ("name", *_QUICK_NUTRIENTS)):
        raise checks.refuse("name", _NOT_QUICK)
    if edit.amount is msgspec.UNSET and edit.unit is msgspec.UNSET and edit.portion_id is msgspec.UNSET:
        return entry
    amount = entry.amount if edit.amount is msgspec.UNSET else edit.amount
    unit, portion_id = _unit(entry, edit)
    weighed = _weighed(entry, amount, unit, portion_id, portion)
    return msgspec.structs.replace(
        entry, amount=weighed.amount, unit=weighed.unit, portion_id=weighed.portion_id,
        portion_name=weighed.portion_name, portion_grams=weighed.portion_grams, grams=weighed.grams,
        scale=weighed.grams * entry.scale / (entry.grams or 1.0),
    )  # fmt: skip


def _weighed(entry: Entry, amount: float, unit: str, portion_id: str | None, portion: Source | None) -> Amount:
    """The new amount: by weight, in the portion as it was logged, or in another one as it is now."""
    if portion_id is None and unit in UNITS:
        return in_weight(amount, unit)
    if portion_id is not None and portion_id == entry.portion_id and entry.portion_grams is not None:
        return in_portions(amount, portion_id, entry.portion_name or "", entry.portion_grams)
    if portion is None or portion_id is None:
        raise checks.refuse("unit", _PORTION_NEEDED)
    return amount_of(portion, amount, unit, portion_id)


def _unit(entry: Entry, edit: Edit) -> tuple[str, str | None]:
    """The unit and portion that an edit means: a weight drops the portion, a portion drops the weight."""
    if isinstance(edit.unit, str) and edit.unit in UNITS:
        return edit.unit, None
    if isinstance(edit.portion_id, str):
        return "portion", edit.portion_id
    if edit.portion_id is None:
        return "g", None
    return entry.unit, entry.portion_id


def _requoted(entry: Entry, edit: Edit) -> Entry:
    """A quick add with another name or other figures."""
    if any(getattr(edit, field) is not msgspec.UNSET for field in ("amount", "unit", "portion_id")):
        raise checks.refuse("amount", _IS_QUICK)
    now = packing.array_of(entry.values)
    amounts: dict[str, float | None] = {}
    for field, nutrient in _QUICK_NUTRIENTS.items():
        told, had = getattr(edit, field), float(now[POSITION[nutrient]])
        amounts[field] = (None if had != had else had) if told is msgspec.UNSET else told
    name = checks.check_name(edit.name) if isinstance(edit.name, str) else entry.name
    return msgspec.structs.replace(entry, name=name, values=_quick_values(amounts))


def remove(vault: OpenVault, day: Date, entry_ids: Sequence[UUID], key: str | None = None) -> Written:
    """Takes entries out of the day. Raises errors.NotFound for one that is not there."""
    _check_number(len(entry_ids))
    author, act = author_of(vault), ids.new_id()
    wanted = list(dict.fromkeys(entry_ids))
    return _act(vault, day, lambda now: days.remove(now, wanted, act, author), act, [], key)


def reorder(vault: OpenVault, day: Date, entry_ids: Sequence[UUID]) -> Written:
    """Puts these entries of one meal in this order among themselves. Other entries keep their places."""
    act, author = ids.new_id(), author_of(vault)
    return _act(vault, day, lambda now: days.reordered(now, entry_ids, act, author), act, [], None)


def shift(vault: OpenVault, day: Date, entry_id: UUID, step: int) -> Written:
    """Puts an entry `step` places further down within its meal (up, when below 0); not beyond its ends.

    Raises errors.NotFound.
    """
    act, author = ids.new_id(), author_of(vault)

    def apply(now: Day) -> Day:
        meal = days.in_order(now, days.entry_of(now, entry_id).meal)
        place = max(meal.index(entry_id) + step, 0)
        meal.remove(entry_id)
        meal.insert(place, entry_id)
        return days.reordered(now, meal, act, author)

    return _act(vault, day, apply, act, [], None)


def set_complete(vault: OpenVault, day: Date, complete: bool, version: int | None = None) -> Written:
    """Marks the day complete or not (feat-L8). With `version`, raises errors.PreconditionFailed when the day
    is not at that version any more."""
    act, author = ids.new_id(), author_of(vault)

    def apply(now: Day) -> Day:
        _check_version(now.version, version)
        return days.completed(now, complete, act, author)

    return _act(vault, day, apply, act, [], None)


# ── copying and moving ───────────────────────────────────────────────────────


def copy(
    vault: OpenVault, source: Date, target: Date, entry_ids: Sequence[UUID] | None = None, meal: str | None = None,
    aims: InForce | None = None, key: str | None = None,
) -> Written:  # fmt: skip
    """Copies entries of a day, as they were logged, to a day (feat-L3). `entry_ids` None: all of them, or all of
    `meal` when that is all that is wanted (see `copy_meal`); `meal`: into this group instead of their own."""
    chosen = _chosen(read_day(vault, source), entry_ids)
    return _add(vault, target, [_copied(vault, entry, meal) for entry in chosen], aims, key, "copy")


def copy_meal(
    vault: OpenVault, source: Date, meal: str, target: Date, into: str | None = None, aims: InForce | None = None,
    key: str | None = None,
) -> Written:  # fmt: skip
    """Copies one meal of a day."""
    wanted = slot(meal)
    chosen = [entry.id for entry in read_day(vault, source).entries if entry.meal == wanted]
    return copy(vault, source, target, chosen, into, aims, key)


def _chosen(day: Day, entry_ids: Sequence[UUID] | None) -> list[Entry]:
    """Raises errors.NotFound for an entry that is not there and for an empty choice."""
    if entry_ids is None:
        chosen = sorted(day.entries, key=_shown_order)
    else:
        chosen = [days.entry_of(day, entry_id) for entry_id in dict.fromkeys(entry_ids)]
    if not chosen:
        raise errors.NotFound
    return chosen


def _shown_order(entry: Entry) -> tuple[int, int]:
    return (SLOTS.index(entry.meal) if entry.meal in SLOTS else len(SLOTS), entry.position)


def _copied(vault: OpenVault, entry: Entry, meal: str | None) -> Entry:
    return msgspec.structs.replace(
        entry, id=ids.new_id(), version=1, author=vault.author, changed_by=None, previous=None,
        changed_at=int(clock.now().timestamp()), meal=slot(checks.check_meal(meal)) if meal else entry.meal,
    )  # fmt: skip


def move(
    vault: OpenVault, source: Date, target: Date, entry_ids: Sequence[UUID], meal: str | None = None,
    aims: InForce | None = None, key: str | None = None,
) -> Written:  # fmt: skip
    """Moves entries, with their ids, to another day or to another meal of the same day (feat-L3)."""
    _check_number(len(entry_ids))
    if source == target:
        return _move_within(vault, source, entry_ids, meal, key)
    author, act = author_of(vault), ids.new_id()

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        before, after = _open(source, contents[0]), _open(target, contents[1])
        leaving = [_in_meal(entry, meal) for entry in _chosen(before, entry_ids)]
        both = (before.ordinal, after.ordinal)
        left = days.joined(days.remove(before, [e.id for e in leaving], act, author, "move"), act, both)
        came = days.joined(days.receive(after, leaving, act, author), act, both)
        return [packing.pack(left), packing.pack(_with_aims(came, target, aims))]

    try:
        sheets = vault.change([day_address(source), day_address(target)], edit, Once(key, act) if key else None)
    except AlreadyDone as done:
        return _made_before(vault, target, done.result)
    arrived = _open(target, sheets[1].content)
    return Written(act, tuple(days.entry_of(arrived, one) for one in dict.fromkeys(entry_ids)), arrived.version)


def _in_meal(entry: Entry, meal: str | None) -> Entry:
    return msgspec.structs.replace(entry, meal=slot(checks.check_meal(meal))) if meal else entry


def _move_within(vault: OpenVault, day: Date, entry_ids: Sequence[UUID], meal: str | None, key: str | None) -> Written:
    if not meal:
        raise checks.refuse("to_day", _SAME_DAY)
    author, act, into = author_of(vault), ids.new_id(), slot(checks.check_meal(meal))

    def apply(now: Day) -> Day:
        first = days.next_position(now.entries, into)
        moved = [
            msgspec.structs.replace(entry, meal=into, position=first + place)
            for place, entry in enumerate(_chosen(now, entry_ids))
        ]
        return days.change(now, moved, act, author, "move")

    return _act(vault, day, apply, act, list(dict.fromkeys(entry_ids)), key)


# ── undo ─────────────────────────────────────────────────────────────────────


def undo(vault: OpenVault, day: Date, act: UUID | None = None) -> Written:
    """Undoes an act of the last 24 hours on the day (feat-L16); a move on both its days.

    `act` may be one of the note's. Without it: the last one on the entries of whoever asks, so that nobody takes
    back another's work unknowingly. Raises errors.NotFound when there is no such act, errors.Conflict when
    something it touched was changed since.
    """
    if act and _is_notes(vault, day, act):
        return _undo_note(vault, day, act)
    return _undo(vault, day, _line(read_day(vault, day), act, vault.author))


def undo_own(vault: OpenVault, day: Date, act: UUID) -> Written:
    """The same of an act on entries by whoever asks. Raises errors.NotFound for another's."""
    line = _line(read_day(vault, day), act, vault.author)
    if line.by != vault.author:
        raise errors.NotFound
    return _undo(vault, day, line)


def _undo(vault: OpenVault, day: Date, line: Act) -> Written:
    dates = [day, *(date_at(one) for one in line.days if one != day.toordinal())]
    author = author_of(vault)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        opened = [_open(date, content) for date, content in zip(dates, contents, strict=True)]
        return [packing.pack(days.undo(one, line.id, author)) for one in opened]

    sheets = vault.change([day_address(date) for date in dates], edit)
    return Written(line.id, (), _open(day, sheets[0].content).version)


def _line(day: Day, act: UUID | None, author: UUID) -> Act:
    lines = [line for line in day.journal if (line.id == act if act else line.by == author)]
    if not lines:
        raise errors.NotFound
    return lines[-1]


# ── notes ────────────────────────────────────────────────────────────────────


def set_note(vault: OpenVault, day: Date, text: str, version: int | None = None) -> Written:
    """Keeps the note of the day (feat-L9); an empty text removes it, and a day later the next write leaves nothing
    of it. With `version` (0: none yet), raises errors.PreconditionFailed when the note was changed meanwhile.
    `repeated` says that it was the note already."""
    text = checks.check_day_note(text)
    author, act = author_of(vault), ids.new_id()

    def apply(now: Note) -> Note:
        _check_version(notes.version_of(now), version)
        return notes.written(now, text, act, author)

    before, after = _change_note(vault, day, apply)
    return Written(act, (), after.version, repeated=after == before)


def _is_notes(vault: OpenVault, day: Date, act: UUID) -> bool:
    _, note = vault.read([day_address(day), note_address(day)])
    return note.content is not None and any(line.id == act for line in packing.open_note(note.content).journal)


def _undo_note(vault: OpenVault, day: Date, act: UUID) -> Written:
    author = author_of(vault)
    _, after = _change_note(vault, day, lambda now: notes.undone(now, act, author))
    return Written(act, (), after.version)


def _change_note(vault: OpenVault, day: Date, apply: Callable[[Note], Note]) -> tuple[Note, Note]:
    """The note before and after."""
    before = after = notes.none_yet(day)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        nonlocal before, after
        before = notes.none_yet(day) if contents[0] is None else packing.open_note(contents[0])
        after = apply(before)
        if after is before:
            return contents
        return [packing.pack(after) if after.text or after.journal else None]

    vault.change([note_address(day)], edit)
    return before, after


# ── the day record ───────────────────────────────────────────────────────────


def read_day(vault: OpenVault, day: Date) -> Day:
    return _open(day, vault.read([day_address(day)])[0].content)


def _open(day: Date, content: bytes | None) -> Day:
    return days.empty(day) if content is None else packing.open_day(content)


def _change_day(vault: OpenVault, day: Date, edit: DayEdit, once: Once | None) -> Day:
    after = days.empty(day)

    def change_content(contents: list[bytes | None]) -> list[bytes | None]:
        nonlocal after
        before = _open(day, contents[0])
        after = edit(before)
        return contents if after is before else [packing.pack(after)]

    vault.change([day_address(day)], change_content, once)
    return after


def _act(vault: OpenVault, day: Date, apply: DayEdit, act: UUID, entry_ids: Sequence[UUID], key: str | None) -> Written:
    try:
        written = _change_day(vault, day, apply, Once(key, act) if key else None)
    except AlreadyDone as done:
        return Written(done.result, (), read_day(vault, day).version, repeated=True)
    return Written(act, tuple(days.entry_of(written, entry_id) for entry_id in entry_ids), written.version)


def _with_aims(day: Day, date: Date, aims: InForce | None) -> Day:
    """Keeps the aims in force with the day: those of its first entry, renewed while the day is still running."""
    if aims is None or (day.aims is not None and (day.aims.stamp == aims.stamp or not _running(date))):
        return day
    return msgspec.structs.replace(day, aims=packing.pack_aims(aims.find(), aims.stamp))


def _running(date: Date) -> bool:
    """Whether it is still this day (or not yet) somewhere on Earth."""
    return (clock.utc_day() - date).days <= 1
