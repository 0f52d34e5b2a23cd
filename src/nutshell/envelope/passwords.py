"""Argon2id (RFC 9106). Parameters travel with the hash, and none below the floor is accepted.

19 MiB, t=2, p=1 is the first recommendation of the OWASP Password Storage Cheat Sheet.
"""

import os
import re

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from .errors import UnknownFormat

MEMORY_KIB = 19 * 1024
ITERATIONS = 2
LANES = 1
SALT_LENGTH = 16
_PHC = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$")


def stretch(password: bytes, salt: bytes) -> bytes:
    """32 bytes of key material from a password: the factor of a password slot."""
    return Argon2id(salt=salt, length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB).derive(password)


def hashed(password: bytes) -> str:
    """A new random salt; the PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash`."""
    kdf = Argon2id(salt=os.urandom(SALT_LENGTH), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive_phc_encoded(password)


def matches(password: bytes, phc: str) -> bool:
    """Whether the password gives this PHC string. Raises UnknownFormat below the floor."""
    found = _PHC.match(phc)
    if not found or int(found[1]) < MEMORY_KIB or int(found[2]) < ITERATIONS:
        raise UnknownFormat
    try:
        Argon2id.verify_phc_encoded(password, phc)
    except InvalidKey:
        return False
    return True
