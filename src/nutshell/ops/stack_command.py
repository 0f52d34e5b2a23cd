"""`nutshell stack`: the production topology on one machine, for trials."""

import os
from argparse import ArgumentParser
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    up = acts.add_parser("up", help="start every part, with real servers, and keep them running")
    up.add_argument("folder", type=Path, help="where everything lies; made if absent")
    up.add_argument("--nodes", type=int, default=2, choices=range(1, 10), help="web nodes (default: %(default)s)")
    up.add_argument("--workers", type=int, default=1, choices=range(1, 10), help="workers (default: %(default)s)")
    up.set_defaults(run=_up)
    mail = acts.add_parser("mail", help="run the mail sink (started by `up`)")
    mail.add_argument("folder", type=Path)
    mail.set_defaults(run=_mail)


def _up(arguments: Arguments) -> None:
    from .stack import plan, run

    run.up(_folder(arguments), os.environ, plan.Plan.trial(arguments.nodes, arguments.workers))


def _mail(arguments: Arguments) -> None:
    harden()
    from .stack import run

    run.mail_sink(_folder(arguments), os.environ)


def _folder(arguments: Arguments) -> Path:
    folder: Path = arguments.folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder.")
    return folder
