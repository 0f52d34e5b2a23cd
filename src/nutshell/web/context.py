"""What every template gets: the person, units and theme, the officer, who else can see the diary."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from nutshell.accounts.signing_in import ALTERED

from .look import Look, initials


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor of this door."""
    look: Look | None = getattr(request, "look", None)
    return {**_of_server(), **(_of_person(look) if look else _OF_NOBODY), "altered": _altered(request)}


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
        "share": {"count": 0},
    }


_OF_NOBODY = {"person": None, "units": {"energy": "kcal"}, "theme": "auto", "keys_off": False, "share": {"count": 0}}


def _of_server() -> dict[str, Any]:
    config = settings.NUTSHELL
    named = bool(config.dpo_name and config.dpo_email)
    officer = {"name": config.dpo_name, "email": config.dpo_email} if named else None
    return {"officer": officer, "officer_missing": not named}
