"""`nutshell certs`: the certificates between the parts, and new ones while everything runs."""

import fcntl
import os
import signal
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from . import certificates
from . import config as settings
from .command import Arguments, django_as

PATIENCE_SECONDS = 120.0


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--stack", type=Path, metavar="FOLDER", help="of a stack's folder, not of NUTSHELL_DATA")
    parser.set_defaults(run=_list)
    acts = parser.add_subparsers(metavar="ACT")
    renew = acts.add_parser("renew", help="make new keys and certificates; who runs takes them up one by one")
    renew.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    renew.set_defaults(run=_renew)


def _places(arguments: Arguments) -> tuple[Path, Path]:
    """The folder of the certificates, and the lock of the launcher that looks after them."""
    if arguments.stack:
        folder: Path = arguments.stack.absolute()
        places = folder / "ca", folder / "lock"
    else:
        config = settings.load(os.environ)
        places = config.pki, config.run / "lock"
    if not places[0].is_dir():
        raise ConfigurationError(f"{places[0]} holds no certificates: start the product once.")
    return places


def _list(arguments: Arguments) -> None:
    pki, _ = _places(arguments)
    for one in certificates.held(pki):
        days = (one.until - datetime.now(UTC)).days
        serves = ", ".join(sorted(one.serves)) or "a client"
        print(f"{one.name:20} {days:3} days left, until {one.until:%Y-%m-%d}   {serves}")


def _renew(arguments: Arguments) -> None:
    pki, lock = _places(arguments)
    there = {one.name for one in certificates.held(pki)}
    if unknown := sorted(set(arguments.names) - there):
        raise ConfigurationError(f"There is no certificate {unknown[0]}: {', '.join(sorted(there))}.")
    if _runs(lock):
        _record(arguments)
    certificates.request(pki, arguments.names or there)
    if not _told(lock):
        print("They are made at the next start: nothing runs here.")
        return
    until = time.monotonic() + PATIENCE_SECONDS
    while certificates.requested(pki):
        if time.monotonic() > until:
            raise ConfigurationError("The launcher has not made them yet: look at what it says.")
        time.sleep(0.1)
    print("Made. Who runs takes them up one by one; the launcher says when all have.")


def _told(lock: Path) -> bool:
    """Whether a launcher runs, and was asked to look."""
    if not _runs(lock):
        return False
    os.kill(int(lock.read_text()), signal.SIGHUP)
    return True


def _runs(lock: Path) -> bool:
    """Whether a launcher holds the lock."""
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _record(arguments: Arguments) -> None:
    """One leaf, before anything is renewed."""
    if arguments.stack:
        from .stack.installation import Installation

        os.environ.update(Installation.at(arguments.stack.absolute(), os.environ).settings_of("operator"))
    django_as("cli")
    from nutshell.operators.actions import tell

    tell("certificates-renewed")
