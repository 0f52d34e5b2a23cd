"""The note of a day as a value: how its text changes, and how a change is taken back. No vault."""

from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_

from .days import Author
from .types import MAX_NOTE_ACTS, UNDO_SECONDS, Note, NoteAct

_CHANGED_SINCE = N_("This note was changed since, so it cannot be undone here.")
_NOBODY = UUID(int=0)


def none_yet(day: Date) -> Note:
    return Note(day.toordinal(), 0, "", _NOBODY, 0)


def version_of(note: Note) -> int:
    """What a client knows of it: a removed note is none."""
    return note.version if note.text else 0


def written(note: Note, text: str, act: UUID, author: Author) -> Note:
    if note.text == text:
        return note
    line = NoteAct(act, author.id, author.at, note.text)
    return _next(note, text, (*note.journal, line)[-MAX_NOTE_ACTS:], author)


def undone(note: Note, act: UUID, author: Author) -> Note:
    """The note as before its last change. Raises errors.NotFound for an unknown or old act, errors.Conflict when
    the note was changed since."""
    lines = recent(note, author.at)
    if all(line.id != act for line in lines):
        raise errors.NotFound
    if lines[-1].id != act:
        raise errors.Conflict(_CHANGED_SINCE)
    return _next(note, lines[-1].before, lines[:-1], author)


def recent(note: Note, at: int) -> tuple[NoteAct, ...]:
    """The changes of the last 24 hours, the oldest first; only the last of them can be undone."""
    return tuple(line for line in note.journal if at - line.at < UNDO_SECONDS)


def _next(note: Note, text: str, journal: tuple[NoteAct, ...], author: Author) -> Note:
    """The next version; former texts older than 24 hours leave it."""
    after = msgspec.structs.replace(
        note, version=note.version + 1, text=text, author=author.id, at=author.at, journal=journal
    )
    return msgspec.structs.replace(after, journal=recent(after, author.at))
