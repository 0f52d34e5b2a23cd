"""Django's door to the vault's password hashing."""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher

from nutshell.vault import passwords

LONGEST = 1000
"""Characters of a password. Longer ones never match, so that a guess costs the same work whatever its length."""
_MOST = LONGEST + 32
"""With the anchor of its row, which stands before every password (see `models.User`)."""


class SealedArgon2Hasher(BasePasswordHasher):
    """Argon2id whose output is sealed under the pepper. Normalisation and parameters are the vault's."""

    algorithm = passwords.PREFIX

    def salt(self) -> str:
        """The vault draws its own salt; Django only wants something that is not empty."""
        return "vault"

    def encode(self, password: str, _salt: str) -> str:
        return passwords.sealed_hash(password[: _MOST + 1])

    def verify(self, password: str, encoded: str) -> bool:
        return passwords.matches(password[: _MOST + 1], encoded) and len(password) <= _MOST

    def must_update(self, encoded: str) -> bool:
        return passwords.needs_upgrade(encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Every stored hash costs the same: nothing to level out."""

    def safe_summary(self, _encoded: str) -> dict[str, Any]:
        return {"algorithm": self.algorithm}
