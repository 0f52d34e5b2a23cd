"""A clinic, its members and clients at the level of keys and rows."""

from uuid import UUID

import msgspec

from nutshell.clinics import links, members, sealed
from nutshell.common.ids import new_id
from nutshell.envelope.offers import Terms
from nutshell.vault import actions as vaults
from nutshell.vault.models import Grant
from nutshell.vault.people import packed_public
from nutshell.vault.records import Vault
from nutshell.vault.sharing import clinics, giving, grantee, owner, rows
from nutshell.vault.sharing.grantee import Hand, RingKeys
from security.people_and_vaults import Person

NOVEMBER = Terms(["diary"], "2026-11-01", "2026-11-30", "write", "clinic", "", 0)


class Clinic(Person):
    """A clinic's own subject and bundle."""

    def take(self, person: Person, role: str, ends_at: int = 0) -> UUID:
        """A membership."""
        terms = msgspec.structs.replace(members._terms(role), expires_at=ends_at)  # type: ignore[arg-type]
        return giving.give(self.subject, self.bundle, terms, "", person.subject, packed_public(person.bundle))

    def end(self, membership: UUID) -> None:
        row = rows.grant_of(self.subject, membership)
        assert row is not None
        owner.end(self.subject, self.bundle, row, "revoked")


def new_clinic() -> Clinic:
    subject = new_id()
    clinic = Clinic(subject, vaults.create_clinic(subject))
    vault = clinics.own_vault(subject, clinic.bundle)
    kept = sealed.pack(sealed.Keys(sealed.FORMAT, clinics.sealing_key(clinic.bundle)))
    vault.change([sealed.KEYS], lambda _: [kept])
    vault.change([sealed.BUNDLE], lambda _: [clinics.packed_bundle(clinic.bundle)])
    return clinic


def shared(client: Person, clinic: Clinic, number: UUID | None = None, terms: Terms = NOVEMBER) -> UUID:
    """A client's grant to the clinic, which knows them by this number."""
    terms = msgspec.structs.replace(terms, text_version=links.text_of(number or new_id()))
    public = packed_public(clinic.bundle)
    return giving.give(client.subject, client.bundle, terms, "the clinic", clinic.subject, public)


def hand(clinic: Clinic, member: Person, membership: UUID) -> Hand:
    row = rows.grant_of(clinic.subject, membership)
    assert row is not None
    return clinics.member_hand(row, clinic.bundle.sealing, member.subject, member.bundle)


def granted(client: Person, grant_id: UUID) -> Grant:
    row = rows.grant_of(client.subject, grant_id)
    assert row is not None
    return row


def keys_of(clinic: Clinic, member: Person, membership: UUID, client: Person, grant_id: UUID) -> RingKeys:
    """As a process opens them that has kept nothing."""
    grantee.forget()
    return grantee.open_ring(hand(clinic, member, membership), granted(client, grant_id))


def vault_of(client: Person, member: Person, keys: RingKeys) -> Vault:
    return Vault(client.subject, member.subject, keys, frozenset(keys.grant.collections))
