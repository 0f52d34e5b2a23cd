"""`nutshell web`: one web process."""

import os
from argparse import ArgumentParser

from . import config, privileges
from .command import Arguments
from .processes import harden
from .web_process import serve


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--address", default="127.0.0.1", help="IP address to serve on (default: %(default)s)")
    parser.add_argument("--port", type=int, required=True, help="port to serve on, over mutual TLS")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    harden()
    os.environ.setdefault("NUTSHELL_ROLE", "web")
    found = config.load(os.environ)
    config.check(found)
    privileges.check_few(found)
    serve(found, arguments.address, arguments.port)
