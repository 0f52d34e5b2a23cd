"""`nutshell activity`: what was unusual in a week, by the audit trail, as the worker tells it once the week is over."""

from argparse import ArgumentParser

from nutshell.common import clock

from .command import Arguments, django_as
from .key_store import require


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("week", nargs="?", default="", metavar="YEAR-Wnn", help="default: the week that runs")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    from nutshell.activity import actions, measuring, queries
    from nutshell.activity.types import span_of, week_of

    require(settings.NUTSHELL)
    measures = measuring.read(settings.NUTSHELL.activity_measures)
    found, _ = actions.count(span_of(arguments.week or week_of(clock.now())), measures)
    print("\n".join(queries.said(found, measures)).rstrip())
