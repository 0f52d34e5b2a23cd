"""What a researcher does: found a study, enter its approval, word its consent, open and close it, write, order."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors, ids
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.vault import signed

from . import files, keys, policy, published, publishing, queries
from .consents import Ordered
from .models import ApprovalFile, Enrolment, Message, Order, Release, Study
from .recipients import entered, keep
from .types import Approval, Draft

MOST_STUDIES = 1_000
MOST_TEXTS = 100
_MANY = N_("This is more than can be kept here.")
_KEY = N_("This is no key that files can be encrypted to. Make one with age-keygen; it begins with age1.")
_WAITS = N_("The release before this one is not built yet.")


@contextmanager
def _numbered() -> Iterator[None]:
    """Around what gives out a next number. Raises Conflict where another request was given it first."""
    try:
        yield
    except IntegrityError:
        raise errors.Conflict from None


def found(actor: Actor, draft: Draft) -> UUID:
    """Make a study with keys of its own. Its id. Raises InvalidInput, Conflict."""
    subject, bundle = grants.person_of(actor)
    policy.check_draft(draft)
    if Study.objects.filter(founder_id=subject).count() >= MOST_STUDIES:
        raise errors.Conflict(_MANY)
    made = keys.new_study(subject)
    study = Study(id=made.address, subject_id=made.subject, founder_id=subject, holder=made.holder)
    _fill(study, draft)
    publishing.first(study, made.whole, published.mark_of(made.address, subject, signed.own_signing_key(bundle)))
    return study.id


def _fill(study: Study, draft: Draft) -> None:
    study.title, study.protocol, study.contact = draft.title, draft.protocol, draft.contact
    study.nutrients = " ".join(draft.nutrients)
    study.first_day, study.last_day = draft.first_day, draft.last_day


def change(actor: Actor, study_id: UUID, draft: Draft) -> None:
    """Before it is opened. Raises NotFound, Conflict, InvalidInput."""
    study = queries.mine(actor, study_id)
    policy.check_is_draft(study)
    policy.check_draft(draft)
    _fill(study, draft)
    publishing.again(study, "title", "protocol", "contact", "nutrients", "first_day", "last_day")


def approve(actor: Actor, study_id: UUID, approval: Approval) -> None:
    """Enter the ethics committee's approval, before the study is opened. Raises NotFound, Conflict."""
    study = queries.mine(actor, study_id)
    policy.check_is_draft(study)
    study.ethics, study.ethics_on, study.document = approval.number, approval.on, approval.document
    publishing.again(study, "ethics", "ethics_on", "document")


def attach(actor: Actor, study_id: UUID, content: bytes) -> None:
    """Enter the approval's document, a PDF, before the study is opened. Raises NotFound, Conflict, InvalidInput."""
    study = queries.mine(actor, study_id)
    policy.check_is_draft(study)
    policy.check_pdf(content)
    study.file_hash = hashlib.sha256(content).digest()
    publishing.again(study, "file_hash", beside=lambda: _keep_file(study, content))


def _keep_file(study: Study, content: bytes) -> None:
    ApprovalFile.objects.update_or_create(study=study, defaults={"content": content})


@_numbered()
def word(actor: Actor, study_id: UUID, text: str) -> int:
    """A new version of what participants agree to; who took part keeps the one they read. Its number."""
    study = queries.mine(actor, study_id)
    if published.signed_of(study).version >= MOST_TEXTS:
        raise errors.Conflict(_MANY)
    return publishing.again(study, text=text).version


def set_recipient(actor: Actor, study_id: UUID, recipient: str) -> None:
    """The researcher's age key: releases from now on are encrypted to it. Raises NotFound, InvalidInput."""
    study = queries.mine(actor, study_id)
    if not files.is_recipient(recipient):
        raise errors.InvalidInput({"recipient": _KEY})
    keep(study, recipient)


def open_(actor: Actor, study_id: UUID) -> None:
    """People may take part from now on. Raises NotFound, InvalidInput for what is missing."""
    study = queries.mine(actor, study_id)
    policy.check_can_open(study, published.signed_of(study).version)
    publishing.again(study, state="open")


def close(actor: Actor, study_id: UUID) -> None:
    """Nobody may begin any more; who takes part goes on. Raises NotFound, Conflict for a draft."""
    study = queries.mine(actor, study_id)
    policy.check_was_opened(study)
    publishing.again(study, state="closed")


def write(actor: Actor, study_id: UUID, pseudonym: str, text: str) -> None:
    """A message to a participant, sealed to them. Raises TooMany; NotFound also for who does not take part any more."""
    study = queries.mine(actor, study_id)
    enrolment = Enrolment.objects.filter(study=study, pseudonym=pseudonym).first()
    if enrolment is None or queries.states([enrolment])[enrolment.id] not in policy.RUNNING:
        raise errors.NotFound
    policy.check_may_write(*_written_to(enrolment))
    item_id, bundle = ids.new_id(), keys.bundle_of(study, "job")
    item = signed.seal_to(enrolment.subject_id, study.subject_id, bundle, item_id, text.encode())
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(id=enrolment.id)  # two at once are counted one after the other
        policy.check_may_write(*_written_to(enrolment))
        Message.objects.create(id=item_id, enrolment=enrolment, **item._asdict())


def _written_to(enrolment: Enrolment) -> tuple[int, int]:
    """How many messages within 24 hours, and how many that were not read."""
    written = Message.objects.filter(enrolment=enrolment)
    return written.filter(at__gt=clock.now() - timedelta(days=1)).count(), written.filter(seen=False).count()


@_numbered()
def order(actor: Actor, study_id: UUID) -> int:
    """Order a release of all who take part now; the worker builds it. Its number. Raises NotFound, Conflict."""
    subject, bundle = grants.person_of(actor)
    study = queries.mine(actor, study_id)
    policy.check_can_release(study, entered(study))
    taking = [one.grant_id for one in queries.taking_part(study)]
    policy.check_enough(len(taking))
    release_id = ids.new_id()
    details = msgspec.msgpack.encode(Ordered(study.recipient, [one.bytes for one in taking]))
    with transaction.atomic():
        if Release.objects.filter(study=study, state__in=("queued", "running")).exists():
            raise errors.Conflict(_WAITS)
        number = Release.objects.filter(study=study).count() + 1
        Release.objects.create(id=release_id, study=study, number=number, total=len(taking), ordered_at=clock.now())
        statement = signed.sign(bundle, "release-order", subject, release_id, details)
        Order.objects.create(release_id=release_id, subject_id=subject, statement=statement)
        audit.record("study-release", subject, str(subject), references=(release_id.bytes,))
    return number
