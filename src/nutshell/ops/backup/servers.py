"""Backups of PostgreSQL: each machine copies the databases that it reaches, each sealed while it is read.

The copies of one run have one name, and are of one moment each: accounts first, keys last, so whoever has records in a
run has keys in it. The owners' log-ins are told of the difference by a restore mark (`restoring`).
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.config import Config
from nutshell.ops.databases import way_of
from nutshell.ops.files import private_folder, write_private

from . import beside, marks, postgresql, scratch, sealed, sets
from .bars import Bar, Say
from .postgresql import Way
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
        bar = _Shipping(config, kept, Bar(say, sum(postgresql.size(way_of(url)) for url in urls.values())))
        for database in reversed(kept.databases):
            way, target = way_of(urls[database]), kept.file(database, name)
            head = Head.of_stream(database, name, postgresql.roles_of_policies(way))
            try:
                source = postgresql.dumping(way)
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


# ---------- verifying ----------


def verify(config: Config, folder: Path, identity: Path, name: str, say: Say) -> dict[str, int]:
    """Restore the copies of one run into a server of their own, for so long; how many rows each database has.

    Raises ConfigurationError with the first thing that is wrong.
    """
    kept, keys = Sets(folder, _there(folder)), sealed.identities(identity)
    chosen = kept.chosen(name)
    beside.check_ages(kept, config)
    roles = _check_whole(kept, chosen, keys, say)
    with scratch.server(kept.databases, roles) as place:
        _load(kept, chosen, keys, place, say)
        counted = {database: postgresql.rows(place[database]) for database in kept.databases}
        _check_fit(place)
    if "keys" in kept.databases:
        beside.check_tombstones(kept, config)
    say(f"{chosen} is whole", 1.0)
    return counted


def made(folder: Path, identity: Path, name: str) -> bool:
    """Whether this set is one of copies that came out of servers. Raises ConfigurationError."""
    kept, keys = Sets(folder, _there(folder)), sealed.identities(identity)
    source = kept.file(kept.databases[0], kept.chosen(name))
    return sealed.check(source, keys, lambda _: None).format == sealed.STREAM


def _there(folder: Path) -> tuple[str, ...]:
    """What a machine copied into this folder. Where that is nothing, nothing is found there either."""
    return tuple(database for database in sets.DATABASES if (folder / database).is_dir()) or sets.DATABASES


def _check_fit(place: Mapping[str, Way]) -> None:
    """Whoever has records has keys."""
    if {"keys", "records"} <= set(place):
        lacking = postgresql.ids(place["records"], "subject") - postgresql.ids(place["keys"], "subject_row")
        if lacking:
            raise ConfigurationError(f"{len(lacking)} people of the records have no keys: one copy is not of this run.")


# ---------- restoring ----------


def restore(config: Config, folder: Path, identity: Path, name: str, say: Say) -> str:
    """Put the copies of one run into the empty databases of this machine; their name. Tombstones come first.

    What is served from them is decided later: `nutshell prepare` erases again who was erased since, signs the mark of
    this restore and only then lets anybody in. Raises ConfigurationError.
    """
    kept, keys = Sets(folder, tuple(settings.urls(config))), sealed.identities(identity)
    chosen = kept.chosen(name)
    ways = {database: way_of(url) for database, url in settings.urls(config).items()}
    again = marks.is_unfinished(private_folder(config.data))
    _check_empty(config, ways, again)
    _check_whole(kept, chosen, keys, say)
    if "keys" in ways:
        beside.put_tombstones(kept, config)
    marks.begin(config.data, chosen)
    _load(kept, chosen, keys, ways, say, again)
    if "keys" in ways:
        postgresql.run(ways["keys"], "DELETE FROM epoch")  # nobody stays signed in
    if "accounts" in ways:
        beside.put_checkpoints(kept, config, chosen)
        marks.want(config.data, chosen)
    marks.end(config.data, chosen)
    say(f"restored to {chosen}", 1.0)
    return chosen


def _check_empty(config: Config, ways: Mapping[str, Way], again: bool) -> None:
    for database, way in ways.items():
        if not again and not postgresql.is_empty(way):
            raise ConfigurationError(f"The database {database} has tables: restore to an empty one.")
    if "keys" in ways:
        beside.check_kms(config)


def _check_whole(kept: Sets, name: str, keys: list[sealed.Identity], say: Say) -> set[str]:
    """All of it is opened before anything is put in place. The roles that it names."""
    roles: set[str] = set()
    bar = Bar(say, _length(kept, name))
    for database in kept.databases:
        source = kept.file(database, name)
        head = sealed.check(source, keys, partial(bar.add, f"opening {database}"))
        if (head.format, head.database, head.at) != (sealed.STREAM, database, name):
            raise ConfigurationError(f"{source} was {head.database} of {head.at}: somebody exchanged it.")
        roles.update(head.roles)
    return roles


def _load(
    kept: Sets, name: str, keys: list[sealed.Identity], ways: Mapping[str, Way], say: Say, instead: bool = False
) -> None:
    bar = Bar(say, _length(kept, name))
    for database in kept.databases:
        with postgresql.loading(ways[database], instead) as program:
            sealed.unseal_stream(kept.file(database, name), keys, program, partial(bar.add, f"filling {database}"))


def _length(kept: Sets, name: str) -> int:
    return sum(kept.file(database, name).stat().st_size for database in kept.databases)


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
