"""The only way in: actor, owner and purpose in, an open vault out."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec

from nutshell.accounts.leaving_subjects import is_leaving
from nutshell.accounts.policy import check_open
from nutshell.audit import actions as audit
from nutshell.common import errors
from nutshell.grants import actions as grants
from nutshell.grants.queries import Access, access
from nutshell.vault.keys import keys_of
from nutshell.vault.records import Vault
from nutshell.vault.types import OpenVault, Span

from . import policy
from .types import Actor, Purpose


@contextmanager
def enter(actor: Actor, owner: UUID | None, purpose: Purpose, about: str = "") -> Iterator[OpenVault]:
    """Open `owner`'s collections for this actor and purpose, for the time of the block.

    `about` is what the door wants to see (a day, a span), for the owner's ledger. Raises ConsentRequired when the
    actor has no keys yet, Sealed while they are not opened, NotFound for another's data without a grant (absent and
    forbidden read alike), NoLongerShared where a grant has ended, Forbidden when a token's scopes or keys do not reach.
    """
    check_open(actor)
    assert actor.subject is not None
    if owner != actor.subject:
        yield _granted(actor, owner, purpose, about)
        return
    policy.check_scopes(actor, purpose)
    grants.run_errands(actor)
    yield Vault(actor.subject, actor.subject, keys_of(actor.keys), policy.writable(actor, purpose))


def reaches(actor: Actor, owner: UUID, purpose: Purpose) -> bool:
    """Whether a grant of another's allows this. Nothing of theirs is read, so nothing is written down.

    Raises NotFound for a stranger (and for oneself, whom nobody grants anything), NoLongerShared.
    """
    check_open(actor)
    return _access(actor, owner, purpose) is not None


def _access(actor: Actor, owner: UUID, purpose: Purpose) -> Access | None:
    if actor.kind != "session" or is_leaving(owner):
        raise errors.NotFound
    return access(actor, owner, purpose.collection, purpose.writes)


def _granted(actor: Actor, owner: UUID | None, purpose: Purpose, about: str) -> OpenVault:
    """Another's vault, as far as a grant of theirs reaches. The ledger has it before anything is opened."""
    if owner is None or actor.subject is None:
        raise errors.NotFound
    found = _access(actor, owner, purpose)
    word = f"{purpose.collection}-{'write' if purpose.writes else 'read'}"
    if found is None:
        audit.record("access-refused", owner, str(actor.subject), reason=word)
        raise errors.NotFound
    details = msgspec.msgpack.encode([about]) if about else b""
    ledger = found.keys.ledger_public
    audit.record("access", owner, str(actor.subject), details, ledger, grant=found.grant_id, reason=word)
    writable = frozenset((purpose.collection,)) if purpose.writes else frozenset[str]()
    return Vault(owner, actor.subject, found.keys, writable, Span(found.terms.first_day, found.terms.last_day))
