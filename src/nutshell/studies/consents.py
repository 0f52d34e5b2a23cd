"""What a participant signs, and the check that they did."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.vault import signed

from .models import Enrolment, Order
from .published import mark_of
from .types import Window

COLLECTIONS = ("diary",)
"""What a study reads."""


class Agreed(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `study-consent` statement. `study_key` is what messages of the study are checked against, `terms`
    the hash of all that was read, `pseudonym` what the study knows them as.
    """

    version: int
    text: str
    nutrients: tuple[str, ...]
    first_day: str
    last_day: str
    at: int
    study_key: bytes
    terms: bytes = b""
    pseudonym: str = ""


class Ordered(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `release-order` statement: the age key to encrypt to, and the grants (16 bytes each)."""

    recipient: str
    grants: list[bytes]


def check_consent(subject: UUID, study_id: UUID, packed: bytes) -> Agreed:
    """What this participant agreed to. Raises Tampered unless they signed it."""
    details = signed.details_of(subject, "study-consent", study_id, packed)
    try:
        return msgspec.msgpack.decode(details, type=Agreed)
    except msgspec.MsgspecError:
        raise errors.Tampered from None


def check_part(part: Enrolment) -> Agreed:
    """What the participant of this row agreed to. Raises Tampered unless they signed it, under this pseudonym."""
    agreed = check_consent(part.subject_id, part.study_id, bytes(part.consent))
    if agreed.pseudonym != part.pseudonym:
        raise errors.Tampered
    return agreed


def check_order(order: Order, researchers: Sequence[bytes]) -> Ordered:
    """What was ordered. Raises Tampered unless one of these (marks) signed it, with the key that the study knows."""
    by, release = order.subject_id, order.release
    key = signed.signing_key_of(by)
    if mark_of(release.study_id, by, key) not in researchers:
        raise errors.Tampered
    details = signed.details_by(key, by, "release-order", release.id, bytes(order.statement))
    try:
        return msgspec.msgpack.decode(details, type=Ordered)
    except msgspec.MsgspecError:
        raise errors.Tampered from None


def window_of(agreed: Agreed) -> Window:
    """The days that somebody signed for."""
    return Window(clock.parse_day(agreed.first_day), clock.parse_day(agreed.last_day))
