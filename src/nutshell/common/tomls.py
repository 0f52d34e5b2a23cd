"""Files of settings that ship with the product, and that an operator may put their own in place of. Pure."""

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import msgspec

from .errors import ConfigurationError

_Kind = TypeVar("_Kind")


def read(own: Path | None, shipped: Traversable, kind: type[_Kind]) -> _Kind:
    """The operator's own file, else the one shipped. Raises ConfigurationError with one sentence."""
    try:
        return msgspec.toml.decode((own or shipped).read_bytes(), type=kind)
    except OSError as failed:
        raise ConfigurationError(f"{own} cannot be read: {failed.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise ConfigurationError(f"{own}: {str(wrong).replace('$.', '').rstrip('.')}.") from None
