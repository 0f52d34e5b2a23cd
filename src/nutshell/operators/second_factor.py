"""Codes of an authenticator app, computed as for everybody's accounts (allauth), each of them used once."""

from secrets import compare_digest
from urllib.parse import quote

from allauth.mfa.totp.internal import auth as totp

from nutshell.vault import fields

from .models import Operator


def new_secret() -> str:
    return str(totp.generate_totp_secret())


def address(name: str, secret: str) -> str:
    """What an authenticator app takes."""
    return f"otpauth://totp/{quote(f'Nutshell operator:{name}')}?secret={secret}&issuer=Nutshell%20operator"


def sealed(operator: Operator, secret: str) -> bytes:
    return fields.seal_text("operator", "factor", _bound_to(operator), secret)


def opened(operator: Operator) -> str:
    """Raises errors.Tampered if the row's certificate is not the one that the factor was sealed for."""
    return fields.open_text("operator", "factor", _bound_to(operator), bytes(operator.factor))


def _bound_to(operator: Operator) -> str:
    return f"{operator.id} {bytes(operator.fingerprint).hex()}"


def uses(operator: Operator, code: str) -> bool:
    """Whether this is the code of now, or of the step before or after, and later than every one that was used."""
    secret, typed = opened(operator), "".join(code.split()).encode()
    right = [step for step in totp.yield_hotp_counters_from_time() if compare_digest(typed, _code(secret, step))]
    return any(
        Operator.objects.filter(pk=operator.pk, last_step__lt=step).update(last_step=step) for step in sorted(right)
    )


def _code(secret: str, step: int) -> bytes:
    return str(totp.format_hotp_value(totp.hotp_value(secret, step))).encode()
