"""Where each part of an installation listens, and which certificates it holds."""

import ipaddress
import socket
from pathlib import Path

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.ops import openbao
from nutshell.ops.certificates import EVERYBODY, FRONT, INTERNAL, Tier
from nutshell.ops.config import Config, bracketed
from nutshell.ops.files import write_private

LOOPBACK = "127.0.0.1"
DATABASES = {"accounts": "records-db", "records": "records-db", "keys": "keys-db"}
"""Which server holds which database: the key store's has nothing in common with the other."""
_USES = ("owner", "web", "worker", "backup")
USES = {"accounts": _USES, "records": _USES, "keys": ("keys", "backup")}
"""Who gets into which database, each as a role of its own."""
AUTHORITIES = (EVERYBODY, FRONT)
SERVERS = ("records-db", "keys-db", "mail", "kms")
"""What listens and is not ours."""


class Place(msgspec.Struct, frozen=True):
    """An IP address and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One installation. `places` names every part that listens, but for the load balancer's two public ports."""

    host: str
    https_port: int
    http_port: int
    nodes: int
    workers: int
    places: dict[str, Place]

    @classmethod
    def trial(cls, config: Config, nodes: int, workers: int) -> "Plan":
        """Everything on this machine; what is not public on ports that are free now."""
        listening = [*SERVERS, "keys", *(f"web-{number}" for number in range(1, nodes + 1))]
        places = {name: Place(LOOPBACK, port) for name, port in zip(listening, _free(len(listening)), strict=True)}
        places["kms"] = Place(LOOPBACK, _two_free())
        return cls(config.host, config.https_port, config.http_port, nodes, workers, places)

    @property
    def webs(self) -> tuple[str, ...]:
        return tuple(f"web-{number}" for number in range(1, self.nodes + 1))

    @property
    def worker_names(self) -> tuple[str, ...]:
        return tuple(f"worker-{number}" for number in range(1, self.workers + 1))

    @property
    def machines(self) -> tuple[str, ...]:
        """Every part that has a folder, as it would have a machine. `operator`: where one sits; `deploy`: where tables
        are brought up to date; `backup`: where accounts and records are copied."""
        return ("lb", *self.webs, *self.worker_names, "operator", "deploy", "backup", "keys", *SERVERS)

    def tiers(self) -> tuple[Tier, ...]:
        """The leaves beside those that every installation has."""
        named = ("records-db", "keys-db", "mail")
        servers = (Tier(name, (f"{name}.{INTERNAL}", *_loopback_names(self.places[name]))) for name in named)
        return (*servers, *openbao.TIERS, *(Tier(role) for role in roles()))


def role_of(database: str, use: str) -> str:
    """The PostgreSQL role of this use, which is also the common name of its certificate."""
    return f"nutshell_{database}" if use in ("web", "keys") else f"nutshell_{database}_{use}"


def roles() -> tuple[str, ...]:
    return tuple(role_of(database, use) for database, uses in USES.items() for use in uses)


def use_of(part: str) -> str:
    """As what this part gets into databases. An operator's commands do what a worker does."""
    kind = part.partition("-")[0]
    return {"operator": "worker", "deploy": "owner"}.get(kind, kind)


def certificates_of(part: str) -> tuple[str, ...]:
    """What lies on this part's machine, and nothing else: the names of its leaves."""
    kind = part.partition("-")[0]
    if kind in ("web", "worker", "operator", "deploy", "backup"):
        roles_ = (role_of("accounts", use_of(part)), role_of("records", use_of(part)))
        own = {"web": ("web", f"node-{part.removeprefix('web-')}"), "worker": ("worker", "node"), "backup": ()}
        return (*own.get(kind, ("operator", "node")), *roles_)
    keys = (role_of("keys", use) for use in USES["keys"])
    held = {"keys": ("keys", "kms-client", *keys), "lb": ("lb", "public")}
    return held.get(part, (part,))


def authorities_of(part: str) -> tuple[str, ...]:
    """Whom this part's machine trusts: certificates without keys."""
    return AUTHORITIES if part.startswith("web-") else (EVERYBODY,)


def is_address(host: str) -> bool:
    """Whether it is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _loopback_names(place: Place) -> tuple[str, ...]:
    """A client that knows no internal names asks for the address itself, where the CA may certify it."""
    return ("localhost", place.host) if place.host.startswith("127.") else ()


def _free(count: int) -> list[int]:
    listeners = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return [int(port) for port in ports]


def _two_free() -> int:
    """A port with the next one free, too: OpenBao takes that for other servers of its cluster."""
    while True:
        (port,) = _free(1)
        try:
            socket.create_server((LOOPBACK, port + 1)).close()
        except OSError:
            continue
        return port


def kept(path: Path) -> Plan:
    """The plan in this file. Raises ConfigurationError if there is none, or it is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except FileNotFoundError:
        raise ConfigurationError(f"{path.parent} holds no stack: `nutshell stack up` makes one.") from None
    except msgspec.MsgspecError:
        raise ConfigurationError(f"{path} is damaged: remove it to have it made anew.") from None


def keep(path: Path, plan: Plan) -> None:
    write_private(path, msgspec.json.format(msgspec.json.encode(plan)))
