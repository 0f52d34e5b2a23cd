"""Openers: one leaf each, written first, and nothing for whom it is not."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.security.rotating import rotated

from nutshell.audit.types import unpack
from nutshell.common import errors
from nutshell.envelope import slots
from nutshell.envelope.errors import NotOpened
from nutshell.vault.keystore import erasing, leaves, rotation, subjects
from nutshell.vault.keystore.models import OwnLeaf, Secret, SubjectRow
from nutshell.vault.keystore.types import Pin, packed_pin

SLOT = b"alice-slot-00001"
OTHER = b"alice-slot-00002"


@pytest.fixture
def opener(core, alice):
    subjects.create(core, alice.subject, alice.public, 1)
    return subjects.put(core, alice.subject, SLOT, "server", None)


def fetch(core, person, secret_id=SLOT):
    return subjects.fetch(core, "node", [(person.subject, secret_id)], "login")[0]


def test_a_fetch_gives_the_opener_that_the_put_gave(core, alice, opener):
    assert fetch(core, alice).opener == opener


def test_a_fetch_leaves_exactly_one_leaf_that_says_who_why_and_what(core, alice, opener):
    fetch(core, alice)
    (leaf,) = [unpack(row.body) for row in leaves.own_leaves(0, 100)]
    assert (leaf.kind, leaf.subject, leaf.actor, leaf.reason, leaf.references) == (
        "fetch",
        alice.subject,
        "node",
        "login",
        (SLOT,),
    )


def test_fetching_many_leaves_a_leaf_for_each(core, alice, opener):
    subjects.put(core, alice.subject, OTHER, "password", None)
    both = [(alice.subject, SLOT), (alice.subject, OTHER)]
    assert [found.kind for found in subjects.fetch(core, "node", both, "login")] == ["server", "password"]
    assert OwnLeaf.objects.count() == 2


def test_unknown_foreign_ended_and_erasing_are_refused_alike_and_leave_no_leaf(core, alice, charlie, opener, clock):
    subjects.create(core, charlie.subject, charlie.public, 1)
    subjects.put(core, alice.subject, OTHER, "token", clock() + timedelta(minutes=1))
    clock.move(minutes=1)
    SubjectRow.objects.filter(subject_id=charlie.subject).update(erasing_since=clock())
    for subject, secret_id in (
        (uuid4(), SLOT),
        (charlie.subject, SLOT),
        (alice.subject, OTHER),
        (alice.subject, b"?" * 16),
    ):
        with pytest.raises(errors.NotFound):
            subjects.fetch(core, "node", [(subject, secret_id)], "login")
    assert not OwnLeaf.objects.exists()


def test_one_refused_secret_refuses_the_whole_fetch(core, alice, opener):
    with pytest.raises(errors.NotFound):
        subjects.fetch(core, "node", [(alice.subject, SLOT), (alice.subject, OTHER)], "login")
    assert not OwnLeaf.objects.exists()


def test_a_fetch_is_refused_when_its_leaf_cannot_be_written(core, alice, opener, keys_database):
    """inv-I14."""
    with sqlite3.connect(keys_database) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON own_leaf BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(errors.Unavailable):
        fetch(core, alice)


def test_a_secret_is_put_once_even_after_it_was_destroyed(core, alice, opener):
    with pytest.raises(errors.Conflict):
        subjects.put(core, alice.subject, SLOT, "server", None)
    subjects.destroy(core, SLOT, alice.signed("destroy", SLOT))
    with pytest.raises(errors.Conflict):
        subjects.put(core, alice.subject, SLOT, "server", None)


def test_creating_a_subject_again_changes_nothing_and_another_key_is_refused(core, alice, charlie, opener):
    subjects.create(core, alice.subject, alice.public, 1)
    assert fetch(core, alice).opener == opener
    with pytest.raises(errors.Conflict):
        subjects.create(core, alice.subject, charlie.public, 1)
    assert fetch(core, alice).public == alice.public


def test_a_slot_opens_only_with_both_halves_of_its_key(core, alice, opener):
    """inv-I6: with the secret alone, or the erasure secret of someone else, the slot stays shut."""
    sealed = slots.seal(slots.slot_key("server", SLOT, opener), alice.subject.bytes, "server", SLOT, b"bundle")
    row = SubjectRow.objects.get()
    row.erasure_secret = core.wrap(bytes(32), "erasure", alice.subject)
    row.save()
    wrong = slots.slot_key("server", SLOT, fetch(core, alice).opener)
    with pytest.raises(NotOpened):
        slots.open_(wrong, alice.subject.bytes, "server", SLOT, sealed)


@pytest.mark.parametrize("column", ["kind", "subject_id", "wrapped"])
def test_an_altered_secret_row_opens_nothing(core, alice, charlie, opener, column):
    subjects.create(core, charlie.subject, charlie.public, 1)
    wrapped = bytes(Secret.objects.get().wrapped)
    other = {"kind": "password", "subject_id": charlie.subject, "wrapped": wrapped[:-1] + bytes((wrapped[-1] ^ 1,))}
    Secret.objects.update(**{column: other[column]})
    with pytest.raises(errors.Tampered):
        fetch(core, charlie if column == "subject_id" else alice)


def test_an_erasure_secret_moved_to_another_subject_opens_nothing(core, alice, charlie, opener):
    subjects.create(core, charlie.subject, charlie.public, 1)
    charlies = SubjectRow.objects.get(subject_id=charlie.subject)
    SubjectRow.objects.filter(subject_id=alice.subject).update(erasure_secret=charlies.erasure_secret)
    with pytest.raises(errors.Tampered):
        fetch(core, alice)


def pin(core, person, expected, version, hash_=b"h" * 32, what="root", signer=None):
    signed = (signer or person).signed(what, person.subject.bytes, packed_pin(version, hash_))
    subjects.set_pin(what, person.subject, signed, expected, Pin(version, hash_))


@pytest.mark.parametrize("what", ["root", "slots"])
def test_a_pin_moves_by_compare_and_swap(core, alice, opener, what):
    pin(core, alice, 0, 1, what=what)
    pin(core, alice, 1, 2, b"i" * 32, what)
    with pytest.raises(errors.Conflict):
        pin(core, alice, 1, 3, what=what)
    found = fetch(core, alice)
    assert (getattr(found, f"{what}_version"), getattr(found, f"{what}_hash")) == (2, b"i" * 32)


def test_a_pin_of_another_signer_subject_version_or_kind_is_refused(core, alice, charlie, opener):
    subjects.create(core, charlie.subject, charlie.public, 1)
    forged = replace(charlie, subject=alice.subject)
    with pytest.raises(errors.Forbidden):
        pin(core, alice, 0, 1, signer=forged)
    with pytest.raises(errors.Forbidden):
        pin(core, alice, 0, 1, signer=charlie)
    with pytest.raises(errors.Forbidden):
        pin(core, alice, 1, 1)
    signed = alice.signed("slots", alice.subject.bytes, packed_pin(1, b"h" * 32))
    with pytest.raises(errors.Forbidden):
        subjects.set_pin("root", alice.subject, signed, 0, Pin(1, b"h" * 32))
    signed = alice.signed("root", alice.subject.bytes, packed_pin(1, b"h" * 32))
    with pytest.raises(errors.Forbidden):
        subjects.set_pin("root", alice.subject, signed, 0, Pin(1, b"x" * 32))


def test_rotating_the_kms_wraps_everything_anew_and_openers_stay(core, alice, opener):
    """inv-I13, the key store's half: all wrapped rows change, no opener does."""
    before = bytes(Secret.objects.get().wrapped)
    done, rewrapped = rotated(core)
    assert (done.version, rewrapped, done.left) == (2, 7, 0)
    assert bytes(Secret.objects.get().wrapped) != before
    assert fetch(core, alice).opener == opener


def test_what_is_erased_while_a_rotation_wraps_it_stays_erased(core, alice, opener):
    """inv-I9: the rows were read, and are destroyed before they are written."""
    usual = core.kms.wrap_many

    def erased_meanwhile(secrets):
        erasing.begin_as_operator(core, alice.subject)
        erasing.shred(core, alice.subject)
        return usual(secrets)

    rotation.begin(core)
    core.kms.wrap_many = erased_meanwhile
    rotation.rewrap(core, 100)
    core.kms.wrap_many = usual
    assert bytes(SubjectRow.objects.get(subject_id=alice.subject).erasure_secret) == b""
    assert not Secret.objects.filter(subject_id=alice.subject).exists()


def test_an_old_kms_version_goes_after_the_retention_of_backups(core, alice, opener, clock):
    rotated(core)
    clock.move(days=6, hours=23)
    assert rotation.forget_old_versions(core) == 0
    clock.move(hours=2)
    assert rotation.forget_old_versions(core) == 1
    assert fetch(core, alice).opener == opener
