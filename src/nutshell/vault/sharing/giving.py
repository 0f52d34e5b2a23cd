"""A grant that needs no acceptance: its grantee has asked for it, and its owner answers with keys at once."""

from contextlib import suppress
from uuid import UUID

import msgspec

from nutshell.common import clock, errors, ids
from nutshell.envelope import statements
from nutshell.envelope.offers import Terms
from nutshell.envelope.people import Bundle
from nutshell.vault import installation
from nutshell.vault.keystore.types import GrantSecret
from nutshell.vault.models import Grant
from nutshell.vault.people import public_of
from nutshell.vault.rows_of import of_subject, rows_of
from nutshell.vault.types import REACH

from . import owner, rings


def give(subject: UUID, bundle: Bundle, terms: Terms, label: str, grantee: UUID, expected: bytes) -> UUID:
    """Grant at once; the grant's id. `expected` are the packed public keys that the grantee is known by.

    Raises NotFound for a grantee who is gone, Tampered where the key store knows them by other keys.
    """
    grant_id, now = ids.new_id(), int(clock.now().timestamp())
    details = msgspec.msgpack.encode(GrantSecret(grantee, terms.expires_at, REACH in terms.collections))
    signed = statements.sign(bundle.signing, "grant-secret", subject, grant_id.bytes, now, details)
    installation.client().put_grant(subject, grant_id.bytes, signed)
    sealed = owner.sealed_details(bundle, subject, grant_id, owner.Details(label, now))
    row = Grant(subject_id=subject, grant_id=grant_id, statement=b"", details=sealed, state="accepted", version=0)
    try:
        _check_grantee(subject, bundle, grant_id, expected)
        with rows_of(subject):
            row.save(force_insert=True)
        owner.activate(subject, bundle, row, terms, grantee, public_of(expected))
    except errors.NutshellError:
        _undo(subject, bundle, grant_id)
        raise
    return grant_id


def _check_grantee(subject: UUID, bundle: Bundle, grant_id: UUID, expected: bytes) -> None:
    found = rings.fetched(subject, bundle, [grant_id])[0]
    if found is None or not found.grantee_public:
        raise errors.NotFound
    if found.grantee_public != expected:
        raise errors.Tampered


@of_subject
def _undo(subject: UUID, bundle: Bundle, grant_id: UUID) -> None:
    Grant.objects.filter(subject_id=subject, grant_id=grant_id).delete()
    now = int(clock.now().timestamp())
    with suppress(errors.NotFound):
        signed = statements.sign(bundle.signing, "destroy", subject, grant_id.bytes, now)
        installation.client().destroy(grant_id.bytes, signed)
