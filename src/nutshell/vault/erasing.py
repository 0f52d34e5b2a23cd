"""The vault's part of an erase: the owner's signed wish, the key store's steps, the freeze and the receipt."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.envelope import statements

from . import installation, receipts
from .keys import keys_of
from .keystore.types import Erasing
from .models import Subject
from .receipts import Receipt
from .rows_of import of_subject


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


@of_subject
def freeze(subject: UUID) -> None:
    """From now on all records of the subject read as absent, and none can be made."""
    Subject.objects.filter(subject_id=subject).delete()


def shred(subject: UUID) -> None:
    """Destroy the erasure secret and all other secrets: no slot opens any more. Writes the tombstone."""
    installation.client().shred(subject)


def finish(subject: UUID, rows: Mapping[str, int]) -> None:
    """The key store forgets the subject: the last step, when its rows elsewhere are gone. `rows` counts by table."""
    installation.client().finish_erase(subject, rows)


def unfinished() -> list[Erasing]:
    """Erases that began and did not finish, and subjects that a restored key store brought back."""
    return installation.client().erasing_list()


def erased_among(subjects: Sequence[UUID]) -> list[UUID]:
    """Those that have a tombstone."""
    return installation.client().is_erased(subjects)


def receipt(subject: UUID) -> bytes:
    """The packed, signed receipt (`envelope.erased`) that the key store makes of a finished erase; it names nobody."""
    return installation.client().receipt(subject)


def opened(packed: bytes) -> Receipt:
    """A receipt that this installation signed. Raises NotFound for anything else."""
    return receipts.read(installation.client().public_keys("receipt"), packed)
