"""`nutshell worker`: sweeps and other work that nobody waits for."""

import signal
from argparse import ArgumentParser
from threading import Event

from .command import Arguments, django_as
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    harden()
    django_as("web")
    from django.conf import settings

    from nutshell.jobs.actions import Schedule, run_until

    from . import reporting
    from .tasks import tasks

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    schedule = Schedule(tasks(settings.NUTSHELL))
    reporting.begin(schedule, settings.NUTSHELL, stop)
    run_until(stop, schedule)
