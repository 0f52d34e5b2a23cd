"""People, keys, tokens and days, written by the product's own rooms into a running product's databases.

Every person is made as at sign-up (key store, records, accounts), agrees to the health-data text, has a profile with
targets and one API token; every day holds entries of real SR28 foods as twelve acts of logging leave them, sealed by
the vault. Only the grouping differs from real life: all days of a month are written in one transaction.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple, TextIO
from uuid import UUID

import msgspec

from .product import Product

ENTRIES = 12
MEALS = ("breakfast", "lunch", "dinner", "snacks")
PROCESSES = 2
PEOPLE_FILE = "bench-people.json"


class Plan(NamedTuple):
    """How many people; the first `long` of them have `long_days` instead of `days`, `sessions` a browser's session."""

    people: int = 1000
    days: int = 60
    long: int = 4
    long_days: int = 365
    sessions: int = 20

    def days_of(self, number: int) -> int:
        return self.long_days if number < self.long else self.days


class Person(msgspec.Struct):
    """What the load client needs of one: an API token, and for some a browser's session."""

    token: str
    days: int
    session: str = ""


def load(product: Product, plan: Plan) -> list[Person]:
    """Fill a running product, or take what an earlier run left in its data folder."""
    kept = product.data / PEOPLE_FILE
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=list[Person])
    begun = time.perf_counter()
    loaders = [_loader(product, plan, part) for part in range(PROCESSES)]
    people = _gathered(plan, loaders)
    kept.touch(0o600)
    kept.write_bytes(msgspec.json.encode(people))
    _tell(product, plan, time.perf_counter() - begun)
    return people


def _loader(product: Product, plan: Plan, part: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bench.load", json.dumps(plan), str(part)],
        env={**product.environ, "NUTSHELL_ROLE": "web", "DJANGO_SETTINGS_MODULE": "nutshell.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _gathered(plan: Plan, loaders: list["subprocess.Popen[str]"]) -> list[Person]:
    """One line a person from each loader in turn, with a bar while they come."""
    people: list[Person] = []
    for number in range(plan.people):
        output = loaders[number % PROCESSES].stdout
        assert output is not None
        line = output.readline()
        if not line:
            raise RuntimeError("A loader ended before its time.")
        people.append(msgspec.json.decode(line, type=Person))
        _bar(sys.stderr, len(people), plan.people)
    for loader in loaders:
        loader.wait()
    return people


def _bar(terminal: TextIO, done: int, of: int) -> None:
    if terminal.isatty() or done == of:
        print(f"\rloading [{'#' * (40 * done // of):40}] {done} of {of} people", end="", file=terminal, flush=True)
        if done == of:
            print(file=terminal)


def _tell(product: Product, plan: Plan, seconds: float) -> None:
    days = sum(plan.days_of(number) for number in range(plan.people))
    print(f"loaded {plan.people} people and {days} days of {ENTRIES} entries in {seconds:.0f} s ({PROCESSES} processes)")
    for path in sorted(product.data.glob("*.sqlite3*")):
        if path.suffix != ".lock" and path.stat().st_size:
            print(f"  {path.name}: {path.stat().st_size / 1e6:.1f} MB")
    print(f"  a sealed day: {_sealed_bytes(product):.0f} bytes of ciphertext on average")


def _sealed_bytes(product: Product) -> float:
    """Mean length of the sealed records of days: everything but the few that each person has besides."""
    import sqlite3

    with sqlite3.connect(f"file:{product.data / 'records.sqlite3'}?mode=ro", uri=True) as database:
        (mean,) = database.execute("SELECT avg(length(sealed)) FROM record WHERE length(sealed) > 4096").fetchone()
    return float(mean)


# ---------- in a loader process ----------


def _main() -> None:
    import django

    django.setup(set_prefix=False)
    plan, part = Plan(*json.loads(sys.argv[1])), int(sys.argv[2])
    for number in range(part, plan.people, PROCESSES):
        print(msgspec.json.encode(_person(plan, number)).decode(), flush=True)


def _person(plan: Plan, number: int) -> Person:
    from nutshell.accounts import actions as accounts
    from nutshell.accounts import consents
    from nutshell.accounts.types import Actor
    from nutshell.vault import queries as vault

    user = accounts.create_user(f"person-{number}@example.org")
    accounts.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    assert user.subject_id is not None
    bundle = vault.open_by_server_slot(user.subject_id, "consent")
    actor = Actor(user.pk, user.subject_id, "session", bundle)
    _write_days(actor, number, plan.days_of(number))
    token = accounts.make_token(actor, "bench", ["all"]).text
    return Person(token, plan.days_of(number), _session(user.pk) if number < plan.sessions else "")


def _session(user_id: int) -> str:
    """The cookie of a browser that has just signed in."""
    from nutshell.accounts import signing_in
    from nutshell.accounts.models import User
    from nutshell.accounts.sessions import SessionStore

    user, store = User.objects.get(pk=user_id), SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.begin("personal", "")
    signing_in.open_vault(store, user)
    store.save()
    return str(store.session_key)


def _write_days(actor: "object", number: int, days: int) -> None:
    from nutshell.common import clock
    from nutshell.diary.addresses import day_address
    from nutshell.gate import Actor, Purpose, enter
    from nutshell.targets import actions as targets
    from nutshell.targets import queries
    from nutshell.targets.types import Profile, Sex
    from nutshell.vault.types import Change

    assert isinstance(actor, Actor)
    today = clock.utc_day()
    last = [clock.Day(today - timedelta(days=back)) for back in range(days)]
    profile = Profile(sex=list(Sex)[number % 2], birth_date=date(1985, 5, 17), height=174.0, weight=71.0)
    with enter(actor, actor.subject, Purpose.PROFILE_WRITE) as vault:
        targets.save_profile(vault, profile, last[-1])
    chance = random.Random(number)
    with enter(actor, actor.subject, Purpose.DIARY_WRITE) as vault:
        aims = queries.in_force(vault, today)
        for month in sorted({clock.month_of(day) for day in last}):
            wanted = [day for day in last if clock.month_of(day) == month]
            vault.write([
                Change(day_address(day), 0, _day(day, vault.subject, aims, chance)) for day in wanted
            ])  # fmt: skip


def _day(day: date, subject: UUID, aims: "object", chance: random.Random) -> bytes:
    """A day as twelve acts of logging leave it."""
    from nutshell.common.clock import Day
    from nutshell.diary import days, packing
    from nutshell.diary.days import Author

    made = days.empty(Day(day))
    midnight = 86_400 * (day.toordinal() - date(1970, 1, 1).toordinal())
    for place, entry in enumerate(_entries(subject, midnight, chance)):
        made = days.add(made, [entry], Author(subject, subject, midnight + 3600 * (7 + place)))
    return packing.pack(msgspec.structs.replace(made, aims=packing.pack_aims(aims)))  # type: ignore[arg-type]


def _entries(subject: UUID, midnight: int, chance: random.Random) -> Iterator["object"]:
    from nutshell.common import ids
    from nutshell.diary.sources import in_portions, in_weight
    from nutshell.diary.types import Entry

    for place in range(ENTRIES):
        food = chance.choice(_foods())
        portion = chance.choice(food.portions) if food.portions and place % 2 else None
        amount = (
            in_portions(1.0, portion.id, portion.name, portion.grams)
            if portion
            else in_weight(float(chance.randrange(20, 300)), "g")
        )
        yield Entry(
            values=food.values, scale=amount.grams / food.measure, id=ids.new_id(), version=1, author=subject,
            meal=MEALS[place * len(MEALS) // ENTRIES], position=0, time=60 * (7 + place), food_id=food.food_id,
            catalog_version=food.catalog_version, name=food.name, source=food.source, amount=amount.amount,
            unit=amount.unit, portion_id=amount.portion_id, portion_name=amount.portion_name,
            portion_grams=amount.portion_grams, grams=amount.grams, changed_at=midnight + 3600 * (7 + place),
        )  # fmt: skip


_sources: list["object"] = []


def _foods() -> list[Any]:
    """Everyday foods of SR28, as the diary snapshots them."""
    from nutshell.catalog.everyday import EVERYDAY
    from nutshell.diary.sources import of_catalog

    if not _sources:
        _sources.extend(map(of_catalog, sorted(EVERYDAY)))
    return _sources


if __name__ == "__main__":
    _main()
