"""Reads: studies, who takes part (by pseudonym), my part, the release ledger."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.grants import actions as grants
from nutshell.grants import queries as grant_queries
from nutshell.vault import signed
from nutshell.vault.signed import Item

from . import policy
from .consents import COLLECTIONS, check_consent
from .models import Enrolment, Message, Release, Study
from .types import Approval, Copy, Draft, Participant, ReleaseView, StudyView, Taking, Told, Window

# ---------- studies ----------


def mine(actor: Actor, study_id: UUID) -> Study:
    """A study that this researcher founded. Raises NotFound for any other."""
    subject, _ = grants.person_of(actor)
    study = Study.objects.filter(id=study_id, founder_id=subject).first()
    if study is None:
        raise errors.NotFound
    return study


def open_to(actor: Actor, study_id: UUID) -> Study:
    """A study that may be looked at: one that was opened, or one's own. Raises NotFound."""
    grants.person_of(actor)
    study = Study.objects.filter(id=study_id).first()
    if study is None or (study.state == "draft" and study.founder_id != actor.subject):
        raise errors.NotFound
    return study


def founded(actor: Actor) -> list[StudyView]:
    """The studies of this researcher, the newest first."""
    subject, _ = grants.person_of(actor)
    return [view_of(study) for study in Study.objects.filter(founder_id=subject).order_by("-created_at")]


def subjects_founded_by(subject: UUID) -> list[UUID]:
    """For erasing: the studies that end with this person, by their own subjects."""
    return list(Study.objects.filter(founder_id=subject).values_list("subject_id", flat=True))


def study(actor: Actor, study_id: UUID) -> StudyView:
    """Raises NotFound."""
    return view_of(open_to(actor, study_id))


def version_of(study: Study) -> int:
    """The version in force, 0 before there is a text."""
    newest = study.texts.order_by("-version").first()
    return newest.version if newest else 0


def text_of(study: Study, version: int) -> str:
    found = study.texts.filter(version=version).first()
    return found.text if found else ""


def view_of(study: Study) -> StudyView:
    version = version_of(study)
    draft = Draft(
        study.title, study.protocol, study.contact, tuple(policy.nutrients_of(study)), Day(study.first_day),
        Day(study.last_day),
    )  # fmt: skip
    approval = Approval(study.ethics, Day(study.ethics_on) if study.ethics_on else None, study.document)
    people = policy.guarded(len(taking_part(study)))
    return StudyView(study.id, draft, approval, study.state, version, text_of(study, version), people)


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


def participants(actor: Actor, study_id: UUID) -> list[Participant]:
    """By pseudonym, in its order: the order of joining would tell something."""
    listed = list(mine(actor, study_id).enrolments.order_by("pseudonym"))
    by_id = states(listed)
    return [Participant(one.pseudonym, by_id[one.id], window_of(one), one.version, one.wish) for one in listed]


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
    """The releases that were built with this person's data."""
    built = Release.objects.filter(study=enrolment.study, pseudonyms__contains=enrolment.pseudonym)
    return list(built.order_by("number"))


def messages(actor: Actor, enrolment: Enrolment) -> tuple[Told, ...]:
    """What the study wrote to me, the newest first. One that just the study cannot have written is left out."""
    subject, bundle = grants.person_of(actor)
    key = check_consent(subject, enrolment.study_id, bytes(enrolment.consent)).study_key
    found: list[Told] = []
    for one in Message.objects.filter(enrolment=enrolment).order_by("-at"):
        item = Item(bytes(one.sealed_key), bytes(one.sealed), bytes(one.signature))
        try:
            content = signed.open_item(subject, bundle, enrolment.study.subject_id, key, one.id, item)
        except errors.Tampered:
            continue
        found.append(Told(one.at, content.decode()))
    return tuple(found)


def copy(actor: Actor, study_id: UUID) -> Copy:
    """The signed copy of my consent. Raises NotFound."""
    subject, bundle = grants.person_of(actor)
    one = my_enrolment(actor, study_id)
    agreed = check_consent(subject, study_id, bytes(one.consent))
    return Copy(
        str(study_id), one.study.title, agreed.version, agreed.text, COLLECTIONS, agreed.nutrients,
        clock.parse_day(agreed.first_day), clock.parse_day(agreed.last_day),
        datetime.fromtimestamp(agreed.at, UTC), signed.as_text(bytes(one.consent)),
        signed.as_text(signed.own_signing_key(bundle)),
    )  # fmt: skip


# ---------- the release ledger ----------


def releases(actor: Actor, study_id: UUID) -> list[ReleaseView]:
    """For the researcher, the newest first. Raises NotFound."""
    found: Sequence[Release] = mine(actor, study_id).releases.order_by("-number")
    return [_release(one) for one in found]


def _release(one: Release) -> ReleaseView:
    return ReleaseView(
        one.id, one.number, one.state, one.ordered_at, one.built_at, one.done, one.total,
        len(one.pseudonyms.split()), one.rows, bytes(one.hash).hex(), len(one.sealed),
    )  # fmt: skip


def archive(actor: Actor, study_id: UUID, number: int) -> bytes:
    """A built release, encrypted to the researcher. Raises NotFound, also for one that was taken back."""
    found = mine(actor, study_id).releases.filter(number=number, state="done").first()
    if found is None:
        raise errors.NotFound
    return bytes(found.sealed)
