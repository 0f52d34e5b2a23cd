"""What a participant does: look at what would be sent, agree, pause, withdraw."""

import secrets
from uuid import UUID

import msgspec

from nutshell import gate
from nutshell.accounts.types import Actor
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.gate import Purpose
from nutshell.grants import actions as grants
from nutshell.grants.types import Terms
from nutshell.vault import signed

from . import keys, policy, published, publishing, queries
from .consents import COLLECTIONS, Agreed
from .models import Enrolment, Release, Study
from .rows import rows_of
from .types import Read, Row, Window, Wish

_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 8


def preview(actor: Actor, study_id: UUID, window: Window) -> list[Row]:
    """Just what a release would hold of me. Raises NotFound, InvalidInput for days outside of the study."""
    study = queries.open_to(actor, study_id)
    policy.check_window(study, window)
    with gate.enter(actor, actor.subject, Purpose.DIARY_READ) as vault:
        return rows_of(vault, window, policy.nutrients_of(study))


def take_part(actor: Actor, study_id: UUID, read: Read, window: Window) -> None:
    """Agree to what was read. The keys of these months are sealed to the study at once.

    Raises NotFound, Conflict, InvalidInput, and Tampered for a study that is not as its researcher published it.
    """
    subject, _ = grants.person_of(actor)
    study = queries.open_to(actor, study_id)
    word, text = published.read(study)
    as_read = read == Read(word.version, word.hash.hex())
    policy.check_takes(study, as_read, window, queries.is_running(study, subject))
    itself = keys.acting(study, publishing.open_(study).bundle)
    part = Enrolment(
        study=study, subject_id=subject, pseudonym=_pseudonym(study), version=word.version,
        first_day=window.first_day, last_day=window.last_day,
    )  # fmt: skip
    part.consent = _signed(actor, part, itself, word.hash, text)
    part.grant_id = _granted(actor, part, itself)
    try:
        _enter(part)
    except Exception:  # a study reads nothing of somebody whom it does not know
        grants.revoke(actor, part.grant_id)
        raise


def _enter(part: Enrolment) -> None:
    """Raises Conflict where another request of the same person came so far at the same time."""
    part.save(force_insert=True)
    if len(queries.running(part.study, part.subject_id)) > 1:
        part.delete()
        policy.refuse_twice()


def _signed(actor: Actor, part: Enrolment, itself: Actor, terms: bytes, text: str) -> bytes:
    """The participant's word on all that they read."""
    (subject, bundle), (_, study_bundle), study = grants.person_of(actor), grants.person_of(itself), part.study
    agreed = Agreed(
        part.version, text, tuple(policy.nutrients_of(study)),
        part.first_day.isoformat(), part.last_day.isoformat(), int(clock.now().timestamp()),
        signed.own_signing_key(study_bundle), terms, part.pseudonym,
    )  # fmt: skip
    return signed.sign(bundle, "study-consent", subject, study.id, msgspec.msgpack.encode(agreed))


def _granted(actor: Actor, part: Enrolment, itself: Actor) -> UUID:
    text = f"study/{part.study_id}/{part.version}"
    terms = Terms(COLLECTIONS, Day(part.first_day), Day(part.last_day), purpose="study", text=text)
    return grants.give(actor, terms, part.study.title, itself)


def _pseudonym(study: Study) -> str:
    """Random, so that nobody finds the person by it, nor the same person in another study."""
    while True:
        made = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        if not study.enrolments.filter(pseudonym=made).exists():
            return made


def pause(actor: Actor, study_id: UUID) -> None:
    """Nothing is released until I go on. Raises NotFound, Conflict."""
    grants.pause(actor, queries.my_enrolment(actor, study_id).grant_id)


def resume(actor: Actor, study_id: UUID) -> None:
    grants.resume(actor, queries.my_enrolment(actor, study_id).grant_id)


def withdraw(actor: Actor, study_id: UUID, wish: Wish) -> None:
    """End my part: the next release holds nothing of me. With "erase", archives that still lie here with my data are
    taken back, and the researcher reads that I ask for the others to be erased. Raises NotFound, Conflict.

    Whoever ended it elsewhere, or whose part is over, may still say this, once.
    """
    enrolment = queries.my_enrolment(actor, study_id)
    if enrolment.wish or queries.states([enrolment])[enrolment.id] in policy.RUNNING:
        grants.revoke(actor, enrolment.grant_id)
    Enrolment.objects.filter(id=enrolment.id).update(wish=wish)
    if wish == "erase":
        for release in queries.holding(enrolment):
            Release.objects.filter(id=release.id).update(sealed=b"", state="taken-back")
