"""A study acts by its own keys, which the server can open. Its founder never holds them."""

from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import ids
from nutshell.vault import actions as vault
from nutshell.vault import queries as vaults
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.keystore.types import Reason

from .models import Study

NOBODY = 0
"""No account stands behind a study."""


def new_subject() -> UUID:
    """A subject for a study, with keys under a server's slot."""
    subject = ids.new_id()
    vault.create_person(subject)
    return subject


def bundle_of(subject: UUID, reason: Reason) -> OwnerBundle:
    """The keys of the study with this subject. One fetch. Raises NotFound, Tampered."""
    return vaults.open_by_server_slot(subject, reason)


def actor_of(study: Study, reason: Reason) -> Actor:
    """The study itself, as a grantee. One fetch."""
    return Actor(NOBODY, study.subject_id, "session", bundle_of(study.subject_id, reason))
