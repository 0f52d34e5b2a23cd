"""The artifact's file format: named, typed, hashed sections that every process maps read-only.

Layout: magic (8 bytes) ‖ SHA-256 of the header (32) ‖ length of the header (u32, little endian) ‖
header (MessagePack) ‖ sections, each padded with zeros to 64 bytes. The header holds a SHA-256 for
every section with its padding, so the header's own hash identifies the whole artifact. Opening
checks the header and the size; `check_sections` reads everything. The hash finds damage and tells
versions apart; it protects no secret.
"""

import hashlib
import mmap
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nutshell.common.errors import ConfigurationError, Tampered

MAGIC = b"NUTCAT01"
_ALIGNMENT = 64
_DIGEST = slice(8, 40)
_HEADER_AT = 44

Array = np.ndarray[Any, np.dtype[Any]]

DAMAGED = "The food catalog %(path)s is damaged. Build it again with: nutshell catalog build"
MISSING = "The food catalog %(path)s does not exist yet. Build it with: nutshell catalog build"


class Section(msgspec.Struct, frozen=True):
    """Where one array lies: `offset` from the end of the header's padding, `length` in bytes."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int
    sha256: bytes


class Header(msgspec.Struct, frozen=True):
    """`meta` is free-form facts of the builder; `size` is the length of all sections in bytes."""

    version: str
    meta: dict[str, Any]
    sections: dict[str, Section]
    size: int


def _padded(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def write(path: Path, version: str, meta: dict[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write an artifact atomically: readers see the old file or the whole new one."""
    sections, body = _lay_out(arrays)
    header = msgspec.msgpack.encode(Header(version, meta, sections, len(body)))
    start = MAGIC + hashlib.sha256(header).digest() + len(header).to_bytes(4, "little") + header
    _replace(path, start.ljust(_padded(len(start)), b"\0") + body)


def _lay_out(arrays: Mapping[str, Array]) -> tuple[dict[str, Section], bytes]:
    sections: dict[str, Section] = {}
    body = bytearray()
    for name, array in arrays.items():
        # Little endian everywhere, so that the same source gives the same hash on every machine.
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        raw = plain.tobytes()
        stored = raw.ljust(_padded(len(raw)), b"\0")
        digest = hashlib.sha256(stored).digest()
        sections[name] = Section(plain.dtype.str, plain.shape, len(body), len(raw), digest)
        body += stored
    return sections, bytes(body)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # public data, read by every process of the product
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class Artifact:
    """An open artifact. All arrays are read-only views of one shared memory map."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError where there is none, Tampered where header or size are wrong."""
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise ConfigurationError(MISSING, path=str(path)) from error
        except ValueError as error:  # an empty file cannot be mapped
            raise Tampered(DAMAGED, path=str(path)) from error
        self.header, self._start = self._read_header()

    def _read_header(self) -> tuple[Header, int]:
        length = int.from_bytes(self._map[40:_HEADER_AT], "little")
        raw = self._map[_HEADER_AT : _HEADER_AT + length]
        if self._map[:8] != MAGIC or hashlib.sha256(raw).digest() != self._map[_DIGEST]:
            raise Tampered(DAMAGED, path=str(self.path))
        header = msgspec.msgpack.decode(raw, type=Header)
        start = _padded(_HEADER_AT + length)
        if len(self._map) != start + header.size or any(self._map[_HEADER_AT + length : start]):
            raise Tampered(DAMAGED, path=str(self.path))
        return header, start

    @property
    def hash(self) -> str:
        """SHA-256 of the header, hence of everything, in hexadecimal."""
        return self._map[_DIGEST].hex()

    @property
    def size(self) -> int:
        return len(self._map)

    def array(self, name: str) -> Array:
        section = self.header.sections[name]
        dtype = np.dtype(section.dtype)
        count = section.length // dtype.itemsize
        flat = np.frombuffer(self._map, dtype, count, self._start + section.offset)
        return flat.reshape(section.shape)

    def check_sections(self, progress: Callable[[str, float], None]) -> None:
        """Compare every section with its hash. Raises Tampered at the first that differs."""
        for done, (name, section) in enumerate(self.header.sections.items(), start=1):
            begin = self._start + section.offset
            stored = memoryview(self._map)[begin : begin + _padded(section.length)]
            if hashlib.sha256(stored).digest() != section.sha256:
                raise Tampered(DAMAGED, path=str(self.path))
            progress(f"checked {name}", done / len(self.header.sections))
