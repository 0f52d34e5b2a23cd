"""Makes the canary subjects: accounts of nobody with a believable diary, made and kept like anybody's.

The key store watches over them from the moment on when they are finished. Until then nothing rings.
"""

import random
import secrets
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

import msgspec

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents
from nutshell.accounts.types import Actor
from nutshell.common import clock
from nutshell.diary import actions as diary
from nutshell.diary.types import NewEntry
from nutshell.forms import LogFood
from nutshell.gate.actions import enter
from nutshell.gate.types import Purpose
from nutshell.vault import actions as vault
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.queries import open_by_server_slot

from . import demo
from .config import Config

FEWEST_DAYS, MOST_DAYS = 10, 45
FIRST = ("anna", "ben", "clara", "david", "eva", "felix", "hannah", "jonas", "laura", "marie", "nina", "paul", "sara")
LAST = ("bauer", "becker", "fischer", "keller", "koch", "lang", "meyer", "roth", "schmidt", "vogel", "weber", "wolf")


class KeyStore(Protocol):
    """What this needs of the key store's client."""

    def canaries_wanted(self) -> int: ...

    def add_canary(self, subject: UUID) -> None: ...


def make_missing(key_store: KeyStore, config: Config) -> None:
    """One at a time, as each opens a server slot. One that a crash cut off is an account of nobody that never rings."""
    if key_store.canaries_wanted():
        key_store.add_canary(_made(config))


def _made(config: Config) -> UUID:
    """Its openings give the reasons that a newcomer's first session gives, so that leaves do not tell it from one."""
    user = accounts.create_user(_address(config), secrets.token_urlsafe(24))
    for text in consents.current():
        accounts.give_consent(user, text.document, text.version)
    subject: UUID = user.subject_id
    bundle = open_by_server_slot(subject, "login")
    _eat(Actor(user.pk, subject, "session", bundle), bundle)
    return subject


def _address(config: Config) -> str:
    """Of the installation's own host, or of one that belongs to nobody: no mail for it may reach a stranger."""
    host = "example.org" if config.loopback else config.host
    return f"{secrets.choice(FIRST)}.{secrets.choice(LAST)}{secrets.randbelow(9000) + 1000}@{host}"


def _eat(actor: Actor, bundle: OwnerBundle) -> None:
    """Some weeks of meals up to yesterday, then the root over all of it, as a session of an owner leaves it."""
    assert actor.subject is not None
    chance = random.SystemRandom()
    last = clock.utc_day() - timedelta(days=1)
    days = demo.entries(last, chance.randint(FEWEST_DAYS, MOST_DAYS), chance)
    for day, eaten in groupby(days, key=lambda entry: entry.day):
        with enter(actor, owner=actor.subject, purpose=Purpose.DIARY_WRITE) as opened:
            diary.log_many(opened, day, list(_foods(eaten)))
    vault.reseal_root(actor.subject, bundle, "errand")


def _foods(eaten: Iterator[demo.Entry]) -> Iterator[NewEntry]:
    return (msgspec.convert(one.body, LogFood).entry() for one in eaten if "food_id" in one.body)
