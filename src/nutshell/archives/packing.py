"""The archive as a file: ZIP, in memory only. Reading believes nothing that the file says about itself."""

import hashlib
import io
import zlib
from collections.abc import Mapping
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.diary.plain import Diary, Foods
from nutshell.targets.types import TargetHistory

from .types import (
    DATA,
    DIARY,
    FOODS,
    FORMAT,
    MANIFEST,
    NOTES,
    PERSON,
    TARGETS,
    VERSION,
    Contents,
    Kind,
    Manifest,
    Notes,
    Person,
)

MOST_PACKED = 8_000_000
MOST_OPENED = 64_000_000
"""Bytes of the file, and of all that comes back of it, unpacked."""
MOST_FILES = 100
FIELD = "file"
_ANY_DAY = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1

NO_ARCHIVE = N_("This is not a Nutshell archive, or not a whole one. Choose the ZIP file that Nutshell gave you.")
LARGE = N_("This file is larger than an archive may be: 8 MB packed, 64 MB unpacked.")
ALTERED = N_("This archive was altered since Nutshell made it, so nothing of it was taken.")
NEWER = N_("This archive is of another version of Nutshell. Update this one, or export again there.")
STRANGE = N_("Something in this archive is nothing that Nutshell writes, so nothing of it was taken.")

_Read = TypeVar("_Read")


def refuse(sentence: str) -> errors.InvalidInput:
    return errors.InvalidInput({FIELD: sentence})


def packed(files: Mapping[str, bytes], manifest: bytes) -> bytes:
    """The same files make the same bytes: no time of day stands in it."""
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in {MANIFEST: manifest, **files}.items():
            about = ZipInfo(name, _ANY_DAY)
            about.compress_type = ZIP_DEFLATED
            archive.writestr(about, content)
    return written.getvalue()


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def opened(packed: bytes) -> Contents:
    """Raises errors.InvalidInput with one sentence for anything but an archive of ours."""
    if len(packed) > MOST_PACKED:
        raise refuse(LARGE)
    try:
        with ZipFile(io.BytesIO(packed)) as archive:
            return _contents(archive)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError, OSError):
        # What the reader of ZIP files raises for one that is cut off, locked, or made by hand.
        raise refuse(NO_ARCHIVE) from None


def _contents(archive: ZipFile) -> Contents:
    members = _members(archive)
    budget = Budget(MOST_OPENED)
    manifest = _manifest(budget.read(archive, members[MANIFEST]))
    data = {name: budget.read(archive, members[name]) for name in DATA}
    if any(hash_of(content) != manifest.files.get(name) for name, content in data.items()):
        raise refuse(ALTERED)
    return Contents(
        _decoded(data[PERSON], Person), _decoded(data[TARGETS], TargetHistory), _decoded(data[FOODS], Foods),
        _decoded(data[DIARY], Diary), _decoded(data[NOTES], Notes),
    )  # fmt: skip


def _manifest(content: bytes) -> Manifest:
    kind = _decoded(content, Kind)
    if kind.format != FORMAT:
        raise refuse(NO_ARCHIVE)
    if kind.version != VERSION:
        raise refuse(NEWER)
    return _decoded(content, Manifest)


def _members(archive: ZipFile) -> dict[str, ZipInfo]:
    """Names of other files mean nothing: they are looked up and never made into a path."""
    listed = archive.infolist()
    members = {one.filename: one for one in listed}
    if len(listed) > MOST_FILES or len(members) < len(listed) or not {MANIFEST, *DATA} <= members.keys():
        raise refuse(NO_ARCHIVE)
    return members


class Budget:
    """How many bytes may still be unpacked, whatever the file says of its sizes."""

    def __init__(self, left: int) -> None:
        self._left = left

    def read(self, archive: ZipFile, member: ZipInfo) -> bytes:
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise refuse(NO_ARCHIVE)
        with archive.open(member) as file:
            content = file.read(self._left + 1)
        if len(content) > self._left:
            raise refuse(LARGE)
        self._left -= len(content)
        return content


def _decoded(content: bytes, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise refuse(STRANGE) from None
