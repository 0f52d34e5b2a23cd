"""What a restore leaves in the data folder for whoever starts there next."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops.files import write_private

from .sets import moment, stamp

_UNFINISHED, _STANDS_AT, _WANTED = "restoring", "restored", "restore-mark"


class Restored(NamedTuple):
    """To which moment, and when."""

    to: datetime
    at: datetime


def begin(data: Path, name: str) -> None:
    """From now on nothing starts here, until `end`."""
    write_private(data / _UNFINISHED, name.encode())


def end(data: Path, name: str) -> None:
    write_private(data / _STANDS_AT, f"{name} {stamp(clock.now())}\n".encode())
    (data / _UNFINISHED).unlink()


def is_unfinished(data: Path) -> bool:
    return (data / _UNFINISHED).exists()


def check_finished(data: Path) -> None:
    """Raises ConfigurationError where a restore was cut off: half of a set is no installation."""
    if is_unfinished(data):
        raise ConfigurationError(f"A restore to {data} did not finish: run `nutshell restore` again.")


def restored(data: Path) -> Restored | None:
    """None where nothing ever was."""
    with suppress(OSError, ValueError):
        to, at = (data / _STANDS_AT).read_text().split()
        return Restored(moment(to), moment(at))
    return None


def want(data: Path, name: str) -> None:
    """Before anything is served, the key store is to be told that accounts and records stand at this moment."""
    write_private(data / _WANTED, name.encode())


def wanted(data: Path) -> str:
    """The moment of which the key store is to be told, or ""."""
    path = data / _WANTED
    return path.read_text() if path.exists() else ""


def told(data: Path) -> None:
    (data / _WANTED).unlink(missing_ok=True)
