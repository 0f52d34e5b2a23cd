"""A member with the clinic's keys that their role opens, and the making of those keys."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.grants import actions as grants
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.models import Grant
from nutshell.vault.records import Vault
from nutshell.vault.sharing import clinics, grantee, rows
from nutshell.vault.sharing.grantee import Hand, RingKeys

from . import policy, sealed
from .models import Clinic
from .types import Role

NOBODY = 0
"""No account stands behind a clinic."""


class Acting(NamedTuple):
    """A member of a clinic, in one request. `keys` are those of the membership, `own` the member's bundle."""

    clinic: UUID
    name: str
    member: UUID
    own: OwnerBundle
    role: Role
    membership: Grant
    keys: RingKeys

    def __repr__(self) -> str:
        return f"<Acting {self.role} of {self.clinic}>"

    def vault(self) -> Vault:
        """The clinic's vault as far as the role reaches."""
        return Vault(self.clinic, self.member, self.keys, policy.WRITES[self.role])

    def hand(self) -> Hand:
        """To open what clients granted. Raises Forbidden for whose role has not the clinic's sealing key."""
        policy.check_role(self.role, "administrator", "clinician")
        content = self.vault().read([sealed.KEYS])[0].content
        if content is None:
            raise errors.Tampered
        keys = sealed.read(sealed.Keys, content)
        return clinics.member_hand(self.membership, keys.sealing, self.member, self.own)

    def bundle(self) -> OwnerBundle:
        """The clinic's own. Raises Forbidden for all but administrators, Tampered."""
        policy.check_role(self.role, "administrator")
        content = self.vault().read([sealed.BUNDLE])[0].content
        if content is None:
            raise errors.Tampered
        return clinics.checked_bundle(content, self.keys)

    def clinic_actor(self) -> Actor:
        """The clinic itself, for its ledger. Raises Forbidden for all but administrators."""
        return Actor(NOBODY, self.clinic, "session", self.bundle())


def acting(actor: Actor, clinic: UUID) -> Acting:
    """Raises NotFound for who is no member, NoLongerShared for who was one."""
    subject, _ = grants.person_of(actor)
    found = rows.received_by(subject, clinic)
    named = Clinic.objects.filter(subject_id=clinic).first()
    if named is None or not found:
        raise errors.NotFound
    live = next(iter(_acting(actor, named, (row.grant_id for row in found if row.state == "active"))), None)
    if live is None:
        raise errors.NoLongerShared
    return live


def all_acting(actor: Actor) -> list[Acting]:
    """Every clinic that this person is a member of now."""
    subject, _ = grants.person_of(actor)
    received = {row.owner_id: row.grant_id for row in rows.received_by(subject) if row.state == "active"}
    named = Clinic.objects.filter(subject_id__in=list(received)) if received else []
    return [one for clinic in named for one in _acting(actor, clinic, [received[clinic.subject_id]])]


def _acting(actor: Actor, clinic: Clinic, grant_ids: Iterable[UUID]) -> list[Acting]:
    subject, own = grants.person_of(actor)
    found: list[Acting] = []
    for grant_id in grant_ids:
        row = rows.grant_of(clinic.subject_id, grant_id)
        if row is None or row.state != "active" or (row.ends_at is not None and row.ends_at <= clock.now()):
            continue
        try:
            keys = grantee.open_ring(grantee.own_hand(subject, own), row)
        except errors.NotFound:
            continue  # its secret is gone: the end is being written
        role = policy.role_of(keys.grant.collections)
        found.append(Acting(clinic.subject_id, clinic.name, subject, own, role, row, keys))
    return found
