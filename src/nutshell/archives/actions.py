"""Bringing an archive back: all of it in one transaction, or nothing. What is here already stays as it is.

Entries, foods, notes and repeats meet by their ids, so that the same archive twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from nutshell import gate
from nutshell.accounts import actions as accounts
from nutshell.accounts import mail, names
from nutshell.accounts import queries as people
from nutshell.accounts.policy import owner_of
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import errors
from nutshell.common.clock import Day as Date
from nutshell.diary import packing, portable
from nutshell.diary.actions import author_of
from nutshell.diary.addresses import INDEX, date_at, day_address, food_address, note_address
from nutshell.diary.days import Author
from nutshell.diary.index import pack_small
from nutshell.diary.types import Day, Note, OwnFood
from nutshell.targets import actions as target_actions
from nutshell.targets import policy as target_policy
from nutshell.targets import queries as targets
from nutshell.targets import stored
from nutshell.targets.types import Facts, Profile, TargetHistory, TargetSettings
from nutshell.vault.types import Address, Change, OpenVault, Sheet

from . import packing as files
from .types import Brought, Contents

TRIES = 3
A_READ = 5_000
"""Records that one statement asks for."""


@dataclass(frozen=True)
class Taken:
    """What an archive holds, in the diary's own form and checked."""

    profile: Profile
    history: TargetHistory
    days: Sequence[Day]
    notes: Sequence[Note]
    foods: portable.Brought


@dataclass
class Draft:
    """What is to be written, and how much of it is new."""

    changes: list[Change]
    days: int = 0
    entries: int = 0
    foods: int = 0
    notes: int = 0


def bring_back(actor: Actor, packed: bytes, today: Date) -> Brought:
    """Take back what an archive holds. `today` is the person's.

    Raises InvalidInput for what is no archive of ours, TooLarge where it does not fit beside what is here, Conflict,
    Forbidden for a token, ConsentRequired, Sealed. Nothing is written then.
    """
    subject, _ = owner_of(actor)
    contents = files.opened(packed)
    taken = _checked(contents, subject, today)
    draft = _written(actor, taken, today)
    _name(actor, contents.person.display_name)
    if draft.changes:
        audit.record("import", subject, str(subject))
        mail.notify(actor.user_id, "import")
    return Brought(draft.days, draft.entries, draft.foods, draft.notes)


def _checked(contents: Contents, me: UUID, today: Date) -> Taken:
    """Raises InvalidInput, with the one sentence under the file's own name."""
    try:
        return _taken(contents, me, today)
    except errors.InvalidInput as wrong:
        raise files.refuse(next(iter(wrong.fields.values()))) from None


def _taken(contents: Contents, me: UUID, today: Date) -> Taken:
    names.checked(contents.person.display_name)
    target_policy.check_profile(contents.person.profile, today)
    for period in contents.targets.periods:
        target_policy.check_settings(period.settings)
    tables = portable.Opened(contents.diary, me)
    days = [tables.day(one) for one in contents.diary.days]
    notes = [portable.note_from(one, me) for one in contents.notes.notes]
    _check_once([day.ordinal for day in days])
    _check_once([note.ordinal for note in notes])
    _check_once([food.id for food in contents.foods.own])
    _check_once([habit.food_id for habit in contents.foods.habits])
    _check_once([repeat.id for repeat in contents.foods.repeats])
    _check_order(contents.targets)
    foods = portable.brought(contents.foods, days, me)
    return Taken(contents.person.profile, contents.targets, days, notes, foods)


def _check_once(ids: Sequence[object]) -> None:
    if len(set(ids)) < len(ids):
        raise files.refuse(files.STRANGE)


def _check_order(history: TargetHistory) -> None:
    """Periods follow each other; a history that does not would answer wrongly for its days."""
    for before, after in zip(history.periods, history.periods[1:], strict=False):
        if not (before.from_day < after.from_day and before.version < after.version):
            raise files.refuse(files.STRANGE)


def _name(actor: Actor, name: str) -> None:
    """The name, for who has none here."""
    user = people.user(actor.user_id)
    if name and not user.display_name:
        accounts.set_display_name(user, name)


# ---------- one transaction ----------


def _written(actor: Actor, taken: Taken, today: Date) -> Draft:
    for _ in range(TRIES):
        vault = gate.enter_whole(actor, writes=True)
        draft = _draft(vault, taken, today)
        try:
            vault.write(draft.changes)
            return draft
        except errors.Conflict:
            continue
    raise errors.Conflict


def _draft(vault: OpenVault, taken: Taken, today: Date) -> Draft:
    draft = Draft([])
    _put_person(vault, taken, today, draft)
    fresh = _put_foods(vault, taken, draft)
    _put_days(vault, taken, draft)
    _put_notes(vault, taken, draft)
    there = packing.open_index(vault.read([INDEX])[0].content)
    joined = portable.joined_index(there, taken.foods, fresh)
    if joined != there:
        _put(vault, draft, INDEX, pack_small(joined))
    return draft


def _put(vault: OpenVault, draft: Draft, address: Address, content: bytes) -> None:
    draft.changes.append(Change(address, vault.read([address])[0].version, content))


def _read(vault: OpenVault, addresses: Sequence[Address]) -> list[Sheet]:
    for start in range(0, len(addresses), A_READ):
        vault.fetch(addresses[start : start + A_READ])
    return vault.read(addresses)


def _put_person(vault: OpenVault, taken: Taken, today: Date, draft: Draft) -> None:
    """What somebody told here stays; what they did not tell comes from the archive."""
    before = targets.profile(vault)
    profile = _filled(before, taken.profile)
    past = targets.history(vault)
    history = taken.history if _is_untold(past) else past
    if history.periods and history.periods[-1].facts != profile.facts:
        last = history.periods[-1]
        history = target_actions.continued(history, today, profile.facts, last.settings, last.changed)
    if profile != before:
        _put(vault, draft, targets.PROFILE, stored.pack(profile))
    if history != past:
        _put(vault, draft, targets.TARGETS, stored.pack(history))


def _filled(here: Profile, there: Profile) -> Profile:
    untold = Profile()
    names = [name for name in Profile.__struct_fields__ if getattr(here, name) == getattr(untold, name)]
    return msgspec.structs.replace(here, **{name: getattr(there, name) for name in names})


def _is_untold(history: TargetHistory) -> bool:
    """Whether it holds no more than a newcomer's."""
    return all((one.facts, one.settings) == (Facts(), TargetSettings()) for one in history.periods)


def _put_foods(vault: OpenVault, taken: Taken, draft: Draft) -> list[OwnFood]:
    """Those that were not here."""
    sheets = _read(vault, [food_address(food.food_id) for food in taken.foods.foods])
    fresh = [food for food, sheet in zip(taken.foods.foods, sheets, strict=True) if sheet.content is None]
    draft.changes += [Change(food_address(food.food_id), 0, packing.pack(food)) for food in fresh]
    draft.foods = len(fresh)
    return fresh


def _put_days(vault: OpenVault, taken: Taken, draft: Draft) -> None:
    author = author_of(vault)
    sheets = _read(vault, [day_address(day.date) for day in taken.days])
    for day, sheet in zip(taken.days, sheets, strict=True):
        there = None if sheet.content is None else packing.open_day(sheet.content)
        _put_day(there, day, sheet, author, draft)


def _put_day(there: Day | None, taken: Day, sheet: Sheet, author: Author, draft: Draft) -> None:
    joined = portable.joined_day(there, taken, author)
    if joined != there:
        draft.changes.append(Change(sheet.address, sheet.version, packing.pack(joined)))
        draft.days += 1
        draft.entries += len(joined.entries) - (len(there.entries) if there else 0)


def _put_notes(vault: OpenVault, taken: Taken, draft: Draft) -> None:
    sheets = _read(vault, [note_address(date_at(note.ordinal)) for note in taken.notes])
    for note, sheet in zip(taken.notes, sheets, strict=True):
        there = None if sheet.content is None else packing.open_note(sheet.content)
        joined = portable.joined_note(there, note)
        if joined != there:
            draft.changes.append(Change(sheet.address, sheet.version, packing.pack(joined)))
            draft.notes += 1
