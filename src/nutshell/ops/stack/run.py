"""`nutshell stack up`: makes what is missing, starts every part in order and keeps all running."""

import fcntl
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nutshell.common.errors import ConfigurationError
from nutshell.ops import terminal
from nutshell.ops.files import private_folder
from nutshell.ops.processes import harden, own
from nutshell.ops.supervisor import Supervisor, say
from nutshell.ops.up import build_blog, reload_front, restart_drained, sign

from . import mail, openbao, parts
from .installation import KEEPERS, Installation


def up(folder: Path, environ: Mapping[str, str], nodes: int, workers: int) -> None:
    """Run until a signal ends it. Raises ConfigurationError with one sentence if it cannot start."""
    harden()
    with _only_one(folder):
        stack = Installation.made(folder, environ, nodes, workers)
        run = private_folder(folder / "run")
        listener = terminal.listen(run)
        supervisor = Supervisor(private_folder(folder / "logs"), listener)
        supervisor.watch_signals()
        try:
            _start(stack, supervisor)
            if not supervisor.ending:
                _greet(stack)
                supervisor.run(every_hour=partial(_renew, stack, supervisor))
        finally:
            supervisor.stop()
            listener.close()
            terminal.socket_path(run).unlink(missing_ok=True)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Raises ConfigurationError if another launcher holds this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"A stack is running on {folder} already.") from None
        sign(lock)
        yield
        lock.truncate(0)


def _start(stack: Installation, supervisor: Supervisor) -> None:
    """In the order in which they need each other."""
    first = [*parts.databases(stack), parts.mail_sink(stack), parts.kms(stack)]
    supervisor.start(*first)
    supervisor.wait_ready(*(one.name for one in first))
    openbao.set_up(stack.kms)
    supervisor.start(parts.key_store(stack))
    supervisor.wait_ready("keys")
    status, said = supervisor.run_beside(own("prepare"), stack.settings_of("deploy"))
    if status:
        raise ConfigurationError(f"The databases could not be prepared: {said}")
    build_blog(stack.config_of("lb"), supervisor, stack.settings_of("lb"))
    webs, front = parts.webs(stack), parts.load_balancer(stack)
    supervisor.start(*webs, *parts.workers(stack), *parts.keepers(stack), front)
    supervisor.wait_ready(*(web.name for web in webs), front.name)
    supervisor.start(*parts.status_page(stack))


def _greet(stack: Installation) -> None:
    say(f"Nutshell is ready: {stack.config_of('lb').origin}")
    say(f"  Certificate authority of this trial: {stack.part('ca') / 'ca.crt'}")
    say(f"  Mail appears here. Commands: nutshell stack run {stack.folder} -- user add you@example.org")
    say(f"  Files: {stack.folder}   Stop: Ctrl-C")


def _renew(stack: Installation, supervisor: Supervisor) -> None:
    """Renew what ends soon, part by part, so that somebody always serves.

    The key store and all clients notice new files by themselves.
    """
    new = stack.certify()
    for server in stack.databases:
        if server.name in new:
            supervisor.tell(server.name, signal.SIGHUP)
    for name in ("mail", "kms"):
        if name in new:
            supervisor.restart(name)
    if "web" in new:
        for web in parts.webs(stack):
            restart_drained(supervisor, web)
    if new & {"lb", "public"}:
        reload_front(stack.config_of("lb"), supervisor)
    if new:
        say(f"Certificates renewed: {', '.join(sorted(new))}.")


def mail_sink(folder: Path, environ: Mapping[str, str]) -> None:
    """The process of the mail sink. Returns when a signal ends it."""
    harden()
    stack = Installation.at(folder, environ)
    mail.serve(stack.plan.places["mail"], stack.pki("mail"), stack.passwords["mail"], folder / "run")


def command(folder: Path, environ: Mapping[str, str], part: str, arguments: list[str]) -> None:
    """Become another `nutshell` command, as this part would run it: by default an operator. Does not return."""
    stack = Installation.at(folder, environ)
    keeps = part in KEEPERS and arguments[:1] == ["backup"]
    argv = own(*arguments)
    found = stack.settings_of_keeper(part) if keeps else stack.settings_of(part)
    os.execve(argv[0], argv, found)  # noqa: S606 - no shell, and the person's own words
