"""A task: a name for the log, how often it is due, and what it does."""

from collections.abc import Callable

import msgspec


class Task(msgspec.Struct, frozen=True):
    """`every` is in seconds. `run` takes nothing, keeps its own progress and may be repeated after a crash."""

    name: str
    every: float
    run: Callable[[], object]
