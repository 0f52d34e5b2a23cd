"""Every part of the stack as a client, against servers that are not who they should be.

Which part speaks to which server is read from the settings that the stack gives each part: a way that is added is
tried, or has no client here and fails. The clients are the product's own.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
from django.test import override_settings
from tests.production import Production
from tests.tiers import certificates as issued
from tests.tiers.front import front

from nutshell.common import errors
from nutshell.common.errors import ConfigurationError
from nutshell.common.kms_address import OpenBao
from nutshell.ops import certificates
from nutshell.ops import config as settings
from nutshell.ops.certificates import INTERNAL, Tier
from nutshell.ops.databases import databases
from nutshell.ops.mail import SmtpBackend
from nutshell.ops.openbao import KeyVersions
from nutshell.ops.stack import plan
from nutshell.ops.stack.installation import Installation
from nutshell.vault.keystore import tls as keystore_tls
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.transit import ROLE, Api

FAULTS = ("wrong CA", "expired", "wrong name")
HONEST = "none"
SECONDS = 5


class Way(NamedTuple):
    """A part and a server that it speaks to."""

    part: str
    server: str


def ways(product: Production) -> list[Way]:
    """Every pair: a part whose settings name a server's port, and the load balancer, which is told its own way."""
    stack = Installation.at(product.data, product.environ)
    servers = {name: f":{port}" for name, (_, port) in product.places.items()}
    found = []
    for part in stack.plan.machines:
        told = " ".join(_own(stack, part)) + " "
        found += [Way(part, name) for name, sign in servers.items() if any(sign + end in told for end in " /")]
    proxied = (product.data / "lb" / "run" / "Caddyfile").read_text()
    return found + [Way("lb", name) for name, sign in servers.items() if sign in proxied]


def _own(stack: Installation, part: str) -> list[str]:
    """What this part is told: all get the key store's place, and those that run none of our code ignore it."""
    if part in ("lb", *plan.SERVERS):
        return []
    here = {"NUTSHELL_KEYS_ADDRESS"} if part == "keys" else set()
    return [text for name, text in stack.settings_of(part).items() if name not in here]


def heard(product: Production, way: Way, fault: str, folder: Path) -> bytes:
    """What an impostor with this fault is told by the part's own client, once it took the handshake as done."""
    pki = _impostor(product, way.server, fault, folder)
    with impostor(pki, _kind(way.server), way.server) as (port, told):
        CLIENTS[_kind(way.server)](product, way, port)
    return told()


def _kind(server: str) -> str:
    return "web" if server.startswith("web-") else server


def _impostor(product: Production, server: str, fault: str, folder: Path) -> Path:
    """A folder whose leaf of this server has this fault."""
    authority, name = product.data / "ca", _kind(server)
    tier = next(one for one in _tiers(product) if one.name == name)
    place = folder / f"{name}-{fault.replace(' ', '-')}"
    if fault == HONEST:
        return issued.issue(authority, place, tier)
    if fault == "expired":
        return issued.expired(authority, place, tier)
    if fault == "wrong name":
        return issued.issue(authority, place, Tier("other", (f"other.{INTERNAL}",)), file=name)
    certificates.ensure(place, "localhost")
    return issued.issue(place, place, tier)


def _tiers(product: Production) -> tuple[Tier, ...]:
    found = plan.kept(product.data / "plan.json")
    return (*certificates.tiers(found.host), *found.tiers())


@contextmanager
def impostor(pki: Path, leaf: str, server: str) -> Iterator[tuple[int, Callable[[], bytes]]]:
    """Takes connections as this kind of server begins them, up to TLS; the port, and what came after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / f"{leaf}.crt", pki / f"{leaf}.key")
    listener = socket.create_server(("127.0.0.1", 0))
    told: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(1)
                PREAMBLES.get(server, lambda _: None)(connection)
                with context.wrap_socket(connection, server_side=True) as sealed:
                    told.append(sealed.recv(4096))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], lambda: b"".join(told)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


def _postgresql(connection: socket.socket) -> None:
    connection.recv(64)  # SSLRequest
    connection.sendall(b"S")


def _smtp(connection: socket.socket) -> None:
    connection.sendall(b"220 mail\r\n")
    connection.recv(256)
    connection.sendall(b"250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
    connection.recv(256)
    connection.sendall(b"220 go on\r\n")


PREAMBLES = {"records-db": _postgresql, "keys-db": _postgresql, "mail": _smtp}


def _config(product: Production, way: Way, port: int) -> settings.Config:
    """The part's settings, with the impostor's port in place of the server's."""
    stack = Installation.at(product.data, product.environ)
    true = f":{product.places[way.server][1]}"
    told = {name: text.replace(true, f":{port}") for name, text in stack.settings_of(way.part).items()}
    return settings.load(told)


def _keys(product: Production, way: Way, port: int) -> None:
    leaves = [
        leaf
        for leaf in plan.certificates_of(way.part)
        if leaf.partition("-")[0] in ("node", "worker", "operator", "admin")
    ]
    for leaf in leaves:
        with suppress(errors.Unavailable):
            KeyStoreClient.of_installation(("127.0.0.1", port), product.pki(way.part), leaf).public_keys("receipt")


def _database(product: Production, way: Way, port: int) -> None:
    found = databases(_config(product, way, port))
    for one in found.values():
        if one and one["PORT"] == str(port):
            with suppress(psycopg.OperationalError):
                psycopg.connect(
                    dbname=one["NAME"], user=one["USER"], password=one["PASSWORD"], host=one["HOST"], port=port,
                    **{**one["OPTIONS"], "connect_timeout": SECONDS},
                )  # fmt: skip


def _kms(product: Production, way: Way, port: int) -> None:
    config = _config(product, way, port)
    assert isinstance(config.kms, OpenBao)
    if way.part == "operator":
        with suppress(ConfigurationError):
            KeyVersions(config, config.kms).rotate()
        return
    files = keystore_tls.files(config.pki, "kms-client")
    with suppress(errors.Unavailable):
        Api(config.kms.host, config.kms.port, files, ROLE, own_ca=True).ask("GET", "sys/health")


def _mail(product: Production, way: Way, port: int) -> None:
    with override_settings(NUTSHELL=_config(product, way, port)), suppress(OSError):
        SmtpBackend().open()


def _web(product: Production, way: Way, port: int) -> None:
    folder = product.data.parent / f"front-{port}"
    folder.mkdir()
    with front(product.pki(way.part), (port,), folder) as client, suppress(httpx.TimeoutException):
        client.get("/api/v1/foods", timeout=2)


CLIENTS: dict[str, Callable[[Production, Way, int], None]] = {
    "web": _web, "keys": _keys, "records-db": _database, "keys-db": _database, "kms": _kms, "mail": _mail,
}  # fmt: skip
