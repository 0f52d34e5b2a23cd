"""A study acts by its own keys, which the server can open. Its founder never holds them."""

from typing import NamedTuple
from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import ids
from nutshell.vault import actions as vault
from nutshell.vault import people
from nutshell.vault import queries as vaults
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.keystore.types import Reason

from .models import Study

NOBODY = 0
"""No account stands behind a study."""


class NewStudy(NamedTuple):
    """A subject for a study. `holder` is its own keys' word on who founded it."""

    subject: UUID
    holder: bytes


def new_study(founder: UUID) -> NewStudy:
    """With keys under a server's slot."""
    subject = ids.new_id()
    return NewStudy(subject, people.holder_mark(vault.create_person(subject), founder))


def bundle_of(study: Study, reason: Reason) -> OwnerBundle:
    """Its keys. One fetch. Raises NotFound, and Tampered where somebody put another founder into the row."""
    bundle = bundle_under(study.subject_id, reason)
    people.check_holder(bundle, study.founder_id, bytes(study.holder))
    return bundle


def bundle_under(subject: UUID, reason: Reason) -> OwnerBundle:
    """The keys of the study with this subject, whoever founded it: for ending it."""
    return vaults.open_by_server_slot(subject, reason)


def actor_of(study: Study, reason: Reason) -> Actor:
    """The study itself, as a grantee. One fetch."""
    return Actor(NOBODY, study.subject_id, "session", bundle_of(study, reason))
