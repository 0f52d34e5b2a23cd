"""`nutshell backup`: make a set now; make a key, verify a set; keep them while the product runs."""

import os
from argparse import ArgumentParser
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from . import config as settings
from .command import Arguments
from .config import Config
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_now)
    acts = parser.add_subparsers(metavar="ACT")
    key = acts.add_parser("key", help="make a pair of keys: the file must not stay on this machine")
    key.add_argument("file", type=Path, metavar="FILE", help="where to write the private key; made, never overwritten")
    key.set_defaults(run=_key)
    verify = acts.add_parser("verify", help="open a set in a scratch folder and look whether it would do")
    arguments_of_set(verify)
    verify.set_defaults(run=_verify)
    base = acts.add_parser("base", help="copy whole PostgreSQL servers: what `recover` begins from")
    base.set_defaults(run=_base)
    wal = acts.add_parser("wal", help="keep one piece of a server's log (asked for by PostgreSQL's archive_command)")
    wal.add_argument("piece", type=Path, metavar="FILE", help="%%p in archive_command")
    wal.set_defaults(run=_wal)
    keep = acts.add_parser("keep", help="make sets from time to time (started by `up`)")
    keep.set_defaults(run=_keep)


def arguments_of_set(parser: ArgumentParser) -> None:
    """Which set, and what opens it: as `restore` has them too."""
    parser.add_argument("--identity", type=Path, required=True, metavar="FILE", help="the private age key")
    parser.add_argument("--from", type=Path, dest="folder", help="the folder of backups (default: NUTSHELL_BACKUPS)")
    parser.add_argument("--at", default="", metavar="SET", help="which set, as 20261126T234512Z (default: the newest)")


def folder_of(arguments: Arguments, config: Config) -> Path:
    """Raises ConfigurationError if there is none."""
    folder = arguments.folder or config.backups
    if folder is None or not folder.is_dir():
        raise ConfigurationError("Say where the backups are: --from FOLDER, or NUTSHELL_BACKUPS.")
    return Path(folder).absolute()


def loaded() -> Config:
    """The settings, checked. Raises WrongSetting."""
    harden()
    config = settings.load(os.environ)
    settings.check(config)
    return config


def _chosen() -> Config:
    config = loaded()
    if config.backups is None:
        raise ConfigurationError("Set NUTSHELL_BACKUPS (where to) and NUTSHELL_BACKUP_TO (the public key) first.")
    return config


def _now(_arguments: Arguments) -> None:
    from .backup import actions, servers
    from .catalog import show

    config = _chosen()
    kind = servers if servers.are_used(config) else actions
    print(f"Backed up: {kind.back_up(config, show)}")


def _key(arguments: Arguments) -> None:
    from .backup import keys

    public = keys.make(arguments.file)
    print(f"NUTSHELL_BACKUP_TO={public}")
    print(f"Take {arguments.file} off this machine and keep it twice: without it no backup opens.")


def _verify(arguments: Arguments) -> None:
    from .backup import actions, servers
    from .catalog import show

    config = loaded()
    folder = folder_of(arguments, config)
    kind = servers if servers.made(folder, arguments.identity, arguments.at) else actions
    counted = kind.verify(config, folder, arguments.identity, arguments.at, show)
    print("In order: " + ", ".join(f"{database} {rows:,} rows" for database, rows in sorted(counted.items())) + ".")


def _base(_arguments: Arguments) -> None:
    from .backup import servers, wal
    from .catalog import show

    config = _chosen()
    if not servers.are_used(config):
        raise ConfigurationError("Whole servers are PostgreSQL's: `nutshell backup` copies the embedded databases.")
    print(f"Backed up: {wal.back_up(config, show)}")


def _wal(arguments: Arguments) -> None:
    from .backup import wal

    os.environ.pop("NUTSHELL_LAUNCHER", None)  # a server started this, and outlives whoever started that
    wal.archive(_chosen(), arguments.piece)


def _keep(_arguments: Arguments) -> None:
    from .backup import keeping

    keeping.keep(_chosen())
