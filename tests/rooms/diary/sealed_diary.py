"""Alice's real vault, sealed and in the database, with what `DiaryVault` offers to tests besides."""

from collections.abc import Callable, Sequence
from uuid import UUID

from nutshell.vault.keys import OwnerKeys
from nutshell.vault.records import Vault
from nutshell.vault.types import Address, Edit, Once, Sheet
from security.people_and_vaults import Person


class SealedDiary(Vault):
    """`meanwhile` runs once between the next edit and its write, as another device would."""

    def __init__(self, person: Person, author: UUID | None = None) -> None:
        super().__init__(person.subject, author or person.subject, OwnerKeys(person.bundle))
        self.person = person
        self.meanwhile: Callable[[], object] | None = None

    def beside(self, author: UUID | None = None) -> "SealedDiary":
        """The same records, opened by another device or another person."""
        return SealedDiary(self.person, author or self.author)

    def read(self, addresses: Sequence[Address]) -> list[Sheet]:
        """Always from the database, as if each read were a request."""
        self._forget(addresses)
        return super().read(addresses)

    def change(self, addresses: Sequence[Address], edit: Edit, once: Once | None = None) -> list[Sheet]:
        def disturbed(contents: list[bytes | None]) -> list[bytes | None]:
            edited = edit(contents)
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile is not None:
                meanwhile()
            return edited

        return super().change(addresses, disturbed, once)
