"""Taking everything along as one file, and bringing such a file back. Both take a session."""

from django.http import HttpRequest

from nutshell.accounts import policy, signing_in
from nutshell.accounts import queries as accounts
from nutshell.accounts.sessions import SessionStore
from nutshell.archives import actions, jobs
from nutshell.archives.packing import MOST_PACKED
from nutshell.archives.types import Brought, Job
from nutshell.common import clock
from nutshell.common.errors import NotFound, SignedOut
from nutshell.gate.types import Actor

from .routing import Reply, Route

ZIP = "application/zip"


def order(request: HttpRequest, caller: Actor) -> Reply:
    """Step-up first: nobody learns anything, and nothing is counted, without it."""
    policy.check_fresh(request)
    policy.check_rate(request, caller.user_id, "export")
    session = _session(request)
    jobs.start(session, accounts.to_take_along(request, caller), clock.utc_day())
    session.save()
    return Reply(jobs.state(session, caller), 202)


def _session(request: HttpRequest) -> SessionStore:
    session = signing_in.session_of(request)
    if session is None:
        raise SignedOut
    return session


def state(request: HttpRequest, caller: Actor) -> Reply:
    found = jobs.state(_session(request), caller)
    if found is None:
        raise NotFound
    return Reply(found)


def fetch(request: HttpRequest, caller: Actor) -> Reply:
    policy.check_fresh(request)
    named = {"Content-Disposition": f'attachment; filename="nutshell-{clock.utc_day().isoformat()}.zip"'}
    return Reply(jobs.fetch(_session(request), caller), headers=named, media=ZIP)


def drop(request: HttpRequest, caller: Actor) -> Reply:
    jobs.drop(caller)
    return Reply(None, 204)


def bring_back(request: HttpRequest, caller: Actor) -> Reply:
    """The body is the file. Django's own limit for bodies is for those that are parsed, so this reads past it."""
    policy.check_rate(request, caller.user_id, "import")
    return Reply(actions.bring_back(caller, request.read(MOST_PACKED + 1), clock.utc_day()))


ROUTES = (
    Route("POST", "/account/export", order,
          "Order everything of me as one ZIP file, of a frozen account, too. It is made meanwhile, opens in this "
          "session alone, and is gone after a day. Needs a fresh log-in", "frozen", answers=Job, status=202),
    Route("GET", "/account/export", state, "How far the file is", "frozen", answers=Job),
    Route("GET", "/account/export/file", fetch, "The file, once. Needs a fresh log-in", "frozen", media=ZIP),
    Route("DELETE", "/account/export", drop, "Throw the file away", "frozen", status=204),
    Route("POST", "/account/import", bring_back, "Bring such a file back: the body is the ZIP. All of it or nothing",
          "session", answers=Brought),
)  # fmt: skip
