"""A vault in memory that keeps the real one's rules: versions, conflicts, retries, idempotency keys."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from nutshell.common import errors
from nutshell.vault.types import Address, AlreadyDone, Change, Edit, Once, Sheet

TRIES = 20


class Shelves:
    """What lies in the database: shared by all vaults of a person, whoever opens them."""

    def __init__(self) -> None:
        self.records: dict[Address, tuple[int, bytes]] = {}
        self.keys: dict[str, UUID] = {}
        self.writes = 0


class DiaryVault:
    """`meanwhile` runs once between the next edit and its write, as another device would."""

    def __init__(self, shelves: Shelves | None = None, subject: UUID | None = None, author: UUID | None = None) -> None:
        self.shelves = shelves or Shelves()
        self.subject = subject or uuid4()
        self.author = author or self.subject
        self.meanwhile: Callable[[], object] | None = None
        self.statements = 0

    def beside(self, author: UUID | None = None) -> "DiaryVault":
        """The same records, opened by another device or another person."""
        return DiaryVault(self.shelves, self.subject, author or self.author)

    def _sheet(self, address: Address) -> Sheet:
        version, content = self.shelves.records.get(address, (0, None))
        return Sheet(address, version, content)

    def read(self, addresses: Sequence[Address]) -> list[Sheet]:
        self.statements += 1
        return [self._sheet(address) for address in addresses]

    def fetch(self, addresses: Sequence[Address]) -> None:
        self.statements += 1

    def stamp(self, address: Address) -> int:
        return self._sheet(address).version

    def versions(self, addresses: Sequence[Address]) -> list[int]:
        return [self._sheet(address).version for address in addresses]

    def read_shelf(self, collection: str, month: str = "") -> list[Sheet]:
        return self.read_months(collection, [month])

    def read_months(self, collection: str, months: Sequence[str]) -> list[Sheet]:
        self.statements += 1
        found = [address for address in self.shelves.records if address[0] == collection and address[1] in months]
        return [Sheet(Address(collection, sheet.address.month, ""), sheet.version, sheet.content)
                for sheet in map(self._sheet, found)]  # fmt: skip

    def write(self, changes: Sequence[Change], once: Once | None = None) -> list[Sheet]:
        if once is not None and once.key in self.shelves.keys:
            raise AlreadyDone(self.shelves.keys[once.key])
        if any(self._sheet(change.address).version != change.expected_version for change in changes):
            raise errors.Conflict
        for change in changes:
            self.shelves.records.pop(change.address, None)
            if change.content is not None:
                self.shelves.records[change.address] = (change.expected_version + 1, change.content)
                self.shelves.writes += 1
        if once is not None:
            self.shelves.keys[once.key] = once.result
        return [self._sheet(change.address) for change in changes]

    def change(self, addresses: Sequence[Address], edit: Edit, once: Once | None = None) -> list[Sheet]:
        if once is not None and once.key in self.shelves.keys:
            raise AlreadyDone(self.shelves.keys[once.key])
        for _ in range(TRIES):
            before = self.read(addresses)
            after = edit([sheet.content for sheet in before])
            self._let_others_write()
            changes = [
                Change(sheet.address, sheet.version, content)
                for sheet, content in zip(before, after, strict=True)
                if content != sheet.content
            ]
            try:
                if changes:
                    self.write(changes, once)
                return [self._sheet(address) for address in addresses]
            except errors.Conflict:
                continue
        raise errors.Conflict

    def _let_others_write(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
