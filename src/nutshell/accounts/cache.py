"""Keys of the shared cache carry addresses and accounts: only their keyed hash is stored."""

from nutshell.vault import fields


def hidden_key(key: str, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION."""
    return fields.handle("cache", f"{key_prefix}:{version}:{key}".encode()).hex()
