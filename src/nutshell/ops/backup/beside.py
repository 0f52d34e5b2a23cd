"""What lies beside the databases: tombstones, checkpoints, the KMS key, and for how long copies may stay."""

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.common.kms_address import File
from nutshell.ops import config as settings
from nutshell.ops.config import Config
from nutshell.ops.files import write_private

from . import sets
from .sets import Sets


def check_ages(kept: Sets, config: Config) -> None:
    for database, days in settings.days_of(config).items():
        old = [name for name in kept.names(database) if (clock.now() - sets.moment(name)).days > days]
        if old:
            raise ConfigurationError(f"{kept.file(database, old[0])} is older than {days} days: remove it.")


def check_tombstones(kept: Sets, config: Config) -> None:
    """Where this machine has tombstones, the shipped ones are the beginning of them."""
    shipped = kept.tombstones.read_bytes() if kept.tombstones.exists() else b""
    here = config.tombstones.read_bytes() if config.tombstones.exists() else shipped
    if not here.startswith(shipped):
        raise ConfigurationError(f"{config.tombstones} lacks lines that {kept.tombstones} has.")


def put_tombstones(kept: Sets, config: Config) -> None:
    """Those that were shipped and those of this machine: whichever is the longer, if one begins with the other."""
    shipped = kept.tombstones.read_bytes() if kept.tombstones.exists() else b""
    here = config.tombstones.read_bytes() if config.tombstones.exists() else b""
    longer, shorter = (shipped, here) if len(shipped) > len(here) else (here, shipped)
    if not longer.startswith(shorter):
        raise ConfigurationError(f"{config.tombstones} and {kept.tombstones} tell different things: keep one of them.")
    config.tombstones.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(config.tombstones, longer)


def put_checkpoints(kept: Sets, config: Config, name: str) -> None:
    if config.checkpoints.exists():
        # They tell of a trail that is longer than the restored one: kept, as what they are.
        config.checkpoints.replace(config.checkpoints.with_name(f"{config.checkpoints.name}.before-{name}"))
    points = kept.checkpoints(name)
    write_private(config.checkpoints, points.read_bytes() if points.exists() else b"")


def check_kms(config: Config) -> None:
    if isinstance(config.kms, File) and not config.kms_key.is_file():
        raise ConfigurationError(f"Put the KMS key back first: without {config.kms_key} nothing in a backup opens.")
