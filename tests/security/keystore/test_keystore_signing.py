"""The key store signs what it made itself, a receipt of its own rows and a tree that only grows."""

import msgspec
import pytest

from nutshell.audit.tree import Tree
from nutshell.common import errors
from nutshell.envelope import erased, signing
from nutshell.vault.keystore import erasing, installation_keys, service, subjects, trail
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.models import FinishedErase, InstallationKey

LEAVES = [bytes((number,)) * 32 for number in range(12)]
WEEK = 7 * 24 * 3600


# ---------- anything ----------


@pytest.mark.parametrize("role", ["node", "worker", "operator"])
def test_no_request_brings_words_of_its_own_to_be_signed(core, role):
    for name in ("receipt", "checkpoint"):
        frame = ask.encode({"operation": "sign", "name": name, "payload": b"anything"})
        assert service.answer(core, role, frame) == ask.encode(("malformed", None))


# ---------- receipts ----------


@pytest.fixture
def begun(core, alice):
    subjects.create(core, alice.subject, alice.public, 1)
    erasing.begin(core, alice.subject, alice.signed("erase", alice.subject.bytes))
    return alice


def read(core, packed):
    return erased.read_receipt(installation_keys.public_keys(core, "receipt"), packed)


def asked(core, subject):
    return service.perform(core, "node", ask.ReceiptOf(subject))


def test_a_receipt_is_made_of_the_key_stores_own_row_and_clock(core, begun, clock):
    erasing.finish(core, begun.subject, {"record": 3})
    finished = int(clock().timestamp())
    clock.move(hours=5)
    receipt = read(core, asked(core, begun.subject))
    assert receipt == erased.Receipt(1, erased.tombstone(begun.subject), finished, finished + WEEK, {"record": 3})


def test_no_erase_gets_two_receipts_that_differ(core, begun, clock):
    erasing.finish(core, begun.subject, {"record": 3})
    first = asked(core, begun.subject)
    clock.move(hours=5)
    erasing.finish(core, begun.subject, {"record": 0, "made_up": 9})
    assert asked(core, begun.subject) == first


@pytest.mark.parametrize("how_far", ["unknown", "living", "begun", "shredded"])
def test_what_has_not_finished_has_no_receipt(core, alice, charlie, how_far):
    if how_far != "unknown":
        subjects.create(core, alice.subject, alice.public, 1)
    if how_far in ("begun", "shredded"):
        erasing.begin(core, alice.subject, alice.signed("erase", alice.subject.bytes))
    if how_far == "shredded":
        erasing.shred(core, alice.subject)
    with pytest.raises(errors.NotFound):
        asked(core, alice.subject)


def test_a_row_without_a_tombstone_is_no_finished_erase(core, alice):
    FinishedErase.objects.create(
        tombstone=erased.tombstone(alice.subject), finished_at=core.now(), rows=msgspec.msgpack.encode({})
    )
    with pytest.raises(errors.NotFound):
        asked(core, alice.subject)


def test_what_a_receipt_is_made_of_goes_when_it_is_final(core, begun, clock):
    erasing.finish(core, begun.subject, {})
    clock.move(days=6, hours=23)
    service.sweep(core)
    assert asked(core, begun.subject)
    clock.move(hours=1)
    service.sweep(core)
    assert not FinishedErase.objects.exists()


@pytest.mark.parametrize(
    "rows", [{"record": -1}, {"x" * 64: 1}, {"Alice Liddell": 1}, {"": 1}, {f"t{number}": 1 for number in range(101)}]
)
def test_counts_are_counts_of_tables(core, begun, rows):
    frame = ask.encode(ask.FinishErase(begun.subject, rows))
    assert service.answer(core, "node", frame) == ask.encode(("malformed", None))
    assert erasing.erasing()


# ---------- checkpoints ----------


def root_of(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


@pytest.mark.parametrize("role", ["node", "operator"])
@pytest.mark.parametrize("request_", [ask.GrowTrail(0, LEAVES), ask.TrailState()], ids=["grow", "state"])
def test_only_the_worker_has_the_tree_signed(core, role, request_):
    with pytest.raises(errors.Forbidden):
        service.perform(core, role, request_)
    assert service.perform(core, "worker", request_)


def test_the_root_is_worked_out_here_over_all_leaves_ever_brought(core, clock):
    trail.grow(core, 0, LEAVES[:5])
    signed = trail.grow(core, 5, LEAVES[5:])
    assert (signed.checkpoint.size, signed.checkpoint.root) == (12, root_of(LEAVES))
    assert signed.checkpoint.at == int(clock().timestamp())
    public = installation_keys.public_keys(core, "checkpoint")[signed.key_version]
    signing.verify(public, "checkpoint", signed.payload(), signed.signature)


@pytest.mark.parametrize("size", [0, 4, 6, 100])
def test_a_tree_that_is_shorter_or_longer_than_the_signed_one_is_refused(core, size):
    trail.grow(core, 0, LEAVES[:5])
    with pytest.raises(errors.Conflict):
        trail.grow(core, size, LEAVES[7:])
    assert trail.state().size == 5


def test_the_same_size_is_signed_again_with_the_same_root_only(core):
    first = trail.grow(core, 0, LEAVES[:5])
    again = trail.grow(core, 5, [])
    assert again.checkpoint.root == first.checkpoint.root == root_of(LEAVES[:5])


def test_an_empty_tree_is_not_signed(core):
    with pytest.raises(errors.Conflict):
        trail.grow(core, 0, [])


# ---------- new signing keys ----------


def test_after_a_rotation_the_new_keys_sign_and_what_was_signed_before_is_checked_still(core, begun):
    erasing.finish(core, begun.subject, {"record": 3})
    before, point = asked(core, begun.subject), trail.grow(core, 0, LEAVES)
    assert service.perform(core, "operator", ask.RotateSigning()) == {"checkpoint": 2, "receipt": 2}
    after, later = asked(core, begun.subject), trail.grow(core, 12, [b"x" * 32])
    assert read(core, before) == read(core, after)
    assert before != after
    keys = installation_keys.public_keys(core, "checkpoint")
    assert (sorted(keys), point.key_version, later.key_version) == ([1, 2], 1, 2)
    for one in (point, later):
        signing.verify(keys[one.key_version], "checkpoint", one.payload(), one.signature)


def test_a_former_signing_key_is_destroyed_and_its_public_half_stays(core):
    publics = installation_keys.public_keys(core, "receipt")
    (row,) = InstallationKey.objects.filter(name="receipt")
    wrapped = bytes(row.wrapped)
    service.perform(core, "operator", ask.RotateSigning())
    row.refresh_from_db()
    assert (bytes(row.wrapped), bytes(row.public)) == (b"", publics[1])
    assert not [one for one in InstallationKey.objects.all() if bytes(one.wrapped) == wrapped]
    assert service.perform(core, "operator", ask.RotateSigning())["receipt"] == 3
    assert installation_keys.public_keys(core, "receipt")[1] == publics[1]


@pytest.mark.parametrize("role", ["node", "worker", "admin"])
def test_nobody_but_the_operator_has_signing_keys_rotated(core, role):
    with pytest.raises(errors.Forbidden):
        service.perform(core, role, ask.RotateSigning())
    assert list(installation_keys.public_keys(core, "receipt")) == [1]
