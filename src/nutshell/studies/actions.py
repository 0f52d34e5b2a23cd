"""What a researcher does: found a study, enter its approval, word its consent, open and close it, write, order."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors, ids
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.vault import signed

from . import files, keys, policy, queries
from .consents import Ordered
from .models import Enrolment, Message, Release, Study, StudyText
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
    subject, _ = grants.person_of(actor)
    policy.check_draft(draft)
    if Study.objects.filter(founder_id=subject).count() >= MOST_STUDIES:
        raise errors.Conflict(_MANY)
    made = keys.new_study(subject)
    study = Study(subject_id=made.subject, founder_id=subject, holder=made.holder)
    _fill(study, draft)
    study.save(force_insert=True)
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
    _keep_draft(study, "title", "protocol", "contact", "nutrients", "first_day", "last_day")


def approve(actor: Actor, study_id: UUID, approval: Approval) -> None:
    """Enter the ethics committee's approval, before the study is opened. Raises NotFound, Conflict."""
    study = queries.mine(actor, study_id)
    policy.check_is_draft(study)
    study.ethics, study.ethics_on, study.document = approval.number, approval.on, approval.document
    _keep_draft(study, "ethics", "ethics_on", "document")


def _keep_draft(study: Study, *names: str) -> None:
    """Raises Conflict where it was opened since it was read: somebody may have agreed to it meanwhile."""
    draft = Study.objects.filter(id=study.id, state="draft")
    if not draft.update(**{name: getattr(study, name) for name in names}):
        policy.refuse_change()


@_numbered()
def word(actor: Actor, study_id: UUID, text: str) -> int:
    """A new version of what participants agree to; who took part keeps the one they read. Its number."""
    study = queries.mine(actor, study_id)
    with transaction.atomic():
        version = queries.version_of(study) + 1
        if version > MOST_TEXTS:
            raise errors.Conflict(_MANY)
        StudyText.objects.create(study=study, version=version, text=text)
    return version


def set_recipient(actor: Actor, study_id: UUID, recipient: str) -> None:
    """The researcher's age key: releases from now on are encrypted to it. Raises NotFound, InvalidInput."""
    study = queries.mine(actor, study_id)
    if not files.is_recipient(recipient):
        raise errors.InvalidInput({"recipient": _KEY})
    keep(study, recipient)


def open_(actor: Actor, study_id: UUID) -> None:
    """People may take part from now on. Raises NotFound, InvalidInput for what is missing."""
    study = queries.mine(actor, study_id)
    policy.check_can_open(study)
    _set_state(study, "open")


def close(actor: Actor, study_id: UUID) -> None:
    """Nobody may begin any more; who takes part goes on. Raises NotFound, Conflict for a draft."""
    study = queries.mine(actor, study_id)
    policy.check_was_opened(study)
    _set_state(study, "closed")


def _set_state(study: Study, state: str) -> None:
    study.state = state
    study.save(update_fields=["state"])


def write(actor: Actor, study_id: UUID, pseudonym: str, text: str) -> None:
    """A message to a participant, sealed to them. Raises NotFound, also for who does not take part any more."""
    study = queries.mine(actor, study_id)
    enrolment = Enrolment.objects.filter(study=study, pseudonym=pseudonym).first()
    if enrolment is None or queries.states([enrolment])[enrolment.id] not in policy.RUNNING:
        raise errors.NotFound
    item_id, bundle = ids.new_id(), keys.bundle_of(study, "job")
    item = signed.seal_to(enrolment.subject_id, study.subject_id, bundle, item_id, text.encode())
    Message.objects.create(id=item_id, enrolment=enrolment, **item._asdict())


@_numbered()
def order(actor: Actor, study_id: UUID) -> int:
    """Order a release of all who take part now; the worker builds it. Its number. Raises NotFound, Conflict."""
    subject, bundle = grants.person_of(actor)
    study = queries.mine(actor, study_id)
    policy.check_can_release(study, entered(study))
    taking = [one.grant_id for one in queries.taking_part(study)]
    release_id = ids.new_id()
    details = msgspec.msgpack.encode(Ordered(study.recipient, [one.bytes for one in taking]))
    with transaction.atomic():
        if Release.objects.filter(study=study, state__in=("queued", "running")).exists():
            raise errors.Conflict(_WAITS)
        number = Release.objects.filter(study=study).count() + 1
        Release.objects.create(
            id=release_id, study=study, number=number, total=len(taking), ordered_at=clock.now(),
            order=signed.sign(bundle, "release-order", subject, release_id, details),
        )  # fmt: skip
        audit.record("study-release", subject, str(subject), references=(release_id.bytes,))
    return number
