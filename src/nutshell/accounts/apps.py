"""Installs the room, and seals the two columns in which allauth would keep identity in clear."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their ways in, in the `default` (accounts) database."""

    name = "nutshell.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator

        from . import signals
        from .fields import SealedEmailField, SealedJSONField

        # The classes change, not the columns: migrations see the fields that allauth wrote (fields.py).
        EmailAddress._meta.get_field("email").__class__ = SealedEmailField
        Authenticator._meta.get_field("data").__class__ = SealedJSONField
        signals.connect()
