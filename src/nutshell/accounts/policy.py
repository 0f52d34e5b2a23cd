"""When something may be done: fresh re-authentication, open sign-up, removing a factor."""

import time
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from nutshell.common import errors
from nutshell.vault.keys import OwnerBundle

from . import guesses, signing_in
from .models import User
from .types import Actor

FRESH_SECONDS = 300
RATES = {"export": "10/h/user", "import": "20/h/user"}
"""What reads or writes all that somebody has."""
_PROOFS = ("password", "mfa")
KEEP_A_WAY_IN = _("Set a password of at least 15 characters first. Without this factor it is your only way in.")


def check_fresh(request: HttpRequest) -> None:
    """Raises errors.StepUpRequired unless the person proved who they are within the last five minutes."""
    if not is_fresh(request):
        raise errors.StepUpRequired


def is_fresh(request: HttpRequest) -> bool:
    """Whether the session of this request (cookie or X-Session-Token) saw a password, passkey or code lately."""
    session = signing_in.session_of(request)
    return session is not None and time.time() - _proved_at(session) < FRESH_SECONDS


def _proved_at(session: SessionBase) -> float:
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return max((float(record["at"]) for record in records if record.get("method") in _PROOFS), default=0.0)


def check_open(actor: Actor) -> None:
    """Raises Frozen for a frozen account, Sealed where a sealed one is not opened in this session, and ConsentRequired
    where there are no keys."""
    if actor.frozen:
        raise errors.Frozen
    if actor.sealed:
        raise errors.Sealed
    if actor.subject is None or actor.keys is None:
        raise errors.ConsentRequired


def check_rate(request: HttpRequest, user_id: int, act: str) -> None:
    """Raises TooMany where this person did it too often; counted by account, whichever device asks."""
    if not ratelimit.consume(request, app="account", action=act, config=RATES, user=User.objects.get(pk=user_id)):
        raise errors.TooMany


def owner_of(actor: Actor) -> tuple[UUID, OwnerBundle]:
    """Whose session this is, with all keys. Raises Forbidden for a token, ConsentRequired before consent, Sealed."""
    if actor.kind != "session":
        raise errors.Forbidden
    check_open(actor)
    assert actor.subject is not None
    assert isinstance(actor.keys, OwnerBundle)
    return actor.subject, actor.keys


def password_proves(user_id: int, password: str) -> bool:
    """Whether this is the account's password. Counted like any other guess at it (see `guesses`)."""
    user = User.objects.get(pk=user_id)
    target = guesses.of_password(EmailAddress.objects.get_primary_email(user) or "")
    if not guesses.take(target) or not user.check_password(password):
        return False
    guesses.forgive(target)
    return True


def sign_up_is_open() -> bool:
    return bool(settings.NUTSHELL.sign_up == "open")


def may_remove_factor(authenticator: Any) -> bool:
    """Not the last factor beside a short password, nor the only way in. Backup codes go freely."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return True
    others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
    if others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return _keeps_log_in(authenticator.user, others)
    return bool(authenticator.user.has_usable_password() and not authenticator.user.short_password)


def _keeps_log_in(user: Any, others: Any) -> bool:
    """A second factor alone is no way in: a password or another passkey must remain."""
    return bool(user.has_usable_password()) or others.filter(type=Authenticator.Type.WEBAUTHN).exists()
