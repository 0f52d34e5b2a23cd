"""What a re-key changes in the accounts, at once with the slots: also where it was cut off and a log-in goes on."""

from collections.abc import Callable

from nutshell.vault import rekeying

from .models import Token, TrustedContact, User


def catch_up(user: User) -> None:
    """Before a log-in looks at the slots of this person."""
    if user.subject_id is not None:
        rekeying.catch_up(user.subject_id, install_for(user))


def install_for(user: User) -> Callable[[bytes], None]:
    """Keep the new keys' word on their holder, and end what held the old ones."""

    def install(holder: bytes) -> None:
        User.objects.filter(pk=user.pk).update(holder=holder)
        user.holder = holder
        Token.objects.filter(user=user).delete()
        TrustedContact.objects.filter(subject_id=user.subject_id).delete()

    return install
