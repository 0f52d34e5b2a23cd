"""A second, small decryptor, written from docs/envelope-v1.md: it shares no code with Nutshell.

Each function takes a vector's inputs and returns the opened bytes, or raises `NotOpened` / `UnknownFormat`.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

unpack = msgspec.msgpack.decode
Inputs = dict[str, Any]


class NotOpened(Exception):  # noqa: N818
    pass


class UnknownFormat(Exception):  # noqa: N818
    pass


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def context(label: str, *fields: bytes) -> bytes:
    parts = (b"nutshell/v1/" + label.encode(), *fields)
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def derive(key: bytes, label: str, *fields: bytes, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, None, context(label, *fields)).derive(key)


def digest(label: str, *fields: bytes) -> bytes:
    return hashlib.sha256(context(label, *fields)).digest()


def gcm(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if len(sealed) < 30:
        raise NotOpened
    if sealed[:2] != b"\x01\x01":
        raise UnknownFormat
    try:
        return AESGCM(key).decrypt(sealed[2:14], sealed[14:], sealed[:2] + bound_to)
    except InvalidTag:
        raise NotOpened from None


def unpad(padded: bytes) -> bytes:
    if padded[0] != 1:
        raise UnknownFormat
    end = 5 + int.from_bytes(padded[1:5], "big")
    if end > len(padded) or any(padded[end:]):
        raise NotOpened
    return padded[5:end]


def hpke_open(private: bytes, sealed: bytes, info: bytes) -> bytes:
    if sealed[:2] != b"\x01\x03":
        raise UnknownFormat
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(private[:64])
    key = hpke.MLKEM768X25519PrivateKey(mlkem, X25519PrivateKey.from_private_bytes(private[64:]))
    try:
        return suite.decrypt(sealed[2:], key, sealed[:2] + info)
    except (InvalidTag, ValueError):
        raise NotOpened from None


def verify(public: bytes, kind: str, payload: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, context(f"statement/{kind}", payload))
    except InvalidSignature:
        raise NotOpened from None


def record(i: Inputs) -> bytes:
    place = i["subject"], i["tag"], u64(i["generation"]), i["record_id"], u64(i["version"]), u64(i["schema"])
    return unpad(gcm(derive(i["shelf_key"], "record", i["record_id"]), i["sealed"], context("record", *place)))


def shelf_key(i: Inputs) -> bytes:
    return gcm(i["collection_key"], i["wrapped"], context("shelf-key", i["subject"], i["tag"], u64(i["generation"])))


def manifest(i: Inputs) -> bytes:
    place = i["subject"], i["tag"], u64(i["generation"]), u64(i["version"])
    packed = unpad(gcm(derive(i["shelf_key"], "manifest"), i["sealed"], context("manifest", *place)))
    return of_format(packed)


def root(i: Inputs) -> bytes:
    key = derive(i["wrapping_key"], "root")
    return of_format(unpad(gcm(key, i["sealed"], context("root", i["subject"], u64(i["version"])))))


def of_format(packed: bytes) -> bytes:
    if unpack(packed)[0] != 1:
        raise UnknownFormat
    return packed


def slot(i: Inputs) -> bytes:
    format_, kind, slot_id, commitment, sealed = unpack(i["packed"])
    kinds = ("server", "password", "recovery", "passkey", "contact", "held", "token", "session")
    if format_ != 1 or kind not in kinds:
        raise UnknownFormat
    key = derive(i["opener"] + i["factor"], "slot", kind.encode(), slot_id)
    if (kind, slot_id) != (i["kind"], i["slot_id"]) or commitment != derive(key, "slot-commitment"):
        raise NotOpened
    return unpad(gcm(derive(key, "slot-seal"), sealed, context("slot", i["subject"], kind.encode(), slot_id)))


def own_slot(i: Inputs) -> bytes:
    """A slot by what its person brings: a password, a recovery code, or a passkey's PRF output."""
    ways = {
        "password": lambda secret, salt: Argon2id(
            salt=salt, length=32, iterations=2, lanes=1, memory_cost=19456
        ).derive(secret),
        "recovery": lambda secret, slot_id: digest("recovery-code", slot_id, secret),
        "passkey": lambda secret, slot_id: derive(secret, "passkey-prf", slot_id),
    }
    return slot({**i, "factor": ways[i["kind"]](i["secret"], i["slot_id"])})


def addresses(i: Inputs) -> bytes:
    """Tag and record id of a name in a month, from the bundle."""
    _, _, _, _, _, _, index = unpack(i["bundle"])
    collection_index = derive(index, "collection-index", i["collection"].encode())
    locator = derive(collection_index, "locator", i["month"].encode())
    tag = hmac.digest(locator, context("shelf-tag"), "sha256")[:16]
    return tag + hmac.digest(locator, context("record-id", i["name"].encode()), "sha256")[:16]


def collection_key(i: Inputs) -> bytes:
    return derive(unpack(i["bundle"])[5], "collection", i["collection"].encode())


def grant_key(i: Inputs) -> bytes:
    info = context("grant-key", i["owner"], i["grant_id"], i["grantee"], i["fingerprint"])
    return hpke_open(i["private"], i["sealed"], info)


def keyring(i: Inputs) -> bytes:
    key = derive(i["grant_key"] + i["grant_secret"], "ring-key")
    return of_format(unpad(gcm(key, i["sealed"], context("keyring", i["owner"], i["grant_id"], u64(i["version"])))))


def grant(i: Inputs) -> bytes:
    payload, signature = unpack(i["packed"])
    if unpack(payload)[0] != 1:
        raise UnknownFormat
    verify(i["public"], "grant", payload, signature)
    return bytes(payload)


def statement(i: Inputs) -> bytes:
    payload, signature = unpack(i["packed"])
    format_, kind, *_ = unpack(payload)
    if format_ != 1 or kind != i["kind"]:
        raise UnknownFormat
    verify(i["public"], kind, payload, signature)
    return bytes(payload)


def inbox(i: Inputs) -> bytes:
    place = i["subject"], i["writer"], i["item_id"]
    verify(i["writer_public"], "inbox", context("inbox-claim", *place, i["sealed_key"], i["sealed"]), i["signature"])
    key = hpke_open(i["private"], i["sealed_key"], context("inbox-key", *place))
    return unpad(gcm(key, i["sealed"], context("inbox", *place)))


def receipt(i: Inputs) -> bytes:
    payload, _, signature = unpack(i["packed"])
    if unpack(payload)[0] != 1:
        raise UnknownFormat
    verify(i["public"], "receipt", payload, signature)
    return bytes(payload)


def siv(i: Inputs) -> bytes:
    if i["sealed"][:2] != b"\x01\x02":
        raise UnknownFormat
    try:
        return AESSIV(derive(i["key"], "siv", length=64)).decrypt(i["sealed"][2:], [i["sealed"][:2] + i["bound_to"]])
    except InvalidTag:
        raise NotOpened from None


def tombstone(i: Inputs) -> bytes:
    return digest("tombstone-subject", i["subject"])


def chain(i: Inputs) -> bytes:
    """Two `certify-writer` statements; the target of each, its fourth field, is a signing key."""
    format_, owner_word, clinic_word = unpack(i["packed"])
    if format_ != 1:
        raise UnknownFormat
    clinic = unpack(statement({"packed": owner_word, "kind": "certify-writer", "public": i["public"]}))[3]
    return bytes(unpack(statement({"packed": clinic_word, "kind": "certify-writer", "public": clinic}))[3])


def held(i: Inputs) -> bytes:
    return gcm(derive(i["secret"], "held-factor"), i["sealed"], context("held-factor", i["invitation"], i["held"]))


def clinic_proof(i: Inputs) -> bytes:
    hashes = digest("public", i["public"]), digest("asked", i["asked"])
    bound_to = i["invitation"], i["clinic"], hashes[0], i["client"], hashes[1]
    return hmac.digest(i["secret"], context("clinic-invitation", *bound_to), "sha256")


KINDS: dict[str, Callable[[Inputs], bytes]] = {
    one.__name__: one
    for one in (
        record, shelf_key, manifest, root, slot, own_slot, addresses, collection_key, grant_key, keyring, grant,
        statement, inbox, receipt, siv, tombstone, chain, held, clinic_proof,
    )
}  # fmt: skip
