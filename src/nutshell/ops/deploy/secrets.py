"""What the machines must keep to themselves: certificates, passwords, the unseal key. Made once, renewed when due.

The folder holds everything that opens the installation: it belongs on an encrypted disk of the operator's, and the
certificate authority's key stays there.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.ops import certificates, openbao
from nutshell.ops.config import BY_NAME
from nutshell.ops.files import private_folder, write_private
from nutshell.ops.stack import plan
from nutshell.ops.stack.plan import DATABASES, USES, role_of

from .environments import quoted
from .site import DATA, FILES, KEEPER_SECRETS, SECRETS, Site

KEPT = "kept"
"""The folder of what goes to no machine as it is: the authority, and what several machines share."""


def make(site: Site, folder: Path) -> set[str]:
    """Whatever is missing, ends soon or changed; the machines that got something new.

    Raises ConfigurationError if the certificate authority is damaged or the folder cannot be written.
    """
    try:
        kept = private_folder(folder / KEPT)
        passwords = {**_passwords(kept / "passwords.json"), "mail": _mail_password(kept / "mail-password")}
        certificates.ensure(kept / "ca", site.plan.host, nodes=site.plan.nodes, also=_tiers(site))
        files = {
            f"{machine}{path}": content
            for machine in site.machines
            for path, content in _of_machine(site, machine, kept, passwords).items()
        }
        return {path.partition("/")[0] for path, content in files.items() if _new(folder / path, content)}
    except OSError as failed:
        raise ConfigurationError(f"{failed.filename} cannot be used: {failed.strerror}.") from None


def _new(path: Path, content: bytes) -> bool:
    if path.exists() and path.read_bytes() == content:
        return False
    private_folder(path.parent)
    write_private(path, content)
    return True


def _mail_password(path: Path) -> str:
    if not path.exists() or not path.read_text().strip():
        raise ConfigurationError(f"Write the mail server's password into {path} first: that server gives it.")
    return quote(path.read_text().strip(), safe="")


def _tiers(site: Site) -> tuple[certificates.Tier, ...]:
    """The mail server is somebody else's, and so is its certificate."""
    return tuple(tier for tier in site.plan.tiers() if tier.name != "mail")


def _passwords(path: Path) -> dict[str, str]:
    kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
    made = {name: secrets.token_urlsafe(24) for name in plan.roles()} | kept
    if made != kept:
        write_private(path, msgspec.json.format(msgspec.json.encode(made)))
    return made


def _of_machine(site: Site, machine: str, kept: Path, passwords: Mapping[str, str]) -> dict[str, bytes]:
    pki = {f"{_pki(machine)}/{name}": (kept / "ca" / name).read_bytes() for name in _certificates(site, machine)}
    if machine == "kms":
        return {**pki, openbao.UNSEAL_KEY: _once(kept / "unseal.key", 32)}
    if machine in plan.SERVERS:
        return {**pki, **_role_passwords(machine, passwords)}
    if machine == "lb":
        return pki
    return {
        **pki,
        str(SECRETS): _secret_settings(site, machine, passwords),
        **(
            {str(KEEPER_SECRETS): f"NUTSHELL_KEYS_URL={quoted(site.keeper_url(passwords))}\n".encode()}
            if machine == "keys"
            else {f"{DATA}/secret-key": _once(kept / "secret-key", 32)}
        ),
    }


def _pki(machine: str) -> str:
    if machine == "kms":
        return f"{openbao.FOLDER}/tls"
    return str(FILES / "pki" if machine in plan.SERVERS else DATA / "pki")


def _certificates(site: Site, machine: str) -> list[str]:
    """Names of files. A public host's own certificate comes by ACME."""
    there = {tier.name for tier in (*certificates.tiers(site.plan.host, site.plan.nodes), *_tiers(site))}
    leaves = [name for name in plan.certificates_of(machine) if name in there]
    own = [f"{leaf}.{kind}" for leaf in leaves for kind in ("crt", "key")]
    return [*own, *(f"{name}.crt" for name in plan.authorities_of(machine))]


def _once(path: Path, size: int) -> bytes:
    if not path.exists():
        write_private(path, secrets.token_hex(size).encode())
    return path.read_bytes()


def _role_passwords(server: str, passwords: Mapping[str, str]) -> dict[str, bytes]:
    roles = [role_of(database, use) for database, its in DATABASES.items() if its == server for use in USES[database]]
    return {f"{FILES}/passwords/{role}": passwords[role].encode() for role in roles}


def _secret_settings(site: Site, machine: str, passwords: Mapping[str, str]) -> bytes:
    told = site.settings_of(machine, passwords)
    lines = [f"{name}={quoted(text)}" for name, text in told.items() if BY_NAME[name].secret]
    return ("\n".join(lines) + "\n").encode()
