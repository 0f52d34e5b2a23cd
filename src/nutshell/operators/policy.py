"""When a console's session ends, and when a task counts as stuck."""

from datetime import datetime, timedelta

from nutshell.accounts.sessions import end_of
from nutshell.jobs.types import TaskState

from .types import Report

REPORT_SECONDS = 30
SILENT_AFTER = timedelta(seconds=4 * REPORT_SECONDS)
"""A worker that has said nothing for so long is not there."""
SLACK = timedelta(minutes=2)


def session_end(started_at: datetime, used_at: datetime) -> datetime:
    """After 15 minutes without use, after 12 hours in any case."""
    return end_of("admin", started_at, used_at)


def is_silent(report: Report, now: datetime) -> bool:
    return now - report.at > SILENT_AFTER


def is_stuck(task: TaskState, at: datetime) -> bool:
    """At the moment of the report: it has run for too long, or has not come to its end for too long."""
    if task.started_at is None:
        return False  # the worker has just begun
    running = task.finished_at is None or task.finished_at < task.started_at
    allowed = SLACK if running else timedelta(seconds=2 * task.every) + SLACK
    return at - task.started_at > allowed
