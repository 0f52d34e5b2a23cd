"""Shelves: wrapped shelf keys, sealed records, the manifest that lists them and the root that lists shelves."""

from typing import TypeVar
from uuid import UUID

import msgspec

from . import aead, padding, signing
from .context import context
from .errors import NotOpened, UnknownFormat
from .kdf import derive, digest

MANIFEST_FORMAT = 1
ROOT_FORMAT = 1
HASH_LENGTH = 16

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """Which shelf: its subject, tag (16 bytes) and generation (from 1)."""

    subject: UUID
    tag: bytes
    generation: int


class Listed(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One line of a manifest: the record's version and the hash of its sealed bytes."""

    version: int
    hash: bytes


class Manifest(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All records of one shelf generation. `records` maps record id (16 bytes) to its line."""

    format: int
    version: int
    records: dict[bytes, Listed]


class RootLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    tag: bytes
    generation: int
    manifest_version: int
    manifest_hash: bytes
    shared: bool


class Root(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All shelves of a subject as an owner's session last saw them. `version` grows by one."""

    format: int
    version: int
    lines: list[RootLine]


def wrap_key(collection_key: bytes, place: Place, shelf_key: bytes) -> bytes:
    """Wrap a 32-byte shelf key under the collection's wrapping key."""
    return aead.seal(collection_key, shelf_key, context("shelf-key", place.subject, place.tag, place.generation))


def unwrap_key(collection_key: bytes, place: Place, wrapped: bytes) -> bytes:
    return aead.open_(collection_key, wrapped, context("shelf-key", place.subject, place.tag, place.generation))


def _record_context(place: Place, record_id: bytes, version: int, schema: int) -> bytes:
    return context("record", place.subject, place.tag, place.generation, record_id, version, schema)


def seal_record(shelf_key: bytes, place: Place, record_id: bytes, version: int, schema: int, content: bytes) -> bytes:
    """Sealed record, padded to its size class; `schema` says how the content is packed."""
    bound_to = _record_context(place, record_id, version, schema)
    return aead.seal(derive(shelf_key, "record", record_id), padding.pad(content), bound_to)


def open_record(shelf_key: bytes, place: Place, record_id: bytes, version: int, schema: int, sealed: bytes) -> bytes:
    bound_to = _record_context(place, record_id, version, schema)
    return padding.unpad(aead.open_(derive(shelf_key, "record", record_id), sealed, bound_to))


def sealed_hash(sealed: bytes) -> bytes:
    """16 bytes that name sealed bytes in a manifest (second preimages of sealed bytes: 2^128)."""
    return digest("sealed", sealed)[:HASH_LENGTH]


def _manifest_context(place: Place, version: int) -> bytes:
    return context("manifest", place.subject, place.tag, place.generation, version)


def seal_manifest(shelf_key: bytes, place: Place, manifest: Manifest) -> bytes:
    packed = padding.pad(msgspec.msgpack.encode(manifest))
    return aead.seal(derive(shelf_key, "manifest"), packed, _manifest_context(place, manifest.version))


def open_manifest(shelf_key: bytes, place: Place, version: int, sealed: bytes) -> Manifest:
    """The manifest of just this version. Raises NotOpened or UnknownFormat."""
    packed = padding.unpad(aead.open_(derive(shelf_key, "manifest"), sealed, _manifest_context(place, version)))
    manifest = _decode(packed, Manifest)
    if manifest.format != MANIFEST_FORMAT:
        raise UnknownFormat
    if manifest.version != version:
        raise NotOpened
    return manifest


def _manifest_claim(place: Place, version: int, sealed: bytes) -> bytes:
    return context("manifest-claim", place.subject, place.tag, place.generation, version, sealed_hash(sealed))


def sign_manifest(private: bytes, place: Place, version: int, sealed: bytes) -> bytes:
    """The writer's signature that a shared shelf carries beside its sealed manifest."""
    return signing.sign(private, "manifest", _manifest_claim(place, version, sealed))


def verify_manifest(public: bytes, place: Place, version: int, sealed: bytes, signature: bytes) -> None:
    """Raises NotOpened unless `public` signed just this manifest of this shelf."""
    signing.verify(public, "manifest", _manifest_claim(place, version, sealed), signature)


def seal_root(wrapping_key: bytes, subject: UUID, root: Root) -> bytes:
    packed = padding.pad(msgspec.msgpack.encode(root))
    return aead.seal(derive(wrapping_key, "root"), packed, context("root", subject, root.version))


def open_root(wrapping_key: bytes, subject: UUID, version: int, sealed: bytes) -> Root:
    packed = padding.unpad(aead.open_(derive(wrapping_key, "root"), sealed, context("root", subject, version)))
    root = _decode(packed, Root)
    if root.format != ROOT_FORMAT:
        raise UnknownFormat
    if root.version != version:
        raise NotOpened
    return root


def _decode(packed: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
