"""The network between two tiers as something that can be cut: a forwarder that falls silent, without a reset.

`python -m bench.cut FOLDER NODES PART=PORT…` runs the stack on this folder with forwarders in between: web nodes reach
the part on that port of this machine, and so does the load balancer if the part is a web node.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from nutshell.ops.stack import parts, run
from nutshell.ops.stack.installation import Installation
from nutshell.ops.stack.plan import LOOPBACK, Place

BYTES = 65536


class Forwarder:
    """Carries connections to `target`, which is asked for each. While it is cut, nothing is taken or carried."""

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._open.clear()

    def join(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        while True:
            self._open.wait()
            near, _ = self._listener.accept()
            self._open.wait()
            try:
                far = socket.create_connection((LOOPBACK, self._target()))
            except OSError:
                near.close()
                continue
            for source, sink in ((near, far), (far, near)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        """One direction until its end, which is carried, too."""
        with suppress(OSError):
            while data := source.recv(BYTES):
                self._open.wait()
                sink.sendall(data)
        self._open.wait()
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


class Between(Installation):
    """A stack whose web nodes and load balancer see some parts elsewhere."""

    ports: Mapping[str, int]

    def settings_of(self, part: str) -> dict[str, str]:
        seen = self.seen() if part.startswith("web-") else super()
        return seen.settings_of(part)

    def seen(self) -> Installation:
        places = {**self.plan.places, **{part: Place(LOOPBACK, port) for part, port in self.ports.items()}}
        return Installation(self.folder, replace(self.plan, places=places), self.passwords, self.environ)


def main() -> None:
    folder, nodes, *ways = sys.argv[1:]
    Between.ports = {part: int(port) for part, _, port in (way.partition("=") for way in ways)}
    balancer = parts.load_balancer
    run.Installation = Between  # type: ignore[misc]
    parts.load_balancer = lambda stack: balancer(stack.seen()) if isinstance(stack, Between) else balancer(stack)
    run.up(Path(folder), os.environ, int(nodes), 1)


if __name__ == "__main__":
    main()
