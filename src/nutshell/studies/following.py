"""What a person with new keys has signed as a participant or researcher, signed anew. May be repeated."""

from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from nutshell.common import errors
from nutshell.vault import signed
from nutshell.vault.keys import OwnerBundle

from . import published, publishing
from .models import Enrolment, Order, Study


def after_rekey(subject: UUID, bundle: OwnerBundle) -> None:
    """What the keys before these did not sign is left alone: it counted for nothing, and goes on so."""
    before, now = bundle.former[0].signing_public, signed.own_signing_key(bundle)
    for part in Enrolment.objects.filter(subject_id=subject):
        with suppress(errors.Tampered):
            packed = _again(bundle, before, subject, "study-consent", part.study_id, bytes(part.consent))
            Enrolment.objects.filter(id=part.id, consent=part.consent).update(consent=packed)
    run = Q(founder_id=subject) | Q(others__subject_id=subject)
    for study in Study.objects.filter(run).distinct():
        _run_on(study, subject, before, now)
    for order in Order.objects.filter(subject_id=subject):
        with suppress(errors.Tampered):
            packed = _again(bundle, before, subject, "release-order", order.release_id, bytes(order.statement))
            Order.objects.filter(pk=order.pk).update(statement=packed)


def _again(bundle: OwnerBundle, before: bytes, subject: UUID, kind: str, target: UUID, packed: bytes) -> bytes:
    """The same word by the new keys. Raises Tampered unless the ones before signed it."""
    details = signed.details_by(before, subject, kind, target, packed)
    return signed.sign(bundle, kind, subject, target, details)


def _run_on(study: Study, subject: UUID, before: bytes, now: bytes) -> None:
    """The study knows its researcher by the new key."""
    old, new = (published.mark_of(study.id, subject, key) for key in (before, now))
    with suppress(errors.Tampered):
        known = published.signed_of(study).researchers
        if old in known:
            marks = tuple(new if mark == old else mark for mark in known)
            row = study.others.filter(subject_id=subject)
            publishing.again(study, researchers=marks, beside=lambda: row.update(mark=new))
