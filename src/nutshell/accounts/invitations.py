"""Invitations: a link vouches for an address, so that its holder needs no code and may sign up where it is closed."""

import base64
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.http import HttpRequest

from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.vault import fields

from .models import Invitation

VALID = timedelta(days=7)
_KEY = "accounts_invitation"


def make(email: str) -> str:
    """The secret part of a new invitation's link. Raises Conflict when the address has an account."""
    email = email.lower()
    if EmailAddress.objects.filter(email=email).exists():
        raise errors.Conflict(N_("This address has an account."))
    secret, now = secrets.token_urlsafe(32), clock.now()
    Invitation.objects.create(handle=_handle(secret), email=email, created_at=now, ends_at=now + VALID)
    return secret


def take_up(request: HttpRequest, secret: str) -> str:
    """Remember in the session that this visitor was invited; the address. Raises NotFound for a dead link."""
    invitation = _valid().filter(handle__in=fields.handles("invitation", secret.encode())).first()
    if invitation is None:
        raise errors.NotFound
    request.session[_KEY] = base64.b64encode(bytes(invitation.handle)).decode()
    request.session["account_verified_email"] = invitation.email
    return str(invitation.email)


def is_invited(request: HttpRequest) -> bool:
    return _valid().filter(handle=_remembered(request)).exists()


def use(request: HttpRequest, email: str) -> None:
    """Once only: of two sign-ups at a time one finds it used. It vouches for its own address and no other."""
    handle = _remembered(request)
    request.session.pop(_KEY, None)
    used = bool(handle) and _valid().filter(handle=handle).update(used_at=clock.now())
    if not used or request.session.get("account_verified_email") != email:
        request.session.pop("account_verified_email", None)


def sweep() -> int:
    return Invitation.objects.filter(ends_at__lte=clock.now()).delete()[0]


def _valid() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at=None, ends_at__gt=clock.now())


def _remembered(request: HttpRequest) -> bytes:
    return base64.b64decode(request.session.get(_KEY, ""))


def _handle(secret: str) -> bytes:
    return fields.handle("invitation", secret.encode())
