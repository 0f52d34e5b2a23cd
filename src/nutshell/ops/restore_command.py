"""`nutshell restore`: put a set of backups in place on a machine without databases."""

from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError

from .backup_command import arguments_of_set, folder_of, loaded
from .command import Arguments, django_as


def configure(parser: ArgumentParser) -> None:
    arguments_of_set(parser)
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    from .backup import actions
    from .catalog import show
    from .up import running_launcher

    config = loaded()
    if running_launcher(config):
        raise ConfigurationError(f"Nutshell is running on {config.data}: stop it first.")
    name = actions.restore(config, folder_of(arguments, config), arguments.identity, arguments.at, show)
    django_as("cli")
    from nutshell.audit.actions import record

    record("restored", None, "operator")
    print(f"Restored: everything stands as of {name}. Everybody signs in again. Start it with `nutshell up`.")
