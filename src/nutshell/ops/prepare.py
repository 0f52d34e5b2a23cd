"""What must be true before a web process starts: tables of accounts and records, no erased person brought back by
a restore, no erase half done, and the static files."""

from django.conf import settings
from django.core.management import call_command

from nutshell.erasure import actions as erasure

from . import privileges
from .backup import restored
from .static import collect

ALIASES = ("default", "records")


def prepare() -> int:
    """How many erases could not be finished, which the worker tries again.

    Who serves gets into a database that was put back only at the end.
    """
    for alias in ALIASES:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    restored.begin_removals_anew(settings.NUTSHELL)
    left = erasure.prepare_start()
    restored.tell(settings.NUTSHELL)
    for alias in ALIASES:
        privileges.grant(alias)
    collect(settings.STATIC_ROOT)
    return left
