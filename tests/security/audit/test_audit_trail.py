"""req-35: what is recorded stays, who may read it can, and every change of it is noticed."""

import shutil
import time
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from django.db import transaction
from pymerkle import InmemoryTree
from tests.keystore import KeyStoreProcess

from nutshell.audit import checkpoints, sequencer
from nutshell.audit.actions import erase, record
from nutshell.audit.models import AuditLeaf, TreeHead
from nutshell.audit.queries import search
from nutshell.audit.tree import Tree
from nutshell.audit.types import Finding, unpack
from nutshell.audit.verification import verify
from nutshell.common import clock, errors
from nutshell.envelope import people, statements
from nutshell.envelope.errors import UnknownFormat
from nutshell.vault.keystore.models import SignedTree
from security.keystore_in_process import InProcess, started

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

ALICE, BOB = uuid4(), uuid4()


@pytest.fixture(scope="module")
def alices():
    return people.new_bundle()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoints"


@pytest.fixture
def core(tmp_path):
    return started(tmp_path)


@pytest.fixture
def worker(core):
    return InProcess(core, "worker")


@pytest.fixture
def trail(worker, path):
    """Forty leaves of Alice's and Bob's in the tree, with two checkpoints, after whatever the key store has."""
    for _ in range(2):
        for kind in ("login", "export", "token-made", "token-ended", "logout"):
            for subject in (ALICE, BOB, ALICE, BOB):
                record(kind, subject, str(subject))
        sequencer.run_once(worker, path)
    return worker


def codes(found):
    return {finding.code for finding in found}


def a_leaf():
    return AuditLeaf.objects.filter(subject_id=ALICE).order_by("tree_index")[4]


def test_an_untouched_trail_verifies(trail, path):
    assert verify(trail, path) == []
    assert len(checkpoints.read(path)) == 2


def test_the_root_is_that_of_rfc_6962(trail):
    reference = InmemoryTree(algorithm="sha256")
    for leaf in AuditLeaf.objects.order_by("tree_index"):
        reference.append_entry(bytes(leaf.leaf_hash))
    head = TreeHead.objects.get()
    assert Tree.restored(head.size, bytes(head.peaks)).root() == reference.get_root()


def test_an_edited_body_is_noticed(trail, path):
    leaf = a_leaf()
    edited = msgspec.structs.replace(unpack(bytes(leaf.body)), actor=str(BOB))
    AuditLeaf.objects.filter(pk=leaf.pk).update(body=msgspec.msgpack.encode(edited))
    assert Finding("leaf-altered", leaf.tree_index) in verify(trail, path)


def test_a_leaf_given_to_someone_else_is_noticed(trail, path):
    AuditLeaf.objects.filter(pk=a_leaf().pk).update(subject_id=BOB)
    assert codes(verify(trail, path)) == {"leaf-altered"}


def test_a_leaf_replaced_with_a_fitting_hash_is_noticed(trail, path):
    leaf = a_leaf()
    record("login", ALICE, "someone")
    forged = AuditLeaf.objects.get(tree_index=None)
    AuditLeaf.objects.filter(pk=leaf.pk).delete()
    AuditLeaf.objects.filter(pk=forged.pk).update(tree_index=leaf.tree_index)
    assert "forked" in codes(verify(trail, path))


def test_swapped_leaves_are_noticed(trail, path):
    first, second = AuditLeaf.objects.filter(subject_id=ALICE).order_by("tree_index")[:2]
    AuditLeaf.objects.filter(pk=first.pk).update(tree_index=10**6)
    AuditLeaf.objects.filter(pk=second.pk).update(tree_index=first.tree_index)
    AuditLeaf.objects.filter(pk=first.pk).update(tree_index=second.tree_index)
    assert "forked" in codes(verify(trail, path))


def test_a_deleted_leaf_is_noticed(trail, path):
    leaf = a_leaf()
    leaf.delete()
    assert Finding("leaf-missing", leaf.tree_index) in verify(trail, path)


def test_a_truncated_trail_is_noticed_even_with_a_fitting_head(trail, path):
    size = checkpoints.read(path)[0].checkpoint.size
    AuditLeaf.objects.filter(tree_index__gte=size).delete()
    rewrite_head()
    assert verify(trail, path) == [Finding("truncated", 2)]


def test_a_rewritten_past_is_not_signed(trail, path):
    """Someone with the accounts and the worker's certificate rewrites the past and asks for a signature of it."""
    rewrite_past()
    before = path.read_bytes()
    with pytest.raises(errors.Tampered):
        sequencer.run_once(trail, path)
    assert path.read_bytes() == before


def test_a_rewritten_newest_leaf_is_not_signed(trail, path):
    """The same size as the tree that was signed last, with another root."""
    AuditLeaf.objects.order_by("-tree_index")[0].delete()
    rewrite_head()
    record("login", ALICE, "someone")
    before = path.read_bytes()
    path.write_bytes(before[: before.index(b"\n") + 1])
    with pytest.raises(errors.Tampered):
        sequencer.run_once(trail, path)


def test_a_shortened_trail_is_not_signed(trail, path):
    AuditLeaf.objects.filter(tree_index__gte=30).delete()
    rewrite_head()
    before = path.read_bytes()
    with pytest.raises(errors.Tampered):
        sequencer.run_once(trail, path)
    assert path.read_bytes() == before


def test_a_fork_is_noticed_even_if_it_was_signed(trail, path):
    """Someone who writes to the keys database, too, makes the key store forget what it signed."""
    rewrite_past()
    SignedTree.objects.all().delete()
    sequencer.run_once(trail, path)
    assert verify(trail, path) == [Finding("forked", 1), Finding("forked", 2)]


def test_many_leaves_are_brought_in_batches(trail, path, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 7)
    for _ in range(30):
        record("login", ALICE, str(ALICE))
    sequencer.run_once(trail, path)
    assert [point.checkpoint.size for point in checkpoints.read(path)][-1] == 70
    assert verify(trail, path) == []


def rewrite_past():
    leaf = a_leaf()
    record("login", ALICE, "someone")
    forged = AuditLeaf.objects.get(tree_index=None)
    leaf.delete()
    AuditLeaf.objects.filter(pk=forged.pk).update(tree_index=leaf.tree_index)
    rewrite_head()
    record("login", ALICE, "someone")


def rewrite_head():
    tree = Tree()
    for leaf in AuditLeaf.objects.exclude(tree_index=None).order_by("tree_index"):
        tree.append(bytes(leaf.leaf_hash))
    TreeHead.objects.update(size=tree.size, peaks=tree.packed())


def test_an_altered_head_is_noticed(trail, path):
    head = TreeHead.objects.get()
    TreeHead.objects.update(peaks=bytes(len(head.peaks)))
    assert "head-altered" in codes(verify(trail, path))


def test_a_checkpoint_that_nobody_signed_is_noticed(trail, path):
    text = path.read_text()
    path.write_text(text[:-3] + ("00" if text[-3:-1] != "00" else "11") + "\n")
    assert verify(trail, path) == [Finding("checkpoint-unsigned", 2)]
    path.write_text("all is well\n")
    assert codes(verify(trail, path)) == {"checkpoint-unreadable"}
    path.unlink()
    assert codes(verify(trail, path)) == {"checkpoints-missing"}


def test_a_line_cut_off_by_a_crash_is_written_again(trail, path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    sequencer.run_once(trail, path)
    assert checkpoints.read(path)[0].checkpoint.size == 20
    assert len(checkpoints.read(path)) == 2
    assert verify(trail, path) == []


def test_after_an_erase_the_tree_verifies_and_nothing_names_the_subject(trail, path):
    assert erase(ALICE) == 20
    sequencer.run_once(trail, path)
    assert verify(trail, path) == []
    assert not AuditLeaf.objects.filter(subject_id=ALICE).exists()
    assert not [leaf for leaf in AuditLeaf.objects.exclude(body=None) if str(ALICE).encode() in bytes(leaf.body)]


def test_bodies_that_no_erase_dropped_are_noticed(trail, path):
    AuditLeaf.objects.filter(pk=a_leaf().pk).update(body=None, salt=None, subject_id=None)
    assert verify(trail, path) == [Finding("bodies-missing", 1)]


def test_two_sequencers_put_each_leaf_in_once(trail, path):
    record("login", ALICE, str(ALICE))
    assert sequencer.run_once(trail, path) == 1
    assert sequencer.run_once(trail, path) == 0
    assert verify(trail, path) == []


def test_a_leaf_falls_with_its_transaction(trail):
    before = AuditLeaf.objects.count()
    with transaction.atomic():
        record("login", ALICE, str(ALICE))
        transaction.set_rollback(True)
    assert AuditLeaf.objects.count() == before


def test_unknown_kinds_are_not_recorded():
    """inv-I15."""
    with pytest.raises(UnknownFormat):
        record("gossip", ALICE, str(ALICE))


def test_the_owner_reads_the_ledger_newest_first_and_only_the_owners_key_opens_details(alices):
    grant, public = uuid4(), alices.public().ledger
    record("login", ALICE, str(ALICE), b"Firefox on Linux", public)
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        record("access", ALICE, str(BOB), grant=grant, reason="diary")
    access, login = ledger(ALICE, alices.ledger)
    assert (access.kind, access.actor, access.grant, access.details) == ("access", str(BOB), grant, None)
    assert (login.kind, login.details) == ("login", b"Firefox on Linux")
    assert ledger(ALICE, people.new_bundle().ledger)[1].details is None
    assert ledger(BOB, alices.ledger) == []
    assert b"Firefox" not in bytes(AuditLeaf.objects.order_by("id")[0].body)


def test_an_altered_ledger_is_not_shown(alices):
    record("login", ALICE, str(ALICE))
    AuditLeaf.objects.update(salt=bytes(16))
    with pytest.raises(errors.Tampered):
        ledger(ALICE, alices.ledger)


def test_details_without_a_key_to_seal_them_to_are_refused():
    for subject in (ALICE, None):
        with pytest.raises(ValueError, match="ledger key"):
            record("login", subject, "", b"details")


# The key store's own leaves


@pytest.fixture
def own_process(tmp_path):
    process = KeyStoreProcess(tmp_path / "keys").start()
    yield process
    process.stop()


def ledger(subject, private):
    return search(subject, [private], lambda _body: True).entries


def fetched(client, bundle, subject, times=3):
    client.create_subject(subject, msgspec.msgpack.encode(bundle.public()), 1)
    client.put_secret(subject, subject.bytes, "server")
    for _ in range(times):
        client.fetch(subject, subject.bytes, "login")


def test_the_key_stores_leaves_come_into_the_tree_exactly_once(own_process, path, alices):
    """req-34's base: each fetch is one line of the owner's ledger."""
    client, subject = own_process.client(), uuid4()
    fetched(client, alices, subject)
    for _ in range(3):
        sequencer.run_once(own_process.client("worker"), path)
    assert [(line.kind, line.reason) for line in ledger(subject, alices.ledger)] == [("fetch", "login")] * 3
    assert verify(client, path) == []


def test_after_a_restore_of_the_key_store_new_leaves_are_still_taken_over(own_process, path, alices):
    subject = uuid4()
    fetched(own_process.client(), alices, subject, times=1)
    own_process.stop()
    shutil.copy(own_process.database, own_process.folder / "backup")
    client = own_process.start().client()
    for _ in range(4):
        client.fetch(subject, subject.bytes, "step-up")
    sequencer.run_once(own_process.client("worker"), path)
    own_process.stop()
    shutil.copy(own_process.folder / "backup", own_process.database)
    client = own_process.start().client()
    client.fetch(subject, subject.bytes, "errand")
    sequencer.run_once(own_process.client("worker"), path)
    reasons = sorted(line.reason for line in ledger(subject, alices.ledger))
    assert reasons == ["errand", "login", "step-up", "step-up", "step-up", "step-up"]
    assert verify(client, path) == []


def test_leaves_of_someone_erased_meanwhile_arrive_without_a_body(own_process, path, alices):
    client, subject = own_process.client(), uuid4()
    fetched(client, alices, subject)
    signed = statements.sign(alices.signing, "erase", subject, subject.bytes, 0)
    client.begin_erase(subject, signed)
    client.finish_erase(subject, {})
    sequencer.run_once(own_process.client("worker"), path)
    told = [unpack(leaf.body).kind for leaf in AuditLeaf.objects.exclude(body=None)]
    assert told == ["bodies-dropped"]
    assert verify(client, path) == []


def test_an_erase_between_reading_and_copying_brings_nothing_back(own_process, path, alices):
    client, subject = own_process.client(), uuid4()
    fetched(client, alices, subject)
    early = client.own_leaves(0)
    signed = statements.sign(alices.signing, "erase", subject, subject.bytes, 0)
    client.begin_erase(subject, signed)
    client.finish_erase(subject, {})
    sequencer._insert(early)
    sequencer._forget_erased(client, early)
    assert not AuditLeaf.objects.filter(subject_id=subject).exists()


# Cost


def test_appending_stays_cheap_at_a_hundred_thousand_leaves():
    tree, rate = Tree(), []
    for _ in range(10):
        started = time.process_time()
        for number in range(10_000):
            tree.append(number.to_bytes(32, "big"))
        rate.append(time.process_time() - started)
    assert max(rate) < 5 * min(rate)
    assert len(tree.peaks) <= 17
    print(f"{max(rate) / 10:.4f} ms a leaf, {len(tree.packed())} bytes of state at {tree.size} leaves")


def test_a_checkpoint_reads_no_leaf_that_is_in_the_tree(trail, path, django_assert_max_num_queries):
    record("login", ALICE, str(ALICE))
    with django_assert_max_num_queries(30) as queries:
        sequencer.run_once(trail, path)
    read = [query["sql"] for query in queries if query["sql"].startswith("SELECT") and "audit_leaf" in query["sql"]]
    assert all("tree_index" in sql or "leaf_hash" in sql for sql in read)
