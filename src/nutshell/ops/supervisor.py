"""Keeps processes running: starts them, writes what they say into rotated logs, restarts those that die.

One thread and one loop, on purpose: a child's life is tied to the thread that started it (PR_SET_PDEATHSIG).
"""

import logging
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import monotonic
from typing import IO

from nutshell.common.errors import ConfigurationError

from . import terminal
from .processes import Process

START_SECONDS = 60.0
STOP_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
HEALTHY_SECONDS = 30.0
LOG_BYTES, LOG_FILES = 5_000_000, 3
ALARM = "ALARM: "
"""How a line of the key store's begins that is for the operator (vault.keystore.alarms)."""


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)


@dataclass
class _Child:
    """A process as it runs now. `running` is None while it waits, until `due`, for its next start."""

    process: Process
    log: logging.Logger
    running: subprocess.Popen[bytes] | None = None
    stopping: bool = False
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    last_line: str = ""
    rest: bytes = field(default=b"", repr=False)

    @property
    def output(self) -> IO[bytes]:
        assert self.running is not None
        assert self.running.stdout is not None
        return self.running.stdout


class Supervisor:
    """`run` returns when a signal asks for the end; `stop` then ends all, in the reverse order of their start."""

    def __init__(self, logs: Path, listener: socket.socket) -> None:
        self._logs, self._listener = logs, listener
        self._children: dict[str, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._show)
        self._woken, wake = socket.socketpair()
        self._woken.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        self._selector.register(self._woken, selectors.EVENT_READ, lambda: self._woken.recv(4096))
        self.ending = False
        self.renewal_asked = False

    def watch_signals(self) -> None:
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._ask_renewal)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _end(self, *_: object) -> None:
        self.ending = True

    def _ask_renewal(self, *_: object) -> None:
        self.renewal_asked = True

    def start(self, *processes: Process) -> None:
        for process in processes:
            child = _Child(process, _log_file(self._logs, process.name))
            self._children[process.name] = child
            self._spawn(child)

    def wait_ready(self, *names: str) -> None:
        """Raises ConfigurationError if one ends or does not serve in time."""
        deadline = monotonic() + START_SECONDS
        for name in names:
            child = self._children[name]
            while not self.ending and not child.process.ready():
                self._pump(0.03)
                if child.running is None or monotonic() > deadline:
                    raise ConfigurationError(self._failure(child))

    def _failure(self, child: _Child) -> str:
        said = child.last_line.removeprefix("nutshell: ")
        return f"{child.process.name} did not start: {said or 'it said nothing'} (log: {self._logs})"

    def run_beside(self, argv: tuple[str, ...], environ: Mapping[str, str]) -> tuple[int, str]:
        """Run a short command while the others go on; its exit status and the last line that it said.

        Waiting without reading would let the pipe of a talkative child fill up, and that child would stand still.
        """
        with tempfile.TemporaryFile() as said:
            running = subprocess.Popen(  # noqa: S603 - no shell, arguments are ours
                argv,
                env={**environ, "NUTSHELL_LAUNCHER": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            while running.poll() is None:
                self._pump(0.03)
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
        return running.returncode, lines[-1].removeprefix("nutshell: ") if lines else "it said nothing"

    def run(self, every_hour: Callable[[], None]) -> None:
        due = monotonic() + 3600
        while not self.ending:
            self._pump(self._pause())
            self._start_due()
            if self.renewal_asked or monotonic() > due:
                self.renewal_asked, due = False, monotonic() + 3600
                every_hour()

    def _pause(self) -> float:
        """Seconds until the next start that is due, at most one."""
        waiting = [child.due - monotonic() for child in self._children.values() if child.running is None]
        return max(0.0, min([1.0, *waiting]))

    def wait(self, seconds: float) -> None:
        """Go on reading what the processes say, and starting those that die, for this long."""
        until = monotonic() + seconds
        while not self.ending and (left := until - monotonic()) > 0:
            self._pump(min(left, self._pause()))
            self._start_due()

    def tell(self, name: str, number: signal.Signals) -> None:
        """Send a running process a signal."""
        if running := self._children[name].running:
            running.send_signal(number)

    def restart(self, name: str) -> None:
        """End one process gently, start it anew and wait until it serves."""
        child = self._children[name]
        self._terminate(child)
        self._spawn(child)
        self.wait_ready(name)

    def stop(self) -> None:
        self.ending = True
        for child in reversed(self._children.values()):
            self._terminate(child)
        self._selector.close()

    def _terminate(self, child: _Child) -> None:
        """Ask with SIGTERM, so that answers under way are finished; insist after a while."""
        if child.running is None:
            return
        child.stopping = True
        deadline = monotonic() + STOP_SECONDS
        child.running.terminate()
        while child.running.poll() is None:
            if monotonic() > deadline:
                child.running.kill()
            self._pump(0.05)
        self._let_go(child)

    def _spawn(self, child: _Child) -> None:
        child.running = subprocess.Popen(  # noqa: S603 - no shell, arguments are ours
            child.process.argv,
            env={**child.process.environ, "NUTSHELL_LAUNCHER": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches the launcher alone, which then ends all in order.
            start_new_session=True,
        )
        child.started, child.stopping = monotonic(), False
        os.set_blocking(child.output.fileno(), False)
        self._selector.register(child.output, selectors.EVENT_READ, lambda: self._read(child))

    def _pump(self, timeout: float) -> None:
        """Handle what happens within this time, at least once."""
        for key, _ in self._selector.select(timeout):
            key.data()
        for child in self._children.values():
            if child.running and not child.stopping and child.running.poll() is not None:
                self._died(child)

    def _read(self, child: _Child) -> None:
        data = child.output.read()
        if data == b"":
            self._selector.unregister(child.output)
        *lines, child.rest = (child.rest + (data or b"")).split(b"\n")
        for line in lines:
            child.last_line = line.decode(errors="replace")
            child.log.info(child.last_line)
            self._alarm(child)

    @staticmethod
    def _alarm(child: _Child) -> None:
        """What the key store calls an alarm is shown at once, and needs no mail, worker or database for it."""
        if child.process.name == "keys" and ALARM in child.last_line:
            say(child.last_line[child.last_line.index(ALARM) :])

    def _let_go(self, child: _Child) -> None:
        """Read what the ended process still said, then close its pipe."""
        while child.output in self._registered() and select.select([child.output], [], [], 0)[0]:
            self._read(child)
        if child.output in self._registered():
            self._selector.unregister(child.output)
        child.output.close()
        child.running = None

    def _registered(self) -> list[object]:
        return [key.fileobj for key in self._selector.get_map().values()]

    def _died(self, child: _Child) -> None:
        assert child.running is not None
        status = child.running.returncode
        self._let_go(child)
        if monotonic() - child.started > HEALTHY_SECONDS:
            child.pause = FIRST_PAUSE
        child.due = monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)
        how = f"signal {-status}" if status < 0 else f"status {status}"
        print(f"{child.process.name} ended ({how}); it is started again.", file=sys.stderr, flush=True)

    def _start_due(self) -> None:
        for child in self._children.values():
            if child.running is None and not self.ending and monotonic() >= child.due:
                self._spawn(child)

    def _show(self) -> None:
        try:
            say(terminal.receive(self._listener))
        except OSError:
            say("A mail could not be shown.")


def _log_file(folder: Path, name: str) -> logging.Logger:
    log = logging.getLogger(f"nutshell.child.{name}")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.handlers = [RotatingFileHandler(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES)]
    return log
