"""A small mail server with a certificate of our choice, that keeps what it was sent, and what of it came in clear."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "sender", "wren cobalt sextant"


@dataclass
class Mailbox:
    """`clear`: every line that came before TLS. `mails`: what was taken for delivery."""

    port: int = 0
    clear: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    def url(self, scheme: str, user: str = USER, password: str = PASSWORD, host: str = "localhost") -> str:
        return f"{scheme}://{user}:{password.replace(' ', '%20')}@{host}:{self.port}"


class _Talk:
    """One connection."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext, box: Mailbox, implicit: bool, offers: bool):
        self.connection, self.context, self.box, self.offers = connection, context, box, offers
        self.sealed = False
        if implicit:
            self.start_tls()
        self.lines = self.connection.makefile("rb")

    def start_tls(self) -> None:
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.sealed = True

    def say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def line(self) -> str:
        text = self.lines.readline().decode().rstrip("\r\n")
        if text and not self.sealed:
            self.box.clear.append(text)
        return text

    def run(self) -> None:
        self.say("220 mail")
        while line := self.line():
            self.do(line.split()[0].upper(), line)

    def do(self, verb: str, line: str) -> None:
        if verb == "EHLO":
            offered = ["250-STARTTLS"] if self.offers and not self.sealed else []
            self.say("250-mail", *offered, "250 AUTH PLAIN")  # also in clear: whoever falls for it is caught
        elif verb == "STARTTLS" and self.offers:
            self.say("220 go on")
            self.start_tls()
            self.lines = self.connection.makefile("rb")
        elif verb == "AUTH":
            _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
            self.box.logins.append(user)
            self.say("235 yes" if (user, password) == (USER, PASSWORD) else "535 no")
        elif verb == "RCPT" and "nobody@" in line:
            self.say("550 no such user")
        elif verb == "DATA":
            self.say("354 go on")
            self.box.mails.append("\n".join(iter(self.line, ".")))
            self.say("250 taken")
        else:
            self.say("250 ok")


@contextmanager
def mail_server(pki: Path, name: str = "mail", *, implicit: bool, offers: bool = True) -> Iterator[Mailbox]:
    """Serve with this leaf: TLS from the first byte, or STARTTLS if it `offers` that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
    listener = socket.create_server(("127.0.0.1", 0))
    box = Mailbox(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            try:
                _Talk(connection, context, box, implicit, offers).run()
            except (OSError, ValueError):
                pass  # a client that does not believe us
            finally:
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
