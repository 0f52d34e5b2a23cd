"""`nutshell restore`: put a set of backups in place on a machine without databases."""

import os
from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError

from .backup_command import arguments_of_set, folder_of, loaded
from .command import Arguments, django_as
from .config import as_owner

_NEXT = {
    False: "Start it with `nutshell up`.",
    True: "Start the key store, then `nutshell prepare` on the machine that brings tables up to date (`up` does both).",
}


def configure(parser: ArgumentParser) -> None:
    arguments_of_set(parser)
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    from .backup import actions, servers
    from .catalog import show
    from .up import running_launcher

    os.environ.update(as_owner(os.environ))
    config = loaded()
    if running_launcher(config):
        raise ConfigurationError(f"Nutshell is running on {config.data}: stop it first.")
    kind = servers if servers.are_used(config) else actions
    name = kind.restore(config, folder_of(arguments, config), arguments.identity, arguments.at, show)
    if kind is actions:  # PostgreSQL's servers are told of by the mark, when the key store runs again
        django_as("cli")
        from nutshell.audit.actions import record

        record("restored", None, "operator")
    print(f"Restored: everything stands as of {name}. Everybody signs in again. {_NEXT[servers.are_used(config)]}")
