"""Runs tasks when they are due. One that fails is tried again when it is next due; the others go on."""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

from .types import Task

log = logging.getLogger("nutshell.jobs")
TICK = 1.0


class Schedule:
    """Remembers when each task is due next; all are due at once at the start."""

    def __init__(self, tasks: Sequence[Task], clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due = [(task, clock()) for task in tasks]

    def run_due(self) -> int:
        """Run what is due and answer how many tasks ran."""
        now = self._clock()
        ready = [task for task, due in self._due if due <= now]
        for task in ready:
            _run(task)
        self._due = [(task, now + task.every if task in ready else due) for task, due in self._due]
        return len(ready)


def _run(task: Task) -> None:
    try:
        task.run()
    except Exception as failure:
        # The type only: a message may quote what the task was working on.
        log.error("task %s failed: %s", task.name, type(failure).__name__)


def run_until(stop: Event, tasks: Sequence[Task]) -> None:
    """Run the schedule until `stop` is set."""
    schedule = Schedule(tasks)
    while not stop.wait(TICK):
        schedule.run_due()
