"""`nutshell stack up`: makes what is missing, then starts every part with its own certificates and settings."""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.ops import caddy, certificates, terminal, tls
from nutshell.ops import config as settings
from nutshell.ops.catalog import ensure_catalog
from nutshell.ops.config import Config
from nutshell.ops.files import private_folder, write_private
from nutshell.ops.processes import Process, harden, own
from nutshell.ops.supervisor import Supervisor, say
from nutshell.ops.up import front, write_caddyfile

from . import mail, plan, postgresql
from .plan import Plan

PASSWORDS = ("accounts", "records", "keys", "mail")
SET_HERE = frozenset({"NUTSHELL_ACCOUNTS_URL", "NUTSHELL_RECORDS_URL", "NUTSHELL_KEYS_URL", "NUTSHELL_SMTP_URL"})
"""What a caller's environment may not say: the stack brings its own."""


@dataclass(frozen=True)
class Stack:
    """The folder of an installation, its plan, and its passwords by what they are for."""

    folder: Path
    plan: Plan
    passwords: Mapping[str, str]
    environ: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path, environ: Mapping[str, str], otherwise: Plan | None = None) -> "Stack":
        """As it was made, or made now. Raises ConfigurationError."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # PostgreSQL runs as another user where the launcher is root, and must get through
        found = plan.kept(folder / "plan.json", otherwise or Plan.trial())
        return cls(folder, found, _passwords(folder / "passwords.json"), environ)

    def part(self, name: str) -> Path:
        return self.folder / name

    def pki(self, name: str) -> Path:
        return self.part(name) / "pki"

    @property
    def servers(self) -> list[postgresql.Server]:
        names = sorted(set(plan.DATABASES.values()))
        return [postgresql.Server(name, self.part(name), self.plan.places[name]) for name in names]

    # ---------- settings ----------

    def settings_of(self, part: str) -> dict[str, str]:
        """The environment of a part: what production writes into its environment file."""
        kept = {name: text for name, text in self.environ.items() if name not in SET_HERE}
        common = {
            "NUTSHELL_DATA": str(self.part(part)),
            "NUTSHELL_HOST": self.plan.host,
            "NUTSHELL_HTTPS_PORT": str(self.plan.https_port),
            "NUTSHELL_HTTP_PORT": str(self.plan.http_port),
            "NUTSHELL_KEYS_ADDRESS": str(self.plan.places["keys"]),
        }
        return {**kept, **common, **self._own_settings(part)}

    def _own_settings(self, part: str) -> dict[str, str]:
        if part == "lb":
            return {}
        if part == "keys":
            return {"NUTSHELL_ROLE": "keys", "NUTSHELL_KEYS_URL": self._url("keys", part)}
        found = {
            "NUTSHELL_ROLE": "web",
            "NUTSHELL_ACCOUNTS_URL": self._url("accounts", part),
            "NUTSHELL_RECORDS_URL": self._url("records", part),
            "NUTSHELL_SMTP_URL": self._smtp(),
            "NUTSHELL_MAIL_FROM": f"nutshell@{self.plan.host}",
            "NUTSHELL_MAIL_CA": str(self.pki(part) / "ca.crt"),
        }
        if part.startswith("web-"):
            found["NUTSHELL_NODE"] = f"node-{part.removeprefix('web-')}"
        return found

    def _url(self, database: str, part: str) -> str:
        place = self.plan.places[plan.DATABASES[database]]
        return postgresql.url(database, place, self.passwords[database], self.pki(part))

    def _smtp(self) -> str:
        place = self.plan.places["mail"]
        host = "localhost" if settings.is_loopback(place.host) else "mail.nutshell.internal"
        return f"smtp+starttls://{mail.USER}:{self.passwords['mail']}@{host}:{place.port}"

    def config_of(self, part: str) -> Config:
        """Raises WrongSetting."""
        found = settings.load(self.settings_of(part))
        settings.check(found)
        return found

    # ---------- files ----------

    def make(self) -> None:
        """Certificates, each part's folder, databases, catalog. Whatever is there already stays."""
        authority = private_folder(self.part("ca"))
        certificates.ensure(authority, self.plan.host, nodes=self.plan.nodes, also=self.plan.tiers())
        for part in self.parts:
            self._make_part(part, authority)
        for server in self.servers:
            say(f"PostgreSQL {server.name}: {server.place}")
            postgresql.make(server, self.passwords)
        ensure_catalog(self.part("release") / "catalog")

    @property
    def parts(self) -> tuple[str, ...]:
        databases = sorted(set(plan.DATABASES.values()))
        return ("lb", *self.plan.webs, *self.plan.worker_names, "prepare", "keys", "mail", *databases)

    def _make_part(self, part: str, authority: Path) -> None:
        """Its folder, with the certificates that are its own and what every machine of a release has."""
        pki = private_folder(private_folder(self.part(part)) / "pki")
        for name in ("ca.crt", *(f"{leaf}.{end}" for leaf in plan.certificates_of(part) for end in ("crt", "key"))):
            write_private(pki / name, (authority / name).read_bytes())
        if part in ("lb", "prepare", *self.plan.webs, *self.plan.worker_names):
            for shared in ("catalog", "static"):
                _link(self.part(part) / shared, private_folder(self.part("release") / shared))
            _link(self.part(part) / "secret-key", self.part("release") / "secret-key")
            (self.part("release") / "secret-key").touch(mode=0o600)
            if not (self.part("release") / "secret-key").read_text():
                write_private(self.part("release") / "secret-key", secrets.token_urlsafe(48).encode())

    # ---------- processes ----------

    def key_store(self) -> Process:
        place = self.plan.places["keys"]
        context = partial(tls.client_context, self.pki("prepare"), "node")
        name = f"keys.{certificates.INTERNAL}"
        return Process(
            "keys", own("keys"), self.settings_of("keys"),
            lambda: tls.accepts((place.host, place.port), name, context()),
        )  # fmt: skip

    def web(self, part: str) -> Process:
        place = self.plan.places[part]
        context = partial(tls.client_context, self.pki("lb"), "lb")
        name = f"web.{certificates.INTERNAL}"
        return Process(
            part, own("web", "--address", place.host, "--port", str(place.port)), self.settings_of(part),
            lambda: tls.answers((place.host, place.port), name, context(), "/healthz", self.plan.host),
        )  # fmt: skip

    def worker(self, part: str) -> Process:
        return Process(part, own("worker"), self.settings_of(part), lambda: True)

    def mail_sink(self) -> Process:
        place = self.plan.places["mail"]
        return Process(
            "mail", own("stack", "mail", str(self.folder)), dict(self.environ), lambda: tls.listens(place.port, place.host)
        )

    def front(self) -> Process:
        config = self.config_of("lb")
        private_folder(config.run)
        write_caddyfile(config, [str(self.plan.places[part]) for part in self.plan.webs])
        return front(config, self.environ, caddy.verified_binary(config))


def _link(path: Path, target: Path) -> None:
    if not path.is_symlink():
        path.symlink_to(target)


def _passwords(path: Path) -> dict[str, str]:
    if not path.exists():
        write_private(path, msgspec.json.encode({name: secrets.token_urlsafe(24) for name in PASSWORDS}))
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Raises ConfigurationError if another launcher holds this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"A stack is running on {folder} already.") from None
        yield


def up(folder: Path, environ: Mapping[str, str], otherwise: Plan | None = None) -> None:
    """Run until a signal ends it. Raises ConfigurationError with one sentence if it cannot start."""
    os.umask(0o077)
    harden()
    with _only_one(folder):
        stack = Stack.at(folder, environ, otherwise)
        stack.make()
        run = private_folder(folder / "run")
        listener = terminal.listen(run)
        supervisor = Supervisor(private_folder(folder / "logs"), listener)
        supervisor.watch_signals()
        try:
            _start(stack, supervisor)
        finally:
            supervisor.stop()
            listener.close()
            terminal.socket_path(run).unlink(missing_ok=True)


def _start(stack: Stack, supervisor: Supervisor) -> None:
    """In the order in which they need each other."""
    databases = [postgresql.process(server, stack.environ) for server in stack.servers]
    supervisor.start(*databases, stack.mail_sink())
    supervisor.wait_ready(*(one.name for one in databases), "mail")
    supervisor.start(stack.key_store())
    supervisor.wait_ready("keys")
    status, said = supervisor.run_beside(own("prepare"), stack.settings_of("prepare"))
    if status:
        raise ConfigurationError(f"The databases could not be prepared: {said}")
    supervisor.start(*map(stack.web, stack.plan.webs), *map(stack.worker, stack.plan.worker_names), stack.front())
    supervisor.wait_ready(*stack.plan.webs, "caddy")
    if not supervisor.ending:
        say(f"Nutshell is ready: {stack.config_of('lb').origin}")
        say(f"  Files: {stack.folder}   Stop: Ctrl-C")
    supervisor.run(every_hour=lambda: None)


def mail_sink(folder: Path, environ: Mapping[str, str]) -> None:
    """The process of the mail sink."""
    stack = Stack.at(folder, environ)
    mail.serve(stack.plan.places["mail"], stack.pki("mail"), stack.passwords["mail"], folder / "run")


