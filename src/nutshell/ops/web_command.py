"""`nutshell web`: one web process."""

import os
from argparse import ArgumentParser

from . import config
from .command import Arguments
from .processes import harden
from .web_process import serve


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, required=True, help="loopback port to serve on, over mutual TLS")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    harden()
    os.environ.setdefault("NUTSHELL_ROLE", "web")
    found = config.load(os.environ)
    config.check(found)
    serve(found, arguments.port)
