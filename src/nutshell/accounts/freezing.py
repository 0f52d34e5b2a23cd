"""Frozen accounts: a removal waits for its time, or its owner restricted what is done with the data.

Nobody but the owner gets anywhere, and the owner no further than the page that says so. The data stays as it is, sealed
as before: whoever runs the server could lift it (docs/threat-model.md).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nutshell.common import clock, errors

from . import ledger, mail
from .models import Session, User
from .types import Actor, Frozen

FROZEN = Q(leaving_at__isnull=False) | Q(restricted_at__isnull=False)


def state_of(user_id: int) -> Frozen:
    """Raises NotFound for no account."""
    found = User.objects.filter(pk=user_id).values_list("leaving_at", "restricted_at", "restricted_for").first()
    if found is None:
        raise errors.NotFound
    return Frozen(*found)


def is_frozen(subject: UUID | None) -> bool:
    """Whether nobody else gets at anything of this subject's."""
    return subject is not None and User.objects.filter(FROZEN, subject_id=subject).exists()


def frozen_among(subjects: list[UUID]) -> set[UUID]:
    found = User.objects.filter(FROZEN, subject_id__in=subjects).values_list("subject_id", flat=True)
    return {subject for subject in found if subject}


def leave_at(user_id: int, due: datetime, keep: bytes) -> None:
    """Freeze until the removal. All devices are signed out but the one whose session has the handle `keep`."""
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(leaving_at=due)
        _end_other_sessions(user_id, keep)
        ledger.tell("erase-ordered", User.objects.get(pk=user_id))


def stay(user_id: int) -> None:
    """The removal was taken back. A restriction stays."""
    User.objects.filter(pk=user_id).update(leaving_at=None)
    ledger.tell("erase-taken-back", User.objects.get(pk=user_id))
    mail.notify(user_id, "removal-taken-back")


def move_leaving(subject: UUID, due: datetime) -> None:
    """Another time for a removal that waits."""
    User.objects.filter(subject_id=subject, leaving_at__isnull=False).update(leaving_at=due)


def restrict(actor: Actor, keep: bytes, ground: str) -> None:
    """GDPR article 18: the data is kept and nothing else is done with it. Said again, it changes nothing.

    `ground`: see `Frozen`; the trail has it, too.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=actor.user_id, restricted_at=None).update(
            restricted_at=clock.now(), restricted_for=ground
        ):
            return
        _end_other_sessions(actor.user_id, keep)
        ledger.tell("restricted", User.objects.get(pk=actor.user_id), reason=ground)
    mail.notify(actor.user_id, "restricted")


def lift(actor: Actor) -> None:
    """Raises NotFound where nothing is restricted."""
    with transaction.atomic():
        held = User.objects.filter(pk=actor.user_id, restricted_at__isnull=False)
        if not held.update(restricted_at=None, restricted_for=""):
            raise errors.NotFound
        ledger.tell("restriction-lifted", User.objects.get(pk=actor.user_id))
    mail.notify(actor.user_id, "restriction-lifted")


def _end_other_sessions(user_id: int, keep: bytes) -> None:
    Session.objects.filter(user_id=user_id).exclude(handle=keep).delete()
