"""Every file of every machine, by its path: MACHINE/path on that machine. None holds a secret."""

from nutshell.ops import caddy, openbao, postgresql
from nutshell.ops import config as settings
from nutshell.ops.stack import plan

from . import environments, firewall, units
from .site import DATA, FILES, KEEPER, Site

_PASSWORDS = FILES / "passwords"


def files(site: Site) -> dict[str, str]:
    found = {}
    for machine in site.machines:
        for path, text in _of_machine(site, machine).items():
            found[f"{machine}{path}"] = text
    return found


def _of_machine(site: Site, machine: str) -> dict[str, str]:
    found = {
        "/etc/nftables.d/nutshell.nft": firewall.rules(site, machine),
        **{f"/etc/systemd/system/{name}": text for name, text in units.units(site, machine).items()},
    }
    if machine == "lb":
        return {**found, f"{FILES}/Caddyfile": caddyfile(site), **_accounts("nutshell", DATA)}
    if machine == "kms":
        return {**found, **_openbao(site), **_accounts("openbao", openbao.FOLDER, "/etc/openbao")}
    if machine in plan.SERVERS:
        return {**found, **_postgresql(site, machine)}
    if machine == "keys":
        found[str(KEEPER)] = _lines([f"{name}={environments.quoted(text)}" for name, text in site.kept.items()])
    return {**found, f"{FILES}/part.env": environments.part_env(site, machine), **_accounts("nutshell", DATA)}


def _accounts(user: str, *folders: object) -> dict[str, str]:
    """The user under whom this machine's part runs, and that its files are that user's alone."""
    return {
        f"/usr/lib/sysusers.d/{user}.conf": f'u {user} - "Nutshell" {folders[0]}\n',
        f"/usr/lib/tmpfiles.d/{user}.conf": "".join(
            f"d {folder} 0700 {user} {user}\nZ {folder} ~0700 {user} {user}\n" for folder in folders
        ),
    }


def caddyfile(site: Site) -> str:
    config = settings.load(site.open_settings_of("lb"))
    upstreams = caddy.Upstreams.of([str(site.plan.places[web]) for web in site.plan.webs])
    return caddy.caddyfile(config, upstreams)


def _openbao(site: Site) -> dict[str, str]:
    config = settings.load(site.open_settings_of("operator"))
    made = openbao.openbao_files(config)
    places = {"logrotate.conf": "/etc/logrotate.d/openbao"}
    return {places.get(name, f"{openbao.FOLDER}/{name}"): text for name, text in made.items()}


def _postgresql(site: Site, server: str) -> dict[str, str]:
    place = site.plan.places[server]
    values = {
        "host": place.host, "port": place.port, "name": server, "pki": FILES / "pki", "files": FILES,
        "sockets": "/run/nutshell-postgresql",
    }  # fmt: skip
    local = [f"local all {postgresql.SUPERUSER} peer map=machine"]
    return {
        f"{FILES}/postgresql.conf": postgresql.configuration(values),
        f"{FILES}/pg_hba.conf": _lines([*local, *postgresql.ways_in(server, lambda use: _sources(site, server, use))]),
        f"{FILES}/pg_ident.conf": _lines([f"machine {postgresql.SUPERUSER} {postgresql.SUPERUSER}"]),
        f"{FILES}/roles.sql": roles(server),
        "/usr/lib/tmpfiles.d/nutshell-postgresql.conf": f"Z {FILES} ~0700 postgres postgres\n",
    }


def _sources(site: Site, server: str, use: str) -> list[str]:
    """The addresses from which this use comes: a role gets in from its own machines alone.

    The keys are copied where they are used: no second machine reaches their server.
    """
    if server == plan.DATABASES["keys"]:
        use = "keys"
    parts = [name for name in (*site.plan.webs, *site.plan.worker_names, "operator", "deploy", "backup", "keys")
             if use in (plan.use_of(name), "admin" if name == "operator" else "")]  # fmt: skip
    return [f"{site.address(name)}/{128 if ':' in site.address(name) else 32}" for name in parts]


def roles(server: str) -> str:
    """For psql, once, on a new server. Each password is read from a file that only PostgreSQL's user may read."""
    uses = [plan.role_of(database, use) for database in postgresql.databases_of(server) for use in plan.USES[database]]
    read = [f"\\set {role} `cat {_PASSWORDS}/{role}`" for role in uses]
    made = [f"{statement};" for statement in postgresql.roles(server, lambda role: f":'{role}'")]
    return _lines(["\\set ON_ERROR_STOP on", *read, *made])


def _lines(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
