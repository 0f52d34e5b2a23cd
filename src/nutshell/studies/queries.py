"""Reads: studies, who takes part (by pseudonym), my part, the release ledger."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.grants import actions as grants
from nutshell.grants import queries as grant_queries
from nutshell.vault import signed
from nutshell.vault.signed import Item

from . import entries, policy, published
from .consents import COLLECTIONS, check_part
from .models import ApprovalFile, Enrolment, Message, Order, Release, Study
from .types import Approval, Copy, Draft, Listed, Participant, ReleaseView, StudyView, Taking, Told, Window

# ---------- studies ----------


def mine(actor: Actor, study_id: UUID) -> Study:
    """A study that this researcher runs. Raises NotFound for any other, Tampered for one that somebody altered."""
    study = Study.objects.filter(id=study_id).first()
    if study is None or not _runs(actor, study):
        raise errors.NotFound
    published.check(study)
    return study


def open_to(actor: Actor, study_id: UUID) -> Study:
    """A study that may be looked at: one that was opened, or one's own. Raises NotFound, Tampered."""
    grants.person_of(actor)
    study = Study.objects.filter(id=study_id).first()
    if study is None or (study.state == "draft" and not _runs(actor, study)):
        raise errors.NotFound
    published.check(study)
    return study


def founded(actor: Actor) -> list[StudyView]:
    """The studies that this researcher runs, the newest first."""
    subject, _ = grants.person_of(actor)
    named = Study.objects.filter(Q(founder_id=subject) | Q(others__subject_id=subject)).distinct()
    return [view_of(study) for study in named.order_by("-created_at") if _runs(actor, study)]


def _runs(actor: Actor, study: Study) -> bool:
    subject, bundle = grants.person_of(actor)
    return published.runs(study, subject, signed.own_signing_key(bundle))


def subjects_founded_by(subject: UUID) -> list[UUID]:
    """For erasing: the studies that end with this person, by their own subjects."""
    return list(Study.objects.filter(founder_id=subject).values_list("subject_id", flat=True))


def study(actor: Actor, study_id: UUID) -> StudyView:
    """Raises NotFound, Tampered."""
    return view_of(open_to(actor, study_id))


def view_of(study: Study) -> StudyView:
    """Of a study that somebody altered: that it was, and nothing else."""
    try:
        word, text = published.read(study)
    except errors.Tampered:
        return _withheld(study)
    draft = Draft(
        study.title, study.protocol, study.contact, tuple(policy.nutrients_of(study)), Day(study.first_day),
        Day(study.last_day),
    )  # fmt: skip
    on, file = Day(study.ethics_on) if study.ethics_on else None, bytes(study.file_hash).hex()
    approval = Approval(study.ethics, on, study.document, file)
    people = policy.guarded(len(taking_part(study)))
    return StudyView(study.id, draft, approval, study.state, word.version, text, people, word.hash.hex())


def _withheld(study: Study) -> StudyView:
    empty = Draft("", "", "", (), Day(study.first_day), Day(study.last_day))
    return StudyView(study.id, empty, Approval("", None, ""), "closed", 0, "", None, intact=False)


def approval_file(actor: Actor, study_id: UUID) -> bytes:
    """The committee's document (PDF), for whoever may read the study. Raises NotFound, Tampered."""
    study = open_to(actor, study_id)
    found = ApprovalFile.objects.filter(study=study).first()
    if not study.file_hash:
        raise errors.NotFound
    if found is None or hashlib.sha256(bytes(found.content)).digest() != bytes(study.file_hash):
        raise errors.Tampered(published.ALTERED)
    return bytes(found.content)


# ---------- who takes part ----------


def states(enrolments: Iterable[Enrolment]) -> dict[UUID, str]:
    """By enrolment; "erased" where the person is gone."""
    listed = list(enrolments)
    found = grant_queries.states(one.grant_id for one in listed)
    return {one.id: found.get(one.grant_id, "erased") for one in listed}


def taking_part(study: Study) -> list[Enrolment]:
    """Whose grant is in force now and not paused."""
    listed = list(study.enrolments.order_by("at"))
    by_id = states(listed)
    return [one for one in listed if by_id[one.id] == "active"]


def participants(actor: Actor, study_id: UUID) -> Listed:
    """By pseudonym, in its order: the order of joining would tell something.

    Nobody is listed before there are five, unless a release named them already.
    """
    study = mine(actor, study_id)
    listed = list(study.enrolments.order_by("pseudonym"))
    if len(listed) < policy.FEW and not study.releases.exclude(entry=b"").exists():
        return Listed(True, ())
    by_id = states(listed)
    people = (Participant(one.pseudonym, by_id[one.id], window_of(one), one.version, one.wish) for one in listed)
    return Listed(False, tuple(people))


def window_of(enrolment: Enrolment) -> Window:
    return Window(Day(enrolment.first_day), Day(enrolment.last_day))


# ---------- my part ----------


def running(study: Study, subject: UUID) -> list[Enrolment]:
    """The parts of this person that are not over: one at most, but while two requests begin one at once."""
    mine = list(study.enrolments.filter(subject_id=subject))
    by_id = states(mine)
    return [one for one in mine if by_id[one.id] in policy.RUNNING]


def is_running(study: Study, subject: UUID) -> bool:
    return bool(running(study, subject))


def my_enrolment(actor: Actor, study_id: UUID) -> Enrolment:
    """The newest. Raises NotFound."""
    subject, _ = grants.person_of(actor)
    found = Enrolment.objects.filter(study_id=study_id, subject_id=subject).order_by("-at").first()
    if found is None:
        raise errors.NotFound
    return found


def takings(actor: Actor) -> list[Taking]:
    """The studies that I take part in or took part in."""
    grants.person_of(actor)
    found = Enrolment.objects.filter(subject_id=actor.subject).order_by("-at")
    newest = {one.study_id: one for one in reversed(found)}
    return [taking(actor, study_id) for study_id in newest]


def taking(actor: Actor, study_id: UUID) -> Taking:
    """My part in it, with what was written to me. Raises NotFound."""
    one = my_enrolment(actor, study_id)
    held_by = tuple(release.number for release in holding(one))
    return Taking(
        view_of(one.study), one.pseudonym, one.version, window_of(one), states([one])[one.id], one.grant_id, one.at,
        one.wish, held_by, messages(actor, one),
    )  # fmt: skip


def holding(enrolment: Enrolment) -> list[Release]:
    """The releases that were built with this person's data, or may have been: see `entries.may_hold`."""
    built = Release.objects.filter(study=enrolment.study).exclude(entry=b"", pseudonyms="").order_by("number")
    try:
        check_part(enrolment)
    except errors.Tampered:
        return list(built)
    return [release for release in built if entries.may_hold(release, enrolment)]


def messages(actor: Actor, enrolment: Enrolment) -> tuple[Told, ...]:
    """What the study wrote to me, the newest first; from then on I have seen it. One that just the study cannot have
    written is left out.
    """
    subject, bundle = grants.person_of(actor)
    key = check_part(enrolment).study_key
    found: list[Told] = []
    for one in Message.objects.filter(enrolment=enrolment).order_by("-at"):
        item = Item(bytes(one.sealed_key), bytes(one.sealed), bytes(one.signature))
        try:
            content = signed.open_item(subject, bundle, enrolment.study.subject_id, key, one.id, item)
        except errors.Tampered:
            continue
        found.append(Told(one.at, content.decode()))
    Message.objects.filter(enrolment=enrolment, seen=False).update(seen=True)
    return tuple(found)


def copy(actor: Actor, study_id: UUID) -> Copy:
    """The signed copy of my consent. Raises NotFound."""
    _, bundle = grants.person_of(actor)
    one = my_enrolment(actor, study_id)
    agreed = check_part(one)
    return Copy(
        str(study_id), one.study.title, agreed.version, agreed.text, COLLECTIONS, agreed.nutrients,
        clock.parse_day(agreed.first_day), clock.parse_day(agreed.last_day),
        datetime.fromtimestamp(agreed.at, UTC), signed.as_text(bytes(one.consent)),
        signed.as_text(signed.own_signing_key(bundle)), agreed.terms.hex(),
    )  # fmt: skip


# ---------- the release ledger ----------


def releases(actor: Actor, study_id: UUID) -> list[ReleaseView]:
    """For the researchers, the newest first. Raises NotFound, Tampered."""
    found: Sequence[Release] = mine(actor, study_id).releases.order_by("-number")
    by = dict(Order.objects.filter(release__in=found).values_list("release_id", "subject_id"))
    names = accounts.names_of(set(by.values()))
    return [_release(one, names.get(by.get(one.id), "")) for one in found]


def _release(one: Release, by: str) -> ReleaseView:
    if one.entry or one.pseudonyms or one.state in ("done", "taken-back"):
        try:
            entries.check(one)
        except errors.Tampered:
            return ReleaseView(one.id, one.number, "altered", one.ordered_at, None, 0, 0, 0, 0, "", 0, by)
    return ReleaseView(
        one.id, one.number, one.state, one.ordered_at, one.built_at, one.done, one.total,
        len(one.pseudonyms.split()), one.rows, bytes(one.hash).hex(), len(one.sealed), by,
    )  # fmt: skip


def archive(actor: Actor, study_id: UUID, number: int) -> bytes:
    """A built release, encrypted to the researcher. Raises NotFound, also for one that was taken back; Tampered."""
    found = mine(actor, study_id).releases.filter(number=number, state="done").first()
    if found is None:
        raise errors.NotFound
    return entries.archive_of(found)
