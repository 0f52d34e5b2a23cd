"""What every template gets: the person, units and theme, the officer, who else can see the diary."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from nutshell.accounts import queries as accounts
from nutshell.accounts.signing_in import ALTERED, PUT_BACK
from nutshell.common import clock
from nutshell.grants import queries as grants
from nutshell.grants.queries import Outlook

from .look import SESSION_FIELD, Look, initials

RESTORED_DAYS = 14


class Restored(NamedTuple):
    """To which moment, and when."""

    to: datetime
    at: datetime


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor of this door."""
    look = getattr(request, "look", None) or _kept(request)
    outlook = SimpleLazyObject(lambda: _outlook(request))
    shared = {
        "share": {"count": SimpleLazyObject(lambda: _shared(request, outlook))},
        "in_clinics": SimpleLazyObject(lambda: outlook.in_clinic),
    }
    of_session = {
        "altered": _altered(request),
        "recovering": getattr(getattr(request, "session", None), "recovering", False),
        "keys_due": getattr(getattr(request, "session", None), "keys_due", False),
        "restored": _put_back(request) or _lately_restored(),
    }
    return {**_of_server(), **(_of_person(look) if look else _OF_NOBODY), **of_session, **shared}


def _outlook(request: HttpRequest) -> Outlook:
    subject = getattr(getattr(request, "session", None), "subject", None)
    return grants.outlook(subject) if subject else Outlook(0, False)


def _shared(request: HttpRequest, outlook: Outlook) -> int:
    """How many others can open some of this diary: people, and apps with a token. Asked only by pages that say it."""
    session = getattr(request, "session", None)
    user_id = session.get(SESSION_KEY) if session is not None else None
    if not user_id:
        return 0
    return accounts.token_count(int(user_id)) + outlook.shown_to


def _kept(request: HttpRequest) -> Look | None:
    """On pages of the accounts' room, which do not ask for it: as the last page of the diary left it."""
    session = getattr(request, "session", None)
    kept = session.get(SESSION_FIELD) if session is not None and session.session_key else None
    return msgspec.convert(kept, Look) if kept is not None else None


def _altered(request: HttpRequest) -> int:
    """How many shelves are not as their owner left them."""
    session = getattr(request, "session", None)
    return session.get(ALTERED, 0) if session is not None and session.session_key else 0


def _of_person(look: Look) -> dict[str, Any]:
    return {
        "person": {"name": look.name, "initials": initials(look.name)},
        "units": {"energy": look.energy},
        "theme": look.theme,
        "keys_off": not look.shortcuts,
    }


_OF_NOBODY = {"person": None, "units": {"energy": "kcal"}, "theme": "auto", "keys_off": False}


def _of_server() -> dict[str, Any]:
    config = settings.NUTSHELL
    named = bool(config.dpo_name and config.dpo_email)
    officer = {"name": config.dpo_name, "email": config.dpo_email} if named else None
    return {"officer": officer, "officer_missing": not named, "blog": config.blog_origin}


def _put_back(request: HttpRequest) -> Restored | None:
    """What this person's log-in found to be put back by a restore: they read of it as long as they stay signed in."""
    session = getattr(request, "session", None)
    kept = session.get(PUT_BACK) if session is not None and session.session_key else None
    return Restored(*(datetime.fromtimestamp(one, UTC) for one in kept)) if kept else None


def _lately_restored() -> Any:
    """For two weeks everybody reads from which day their data is: what they wrote since then is gone."""
    found = settings.RESTORED
    return found if found and clock.now() - found.at < timedelta(days=RESTORED_DAYS) else None
