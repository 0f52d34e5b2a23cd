"""What makes a password acceptable: length and not being known, nothing else (NIST SP 800-63B-4, 3.1.1.2).

15 characters where it is the only factor, 8 beside a second factor, 1,000 at most; all of Unicode, counted in code
points after NFKC, as it is hashed. No rules of composition, no expiry, no hints.
"""

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import password_validation
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from nutshell.vault import queries as vault

from .hashers import LONGEST

ALONE, BESIDE_A_FACTOR = 15, 8
SERVICE = "nutshell"
_RUNS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")
_TRIM = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_FEWEST_OWN = 8
"""Characters that must remain of a password when the service's name and the person's address are taken out."""


def normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def is_long(password: str) -> bool:
    """Whether it may stand alone."""
    return len(normalised(password)) >= ALONE


class LengthValidator:
    """Django's password validator for the lengths above."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError with one sentence."""
        least = BESIDE_A_FACTOR if has_second_factor(user) and not _is_sealed(user) else ALONE
        if "\0" in password:
            raise ValidationError(_("A password cannot contain a NUL character."), code="password_nul")
        if len(normalised(password)) < least:
            sentence = _("This password is too short. Use at least %(least)d characters, such as a few words.")
            raise ValidationError(sentence, code="password_too_short", params={"least": least})
        if len(password) > LONGEST:
            sentence = _("This password is too long. Use at most %(most)d characters.")
            raise ValidationError(sentence, code="password_too_long", params={"most": LONGEST})

    def get_help_text(self) -> str:
        return _("At least %(least)d characters. A few words do well.") % {"least": ALONE}


class KnownValidator:
    """Refuses what guessers try first: common passwords, runs and repetitions, the service's name, the address."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError with one sentence. Compares whole passwords, without case."""
        if len(password) > LONGEST:
            return  # refused for its length; judging megabytes would take hours
        plain = normalised(password).casefold()
        if is_common(plain):
            raise ValidationError(_("This password is among the first that guessers try."), code="password_common")
        if is_personal(plain, addresses_of(user)):
            sentence = _("This password is little more than your address or this service's name.")
            raise ValidationError(sentence, code="password_personal")

    def get_help_text(self) -> str:
        return _("Not one that is commonly used.")


def has_second_factor(user: AbstractBaseUser | None) -> bool:
    """Whether a passkey or an authenticator app accompanies this person's password."""
    if user is None or user.pk is None:
        return False
    return Authenticator.objects.filter(user_id=user.pk, type__in=("totp", "webauthn")).exists()


def _is_sealed(user: AbstractBaseUser | None) -> bool:
    """Then the password is a key, too, and a second factor does not keep anybody from guessing at a key."""
    subject = getattr(user, "subject_id", None)
    return subject is not None and vault.is_sealed(subject)


def addresses_of(user: AbstractBaseUser | None) -> list[str]:
    """The addresses of an account, or the one that a new account is being made with."""
    if user is None:
        return []
    known = EmailAddress.objects.filter(user_id=user.pk).values_list("email", flat=True) if user.pk else []
    return [*known, *filter(None, [getattr(user, "typed_email", None)])]


@cache
def common() -> frozenset[str]:
    """Django's 20,000 most common passwords (Royce Williams' list), lower case."""
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    return frozenset(gzip.decompress(path.read_bytes()).decode().split())


def is_common(plain: str) -> bool:
    """Whether a lower-case password, or what it repeats, or its core beside a few or obvious digits, is on the list."""
    return is_listed(plain) or is_listed(repeated(plain)) or _is_common_with_a_tail(plain)


def is_listed(text: str) -> bool:
    """On the list, a piece of a run ("234567", "asdfgh"), or of four different characters at most."""
    return text.strip() in common() or len(set(text)) <= 4 or any(text in run for run in _RUNS)


def _is_common_with_a_tail(plain: str) -> bool:
    core = _TRIM.sub("", plain)
    tail = plain.replace(core, "", 1) if core else plain
    return core in common() and (len(tail) < _FEWEST_OWN or is_listed(tail))


def repeated(text: str) -> str:
    """The shortest piece that, repeated (the last time perhaps cut off), makes the text."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1)).startswith(text):
            return text[:length]
    return text


def is_personal(plain: str, addresses: list[str]) -> bool:
    """Whether hardly anything remains when the service's name and the parts of the addresses are taken out."""
    pieces = {SERVICE, *(piece.casefold() for address in addresses for piece in _pieces(address))}
    rest = plain
    for piece in sorted(pieces, key=len, reverse=True):
        rest = rest.replace(piece, "")
    own = re.sub(r"[\W_]", "", rest)
    return rest != plain and (len(own) < _FEWEST_OWN or is_common(own))


def _pieces(address: str) -> list[str]:
    local, _at, domain = address.partition("@")
    return [piece for piece in (address, local, domain, *re.split(r"\W+", local)) if len(piece) >= 4]
