"""What a person brings to open a sealed account, and how it becomes the 32 bytes of a slot's factor.

A slot's id (16 random bytes) is the salt of its factor, so that no two slots ever share one.
"""

import secrets
from collections.abc import Sequence
from typing import Literal, NamedTuple

from nutshell.envelope import kdf

from . import passwords

Kind = Literal["password", "recovery", "passkey"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that nothing is read for something else."""
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
CODE_LENGTH = 32
"""Characters of a recovery code: 160 bits."""
_GROUP = 4
PRF_LENGTH = 32


class Way(NamedTuple):
    """One way into an account: a password (UTF-8, NFKC), a recovery code (ASCII), or a passkey's PRF output."""

    kind: Kind
    secret: bytes

    def __repr__(self) -> str:
        return f"<Way by {self.kind}>"


def by_password(password: str) -> Way:
    return Way("password", passwords.normalised(password))


def by_passkey(output: bytes) -> Way:
    """`output`: the first result of the WebAuthn PRF extension, 32 bytes. Raises ValueError for another length."""
    if len(output) != PRF_LENGTH:
        raise ValueError("a PRF output has 32 bytes")
    return Way("passkey", output)


def by_recovery_code(typed: str) -> Way | None:
    """The code as somebody types it: any case, any spacing, O for 0. None for what cannot be one."""
    plain = "".join(typed.upper().split()).replace("-", "").translate(_READ_AS)
    if len(plain) != CODE_LENGTH or set(plain) - set(ALPHABET):
        return None
    return Way("recovery", plain.encode())


def new_recovery_code() -> str:
    """160 random bits, as eight groups of four characters."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(code[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def factor_of(way: Way, slot_id: bytes) -> bytes:
    """32 bytes. A password takes its turn in the memory budget: TooMany where none comes up."""
    if way.kind == "password":
        return passwords.stretched(way.secret, slot_id)
    if way.kind == "passkey":
        return kdf.derive(way.secret, "passkey-prf", slot_id)
    return kdf.digest("recovery-code", slot_id, way.secret)


def check_ways(ways: Sequence[Way]) -> None:
    """Raises ValueError unless a sealed account can do with these: one recovery code, and something beside it."""
    kinds = [way.kind for way in ways]
    if kinds.count("recovery") != 1 or len(kinds) < 2:
        raise ValueError("a sealed account needs one recovery code and a password or passkey")
