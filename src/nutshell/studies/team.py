"""Who runs a study besides its founder: named by the founder, ended at once by either of the two."""

from uuid import UUID

from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import errors
from nutshell.grants import actions as grants

from . import policy, published, publishing, queries
from .models import Researcher, Study
from .types import Colleague


def colleagues(actor: Actor, study_id: UUID) -> list[Colleague]:
    """Everybody who runs it, the founder first. Raises NotFound, Tampered."""
    study = queries.mine(actor, study_id)
    subjects = [study.founder_id, *(one.subject_id for one in _others(study))]
    names = accounts.names_of(subjects)
    return [Colleague(one, names.get(one, ""), one == study.founder_id, one == actor.subject) for one in subjects]


def _others(study: Study) -> list[Researcher]:
    """Those whom the study's keys named. A row that somebody else wrote counts for nothing."""
    named = published.signed_of(study).researchers
    return [one for one in study.others.order_by("id") if bytes(one.mark) in named]


def name(actor: Actor, study_id: UUID, researcher: UUID) -> None:
    """Somebody with whom I share, or who shares with me, runs it from now on. Raises NotFound, Conflict."""
    study = _founded(actor, study_id)
    key = grants.signing_key_of(actor, researcher)
    if researcher not in accounts.names_of([researcher]):
        raise errors.NotFound  # a study, with which I share as a participant
    others, mark = _others(study), published.mark_of(study.id, researcher, key)
    policy.check_team(len(others) + 1, any(one.subject_id == researcher for one in others))
    row = Researcher(study=study, subject_id=researcher, mark=mark)
    _publish(actor, study, [*others, row], "named", row)


def remove(actor: Actor, study_id: UUID, researcher: UUID) -> None:
    """Somebody runs it no longer: their next request finds nothing, and what they ordered is not built.

    The founder may end anybody else, and everybody themselves. Raises NotFound, Conflict.
    """
    study = queries.mine(actor, study_id) if researcher == actor.subject else _founded(actor, study_id)
    others = _others(study)
    row = next((one for one in others if one.subject_id == researcher), None)
    if researcher == study.founder_id:
        policy.refuse_founder()
    if row is None:
        raise errors.NotFound
    _publish(actor, study, [one for one in others if one is not row], "removed", row)


def _founded(actor: Actor, study_id: UUID) -> Study:
    study = queries.mine(actor, study_id)
    if study.founder_id != actor.subject:
        policy.refuse_founder()
    return study


def _publish(actor: Actor, study: Study, others: list[Researcher], act: str, row: Researcher) -> None:
    founder, *_ = published.signed_of(study).researchers

    def store() -> None:
        study.others.filter(subject_id=row.subject_id).delete()
        if act == "named":
            row.save(force_insert=True)
        audit.record("study-researcher", row.subject_id, str(actor.subject), reason=act)

    publishing.again(study, researchers=(founder, *(bytes(one.mark) for one in others)), beside=store)
