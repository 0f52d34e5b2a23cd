"""The pair of keys for backups."""

import os
from pathlib import Path

import pyrage

from nutshell.common.errors import ConfigurationError


def make(path: Path) -> str:
    """Write a new private key, for its owner's eyes only; the public one. Raises ConfigurationError."""
    private = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"{path} is there already: it is not overwritten.") from None
    except OSError as failed:
        raise ConfigurationError(f"{path} cannot be written: {failed.strerror}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {private.to_public()}\n{private}\n")
    return str(private.to_public())
