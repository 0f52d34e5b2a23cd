"""Opening what is there: a person by the server's slot, a token by its secret; and checking the whole."""

from datetime import datetime
from uuid import UUID

from nutshell.common import errors
from nutshell.envelope.people import Bundle

from . import keyslots, people
from .keys import TokenKeys
from .keystore.types import Reason
from .models import Subject
from .roots import Problem, problems
from .rows_of import of_subject
from .slots.models import Keyslot

__all__ = ["Problem", "check_roots", "is_kept", "is_sealed", "open_by_server_slot", "open_token_slot", "personal_slots"]


@of_subject
def is_kept(subject: UUID) -> bool:
    """Whether the subject stands in the records: its keys were made and it is not erased."""
    return Subject.objects.filter(subject_id=subject).exists()


def is_sealed(subject: UUID) -> bool:
    """Whether only the person's own factors open this account."""
    return keyslots.is_sealed(subject)


def personal_slots(subject: UUID) -> list[tuple[str, datetime]]:
    """What of a person's own opens the account, by kind and when it was made; the newest first."""
    return [(slot.kind, slot.created_at) for slot in keyslots.of_kind(subject, *keyslots.PERSONAL)]


def open_by_server_slot(subject: UUID, reason: Reason) -> Bundle:
    """The owner's keys, by the recoverable default slot. Raises NotFound, Sealed, Tampered."""
    return people.bundle_of(keyslots.open_server_slot(subject, reason))


def open_token_slot(subject: UUID, slot_id: bytes, secret: bytes) -> TokenKeys:
    """A token's keys, by the 32 bytes in the token. Raises NotFound for an ended one, Tampered otherwise."""
    opened = people.open_slot(_slot(subject, kind="token", slot_id=slot_id), secret, "token")
    people.check_listed(opened)
    return people.token_keys_of(opened)


def open_held(subject: UUID, factor: bytes) -> Bundle:
    """The keys of a client without an account, by what their clinic keeps (32 bytes). Raises NotFound, Tampered."""
    opened = people.open_slot(_slot(subject, kind="held"), factor, "held")
    people.check_listed(opened)
    return people.bundle_of(opened)


def check_roots(subject: UUID, bundle: Bundle, reason: Reason = "login") -> list[Problem]:
    """What disagrees with the root that the owner last sealed; empty when all is as it was left."""
    return problems(subject, bundle, keyslots.pinned(subject, reason))


def _slot(subject: UUID, **wanted: object) -> Keyslot:
    slot = Keyslot.objects.filter(subject_id=subject, **wanted).first()
    if slot is None:
        raise errors.NotFound
    return slot
