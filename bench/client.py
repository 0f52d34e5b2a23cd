"""A keep-alive HTTPS load client with exact latencies. One process a connection, so that clients do not wait for
each other; every run is bounded in requests and in seconds. Certificates are verified against the given CA.
"""

import multiprocessing
import socket
import ssl
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

LONGEST_HEAD = 65_536
_FORK = multiprocessing.get_context("fork")


class Request(NamedTuple):
    """What to send, and the status that must come back."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 200


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    wire_bytes: int


class Result(NamedTuple):
    """`latencies` in seconds, one a request; `seconds` of the whole run."""

    latencies: list[float]
    seconds: float
    mean_bytes: float

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds: the exact order statistic, nothing is interpolated."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connected:
    """One TLS connection that is kept open."""

    def __init__(self, port: int, ca: Path) -> None:
        plain = socket.create_connection(("localhost", port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname="localhost")
        self._host = f"localhost:{port}"
        self._rest = b""

    def send(self, request: Request) -> Answer:
        """Raises RuntimeError for another status than the expected one."""
        self._socket.sendall(self._packed(request))
        head = self._until(b"\r\n\r\n")
        status = int(head[9:12])
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:] if line)
        headers = {name.lower(): text for name, text in headers.items()}
        body = self._chunks() if headers.get("transfer-encoding") == "chunked" else self._body(headers, status)
        if status != request.status:
            raise RuntimeError(f"{request.method} {request.path}: {status} {body[:300]!r}")
        return Answer(status, headers, body, len(head) + 4 + len(body))

    def _packed(self, request: Request) -> bytes:
        headers = {"Host": self._host, **request.headers}
        if request.body:
            headers["Content-Length"] = str(len(request.body))
        lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + request.body

    def _body(self, headers: dict[str, str], status: int) -> bytes:
        return self._exactly(0 if status in (204, 304) else int(headers.get("content-length", "0")))

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._until(b"\r\n"), 16):
            parts.append(self._exactly(size))
            self._exactly(2)
        self._exactly(2)
        return b"".join(parts)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._more()
            if len(self._rest) > LONGEST_HEAD and mark not in self._rest:
                raise RuntimeError("The answer has no end of its head.")
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _more(self) -> None:
        data = self._socket.recv(65_536)
        if not data:
            raise RuntimeError("The server closed the connection.")
        self._rest += data

    def close(self) -> None:
        self._socket.close()


def run(port: int, ca: Path, requests: Sequence[Request], connections: int = 1, seconds: float = 60.0) -> Result:
    """Send the requests, shared out over the connections, each as fast as its answers come; at most so long."""
    pipes = []
    for number in range(connections):
        ours, theirs = _FORK.Pipe()
        share = requests[number::connections]
        process = _FORK.Process(target=_drive, args=(theirs, port, ca, share, seconds), daemon=True)
        process.start()
        pipes.append((ours, process))
    for pipe, _ in pipes:
        pipe.recv()
    begun = time.perf_counter()
    for pipe, _ in pipes:
        pipe.send(None)
    found = [pipe.recv() for pipe, _ in pipes]
    took = time.perf_counter() - begun
    for _, process in pipes:
        process.join()
    return _joined(found, took)


def _joined(found: list[tuple[list[float], int] | str], took: float) -> Result:
    failed = [one for one in found if isinstance(one, str)]
    if failed:
        raise RuntimeError(failed[0])
    done = [one for one in found if not isinstance(one, str)]
    latencies = [latency for part, _ in done for latency in part]
    return Result(latencies, took, sum(size for _, size in done) / max(len(latencies), 1))


def _drive(
    pipe: "Connection[object, object]", port: int, ca: Path, requests: Sequence[Request], seconds: float
) -> None:
    """In a process of its own: connect, wait for the word, send."""
    connected = Connected(port, ca)
    pipe.send(None)
    pipe.recv()
    latencies, size, deadline = [], 0, time.perf_counter() + seconds
    try:
        for request in requests:
            begun = time.perf_counter()
            if begun > deadline:
                break
            size += connected.send(request).wire_bytes
            latencies.append(time.perf_counter() - begun)
        pipe.send((latencies, size))
    except Exception as failure:
        pipe.send(f"{type(failure).__name__}: {failure}")
    finally:
        connected.close()
