"""allauth's sign-up form, with a passphrase to take."""

from allauth.account import forms

from . import passphrases


class SignupForm(forms.SignupForm):  # type: ignore[misc]
    """Sign-up by passphrase or passkey."""

    @property
    def suggested_passphrase(self) -> str:
        """Made for this showing of the form, and stored nowhere."""
        return passphrases.suggest()
