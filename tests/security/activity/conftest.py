"""An installation with a real key store process."""

from tests.keystore import key_store, node

__all__ = ["key_store", "node"]
