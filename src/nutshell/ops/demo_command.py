"""`nutshell demo`: the demo account, for a loopback host only, since everyone can read its passphrase here."""

from argparse import ArgumentParser

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError, Conflict

from .command import Arguments, django_as
from .key_store import require


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.accounts import actions

    from .demo import EMAIL, PASSPHRASE, fill

    config = settings.NUTSHELL
    if not config.loopback:
        raise ConfigurationError("A demo account belongs on this machine alone: use NUTSHELL_HOST=localhost.")
    require(config)
    try:
        actions.create_user(EMAIL, PASSPHRASE)
    except Conflict:
        print(f"  Demo account: {EMAIL}, passphrase: {PASSPHRASE} (as it was left)")
        return
    count = fill(config, clock.utc_day())
    print(f"  Demo account: {EMAIL}, passphrase: {PASSPHRASE} ({count} entries in 90 days)")
