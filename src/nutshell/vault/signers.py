"""Who may sign the manifest of a shared shelf: the owner, the owner's tokens, grantees who hold write, and members of a
clinic that does."""

from collections.abc import Callable
from uuid import UUID

from nutshell.envelope import keyrings, shelves, statements
from nutshell.envelope.errors import NotOpened
from nutshell.envelope.shelves import Place

from . import writers
from .store import ShelfRow
from .types import OF_CLINICS, REACH, text_lets_write
from .writers import Gone

OWNER = b""
"""What stands in a shelf row's `signer` when the owner signed; else the certificate of a token or a grantee, or the
chain of a clinic's member."""
WRITER = "certify-writer"
CERTIFICATES = ("certify-token", WRITER)


class Signers:
    """Checks signatures against the owner's public signing key (32 bytes), known from the keys themselves.

    `owner_public` is a function, because deriving the key costs more than reading a day and most shelves
    are not shared.
    """

    def __init__(self, subject: UUID, owner_public: Callable[[], bytes]) -> None:
        self._subject, self._owner_public = subject, owner_public

    def check(self, collection: str, place: Place, row: ShelfRow) -> None:
        """Raises NotOpened for a missing, foreign or altered signature, and for that of a grantee whose grant does not
        let write this collection."""
        if row.signer is None or row.signature is None:
            raise NotOpened
        public = self._public(row.signer, collection)
        shelves.verify_manifest(public, place, row.manifest_version, row.manifest, row.signature)

    def _public(self, signer: bytes, collection: str) -> bytes:
        if signer == OWNER:
            return self._owner_public()
        certificates = statements.links(signer)
        key, grantee = self._certified(certificates[0], collection)
        if len(certificates) == 1:
            return key
        if statements.kind_of(certificates[0]) != WRITER:
            raise NotOpened
        return _member_key(key, grantee, certificates[1])

    def _certified(self, packed: bytes, collection: str) -> tuple[bytes, UUID | None]:
        """Whose signing key the owner certified, and who it is: None for a token, and for who is gone."""
        kind = statements.kind_of(packed)
        certificate = statements.verify(self._owner_public(), kind, packed)
        if kind not in CERTIFICATES or certificate.subject != self._subject:
            raise NotOpened
        if kind != WRITER:
            return certificate.target, None
        found = writers.standing(self._subject, self._owner_public(), certificate.details)
        if found is None or not (found is Gone.GONE or _lets_write(found, collection)):
            raise NotOpened
        return certificate.target, None if found is Gone.GONE else found.grantee


def _lets_write(grant: keyrings.Grant, collection: str) -> bool:
    """By the owner's signed word; a clinic's own collections are written by whoever it gave their keys."""
    says_so = collection in OF_CLINICS or text_lets_write(grant.text_version, collection)
    return collection in grant.collections and says_so


def _member_key(clinic_key: bytes, clinic: UUID | None, packed: bytes) -> bytes:
    """The signing key of a member, by the word of the clinic that holds `clinic_key`.

    Of a clinic that is gone (None) its word is enough: what its members signed stands until the owner's keys have dealt
    with the end of its grant.
    """
    certificate = statements.verify(clinic_key, WRITER, packed)
    if clinic is None:
        return certificate.target
    found = writers.standing(clinic, clinic_key, certificate.details) if certificate.subject == clinic else None
    if found is None or (found is not Gone.GONE and REACH not in found.collections):
        raise NotOpened
    return certificate.target
