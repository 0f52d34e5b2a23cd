"""Makes incidents of the key store's alarms, and mails them to the data-protection officer. The launcher's
terminal has shown them already."""

from collections.abc import Sequence
from typing import Protocol

from django.core.mail import send_mail

from nutshell.incidents import watching
from nutshell.vault.keystore.types import Alarm

from .config import Config


class KeyStore(Protocol):
    """What this needs of the key store's client."""

    def alarms(self) -> list[Alarm]: ...

    def alarms_told(self, ids: Sequence[int]) -> None: ...


def mail_waiting(key_store: KeyStore, config: Config) -> int:
    """Declare an incident of what waits, then send one mail about it, if there is a mail server and an officer.

    How many alarms that were.

    Raises OSError when the mail does not go out: they wait for the next time.
    """
    waiting = key_store.alarms()
    if not waiting:
        return 0
    watching.declare_alarms(waiting)
    if config.smtp_url and config.dpo_email:
        send_mail(f"Alarm at {config.host}", _text(waiting), None, [config.dpo_email])
    key_store.alarms_told([alarm.id for alarm in waiting])
    return len(waiting)


def _text(waiting: Sequence[Alarm]) -> str:
    lines = [f"{alarm.at:%Y-%m-%d %H:%M:%S} UTC: {alarm.sentence()}" for alarm in waiting]
    return "\n".join([*lines, "", "What to do: docs/how-to/when-an-alarm-rings.md, or `nutshell freeze --all` first."])
