"""Scopes of API tokens: "all", or a collection with read or write."""

from collections.abc import Iterable

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.vault.types import COLLECTIONS

ALL = "all"
SCOPES = (ALL, *(f"{name}:{mode}" for name in COLLECTIONS for mode in ("read", "write")))


def checked(wanted: Iterable[str]) -> frozenset[str]:
    """Raises InvalidInput for none, or for one that does not exist."""
    scopes = frozenset(wanted)
    if not scopes or not scopes <= set(SCOPES):
        raise errors.InvalidInput({"scopes": N_("Choose at least one scope, and only scopes that exist.")})
    return scopes


def collections_of(scopes: frozenset[str]) -> frozenset[str]:
    """The collections whose keys a token with these scopes gets."""
    return frozenset(COLLECTIONS) if ALL in scopes else frozenset(scope.partition(":")[0] for scope in scopes)
