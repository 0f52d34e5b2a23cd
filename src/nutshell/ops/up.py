"""`nutshell up`: checks everything, makes what is missing, starts the product and keeps it running."""

import fcntl
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from nutshell.common.errors import ConfigurationError

from . import caddy, certificates, draining, openbao, terminal, tls
from . import config as settings
from .backup import marks
from .catalog import ensure_catalog
from .config import Config
from .files import private_folder, write_private
from .processes import Process, foreign, harden, own, without_ours
from .supervisor import Supervisor, say

LONGEST_SOCKET_PATH = 100
SETTLED_SECONDS = 3.5
"""Until Caddy takes a restarted process up again: its health checks' interval and its memory of a failure."""
ONLY_PREPARE = frozenset({"NUTSHELL_ACCOUNTS_OWNER_URL", "NUTSHELL_RECORDS_OWNER_URL"})
ONLY_KEY_STORE = frozenset(
    {
        *("NUTSHELL_KEYS_URL", "NUTSHELL_KMS_KEY", "NUTSHELL_KMS", "NUTSHELL_KMS_OLD", "NUTSHELL_KMS_PASSPHRASE_FILE"),
        *("NUTSHELL_KMS_CA", "NUTSHELL_KMS_CERTIFICATE", "NUTSHELL_KMS_CERTIFICATE_KEY"),
    }
)
ONLY_NODES = frozenset({"NUTSHELL_ACCOUNTS_URL", "NUTSHELL_RECORDS_URL", "NUTSHELL_SMTP_URL"})

NO_SECRETS = ONLY_KEY_STORE | ONLY_NODES | {"NUTSHELL_MAIL_CA"}
"""What those need not see who only show pages."""


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the tiers behind Caddy, chosen anew at each start."""

    keys: int
    web: tuple[int, ...]

    @classmethod
    def free(cls, web: int) -> "Ports":
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(web + 1)]
        numbers = [listener.getsockname()[1] for listener in listeners]
        for listener in listeners:
            listener.close()
        return cls(numbers[0], tuple(numbers[1:]))


def up(environ: Mapping[str, str], demo: bool = False) -> None:
    """Run until a signal ends it. Raises ConfigurationError with one sentence if it cannot start."""
    config = settings.load(environ)
    settings.check(config)
    harden()
    with _only_one(config):
        _run(config, environ, demo)


def _only_one(config: Config) -> IO[str]:
    """The lock of the data folder, held until the file is closed. Raises ConfigurationError if somebody holds it."""
    for folder in (config.data, config.run, config.logs):
        private_folder(folder)
    lock = (config.run / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigurationError(f"Nutshell is running on {config.data} already.") from None
    sign(lock)
    return lock


def sign(lock: IO[str]) -> None:
    """Who holds the lock, for commands that have something to tell them."""
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _run(config: Config, environ: Mapping[str, str], demo: bool) -> None:
    marks.check_finished(config.data)
    _check_socket_paths(config)
    _check_ports(config)
    binary = caddy.verified_binary(config)
    ensure_catalog(config.catalog)
    _certify(config)
    ports = Ports.free(config.web_processes)
    write_private(config.run / "keys.address", f"127.0.0.1:{ports.keys}\n".encode())
    write_caddyfile(config, [f"127.0.0.1:{port}" for port in ports.web])
    _start(config, environ, ports, binary, demo)


def _certify(config: Config) -> set[str]:
    """The names of the certificates that were made."""
    also, blog = openbao.tiers(config), config.blog_host
    return certificates.ensure(config.pki, config.host, nodes=config.web_processes, also=also, blog=blog)


def _check_socket_paths(config: Config) -> None:
    if len(str(terminal.socket_path(config.run))) > LONGEST_SOCKET_PATH:
        raise ConfigurationError("NUTSHELL_DATA is too long a path for the sockets in it: choose a shorter one.")


def _check_ports(config: Config) -> None:
    for name, port in (("NUTSHELL_HTTPS_PORT", config.https_port), ("NUTSHELL_HTTP_PORT", config.http_port)):
        try:
            socket.create_server(("127.0.0.1" if config.loopback else "", port)).close()
        except OSError as failed:
            raise ConfigurationError(f"Port {port} ({name}) cannot be used: {failed.strerror}.") from None


def write_caddyfile(config: Config, webs: Sequence[str]) -> None:
    """Caddy's file, with the addresses (HOST:PORT) of the web processes."""
    text = caddy.caddyfile(config, caddy.Upstreams.of(webs))
    write_private(config.run / "Caddyfile", text.encode())
    (config.run / "caddy.sock").unlink(missing_ok=True)


def _start(config: Config, environ: Mapping[str, str], ports: Ports, binary: Path, demo: bool) -> None:
    keys, webs = key_store(config, environ, ports), web_processes(config, environ, ports)
    listener = terminal.listen(config.run)
    supervisor = Supervisor(config.logs, listener)
    supervisor.watch_signals()
    try:
        supervisor.start(keys)
        supervisor.wait_ready("keys")
        _prepare(supervisor, environ)
        build_blog(config, supervisor, environ)
        supervisor.start(*webs, worker(environ), *backups(config, environ), front(config, environ, binary))
        supervisor.wait_ready(*(web.name for web in webs), "caddy")
        supervisor.start(*status(config, environ, [f"127.0.0.1:{port}" for port in ports.web]))
        if not supervisor.ending:
            _greet(config)
            if demo:
                _start_demo(supervisor, environ)
            supervisor.run(every_hour=partial(_renew, config, supervisor, webs))
    finally:
        supervisor.stop()
        listener.close()
        terminal.socket_path(config.run).unlink(missing_ok=True)
        (config.run / "keys.address").unlink(missing_ok=True)


def child_environ(environ: Mapping[str, str], role: str, hidden: frozenset[str]) -> dict[str, str]:
    """What a child of this role sees: the key store's secrets are not the nodes', nor the other way round."""
    kept = {name: text for name, text in environ.items() if name not in hidden | ONLY_PREPARE}
    return {**kept, "NUTSHELL_ROLE": role}


def key_store(config: Config, environ: Mapping[str, str], ports: Ports) -> Process:
    context = partial(tls.client_context, config.pki, "node")
    return Process(
        "keys",
        own("keys"),
        {
            **child_environ(environ, "keys", ONLY_NODES),
            "NUTSHELL_KEYS_ADDRESS": f"127.0.0.1:{ports.keys}",
        },
        lambda: tls.accepts(("127.0.0.1", ports.keys), f"keys.{certificates.INTERNAL}", context()),
    )


def web_processes(config: Config, environ: Mapping[str, str], ports: Ports) -> list[Process]:
    web_environ = child_environ(environ, "web", ONLY_KEY_STORE)

    def ready(port: int) -> bool:
        context = tls.client_context(config.pki, "lb")
        return tls.answers(("127.0.0.1", port), f"web.{certificates.INTERNAL}", context, "/healthz", config.host)

    return [
        Process(
            f"web-{number}",
            own("web", "--port", str(port)),
            {**web_environ, "NUTSHELL_NODE": f"node-{number}"},
            partial(ready, port),
        )
        for number, port in enumerate(ports.web, 1)
    ]


def worker(environ: Mapping[str, str]) -> Process:
    return Process("worker", own("worker"), child_environ(environ, "web", ONLY_KEY_STORE), lambda: True)


def backups(config: Config, environ: Mapping[str, str]) -> list[Process]:
    """What keeps backups, where somebody wants them. With PostgreSQL the keys are copied on the key store's side."""
    if config.backups is None:
        return []
    sides = {"backup": ("cli", ONLY_KEY_STORE)}
    if config.keys_url:
        sides = {"backup": ("web", ONLY_KEY_STORE), "backup-keys": ("keys", ONLY_NODES)}
    return [
        Process(name, own("backup", "keep"), child_environ(environ, role, hidden), lambda: True)
        for name, (role, hidden) in sides.items()
    ]


def status(config: Config, environ: Mapping[str, str], webs: Sequence[str]) -> list[Process]:
    """What keeps the status page, where there is a host for it. It runs beside Caddy and is told no secret."""
    if not config.blog_host:
        return []
    told = child_environ(environ, "cli", NO_SECRETS)
    return [Process("status", own("status", "keep", *webs), told, lambda: True)]


_CADDY_RUNTIME = {"GOMAXPROCS": "1", "GOGC": "400"}
"""One core suffices for Caddy here, and more cost switches between them; its heap is small, so it may grow."""


def front(config: Config, environ: Mapping[str, str], binary: Path) -> Process:
    """Caddy. It is told no setting: everything that it needs is in its file."""
    return Process(
        "caddy",
        foreign(str(binary), *_caddy_arguments("run", config)),
        {
            **_CADDY_RUNTIME,
            **without_ours(environ),
            "XDG_DATA_HOME": str(config.data),
            "XDG_CONFIG_HOME": str(config.data),
        },
        lambda: _redirects(config),
    )


def _caddy_arguments(command: str, config: Config) -> tuple[str, ...]:
    return (command, "--config", str(config.run / "Caddyfile"), "--adapter", "caddyfile")


def _redirects(config: Config) -> bool:
    """Whether Caddy listens. On a loopback host it must serve too; a public one may wait for its certificate."""
    if not config.loopback:
        return tls.listens(config.https_port)
    context = tls.client_context(config.pki)
    host = f"{settings.bracketed(config.host)}:{config.https_port}"
    return tls.answers(("127.0.0.1", config.https_port), config.host, context, "/healthz", host)


def _prepare(supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    """Tables and static files, in a process of its own so that the launcher stays small."""
    owners = {name: text for name, text in environ.items() if name in ONLY_PREPARE}
    status, said = supervisor.run_beside(own("prepare"), {**child_environ(environ, "web", ONLY_KEY_STORE), **owners})
    if status:
        raise ConfigurationError(f"The databases could not be prepared: {said}")


def build_blog(config: Config, supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    """Where it has a host. In a process of its own: its generator is large, and needs none of our secrets."""
    if not config.blog_host:
        return
    told = child_environ(environ, "cli", NO_SECRETS)
    status, said = supervisor.run_beside(own("blog", "build", str(config.blog)), told)
    if status:
        raise ConfigurationError(f"The blog could not be built: {said}")


def _renew(config: Config, supervisor: Supervisor, webs: list[Process]) -> None:
    """Renew what ends soon. Web processes start again one by one, so that somebody always serves.

    The key store and its clients notice new files by themselves.
    """
    renewed = _certify(config)
    if "web" in renewed:
        for web in webs:
            restart_drained(supervisor, web)
    if renewed & {"lb", "public"}:
        reload_front(config, supervisor)
    if renewed:
        say(f"Certificates renewed: {', '.join(sorted(renewed))}.")


def reload_front(config: Config, supervisor: Supervisor) -> None:
    """Let the running Caddy read its file and its certificates anew; whoever is connected notices nothing."""
    binary = caddy.verified_binary(config)
    supervisor.run_beside((str(binary), *_caddy_arguments("reload", config), "--force"), dict(os.environ))


def restart_drained(supervisor: Supervisor, web: Process) -> None:
    """Restart one web process unnoticed: nothing new is sent to it before, and the next waits until it is back."""
    draining.mark(settings.load(web.environ)).touch()
    supervisor.wait(draining.NOTICED_SECONDS)
    supervisor.restart(web.name)
    supervisor.wait(SETTLED_SECONDS)


def _start_demo(supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    status, said = supervisor.run_beside(own("demo"), child_environ(environ, "web", ONLY_KEY_STORE))
    if status:
        raise ConfigurationError(f"The demo account could not be made: {said}")
    say(said)


def _greet(config: Config) -> None:
    say(f"Nutshell is ready: {config.origin}")
    if config.blog_host:
        say(f"  Blog: {config.blog_origin}")
    if config.loopback:
        say("  The browser warns until it trusts this machine's certificate authority: run `nutshell trust` once.")
    if not (config.dpo_name and config.dpo_email):
        say("  No data-protection officer is named (NUTSHELL_DPO_NAME, NUTSHELL_DPO_EMAIL): pages show a banner.")
    if not config.smtp_url:
        say("  No mail server is set (NUTSHELL_SMTP_URL): codes and links appear here.")
    say(f"  Data: {config.data}   Stop: Ctrl-C")


def running_launcher(config: Config) -> bool:
    """Whether a launcher holds this data folder."""
    try:
        with (config.run / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
