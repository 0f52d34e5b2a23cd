"""A PostgreSQL server's files as of any moment: a whole copy, and its log up to there."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from nutshell.common.errors import ConfigurationError
from nutshell.ops.files import private_folder

from . import postgresql, sealed, sets, wal
from .bars import Bar, Say

_LOG = "recovered-log"
_SETTINGS = """
# Written by `nutshell recover`: the server goes to this moment when it is started, and forgets these lines' work then.
restore_command = 'cp "{log}/%f" "%p"'
recovery_target_time = '{until}'
recovery_target_action = 'promote'
recovery_end_command = 'rm -rf "{log}"'
"""


def recover(base: Path, log: Path, identity: Path, until: datetime, target: Path, say: Say) -> str:
    """Make the data folder `target` of a server that, when it is started, stands at `until`; which copy it began from.

    `base` holds the whole copies of this server, `log` the folder of backups that it gave its log to. Raises
    ConfigurationError with nothing half made.
    """
    keys = sealed.identities(identity)
    source = _newest(base, until)
    if target.exists() and any(target.iterdir()):
        raise ConfigurationError(f"{target} is not empty: move it away first.")
    bar = Bar(say, 2 * source.stat().st_size)
    head = sealed.check(source, keys, partial(bar.add, "opening the copy"))
    if head.database != f"base/{base.name}" or head.at != source.stem:
        raise ConfigurationError(f"{source} was {head.database} of {head.at}: somebody exchanged it.")
    try:
        _make(source, log, keys, until, private_folder(target), bar)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    say(f"from {head.at} to {until:%Y-%m-%d %H:%M:%S} UTC", 1.0)
    return head.at


def _newest(base: Path, until: datetime) -> Path:
    """The last copy that was begun before."""
    names = sorted(path.stem for path in base.glob("*.age"))
    fit = [name for name in names if sets.is_stamp(name) and sets.moment(name) < until]
    if not fit:
        raise ConfigurationError(f"{base} holds no whole copy of before {until:%Y-%m-%d %H:%M:%S} UTC.")
    return base / f"{fit[-1]}.age"


def _make(source: Path, log: Path, keys: list[sealed.Identity], until: datetime, target: Path, bar: Bar) -> None:
    _unpack(source, keys, target, bar)
    pieces = private_folder(target / _LOG)
    first = _first_piece(target)
    for name, path in wal.files(log).items():
        if name.endswith(".history") or name[8:24] >= first[8:]:
            wal.open_(path, keys, pieces / name)
    if not (pieces / first).exists() and not (target / "pg_wal" / first).exists():
        raise ConfigurationError(f"{log} does not hold the log from {first} on.")
    words = _SETTINGS.format(log=pieces, until=until.astimezone(UTC).isoformat(" "))
    with (target / "postgresql.auto.conf").open("a") as file:
        file.write(words)
    (target / "recovery.signal").touch()
    _give(target)


def _unpack(source: Path, keys: list[sealed.Identity], target: Path, bar: Bar) -> None:
    command = ("tar", "--extract", "--gzip", "--file=-", "--preserve-permissions", f"--directory={target}")
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing) as program:  # noqa: S603
        with suppress(BrokenPipeError):
            sealed.unseal_stream(source, keys, cast(BinaryIO, program.stdin), partial(bar.add, "unpacking the copy"))
        program.communicate()
        if program.returncode:
            raise ConfigurationError(f"The copy could not be unpacked to {target}: is the disk full?")


def _first_piece(target: Path) -> str:
    """Of the log that this copy needs."""
    found = re.search(r"\(file ([0-9A-F]{24})\)", (target / "backup_label").read_text())
    if not found:
        raise ConfigurationError(f"{target} is no copy of a server.")
    return found[1]


def _give(target: Path) -> None:
    """To the user under whom the server runs, where that is another."""
    if user := postgresql.unprivileged():
        for path in (target, *target.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
