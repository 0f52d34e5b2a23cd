"""`nutshell stack`: the production topology on one machine, for trials."""

import os
from argparse import REMAINDER, ArgumentParser
from importlib.util import find_spec
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from .command import Arguments

_NEEDED = ("aiosmtpd", "psycopg")


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    up = acts.add_parser("up", help="start every part, with real servers, and keep them running")
    up.add_argument("folder", type=Path, help="where everything lies; made if absent")
    up.add_argument("--nodes", type=int, default=2, choices=range(1, 10), help="web nodes (default: %(default)s)")
    up.add_argument("--workers", type=int, default=1, choices=range(1, 10), help="workers (default: %(default)s)")
    up.set_defaults(run=_up)
    beside = acts.add_parser("run", help="run another `nutshell` command as an operator of a running stack")
    beside.add_argument("folder", type=Path, help="the stack's folder")
    beside.add_argument(
        "--as", dest="part", default="operator", choices=("operator", "deploy", "backup", "keys"),
        help="on which part's machine (default: operator)",
    )  # fmt: skip
    beside.add_argument("command", nargs=REMAINDER, help="the command and its arguments, after --")
    beside.set_defaults(run=_beside)
    mail = acts.add_parser("mail", help="run the mail sink (started by `up`)")
    mail.add_argument("folder", type=Path, help="the stack's folder")
    mail.set_defaults(run=_mail)


def _up(arguments: Arguments) -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigurationError(f"The stack needs {', '.join(missing)}: pip install 'nutshell[stack]'.")
    from .stack import run

    run.up(_folder(arguments), os.environ, arguments.nodes, arguments.workers)


def _beside(arguments: Arguments) -> None:
    from .stack import run

    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    run.command(_folder(arguments), os.environ, arguments.part, words)


def _mail(arguments: Arguments) -> None:
    from .stack import run

    run.mail_sink(_folder(arguments), os.environ)


def _folder(arguments: Arguments) -> Path:
    folder: Path = arguments.folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder.")
    return folder
