"""A study acts by its own keys, which the server can open. Its founder never holds them."""

from typing import NamedTuple
from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import ids
from nutshell.vault import actions as vault
from nutshell.vault import people, signed
from nutshell.vault import queries as vaults
from nutshell.vault.actions import Whole
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.keystore.types import Reason

from .models import Study

_FIRST_ROOT = 1
"""What making keys seals."""
NOBODY = 0
"""No account stands behind a study."""


class NewStudy(NamedTuple):
    """A subject for a study, and its keys. `holder` is their word on who founded it; `address` names them."""

    subject: UUID
    holder: bytes
    address: UUID
    whole: Whole


def new_study(founder: UUID) -> NewStudy:
    """With keys under a server's slot."""
    subject = ids.new_id()
    bundle = vault.create_person(subject)
    address = signed.address_of(signed.own_signing_key(bundle))
    return NewStudy(subject, people.holder_mark(bundle, founder), address, Whole(bundle, _FIRST_ROOT))


def bundle_of(study: Study, reason: Reason) -> OwnerBundle:
    """Its keys. One fetch. Raises NotFound, and Tampered where somebody put another founder into the row."""
    bundle = bundle_under(study.subject_id, reason)
    people.check_holder(bundle, study.founder_id, bytes(study.holder))
    return bundle


def whole_of(study: Study) -> Whole:
    """Its keys, where all that it keeps is as it was left. One fetch. Raises NotFound, Tampered."""
    whole = vault.open_whole(study.subject_id, "job")
    people.check_holder(whole.bundle, study.founder_id, bytes(study.holder))
    return whole


def bundle_under(subject: UUID, reason: Reason) -> OwnerBundle:
    """The keys of the study with this subject, whoever founded it: for ending it."""
    return vaults.open_by_server_slot(subject, reason)


def acting(study: Study, bundle: OwnerBundle) -> Actor:
    """The study itself: of its own vault, and as a grantee."""
    return Actor(NOBODY, study.subject_id, "session", bundle)
