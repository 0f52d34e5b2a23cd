"""Who may sign the manifest of a shared shelf: the owner, the owner's tokens, and grantees who hold write."""

from collections.abc import Callable
from uuid import UUID

from nutshell.envelope import shelves, statements
from nutshell.envelope.errors import NotOpened
from nutshell.envelope.shelves import Place

from . import writers
from .store import ShelfRow

OWNER = b""
"""What stands in a shelf row's `signer` when the owner signed; else the certificate of a token or a grantee."""
WRITER = "certify-writer"
CERTIFICATES = ("certify-token", WRITER)


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
        kind = statements.kind_of(signer)
        certificate = statements.verify(self._owner_public(), kind, signer)
        if kind not in CERTIFICATES or certificate.subject != self._subject:
            raise NotOpened
        if kind == WRITER and not writers.holds_write(self._subject, self._owner_public(), certificate.details):
            raise NotOpened
        return certificate.target
