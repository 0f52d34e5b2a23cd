"""inv-I5, inv-I6, inv-I15, inv-I18, inv-I19: keyslots, and what must agree before one is believed."""

from datetime import timedelta

import pytest

from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.envelope import slots
from nutshell.envelope.errors import NotOpened, UnknownFormat
from nutshell.envelope.kdf import new_key
from nutshell.vault import actions, queries
from nutshell.vault.keystore import models as keystore_models
from nutshell.vault.keystore import requests as ask
from nutshell.vault.models import Root, Subject
from nutshell.vault.records import Vault
from nutshell.vault.slots import lists
from nutshell.vault.slots.models import Keyslot, SlotList
from security.keystore_in_process import InProcess
from security.people_and_vaults import EGG, MONDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")
TODAY = clock.now


def opened(person: Person) -> bool:
    return queries.open_by_server_slot(person.subject, "login") == person.bundle


def test_making_a_person_twice_gives_the_same_keys(alice: Person) -> None:
    assert actions.create_person(alice.subject) == alice.bundle
    assert opened(alice)
    assert queries.check_roots(alice.subject, alice.bundle) == []


class Crash(Exception):  # noqa: N818 - an event, not an error
    pass


BEFORE_THE_SLOT = [ask.CreateSubject, ask.PutSecret, "records"]
AFTER_THE_SLOT = ["accounts", ask.SetPin, "root", "last pin"]


@pytest.mark.parametrize("step", BEFORE_THE_SLOT)
def test_an_id_whose_making_was_cut_off_before_any_slot_is_spent_and_a_new_one_works(
    keystore: InProcess, monkeypatch: pytest.MonkeyPatch, step: object
) -> None:
    subject = new_id()
    with monkeypatch.context() as patch:
        crash_after(patch, keystore, step)
        with pytest.raises(Crash):
            actions.create_person(subject)
    with pytest.raises(errors.Conflict):
        actions.create_person(subject)
    assert not Keyslot.objects.exists()
    assert opened(new_person())


@pytest.mark.parametrize("step", AFTER_THE_SLOT)
def test_making_a_person_finishes_after_a_crash_at_any_step(
    keystore: InProcess, monkeypatch: pytest.MonkeyPatch, step: object
) -> None:
    subject = new_id()
    with monkeypatch.context() as patch:
        crash_after(patch, keystore, step)
        with pytest.raises(Crash):
            actions.create_person(subject)
    bundle = actions.create_person(subject)
    assert queries.open_by_server_slot(subject, "login") == bundle
    assert queries.check_roots(subject, bundle) == []
    alice = Person(subject, bundle)
    alice.write(MONDAY, b"eggs")
    assert alice.read(MONDAY) == b"eggs"


def crash_after(patch: pytest.MonkeyPatch, keystore: InProcess, step: object) -> None:
    if isinstance(step, str) and step != "last pin":
        place, name = {
            "records": (Subject.objects, "update_or_create"),
            "accounts": (lists, "store"),
            "root": (Root.objects, "create"),
        }[step]
        original = getattr(place, name)

        def write_then_crash(*args: object, **kwargs: object) -> None:
            original(*args, **kwargs)
            raise Crash

        patch.setattr(place, name, write_then_crash)
        return
    asked = InProcess._exchange
    wanted, left = (ask.SetPin, 2) if step == "last pin" else (step, 1)
    seen: list[object] = []

    def ask_then_crash(self: InProcess, frame: bytes, *rest: object) -> bytes:
        answer = asked(self, frame, *rest)  # type: ignore[arg-type]
        seen.append(type(ask.request_decoder.decode(frame)))
        if seen.count(wanted) == left:
            raise Crash
        return answer

    patch.setattr(InProcess, "_exchange", ask_then_crash)


# ---------- behind the owner's back ----------


def test_an_inserted_slot_is_noticed(alice: Person) -> None:
    Keyslot.objects.create(
        subject_id=alice.subject, slot_id=b"m" * 16, kind="token", packed=b"mallory", created_at=TODAY()
    )
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_a_removed_slot_is_noticed(alice: Person) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    Keyslot.objects.filter(slot_id=token.slot_id).delete()
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_slots_that_changed_places_are_noticed(alice: Person) -> None:
    two = [actions.add_token_slot(alice.subject, alice.bundle, frozenset((name,)), None) for name in ("diary", "foods")]
    first, second = (Keyslot.objects.get(slot_id=one.slot_id) for one in two)
    Keyslot.objects.filter(slot_id=first.slot_id).update(packed=second.packed)
    Keyslot.objects.filter(slot_id=second.slot_id).update(packed=first.packed)
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_an_older_list_put_back_is_noticed(alice: Person) -> None:
    old = SlotList.objects.get(subject_id=alice.subject)
    actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    SlotList.objects.filter(subject_id=alice.subject).delete()
    old.save(force_insert=True)
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_a_list_that_another_signed_is_refused(alice: Person) -> None:
    bob = new_person()
    his = SlotList.objects.get(subject_id=bob.subject)
    SlotList.objects.filter(subject_id=alice.subject).update(statement=his.statement)
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_a_substituted_owners_slot_is_refused(alice: Person) -> None:
    """inv-I18: with write access to both databases, Bob's sealed bundle stands in Alice's place."""
    bob = new_person()
    his = Keyslot.objects.get(subject_id=bob.subject)
    Keyslot.objects.filter(subject_id=alice.subject).update(packed=his.packed)
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_a_substituted_owners_wrapping_with_a_forged_slot_is_refused(alice: Person, keystore: InProcess) -> None:
    """Even somebody who may fetch (a compromised node) cannot put other keys into the slot unnoticed."""
    from nutshell.envelope import people

    slot = Keyslot.objects.get(subject_id=alice.subject)
    opener = keystore.fetch(alice.subject, bytes(slot.slot_id), "login").opener
    key = slots.slot_key("server", bytes(slot.slot_id), opener)
    forged = slots.seal(key, alice.subject.bytes, "server", bytes(slot.slot_id), people.pack(people.new_bundle()))
    Keyslot.objects.filter(subject_id=alice.subject).update(packed=forged)
    with pytest.raises(errors.Tampered):
        opened(alice)


def test_keys_that_fit_the_records_but_not_the_key_store_are_refused(alice: Person, keystore: InProcess) -> None:
    from nutshell.envelope import people as envelope_people
    from nutshell.vault import people

    other = envelope_people.new_bundle()
    Subject.objects.filter(subject_id=alice.subject).update(public=people.packed_public(other))
    slot = Keyslot.objects.get(subject_id=alice.subject)
    pinned = keystore.fetch(alice.subject, bytes(slot.slot_id), "login")
    with pytest.raises(errors.Tampered):
        people.bundle_of(people.OpenedSlot(envelope_people.pack(other), pinned, slot))


def test_a_public_key_substituted_in_the_key_store_is_refused(alice: Person) -> None:
    bob = new_person()
    rows = keystore_models.SubjectRow.objects
    rows.filter(subject_id=alice.subject).update(public=rows.get(subject_id=bob.subject).public)
    with pytest.raises(errors.Tampered):
        opened(alice)


# ---------- the erasure secret, commitments, formats ----------


def test_no_lasting_slot_opens_without_the_erasure_secret(alice: Person, keystore: InProcess) -> None:
    """inv-I6: with another erasure secret in the row, the same slot secret gives another opener."""
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    other = keystore._core.wrap(new_key(), "erasure", alice.subject)
    keystore_models.SubjectRow.objects.filter(subject_id=alice.subject).update(erasure_secret=other)
    with pytest.raises(errors.NutshellError):
        opened(alice)
    with pytest.raises(errors.NutshellError):
        queries.open_token_slot(alice.subject, token.slot_id, token.secret)


@pytest.mark.parametrize("kind", slots.KINDS)
def test_every_slot_carries_a_commitment_that_pins_one_key(kind: str) -> None:
    """inv-I19"""
    subject, slot_id = new_id(), b"s" * 16
    key, other = (slots.slot_key(kind, slot_id, new_key(), b"f" * 32) for _ in range(2))
    packed = slots.seal(key, subject.bytes, kind, slot_id, b"payload")
    assert slots.open_(key, subject.bytes, kind, slot_id, packed) == b"payload"
    slot = slots.read(packed)
    foreign = slots.read(slots.seal(other, subject.bytes, kind, slot_id, b"")).commitment
    swapped = slots.Slot(slot.format, kind, slot_id, foreign, slot.sealed)
    for wrong_key, wrong in ((other, packed), (key, slots.msgspec.msgpack.encode(swapped))):
        with pytest.raises(NotOpened):
            slots.open_(wrong_key, subject.bytes, kind, slot_id, wrong)


def test_unknown_slot_kinds_and_formats_fail_closed() -> None:
    """inv-I15"""
    with pytest.raises(UnknownFormat):
        slots.slot_key("master", b"s" * 16, new_key())
    for strange in (
        slots.Slot(2, "server", b"s" * 16, b"", b""),
        slots.Slot(1, "master", b"s" * 16, b"", b""),
    ):
        with pytest.raises(UnknownFormat):
            slots.read(slots.msgspec.msgpack.encode(strange))
    with pytest.raises(UnknownFormat):
        slots.read(slots.msgspec.msgpack.encode([1, "server", b"s" * 16, b"", b"", "more"]))


# ---------- tokens ----------


def test_a_token_opens_its_collections_with_its_secret_and_nothing_else(alice: Person) -> None:
    alice.write(MONDAY, b"eggs")
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    keys = queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    vault = Vault(alice.subject, alice.subject, keys)
    assert vault.read([MONDAY])[0].content == b"eggs"
    assert sorted(keys.collections) == ["diary", "index", "notes", "targets"]
    with pytest.raises(errors.Forbidden):
        vault.read([EGG])
    with pytest.raises(errors.Tampered):
        queries.open_token_slot(alice.subject, token.slot_id, new_key())


def test_a_token_mints_a_month_that_its_owner_reads(alice: Person) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    keys = queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    Vault(alice.subject, alice.subject, keys).change([MONDAY], lambda _: [b"from the token"])
    assert alice.read(MONDAY) == b"from the token"


def test_a_removed_token_opens_nothing_and_its_secret_is_destroyed(alice: Person) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    row = Keyslot.objects.get(slot_id=token.slot_id)
    actions.remove_slot(alice.subject, alice.bundle, token.slot_id)
    actions.remove_slot(alice.subject, alice.bundle, token.slot_id)
    row.save(force_insert=True)
    with pytest.raises(errors.NotFound):
        queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    assert not keystore_models.Secret.objects.filter(secret_id=token.slot_id).exists()


def test_a_token_ends_by_its_date(alice: Person) -> None:
    ends = clock.now() + timedelta(days=1)
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), ends)
    with clock.moved_to(ends + timedelta(seconds=1)), pytest.raises(errors.NotFound):
        queries.open_token_slot(alice.subject, token.slot_id, token.secret)


def test_a_slot_that_was_stored_but_never_pinned_does_not_open_and_locks_nobody_out(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(InProcess, "set_slots", lambda *_: (_ for _ in ()).throw(Crash()))
        with pytest.raises(Crash):
            actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    assert opened(alice)
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("foods",)), None)
    assert queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    assert opened(alice)
