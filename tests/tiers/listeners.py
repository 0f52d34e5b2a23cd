"""Every listener behind the load balancer, and every certificate of the installation: who is served by whom.

Both lists come from the stack's plan, so that a part which is added is tried without anybody thinking of it; one that
is of no known kind fails. `served` asks for something as a client does: a handshake alone says little.
"""

import json
import smtplib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
from cryptography import x509
from tests.production import Production
from tests.tiers import certificates as issued

from nutshell.ops import certificates, tls
from nutshell.ops.certificates import FRONT, INTERNAL, Tier
from nutshell.ops.stack import mail, plan
from nutshell.vault.keystore.requests import role_of
from nutshell.vault.keystore.transit import SERVER_NAME

NOBODY = ""
"""Stands for a client without a certificate."""


class Listener(NamedTuple):
    """`callers`: the certificates whose holders it serves. `served`: whether this one in this folder is."""

    name: str
    callers: frozenset[str]
    served: Callable[[Path, str], bool]


class Attempt(NamedTuple):
    """One certificate at one listener: `what` is wrong with it, and whether it was served."""

    listener: str
    leaf: str
    what: str
    served: bool


def leaves(product: Production) -> tuple[str, ...]:
    """Every certificate that some machine of this installation holds."""
    machines = plan.kept(product.data / "plan.json").machines
    return tuple(sorted({leaf for part in machines for leaf in plan.certificates_of(part)}))


def listeners(product: Production) -> list[Listener]:
    """One for each place of the plan. Raises KeyError for a part of a kind that nobody wrote down here."""
    kinds = {"web": _web, "keys": _keys, "records-db": _database, "keys-db": _database, "kms": _kms}
    kinds |= {"kms-cluster": _cluster}
    # The mail server is a stranger, and the console has tests of its own (test_console.py).
    names = [name for name in product.places if name not in ("mail", "admin")] + ["kms-cluster"]
    return [kinds[name if name in kinds else name.rpartition("-")[0]](product, name) for name in names]


def right(listener: Listener, product: Production) -> Iterator[Attempt]:
    """Whom it must serve."""
    for leaf in sorted(listener.callers):
        yield Attempt(listener.name, leaf, "right", listener.served(product.data / "ca", leaf))


def wrong(listener: Listener, product: Production, folder: Path) -> Iterator[Attempt]:
    """Whom it may not: nobody's, every other tier's, and its own callers' once ended or of another authority."""
    authority = product.data / "ca"
    for leaf in (NOBODY, *leaves(product)):
        if leaf not in listener.callers:
            yield Attempt(listener.name, leaf, "another tier's" if leaf else "none", listener.served(authority, leaf))
    for leaf in sorted(listener.callers):
        tier = Tier(leaf, authority=FRONT if leaf == "lb" else "ca")
        late = issued.expired(authority, folder / f"late-{listener.name}-{leaf}", tier)
        yield Attempt(listener.name, leaf, "expired", listener.served(late, leaf))
        yield Attempt(
            listener.name, leaf, "another authority's", listener.served(stranger(product, folder, tier), leaf)
        )


def stranger(product: Production, folder: Path, tier: Tier) -> Path:
    """This leaf of an authority of somebody else's, who knows and trusts ours."""
    other = folder / "stranger"
    if not (other / "ca.key").exists():
        certificates.ensure(other, "localhost")
    issued.issue(other, other, tier)
    trusting = folder / f"stranger-{tier.name}"
    trusting.mkdir(exist_ok=True)
    for name, source in (("ca.crt", product.data / "ca"), *((f"{tier.name}.{end}", other) for end in ("crt", "key"))):
        (trusting / name).write_bytes((source / name).read_bytes())
    return trusting


def _context(pki: Path, leaf: str) -> ssl.SSLContext:
    return tls.client_context(pki, leaf or None)


def _web(product: Production, name: str) -> Listener:
    def served(pki: Path, leaf: str) -> bool:
        context = _context(pki, leaf)
        return tls.answers(product.places[name], f"web.{INTERNAL}", context, "/healthz", "localhost")

    return Listener(name, frozenset({"lb"}), served)


def _keys(product: Production, name: str) -> Listener:
    def served(pki: Path, leaf: str) -> bool:
        return tls.accepts(product.places[name], f"keys.{INTERNAL}", _context(pki, leaf))

    callers = {leaf for leaf in leaves(product) if role_of(leaf) and _is_client(product, leaf)}
    return Listener(name, frozenset(callers), served)


def _is_client(product: Production, leaf: str) -> bool:
    found = x509.load_pem_x509_certificate((product.data / "ca" / f"{leaf}.crt").read_bytes())
    return not [one for one in found.extensions if isinstance(one.value, x509.SubjectAlternativeName)]


def _database(product: Production, name: str) -> Listener:
    """Tried as the role that the certificate names, with its right password; any other certificate as the first one.

    Each role with each other's certificate is tried in test_production.py.
    """
    passwords = json.loads((product.data / "passwords.json").read_text())
    databases = [one for one, server in plan.DATABASES.items() if server == name]
    ways = {plan.role_of(database, use): database for database in databases for use in plan.USES[database]}

    def enters(pki: Path, leaf: str, role: str) -> bool:
        files = {"sslcert": pki / f"{leaf}.crt", "sslkey": pki / f"{leaf}.key"} if leaf else {"sslcert": "/nowhere"}
        host, port = product.places[name]
        try:
            psycopg.connect(
                host=f"{name}.{INTERNAL}", hostaddr=host, port=port, dbname=ways[role], user=role,
                password=passwords[role], sslmode="verify-full", sslrootcert=str(pki / "ca.crt"), connect_timeout=5,
                **{key: str(path) for key, path in files.items()},
            ).close()  # fmt: skip
        except psycopg.OperationalError:
            return False
        return True

    def served(pki: Path, leaf: str) -> bool:
        if leaf:
            (pki / f"{leaf}.key").chmod(0o600)
        return enters(pki, leaf, leaf if leaf in ways else next(iter(ways)))

    return Listener(name, frozenset(ways), served)


def _kms(product: Production, name: str) -> Listener:
    """Served is who gets a token. What its policy lets each of the two roles do is tried in test_kms_openbao.py."""
    roles = {"kms-client": "key-store", "operator": "operator"}

    def served(pki: Path, leaf: str) -> bool:
        return _signs_in(product.places[name], _context(pki, leaf), roles.get(leaf, "key-store"))

    return Listener(name, frozenset(roles), served)


def _signs_in(address: tuple[str, int], context: ssl.SSLContext, role: str) -> bool:
    connection = tls.Connection(address, SERVER_NAME, context)
    try:
        connection.request("POST", "/v1/auth/cert/login", json.dumps({"name": role}))
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _cluster(product: Production, name: str) -> Listener:
    """Where other servers of OpenBao's own cluster would come, with certificates that it makes itself."""
    host, port = product.places["kms"]

    def served(pki: Path, leaf: str) -> bool:
        return tls.accepts((host, port + 1), SERVER_NAME, _context(pki, leaf))

    return Listener(name, frozenset(), served)


def mail_refuses(product: Production) -> dict[str, bool]:
    """A mail server knows its senders by a password, not by a certificate: whether it refuses them without."""
    host, port = product.places["mail"]
    context = ssl.create_default_context(cafile=product.ca)

    def refused(tls_first: bool, password: str) -> bool:
        with smtplib.SMTP(host, port, timeout=5) as talk:
            if tls_first:
                talk._host = f"mail.{INTERNAL}"  # type: ignore[attr-defined]  # the name that is verified
                talk.starttls(context=context)
            try:
                if password:
                    talk.login(mail.USER, password)
                talk.sendmail("a@example.org", ["b@example.org"], "x")
            except smtplib.SMTPException:
                return True
        return False

    return {
        "in clear": refused(False, ""),
        "without a password": refused(True, ""),
        "with a wrong password": refused(True, "wrong"),
    }
