"""What happens once all factors have passed, and finding the session of a request."""

import logging

from allauth.headless.internal import sessionkit
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from nutshell.common import errors
from nutshell.vault import keys as vault_keys
from nutshell.vault import queries as vault

from . import ledger
from .models import User
from .sessions import SessionStore

log = logging.getLogger("nutshell.accounts")
SESSION_TOKEN = "X-Session-Token"  # noqa: S105 - a header's name


def open_session(request: HttpRequest, user: User, client: str) -> None:
    """Start the session's life and open the vault into it. A person without keys (before consent) has none to open."""
    store = request.session
    assert isinstance(store, SessionStore)
    store.begin(user.session_kind, client)
    if user.subject_id is not None:
        open_vault(store, user)
    ledger.tell("login", user)


def open_vault(store: SessionStore, user: User) -> None:
    """Open the server slot once, check the roots, and carry the keys in the session.

    Left without keys when they were never finished (NotFound): then the consent page makes them.
    """
    if user.subject_id is None:
        return
    try:
        bundle = vault.open_by_server_slot(user.subject_id, "login")
    except errors.NotFound:
        return
    if vault.check_roots(user.subject_id, bundle):
        log.error("roots do not match at a log-in")
    store.hold(user.subject_id, vault_keys.pack_bundle(bundle))


def session_of(request: HttpRequest) -> SessionStore | None:
    """The signed-in session of a request, from its token if it carries one, else from its cookie."""
    token = request.headers.get(SESSION_TOKEN)
    store = sessionkit.session_store(token) if token else getattr(request, "session", None)
    return store if isinstance(store, SessionStore) and store.get(SESSION_KEY) else None
