"""`nutshell keys`: the key store process."""

import os
from argparse import ArgumentParser

from . import config as settings
from .backup.marks import check_finished
from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    harden()
    check_finished(settings.load(os.environ).data)
    from nutshell.vault.keystore.server import main

    main()
