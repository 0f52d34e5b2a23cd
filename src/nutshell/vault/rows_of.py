"""Whose rows the statements of a block are about.

PostgreSQL shows a statement the rows that name this one subject and no others (`ops/row_security.py`); without one it
shows none. SQLite has nothing of the kind and is not told.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

_SUBJECT = "SET LOCAL nutshell.subject = '{}'; "
_NAMED = "SET LOCAL nutshell.named = '{}'; "
NOBODYS = _SUBJECT.format("") + _NAMED.format("")

_settings: ContextVar[str] = ContextVar("nutshell_rows_of", default="")


def settings() -> str:
    """What goes before a statement: both settings of the innermost block, "" outside of any."""
    return _settings.get()


@contextmanager
def rows_of(subject: UUID) -> Iterator[None]:
    """Rows that name this subject."""
    with _set(_SUBJECT.format(subject.hex) + _NAMED.format("")):
        yield


@contextmanager
def rows_named(ids: Iterable[UUID]) -> Iterator[None]:
    """The public keys of these subjects and the signed statements of these grants, to be read and not written."""
    with _set(_SUBJECT.format("") + _NAMED.format(",".join(one.hex for one in ids))):
        yield


@contextmanager
def _set(settings: str) -> Iterator[None]:
    before = _settings.set(settings)
    try:
        yield
    finally:
        _settings.reset(before)


P = ParamSpec("P")
R = TypeVar("R")


def of_subject(function: Callable[Concatenate[UUID, P], R]) -> Callable[Concatenate[UUID, P], R]:
    """The whole function is about its first argument."""

    @wraps(function)
    def about(subject: UUID, /, *args: P.args, **ways: P.kwargs) -> R:
        with rows_of(subject):
            return function(subject, *args, **ways)

    return about
