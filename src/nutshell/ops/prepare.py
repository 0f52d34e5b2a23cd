"""What must be true before a web process starts: tables of accounts and records, no erased person brought back by
a restore, no erase half done, and the static files."""

from django.conf import settings
from django.core.management import call_command

from nutshell.erasure import actions as erasure

from . import privileges
from .static import collect


def migrate(*aliases: str) -> None:
    """Bring the tables of these databases up to date."""
    for alias in aliases:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        privileges.grant(alias)


def prepare() -> int:
    """How many erases could not be finished, which the worker tries again."""
    migrate("default", "records")
    left = erasure.prepare_start()
    collect(settings.STATIC_ROOT)
    return left
