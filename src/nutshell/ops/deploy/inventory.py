"""The operator's inventory: one TOML file that says which machines there are. Contradictions are told one by one."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from nutshell.common.errors import ConfigurationError, WrongSetting
from nutshell.ops import config as settings
from nutshell.ops.config import BY_NAME, is_email
from nutshell.ops.stack.plan import is_address

WEB_PORT, KEYS_PORT, POSTGRESQL_PORT, KMS_PORT = 9443, 9444, 5432, 8200


class Officer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data-protection officer."""

    name: str
    email: str


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`server` as NUTSHELL_SMTP_URL has it, but without a user and a password; `address` its IP address."""

    server: str
    address: str
    user: str
    sender: str

    @property
    def port(self) -> int:
        url = urlsplit(self.server)
        return url.port or (465 if url.scheme == "smtps" else 587)

    def url(self, password: str) -> str:
        return self.server.replace("://", f"://{self.user}:{password}@", 1)


class Inventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Every part has a machine of its own, told by its IP address."""

    host: str
    officer: Officer
    mail: Mail
    load_balancer: str
    web: list[str]
    worker: list[str]
    keys: str
    records_db: str
    keys_db: str
    kms: str
    operator: str
    deploy: str
    backup: str
    backup_to: str
    ssh_from: list[str] = []
    resolvers: list[str] = []
    clocks: list[str] = []
    postgresql: int = 15
    settings: dict[str, str] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """Machine → its address."""
        return {
            "lb": self.load_balancer,
            **{f"web-{number}": address for number, address in enumerate(self.web, 1)},
            **{f"worker-{number}": address for number, address in enumerate(self.worker, 1)},
            "operator": self.operator,
            "deploy": self.deploy,
            "backup": self.backup,
            "keys": self.keys,
            "records-db": self.records_db,
            "keys-db": self.keys_db,
            "kms": self.kms,
        }


def read(path: Path) -> Inventory:
    """Raises ConfigurationError with one sentence for the first thing that is wrong."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Inventory)
    except OSError as failed:
        raise ConfigurationError(f"{path} cannot be read: {failed.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise ConfigurationError(f"{path}: {str(wrong).replace('$.', '').rstrip('.')}.") from None
    for problem in problems(found):
        raise ConfigurationError(f"{path}: {problem}")
    return found


def problems(inventory: Inventory) -> list[str]:
    """One sentence for each contradiction."""
    return [*_wrong_addresses(inventory), *_wrong_numbers(inventory), *_wrong_settings(inventory)]


def _wrong_addresses(inventory: Inventory) -> list[str]:
    named = {**inventory.addresses, "mail": inventory.mail.address}
    lists = {"ssh-from": inventory.ssh_from, "resolvers": inventory.resolvers, "clocks": inventory.clocks}
    outside = [(name, address) for name, addresses in lists.items() for address in addresses]
    strange = [f"{name} must be an IP address: {text}." for name, text in (*named.items(), *outside)
               if not is_address(text)]  # fmt: skip
    twice = [address for address, count in Counter(named.values()).items() if count > 1]
    shared = [
        f"{' and '.join(name for name, its in named.items() if its == address)} share {address}: each part needs a "
        "machine of its own."
        for address in twice
    ]
    return [*strange, *shared]


def _wrong_numbers(inventory: Inventory) -> list[str]:
    counted = {"web": len(inventory.web), "worker": len(inventory.worker)}
    found = [f"{name} must name from 1 to 99 machines." for name, count in counted.items() if not 1 <= count <= 99]
    return [*found, *(["postgresql must be 15 or newer."] if inventory.postgresql < 15 else [])]


MADE_HERE = frozenset({
    "NUTSHELL_DATA", "NUTSHELL_HOST", "NUTSHELL_DPO_NAME", "NUTSHELL_DPO_EMAIL", "NUTSHELL_MAIL_FROM", "NUTSHELL_NODE",
    "NUTSHELL_ROLE", "NUTSHELL_KEYS_ADDRESS", "NUTSHELL_KMS", "NUTSHELL_BACKUPS", "NUTSHELL_BACKUP_TO",
})  # fmt: skip
"""Settings that follow from the rest of the inventory."""


def _wrong_settings(inventory: Inventory) -> list[str]:
    if settings.is_loopback(inventory.host):
        return ["host must be a public name: for this machine alone there is `nutshell up`."]
    for name in inventory.settings:
        if name not in BY_NAME:
            return [f"{name} is not a setting of Nutshell."]
        if BY_NAME[name].secret or name in MADE_HERE:
            return [f"{name} does not belong under settings: `nutshell deploy` makes it."]
    made = {
        "NUTSHELL_HOST": inventory.host,
        "NUTSHELL_SMTP_URL": inventory.mail.server,
        "NUTSHELL_MAIL_FROM": inventory.mail.sender,
        "NUTSHELL_BACKUP_TO": inventory.backup_to,
    }
    return [*_wrong_values({**made, **inventory.settings}), *_wrong_people(inventory)]


def _wrong_values(environ: dict[str, str]) -> list[str]:
    found = []
    for name in environ:
        try:
            settings.value(name, environ)
        except WrongSetting as wrong:
            found.append(wrong.sentence)
    return found


def _wrong_people(inventory: Inventory) -> list[str]:
    empty = not inventory.officer.name.strip() or not is_email(inventory.officer.email)
    mail = inventory.mail
    named = urlsplit(mail.server).username is not None or not mail.user.strip() or not mail.server
    blank = [name for name in settings.ROLES if not inventory.settings.get(name, "").strip()]
    return [
        *(f"settings must name {settings.ROLES[name]}: {name}." for name in blank),
        *(["officer must have a name and an e-mail address: the law asks for one."] if empty else []),
        *(["mail.server must name no user: mail.user does, and the password is a secret."] if named else []),
    ]
