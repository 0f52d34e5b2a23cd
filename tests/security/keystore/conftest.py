"""A key store in this process, over a real SQLite file and with a clock that tests move; and real processes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from django.core.management import call_command
from django.db import connections
from tests.keystore import KeyStoreProcess, key_store, node  # noqa: F401

from nutshell.envelope import people, statements
from nutshell.vault.keystore.kms import KeyFile
from nutshell.vault.keystore.tombstones import Tombstones

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Person:
    """A subject with its private keys, as the owner's own device would hold them."""

    bundle: people.Bundle = field(default_factory=people.new_bundle)
    subject: UUID = field(default_factory=uuid4)

    @property
    def public(self) -> bytes:
        return msgspec.msgpack.encode(self.bundle.public())

    def signed(self, kind: str, target: bytes, details: bytes = b"", not_before: int = 0) -> bytes:
        return statements.sign(self.bundle.signing, kind, self.subject, target, not_before, details)


class MovedClock:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def alice() -> Person:
    return Person()


@pytest.fixture
def charlie() -> Person:
    return Person()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def keys_database(tmp_path: Path, django_db_blocker: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty, migrated keys.sqlite3 on the disk, in place of the test run's own."""
    usual = connections["keys"]
    path = tmp_path / "keys.sqlite3"
    connections["keys"] = type(usual)({**usual.settings_dict, "NAME": path}, "keys")
    with django_db_blocker.unblock():
        call_command("migrate", "keystore", database="keys", verbosity=0)
        yield path
        connections["keys"].close()
    connections["keys"] = usual


@pytest.fixture
def core(keys_database: Path, tmp_path: Path, clock: MovedClock):
    from nutshell.vault.keystore import service
    from nutshell.vault.keystore.core import Core

    made = Core(KeyFile.create(tmp_path / "kms.key", NOON), Tombstones(tmp_path / "tombstones"), clock)
    service.prepare(made)
    yield made
    made.tombstones.close()


@pytest.fixture
def own_process(tmp_path: Path) -> Iterator[KeyStoreProcess]:
    """A key store process of this test alone: to kill, restore and tamper with."""
    process = KeyStoreProcess(tmp_path).start()
    yield process
    process.stop()
