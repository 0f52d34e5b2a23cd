"""`nutshell prepare`: tables of accounts and records, and the static files."""

import os
from argparse import ArgumentParser
from pathlib import Path

from . import terminal
from .command import Arguments, django_as
from .config import as_owner
from .processes import harden

LEFT = (
    "Erases that could not be finished: {left}. Nothing of these people is served, and each is tried again every "
    "minute; worker.log says where it fails."
)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--static", action="store_true", help="only this machine's static files")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    harden()
    if arguments.static:
        _collect()
        return
    os.environ.update(as_owner(os.environ))
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


def _tell(run: Path, sentence: str) -> None:
    try:
        terminal.tell(run, sentence)
    except OSError:
        print(sentence)
