"""The bytes of a profile and of a history as they lie in the vault: msgpack of (version, form)."""

from typing import TypeVar

import msgspec

from nutshell.common import errors
from nutshell.targets.types import VERSION, Profile, Stored, TargetHistory

Form = TypeVar("Form", Profile, TargetHistory)

_encoder = msgspec.msgpack.Encoder()
_outer = msgspec.msgpack.Decoder(Stored)


def pack(form: Profile | TargetHistory) -> bytes:
    return _encoder.encode(Stored(VERSION, msgspec.Raw(_encoder.encode(form))))


def unpack(content: bytes | None, kind: type[Form]) -> Form:
    """The form, or its empty one where nothing is stored. Raises Tampered for a version that is not ours."""
    if content is None:
        return kind()
    try:
        stored = _outer.decode(content)
        if stored.version != VERSION:
            raise errors.Tampered
        return msgspec.msgpack.decode(stored.content, type=kind)
    except msgspec.MsgspecError as reason:
        raise errors.Tampered from reason
