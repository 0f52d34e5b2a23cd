"""The key store's client for the operator's commands and the worker."""

from typing import Literal

from nutshell.common.errors import ConfigurationError
from nutshell.vault.keystore.client import KeyStoreClient

from .config import Config


def client(config: Config, role: Literal["operator", "worker"]) -> KeyStoreClient:
    """Connects on first use, with the certificate of this role. ConfigurationError if no key store is running."""
    if config.keys_address is None:
        raise ConfigurationError("No key store is running for this data folder: start `nutshell up` first.")
    return KeyStoreClient.of_installation(config.keys_address, config.pki, role)
