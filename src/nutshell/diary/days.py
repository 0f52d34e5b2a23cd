"""A day as a value: how acts change it, how they are undone, how old traces leave it. No vault, no catalog.

Merging: every function takes a *fresh* day and names entries by id, so that two writers who start
from the same day both keep their entries (the vault repeats the losing one on fresh contents).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from nutshell.catalog.nutrients import ORDER_VERSION
from nutshell.common import errors
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_

from .types import MAX_ENTRIES, UNDO_SECONDS, Act, Day, Entry, Mark, Place, State, Touch

_CHANGED_SINCE = N_("This was changed since, so it cannot be undone here.")
_REMOVED = N_("This entry was removed meanwhile.")
_ONE_MEAL = N_("Choose entries of one meal.")
COMPLETE, REOPEN = "complete", "reopen"


class Author(msgspec.Struct, frozen=True):
    """Who acts, for whom, and when (seconds since 1970)."""

    id: UUID
    owner: UUID
    at: int


def empty(day: Date) -> Day:
    return Day(day.toordinal(), ORDER_VERSION, 0, False)


def entry_of(day: Day, entry_id: UUID) -> Entry:
    """Raises errors.NotFound when the day has no such entry (any more)."""
    for entry in day.entries:
        if entry.id == entry_id:
            return entry
    raise errors.NotFound


def mark_of(day: Day, entry_id: UUID) -> Mark | None:
    return next((mark for mark in day.marks if mark.id == entry_id), None)


def state_of(entry: Entry, keep_values: bool) -> State:
    return State(
        entry.version, entry.meal, entry.position, entry.time, entry.amount, entry.unit, entry.portion_id,
        entry.portion_name, entry.portion_grams, entry.grams, entry.scale, entry.name, entry.note, entry.changed_by,
        entry.values if keep_values else None,
    )  # fmt: skip


def _with_state(entry: Entry, state: State, version: int, at: int) -> Entry:
    """The entry as it was, under a new version: the past is restored, its number is not reused."""
    return msgspec.structs.replace(
        entry, values=state.values or entry.values, scale=state.scale, version=version, meal=state.meal,
        position=state.position, time=state.time, name=state.name, amount=state.amount, unit=state.unit,
        portion_id=state.portion_id, portion_name=state.portion_name, portion_grams=state.portion_grams,
        grams=state.grams, note=state.note, changed_by=state.changed_by, changed_at=at, previous=None,
    )  # fmt: skip


def add(day: Day, entries: Sequence[Entry], author: Author, kind: str = "add") -> Day:
    """Adds entries at the end of their meals. One whose id is already there is the same entry and is skipped.
    The act takes the id of the first entry that is new.

    Raises errors.Conflict when such an entry was removed, errors.TooLarge beyond 500 entries.
    """
    present = {entry.id for entry in day.entries}
    fresh = [entry for entry in entries if entry.id not in present]
    if not fresh:
        return day
    if any(mark_of(day, entry.id) for entry in fresh):
        raise errors.Conflict(_REMOVED)
    _check_room(day, len(fresh))
    placed = _placed(day, fresh)
    touched = tuple(Touch(entry.id, entry.version) for entry in placed)
    line = Act(placed[0].id, kind, author.id, author.at, (day.ordinal,), touched)
    return _written(day, author, entries=day.entries + tuple(placed), journal=(*day.journal, line))


def _check_room(day: Day, more: int) -> None:
    if len(day.entries) + more > MAX_ENTRIES:
        raise errors.TooLarge(N_("A day holds at most %(most)s entries."), most=MAX_ENTRIES)


def _placed(day: Day, fresh: Iterable[Entry]) -> list[Entry]:
    placed: list[Entry] = []
    for entry in fresh:
        position = next_position([*day.entries, *placed], entry.meal)
        placed.append(msgspec.structs.replace(entry, position=position))
    return placed


def next_position(entries: Iterable[Entry], meal: str) -> int:
    return max((entry.position + 1 for entry in entries if entry.meal == meal), default=0)


def change(day: Day, changed: Sequence[Entry], act: UUID, author: Author, kind: str = "change") -> Day:
    """Replaces entries of the day by changed ones; each keeps its former state. Raises errors.NotFound."""
    touched, after = [], {}
    for entry in changed:
        before = entry_of(day, entry.id)
        previous = state_of(before, keep_values=entry.values != before.values)
        touched.append(Touch(entry.id, before.version + 1, previous))
        after[entry.id] = msgspec.structs.replace(
            entry, version=before.version + 1, previous=previous, changed_at=author.at,
            changed_by=author.id if author.id != before.author or before.changed_by else None,
        )  # fmt: skip
    line = Act(act, kind, author.id, author.at, (day.ordinal,), tuple(touched))
    entries = tuple(after.get(entry.id, entry) for entry in day.entries)
    return _written(day, author, entries=entries, journal=(*day.journal, line))


def remove(day: Day, ids: Sequence[UUID], act: UUID, author: Author, kind: str = "remove") -> Day:
    """Takes entries out and leaves marks. Raises errors.NotFound for one that is not there."""
    gone = {entry_id: entry_of(day, entry_id) for entry_id in ids}
    marks = tuple(Mark(e.id, e.version + 1, author.id, author.at, e) for e in gone.values())
    touched = tuple(Touch(e.id, e.version + 1, state_of(e, keep_values=False)) for e in gone.values())
    line = Act(act, kind, author.id, author.at, (day.ordinal,), touched)
    entries = tuple(entry for entry in day.entries if entry.id not in gone)
    kept = tuple(mark for mark in day.marks if mark.id not in gone)
    return _written(day, author, entries=entries, marks=kept + marks, journal=(*day.journal, line))


def receive(day: Day, moved: Sequence[Entry], act: UUID, author: Author) -> Day:
    """Takes entries that leave another day, under their own ids. One that once left here comes back."""
    _check_room(day, len(moved))
    coming = {entry.id for entry in moved}
    versions = {mark.id: mark.version for mark in day.marks}
    renewed = [
        msgspec.structs.replace(entry, version=max(entry.version, versions.get(entry.id, 0)) + 1, previous=None)
        for entry in moved
    ]
    placed = _placed(day, renewed)
    touched = tuple(Touch(entry.id, entry.version, mark=mark_of(day, entry.id)) for entry in placed)
    line = Act(act, "move", author.id, author.at, (day.ordinal,), touched)
    marks = tuple(mark for mark in day.marks if mark.id not in coming)
    return _written(day, author, entries=day.entries + tuple(placed), marks=marks, journal=(*day.journal, line))


def joined(day: Day, act: UUID, days: tuple[int, ...]) -> Day:
    """Notes in an act's line all the days that it wrote, so that undo finds them."""
    lines = tuple(msgspec.structs.replace(line, days=days) if line.id == act else line for line in day.journal)
    return msgspec.structs.replace(day, journal=lines)


def line_of(day: Day, act: UUID) -> Act | None:
    return next((line for line in day.journal if line.id == act), None)


def undoable(day: Day, line: Act, at: int) -> bool:
    """Whether nothing that the act touched was changed since, and it is less than 24 hours old."""
    if at - line.at >= UNDO_SECONDS:
        return False
    if line.kind in (COMPLETE, REOPEN):
        return line.id == next(other.id for other in reversed(day.journal) if other.kind in (COMPLETE, REOPEN))
    versions = {entry.id: entry.version for entry in day.entries}
    versions.update((mark.id, mark.version) for mark in day.marks)
    return all(versions.get(touch.id) == touch.version for touch in line.touched) and _in_place(day, line)


def _in_place(day: Day, line: Act) -> bool:
    positions = {entry.id: entry.position for entry in day.entries}
    return all(positions.get(place.id) == place.after for place in line.places)


def undo(day: Day, act: UUID, author: Author) -> Day:
    """The day as if the act had not been. Raises errors.NotFound for an unknown or old act, errors.Conflict
    when an entry it touched was changed since."""
    line = line_of(day, act)
    if line is None or author.at - line.at >= UNDO_SECONDS:
        raise errors.NotFound
    if not undoable(day, line, author.at):
        raise errors.Conflict(_CHANGED_SINCE)
    renumbered: dict[tuple[UUID, int], int] = {}
    for touch in line.touched:
        day = _untouched(day, touch, author)
        former = touch.before or touch.mark
        if former is not None:
            renumbered[touch.id, former.version] = touch.version + 1
    if line.kind in (COMPLETE, REOPEN):
        day = msgspec.structs.replace(day, complete=line.kind == REOPEN)
    day = _placed_at(day, {place.id: place.before for place in line.places})
    journal = tuple(_renumbered(other, renumbered) for other in day.journal if other.id != act)
    return _written(day, author, journal=journal)


def _untouched(day: Day, touch: Touch, author: Author) -> Day:
    if touch.before is None:
        entry = entry_of(day, touch.id)
        fresh = Mark(entry.id, 0, author.id, author.at)
        mark = msgspec.structs.replace(touch.mark or fresh, version=touch.version + 1)
        rest = tuple(other for other in day.entries if other.id != entry.id)
        return msgspec.structs.replace(day, entries=rest, marks=(*day.marks, mark))
    mark_now = mark_of(day, touch.id)
    if mark_now is None:
        before = touch.before
        entries = tuple(
            _with_state(entry, before, touch.version + 1, author.at) if entry.id == touch.id else entry
            for entry in day.entries
        )
        return msgspec.structs.replace(day, entries=entries)
    return _returned(day, mark_now, touch.before, author)


def _returned(day: Day, mark: Mark, before: State, author: Author) -> Day:
    if mark.body is None:
        raise errors.NotFound
    _check_room(day, 1)
    entry = _with_state(mark.body, before, mark.version + 1, author.at)
    marks = tuple(other for other in day.marks if other.id != mark.id)
    return msgspec.structs.replace(day, entries=(*day.entries, entry), marks=marks)


def _renumbered(line: Act, versions: dict[tuple[UUID, int], int]) -> Act:
    """After an undo, earlier acts find the entries under their new versions, so they can be undone in turn."""
    touched = tuple(
        msgspec.structs.replace(touch, version=versions.get((touch.id, touch.version), touch.version))
        for touch in line.touched
    )
    return msgspec.structs.replace(line, touched=touched)


def reordered(day: Day, entry_ids: Sequence[UUID], act: UUID, author: Author) -> Day:
    """These entries in this order, on the places they hold together. Order is looks: no entry gets a new version.

    Raises errors.NotFound for an entry that is not there, errors.InvalidInput for entries of several meals.
    """
    listed = [entry_of(day, entry_id) for entry_id in dict.fromkeys(entry_ids)]
    if len({entry.meal for entry in listed}) > 1:
        raise errors.InvalidInput({"entries": _ONE_MEAL})
    positions = _apart(sorted(entry.position for entry in listed))
    places = tuple(
        Place(entry.id, entry.position, position)
        for entry, position in zip(listed, positions, strict=True)
        if entry.position != position
    )
    if not places:
        return day
    line = Act(act, "reorder", author.id, author.at, (day.ordinal,), (), places)
    moved = _placed_at(day, {place.id: place.after for place in places})
    return _written(moved, author, journal=(*day.journal, line))


def _apart(positions: Iterable[int]) -> list[int]:
    """Two entries may share a position, as after a removal was undone; from now on they do not."""
    apart: list[int] = []
    for position in positions:
        apart.append(max(position, apart[-1] + 1) if apart else position)
    return apart


def in_order(day: Day, meal: str) -> list[UUID]:
    """The entries of a meal as they are shown."""
    return [one.id for one in sorted(day.entries, key=lambda entry: entry.position) if one.meal == meal]


def _placed_at(day: Day, positions: dict[UUID, int]) -> Day:
    if not positions:
        return day
    entries = (
        msgspec.structs.replace(entry, position=positions.get(entry.id, entry.position)) for entry in day.entries
    )
    return msgspec.structs.replace(day, entries=tuple(entries))


def completed(day: Day, complete: bool, act: UUID, author: Author) -> Day:
    if day.complete == complete:
        return day
    line = Act(act, COMPLETE if complete else REOPEN, author.id, author.at, (day.ordinal,), ())
    return _written(day, author, complete=complete, journal=(*day.journal, line))


def _written(day: Day, author: Author, **parts: object) -> Day:
    """The next version of the day; journal lines and removed bodies older than 24 hours leave it."""
    day = msgspec.structs.replace(day, version=day.version + 1, **parts)
    return forget(day, author.at)


def forget(day: Day, at: int) -> Day:
    journal = tuple(line for line in day.journal if at - line.at < UNDO_SECONDS)
    marks = tuple(
        msgspec.structs.replace(mark, body=None) if at - mark.at >= UNDO_SECONDS else mark for mark in day.marks
    )
    return msgspec.structs.replace(day, journal=journal, marks=marks)
