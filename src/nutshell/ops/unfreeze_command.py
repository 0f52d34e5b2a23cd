"""`nutshell unfreeze NODE|--all`: answer a frozen node again."""

from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError

from .command import Arguments, django_as
from .freeze_command import add_node, chosen, named
from .key_store import client


def configure(parser: ArgumentParser) -> None:
    add_node(parser, required=True)
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    node = chosen(arguments, settings.NUTSHELL)
    if not client(settings.NUTSHELL, "operator").unfreeze(node):
        raise ConfigurationError("It was not frozen by itself: `nutshell freeze` shows what is.")
    print(f"{named(node)} answered again.")
