"""The `nutshell` command. Each subcommand is one function in one module of this package.

Exit status: 0 done, 1 it could not be done (one sentence on standard error), 2 the command line or a setting is wrong.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from nutshell import __version__
from nutshell.common.errors import InvalidInput, NutshellError, WrongSetting

from .logs import failure

Arguments = argparse.Namespace


class Subcommand(NamedTuple):
    """`module` is imported when the command is used, so that `--help` and `doctor` need nothing else to work."""

    name: str
    module: str
    help: str


SUBCOMMANDS = (
    Subcommand("up", "up_command", "start the product and keep it running"),
    Subcommand("doctor", "doctor", "explain every setting, and what is wrong with this installation"),
    Subcommand("trust", "trust", "let this machine's browsers trust the local certificate authority"),
    Subcommand("user", "user_command", "make an account, invite somebody, disable or enable an account"),
    Subcommand("admin", "admin_command", "say who may use the operators' console"),
    Subcommand("catalog", "catalog_command", "build, describe or check the foods and nutrients"),
    Subcommand("blog", "blog_command", "build the blog"),
    Subcommand("status", "status_command", "keep the status page"),
    Subcommand("certs", "certs_command", "list the certificates between the parts, or renew them while they are used"),
    Subcommand("backup", "backup_command", "back up the databases now, or look after backups"),
    Subcommand("restore", "restore_command", "put a set of backups in place on a machine without databases"),
    Subcommand("recover", "recover_command", "make the files of a PostgreSQL server as of any moment"),
    Subcommand("db", "db_command", "open a shell to a PostgreSQL database, as an operator"),
    Subcommand("audit", "audit_command", "verify the audit trail"),
    Subcommand("activity", "activity_command", "count what was unusual in a week"),
    Subcommand("compliance", "compliance_command", "write the self-assessment, or name overdue policies"),
    Subcommand("erase", "erase_command", "remove an account and everything in it"),
    Subcommand("receipt", "receipt_command", "check a receipt of an erase, or print the keys that check one"),
    Subcommand("register", "register_command", "write the register of processing, the data map or the processors"),
    Subcommand("freeze", "freeze_command", "refuse every secret to a node, or to all of them"),
    Subcommand("unfreeze", "unfreeze_command", "answer a frozen node again"),
    Subcommand("rotate", "rotate_command", "take a new version of the KMS key, or new signing keys"),
    Subcommand("incident", "incident_command", "keep the register of incidents, and rehearse them"),
    Subcommand("test-mail", "mail_command", "send one mail through the configured server"),
    Subcommand("keys", "keys_command", "run the key store process (started by `up`)"),
    Subcommand("web", "web_command", "run one web process (started by `up`)"),
    Subcommand("worker", "worker_command", "run the worker process (started by `up`)"),
    Subcommand("prepare", "prepare_command", "bring tables and static files up to date (done by `up`)"),
    Subcommand("deploy", "deploy_command", "write the configuration and the secrets of production machines"),
    Subcommand("stack", "stack_command", "run the production topology on one machine, for trials"),
    Subcommand("demo", "demo_command", "make the demo account (done by `up --demo`)"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole command; answers the exit status."""
    parsed = _parser(list(arguments if arguments is not None else sys.argv[1:])).parse_args(arguments)
    return run(lambda: parsed.run(parsed))


def run(act: Callable[[], int | None]) -> int:
    """Do it, and turn what is expected to go wrong into one sentence."""
    try:
        return act() or 0
    except NutshellError as error:
        print(f"nutshell: {_told(error)}", file=sys.stderr)
        if isinstance(error, WrongSetting):
            return 2
    except KeyboardInterrupt:
        print("nutshell: stopped.", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read our output has gone: nothing is wrong, and there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        # Where it happened, never what it said: a message may quote what was being worked on.
        print(f"nutshell: a fault in the program: {failure(error)}", file=sys.stderr)
    return 1


def _told(error: NutshellError) -> str:
    if isinstance(error, InvalidInput):
        return " ".join(str(sentence) for sentence in error.fields.values())
    return error.sentence % error.params if error.params else error.sentence


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nutshell",
        description="A nutrition tracker whose diary opens only for you, and for whom you say.",
        epilog="Settings come from the environment, prefixed NUTSHELL_: `nutshell doctor` explains each.",
    )
    parser.add_argument("--version", action="version", version=f"nutshell {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        own = commands.add_parser(subcommand.name, help=subcommand.help, description=_sentence(subcommand.help))
        if subcommand.name in arguments:
            import_module(f"nutshell.ops.{subcommand.module}").configure(own)
    return parser


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def django_as(role: str) -> None:
    """Set Django up for this process. A role that the launcher gave stays."""
    os.environ.setdefault("NUTSHELL_ROLE", role)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nutshell.settings")
    import django

    django.setup(set_prefix=False)


if __name__ == "__main__":
    sys.exit(main())
