"""Backups of PostgreSQL: each machine copies the databases that it reaches, each sealed while it is read.

The copies of one run have one name, and are of one moment each: accounts first, keys last, so whoever has records in a
run has keys in it. The owners' log-ins are told of the difference by a restore mark (`restoring`).
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.config import Config
from nutshell.ops.files import private_folder, write_private

from . import postgresql, sealed, sets
from .bars import Bar, Say
from .sealed import Head
from .sets import Sets

SHIP_SECONDS = 20.0


def are_used(config: Config) -> bool:
    """Whether what this process reaches lies on PostgreSQL."""
    return any(settings.urls(config).values())


def of(config: Config) -> Sets:
    assert config.backups is not None
    return Sets(config.backups, tuple(settings.urls(config)))


def back_up(config: Config, say: Say) -> str:
    """Make one copy of each database; their name. What is too old goes first. Raises ConfigurationError."""
    kept, urls = tidy(config), settings.urls(config)
    to, name = sealed.recipient(config.backup_to), sets.stamp(clock.now())
    with _alone(config):
        # Before the trail: a checkpoint of what the trail does not hold yet would be an alarm.
        points = config.checkpoints.read_bytes() if config.checkpoints.exists() else b""
        bar = _Shipping(config, kept, Bar(say, sum(map(postgresql.size, urls.values()))))
        for database in reversed(kept.databases):
            head, target = Head.of_stream(database, name), kept.file(database, name)
            try:
                source = postgresql.dumping(urls[database])
                sealed.seal_stream(source, head, to, target, partial(bar.add, f"copying {database}"))
            except OSError as failed:
                raise ConfigurationError(f"The backup could not be made: {failed.strerror}.") from None
        if "accounts" in kept.databases:
            write_private(kept.checkpoints(name), points)
    say(f"kept {name}", 1.0)
    return name


def tidy(config: Config) -> Sets:
    """Ship what lies beside the databases, remove what is too old. Raises ConfigurationError."""
    kept = of(config)
    kept.make()
    with _alone(config):
        _ship(config, kept)
        kept.prune(clock.now(), settings.days_of(config))
    return kept


def _ship(config: Config, kept: Sets) -> None:
    if "keys" in kept.databases:
        sets.ship(config.tombstones, kept.tombstones)
    if "accounts" in kept.databases:
        sets.ship_anew(config.checkpoints, kept.checkpoints("latest"), clock.now())


class _Shipping:
    """A bar that ships meanwhile: a copy may take longer than a tombstone may wait."""

    def __init__(self, config: Config, kept: Sets, bar: Bar) -> None:
        self._ship, self._bar, self._last = partial(_ship, config, kept), bar, time.monotonic()

    def add(self, step: str, size: int) -> None:
        self._bar.add(step, size)
        if time.monotonic() - self._last > SHIP_SECONDS:
            self._ship()
            self._last = time.monotonic()


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """One process at a time for each database. Raises ConfigurationError."""
    with ExitStack() as held:
        for database in settings.urls(config):
            path = private_folder(config.run) / f"backup-{database}.lock"
            lock = held.enter_context(os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigurationError("Another backup is being made. Try again when it is done.") from None
        yield
