"""The only way in: actor, owner and purpose in, an open vault out."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from nutshell.accounts.policy import check_open
from nutshell.common import errors
from nutshell.vault.keys import keys_of
from nutshell.vault.records import Vault
from nutshell.vault.types import OpenVault

from . import policy
from .types import Actor, Purpose


@contextmanager
def enter(actor: Actor, owner: UUID | None, purpose: Purpose) -> Iterator[OpenVault]:
    """Open `owner`'s collections for this actor and purpose, for the time of the block.

    Raises ConsentRequired when the actor has no keys yet, Sealed while they are not opened, NotFound for another's
    data without a grant (absent and forbidden read alike), Forbidden when a token's scopes or keys do not reach.
    """
    check_open(actor)
    assert actor.subject is not None
    if owner != actor.subject:
        raise errors.NotFound
    policy.check_scopes(actor, purpose)
    yield Vault(actor.subject, actor.subject, keys_of(actor.keys), policy.writable(actor, purpose))
