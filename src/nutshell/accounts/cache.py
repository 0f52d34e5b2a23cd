"""The shared cache: rate limits and used codes. Keys carry addresses: only their keyed hash is stored."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache

from nutshell.vault import fields

USED_CODE = "allauth.mfa.totp.used"
USED_CODE_SECONDS = 120
"""allauth remembers a used code for its own half minute, but takes it one before and one after, too."""


class Cache(DatabaseCache):
    """Django's database cache, which remembers used codes of authenticator apps for as long as they are good."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        kept = USED_CODE_SECONDS if key.startswith(USED_CODE) else timeout
        return bool(super().add(key, value, kept, version))


def hidden_key(key: str, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION."""
    return fields.handle("cache", f"{key_prefix}:{version}:{key}".encode()).hex()
