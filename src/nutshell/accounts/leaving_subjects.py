"""Subjects whose erase was ordered but has not finished: nobody acts for them, neither at log-in nor afterwards.

What is ordered while a process runs takes its way at once. This is for what an earlier process left behind: the set
is read once, when somebody first asks, and a subject in it never comes back.
"""

from collections.abc import Callable, Collection
from threading import Lock
from uuid import UUID

from nutshell.common import errors
from nutshell.common.texts import N_

SENTENCE = N_(
    "This account is being erased, and that has not finished. It goes on by itself; nothing is shown meanwhile."
)

_reading = Lock()
_source: Callable[[], Collection[UUID]] | None = None
_found: frozenset[UUID] | None = None


def keep_out(source: Callable[[], Collection[UUID]] | None) -> None:
    """Ask this source, once, who is kept out of this process; None: nobody."""
    global _source, _found
    with _reading:
        _source, _found = source, None if source else frozenset()


def check_stays(subject: UUID | None) -> None:
    """Raises errors.Unavailable for a subject that is kept out, and when it cannot be told who is."""
    if is_leaving(subject):
        raise errors.Unavailable(SENTENCE)


def is_leaving(subject: UUID | None) -> bool:
    """Raises errors.Unavailable when it cannot be told."""
    return subject in _kept_out()


def _kept_out() -> frozenset[UUID]:
    global _found
    with _reading:
        if _found is None:
            _found = frozenset(_source()) if _source else frozenset()
        return _found
