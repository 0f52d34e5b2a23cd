"""Why an opener may be fetched, and of which kinds of slots: the whole list. What is not in it is refused."""

from collections.abc import Iterable

from nutshell.common import errors

from .types import Reason

WHOLE = frozenset(("server", "password", "recovery", "passkey"))
"""Kinds of slots that open the whole account."""

OPENS: dict[Reason, frozenset[str]] = {
    "login": WHOLE,
    "step-up": WHOLE,
    "token": frozenset(("token",)),
    "errand": WHOLE,
    "job": WHOLE,
    "consent": frozenset(("server",)),
    "recovery": WHOLE,
    "re-key": WHOLE,
    "erase": WHOLE,
    "held": frozenset(("held",)),
}


def check(reason: str, kinds: Iterable[str]) -> None:
    """Raises Forbidden where slots of one of these kinds are not opened for this reason."""
    if not OPENS.get(reason, frozenset()).issuperset(kinds):  # type: ignore[call-overload]
        raise errors.Forbidden
