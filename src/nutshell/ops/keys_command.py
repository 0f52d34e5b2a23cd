"""`nutshell keys`: the key store process."""

from argparse import ArgumentParser

from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    harden()
    from nutshell.vault.keystore.server import main

    main()
