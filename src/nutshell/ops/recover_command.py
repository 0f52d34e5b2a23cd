"""`nutshell recover`: a PostgreSQL server's files as of any moment."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from nutshell.common import clock
from nutshell.common.errors import WrongSetting

from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--identity", type=Path, required=True, metavar="FILE", help="the private age key")
    for name, text in (("base", "the whole copies of one server, as BACKUPS/base/records"),
                       ("log", "the folder of backups to which that server gave its log")):  # fmt: skip
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FOLDER", help=text)
    parser.add_argument("--until", required=True, metavar="MOMENT", help="such as 2026-11-26T23:45:12.5Z")
    parser.add_argument("data", type=Path, metavar="DATA", help="the server's data folder: absent or empty")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    from .backup import recovering
    from .catalog import show

    harden()
    base, log, data = (path.expanduser().absolute() for path in (arguments.base, arguments.log, arguments.data))
    until = _moment(arguments.until)
    recovering.recover(base, log, arguments.identity, until, data, show)
    print(f"Start the server on {data}: it goes to {until:%Y-%m-%d %H:%M:%S} UTC, and on from there.")
    print(f"Before anybody is let in: nutshell prepare --restored-to {until:%Y%m%dT%H%M%SZ}")


def _moment(text: str) -> datetime:
    """Raises WrongSetting."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise WrongSetting("--until must be a moment with its zone, such as 2026-11-26T23:45:12Z.")
    if found > clock.now():
        raise WrongSetting("--until must not lie in the future.")
    return found.astimezone(UTC)
