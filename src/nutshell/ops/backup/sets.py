"""The folder of backups: a folder for each database, a file for each moment; and what lies beside the databases.

    accounts/20261126T234512Z.age   records/…   keys/…      sealed; same name: same moment
    checkpoints/20261126T234512Z                            of the audit trail at that moment; holds no person
    checkpoints/latest                                      with PostgreSQL: as they grow
    tombstones                                              of everything destroyed; holds no person

Accounts and keys are kept for seven days at most: whoever was erased is told that no copy opens after that.
"""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nutshell.common.errors import ConfigurationError
from nutshell.ops.files import private_folder, write_private

DATABASES = ("keys", "accounts", "records")
"""In the order in which they are written to and kept: a set is there when its records are."""
_STAMP = re.compile(r"\d{8}T\d{6}Z")
_FORMAT = "%Y%m%dT%H%M%SZ"
MOST_DAYS = 7
EVERY_COPY = timedelta(days=1)
"""For so long each copy is kept; of older days the last one."""


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_FORMAT)


def moment(name: str) -> datetime:
    return datetime.strptime(name, _FORMAT).replace(tzinfo=UTC)


def is_stamp(name: str) -> bool:
    return bool(_STAMP.fullmatch(name))


class Sets:
    """What lies in a folder of backups, of these databases: with PostgreSQL each machine copies its own."""

    def __init__(self, folder: Path, databases: tuple[str, ...] = DATABASES) -> None:
        self.folder, self.databases = folder, databases

    @property
    def tombstones(self) -> Path:
        return self.folder / "tombstones"

    def checkpoints(self, name: str) -> Path:
        return self.folder / "checkpoints" / name

    def file(self, database: str, name: str) -> Path:
        return self.folder / database / f"{name}.age"

    def make(self) -> None:
        """Raises ConfigurationError if the folder cannot be written."""
        try:
            for part in ("", "checkpoints", *self.databases):
                private_folder(self.folder / part)
        except OSError as failed:
            raise ConfigurationError(f"The backups' folder {self.folder} cannot be used: {failed.strerror}.") from None

    def names(self, database: str) -> list[str]:
        """The moments of which this database is kept, the oldest first."""
        found = (path.stem for path in (self.folder / database).glob("*.age"))
        return sorted(name for name in found if _STAMP.fullmatch(name))

    def whole(self) -> list[str]:
        """The moments of which everything is kept, the oldest first."""
        found = [set(self.names(database)) for database in self.databases]
        return sorted(set.intersection(*found))

    def chosen(self, name: str) -> str:
        """That set, or the newest for "". Raises ConfigurationError if it is not there."""
        there = self.whole()
        if not there:
            raise ConfigurationError(f"{self.folder} holds no whole set of backups.")
        if name and name not in there:
            raise ConfigurationError(f"There is no whole set {name}; the newest is {there[-1]}.")
        return name or there[-1]

    def prune(self, now: datetime, days: Mapping[str, int]) -> list[Path]:
        """Remove what is older than `days` of its database, all but the last copy of each day before yesterday, and
        what was begun and not finished. The files that went."""
        gone = [path for database in self.databases for path in (self.folder / database).glob(".*.part")]
        for database in self.databases:
            names = self.names(database)
            kept = set(_kept(names, now, days[database]))
            gone += [self.file(database, name) for name in names if name not in kept]
        if "accounts" in self.databases:
            whole = set(self.whole())
            gone += [path for path in (self.folder / "checkpoints").glob("*Z") if path.name not in whole]
        for path in gone:
            path.unlink(missing_ok=True)
        return gone


def _kept(names: Iterable[str], now: datetime, days: int) -> list[str]:
    last_of_day: dict[str, str] = {}
    kept = []
    for name in names:
        age = now - moment(name)
        if age >= timedelta(days=days):
            continue
        if age < EVERY_COPY:
            kept.append(name)
        else:
            last_of_day[name[:8]] = name
    return [*kept, *last_of_day.values()]


def ship(source: Path, target: Path) -> bool:
    """Copy an append-only file of lines where it has grown; whether it had. The copy never gets shorter or different.

    Raises ConfigurationError where the source is not what it was and more: then somebody took lines away.
    """
    present = source.read_bytes() if source.exists() else b""
    present = present[: present.rfind(b"\n") + 1]
    kept = target.read_bytes() if target.exists() else b""
    if present == kept:
        return False
    if not present.startswith(kept):
        raise ConfigurationError(f"{source} lacks lines that {target} has: it is not copied. Look who changed it.")
    write_private(target, present)
    sync(target.parent)
    return True


def ship_anew(source: Path, target: Path, now: datetime) -> bool:
    """The same for a file that a restore cuts short: what was shipped before then lies beside, and stays."""
    try:
        return ship(source, target)
    except ConfigurationError:
        target.replace(target.with_name(f"{target.name}.before-{stamp(now)}"))
        return ship(source, target)


def sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
