"""Alice and those she shares with, at the level of keys and rows."""

from dataclasses import dataclass
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.envelope.offers import Terms
from nutshell.vault.models import Grant
from nutshell.vault.records import Vault
from nutshell.vault.sharing import errands, grantee, owner, rows
from nutshell.vault.sharing.grantee import RingKeys
from nutshell.vault.types import Address, Span
from security.people_and_vaults import Person

NOVEMBER = Terms(["diary"], "2026-11-01", "2026-11-30", "read", "friend", "1", 0)


@dataclass(frozen=True)
class Shared:
    """A grant of `owner` to `grantee`, accepted and completed."""

    owner: Person
    grantee: Person
    grant_id: UUID
    terms: Terms

    @property
    def row(self) -> Grant:
        found = rows.grant_of(self.owner.subject, self.grant_id)
        assert found is not None
        return found

    def keys(self) -> RingKeys:
        """As a process opens them that has kept nothing."""
        grantee.forget()
        return grantee.open_ring(grantee.own_hand(self.grantee.subject, self.grantee.bundle), self.row)

    def vault(self, keys: RingKeys | None = None) -> Vault:
        first, last = (clock.parse_day(day) if day else None for day in (self.terms.first_day, self.terms.last_day))
        writable = frozenset(self.terms.collections if self.terms.mode == "write" else ())
        span = Span(first, last)
        return Vault(self.owner.subject, self.grantee.subject, keys or self.keys(), writable, span)

    def end(self, state: str = "revoked") -> None:
        owner.end(self.owner.subject, self.owner.bundle, self.row, state)


def offered(alice: Person, terms: Terms = NOVEMBER) -> tuple[UUID, bytes]:
    return owner.offer(alice.subject, alice.bundle, terms, "somebody")


def run_errands(alice: Person) -> int:
    return errands.run_errands(alice.subject, alice.bundle, 60.0)


def share(alice: Person, bob: Person, terms: Terms = NOVEMBER) -> Shared:
    grant_id, secret = offered(alice, terms)
    grantee.accept(bob.subject, bob.bundle, grant_id, secret)
    run_errands(alice)
    return Shared(alice, bob, grant_id, terms)


def opened(vault: Vault, address: Address) -> bytes | None:
    """What lies there; None for absent and for out of reach."""
    try:
        return vault.read([address])[0].content
    except errors.Forbidden:
        return None
