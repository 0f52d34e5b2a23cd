"""What happens once all factors have passed, and finding the session of a request."""

import logging
from uuid import UUID

from allauth.headless.internal import sessionkit
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from nutshell.common import clock, errors
from nutshell.vault import actions as vault
from nutshell.vault import keys as vault_keys
from nutshell.vault import people
from nutshell.vault import queries as vault_queries
from nutshell.vault.keys import Bundle

from . import leaving_subjects, ledger, staged, waiting
from .models import User
from .sessions import SessionStore

log = logging.getLogger("nutshell.accounts")
ROOT_SECONDS = 3600
ROOT_AT, ALTERED, PUT_BACK = "root_at", "altered_shelves", "put_back_to"
SESSION_TOKEN = "X-Session-Token"  # noqa: S105 - a header's name


def open_session(request: HttpRequest, user: User, client: str) -> None:
    """Start the session's life and open the vault into it. A person without keys (before consent) has none to open."""
    store = request.session
    assert isinstance(store, SessionStore)
    store.begin(user.session_kind, client)
    if user.subject_id is not None:
        open_vault(store, user)
    store.pop(waiting.FIELD, None)
    ledger.tell("login", user)


def open_vault(store: SessionStore, user: User) -> None:
    """Open the server slot once, check the roots, and carry the keys in the session.

    Left without keys when they were never finished (NotFound): then the consent page makes them; and where a sealed
    account's own key was not brought along: then the person is asked for it.
    """
    if user.subject_id is None:
        return
    leaving_subjects.check_stays(user.subject_id)
    staged.catch_up(user)
    try:
        opened = vault.open_at_login(user.subject_id)
    except errors.Sealed:
        found = waiting.take(store, user)
        if found is None:
            return
        opened = found
    except errors.NotFound:
        if vault_queries.is_kept(user.subject_id):
            raise errors.Tampered from None  # somebody took the slot away: a new consent would not bring it back
        return
    hold(store, user, opened)


def hold(store: SessionStore, user: User, opened: vault.LogIn) -> None:
    """Carry keys just opened in the session. Raises Tampered when they are not this person's."""
    check_holder(user, opened)
    _note_root(store, len(opened.problems))
    if opened.restored is not None:
        store[PUT_BACK] = [opened.restored.to.timestamp(), opened.restored.at.timestamp()]
    assert user.subject_id is not None
    store.hold(user.subject_id, vault_keys.pack_bundle(opened.bundle))


def check_holder(user: User, opened: vault.LogIn) -> None:
    people.check_holder(opened.bundle, user.anchor, bytes(user.holder or b""))


def keep_root(store: SessionStore, subject: UUID, bundle: Bundle) -> None:
    """Once an hour the owner's session checks all shelves against the root and seals it anew (inv-I4)."""
    if clock.now().timestamp() - store.get(ROOT_AT, 0) < ROOT_SECONDS:
        return
    try:
        vault.reseal_root(subject, bundle, "errand")
    except errors.Conflict:
        return  # another session of the owner does it at this moment
    except errors.Tampered:
        _note_root(store, max(1, store.get(ALTERED, 0)))
    else:
        _note_root(store, 0)
    store.save()


def _note_root(store: SessionStore, altered: int) -> None:
    """What the owner is told on every page until it is mended: how many shelves are not as they left them."""
    store[ROOT_AT], store[ALTERED] = clock.now().timestamp(), altered
    if altered:
        log.error("%d shelves are not as their owner left them", altered)


def session_of(request: HttpRequest) -> SessionStore | None:
    """The signed-in session that a request acts by: an API call's token if it carries one, else the cookie.

    A page never looks at the token: one session's fresh proof must not vouch for what another one does.
    """
    token = request.headers.get(SESSION_TOKEN) if request.path.startswith("/api/") else None
    store = sessionkit.session_store(token) if token else getattr(request, "session", None)
    return store if isinstance(store, SessionStore) and store.get(SESSION_KEY) else None
