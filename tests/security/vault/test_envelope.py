"""inv-I1 to I3, inv-I15 to I18, req-18: the envelope by itself, and keys that stay unseen."""

import io
import logging
import multiprocessing
import traceback
from itertools import pairwise
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nutshell.common import errors
from nutshell.envelope import (
    aead,
    erased,
    inbox,
    kdf,
    keyrings,
    padding,
    people,
    sealing,
    shelves,
    signing,
    slots,
    statements,
)
from nutshell.envelope.context import context
from nutshell.envelope.errors import NotOpened, UnknownFormat
from nutshell.gate import Actor
from nutshell.vault import actions, queries
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.models import Record
from security.people_and_vaults import MONDAY, Person

KEY, CONTENT = kdf.new_key(), b"two eggs"
PLACE = shelves.Place(uuid4(), b"t" * 16, 3)
RECORD = {"record_id": b"r" * 16, "version": 5, "schema": 1}


def opens(key: bytes, place: shelves.Place, sealed: bytes, **fields: object) -> bool:
    try:
        return shelves.open_record(key, place, **{**RECORD, **fields}, sealed=sealed) == CONTENT
    except NotOpened:
        return False


def test_a_record_opens_only_with_every_field_as_it_was_sealed() -> None:
    """inv-I1"""
    sealed = shelves.seal_record(KEY, PLACE, **RECORD, content=CONTENT)
    assert opens(KEY, PLACE, sealed)
    for other in (
        shelves.Place(uuid4(), PLACE.tag, 3),
        shelves.Place(PLACE.subject, b"u" * 16, 3),
        shelves.Place(PLACE.subject, PLACE.tag, 4),
    ):
        assert not opens(KEY, other, sealed)
    assert not opens(KEY, PLACE, sealed, record_id=b"s" * 16)
    assert not opens(KEY, PLACE, sealed, version=4)
    assert not opens(KEY, PLACE, sealed, schema=2)
    assert not opens(kdf.new_key(), PLACE, sealed)


@given(st.lists(st.one_of(st.binary(), st.text(), st.integers(0, 2**64 - 1)), min_size=2, max_size=5))
def test_no_two_contexts_are_the_same_bytes_by_shifting_a_boundary(fields: list[bytes | str | int]) -> None:
    joined = [fields[0], *fields[1:]]
    for position, (left, right) in enumerate(pairwise(fields)):
        if isinstance(left, bytes) and isinstance(right, bytes) and right:
            shifted = [*joined[:position], left + right[:1], right[1:], *joined[position + 2 :]]
            assert context("x", *joined) != context("x", *shifted)
    assert context("x", *joined) != context("x", *joined, b"")


def nonces_of_a_worker(count: int) -> bytes:
    return b"".join(aead.seal(KEY, b"", b"")[2:14] for _ in range(count))


def test_a_million_encryptions_over_eight_forked_workers_repeat_no_nonce() -> None:
    """inv-I2, req-18: one key in all workers, so that a generator copied by fork would show at once."""
    aead.seal(KEY, b"", b"")
    with multiprocessing.get_context("fork").Pool(8) as pool:
        parts = pool.map(nonces_of_a_worker, [125_000] * 8, chunksize=1)
    together = b"".join(parts)
    nonces = {together[start : start + 12] for start in range(0, len(together), 12)}
    assert len(nonces) == 1_000_000


@given(st.integers(0, 200_000))
def test_padding_hides_the_length_within_an_eighth(length: int) -> None:
    padded = padding.pad(b"x" * length)
    assert padding.unpad(padded) == b"x" * length
    assert len(padded) == max(256, padding.size_class(length + 5))
    assert len(padded) <= max(256, (length + 5) * 1.125)


def test_unknown_versions_and_algorithms_fail_closed() -> None:
    """inv-I15"""
    sealed = aead.seal(KEY, CONTENT, b"")
    hpke = sealing.seal(sealing.public_of(sealing.new_private()), KEY, b"")
    for version in (0, 2, 255):
        with pytest.raises(UnknownFormat):
            aead.open_(KEY, bytes((version,)) + sealed[1:], b"")
        with pytest.raises(UnknownFormat):
            sealing.open_(sealing.new_private(), bytes((version,)) + hpke[1:], b"")
        with pytest.raises(UnknownFormat):
            padding.unpad(bytes((version,)) + padding.pad(b"")[1:])
    for algorithm in (0, 2, 3, 255):
        with pytest.raises(UnknownFormat):
            aead.open_(KEY, sealed[:1] + bytes((algorithm,)) + sealed[2:], b"")
    with pytest.raises(UnknownFormat):
        statements.sign(signing.new_private(), "give-me-everything", uuid4(), b"", 0)


@pytest.mark.parametrize(
    "kind",
    [shelves.Manifest, shelves.Root, people.Bundle, slots.Slot, keyrings.Grant, keyrings.Keyring, erased.Receipt],
)
def test_more_fields_than_the_format_has_are_refused(kind: type[msgspec.Struct]) -> None:
    """inv-I15: what this code does not understand it does not skip."""
    blank = {int: 1, bytes: b"", str: "", UUID: uuid4(), list: [], dict: {}}
    hints = msgspec.inspect.type_info(kind).fields
    names = {"IntType": int, "BytesType": bytes, "StrType": str, "UUIDType": UUID, "ListType": list, "DictType": dict,
             "VarTupleType": list}  # fmt: skip
    values = [blank[names[type(field.type).__name__]] for field in hints]
    msgspec.msgpack.decode(msgspec.msgpack.encode(values), type=kind)
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode([*values, 1]), type=kind)


# ---------- sharing, in the format ----------

OWNER, FRIEND, MALLORY = people.new_bundle(), people.new_bundle(), people.new_bundle()
ALICE, BOB, GRANT = uuid4(), uuid4(), uuid4()
SECRET = kdf.new_key()


def granted(version: int = 1, fingerprint: bytes | None = None) -> tuple[keyrings.Grant, bytes, bytes]:
    """A grant, its sealed key and its sealed keyring."""
    public = FRIEND.public().sealing
    grant_key = kdf.new_key()
    locator = OWNER.collection("diary").locator("2026-11")
    line = keyrings.RingLine("diary", "2026-11", 1, locator.tag(), locator.key, KEY)
    ring = keyrings.seal_keyring(
        keyrings.ring_key(grant_key, SECRET), ALICE, GRANT, keyrings.Keyring(1, version, [line])
    )
    grant = keyrings.Grant(
        1, ALICE, GRANT, version, BOB, fingerprint or sealing.fingerprint(public), ["diary"], "2026-11-01", "", "read",
        "a friend", "2026-1", 0, keyrings.keyring_hash(ring),
    )  # fmt: skip
    return grant, keyrings.seal_grant_key(public, ALICE, GRANT, BOB, grant_key), ring


def test_a_grantee_opens_the_shelf_keys_with_their_key_and_the_key_stores_secret() -> None:
    grant, sealed_key, ring = granted()
    key = keyrings.open_grant_key(FRIEND.sealing, grant, sealed_key)
    opened = keyrings.open_granted(keyrings.ring_key(key, SECRET), grant, ring)
    assert [line.shelf_key for line in opened.lines] == [KEY]
    for wrong in (keyrings.ring_key(key, kdf.new_key()), keyrings.ring_key(kdf.new_key(), SECRET)):
        with pytest.raises(NotOpened):
            keyrings.open_granted(wrong, grant, ring)


def test_a_substituted_recipient_key_is_refused() -> None:
    """inv-I16: Mallory's key, put in place of Bob's, is not the one whose fingerprint the owner signed."""
    grant, _, _ = granted()
    substituted = keyrings.seal_grant_key(MALLORY.public().sealing, ALICE, GRANT, BOB, KEY)
    with pytest.raises(NotOpened):
        keyrings.open_grant_key(MALLORY.sealing, grant, substituted)
    with pytest.raises(NotOpened):
        keyrings.open_grant_key(FRIEND.sealing, grant, substituted)
    pretending = context("grant-key", ALICE, GRANT, BOB, grant.fingerprint)
    with pytest.raises(NotOpened):
        keyrings.open_grant_key(MALLORY.sealing, grant, sealing.seal(MALLORY.public().sealing, KEY, pretending))


def test_a_forged_grant_and_another_versions_keyring_are_refused() -> None:
    """inv-I18"""
    grant, sealed_key, _ = granted()
    _, _, other_ring = granted(version=2)
    assert keyrings.read_grant(OWNER.public().signing, keyrings.sign_grant(OWNER.signing, grant)) == grant
    with pytest.raises(NotOpened):
        keyrings.read_grant(OWNER.public().signing, keyrings.sign_grant(MALLORY.signing, grant))
    key = keyrings.open_grant_key(FRIEND.sealing, grant, sealed_key)
    with pytest.raises(NotOpened):
        keyrings.open_granted(keyrings.ring_key(key, SECRET), grant, other_ring)


def test_the_owner_keeps_the_grant_key_and_a_job_opens_its_ring_by_its_secret_alone() -> None:
    wrapped = keyrings.wrap_grant_key(OWNER.wrapping, ALICE, GRANT, KEY)
    assert keyrings.unwrap_grant_key(OWNER.wrapping, ALICE, GRANT, wrapped) == KEY
    with pytest.raises(NotOpened):
        keyrings.unwrap_grant_key(OWNER.wrapping, ALICE, uuid4(), wrapped)
    key = keyrings.job_ring_key(SECRET)
    ring = keyrings.seal_keyring(key, ALICE, GRANT, keyrings.Keyring(1, 1, []))
    assert keyrings.open_keyring(key, ALICE, GRANT, 1, ring).lines == []


def test_an_inbox_item_opens_for_its_subject_and_only_as_its_writer_signed_it() -> None:
    """inv-I18"""
    item = inbox.seal(OWNER.public().sealing, FRIEND.signing, ALICE, BOB, GRANT, CONTENT)
    assert inbox.open_(OWNER.sealing, FRIEND.public().signing, item) == CONTENT
    forged = inbox.seal(OWNER.public().sealing, MALLORY.signing, ALICE, BOB, GRANT, b"forged")
    moved = msgspec.structs.replace(item, item_id=uuid4())
    for private, wrong in ((OWNER.sealing, forged), (OWNER.sealing, moved), (MALLORY.sealing, item)):
        with pytest.raises(NotOpened):
            inbox.open_(private, FRIEND.public().signing, wrong)


# ---------- in the whole vault ----------

vault = pytest.mark.django_db(databases="__all__")


@vault
def test_content_is_never_encrypted_under_a_person_or_slot_key(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """inv-I3: what HPKE seals is 32 bytes; content goes under keys derived from shelf keys and item keys."""
    used: list[tuple[bytes, bytes]] = []
    sealed_to_people: list[bytes] = []
    seal, seal_to = aead.seal, sealing.seal

    def watched(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        used.append((key, plaintext))
        return seal(key, plaintext, bound_to)

    def watched_hpke(public: bytes, plaintext: bytes, info: bytes) -> bytes:
        sealed_to_people.append(plaintext)
        return seal_to(public, plaintext, info)

    monkeypatch.setattr(aead, "seal", watched)
    monkeypatch.setattr(sealing, "seal", watched_hpke)
    alice.write(MONDAY, b"canary")
    actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    actions.reseal_root(alice.subject, alice.bundle)
    inbox.seal(alice.bundle.public().sealing, FRIEND.signing, alice.subject, BOB, GRANT, b"canary")
    granted()
    person = {getattr(alice.bundle, name) for name in ("sealing", "signing", "ledger", "wrapping", "index")}
    collection = {alice.bundle.collection("diary").wrapping, alice.bundle.collection("diary").index}
    content_keys = {key for key, plaintext in used if b"canary" in plaintext}
    assert len(content_keys) == 2
    assert not content_keys & (person | collection)
    assert {key for key, _ in used}.isdisjoint(person)
    assert {len(plaintext) for key, plaintext in used if key in collection} <= {32}
    assert {len(plaintext) for plaintext in sealed_to_people} == {32}


def raw_keys(alice: Person) -> list[bytes]:
    collection = alice.bundle.collection("diary")
    names = ("sealing", "signing", "ledger", "wrapping", "index")
    return [*(getattr(alice.bundle, name) for name in names), collection.wrapping, collection.index]


def shows(text: str, keys: list[bytes]) -> bool:
    return any(repr(key)[2:-1] in text or key.hex() in text for key in keys)


@vault
def test_no_object_that_holds_keys_shows_them(alice: Person) -> None:
    """inv-I17"""
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    keys = queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    alice.write(MONDAY, b"canary")
    opened = alice.vault()
    opened.read([MONDAY])
    shelf = opened._shelf("diary", "2026-11")
    holders = [
        alice.bundle, OwnerKeys(alice.bundle), keys, keys.collections, token, opened, shelf, shelf.generations,
        alice.bundle.collection("diary"), alice.bundle.collection("diary").locator("2026-11"),
        Actor(1, alice.subject, "session", alice.bundle), Actor(1, alice.subject, "token", keys),
        keyrings.Keyring(1, 1, [keyrings.RingLine("diary", "", 1, b"", KEY, KEY)]),
    ]  # fmt: skip
    secrets = [*raw_keys(alice), keys.signing, token.secret, shelf.generations[0].key, KEY]
    for holder in holders:
        assert not shows(repr(holder) + str(holder) + f"{holder}", secrets), type(holder)


@vault
def test_tracebacks_and_logs_of_a_failed_read_show_no_key_and_no_content(alice: Person) -> None:
    """inv-I17"""
    alice.write(MONDAY, b"canary")
    Record.objects.update(version=9)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        alice.read(MONDAY)
    except errors.Tampered:
        logging.getLogger("nutshell").exception("a read failed")
        shown = traceback.format_exc() + stream.getvalue()
    finally:
        logging.getLogger().removeHandler(handler)
    assert "Tampered" in shown
    assert not shows(shown, raw_keys(alice))
    assert "canary" not in shown


def test_a_bundle_after_a_rekey_keeps_what_opens_and_nothing_that_signs() -> None:
    new = people.renewed(people.renewed(OWNER))
    assert people.unpack(people.pack(new)) == new
    assert [one.version for one in new.former] == [2, 1]
    assert new.index == OWNER.index
    assert not {OWNER.sealing, OWNER.signing, OWNER.ledger, OWNER.wrapping} & {
        new.sealing, new.signing, new.ledger, new.wrapping,
    }  # fmt: skip
    assert new.sealings()[-1] == OWNER.sealing
    assert OWNER.signing not in people.pack(new)
    for wrong in (msgspec.structs.replace(new, format=1), msgspec.structs.replace(OWNER, format=2)):
        with pytest.raises(UnknownFormat):
            people.unpack(people.pack(wrong))
