"""The archive of a person, put together in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.conf import settings
from django.template.loader import render_to_string

from nutshell import gate
from nutshell.accounts import contacts, mail, sealing
from nutshell.accounts import queries as accounts
from nutshell.accounts.policy import owner_of
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.catalog import queries as catalog
from nutshell.clinics import members, notes
from nutshell.common import clock
from nutshell.common.clock import Day as Date
from nutshell.diary import food_actions, packing, portable
from nutshell.diary import queries as diary
from nutshell.diary.addresses import months_between
from nutshell.diary.plain import Foods
from nutshell.diary.types import Day, Index, Note, OwnFood
from nutshell.gate import queries as ledger
from nutshell.gate.types import LedgerWish
from nutshell.grants import queries as grants
from nutshell.rights import queries as requests
from nutshell.studies import queries as studies
from nutshell.targets import queries as targets
from nutshell.targets.types import Profile, TargetHistory
from nutshell.vault.types import OpenVault

from . import months, sources, tables
from . import packing as files
from .types import (
    DIARY,
    FOODS,
    FORMAT,
    NOTES,
    PERSON,
    TARGETS,
    VARIES,
    VERSION,
    Account,
    Manifest,
    Notes,
    Person,
    Waits,
)

MONTHS = months_between(clock.FIRST_DAY, clock.LAST_DAY)


@dataclass(frozen=True)
class Kept:
    """All that lies in somebody's vault, opened; days, notes and foods in an order that no key decides."""

    profile: Profile
    history: TargetHistory
    days: Sequence[Day]
    notes: Sequence[Note]
    foods: Sequence[OwnFood]
    index: Index


def export(actor: Actor, today: Date, beat: Callable[[int], None]) -> bytes:
    """Everything of a person as a ZIP file. It stands in their ledger, and they are told by mail.

    `beat` is told how far it is, as a percentage. Raises Forbidden for a token, ConsentRequired, Sealed, Tampered.
    """
    subject, _ = owner_of(actor)
    vault = gate.enter_whole(actor)
    if not actor.still:
        food_actions.fold(vault, today)
    beat(5)
    kept = _kept(vault)
    beat(35)
    record = _account(actor, subject)
    beat(45)
    made = _packed(kept, record, _person(actor, kept.profile), subject, beat)
    audit.record("export", subject, str(subject))
    mail.notify(actor.user_id, "export")
    return made


def _kept(vault: OpenVault) -> Kept:
    days = [packing.open_day(one.content) for one in vault.read_months("diary", MONTHS) if one.content]
    texts = [packing.open_note(one.content) for one in vault.read_months("notes", MONTHS) if one.content]
    return Kept(
        targets.profile(vault), targets.history(vault), sorted(days, key=lambda day: day.ordinal),
        sorted(texts, key=lambda note: note.ordinal),
        sorted(diary.own_food_list(vault), key=lambda food: (food.changed_at, food.id)), diary.own_index(vault),
    )  # fmt: skip


def _person(actor: Actor, profile: Profile) -> Person:
    return Person(display_name=accounts.user(actor.user_id).display_name, profile=profile)


def _account(actor: Actor, subject: UUID) -> Account:
    return Account(
        email=accounts.email_of(actor.user_id), subject=subject, sealed=sealing.is_sealed(accounts.user(actor.user_id)),
        consents=accounts.consents_given(actor.user_id), grants_given=grants.given(actor),
        never_shared=sorted(grants.closed_collections(actor)), grants_received=grants.received(actor),
        tokens=accounts.tokens(actor.user_id), sessions=accounts.sessions(actor.user_id, b""),
        trusted_contacts=contacts.mine(actor), contact_of=contacts.of_others(actor),
        clinics=members.memberships(actor), clinical_notes=notes.about_me(actor), studies=studies.takings(actor),
        studies_founded=studies.founded(actor), waiting=_waiting(actor), requests=requests.mine(actor),
        ledger=ledger.ledger(actor, LedgerWish()).lines,
    )  # fmt: skip


def _waiting(actor: Actor) -> list[Waits]:
    return [Waits(one.kind, one.writer, one.name, one.at) for one in grants.sent_to_me(actor)]


# ---------- the files ----------


def _packed(kept: Kept, record: Account, person: Person, me: UUID, beat: Callable[[int], None]) -> bytes:
    made = {**_data(kept, person, me), **_record(record)}
    beat(60)
    made |= _tables(kept)
    beat(75)
    made["index.html"] = _page(kept, record, person)
    beat(90)
    hashes = {name: files.hash_of(content) for name, content in made.items()}
    manifest = Manifest(
        format=FORMAT, version=VERSION, made_at=clock.now(), catalog=catalog.current().version, varies=VARIES,
        files=hashes,
    )  # fmt: skip
    return files.packed(made, _json(manifest))


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def _data(kept: Kept, person: Person, me: UUID) -> dict[str, bytes]:
    """What comes back, and where the values come from."""
    foods = Foods(
        own=tuple(portable.food_of(food, me) for food in kept.foods),
        habits=tuple(sorted(map(portable.habit_of, kept.index.usages), key=lambda habit: habit.food_id)),
        repeats=tuple(sorted(map(portable.repeat_of, kept.index.repeats), key=lambda repeat: repeat.id)),
    )
    return {
        PERSON: _json(person), TARGETS: _json(kept.history), FOODS: _json(foods),
        DIARY: msgspec.json.encode(portable.diary_of(kept.days, me)),
        NOTES: _json(Notes(notes=tuple(portable.note_of(note, me) for note in kept.notes))),
        "data/sources.json": msgspec.json.encode(sources.of(kept.days)),
    }  # fmt: skip


def _tables(kept: Kept) -> dict[str, bytes]:
    return {
        "csv/entries.csv": tables.entries(kept.days), "csv/days.csv": tables.days(kept.days),
        "csv/targets.csv": tables.aims(kept.history),
    }  # fmt: skip


def _record(record: Account) -> dict[str, bytes]:
    """Each part in a file of its own."""
    return {f"account/{name.replace('_', '-')}.json": _json(getattr(record, name)) for name in record.__struct_fields__}


def _page(kept: Kept, record: Account, person: Person) -> bytes:
    config = settings.NUTSHELL
    context = {
        "person": person, "record": record, "kept": kept, "made_at": clock.now(), "months": months.of(kept.days),
        "officer": {"name": config.dpo_name, "email": config.dpo_email} if config.dpo_email else None,
    }  # fmt: skip
    return render_to_string("archives/index.html", context).encode()
