"""What a person signs besides grants (a consent, an order), and what is written to somebody who is away."""

import base64
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.envelope import inbox, kdf, signing, statements
from nutshell.envelope.errors import EnvelopeError

from .keys import OwnerBundle, opened_by_any
from .models import Subject
from .people import public_of
from .rows_of import of_subject, rows_named


class Item(NamedTuple):
    """An inbox item without its place."""

    sealed_key: bytes
    sealed: bytes
    signature: bytes


def sign(bundle: OwnerBundle, kind: str, subject: UUID, target: UUID, details: bytes) -> bytes:
    """A signed statement of `kind` about `target`, packed."""
    return statements.sign(bundle.signing, kind, subject, target.bytes, int(clock.now().timestamp()), details)


def details_of(subject: UUID, kind: str, target: UUID, packed: bytes) -> bytes:
    """What `subject` signed about `target`. Raises Tampered unless they did, NotFound for who is gone."""
    return details_by(signing_key_of(subject), subject, kind, target, packed)


def details_by(key: bytes, subject: UUID, kind: str, target: UUID, packed: bytes) -> bytes:
    """What `subject`, whose public signing key this is, signed about `target`. Raises Tampered."""
    try:
        found = statements.verify(key, kind, packed)
    except EnvelopeError:
        raise errors.Tampered from None
    if (found.subject, found.target) != (subject, target.bytes):
        raise errors.Tampered
    return found.details


@of_subject
def signing_key_of(subject: UUID) -> bytes:
    """The Ed25519 public key that stands in the records. Raises NotFound."""
    row = Subject.objects.filter(subject_id=subject).first()
    if row is None:
        raise errors.NotFound
    return public_of(bytes(row.public)).signing


def signing_keys(subjects: Iterable[UUID]) -> dict[UUID, bytes]:
    """Those of several; who is gone is missing."""
    wanted = set(subjects)
    with rows_named(wanted):
        found = list(Subject.objects.filter(subject_id__in=wanted))
    return {row.subject_id: public_of(bytes(row.public)).signing for row in found}


def address_of(key: bytes) -> UUID:
    """An address that names the public signing key behind it: no other key has the same."""
    return UUID(bytes=kdf.digest("study-address", key)[:16])


def digest(label: str, subject: UUID, content: bytes) -> bytes:
    """32 bytes, of a domain of their own."""
    return kdf.digest(label, subject, content)


def own_signing_key(bundle: OwnerBundle) -> bytes:
    return signing.public_of(bundle.signing)


def as_text(raw: bytes) -> str:
    """Bytes for a file that people keep: base64."""
    return base64.b64encode(raw).decode()


@of_subject
def seal_to(subject: UUID, writer: UUID, bundle: OwnerBundle, item_id: UUID, content: bytes) -> Item:
    """Something for `subject` alone, signed by `writer`, whose keys these are. Raises NotFound for who is gone."""
    row = Subject.objects.filter(subject_id=subject).first()
    if row is None:
        raise errors.NotFound
    made = inbox.seal(public_of(bytes(row.public)).sealing, bundle.signing, subject, writer, item_id, content)
    return Item(made.sealed_key, made.sealed, made.signature)


def open_item(subject: UUID, bundle: OwnerBundle, writer: UUID, writer_key: bytes, item_id: UUID, item: Item) -> bytes:
    """The content. Raises Tampered unless just this writer sealed it to this subject."""
    try:
        sent = inbox.Item(subject, writer, item_id, *item)
        return opened_by_any(bundle.sealings(), lambda private: inbox.open_(private, writer_key, sent))
    except EnvelopeError:
        raise errors.Tampered from None
