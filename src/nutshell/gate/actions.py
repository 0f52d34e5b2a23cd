"""The only way in: actor, owner and purpose in, an open vault out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.accounts.freezing import frozen_among, is_frozen
from nutshell.accounts.leaving_subjects import is_leaving
from nutshell.accounts.policy import check_open, owner_of
from nutshell.audit import actions as audit
from nutshell.clinics import queries as clinics
from nutshell.common import errors
from nutshell.grants import actions as grants
from nutshell.grants.queries import Access, access
from nutshell.operators.queries import stopped_purposes
from nutshell.vault.keys import keys_of
from nutshell.vault.records import Vault
from nutshell.vault.types import COLLECTIONS, OpenVault, Span

from . import overview, policy
from .types import Actor, Purpose


class Entered(NamedTuple):
    """A client of a clinic, opened."""

    client: UUID
    vault: OpenVault


def enter_clients(actor: Actor, clinic: UUID, collection: str, about: str) -> list[Entered]:
    """Open this collection, to read, of every client that this member of the clinic may open: by one request to the key
    store. Each client's ledger has it before, once a day.

    Raises NotFound for who is no member, NoLongerShared, Forbidden for assistants.
    """
    check_open(actor)
    found = clinics.access_many(actor, clinic, collection)
    frozen = frozen_among([owner for owner, _ in found.values()])
    if {allowed.terms.purpose for _, allowed in found.values()} & stopped_purposes():
        raise errors.Unavailable
    staying = [
        (client, owner, allowed)
        for client, (owner, allowed) in found.items()
        if not is_leaving(owner) and owner not in frozen
    ]
    for _, owner, allowed in staying:
        look = overview.look_of(actor, owner, allowed.grant_id, f"{collection} {about}")
        if not overview.is_told(look):
            _tell(actor, owner, allowed, f"{collection}-read", about)
            overview.keep(look)
    return [Entered(client, _opened(actor, owner, allowed, frozenset())) for client, owner, allowed in staying]


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


def enter_whole(actor: Actor, *, writes: bool = False) -> OpenVault:
    """All that belongs to the actor at once, to take it away or to bring it back in one transaction.

    For a session of the owner alone: raises Forbidden for a token, Frozen, ConsentRequired, Sealed.
    """
    subject, _ = owner_of(actor)
    grants.run_errands(actor)
    writable = frozenset(COLLECTIONS) if writes else frozenset(("index",))
    return Vault(subject, subject, keys_of(actor.keys), frozenset[str]() if actor.still else writable)


def reaches(actor: Actor, owner: UUID, purpose: Purpose) -> bool:
    """Whether a grant of another's allows this. Nothing of theirs is read, so nothing is written down.

    Raises NotFound for a stranger (and for oneself, whom nobody grants anything), NoLongerShared.
    """
    check_open(actor)
    return _access(actor, owner, purpose) is not None


def _access(actor: Actor, owner: UUID, purpose: Purpose) -> Access | None:
    """A grant to the person first, then one to a clinic of theirs. While the owner's account is frozen none opens, and
    none of a purpose that operators stopped: that is Unavailable, as with a frozen node."""
    if actor.kind != "session" or is_leaving(owner):
        raise errors.NotFound
    found = _allowed(actor, owner, purpose)
    if found is not None and is_frozen(owner):
        raise errors.NoLongerShared
    if found is not None and found.terms.purpose in stopped_purposes():
        raise errors.Unavailable
    return found


def _allowed(actor: Actor, owner: UUID, purpose: Purpose) -> Access | None:
    try:
        found = access(actor, owner, purpose.collection, purpose.writes)
    except (errors.NotFound, errors.NoLongerShared) as none:
        return _at_clinic(actor, owner, purpose, none)
    return found or _at_clinic(actor, owner, purpose, None)


def _at_clinic(
    actor: Actor, owner: UUID, purpose: Purpose, otherwise: errors.NutshellError | None
) -> Access | None:  # fmt: skip
    """What a clinic lets its member open. A stranger to all of them gets the answer that there is otherwise."""
    try:
        return clinics.access(actor, owner, purpose.collection, purpose.writes)
    except errors.NotFound:
        if otherwise is not None:
            raise otherwise from None
        return None


def _granted(actor: Actor, owner: UUID | None, purpose: Purpose, about: str) -> OpenVault:
    """Another's vault, as far as a grant of theirs reaches. The ledger has it before anything is opened."""
    if owner is None or actor.subject is None:
        raise errors.NotFound
    found = _access(actor, owner, purpose)
    word = f"{purpose.collection}-{'write' if purpose.writes else 'read'}"
    if found is None:
        audit.record("access-refused", owner, str(actor.subject), reason=word)
        raise errors.NotFound
    _tell(actor, owner, found, word, about)
    writable = frozenset((purpose.collection,)) if purpose.writes else frozenset[str]()
    return _opened(actor, owner, found, writable)


def _tell(actor: Actor, owner: UUID, found: Access, word: str, about: str) -> None:
    details = msgspec.msgpack.encode([about]) if about else b""
    audit.record("access", owner, str(actor.subject), details, found.ledger, grant=found.grant_id, reason=word)


def _opened(actor: Actor, owner: UUID, found: Access, writable: frozenset[str]) -> OpenVault:
    assert actor.subject is not None
    return Vault(owner, actor.subject, found.keys, writable, Span(found.terms.first_day, found.terms.last_day))
