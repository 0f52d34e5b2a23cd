"""One person with keys, targets, days and a token, made by the product's own rooms. Needs Django to be set up."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from uuid import UUID

import msgspec

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents, signing_in
from nutshell.accounts.models import User
from nutshell.accounts.sessions import SessionStore
from nutshell.catalog.everyday import EVERYDAY
from nutshell.common import clock, ids
from nutshell.common.aims import Aims
from nutshell.common.clock import Day
from nutshell.diary import days, packing
from nutshell.diary.addresses import day_address
from nutshell.diary.days import Author
from nutshell.diary.sources import Source, in_portions, in_weight, of_catalog
from nutshell.diary.types import Entry
from nutshell.gate import Actor, Purpose, enter
from nutshell.targets import actions as targets
from nutshell.targets import queries
from nutshell.targets.types import Profile, Sex
from nutshell.vault import queries as vaults
from nutshell.vault.types import Change

from .plan import ENTRIES, Person, Plan

MEALS = ("breakfast", "lunch", "dinner", "snacks")
FIRST_HOUR = 7
HOUR = 3600
BEGINNING = date(1970, 1, 1)


def made(plan: Plan, number: int) -> Person:
    """The person of this number: the same foods in every run."""
    user = accounts.create_user(f"person-{number}@example.org")
    accounts.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    assert user.subject_id is not None
    actor = Actor(user.pk, user.subject_id, "session", vaults.open_by_server_slot(user.subject_id, "consent"))
    span = _span(plan.days_of(number))
    _write_days(actor, span, _write_targets(actor, number, span), random.Random(number))
    token = accounts.make_token(actor, "bench", ["all"]).text
    return Person(token, len(span), _session(user) if number < plan.sessions else "")


def _span(length: int) -> list[Day]:
    """The days that end today, the oldest first."""
    today = clock.utc_day()
    return [Day(today - timedelta(days=back)) for back in reversed(range(length))]


def _session(user: User) -> str:
    """The cookie of a browser that has just signed in."""
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.begin("personal", "")
    signing_in.open_vault(store, user)
    store.save()
    return str(store.session_key)


def _write_targets(actor: Actor, number: int, span: list[Day]) -> Aims:
    profile = Profile(sex=list(Sex)[number % 2], birth_date=date(1985, 5, 17), height=174.0, weight=71.0)
    with enter(actor, actor.subject, Purpose.PROFILE_WRITE) as vault:
        targets.save_profile(vault, profile, span[0])
        return queries.in_force(vault, span[-1])


def _write_days(actor: Actor, span: list[Day], aims: Aims, chance: random.Random) -> None:
    months = sorted({clock.month_of(day) for day in span})
    with enter(actor, actor.subject, Purpose.DIARY_WRITE) as vault:
        for month in months:
            wanted = [day for day in span if clock.month_of(day) == month]
            vault.write([Change(day_address(day), 0, _day(day, vault.subject, aims, chance)) for day in wanted])


def _day(day: Day, subject: UUID, aims: Aims, chance: random.Random) -> bytes:
    """A day as twelve acts of logging leave it."""
    midnight = (day - BEGINNING).days * 24 * HOUR
    kept = days.empty(day)
    for entry in _entries(subject, midnight, chance):
        kept = days.add(kept, [entry], Author(subject, subject, entry.changed_at))
    return packing.pack(msgspec.structs.replace(kept, aims=packing.pack_aims(aims)))


def _entries(subject: UUID, midnight: int, chance: random.Random) -> Iterator[Entry]:
    for place in range(ENTRIES):
        food, hour = chance.choice(_foods()), FIRST_HOUR + place
        portion = chance.choice(food.portions) if food.portions and place % 2 else None
        grams = float(chance.randrange(20, 300))
        amount = in_portions(1.0, portion.id, portion.name, portion.grams) if portion else in_weight(grams, "g")
        yield Entry(
            values=food.values, scale=amount.grams / food.measure, id=ids.new_id(), version=1, author=subject,
            meal=MEALS[place * len(MEALS) // ENTRIES], position=0, time=60 * hour, food_id=food.food_id,
            catalog_version=food.catalog_version, name=food.name, source=food.source, amount=amount.amount,
            unit=amount.unit, portion_id=amount.portion_id, portion_name=amount.portion_name,
            portion_grams=amount.portion_grams, grams=amount.grams, changed_at=midnight + hour * HOUR,
        )  # fmt: skip


@cache
def _foods() -> list[Source]:
    """Everyday foods of SR28, as the diary snapshots them."""
    return [of_catalog(f"sr28:{number}") for number in sorted(EVERYDAY)]
