"""A task: a name for the log, how often it is due, and what it does."""

from collections.abc import Callable
from datetime import datetime

import msgspec


class Task(msgspec.Struct, frozen=True):
    """`every` is in seconds. `run` takes nothing, keeps its own progress and may be repeated after a crash."""

    name: str
    every: float
    run: Callable[[], object]


class TaskState(msgspec.Struct, frozen=True):
    """How a task is: when it last began, and when it last came to an end; `failure` is the kind of that end's error."""

    name: str
    every: float
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure: str = ""
