"""req-19: primitives against Wycheproof, HPKE against a second implementation, the hybrid against X-Wing vectors."""

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyhpke import AEADId, CipherSuite, KDFId, KEMId

from nutshell.envelope import kdf, sealing

cryptography_vectors = pytest.importorskip("cryptography_vectors", reason="PyPI cryptography_vectors is not installed")
FOLDER = os.environ.get("NUTSHELL_TEST_VECTORS", "")
Test = dict[str, Any]


def aes_gcm(group: Test, test: Test) -> bool:
    cipher, nonce = AESGCM(raw(test, "key")), raw(test, "iv")
    try:
        return cipher.decrypt(nonce, raw(test, "ct") + raw(test, "tag"), raw(test, "aad")) == raw(test, "msg")
    except (InvalidTag, ValueError):
        return False


def ed25519(group: Test, test: Test) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(raw(group["publicKey"], "pk")).verify(raw(test, "sig"), raw(test, "msg"))
    except (InvalidSignature, ValueError):
        return False
    return True


def hkdf_sha256(group: Test, test: Test) -> bool:
    try:
        made = HKDF(hashes.SHA256(), test["size"], raw(test, "salt"), raw(test, "info")).derive(raw(test, "ikm"))
    except ValueError:
        return False
    return made == raw(test, "okm")


def x25519(group: Test, test: Test) -> bool:
    try:
        public = X25519PublicKey.from_public_bytes(raw(test, "public"))
        return X25519PrivateKey.from_private_bytes(raw(test, "private")).exchange(public) == raw(test, "shared")
    except ValueError:
        return False


def mlkem_768(group: Test, test: Test) -> bool:
    try:
        private = MLKEM768PrivateKey.from_seed_bytes(raw(test, "seed"))
        if "ek" in test and private.public_key().public_bytes_raw() != raw(test, "ek"):
            return False
        return private.decapsulate(raw(test, "c")) == raw(test, "K")
    except ValueError:
        return False


def raw(holder: Test, name: str) -> bytes:
    return bytes.fromhex(holder[name])


@pytest.mark.skipif(not FOLDER, reason="NUTSHELL_TEST_VECTORS names no folder: Wycheproof not run")
@pytest.mark.parametrize("primitive", [aes_gcm, ed25519, hkdf_sha256, x25519, mlkem_768], ids=lambda one: one.__name__)
def test_wycheproof_vectors_have_their_declared_results(primitive: Any) -> None:
    """AES-GCM with 96-bit nonces, the only ones in the format. Results called "acceptable" may go either way."""
    groups = json.loads((Path(FOLDER) / f"{primitive.__name__}_test.json").read_text())["testGroups"]
    groups = [group for group in groups if group.get("ivSize", 96) == 96]
    tests = [(group, test) for group in groups for test in group["tests"]]
    wrong = [
        test["tcId"]
        for group, test in tests
        if test["result"] != "acceptable" and primitive(group, test) != (test["result"] == "valid")
    ]
    assert tests
    assert wrong == []


# ---------- HPKE ----------


def test_hpke_with_x25519_opens_what_pyhpke_seals_and_the_other_way_round() -> None:
    theirs = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
    ours = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    private, info, key = X25519PrivateKey.generate(), b"info", kdf.new_key()
    their_public = theirs.kem.deserialize_public_key(private.public_key().public_bytes_raw())
    enc, sender = theirs.create_sender_context(their_public, info)
    assert ours.decrypt(enc + sender.seal(key), private, info) == key
    sealed = ours.encrypt(key, private.public_key(), info)
    their_private = theirs.kem.deserialize_private_key(private.private_bytes_raw())
    assert theirs.create_recipient_context(sealed[:32], their_private, info).open(sealed[32:]) == key


HYBRID = 0x647A


def xwing_secret(private: bytes, enc: bytes) -> bytes:
    """X-Wing's decapsulation (draft-connolly-cfrg-xwing-kem), from its parts: ML-KEM-768, X25519 and SHA3-256."""
    mlkem, x25519_key = (
        MLKEM768PrivateKey.from_seed_bytes(private[:64]),
        X25519PrivateKey.from_private_bytes(private[64:]),
    )
    theirs = enc[1088:]
    parts = mlkem.decapsulate(enc[:1088]), x25519_key.exchange(X25519PublicKey.from_public_bytes(theirs))
    own = x25519_key.public_key().public_bytes_raw()
    return hashlib.sha3_256(parts[0] + parts[1] + theirs + own + b"\\.//^\\").digest()


def key_schedule(secret: bytes, suite_id: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key (32 bytes) and base nonce (12) of base mode with HKDF-SHA256 (RFC 9180, section 5.1)."""

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or b"\0" * 32, b"HPKE-v1" + suite_id + label + ikm, "sha256")

    def expand(key: bytes, label: bytes, about: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + about
        return hmac.digest(key, labeled + b"\x01", "sha256")[:length]

    about = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    key = extract(secret, b"secret", b"")
    return expand(key, b"key", about, 32), expand(key, b"base_nonce", about, 12)


def xwing_vectors() -> list[Test]:
    path = Path(cryptography_vectors.__file__).parent / "HPKE" / "hpke-pq-test-vectors.json"
    found = json.loads(path.read_text())
    return [one for one in found if one["kem_id"] == HYBRID and one["kdf_id"] == 1]


def test_the_hybrid_is_x_wing() -> None:
    """Our key format gives the vectors' public keys, shared secrets, keys and nonces."""
    vectors = xwing_vectors()
    assert vectors
    for vector in vectors:
        private = hashlib.shake_256(raw(vector, "skRm")).digest(96)
        assert sealing.public_of(private) == raw(vector, "pkRm")
        secret = xwing_secret(private, raw(vector, "enc"))
        assert secret == raw(vector, "shared_secret")
        made = key_schedule(secret, raw(vector, "suite_id"), raw(vector, "info"))
        assert made == (raw(vector, "key"), raw(vector, "base_nonce"))


def test_what_the_envelope_seals_opens_by_those_steps() -> None:
    private, key, info = sealing.new_private(), kdf.new_key(), b"what for"
    sealed = sealing.seal(sealing.public_of(private), key, info)[2:]
    suite_id = b"HPKE" + HYBRID.to_bytes(2, "big") + b"\x00\x01" + b"\x00\x02"
    opened_by = key_schedule(xwing_secret(private, sealed[:1120]), suite_id, sealing.HEADER + info)
    assert AESGCM(opened_by[0]).decrypt(opened_by[1], sealed[1120:], b"") == key
