"""Where a password's or passkey's part of a sealed account's key waits until all factors have passed.

It lies in the session, which opens with its cookie and the day's epoch secret only, and without the key store's
opener it opens nothing. Whoever gives up at the second factor leaves it there for an hour at most.
"""

import base64

import msgspec
from django.contrib.sessions.backends.base import SessionBase

from nutshell.vault import queries as vault_queries
from nutshell.vault import sealed
from nutshell.vault.actions import LogIn
from nutshell.vault.factors import Way
from nutshell.vault.sealed import Waiting

from . import staged
from .models import User

FIELD = "sealed_waiting"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    user_id: int
    tried: list[Waiting]


def keep(session: SessionBase, user: User, way: Way) -> None:
    """After the password or passkey was found right. Nothing is kept for an account that is not sealed."""
    session.pop(FIELD, None)
    staged.catch_up(user)
    if user.subject_id is not None and vault_queries.is_sealed(user.subject_id):
        kept = msgspec.msgpack.encode(_Kept(user.pk, sealed.waiting(user.subject_id, way)))
        session[FIELD] = base64.b64encode(kept).decode()


def take(session: SessionBase, user: User) -> LogIn | None:
    """The opened keys, once; None where nothing waits for this person or nothing of it opens."""
    text = session.pop(FIELD, None)
    if not isinstance(text, str) or user.subject_id is None:
        return None
    kept = msgspec.msgpack.decode(base64.b64decode(text), type=_Kept)
    return sealed.open_(user.subject_id, kept.tried, "login") if kept.user_id == user.pk else None
