"""`nutshell prepare`: tables of accounts and records, and the static files."""

import os
from argparse import ArgumentParser
from pathlib import Path

from nutshell.common import clock
from nutshell.common.errors import WrongSetting

from . import terminal
from .backup import marks, sets
from .command import Arguments, django_as
from .config import as_owner, load
from .processes import harden

LEFT = (
    "Erases that could not be finished: {left}. Nothing of these people is served, and each is tried again every "
    "minute; worker.log says where it fails."
)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--static", action="store_true", help="only this machine's static files")
    parser.add_argument(
        "--restored-to", default="", metavar="MOMENT",
        help="accounts and records were put back to this moment, as 20261126T234512Z, by other means than `restore`: "
        "sign everybody out, and let each owner accept that once",
    )  # fmt: skip
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    harden()
    if arguments.static:
        _collect()
        return
    os.environ.update(as_owner(os.environ))
    data = load(os.environ).data
    marks.check_finished(data)
    if arguments.restored_to:
        marks.want(data, _moment(arguments.restored_to))
    django_as("cli")
    from django.conf import settings

    from .prepare import prepare

    if left := prepare():
        _tell(settings.NUTSHELL.run, LEFT.format(left=left))


def _collect() -> None:
    django_as("cli")
    from django.conf import settings

    from .static import collect

    collect(settings.STATIC_ROOT)


def _moment(text: str) -> str:
    """Raises WrongSetting for anything else."""
    try:
        found = sets.moment(text)
    except ValueError:
        raise WrongSetting("--restored-to must be a moment in UTC, as 20261126T234512Z.") from None
    if found > clock.now():
        raise WrongSetting("--restored-to must not lie in the future.")
    return sets.stamp(found)


def _tell(run: Path, sentence: str) -> None:
    try:
        terminal.tell(run, sentence)
    except OSError:
        print(sentence)
