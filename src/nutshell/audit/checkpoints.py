"""Signed checkpoints in an append-only file outside the databases: `size root time key-version signature` a line."""

import os
from pathlib import Path
from typing import BinaryIO

from nutshell.common import errors

from .types import Checkpoint, SignedCheckpoint

LONGEST = 1024
"""More bytes than any line has."""


def append(path: Path, signed: SignedCheckpoint) -> None:
    """Returns when the line is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
        tail = _tail(file)
        # A line without its end was cut off by a crash; its checkpoint is written again.
        file.truncate(file.tell() - len(tail) + tail.rfind(b"\n") + 1)
        file.write(_line(signed).encode())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[SignedCheckpoint]:
    """All whole lines, oldest first. Raises errors.Tampered for one that cannot be read."""
    if not path.exists():
        return []
    content = path.read_bytes()
    return [_parsed(line) for line in content[: content.rfind(b"\n") + 1].decode("ascii", "replace").splitlines()]


def last(path: Path) -> SignedCheckpoint | None:
    """The newest one, without reading the whole file."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        tail = _tail(file)
    lines = tail[: tail.rfind(b"\n") + 1].decode("ascii", "replace").splitlines()
    return _parsed(lines[-1]) if lines else None


def _tail(file: BinaryIO) -> bytes:
    """The last bytes, at least one whole line; the file is then at its end."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST))
    return file.read()


def _line(signed: SignedCheckpoint) -> str:
    point = signed.checkpoint
    return f"{point.size} {point.root.hex()} {point.at} {signed.key_version} {signed.signature.hex()}\n"


def _parsed(line: str) -> SignedCheckpoint:
    try:
        size, root, at, version, signature = line.split(" ")
        point = Checkpoint(int(size), bytes.fromhex(root), int(at))
        return SignedCheckpoint(point, int(version), bytes.fromhex(signature))
    except ValueError:
        raise errors.Tampered from None
