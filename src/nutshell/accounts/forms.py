"""allauth's sign-up form, with a passphrase to take; its reset form, with a recovery code to give."""

from typing import Any

from allauth.account import forms
from allauth.core import context
from django import forms as django_forms
from django.utils.translation import gettext_lazy as _

from . import passphrases, sealing


class SignupForm(forms.SignupForm):  # type: ignore[misc]
    """Sign-up by passphrase or passkey."""

    @property
    def suggested_passphrase(self) -> str:
        """Made for this showing of the form, and stored nowhere."""
        return passphrases.suggest()


class ResetForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password by a mailed link; a sealed account's recovery code comes before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.user is not None and sealing.is_sealed(self.user):
            code = django_forms.CharField(label=_("Recovery code"), required=False, max_length=200)
            code.widget.attrs.update({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})
            self.fields = {sealing.CODE_FIELD: code, **self.fields}

    def clean_recovery_code(self) -> str:
        """Raises ValidationError before the new password is looked at."""
        sealing.check_reset(context.request, self.user)
        return str(self.cleaned_data[sealing.CODE_FIELD])
