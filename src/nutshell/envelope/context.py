"""One unambiguous byte string for whatever a seal, a key or a signature is bound to."""

from functools import lru_cache
from uuid import UUID

Field = bytes | str | int | UUID


_LENGTHS = [length.to_bytes(4, "big") for length in range(65)]
"""Of the fields that are usual. This is called thirty times for each food that somebody logs."""


def _bytes(field: Field) -> bytes:
    if isinstance(field, int):
        return field.to_bytes(8, "big")
    if isinstance(field, UUID):
        return field.int.to_bytes(16, "big")
    if isinstance(field, str):
        return field.encode()
    return field


@lru_cache(maxsize=256)
def _label(label: str) -> bytes:
    name = f"nutshell/v1/{label}".encode()
    return len(name).to_bytes(4, "big") + name


def context(label: str, *fields: Field) -> bytes:
    """`nutshell/v1/<label>` and each field, all preceded by their length (u32, big endian).

    Strings are UTF-8, integers unsigned 64-bit big endian, UUIDs their 16 bytes. Length prefixes
    make the encoding injective, so no two contexts can be confused by shifting a boundary.
    """
    parts = [_label(label)]
    for field in fields:
        part = field if type(field) is bytes else _bytes(field)
        length = len(part)
        parts += (_LENGTHS[length] if length < len(_LENGTHS) else length.to_bytes(4, "big"), part)
    return b"".join(parts)
