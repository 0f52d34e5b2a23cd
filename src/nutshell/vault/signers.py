"""Who may sign the manifest of a shared shelf: the owner, and tokens whose key the owner certified."""

from collections.abc import Callable
from uuid import UUID

from nutshell.envelope import shelves, statements
from nutshell.envelope.errors import NotOpened
from nutshell.envelope.shelves import Place

from .store import ShelfRow

OWNER = b""
"""What stands in a shelf row's `signer` when the owner signed; a token's certificate stands there else."""


class Signers:
    """Checks signatures against the owner's public signing key (32 bytes), known from the keys themselves.

    `owner_public` is a function, because deriving the key costs more than reading a day and most shelves
    are not shared.
    """

    def __init__(self, subject: UUID, owner_public: Callable[[], bytes]) -> None:
        self._subject, self._owner_public = subject, owner_public

    def check(self, place: Place, row: ShelfRow) -> None:
        """Raises NotOpened for a missing, foreign or altered signature."""
        if row.signer is None or row.signature is None:
            raise NotOpened
        public = self._public(row.signer)
        shelves.verify_manifest(public, place, row.manifest_version, row.manifest, row.signature)

    def _public(self, signer: bytes) -> bytes:
        if signer == OWNER:
            return self._owner_public()
        certificate = statements.verify(self._owner_public(), "certify-token", signer)
        if certificate.subject != self._subject:
            raise NotOpened
        return certificate.target
