"""The same kinds of vectors, opened by Nutshell's own envelope."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from nutshell.envelope import erased, inbox, keyrings, offers, people, sealing, shelves, siv, slots, statements
from nutshell.envelope.context import context
from nutshell.vault import factors

Inputs = dict[str, Any]
pack = msgspec.msgpack.encode


def place(i: Inputs) -> shelves.Place:
    return shelves.Place(UUID(bytes=i["subject"]), i["tag"], i["generation"])


def record(i: Inputs) -> bytes:
    return shelves.open_record(i["shelf_key"], place(i), i["record_id"], i["version"], i["schema"], i["sealed"])


def shelf_key(i: Inputs) -> bytes:
    return shelves.unwrap_key(i["collection_key"], place(i), i["wrapped"])


def manifest(i: Inputs) -> bytes:
    return pack(shelves.open_manifest(i["shelf_key"], place(i), i["version"], i["sealed"]))


def root(i: Inputs) -> bytes:
    return pack(shelves.open_root(i["wrapping_key"], UUID(bytes=i["subject"]), i["version"], i["sealed"]))


def slot(i: Inputs) -> bytes:
    key = slots.slot_key(i["kind"], i["slot_id"], i["opener"], i["factor"])
    return slots.open_(key, i["subject"], i["kind"], i["slot_id"], i["packed"])


def own_slot(i: Inputs) -> bytes:
    factor = factors.factor_of(factors.Way(i["kind"], i["secret"]), i["slot_id"])
    return slot({**i, "factor": factor})


def addresses(i: Inputs) -> bytes:
    locator = people.unpack(i["bundle"]).collection(i["collection"]).locator(i["month"])
    return locator.tag() + locator.record_id(i["name"])


def collection_key(i: Inputs) -> bytes:
    return people.unpack(i["bundle"]).collection(i["collection"]).wrapping


def grant_key(i: Inputs) -> bytes:
    info = context("grant-key", *(UUID(bytes=i[name]) for name in ("owner", "grant_id", "grantee")), i["fingerprint"])
    return sealing.open_(i["private"], i["sealed"], info)


def keyring(i: Inputs) -> bytes:
    key = keyrings.ring_key(i["grant_key"], i["grant_secret"])
    owner, grant_id = UUID(bytes=i["owner"]), UUID(bytes=i["grant_id"])
    return pack(keyrings.open_keyring(key, owner, grant_id, i["version"], i["sealed"]))


def grant(i: Inputs) -> bytes:
    return pack(keyrings.read_grant(i["public"], i["packed"]))


def statement(i: Inputs) -> bytes:
    return pack(statements.verify(i["public"], i["kind"], i["packed"]))


def inbox_item(i: Inputs) -> bytes:
    ids = [UUID(bytes=i[name]) for name in ("subject", "writer", "item_id")]
    return inbox.open_(i["private"], i["writer_public"], inbox.Item(*ids, i["sealed_key"], i["sealed"], i["signature"]))


def receipt(i: Inputs) -> bytes:
    return erased.pack_receipt(erased.read_receipt({1: i["public"]}, i["packed"]))


def siv_value(i: Inputs) -> bytes:
    return siv.open_(i["key"], i["sealed"], i["bound_to"])


def tombstone(i: Inputs) -> bytes:
    return erased.tombstone(UUID(bytes=i["subject"]))


def chain(i: Inputs) -> bytes:
    """The member's key, by the word of the clinic whose key the owner certified."""
    owner_word, clinic_word = statements.links(i["packed"])
    clinic = statements.verify(i["public"], "certify-writer", owner_word)
    return statements.verify(clinic.target, "certify-writer", clinic_word).target


def held(i: Inputs) -> bytes:
    return offers.open_held(i["secret"], UUID(bytes=i["invitation"]), UUID(bytes=i["held"]), i["sealed"])


def clinic_proof(i: Inputs) -> bytes:
    ids = [UUID(bytes=i[name]) for name in ("invitation", "clinic")]
    return offers.clinic_proof(i["secret"], *ids, i["public"], UUID(bytes=i["client"]), i["asked"])


KINDS: dict[str, Callable[[Inputs], bytes]] = {
    "record": record,
    "shelf_key": shelf_key,
    "manifest": manifest,
    "root": root,
    "slot": slot,
    "own_slot": own_slot,
    "addresses": addresses,
    "collection_key": collection_key,
    "grant_key": grant_key,
    "keyring": keyring,
    "grant": grant,
    "statement": statement,
    "inbox": inbox_item,
    "receipt": receipt,
    "siv": siv_value,
    "tombstone": tombstone,
    "chain": chain,
    "held": held,
    "clinic_proof": clinic_proof,
}
