"""Certificates that must be refused: of another CA, expired, for another name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nutshell.ops import certificates
from nutshell.ops.certificates import Tier

YEAR = timedelta(days=365)


def issue(pki: Path, folder: Path, tier: Tier, now: datetime | None = None, file: str = "") -> Path:
    """A copy of the pki in `folder`, where the leaf of this tier was issued by the same CA at another time."""
    if folder != pki:
        copytree(pki, folder, dirs_exist_ok=True)
    authority = x509.load_pem_x509_certificate((pki / f"{tier.authority}.crt").read_bytes())
    authority_key = serialization.load_pem_private_key((pki / f"{tier.authority}.key").read_bytes(), None)
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = certificates.leaf(tier, key.public_key(), authority, now or datetime.now(UTC))
    name = file or tier.name
    (folder / f"{name}.crt").write_bytes(
        leaf.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


def expired(pki: Path, folder: Path, tier: Tier) -> Path:
    return issue(pki, folder, tier, datetime.now(UTC) - YEAR)


def foreign(pki: Path, folder: Path) -> Path:
    """Leaves of another CA, but trusting the right one: what an impostor who knows our CA would bring."""
    certificates.ensure(folder, "localhost")
    (folder / "ca.crt").write_bytes((pki / "ca.crt").read_bytes())
    return folder
