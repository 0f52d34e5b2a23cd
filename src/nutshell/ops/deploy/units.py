"""systemd units: what runs on each machine, and as little as possible besides."""

from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import NamedTuple

from nutshell.ops.draining import NOTICED_SECONDS
from nutshell.ops.openbao import FOLDER as BAO
from nutshell.ops.up import SETTLED_SECONDS

from .site import DATA, FILES, KEEPER, KEEPER_SECRETS, SECRETS, Site

TEMPLATES = Path(__file__).parents[1] / "templates" / "systemd"
PROGRAMS = Path("/opt/nutshell/bin")
POSTGRESQL_DATA = Path("/var/lib/postgresql/nutshell")
_OURS = f"""\
EnvironmentFile={FILES}/part.env
EnvironmentFile={SECRETS}
StateDirectory=nutshell nutshell/run
StateDirectoryMode=0700
"""
_CADDY = f"{PROGRAMS}/caddy"
_CADDYFILE = f"--config {FILES}/Caddyfile --adapter caddyfile"


class Unit(NamedTuple):
    """`service` are its own lines of [Service]."""

    name: str
    title: str
    service: str
    user: str = "nutshell"
    capabilities: str = ""
    public: bool = False


def units(site: Site, machine: str) -> dict[str, str]:
    """Unit files of a machine by name. Where one only types commands there is none."""
    makers = _MAKERS.get(machine.partition("-")[0] if machine.startswith(("web-", "worker-")) else machine, ())
    made = [make(site, machine) for make in makers]
    return {unit.name: _text(site, machine, unit) for unit in made}


def _text(site: Site, machine: str, unit: Unit) -> str:
    return Template((TEMPLATES / "unit.service").read_text()).substitute(
        machine=machine,
        title=unit.title,
        user=unit.user,
        service=unit.service.rstrip(),
        capabilities=unit.capabilities,
        hardening=(TEMPLATES / "hardening.conf").read_text().rstrip(),
        networks="IPAddressAllow=any" if unit.public else _networks(site, machine),
    )


def _networks(site: Site, machine: str) -> str:
    peers = [link.source for link in site.links if link.target == machine]
    peers += [link.target for link in site.links if link.source == machine]
    addresses = sorted({site.address(peer) for peer in peers} | set(site.inventory.resolvers))
    return f"IPAddressDeny=any\nIPAddressAllow=localhost {' '.join(addresses)}"


def _web(site: Site, machine: str) -> Unit:
    place, mark = site.plan.places[machine], f"{DATA}/run/draining-node-{machine.removeprefix('web-')}"
    service = f"""\
{_OURS}ExecStart={PROGRAMS}/nutshell web --address {place.host} --port {place.port}
# Until the load balancer has taken it up: `systemctl restart` of one node after the other fails no request.
ExecStartPost=/bin/sleep {SETTLED_SECONDS}
# It says first that it ends; the load balancer then sends it nothing new, and answers under way are finished.
ExecStop=/bin/touch {mark}
ExecStop=/bin/sleep {NOTICED_SECONDS}
KillMode=mixed
TimeoutStopSec=60
"""
    return Unit("nutshell-web.service", "a web node", service)


def _worker(_site: Site, _machine: str) -> Unit:
    return Unit("nutshell-worker.service", "the worker", f"{_OURS}ExecStart={PROGRAMS}/nutshell worker\n")


def _keys(_site: Site, _machine: str) -> Unit:
    return Unit("nutshell-keys.service", "the key store", f"{_OURS}ExecStart={PROGRAMS}/nutshell keys\n")


def _backup(_site: Site, _machine: str) -> Unit:
    service = f"{_OURS}StateDirectory=nutshell-backups\nExecStart={PROGRAMS}/nutshell backup keep\n"
    return Unit("nutshell-backup.service", "backups of accounts and records", service)


def _keeper(_site: Site, _machine: str) -> Unit:
    # Never the key store's own password: what copies the keys only reads them.
    own = _OURS.replace(str(SECRETS), f"{KEEPER}\nEnvironmentFile={KEEPER_SECRETS}")
    service = f"{own}StateDirectory=nutshell-backups\nExecStart={PROGRAMS}/nutshell backup keep\n"
    return Unit("nutshell-backup.service", "backups of the keys", service)


def _load_balancer(_site: Site, _machine: str) -> Unit:
    service = f"""\
StateDirectory=nutshell nutshell/run
StateDirectoryMode=0700
Environment=XDG_DATA_HOME={DATA} XDG_CONFIG_HOME={DATA} GOGC=400
ExecStart={_CADDY} run {_CADDYFILE}
ExecReload={_CADDY} reload {_CADDYFILE} --force
AmbientCapabilities=CAP_NET_BIND_SERVICE
"""
    return Unit("nutshell-caddy.service", "the load balancer", service, "nutshell", "CAP_NET_BIND_SERVICE", public=True)


def _database(site: Site, machine: str) -> Unit:
    programs = f"/usr/lib/postgresql/{site.inventory.postgresql}/bin"
    service = f"""\
Environment=LC_ALL=C.UTF-8
RuntimeDirectory=nutshell-postgresql
ExecStart={programs}/postgres -D {POSTGRESQL_DATA} -c config_file={FILES}/postgresql.conf
ExecReload=/bin/kill -HUP $MAINPID
# Sessions are ended and nothing is lost; the default would wait for everybody to go.
KillSignal=SIGINT
KillMode=mixed
TimeoutStopSec=120
OOMScoreAdjust=-900
ReadWritePaths={POSTGRESQL_DATA}
"""
    return Unit("nutshell-postgresql.service", f"PostgreSQL of {machine}", service, "postgres")


def _kms(_site: Site, _machine: str) -> Unit:
    service = f"""\
ExecStart=/usr/bin/bao server -config={BAO}/openbao.hcl
ExecReload=/bin/kill -HUP $MAINPID
ReadWritePaths={BAO}/data {BAO}/audit
"""
    return Unit("openbao.service", "OpenBao", service, "openbao")


_MAKERS: dict[str, tuple[Callable[[Site, str], Unit], ...]] = {
    "lb": (_load_balancer,), "web": (_web,), "worker": (_worker,), "keys": (_keys, _keeper), "backup": (_backup,),
    "records-db": (_database,), "keys-db": (_database,), "kms": (_kms,),
}  # fmt: skip
