"""Length-prefixed frames over a socket."""

import socket

from .requests import LENGTH_BYTES


class Closed(Exception):  # noqa: N818 - an event, not a fault
    """The other end went away."""


class Oversized(Exception):  # noqa: N818
    """A frame longer than allowed was announced; none of it was read."""


def send(connection: socket.socket, frame: bytes) -> None:
    connection.sendall(len(frame).to_bytes(LENGTH_BYTES, "big") + frame)


def receive(connection: socket.socket, most: int) -> bytes:
    """One frame of at most `most` bytes. Raises Closed, Oversized, or OSError (timeouts too)."""
    length = int.from_bytes(_exactly(connection, LENGTH_BYTES), "big")
    if length > most:
        raise Oversized
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            raise Closed
        parts += part
    return bytes(parts)
