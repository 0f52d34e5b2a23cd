"""Where allauth asks this room: how somebody signs in and out, what passwords pass, what mail and factors do."""

import json
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from nutshell.vault import factors

from . import (
    addresses,
    brought,
    guesses,
    invitations,
    ledger,
    password_rules,
    policy,
    sealing,
    signing_in,
    waiting,
)
from .models import Session, User

log = logging.getLogger("nutshell.accounts")
LONGEST_ADDRESS = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3)."""
LONGEST_AGENT = 200


class AccountAdapter(DefaultAccountAdapter):
    """Log-in, sign-up and passwords."""

    # ---------- signing in and out ----------

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The last step of every log-in, after all factors: only now the vault opens, once, into the session."""
        super().login(request, user)
        assert isinstance(user, User)
        passkey = brought.passkey_in(brought.text_in(request, brought.PRF))
        if passkey is not None:
            waiting.keep(request.session, user, passkey)
        signing_in.open_session(request, user, self.client_of(request))

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            ledger.tell("logout", request.user)
        super().logout(request)

    def client_of(self, request: HttpRequest) -> str:
        """Agent and address of a log-in, as the list of sessions shows them. Stored sealed."""
        return json.dumps([self.get_http_user_agent(request)[:LONGEST_AGENT], self.get_client_ip(request)])

    # ---------- guesses ----------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        if not guesses.take(guesses.of_password(credentials["email"])):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if isinstance(user, User):
            guesses.forgive(guesses.of_password(credentials["email"]))
            waiting.keep(request.session, user, factors.by_password(credentials["password"]))
        return user

    def authentication_failed(self, _request: HttpRequest, **credentials: Any) -> None:
        """Recorded for unknown addresses, too, so that both answers take the same work."""
        address = EmailAddress.objects.filter(email=credentials["email"].lower()).select_related("user").first()
        ledger.tell("login-refused", address.user if address else None)

    # ---------- sign-up ----------

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return policy.sign_up_is_open() or invitations.is_invited(request)

    def clean_email(self, email: str) -> str:
        """The address as it is sealed and found: lower case, at most 254 characters."""
        if len(email) > LONGEST_ADDRESS:
            raise ValidationError(_("This address is too long."), code="email_too_long")
        context.request.typed_email = email.lower()
        return email.lower()

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> AbstractBaseUser:
        saved = super().save_user(request, user, form, commit)
        assert isinstance(saved, User)
        addresses.bind(saved, form.cleaned_data["email"])
        invitations.use(request, form.cleaned_data["email"])
        return saved

    def send_account_already_exists_mail(self, email: str) -> None:
        """Told to the address only. The hash that a new account would have cost is worked here, too."""
        if getattr(context.request, "password_was_typed", False):
            User().set_password(email)
        super().send_account_already_exists_mail(email)

    # ---------- mail ----------

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """To the account's own address only. The asker is told the same in any case."""
        assert isinstance(user, User)
        if addresses.belongs(user, email):
            super().send_password_reset_mail(user, email, context)
        else:
            log.error("a reset was asked for an address that does not belong to its account; nothing was mailed")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of whom it is about; in the page's, where that is nobody yet."""
        with _language_of(context.get("user")):
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *others: Any, **named: Any) -> None:
        with _language_of(user):
            super().send_notification_mail(template_prefix, user, *others, **named)

    # ---------- passwords ----------

    def clean_password(self, password: str, user: AbstractBaseUser | None = None) -> str:
        sealing.check_reset(context.request, user)
        context.request.password_was_typed = True
        judged = user if user is not None and user.pk else User()
        if not judged.pk:
            judged.typed_email = getattr(context.request, "typed_email", None)
        return super().clean_password(password, judged)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """A new password ends all other sessions and forgives the guesses at the old one.

        Not those at the second factor: else whoever reads the mailbox could go on guessing after each reset.
        Raises Sealed where nobody gave the keys of a sealed account.
        """
        assert isinstance(user, User)
        with sealing.password_follows(context.request, user, password), transaction.atomic():
            user.short_password = not password_rules.is_long(password)
            super().set_password(user, password)
            Session.objects.filter(user=user).exclude(handle=_own_handle()).delete()
        guesses.forgive(guesses.of_recovery(user.pk))
        for email in EmailAddress.objects.filter(user=user).values_list("email", flat=True):
            guesses.forgive(guesses.of_password(email))


def _language_of(user: Any) -> translation.override:
    return translation.override(getattr(user, "language", "") or translation.get_language())


def _own_handle() -> bytes:
    """Of the session that this request came with."""
    return getattr(context.request.session, "handle", b"")


class FactorAdapter(DefaultMFAAdapter):
    """Second factors and passkeys. Their secrets are sealed as a whole (fields.py), so nothing is done twice here."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": policy.KEEP_A_WAY_IN,
    }

    def get_totp_issuer(self) -> str:
        return "Nutshell"

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return policy.may_remove_factor(authenticator)

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return display(user)


def display(user: AbstractBaseUser) -> str:
    """How allauth's pages, mails and passkey prompts name somebody: the address."""
    return EmailAddress.objects.get_primary_email(user) or ""
