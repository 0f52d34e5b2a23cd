"""The local certificate authority."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nutshell.common.errors import ConfigurationError
from nutshell.ops import certificates

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = {"web", "keys", "lb", "node", "worker", "operator", "public"}


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    assert certificates.ensure(tmp_path / "pki", "localhost", NOW) == ALL
    return tmp_path / "pki"


def certificate(pki: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((pki / f"{name}.crt").read_bytes())


def test_a_second_start_makes_nothing_new(pki: Path) -> None:
    assert certificates.ensure(pki, "localhost", NOW + DAY) == set()


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_leaf_is_p256_and_lives_at_most_90_days(pki: Path, name: str) -> None:
    leaf = certificate(pki, name)
    assert leaf.public_key().curve.name == "secp256r1"
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= 90 * DAY
    common_name = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert common_name == name


@pytest.mark.parametrize("name", sorted(ALL))
def test_client_and_server_certificates_are_not_interchangeable(pki: Path, name: str) -> None:
    usage = certificate(pki, name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    server = name in ("web", "keys", "public")
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH]


def test_leaves_are_renewed_when_fewer_than_30_days_are_left(pki: Path) -> None:
    assert certificates.ensure(pki, "localhost", NOW + 59 * DAY) == set()
    before = (pki / "web.crt").read_bytes()
    assert certificates.ensure(pki, "localhost", NOW + 61 * DAY) == ALL
    assert (pki / "web.crt").read_bytes() != before
    assert certificates.ensure(pki, "localhost", NOW + 61 * DAY) == set()


def test_a_damaged_leaf_or_one_of_another_ca_is_made_anew(pki: Path, tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "other", "localhost", NOW)
    (pki / "lb.crt").write_bytes((tmp_path / "other" / "lb.crt").read_bytes())
    (pki / "node.key").write_text("damaged")
    assert certificates.ensure(pki, "localhost", NOW) == {"lb", "node"}


def test_what_was_asked_for_is_made_anew_once(pki: Path) -> None:
    before = {name: (pki / f"{name}.key").read_bytes() for name in ALL}
    certificates.request(pki, ["node"])
    certificates.request(pki, ["lb"])
    assert certificates.ensure(pki, "localhost", NOW) == {"lb", "node"}
    assert {name for name in ALL if (pki / f"{name}.key").read_bytes() != before[name]} == {"lb", "node"}
    assert certificates.ensure(pki, "localhost", NOW) == set()


def test_another_host_name_gets_a_leaf_of_its_own(pki: Path) -> None:
    assert certificates.ensure(pki, "nutshell.localhost", NOW) == {"public"}


def test_a_public_host_gets_no_leaf_from_the_local_ca(tmp_path: Path) -> None:
    assert certificates.ensure(tmp_path, "diary.example", NOW) == ALL - {"public"}


def test_keys_are_pkcs8_and_for_this_user_only(pki: Path) -> None:
    assert stat.S_IMODE(pki.stat().st_mode) == 0o700
    for path in pki.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().startswith("-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize("name", sorted(ALL))
def test_an_authority_of_its_own_certifies_the_load_balancer_and_nothing_else(pki: Path, name: str) -> None:
    certificate(pki, name).verify_directly_issued_by(certificate(pki, "front" if name == "lb" else "ca"))


@pytest.mark.parametrize("authority", ["ca", "front"])
def test_an_authority_without_its_key_stops_the_start(pki: Path, authority: str) -> None:
    (pki / f"{authority}.key").unlink()
    with pytest.raises(ConfigurationError, match="configuration"):
        certificates.ensure(pki, "localhost", NOW)


def test_whoever_trusts_the_ca_trusts_it_for_this_machine_only(pki: Path) -> None:
    verifier = _verifier(pki, "diary.example")
    leaf = _issued_by_a_thief(pki, "diary.example")
    with pytest.raises(verification.VerificationError):
        verifier.verify(leaf, [])
    _verifier(pki, "localhost").verify(_issued_by_a_thief(pki, "localhost"), [])


def _verifier(pki: Path, name: str) -> verification.ServerVerifier:
    store = verification.Store([certificate(pki, "ca")])
    return verification.PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName(name))


def _issued_by_a_thief(pki: Path, name: str) -> x509.Certificate:
    """What someone who stole the CA's key could issue."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    authority_key = serialization.load_pem_private_key((pki / "ca.key").read_bytes(), None)
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    tier = certificates.Tier("thief", (name,))
    key = ec.generate_private_key(ec.SECP256R1())
    return certificates.leaf(tier, key.public_key(), certificate(pki, "ca"), NOW).sign(authority_key, hashes.SHA256())
