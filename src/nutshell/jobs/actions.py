"""Runs tasks when they are due. One that fails is tried again when it is next due; the others go on."""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

import msgspec

from nutshell.common import clock as calendar

from .types import Task, TaskState

log = logging.getLogger("nutshell.jobs")
TICK = 1.0


class Schedule:
    """Remembers when each task is due next; all are due at once at the start."""

    def __init__(self, tasks: Sequence[Task], clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = [(task, clock()) for task in tasks]
        self._states = {task.name: TaskState(task.name, task.every) for task in tasks}

    @property
    def states(self) -> list[TaskState]:
        """How each task is, also while one runs: another thread may ask."""
        return list(self._states.values())

    def run_due(self) -> int:
        """Run what is due and answer how many tasks ran."""
        now = self._clock()
        ready = [task for task, due in self._due if due <= now]
        for task in ready:
            self._run(task)
        self._due = [(task, now + task.every if task in ready else due) for task, due in self._due]
        return len(ready)

    def _run(self, task: Task) -> None:
        self._note(task, started_at=calendar.now())
        failure = _failure(task)
        self._note(task, finished_at=calendar.now(), failure=failure)

    def _note(self, task: Task, **changes: object) -> None:
        self._states[task.name] = msgspec.structs.replace(self._states[task.name], **changes)


def _failure(task: Task) -> str:
    """Run it; the kind of its error, or ""."""
    try:
        task.run()
    except Exception as failure:
        # The type only: a message may quote what the task was working on.
        log.error("task %s failed: %s", task.name, type(failure).__name__)
        return type(failure).__name__
    return ""


def run_until(stop: Event, schedule: Schedule) -> None:
    """Run the schedule until `stop` is set."""
    while not stop.wait(TICK):
        schedule.run_due()
