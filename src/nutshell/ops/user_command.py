"""`nutshell user add|unlock|disable|enable EMAIL`."""

import getpass
import sys
from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError, NotFound

from .command import Arguments, django_as
from .key_store import require


def configure(parser: ArgumentParser) -> None:
    choices = parser.add_subparsers(metavar="add|unlock|disable|enable", required=True)
    text = "Make an account whose address needs no code. The password is asked for, or read from standard input."
    add = choices.add_parser("add", help="make an account with a verified address", description=text)
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--invite", action="store_true", help="print a link with which the person makes the account")
    add.set_defaults(run=_run)
    text = "Forgive the wrong guesses at somebody's password and second factors. Make sure of who asks for it."
    unlock = choices.add_parser("unlock", help="forgive wrong guesses", description=text)
    unlock.add_argument("email", metavar="EMAIL")
    unlock.set_defaults(run=_unlock)
    text = "Let this account sign in nowhere, and end its sessions and tokens. Nothing is erased."
    disable = choices.add_parser("disable", help="let an account sign in nowhere", description=text)
    disable.add_argument("email", metavar="EMAIL")
    disable.set_defaults(run=_disable)
    enable = choices.add_parser("enable", help="let a disabled account sign in again")
    enable.add_argument("email", metavar="EMAIL")
    enable.set_defaults(run=_enable)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.operators import actions

    require(settings.NUTSHELL)
    if arguments.invite:
        secret = actions.invite(arguments.email)
        print(f"Valid for seven days and once: {settings.NUTSHELL.origin}/account/invitation/{secret}/")
        return
    actions.make_account(arguments.email, _password())
    print(f"{arguments.email} can sign in at {settings.NUTSHELL.origin}.")


def _unlock(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.accounts import actions, queries

    require(settings.NUTSHELL)
    actions.unlock(queries.user_by_email(arguments.email))
    print(f"{arguments.email} can try again.")


def _disable(arguments: Arguments) -> None:
    _change(arguments.email, "disable")
    print(f"{arguments.email} signs in nowhere; its sessions and tokens have ended.")


def _enable(arguments: Arguments) -> None:
    _change(arguments.email, "enable")
    print(f"{arguments.email} can sign in again.")


def _change(email: str, act: str) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.operators import actions

    require(settings.NUTSHELL)
    try:
        {"disable": actions.disable, "enable": actions.enable}[act](email)
    except NotFound:
        raise ConfigurationError(actions.NO_ACCOUNT) from None


def _password() -> str:
    """Never an argument of the command: those are seen by every user of the machine."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
