"""Session slots: what a cookie or a token in use opens, together with the epoch secret of its day.

Without the secret nobody opens one; without the epoch (destroyed after seven days) the secret does not either.
"""

from datetime import date

from nutshell.common import errors
from nutshell.envelope import kdf, slots
from nutshell.envelope.errors import EnvelopeError

from . import fields, installation

KIND = "session"
_OWNER = b"session"
"""Session slots are bound to their handle, not to a subject: a session exists before anybody is known."""


def new_secret() -> bytes:
    """32 random bytes: what the cookie or the app's session token holds."""
    return kdf.new_key()


def handle_of(secret: bytes) -> bytes:
    """32 bytes under which the session is stored: a keyed hash, never the secret itself."""
    return fields.handle(KIND, secret)


def handles_of(secret: bytes) -> list[bytes]:
    """Under every version of the handle key, the newest first: for finding a session."""
    return fields.handles(KIND, secret)


def seal(secret: bytes, day: date, payload: bytes) -> bytes:
    """The slot of a session, for the epoch of `day` (today, in UTC). Re-seal on use when the day has changed."""
    slot_id = _slot_id(secret)
    return slots.seal(_key(secret, slot_id, day), _OWNER, KIND, slot_id, payload)


def open_(secret: bytes, day: date, blob: bytes) -> bytes:
    """The payload. SignedOut when the epoch is gone or the slot does not open with this secret."""
    if len(secret) != kdf.KEY_LENGTH:
        raise errors.SignedOut
    slot_id = _slot_id(secret)
    try:
        return slots.open_(_key(secret, slot_id, day), _OWNER, KIND, slot_id, bytes(blob))
    except (errors.NotFound, EnvelopeError):
        raise errors.SignedOut from None


def _slot_id(secret: bytes) -> bytes:
    """Derived from the secret alone, so that a rotated handle key leaves sessions open."""
    return kdf.derive(secret, "session-slot-id", length=16)


def _key(secret: bytes, slot_id: bytes, day: date) -> bytes:
    return slots.slot_key(KIND, slot_id, installation.epoch(day), secret)
