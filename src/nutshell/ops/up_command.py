"""`nutshell up`."""

import os
from argparse import ArgumentParser

from .command import Arguments
from .up import up


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="also make a demo account with 90 days of entries")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    up(os.environ, demo=arguments.demo)
