"""The local certificate authority: made at the first start, it certifies every tier of one installation.

ECDSA P-256 throughout. Leaves live 90 days and are renewed when fewer than 30 are left. The CA's name
constraints allow loopback names and `nutshell.internal` only, so that people who trust it (`nutshell trust`)
trust it for nothing else.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nutshell.common.errors import ConfigurationError

from .config import is_loopback
from .files import private_folder, write_private

CA_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)
CLOCK_SKEW = timedelta(minutes=5)
INTERNAL = "nutshell.internal"
_REQUEST = "renew"
EVERYBODY, FRONT = "ca", "front"
"""The authorities. `front` certifies the load balancer as a client and nothing else: a web process cannot look at the
name on a certificate, so it trusts that authority alone."""


@dataclass(frozen=True)
class Tier:
    """One leaf: its role (the subject's common name), the names it serves (none for a client), who certifies it."""

    name: str
    serves: tuple[str, ...] = ()
    authority: str = EVERYBODY

    @property
    def usage(self) -> x509.ObjectIdentifier:
        """Client and server certificates are never interchangeable."""
        return ExtendedKeyUsageOID.SERVER_AUTH if self.serves else ExtendedKeyUsageOID.CLIENT_AUTH


INTERNAL_TIERS = (
    Tier("web", (f"web.{INTERNAL}",)),
    Tier("keys", (f"keys.{INTERNAL}",)),
    Tier("lb", authority=FRONT),
    Tier("node"),
    Tier("worker"),
    Tier("operator"),
)


def tiers(host: str, nodes: int = 0, blog: str = "") -> tuple[Tier, ...]:
    """All leaves of an installation with so many web processes: each has its own name at the key store.

    Certificates of public hosts come by ACME instead. `blog` is another host of the same front, "" for none.
    """
    inside = (*INTERNAL_TIERS, *(Tier(f"node-{number}") for number in range(1, nodes + 1)))
    if not is_loopback(host):
        return inside
    names = dict.fromkeys((host, "localhost", "127.0.0.1", "::1", *filter(None, [blog])))
    return (*inside, Tier("public", tuple(names)))


def ensure(
    folder: Path,
    host: str,
    now: datetime | None = None,
    nodes: int = 0,
    also: tuple[Tier, ...] = (),
    blog: str = "",
) -> set[str]:
    """Make the authorities and every leaf that is missing, ends soon or does not fit; the names of the leaves made.

    `also` names leaves of parts that not every installation has.

    Raises ConfigurationError if an authority's key is missing or does not belong to its certificate.
    """
    now = now or datetime.now(UTC)
    private_folder(folder)
    authorities = {name: _authority(folder, name, now) for name in (EVERYBODY, FRONT)}
    wanted = (*tiers(host, nodes, blog), *also)
    asked = requested(folder)
    made = {
        tier.name
        for tier in wanted
        if tier.name in asked or not _good(folder, tier, authorities[tier.authority][0], now)
    }
    for tier in wanted:
        if tier.name in made:
            _write_leaf(folder, tier, *authorities[tier.authority], now)
    (folder / _REQUEST).unlink(missing_ok=True)
    return made


def request(folder: Path, names: Iterable[str]) -> None:
    """Have these leaves made anew, with new keys, by whoever next calls `ensure`."""
    write_private(folder / _REQUEST, "\n".join(sorted({*names, *requested(folder)})).encode())


def requested(folder: Path) -> set[str]:
    """What waits to be made anew."""
    path = folder / _REQUEST
    return set(path.read_text().split()) if path.exists() else set()


class Held(NamedTuple):
    """A leaf in a folder: until when it is good, and what it serves."""

    name: str
    until: datetime
    serves: frozenset[str]


def held(folder: Path) -> list[Held]:
    """All leaves of a folder by name. Raises ConfigurationError for one that cannot be read."""
    found = []
    for path in sorted(folder.glob("*.crt")):
        if path.stem not in (EVERYBODY, FRONT):
            try:
                leaf_ = x509.load_pem_x509_certificate(path.read_bytes())
            except ValueError:
                raise ConfigurationError(f"{path} is no certificate.") from None
            found.append(Held(path.stem, leaf_.not_valid_after_utc, frozenset(_served(leaf_))))
    return found


def _authority(folder: Path, name: str, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path = folder / f"{name}.key"
    if not (folder / f"{name}.crt").exists():
        _write_authority(folder, name, now)
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError):
        raise ConfigurationError(f"The local CA's key {path} cannot be read.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ConfigurationError(f"The local CA's key {path} does not belong to its certificate.")
    return certificate, key


def _write_authority(folder: Path, file: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = _name(f"Nutshell {'local' if file == EVERYBODY else file} CA {serial % 0xFFFFFF:06x}")
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), serial, now - CLOCK_SKEW, now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    write_private(folder / f"{file}.key", _pkcs8(key))
    write_private(folder / f"{file}.crt", _pem(builder.sign(key, hashes.SHA256())))


def _constraints() -> x509.NameConstraints:
    networks = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(INTERNAL)]
    return x509.NameConstraints([*names, *(x509.IPAddress(network) for network in networks)], None)


def _good(folder: Path, tier: Tier, authority: x509.Certificate, now: datetime) -> bool:
    """Whether the leaf on the disk is this CA's, is for these names and lives long enough."""
    try:
        leaf = x509.load_pem_x509_certificate((folder / f"{tier.name}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{tier.name}.key").read_bytes(), None)
        leaf.verify_directly_issued_by(authority)
    except Exception:
        # Missing, damaged or from another CA: whatever it is, a new leaf is the answer.
        return False
    lives = leaf.not_valid_before_utc <= now and leaf.not_valid_after_utc - now >= RENEW_BEFORE
    return lives and key.public_key() == leaf.public_key() and _served(leaf) == set(tier.serves)


def _served(leaf: x509.Certificate) -> set[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}


def _write_leaf(
    folder: Path, tier: Tier, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = leaf(tier, key.public_key(), authority, now).sign(authority_key, hashes.SHA256())
    write_private(folder / f"{tier.name}.key", _pkcs8(key))
    write_private(folder / f"{tier.name}.crt", _pem(certificate))


def leaf(
    tier: Tier, public: ec.EllipticCurvePublicKey, authority: x509.Certificate, now: datetime
) -> x509.CertificateBuilder:
    """The unsigned leaf of a tier."""
    begin, end = now - CLOCK_SKEW, min(now + LEAF_LIFE - CLOCK_SKEW, authority.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder(authority.subject, _name(tier.name), public, x509.random_serial_number(), begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([tier.usage]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_authority_identifier(authority), critical=False)
    )
    if tier.serves:
        names = x509.SubjectAlternativeName([_general(name) for name in tier.serves])
        builder = builder.add_extension(names, critical=False)
    return builder


def _authority_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nutshell"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
