"""Makes the vector files anew: `python -m tests.vectors.make`. Inputs are fixed; nonces are random, as always.

The files in the repository stay as they are once released: they show that what was sealed then opens now.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from nutshell.envelope import (
    erased,
    inbox,
    keyrings,
    offers,
    people,
    sealing,
    shelves,
    signing,
    siv,
    slots,
    statements,
)
from nutshell.envelope.people import Bundle
from nutshell.vault import factors

from . import ours

FOLDER = Path(__file__).parent
Inputs = dict[str, Any]


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that anybody can make again: SHAKE-256 of a label."""
    return hashlib.shake_256(f"nutshell vectors {label}".encode()).digest(length)


def uuid(label: str) -> UUID:
    return UUID(bytes=fixed(label, 16), version=4)


ALICE, BOB, GRANT, ITEM = (uuid(name) for name in ("alice", "bob", "grant", "item"))


def bundle_of(name: str) -> Bundle:
    keys = [fixed(f"{name} {part}", size) for part, size in (("sealing", 96), ("signing", 32), ("ledger", 96))]
    return Bundle(people.FORMAT, 1, *keys, fixed(f"{name} wrapping"), fixed(f"{name} index"))


OWNER, FRIEND = bundle_of("alice"), bundle_of("bob")
DIARY = OWNER.collection("diary")
LOCATOR = DIARY.locator("2026-11")
TAG, RECORD = LOCATOR.tag(), LOCATOR.record_id("2026-11-23")
PLACE = shelves.Place(ALICE, TAG, 1)
SHELF_KEY = fixed("shelf key")
CONTENT = b"two eggs, raw: 100 g"


def opens(name: str, kind: str, inputs: Inputs, to: bytes) -> Inputs:
    return vector(name, kind, inputs, f"opens to {to.hex()}")


def refused(name: str, kind: str, inputs: Inputs, why: str = "NotOpened", **changed: Any) -> Inputs:
    return vector(name, kind, {**inputs, **changed}, f"refused: {why}")


def vector(name: str, kind: str, inputs: Inputs, outcome: str) -> Inputs:
    written = {key: {"hex": value.hex()} if isinstance(value, bytes) else value for key, value in inputs.items()}
    return {"name": name, "kind": kind, "inputs": written, "outcome": outcome}


def flipped(value: bytes, position: int = -1) -> bytes:
    changed = bytearray(value)
    changed[position] ^= 1
    return bytes(changed)


def records() -> list[Inputs]:
    def sealed_of(content: bytes) -> bytes:
        return shelves.seal_record(SHELF_KEY, PLACE, RECORD, 3, 1, content)

    sealed = sealed_of(CONTENT)
    base = {
        "shelf_key": SHELF_KEY, "subject": ALICE.bytes, "tag": TAG, "generation": 1, "record_id": RECORD,
        "version": 3, "schema": 1, "sealed": sealed,
    }  # fmt: skip
    long = b"0123456789abcdef" * 300
    return [
        opens("a record", "record", base, CONTENT),
        opens("a record of 4,800 bytes", "record", {**base, "sealed": sealed_of(long)}, long),
        opens("an empty record", "record", {**base, "sealed": sealed_of(b"")}, b""),
        refused("another subject", "record", base, subject=BOB.bytes),
        refused("another shelf", "record", base, tag=flipped(TAG)),
        refused("another generation", "record", base, generation=2),
        refused("another record", "record", base, record_id=flipped(RECORD)),
        refused("another version", "record", base, version=4),
        refused("another schema", "record", base, schema=2),
        refused("another key", "record", base, shelf_key=flipped(SHELF_KEY)),
        refused("a flipped bit in the ciphertext", "record", base, sealed=flipped(sealed, 40)),
        refused("a flipped bit in the tag", "record", base, sealed=flipped(sealed)),
        refused("cut short", "record", base, sealed=sealed[:20]),
        refused("version 2", "record", base, "UnknownFormat", sealed=b"\x02" + sealed[1:]),
        refused("an unknown algorithm", "record", base, "UnknownFormat", sealed=b"\x01\x09" + sealed[2:]),
    ]  # fmt: skip


def shelf_parts() -> list[Inputs]:
    wrapped = shelves.wrap_key(DIARY.wrapping, PLACE, SHELF_KEY)
    key = {"collection_key": DIARY.wrapping, "subject": ALICE.bytes, "tag": TAG, "generation": 1, "wrapped": wrapped}
    listed = shelves.Manifest(1, 5, {RECORD: shelves.Listed(3, fixed("hash", 16))})
    strange = shelves.seal_manifest(SHELF_KEY, PLACE, shelves.Manifest(2, 5, {}))
    manifest = {"shelf_key": SHELF_KEY, "subject": ALICE.bytes, "tag": TAG, "generation": 1, "version": 5}
    seen = shelves.Root(1, 7, [shelves.RootLine(TAG, 1, 5, fixed("manifest hash", 16), False)])
    root = {"wrapping_key": OWNER.wrapping, "subject": ALICE.bytes, "version": 7}
    root["sealed"] = shelves.seal_root(OWNER.wrapping, ALICE, seen)
    manifest["sealed"] = shelves.seal_manifest(SHELF_KEY, PLACE, listed)
    return [
        opens("a shelf key", "shelf_key", key, SHELF_KEY),
        refused("a shelf key of another generation", "shelf_key", key, generation=2),
        refused("a shelf key of another subject", "shelf_key", key, subject=BOB.bytes),
        opens("a manifest", "manifest", manifest, msgspec.msgpack.encode(listed)),
        refused("a manifest said to be newer", "manifest", manifest, version=6),
        refused("a manifest of format 2", "manifest", manifest, "UnknownFormat", sealed=strange),
        opens("a root", "root", root, msgspec.msgpack.encode(seen)),
        refused("a root said to be newer", "root", root, version=8),
        refused("another owner's root", "root", root, subject=BOB.bytes),
    ]  # fmt: skip


def keyslots() -> list[Inputs]:
    made = []
    for kind, factor in (("server", b""), ("token", fixed("token secret")), ("session", fixed("cookie"))):
        slot_id, opener = fixed(f"{kind} slot", 16), fixed(f"{kind} opener")
        payload = people.pack(OWNER)
        key = slots.slot_key(kind, slot_id, opener, factor)
        base = {"subject": ALICE.bytes, "kind": kind, "slot_id": slot_id, "opener": opener, "factor": factor}
        base["packed"] = slots.seal(key, ALICE.bytes, kind, slot_id, payload)
        strange = msgspec.msgpack.encode([2, *msgspec.msgpack.decode(base["packed"])[1:]])
        made += [
            opens(f"a {kind} slot", "slot", base, payload),
            refused(f"a {kind} slot with another opener", "slot", base, opener=flipped(opener)),
            refused(f"a {kind} slot with another factor", "slot", base, factor=flipped(factor or b"\0" * 32)),
            refused(f"a {kind} slot of another subject", "slot", base, subject=BOB.bytes),
            refused(f"a {kind} slot of format 2", "slot", base, "UnknownFormat", packed=strange),
        ]
    return made


def sealed_accounts() -> list[Inputs]:
    made = []
    secrets = {"password": "tinsel órbit maple quarrel".encode(), "recovery": b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"}
    for kind, secret in (*secrets.items(), ("passkey", fixed("prf"))):
        slot_id, opener = fixed(f"{kind} slot", 16), fixed(f"{kind} opener")
        key = slots.slot_key(kind, slot_id, opener, factors.factor_of(factors.Way(kind, secret), slot_id))
        packed = slots.seal(key, ALICE.bytes, kind, slot_id, people.pack(OWNER))
        base = {"subject": ALICE.bytes, "kind": kind, "slot_id": slot_id, "opener": opener, "secret": secret}
        base["packed"] = packed
        made += [
            opens(f"an account by its {kind}", "own_slot", base, people.pack(OWNER)),
            refused(f"an account by another {kind}", "own_slot", base, secret=flipped(secret)),
            refused(f"an account by its {kind} without the key store", "own_slot", base, opener=flipped(opener)),
        ]
    return made


def addressing() -> list[Inputs]:
    packed = people.pack(OWNER)
    diary = {"bundle": packed, "collection": "diary"}
    day = {"bundle": packed, "collection": "diary", "month": "2026-11", "name": "2026-11-23"}
    return [
        opens("tag and record id of a day", "addresses", day, TAG + RECORD),
        opens("tag and record id on an undated shelf", "addresses", *undated(packed)),
        opens("a collection's wrapping key", "collection_key", diary, DIARY.wrapping),
        opens("a tombstone", "tombstone", {"subject": ALICE.bytes}, erased.tombstone(ALICE)),
    ]


def undated(packed: bytes) -> tuple[Inputs, bytes]:
    inputs = {"bundle": packed, "collection": "foods", "month": "", "name": str(ITEM)}
    return inputs, ours.addresses(inputs)


def sharing() -> list[Inputs]:
    key, secret, public = fixed("grant key"), fixed("grant secret"), sealing.public_of(FRIEND.sealing)
    line = keyrings.RingLine("diary", "2026-11", 1, TAG, LOCATOR.key, SHELF_KEY)
    ring = keyrings.Keyring(1, 2, [line])
    sealed_ring = keyrings.seal_keyring(keyrings.ring_key(key, secret), ALICE, GRANT, ring)
    print_ = sealing.fingerprint(public)
    granted = keyrings.Grant(
        1, ALICE, GRANT, 2, BOB, print_, ["diary"], "2026-11-01", "", "read", "a friend", "2026-1", 0,
        keyrings.keyring_hash(sealed_ring),
    )  # fmt: skip
    statement = {"public": signing.public_of(OWNER.signing), "packed": keyrings.sign_grant(OWNER.signing, granted)}
    sealed = {
        "private": FRIEND.sealing, "owner": ALICE.bytes, "grant_id": GRANT.bytes, "grantee": BOB.bytes,
        "fingerprint": print_, "sealed": keyrings.seal_grant_key(public, ALICE, GRANT, BOB, key),
    }  # fmt: skip
    keyring = {
        "grant_key": key, "grant_secret": secret, "owner": ALICE.bytes, "grant_id": GRANT.bytes, "version": 2,
        "sealed": sealed_ring,
    }  # fmt: skip
    newer = b"\x02" + sealed["sealed"][1:]
    return [
        opens("a grant key", "grant_key", sealed, key),
        refused("a grant key for another grant", "grant_key", sealed, grant_id=ITEM.bytes),
        refused("a grant key with another fingerprint", "grant_key", sealed, fingerprint=flipped(print_)),
        refused("a grant key by another person", "grant_key", sealed, private=OWNER.sealing),
        refused("a grant key of version 2", "grant_key", sealed, "UnknownFormat", sealed=newer),
        opens("a keyring", "keyring", keyring, msgspec.msgpack.encode(ring)),
        refused("a keyring without the right grant secret", "keyring", keyring, grant_secret=flipped(secret)),
        refused("an older keyring", "keyring", keyring, version=1),
        opens("a grant", "grant", statement, msgspec.msgpack.encode(granted)),
        refused("a grant that another signed", "grant", statement, public=signing.public_of(FRIEND.signing)),
    ]  # fmt: skip


def signed() -> list[Inputs]:
    public = signing.public_of(OWNER.signing)
    made = []
    for kind in statements.KINDS:
        packed = statements.sign(OWNER.signing, kind, ALICE, ALICE.bytes, 1_795_000_000, b"details")
        base = {"public": public, "kind": kind, "packed": packed}
        made += [
            opens(f"a statement: {kind}", "statement", base, msgspec.msgpack.decode(packed)[0]),
            refused(f"an altered statement: {kind}", "statement", base, packed=flipped(packed)),
        ]
    made.append(refused("one kind taken for another", "statement", {**base, "kind": "erase"}, "UnknownFormat"))
    times = 1_795_000_000, 1_795_604_800
    receipt = erased.pack_receipt(erased.Receipt(1, erased.tombstone(ALICE), *times, {"record": 90}))
    packed = erased.pack_signed(receipt, 1, signing.sign(OWNER.signing, "receipt", receipt))
    made.append(opens("a receipt", "receipt", {"public": public, "packed": packed}, receipt))
    made.append(refused("an altered receipt", "receipt", {"public": public, "packed": flipped(packed)}))
    return made


def inboxes() -> list[Inputs]:
    item = inbox.seal(sealing.public_of(OWNER.sealing), FRIEND.signing, ALICE, BOB, ITEM, CONTENT)
    base = {
        "private": OWNER.sealing, "writer_public": signing.public_of(FRIEND.signing), "subject": ALICE.bytes,
        "writer": BOB.bytes, "item_id": ITEM.bytes, "sealed_key": item.sealed_key, "sealed": item.sealed,
        "signature": item.signature,
    }  # fmt: skip
    return [
        opens("an inbox item", "inbox", base, CONTENT),
        refused("an item that another signed", "inbox", base, writer_public=signing.public_of(OWNER.signing)),
        refused("an item under another id", "inbox", base, item_id=GRANT.bytes),
        refused("an altered item", "inbox", base, sealed=flipped(item.sealed)),
    ]


def clinics() -> list[Inputs]:
    """The owner certifies the key of a clinic (here the friend's), the clinic that of its member."""
    member = signing.public_of(fixed("member"))
    clinic_key = signing.public_of(FRIEND.signing)
    owner_word = statements.sign(OWNER.signing, "certify-writer", ALICE, clinic_key, 1_795_000_000, GRANT.bytes)
    clinic_word = statements.sign(FRIEND.signing, "certify-writer", BOB, member, 1_795_000_000, ITEM.bytes)
    base = {"public": signing.public_of(OWNER.signing), "packed": statements.chain(owner_word, clinic_word)}
    secret = fixed("invitation")
    held = {"secret": secret, "invitation": ITEM.bytes, "held": ALICE.bytes}
    held["sealed"] = offers.seal_held(secret, ITEM, ALICE, SHELF_KEY)
    asked = {
        "secret": secret, "invitation": ITEM.bytes, "clinic": BOB.bytes, "public": CONTENT, "client": ALICE.bytes,
        "asked": b"asked",
    }  # fmt: skip
    return [
        opens("a chain of certificates", "chain", base, member),
        refused("a chain of another owner", "chain", base, public=clinic_key),
        refused("a chain whose second link another signed", "chain", base,
                packed=statements.chain(owner_word, owner_word)),
        opens("what opens a held profile", "held", held, SHELF_KEY),
        refused("the same with another secret", "held", held, secret=fixed("other")),
        refused("the same of another profile", "held", held, held=BOB.bytes),
        opens("a clinic's proof", "clinic_proof", asked,
              offers.clinic_proof(secret, ITEM, BOB, CONTENT, ALICE, b"asked")),
    ]  # fmt: skip


def deterministic() -> list[Inputs]:
    base = {"key": fixed("identity"), "bound_to": b"email", "sealed": b""}
    base["sealed"] = siv.seal(base["key"], b"alice@example.org", b"email")
    return [
        opens("an address", "siv", base, b"alice@example.org"),
        refused("an address in another field", "siv", base, bound_to=b"name"),
        refused("an address of version 2", "siv", base, "UnknownFormat", sealed=b"\x02" + base["sealed"][1:]),
    ]


FILES = {
    "records": records, "shelves": shelf_parts, "slots": keyslots, "sealed_accounts": sealed_accounts,
    "addresses": addressing, "sharing": sharing, "signed": signed, "inbox": inboxes, "deterministic": deterministic,
    "clinics": clinics,
}  # fmt: skip


def main() -> None:
    for name, make in FILES.items():
        text = json.dumps(make(), indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
