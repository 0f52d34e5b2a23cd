"""The product as processes: started as `make run` does, on free ports, with what the kernel says of its processes."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

START_SECONDS = 120.0
STOP_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def new_folder() -> Path:
    """A data folder with a short path: the sockets in it may have about 100 characters."""
    return Path(tempfile.mkdtemp(prefix="nutshell-bench-")) / "data"


class Product:
    """`nutshell up` on one data folder. `environ` is added to the settings that every start has."""

    def __init__(self, data: Path, environ: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.https_port, http_port = free_ports(2)
        self.environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("NUTSHELL_", "DJANGO_"))},
            "NUTSHELL_DATA": str(data),
            "NUTSHELL_HTTPS_PORT": str(self.https_port),
            "NUTSHELL_HTTP_PORT": str(http_port),
            # A benchmark signs many people in at once, and measures nobody else.
            "NUTSHELL_OPENINGS": "100000",
            "NUTSHELL_CANARIES": "0",
            **(environ or {}),
        }
        self.module = "nutshell.ops.command"
        self.launch: tuple[str, ...] = ("up",)
        self.printed: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()

    @property
    def ca(self) -> Path:
        return self.data / "pki" / "ca.crt"

    @property
    def loader_environ(self) -> dict[str, str]:
        """The settings of a process that writes people beside the running product."""
        return self.environ

    def start(self) -> float:
        """Seconds until it says that it is ready. Raises RuntimeError with what it printed if it ends instead."""
        begun = time.perf_counter()
        self.printed.clear()
        self._ready.clear()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.launch],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        self._ready.wait(START_SECONDS)
        if not any("Nutshell is ready" in line for line in self.printed):
            self.stop()
            raise RuntimeError("The product did not start: " + " ".join(self.printed))
        return time.perf_counter() - begun

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.printed.append(line.rstrip("\n"))
            if "Nutshell is ready" in line:
                self._ready.set()
        self._ready.set()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)

    @property
    def processes(self) -> dict[int, str]:
        """Every process of it, the launcher too: process id → tier."""
        assert self._process is not None
        return {self._process.pid: "launcher", **_descendants(self._process.pid)}

    def cpu(self) -> dict[str, float]:
        """CPU seconds (user and system) that each tier has used until now."""
        used: dict[str, float] = {}
        for pid, tier in self.processes.items():
            used[tier] = used.get(tier, 0.0) + _cpu_seconds(pid)
        return used

    def memory(self) -> dict[str, float]:
        """Megabytes of each tier (PSS: shared pages are split between those who share them)."""
        used: dict[str, float] = {}
        for pid, tier in self.processes.items():
            used[tier] = used.get(tier, 0.0) + _pss_megabytes(pid)
        return used


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu_seconds(pid: int) -> float:
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _pss_megabytes(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _descendants(parent: int) -> dict[int, str]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
        except OSError:
            continue
    found: dict[int, str] = {}
    waiting = [(parent, "")]
    while waiting:
        above, tier = waiting.pop()
        for pid in children.get(above, []):
            found[pid] = tier or _tier(pid)
            waiting.append((pid, found[pid]))
    return found


def _tier(pid: int) -> str:
    """What a child of the launcher is, by its command line."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return "ended"
    if Path(words[0]).name in ("caddy", "postgres"):
        return Path(words[0]).name
    return next((name for name in ("web", "keys", "worker", "mail") if name in words), "other")
