"""What a worker says of itself twice a minute, for the operators' console: its tasks, and the parts that it reaches."""

import logging
import socket
from threading import Event, Thread
from urllib.parse import urlsplit

from django.db import DatabaseError, connections

from nutshell.jobs.actions import Schedule
from nutshell.operators import actions
from nutshell.operators.policy import REPORT_SECONDS

from . import tls
from .config import Config

log = logging.getLogger("nutshell.reporting")


def begin(schedule: Schedule, config: Config, stop: Event) -> Thread:
    """In a thread of its own: a task that hangs keeps the schedule busy, and that is what must be told."""
    thread = Thread(target=_keep_reporting, args=(schedule, config, stop), daemon=True)
    thread.start()
    return thread


def _keep_reporting(schedule: Schedule, config: Config, stop: Event) -> None:
    while not stop.wait(REPORT_SECONDS):
        try:
            actions.report(name(config), schedule.states, parts(config))
        except Exception as failure:
            # The type only. The next report is due in half a minute; the console calls the worker silent until then.
            log.error("a report was not kept: %s", type(failure).__name__)
            connections.close_all()


def name(config: Config) -> str:
    """Of this worker, the same after a restart."""
    return f"{socket.gethostname()}/{config.data.name}"[:200]


def parts(config: Config) -> dict[str, bool]:
    """Which parts answer that the console itself does not reach."""
    found = {"records": _answers("records")}
    if config.smtp_url:
        found["mail"] = _mail_listens(config.smtp_url)
    return found


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connections[alias].close()
        return False
    return True


def _mail_listens(url: str) -> bool:
    place = urlsplit(url)
    return tls.listens(place.port or (465 if place.scheme == "smtps" else 587), place.hostname or "")
