"""The gate's rules: what a token's scopes allow, and which collections a purpose may write."""

from nutshell.accounts.scopes import ALL, collections_of
from nutshell.common import errors
from nutshell.vault.keys import reached

from .types import Actor, Purpose

PART_OF = {"notes": "diary"}
"""Whoever may write the diary may write the notes of its days."""
TOUCHED = {"diary": ("notes", "index"), "profile": ("targets",), "notes": ("index",), "foods": ("index",)}
"""What a write to a collection changes besides it: own foods, favourites and recents also stand in the index."""


def check_scopes(actor: Actor, purpose: Purpose) -> None:
    """Raises errors.Forbidden when a token's scopes do not cover the purpose."""
    if not scopes_allow(actor, purpose):
        raise errors.Forbidden


def scopes_allow(actor: Actor, purpose: Purpose) -> bool:
    """A scope to read or write a collection also reads what its keys bring along (see `vault.keys.ALONG`)."""
    if actor.kind == "session" or ALL in actor.scopes:
        return True
    if purpose.writes:
        names = {purpose.collection, PART_OF.get(purpose.collection, purpose.collection)}
        return any(f"{name}:write" in actor.scopes for name in names)
    return purpose.collection in reached(collections_of(actor.scopes))


def writable(actor: Actor, purpose: Purpose) -> frozenset[str]:
    """Collections that a vault opened for this purpose may write.

    A session that only reads may still fold what was logged into the owner's index.
    """
    if purpose.writes:
        return frozenset((purpose.collection, *TOUCHED.get(purpose.collection, ())))
    return frozenset(("index",)) if actor.kind == "session" else frozenset()
