"""`nutshell erase EMAIL`: the operator's own removal of an account."""

import sys
from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError, NotFound

from .command import Arguments, django_as
from .key_store import client

_NOT_FINISHED = (
    "The erase began and could not be finished. Nothing of this person opens any more; the rest is tried again "
    "every minute while `nutshell up` runs, and worker.log says where it fails."
)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.accounts import actions, queries
    from nutshell.erasure.actions import resume_all
    from nutshell.operators import actions as operators

    operator = client(settings.NUTSHELL, "operator")
    try:
        user = queries.user_by_email(arguments.email)
    except NotFound:
        raise ConfigurationError("No account has this address.") from None
    if not arguments.yes:
        _confirm(arguments.email)
    operators.tell("account-removed")
    if user.subject_id is None:
        actions.delete_user(user)
    else:
        operator.begin_erase_as_operator(user.subject_id)
        if user.subject_id in resume_all():
            raise ConfigurationError(_NOT_FINISHED)
    print("Removed. Key-store backups are kept for seven days at most; after that no copy anywhere opens.")


def _confirm(email: str) -> None:
    """Raises ConfigurationError unless the address is typed again."""
    print(f"This removes {email} and everything in it, for good. Type the address again: ", end="", flush=True)
    if sys.stdin.readline().strip() != email:
        raise ConfigurationError("That was another address: nothing is removed.")
