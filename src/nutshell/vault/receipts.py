"""Receipts of erases as whoever holds one reads them: with the public keys alone, and no installation."""

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from nutshell.common import errors
from nutshell.envelope import erased
from nutshell.envelope.errors import EnvelopeError

PUBLIC_LENGTH = 32


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt states. `tombstone` is 32 bytes that only who knows the erased subject can compute; `rows` counts
    by table what was deleted; from `final_at` on no backup is left that could open anything. `key` signed it.
    """

    tombstone: bytes
    erased_at: datetime
    final_at: datetime
    rows: dict[str, int]
    key: str


def read(publics: dict[int, bytes], packed: bytes) -> Receipt:
    """A receipt that one of these keys (by version) signed. Raises NotFound for anything else."""
    try:
        found = erased.read_receipt(publics, packed)
        version = erased.signer_of(packed)
    except EnvelopeError:
        raise errors.NotFound from None
    erased_at, final_at = (datetime.fromtimestamp(second, UTC) for second in (found.erased_at, found.final_at))
    key = key_text(version, publics[version])
    return Receipt(found.tombstone, erased_at, final_at, dict(sorted(found.rows.items())), key)


def key_text(version: int, public: bytes) -> str:
    """A public key as people pass it on: `1:` and 43 signs of base64url."""
    return f"{version}:{base64.urlsafe_b64encode(public).decode().rstrip('=')}"


def key_of(text: str) -> dict[int, bytes]:
    """What `key_text` wrote. Raises Malformed."""
    version, _, public = text.strip().partition(":")
    try:
        decoded = base64.b64decode(public + "=" * (-len(public) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise errors.Malformed from None
    if not (version.isascii() and version.isdigit()) or len(version) > 9 or len(decoded) != PUBLIC_LENGTH:
        raise errors.Malformed
    return {int(version): decoded}
