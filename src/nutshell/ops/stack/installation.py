"""The folder of one installation of the stack: a folder for each part, as that part's machine would have it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.ops import certificates
from nutshell.ops import config as settings
from nutshell.ops.catalog import ensure_catalog
from nutshell.ops.config import Config
from nutshell.ops.files import private_folder, write_private

from . import environment, mail, openbao, plan, postgresql
from .plan import Plan

_SET_HERE = frozenset(
    {
        *("NUTSHELL_ACCOUNTS_URL", "NUTSHELL_RECORDS_URL", "NUTSHELL_KEYS_URL", "NUTSHELL_SMTP_URL"),
        *("NUTSHELL_BACKUPS", "NUTSHELL_BACKUP_TO"),
    }
)
"""What a caller's environment may not say for every part: the stack brings its own."""
KEEPERS = ("backup", "keys")
"""Who copies databases: accounts and records on a machine of its own, keys on the key store's."""


@dataclass(frozen=True)
class Installation:
    """`passwords` are named by whose they are: a database's role, or "mail". `environ` is the launcher's."""

    folder: Path
    plan: Plan
    passwords: Mapping[str, str]
    environ: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path, environ: Mapping[str, str]) -> "Installation":
        """One that was made before. Raises ConfigurationError if there is none."""
        found = plan.kept(folder / "plan.json")
        passwords = msgspec.json.decode((folder / "passwords.json").read_bytes(), type=dict[str, str])
        if not set(environment.PASSWORDS) <= set(passwords):
            raise ConfigurationError(f"{folder} was made by an older version: take a new folder for the trial.")
        return cls(folder, found, passwords, environ)

    @classmethod
    def made(cls, folder: Path, environ: Mapping[str, str], nodes: int, workers: int) -> "Installation":
        """The one at this folder; if there is none, a new one. Whatever is there already stays.

        Raises ConfigurationError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        postgresql.check_reachable(folder)
        folder.chmod(0o711)  # PostgreSQL runs as another user where the launcher is root, and must get through
        if not (folder / "plan.json").exists():
            words = {name: secrets.token_urlsafe(24) for name in environment.PASSWORDS}
            write_private(folder / "passwords.json", msgspec.json.encode(words))
            plan.keep(folder / "plan.json", Plan.trial(settings.load(environ), nodes, workers))
        found = cls.at(folder, environ)
        found._make()
        return found

    def part(self, name: str) -> Path:
        return self.folder / name

    def pki(self, name: str) -> Path:
        return self.part(name) / "pki"

    @property
    def databases(self) -> list[postgresql.Server]:
        names = sorted(set(plan.DATABASES.values()))
        return [postgresql.Server(name, self.part(name), self.plan.places[name], self._archive(name)) for name in names]

    @property
    def kms(self) -> openbao.Server:
        return openbao.Server(self.part("kms"), self.plan.places["kms"], self.pki("operator"))

    def settings_of(self, part: str) -> dict[str, str]:
        """The environment of a part."""
        kept = {name: text for name, text in self.environ.items() if name not in _SET_HERE}
        common = {
            "NUTSHELL_DATA": str(self.part(part)),
            "NUTSHELL_HOST": self.plan.host,
            "NUTSHELL_HTTPS_PORT": str(self.plan.https_port),
            "NUTSHELL_HTTP_PORT": str(self.plan.http_port),
            "NUTSHELL_KEYS_ADDRESS": str(self.plan.places["keys"]),
            "NUTSHELL_CHECKPOINTS": str(self.part("outside") / "checkpoints"),
        }
        mail_ = {**self._mail(), "NUTSHELL_MAIL_CA": str(self.pki(part) / "ca.crt")}
        means = environment.Means(self.pki(part), self.passwords, self.kms.address, mail_)
        return {**kept, **common, **environment.settings_of(part, self.plan, means)}

    def settings_of_keeper(self, part: str) -> dict[str, str]:
        """The environment of what keeps backups on the machine of this part: with a role that only reads, and a folder
        of its own. Without NUTSHELL_BACKUPS, none is named."""
        found = self.settings_of(part)
        if part == "keys":
            place = self.plan.places[plan.DATABASES["keys"]]
            role = plan.role_of("keys", "backup")
            url = postgresql.url("keys", role, place, self.passwords[role], self.pki(part))
            found |= {"NUTSHELL_KEYS_URL": url}
        return {**found, **self.backups_of(part)}

    def backups_of(self, part: str) -> dict[str, str]:
        """Where this part keeps its backups, and to whom they are sealed. Raises ConfigurationError."""
        folder, to = (self.environ.get(f"NUTSHELL_{name}", "") for name in ("BACKUPS", "BACKUP_TO"))
        if not folder:
            return {}
        return {"NUTSHELL_BACKUPS": str(Path(folder).expanduser().absolute() / part), "NUTSHELL_BACKUP_TO": to}

    def _archive(self, server: str) -> dict[str, str]:
        """What a server's own machine is told, to give its log away."""
        found = self.backups_of(server)
        return {"NUTSHELL_DATA": str(self.part(server)), **found} if found else {}

    def config_of(self, part: str) -> Config:
        """Raises WrongSetting."""
        found = settings.load(self.settings_of(part))
        settings.check(found)
        return found

    def _mail(self) -> dict[str, str]:
        place = self.plan.places["mail"]
        host = "localhost" if settings.is_loopback(place.host) else f"mail.{certificates.INTERNAL}"
        return {
            "NUTSHELL_SMTP_URL": f"smtp+starttls://{mail.USER}:{self.passwords['mail']}@{host}:{place.port}",
            "NUTSHELL_MAIL_FROM": f"nutshell@{self.plan.host}",
        }

    def _make(self) -> None:
        for shared in ("release", "outside"):
            private_folder(self.part(shared))
        _keep_secret_key(self.part("release") / "secret-key")
        for part in self.plan.machines:
            private_folder(self.part(part))
            private_folder(self.pki(part))
            if part not in ("keys", *plan.SERVERS):
                self._link_release(part)
                private_folder(self.part(part) / "run")
        self.certify()
        for server in self.databases:
            postgresql.make(server, self.passwords)
        openbao.make(self.kms, self.config_of("operator"))
        ensure_catalog(self.part("release") / "catalog")

    def _link_release(self, part: str) -> None:
        """What every machine that runs the application has alike."""
        for shared in ("catalog", "static", "secret-key"):
            path = self.part(part) / shared
            if not path.is_symlink():
                path.symlink_to(self.part("release") / shared)
        private_folder(self.part("release") / "static")

    def certify(self) -> set[str]:
        """Make the leaves that are missing or end soon, and give each part its own: the names that are new to a part.

        Raises ConfigurationError if the CA is damaged.
        """
        authority = private_folder(self.part("ca"))
        blog = self.config_of("lb").blog_host
        certificates.ensure(authority, self.plan.host, nodes=self.plan.nodes, also=self.plan.tiers(), blog=blog)
        new = {
            leaf
            for part in self.plan.machines
            for leaf in (*plan.authorities_of(part), *plan.certificates_of(part))
            if _copied(leaf, authority, self.pki(part))
        }
        for server in self.databases:
            postgresql.give(server)
        openbao.take_certificates(self.kms)
        return new


def _copied(leaf: str, source: Path, target: Path) -> bool:
    """Whether it was not there yet. A CA's key stays where it is."""
    new = False
    for name in (f"{leaf}.key", f"{leaf}.crt")[leaf in plan.AUTHORITIES :]:
        content, path = (source / name).read_bytes(), target / name
        if not path.exists() or path.read_bytes() != content:
            write_private(path, content)
            new = True
    return new


def _keep_secret_key(path: Path) -> None:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48).encode())
