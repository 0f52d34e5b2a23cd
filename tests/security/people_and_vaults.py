"""Alice and her vault, made as the product makes them."""

from dataclasses import dataclass
from uuid import UUID

from nutshell.common.ids import new_id
from nutshell.envelope.people import Bundle
from nutshell.vault import actions
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.records import Vault
from nutshell.vault.types import Address, Change, Sheet

MONDAY = Address("diary", "2026-11", "2026-11-23")
TUESDAY = Address("diary", "2026-11", "2026-11-24")
DECEMBER = Address("diary", "2026-12", "2026-12-01")
EGG = Address("foods", "", "1f0e4c5e-0000-4000-8000-000000000001")


@dataclass(frozen=True)
class Person:
    subject: UUID
    bundle: Bundle

    def vault(self) -> Vault:
        """A fresh vault, as each request has one."""
        return Vault(self.subject, self.subject, OwnerKeys(self.bundle))

    def write(self, address: Address, content: bytes | None) -> Sheet:
        vault = self.vault()
        version = vault.read([address])[0].version
        return vault.write([Change(address, version, content)])[0]

    def read(self, address: Address) -> bytes | None:
        return self.vault().read([address])[0].content


def new_person() -> Person:
    subject = new_id()
    return Person(subject, actions.create_person(subject))
