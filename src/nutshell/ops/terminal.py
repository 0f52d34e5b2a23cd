"""Words for the operator's eyes only, handed from a web process to the launcher's terminal.

They go through a socket that only this user can open, and never through a log: without a mail server,
verification codes and links appear this way.
"""

import socket
from pathlib import Path

LARGEST = 256 * 1024
PATIENCE_SECONDS = 2.0


def socket_path(run: Path) -> Path:
    return run / "terminal.sock"


def listen(run: Path) -> socket.socket:
    """The launcher's end. Whatever an earlier launcher left behind is replaced."""
    path = socket_path(run)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(16)
    listener.setblocking(False)
    return listener


def tell(run: Path, text: str) -> None:
    """Show this text on the launcher's terminal. Raises OSError if no launcher listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(socket_path(run)))
        connection.sendall(text.encode()[:LARGEST])


def receive(listener: socket.socket) -> str:
    """One text that a process wants shown, without anything that could steer a terminal."""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(PATIENCE_SECONDS)
        chunks, size = [], 0
        while size < LARGEST and (chunk := connection.recv(65536)):
            chunks.append(chunk)
            size += len(chunk)
    return _printable(b"".join(chunks).decode(errors="replace"))


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
