"""No more than a hundred wrong guesses in a row, ever, on one password or one person's second factors.

NIST SP 800-63B-4, 3.2.2. Rate limits only slow guessing down; this stops it. A guess is counted before it is
checked, so that many at once cannot slip through. A right password, a used factor or a reset password start anew.
Unknown addresses are counted alike, so that the counting tells nobody whether an account exists.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import F

from nutshell.common import clock

from .models import Guess

MOST = 100
FORGOTTEN_AFTER = timedelta(days=1)
"""Counts of addresses that have no account are dropped this long after the last guess."""
_PASSWORD, _FACTOR, _RECOVERY = "password:", "factor:", "recovery:"


def of_password(email: str) -> str:
    return _PASSWORD + email.lower()


def of_factors(user_id: int) -> str:
    return f"{_FACTOR}{user_id}"


def of_recovery(user_id: int) -> str:
    return f"{_RECOVERY}{user_id}"


def take(target: str) -> bool:
    """Count one guess. False when none is left: then nothing may be checked."""
    now = clock.now()
    if Guess.objects.filter(target=target, count__lt=MOST).update(count=F("count") + 1, last_at=now):
        return True
    if Guess.objects.filter(target=target, count__gte=MOST).exists():
        return False
    _, is_first = Guess.objects.get_or_create(target=target, defaults={"count": 1, "last_at": now})
    return is_first or take(target)


def forgive(target: str) -> None:
    """The right secret was given: start at none again."""
    Guess.objects.filter(target=target).delete()


def sweep() -> int:
    """Forget old counts of addresses without an account. How many."""
    old = Guess.objects.filter(last_at__lt=clock.now() - FORGOTTEN_AFTER)
    targets = [target for target in old.values_list("target", flat=True) if target.startswith(_PASSWORD)]
    known = set(EmailAddress.objects.filter(email__in=_addresses(targets)).values_list("email", flat=True))
    strangers = [target for target in targets if target.removeprefix(_PASSWORD) not in known]
    return Guess.objects.filter(target__in=strangers).delete()[0] if strangers else 0


def _addresses(targets: list[str]) -> list[str]:
    return [target.removeprefix(_PASSWORD) for target in targets]
