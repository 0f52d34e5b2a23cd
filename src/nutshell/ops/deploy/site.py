"""A production installation: the inventory's machines as the plan that the trial stack has, too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from nutshell.ops.certificates import INTERNAL
from nutshell.ops.config import BY_NAME, PUBLIC_PORTS, bracketed
from nutshell.ops.stack import environment, plan, postgresql
from nutshell.ops.stack.links import Link, links
from nutshell.ops.stack.openbao import KEY, MOUNT
from nutshell.ops.stack.plan import Place, Plan

from .inventory import KEYS_PORT, KMS_PORT, POSTGRESQL_PORT, WEB_PORT, Inventory

DATA = Path("/var/lib/nutshell")
FILES = Path("/etc/nutshell")
BACKUPS = Path("/var/lib/nutshell-backups")
SECRETS = FILES / "secrets.env"
KEEPER = FILES / "keeper.env"
"""What the unit that copies the keys, on the key store's machine, is told besides."""
KEEPER_SECRETS = FILES / "keeper-secrets.env"
_UNSAID = "SECRET"
"""Stands for each password where nobody may read one; no file is written with it."""


@dataclass(frozen=True)
class Site:
    """`named`: parts know each other by name instead of by address, as containers do."""

    inventory: Inventory
    named: bool = False

    @cached_property
    def plan(self) -> Plan:
        ports = {"records-db": POSTGRESQL_PORT, "keys-db": POSTGRESQL_PORT, "kms": KMS_PORT, "keys": KEYS_PORT}
        ports |= {name: WEB_PORT for name in self.inventory.addresses if name.startswith("web-")}
        places = {name: Place(self._host(name), port) for name, port in ports.items()}
        places["mail"] = Place(self.inventory.mail.address, self.inventory.mail.port)
        nodes, workers = len(self.inventory.web), len(self.inventory.worker)
        return Plan(self.inventory.host, *PUBLIC_PORTS, nodes, workers, places)

    def _host(self, name: str) -> str:
        return f"{name}.{INTERNAL}" if self.named else self.inventory.addresses[name]

    @property
    def machines(self) -> tuple[str, ...]:
        """Those that are ours: the mail server is somebody else's."""
        return tuple(name for name in self.plan.machines if name != "mail")

    def address(self, machine: str) -> str:
        return {**self.inventory.addresses, "mail": self.inventory.mail.address}[machine]

    @property
    def links(self) -> list[Link]:
        return links(self.plan)

    @property
    def kms(self) -> str:
        place = self.plan.places["kms"]
        return f"openbao://{bracketed(place.host)}:{place.port}/{MOUNT}/{KEY}"

    def by_name(self) -> "Site":
        return replace(self, named=True)

    @property
    def kept(self) -> dict[str, str]:
        """Where backups lie, and to whom they are sealed."""
        return {"NUTSHELL_BACKUPS": str(BACKUPS), "NUTSHELL_BACKUP_TO": self.inventory.backup_to}

    def keeper_url(self, passwords: Mapping[str, str]) -> str:
        """The keys' database, by the role that only reads it."""
        role = plan.role_of("keys", "backup")
        place = self.plan.places[plan.DATABASES["keys"]]
        return postgresql.url("keys", role, place, passwords[role], DATA / "pki")

    def settings_of(self, part: str, passwords: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a part."""
        inventory = self.inventory
        common = {
            "NUTSHELL_DATA": str(DATA),
            "NUTSHELL_HOST": inventory.host,
            "NUTSHELL_DPO_NAME": inventory.officer.name,
            "NUTSHELL_DPO_EMAIL": inventory.officer.email,
            "NUTSHELL_KEYS_ADDRESS": str(self.plan.places["keys"]),
        }
        mail = {
            "NUTSHELL_SMTP_URL": inventory.mail.url(passwords["mail"]),
            "NUTSHELL_MAIL_FROM": inventory.mail.sender,
        }
        means = environment.Means(DATA / "pki", passwords, self.kms, mail)
        kept = self.kept if part == "backup" else {}
        return {**inventory.settings, **common, **kept, **environment.settings_of(part, self.plan, means)}

    def open_settings_of(self, part: str) -> dict[str, str]:
        """Those that anybody may read."""
        return {name: text for name, text in self._without_passwords(part).items() if not BY_NAME[name].secret}

    def secret_settings_of(self, part: str) -> list[str]:
        """The names of those that hold a password."""
        return [name for name in self._without_passwords(part) if BY_NAME[name].secret]

    def _without_passwords(self, part: str) -> dict[str, str]:
        return self.settings_of(part, dict.fromkeys(environment.PASSWORDS, _UNSAID))
