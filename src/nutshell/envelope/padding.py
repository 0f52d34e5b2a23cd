"""Size classes: what lies on the disk tells the size of a record only coarsely.

Layout before sealing: version (1 byte, 1) ‖ length (u32, big endian) ‖ content ‖ zeros. The whole is
as long as its size class: at least 256 bytes, and at most about 12 % more than the content (the
Padmé rule of Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019).
"""

from .errors import NotOpened, UnknownFormat

VERSION = 1
SMALLEST = 256
_HEADER_LENGTH = 5


def size_class(length: int) -> int:
    """The padded length in bytes of a framed content of `length` bytes."""
    if length <= SMALLEST:
        return SMALLEST
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-length // step) * step


def pad(content: bytes) -> bytes:
    framed = bytes((VERSION,)) + len(content).to_bytes(4, "big") + content
    return framed.ljust(size_class(len(framed)), b"\0")


def unpad(padded: bytes) -> bytes:
    """The content. Raises UnknownFormat for another version, NotOpened for a broken frame."""
    if len(padded) < _HEADER_LENGTH:
        raise NotOpened
    if padded[0] != VERSION:
        raise UnknownFormat
    end = _HEADER_LENGTH + int.from_bytes(padded[1:_HEADER_LENGTH], "big")
    if end > len(padded) or padded.count(0, end) != len(padded) - end:
        raise NotOpened
    return padded[_HEADER_LENGTH:end]
