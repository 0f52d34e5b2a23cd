"""Inbox items: written for a subject who is away, sealed to them, signed by the writer."""

from uuid import UUID

import msgspec

from . import aead, padding, sealing, signing
from .context import context
from .kdf import new_key


class Item(msgspec.Struct, frozen=True):
    """`sealed_key` opens with the subject's sealing key; `signature` covers both sealed parts and their place."""

    subject: UUID
    writer: UUID
    item_id: UUID
    sealed_key: bytes
    sealed: bytes
    signature: bytes


def _claim(subject: UUID, writer: UUID, item_id: UUID, sealed_key: bytes, sealed: bytes) -> bytes:
    return context("inbox-claim", subject, writer, item_id, sealed_key, sealed)


def seal(public: bytes, signing_key: bytes, subject: UUID, writer: UUID, item_id: UUID, content: bytes) -> Item:
    """`public` is the subject's sealing key, `signing_key` the writer's private one."""
    key, place = new_key(), (subject, writer, item_id)
    sealed_key = sealing.seal(public, key, context("inbox-key", *place))
    sealed = aead.seal(key, padding.pad(content), context("inbox", *place))
    return Item(*place, sealed_key, sealed, signing.sign(signing_key, "inbox", _claim(*place, sealed_key, sealed)))


def open_(private: bytes, writer_public: bytes, item: Item) -> bytes:
    """The content. Raises NotOpened unless this writer signed it and it was sealed to this subject."""
    place = (item.subject, item.writer, item.item_id)
    signing.verify(writer_public, "inbox", _claim(*place, item.sealed_key, item.sealed), item.signature)
    key = sealing.open_(private, item.sealed_key, context("inbox-key", *place))
    return padding.unpad(aead.open_(key, item.sealed, context("inbox", *place)))
