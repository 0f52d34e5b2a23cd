"""What the worker and a web process find out, each about what it uses itself."""

import logging
from collections.abc import Callable
from uuid import UUID

import msgspec
from django.core.cache import cache

from nutshell.common import clock
from nutshell.ops.config import Config
from nutshell.ops.mail import SmtpBackend
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.queries import is_kept

from .types import Found

log = logging.getLogger("nutshell.status")
FRESH_SECONDS = 150
"""The worker looks every minute; past this time it does not work."""
MAIL_SECONDS = 5
_KEY, _KEPT_SECONDS = "status", 86_400
_NOBODY = UUID(int=0)


class Looked(msgspec.Struct, frozen=True):
    """The worker's findings. `at` is in Unix seconds; `mail` is None where there is no mail server."""

    at: int
    keys: bool
    mail: bool | None


def look(key_store: KeyStoreClient, config: Config) -> None:
    """The worker's task: leave its findings where web processes read them."""
    mail = _works(_greet_mail_server) if config.smtp_url else None
    found = Looked(int(clock.now().timestamp()), _works(key_store.trail_state), mail)
    cache.set(_KEY, msgspec.json.encode(found).decode(), _KEPT_SECONDS)


def findings() -> Found:
    """A web process's: whether it reads accounts and records, and what the worker left there."""
    try:
        text = cache.get(_KEY)
        is_kept(_NOBODY)
    except Exception as failure:
        log.error("the databases cannot be read: %s", type(failure).__name__)
        return {"diary": False}
    return {"diary": True, **_of_worker(text)}


def _of_worker(text: str | None) -> Found:
    looked = msgspec.json.decode(text, type=Looked) if text else None
    if looked is None or clock.now().timestamp() - looked.at > FRESH_SECONDS:
        return {"worker": False}
    return {"worker": True, "keys": looked.keys, "mail": looked.mail}


def _works(act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception as failure:
        log.error("a part does not work: %s", type(failure).__name__)
        return False
    return True


def _greet_mail_server() -> None:
    """TLS and sign-in, no mail."""
    backend = SmtpBackend()
    backend.timeout = MAIL_SECONDS
    backend.open()
    backend.close()
