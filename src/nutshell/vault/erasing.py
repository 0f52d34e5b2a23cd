"""The vault's part of an erase: the owner's signed wish, the key store's steps, the freeze and the receipt."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.envelope import erased, statements
from nutshell.envelope.errors import EnvelopeError

from . import installation
from .keys import keys_of
from .keystore.types import Erasing
from .models import Subject


def signed_wish(subject: UUID, keys: object) -> bytes:
    """The owner's signed statement that everything of theirs shall go. The key store obeys it once.

    `keys` as a session holds them: a bundle. Raises Forbidden for a token's.
    """
    owner = keys_of(keys)
    if owner.certificate:
        raise errors.Forbidden
    now = int(clock.now().timestamp())
    return statements.sign(owner.signing, "erase", subject, subject.bytes, now)


def begin(subject: UUID, wish: bytes) -> None:
    """Durable intent: from now on the key store answers nothing about the subject. Idempotent."""
    installation.client().begin_erase(subject, wish)


def freeze(subject: UUID) -> None:
    """From now on all records of the subject read as absent, and none can be made."""
    Subject.objects.filter(subject_id=subject).delete()


def shred(subject: UUID) -> None:
    """Destroy the erasure secret and all other secrets: no slot opens any more. Writes the tombstone."""
    installation.client().shred(subject)


def finish(subject: UUID) -> None:
    """The key store forgets the subject: the last step, when its rows elsewhere are gone."""
    installation.client().finish_erase(subject)


def unfinished() -> list[Erasing]:
    """Erases that began and did not finish, and subjects that a restored key store brought back."""
    return installation.client().erasing_list()


def erased_among(subjects: Sequence[UUID]) -> list[UUID]:
    """Those that have a tombstone."""
    return installation.client().is_erased(subjects)


def receipt(subject: UUID, erased_at: datetime, final_at: datetime, rows: dict[str, int]) -> bytes:
    """A packed, signed receipt (`envelope.erased`), which names nobody."""
    times = int(erased_at.timestamp()), int(final_at.timestamp())
    payload = erased.pack_receipt(erased.Receipt(erased.FORMAT, erased.tombstone(subject), *times, rows))
    signature = installation.client().sign("receipt", payload)
    return erased.pack_signed(payload, signature.key_version, signature.signature)


def opened(packed: bytes) -> erased.Receipt:
    """A receipt that this installation signed. Raises NotFound for anything else."""
    try:
        return erased.read_receipt(installation.client().public_keys("receipt"), packed)
    except EnvelopeError:
        raise errors.NotFound from None
