"""The socket: mutual TLS, one thread a connection, one frame in and one frame out."""

import logging
import signal
import socket
import socketserver
import ssl
import sys
import threading
from typing import Any

from django.db import close_old_connections, connections

from . import frames, service, tls
from . import requests as ask
from .core import Core

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 5.0
FRAME_SECONDS = 10.0
IDLE_SECONDS = 300.0
MOST_CONNECTIONS = 256
SWEEP_SECONDS = 60.0


class Server(socketserver.ThreadingTCPServer):
    """One thread a connection. The handshake happens in that thread, so that nobody holds up the others."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], core: Core, context: tls.Renewing) -> None:
        self.core = core
        self.context = context
        self.room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        kind = sys.exc_info()[0]
        log.warning("a connection failed: %s", kind.__name__ if kind else "unknown")


class _Connection(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        if not self.server.room.acquire(blocking=False):
            return
        try:
            self._greet()
        finally:
            connections.close_all()
            self.server.room.release()

    def _greet(self) -> None:
        self.request.settimeout(HANDSHAKE_SECONDS)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self.server.context.current().wrap_socket(self.request, server_side=True) as peer:
                name = tls.name_of(peer)
                if name is not None:
                    self._serve(peer, name)
        except (OSError, frames.Closed, frames.Oversized) as gone:
            log.info("a connection ended: %s", type(gone).__name__)

    def _serve(self, peer: ssl.SSLSocket, name: str) -> None:
        while True:
            peer.settimeout(IDLE_SECONDS)
            frame = frames.receive(peer, ask.MAX_REQUEST)
            close_old_connections()
            peer.settimeout(FRAME_SECONDS)
            frames.send(peer, service.answer(self.server.core, name, frame))


def _sweeping(core: Core, stop: threading.Event) -> None:
    while not stop.wait(SWEEP_SECONDS):
        try:
            service.sweep(core)
        except Exception as failed:
            log.error("the sweep failed: %s", type(failed).__name__)
        finally:
            close_old_connections()


def serve(address: tuple[str, int], core: Core, context: tls.Renewing) -> None:
    """Until SIGTERM or SIGINT. Says on standard output when and where it is ready."""
    stop = threading.Event()
    with Server(address, core, context) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        sweeper = threading.Thread(target=_sweeping, args=(core, stop), daemon=True)
        sweeper.start()
        host, port = server.server_address[:2]
        print(f"key store ready on {host!s}:{port}", flush=True)
        server.serve_forever()
        stop.set()
