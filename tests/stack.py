"""The real product as processes on free ports, for tests that need it whole.

`pytest_plugins = ["tests.stack"]` is set in tests/conftest.py: any test may ask for the fixture `stack`.
"""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from tests import catalogs

START_SECONDS = 180.0
STOP_SECONDS = 30.0


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


class Stack:
    """`nutshell up` with a data folder of its own, and everything that it prints."""

    def __init__(self, data: Path, environ: Mapping[str, str] | None = None, arguments: tuple[str, ...] = ()) -> None:
        self.data = data
        self.https_port, self.http_port = free_ports(2)
        self.host = (environ or {}).get("NUTSHELL_HOST", "localhost")
        self.blog_host = (environ or {}).get("NUTSHELL_BLOG_HOST", "")
        self.environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("NUTSHELL_", "DJANGO_"))},
            "NUTSHELL_DATA": str(data),
            "NUTSHELL_HTTPS_PORT": str(self.https_port),
            "NUTSHELL_HTTP_PORT": str(self.http_port),
            # Tests make people by the dozen, and count rows: those about limits and canaries set them back.
            "NUTSHELL_OPENINGS": "100000",
            "NUTSHELL_CANARIES": "0",
            **(environ or {}),
        }
        self.launched = ("up", *arguments)
        self.beside: tuple[str, ...] = ()
        """What comes before a command that runs beside the product."""
        self.printed: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._said = threading.Condition()

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.https_port}"

    @property
    def blog_url(self) -> str:
        return f"https://{self.blog_host}:{self.https_port}"

    @property
    def plain_url(self) -> str:
        return f"http://{self.host}:{self.http_port}"

    @property
    def ca(self) -> Path:
        return self.data / "pki" / "ca.crt"

    catalog: str = "catalog"
    """Where in `data` the foods lie. They are put there; with "" the first start makes them, as for everybody."""

    def start(self) -> "Stack":
        """Start it and wait until it says that it is ready."""
        if self.catalog:
            catalogs.lay(self.data / self.catalog)
        before = len(self.printed)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nutshell.ops.command", *self.launched],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        self.wait_for("Nutshell is ready", START_SECONDS, after=before)
        return self

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._said:
                self.printed.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def wait_for(self, pattern: str, seconds: float = 15.0, after: int = 0) -> re.Match[str]:
        """The first match in what was printed since line `after`; fails the test if none comes."""
        deadline = time.monotonic() + seconds
        with self._said:
            while not (found := re.search(pattern, "\n".join(self.printed[after:]))):
                ended = self.process is not None and self.process.poll() is not None
                left = deadline - time.monotonic()
                if ended or left <= 0:
                    raise AssertionError(f"{pattern!r} was not printed:\n" + "\n".join(self.printed))
                self._said.wait(min(left, 0.5))
            return found

    def mail_to(self, address: str, after: int = 0, seconds: float = 15.0) -> str:
        """The newest mail to this address that was shown on the terminal: its subject line and body."""
        pattern = rf"--- mail to [^\n]*{re.escape(address)}[^\n]*\n(?:(?!\n---\n?).)*"
        self.wait_for(rf"(?s){pattern}\n---", seconds, after)
        with self._said:
            text = "\n".join(self.printed[after:])
        return re.findall(rf"(?s)(--- mail to [^\n]*{re.escape(address)}[^\n]*\n.*?)\n---(?:\n|$)", text)[-1]

    def context(self) -> ssl.SSLContext:
        """Trusts this installation's CA and nothing else."""
        return ssl.create_default_context(cafile=self.ca)

    def client(self, **options: object) -> httpx.Client:
        """An HTTP client that keeps cookies; close it."""
        return httpx.Client(base_url=self.url, verify=self.context(), timeout=15, **options)  # type: ignore[arg-type]

    def processes(self) -> dict[int, str]:
        """Every process of this installation, the launcher left out: process id → command line."""
        assert self.process is not None
        return {pid: command for pid, command in descendants(self.process.pid).items() if command}

    @property
    def inner_ports(self) -> set[int]:
        """What listens behind the load balancer: web processes and key store."""
        words = [command.split() for command in self.processes().values()]
        webs = {int(line[line.index("--port") + 1]) for line in words if "--port" in line}
        return webs | {int((self.data / "run" / "keys.address").read_text().rpartition(":")[2])}

    def command(self, *arguments: str, text: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run `nutshell ARGUMENTS` beside the running product, with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "nutshell.ops.command", *self.beside, *arguments],
            env=self.environ,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it as Ctrl-C does; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


def descendants(parent: int) -> dict[int, str]:
    """All processes below this one: process id → command line, "" for one that ended and was not waited for."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = {}, [parent]
    while waiting:
        for pid in children.get(waiting.pop(), []):
            found[pid] = command_line(pid)
            waiting.append(pid)
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def short_folder() -> Path:
    """A data folder with a short path: sockets in it may have about 100 characters."""
    return Path(tempfile.mkdtemp(prefix="nutshell-")) / "data"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One running product for the whole session (for each worker of pytest-xdist)."""
    settings = {"NUTSHELL_BLOG_HOST": "blog.localhost", "NUTSHELL_ADMIN_PORT": str(free_ports(1)[0])}
    running = Stack(short_folder(), settings)
    try:
        yield running.start()
    finally:
        running.stop()
