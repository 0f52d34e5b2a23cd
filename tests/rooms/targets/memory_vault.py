"""A vault in memory: this room is pure and knows the vault only by its protocol."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from nutshell.common import errors
from nutshell.vault.types import Address, Change, Edit, Once, Sheet


class MemoryVault:
    """Keeps records in a dictionary. Counts its transactions and what they wrote."""

    def __init__(self) -> None:
        self.subject: UUID = uuid4()
        self.author: UUID = self.subject
        self.records: dict[Address, tuple[int, bytes]] = {}
        self.transactions: list[list[Address]] = []

    def _sheet(self, address: Address) -> Sheet:
        version, content = self.records.get(address, (0, None))
        return Sheet(address, version, content)

    def read(self, addresses: Sequence[Address]) -> list[Sheet]:
        return [self._sheet(address) for address in addresses]

    def fetch(self, addresses: Sequence[Address]) -> None:
        """All is here."""

    def stamp(self, address: Address) -> int:
        return self._sheet(address).version

    def read_shelf(self, collection: str, month: str = "") -> list[Sheet]:
        return self.read([address for address in self.records if address[:2] == (collection, month)])

    def read_months(self, collection: str, months: Sequence[str]) -> list[Sheet]:
        return [sheet for month in months for sheet in self.read_shelf(collection, month)]

    def write(self, changes: Sequence[Change], once: Once | None = None) -> list[Sheet]:
        if any(self._sheet(change.address).version != change.expected_version for change in changes):
            raise errors.Conflict
        for change in changes:
            self.records.pop(change.address, None)
            if change.content is not None:
                self.records[change.address] = (change.expected_version + 1, change.content)
        self.transactions.append([change.address for change in changes])
        return self.read([change.address for change in changes])

    def change(self, addresses: Sequence[Address], edit: Edit, once: Once | None = None) -> list[Sheet]:
        before = self.read(addresses)
        after = edit([sheet.content for sheet in before])
        self.write(
            [
                Change(sheet.address, sheet.version, content)
                for sheet, content in zip(before, after, strict=True)
                if content != sheet.content
            ]
        )
        return self.read(addresses)
