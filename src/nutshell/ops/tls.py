"""TLS contexts for what the launcher itself asks its tiers. TLS 1.3, both ends verified."""

import http.client
import socket
import ssl
from pathlib import Path


def client_context(pki: Path, name: str | None = None) -> ssl.SSLContext:
    """Trusts the local CA alone; presents the client certificate of this name, if any."""
    context = ssl.create_default_context(cafile=pki / "ca.crt")
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if name:
        context.load_cert_chain(pki / f"{name}.crt", pki / f"{name}.key")
    return context


class Connection(http.client.HTTPSConnection):
    """HTTPS to an address, with the certificate checked against another name than the address."""

    def __init__(self, address: tuple[str, int], server_name: str, context: ssl.SSLContext, timeout: float = 2) -> None:
        super().__init__(*address, timeout=timeout)
        self._tls, self._server_name = context, server_name

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)


def answers(address: tuple[str, int], server_name: str, context: ssl.SSLContext, path: str, host: str) -> bool:
    """Whether a GET of this path is answered with 200."""
    connection = Connection(address, server_name, context)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def accepts(address: tuple[str, int], server_name: str, context: ssl.SSLContext) -> bool:
    """Whether a TLS handshake with this name succeeds and the other end then keeps the connection."""
    try:
        with (
            socket.create_connection(address, timeout=2) as plain,
            context.wrap_socket(plain, server_hostname=server_name) as connection,
        ):
            # With TLS 1.3 a refusal of our certificate arrives after the handshake: a short look tells.
            connection.settimeout(0.05)
            return connection.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def listens(port: int, host: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
