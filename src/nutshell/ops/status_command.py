"""`nutshell status`: keeps the status page."""

import os
import signal
from argparse import ArgumentParser
from threading import Event

from . import config as settings
from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    keep = acts.add_parser("keep", help="ask the web processes every minute and write the page (started by `up`)")
    keep.add_argument("address", nargs="+", metavar="HOST:PORT", help="of a web process")
    keep.set_defaults(run=_keep)


def _keep(arguments: Arguments) -> None:
    harden()
    config = settings.load(os.environ)
    settings.check(config)
    from .status.keeping import keep

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keep(config, arguments.address, stop)
