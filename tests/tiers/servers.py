"""A small HTTPS server that stands in for a web process with a certificate of our choice, and says what it was sent."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


class Echo(BaseHTTPRequestHandler):
    """Answers every GET with the request's own headers; a POST with half of what it promised."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        body = "".join(f"{name}: {text}\n" for name, text in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Nothing on standard error."""


@contextmanager
def https_server(pki: Path, name: str = "web") -> Iterator[int]:
    """Serve with this leaf, asking clients for a certificate as a web process does; the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
    context.load_verify_locations(pki / "front.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    server = _Quiet(("127.0.0.1", 0), Echo)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Refused handshakes are what these tests are about."""
