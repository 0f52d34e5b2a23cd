"""`nutshell prepare`: tables of accounts and records, and the static files."""

from argparse import ArgumentParser

from .command import Arguments, django_as
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    harden()
    django_as("cli")
    from .prepare import prepare

    prepare()
