"""An installation for one rehearsal: a data folder, a key store process, real certificates, and a clock that moves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.common.officers import ROLES
from nutshell.ops import certificates
from nutshell.ops.backup import keys
from nutshell.ops.command import django_as
from nutshell.vault import installation
from nutshell.vault.keystore.client import KeyStoreClient

OPENINGS = "5"
"""People that a node may open in a minute here: few, so that a rehearsal reaches the limit at once."""
NODES = 1
_KEPT = ("NUTSHELL_INCIDENT_CLOCKS",)
"""The operator's own deadlines are those that are rehearsed."""


class Place:
    """Where a rehearsal happens. `config` is the installation's; nothing in it is anybody's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self._ahead = timedelta(0)
        self._process: subprocess.Popen[str] | None = None

    # the clock

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **time: float) -> None:
        """Time goes by, and the worker does what is due by then."""
        self._ahead += timedelta(**time)
        self.work()

    def work(self) -> None:
        """Everything that the worker does about incidents, once."""
        from nutshell.accounts import outbox
        from nutshell.audit import sequencer
        from nutshell.incidents import clocks, notices, watching
        from nutshell.ops import alarms

        worker = self.client("worker")
        sequencer.run_once(worker, self.config.checkpoints)
        alarms.mail_waiting(worker, self.config)
        outbox.send_due()
        notices.track()
        watching.remind(clocks.read(self.config.incident_clocks), self.config.officers, self.config.host)

    # the key store

    def start_key_store(self) -> None:
        """Raises ConfigurationError if it refuses to start."""
        argv = (sys.executable, "-m", "nutshell.vault.keystore")
        environ = {**os.environ, "NUTSHELL_ROLE": "keys", "NUTSHELL_OPENINGS": OPENINGS, "NUTSHELL_KEYS_ADDRESS": ""}
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            argv, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("key store ready"):
            raise ConfigurationError("The rehearsal's key store did not start.")
        self._address = ("127.0.0.1", int(line.rsplit(":", 1)[1]))
        installation.configure(self.client("node-1"))

    def stop_key_store(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def client(self, name: str) -> KeyStoreClient:
        """As this machine, by its certificate."""
        return KeyStoreClient.of_installation(self._address, self.data / "pki", name)

    @property
    def config(self) -> Any:
        from django.conf import settings

        return settings.NUTSHELL


@contextmanager
def installed() -> Iterator[Place]:
    """A fresh installation, gone afterwards. Sets this process up for it, once."""
    with TemporaryDirectory(prefix="nutshell-drill-") as name:
        place = Place(Path(name))
        _settle(place)
        with clock.moved_to(place.now):
            place.start_key_store()
            try:
                _migrate()
                yield place
            finally:
                place.stop_key_store()


def _settle(place: Place) -> None:
    """None of the operator's own databases, keys or mail servers is touched: all settings are the rehearsal's."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    for name in [name for name in os.environ if name.startswith("NUTSHELL_")]:
        del os.environ[name]
    place.data.mkdir(0o700)
    backup_to = keys.make(place.folder / "backup.key")
    os.environ |= {
        "NUTSHELL_DATA": str(place.data),
        "NUTSHELL_CANARIES": "1",
        "NUTSHELL_DPO_NAME": "Dora",
        "NUTSHELL_DPO_EMAIL": "dora@example.org",
        "NUTSHELL_SECURITY_OFFICER": "Sam Security <security@example.org>",
        "NUTSHELL_PRIVACY_OFFICER": "Pia Privacy <privacy@example.org>",
        **{f"NUTSHELL_COMMITTEE_{role.upper()}": _holders(role) for role in ROLES},
        "NUTSHELL_BACKUPS": str(place.folder / "backups"),
        "NUTSHELL_BACKUP_TO": backup_to,
        "NUTSHELL_SMTP_URL": "smtps://127.0.0.1:1",
        "NUTSHELL_MAIL_FROM": "nutshell@example.org",
        **kept,
    }
    certificates.ensure(place.data / "pki", "localhost", nodes=NODES)
    django_as("cli")
    deliver_mail(place, works=True)


def _holders(role: str) -> str:
    return f"{role} <{role}@example.org>, deputy {role} <deputy-{role}@example.org>"


def deliver_mail(place: Place, works: bool) -> None:
    """Into a folder, or to a mail server that is not there."""
    from django.conf import settings

    settings.EMAIL_FILE_PATH = str(place.folder / "mail")
    file_based, smtp = "django.core.mail.backends.filebased.EmailBackend", "nutshell.ops.mail.SmtpBackend"
    settings.EMAIL_BACKEND = file_based if works else smtp


def _migrate() -> None:
    from django.core.management import call_command

    for alias in ("default", "records"):
        call_command("migrate", database=alias, interactive=False, verbosity=0)
