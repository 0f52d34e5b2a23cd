"""Taking everything along as one file, and bringing such a file back. Both take a session."""

from django.http import HttpRequest

from nutshell.accounts import policy
from nutshell.accounts import queries as accounts
from nutshell.archives import actions, queries
from nutshell.archives.packing import MOST_PACKED
from nutshell.archives.types import Brought
from nutshell.common import clock
from nutshell.gate.types import Actor

from .routing import Reply, Route

ZIP = "application/zip"


def export(request: HttpRequest, caller: Actor) -> Reply:
    """Step-up first: nobody learns anything, and nothing is counted, without it."""
    policy.check_fresh(request)
    policy.check_rate(request, caller.user_id, "export")
    named = {"Content-Disposition": f'attachment; filename="nutshell-{clock.utc_day().isoformat()}.zip"'}
    mine = accounts.to_take_along(request, caller)
    return Reply(queries.export(mine, clock.utc_day(), caller.frozen), headers=named, media=ZIP)


def bring_back(request: HttpRequest, caller: Actor) -> Reply:
    """The body is the file. Django's own limit for bodies is for those that are parsed, so this reads past it."""
    policy.check_rate(request, caller.user_id, "import")
    return Reply(actions.bring_back(caller, request.read(MOST_PACKED + 1), clock.utc_day()))


ROUTES = (
    Route("POST", "/account/export", export,
          "Everything of me as one ZIP file, of a frozen account, too. Needs a fresh log-in", "frozen", media=ZIP),
    Route("POST", "/account/import", bring_back, "Bring such a file back: the body is the ZIP. All of it or nothing",
          "session", answers=Brought),
)  # fmt: skip
