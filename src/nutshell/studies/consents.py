"""What a participant signs, and the check that they did."""

from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.vault import signed

COLLECTIONS = ("diary",)
"""What a study reads."""


class Agreed(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `study-consent` statement. `study_key` is what messages of the study are checked against."""

    version: int
    text: str
    nutrients: tuple[str, ...]
    first_day: str
    last_day: str
    at: int
    study_key: bytes


def check_consent(subject: UUID, study_id: UUID, packed: bytes) -> Agreed:
    """What this participant agreed to. Raises Tampered unless they signed it."""
    details = signed.details_of(subject, "study-consent", study_id, packed)
    try:
        return msgspec.msgpack.decode(details, type=Agreed)
    except msgspec.MsgspecError:
        raise errors.Tampered from None
