"""The key store's client for the operator's commands and the worker."""

from typing import Literal

from nutshell.common.errors import ConfigurationError
from nutshell.vault.keystore.client import KeyStoreClient

from .config import Config


def require(config: Config) -> tuple[str, int]:
    """Where the key store listens. Raises ConfigurationError if none is running for this data folder."""
    if config.keys_address is None:
        raise ConfigurationError("No key store is running for this data folder: start `nutshell up` first.")
    return config.keys_address


def client(config: Config, role: Literal["operator", "worker"]) -> KeyStoreClient:
    """Connects on first use, with the certificate of this role. Raises ConfigurationError as `require`."""
    return KeyStoreClient.of_installation(require(config), config.pki, role)
