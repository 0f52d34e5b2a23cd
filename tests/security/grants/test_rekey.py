"""A re-key (design: new keys for a person), at the level of keys and rows: what the old ones open, and where it may be
cut off."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from nutshell.common import errors
from nutshell.envelope import keyrings, listings, shelves, statements
from nutshell.envelope import people as envelope_people
from nutshell.envelope.errors import NotOpened
from nutshell.envelope.people import Bundle
from nutshell.vault import actions, factors, installation, keyslots, people, rekeying, sealed, store
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.keystore.types import NewKeys, Pin
from nutshell.vault.models import Grant, Record, Shelf, Subject
from nutshell.vault.sharing import grantee, inbox, owner, rings, rows
from nutshell.vault.slots.models import Keyslot, StagedKeys
from nutshell.vault.types import Change
from security.grants.sharing import NOVEMBER, offered, opened, run_errands, share
from security.keystore_in_process import InProcess
from security.people_and_vaults import DECEMBER, EGG, MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")
WRITE = msgspec.structs.replace(NOVEMBER, mode="write", purpose="family", text_version="family/2")
PASSWORD = factors.by_password("tinsel orbit maple quarrel")


def nothing(_holder: bytes) -> None:
    """What the accounts would do beside it."""


def holder_of(_bundle: Bundle) -> bytes:
    return b"h" * 32


def renewed(person: Person, *ways: factors.Way) -> Person:
    new = rekeying.renew(person.subject, person.bundle, ways or [None], holder_of, nothing)
    return replace(person, bundle=new)


def opened_at_login(person: Person) -> tuple[Bundle, object]:
    found = actions.open_at_login(person.subject)
    return found.bundle, found.problems


# ---------- the person's own ----------


def test_all_is_there_under_other_keys(alice: Person) -> None:
    for address, content in ((MONDAY, b"eggs"), (DECEMBER, b"nuts"), (EGG, b"own egg")):
        alice.write(address, content)
    after = renewed(alice)
    assert after.bundle.version == 2
    assert [after.read(one) for one in (MONDAY, DECEMBER, EGG)] == [b"eggs", b"nuts", b"own egg"]
    assert opened_at_login(alice) == (after.bundle, [])
    assert not StagedKeys.objects.exists()


def test_what_is_written_afterwards_does_not_open_with_the_old_keys(alice: Person) -> None:
    alice.write(MONDAY, b"eggs")
    after = renewed(alice)
    with pytest.raises(errors.Tampered):
        alice.read(MONDAY)  # no wrapped key of any generation opens
    after.write(TUESDAY, b"beans")
    newest = Shelf.objects.filter(subject_id=alice.subject).order_by("-generation").first()
    tuesday = Record.objects.get(
        record_id=after.vault()._keys.shelf("diary", "2026-11").locator.record_id("2026-11-24")
    )
    assert newest is not None
    assert tuesday.generation == newest.generation == 2


def test_no_old_shelf_key_opens_what_is_written_afterwards(alice: Person) -> None:
    """Whoever took bundle and tables before has every shelf key of then."""
    alice.write(MONDAY, b"eggs")
    shelf = store.shelves_of(alice.subject)
    after = renewed(alice)
    after.write(MONDAY, b"more eggs")
    old_keys = OwnerKeys(alice.bundle).shelf("diary", "2026-11")
    record = Record.objects.get(subject_id=alice.subject)
    for rows_ in shelf.values():
        for row in rows_:
            place = shelves.Place(alice.subject, row.tag, row.generation)
            key = old_keys.open(place, row.wrapped_key)
            for generation in (row.generation, record.generation):
                target = shelves.Place(alice.subject, row.tag, generation)
                with pytest.raises(NotOpened):
                    shelves.open_record(
                        key, target, bytes(record.record_id), record.version, record.schema, bytes(record.sealed)
                    )


def test_the_old_keys_sign_nothing_that_the_key_store_obeys(alice: Person) -> None:
    slot = Keyslot.objects.get(subject_id=alice.subject)
    after = renewed(alice)
    fresh = Keyslot.objects.get(subject_id=alice.subject)
    assert bytes(fresh.slot_id) != bytes(slot.slot_id)
    by_old = statements.sign(alice.bundle.signing, "destroy", alice.subject, bytes(fresh.slot_id), 0)
    with pytest.raises(errors.Forbidden):
        installation.client().destroy(bytes(fresh.slot_id), by_old)
    assert actions.open_at_login(alice.subject).bundle == after.bundle


def test_the_slots_that_were_open_nothing_even_from_a_backup(alice: Person, keystore: InProcess) -> None:
    before = Keyslot.objects.get(subject_id=alice.subject)
    renewed(alice)
    with pytest.raises(errors.NotFound):
        people.open_slot(before, b"", "login")


def test_a_token_of_before_opens_nothing(alice: Person) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset({"diary"}), None)
    row = Keyslot.objects.get(slot_id=token.slot_id)
    renewed(alice)
    assert not Keyslot.objects.filter(slot_id=token.slot_id).exists()
    with pytest.raises(errors.NotFound):
        people.open_slot(row, token.secret, "token")


def test_it_may_be_done_again_and_again(alice: Person) -> None:
    alice.write(MONDAY, b"eggs")
    third = renewed(renewed(alice))
    assert third.bundle.version == 3
    assert third.read(MONDAY) == b"eggs"
    assert [one.version for one in third.bundle.former] == [2, 1]
    assert opened_at_login(alice) == (third.bundle, [])


def test_a_sealed_account_stays_sealed_under_the_ways_that_were_given(alice: Person) -> None:
    first = factors.by_recovery_code(factors.new_recovery_code())
    second = factors.by_recovery_code(factors.new_recovery_code())
    assert first is not None
    assert second is not None
    sealed.seal(alice.subject, alice.bundle, [PASSWORD, first])
    after = renewed(alice, PASSWORD, second)
    assert sorted(slot.kind for slot in keyslots.of_kind(alice.subject, *keyslots.OPENING)) == ["password", "recovery"]
    for way, opens in ((PASSWORD, True), (second, True), (first, False)):
        found = sealed.open_(alice.subject, sealed.waiting(alice.subject, way), "login")
        assert (found is not None and found.bundle == after.bundle) is opens


def test_a_sealed_accounts_ways_must_be_enough(alice: Person) -> None:
    with pytest.raises(ValueError, match="recovery code"):
        rekeying.renew(alice.subject, alice.bundle, [PASSWORD], holder_of, nothing)
    assert actions.open_at_login(alice.subject).bundle == alice.bundle


def test_where_something_is_not_as_it_was_left_nothing_is_changed(alice: Person) -> None:
    alice.write(MONDAY, b"eggs")
    actions.open_at_login(alice.subject)
    Shelf.objects.filter(subject_id=alice.subject).delete()
    with pytest.raises(errors.Tampered):
        renewed(alice)
    assert not StagedKeys.objects.exists()
    row = Subject.objects.get(subject_id=alice.subject)
    assert row.bundle_version == 1


# ---------- the key store's word ----------


def wish_of(new: Bundle, version: int = 2) -> NewKeys:
    return NewKeys(people.packed_public(new), version, Pin(2, b"x" * 32))


@pytest.mark.parametrize("case", ["by-somebody-else", "not-accepted", "another-subject", "again", "a-later-version"])
def test_without_the_word_of_the_old_and_the_new_keys_nothing_is_swapped(alice: Person, case: str) -> None:
    bob, client = new_person(), installation.client()
    new, now = envelope_people.renewed(alice.bundle), 0
    wish = wish_of(new, 3 if case == "a-later-version" else 2)
    by = bob.bundle.signing if case == "by-somebody-else" else alice.bundle.signing
    accepting = alice.bundle.signing if case == "not-accepted" else new.signing
    target = bob.subject if case == "another-subject" else alice.subject
    signed = statements.sign(by, "new-keys", alice.subject, target.bytes, now, msgspec.msgpack.encode(wish))
    accepted = listings.sign_pin(accepting, "slots", alice.subject, 2, b"x" * 32, now)
    if case == "again":
        client.renew_keys(alice.subject, signed, accepted)
    with pytest.raises((errors.Forbidden, errors.Conflict)):
        client.renew_keys(alice.subject, signed, accepted)


# ---------- grants ----------


def test_who_was_let_in_reads_on_and_the_old_keyring_opens_nothing_new(alice: Person) -> None:
    bob = new_person()
    alice.write(MONDAY, b"eggs")
    shared = share(alice, bob)
    old_keys = shared.keys()
    after = renewed(alice)
    shared = replace(shared, owner=after)
    assert opened(shared.vault(), MONDAY) == b"eggs"
    after.write(MONDAY, b"more eggs")
    assert opened(shared.vault(), MONDAY) == b"more eggs"
    with pytest.raises(errors.Tampered):
        shared.vault(old_keys).read([MONDAY])


def test_the_thief_of_an_owners_old_keys_opens_no_keyring_sealed_since(alice: Person) -> None:
    bob = new_person()
    shared = share(alice, bob)
    kept_key = rings.unwrapped(alice.bundle, shared.row)
    kept_secret = rings.fetched(alice.subject, alice.bundle, [shared.grant_id])[0]
    assert kept_secret is not None
    after = renewed(alice)
    row = shared.row
    ring = rows.keyring_of(alice.subject, shared.grant_id)
    assert ring is not None
    statement = rings.read(OwnerKeys(after.bundle).owner_public(), row)
    with pytest.raises(NotOpened):
        keyrings.open_granted(keyrings.ring_key(kept_key, kept_secret.secret), statement, bytes(ring.sealed))
    with pytest.raises(errors.Forbidden):
        rings.fetched(alice.subject, alice.bundle, [shared.grant_id])


def test_a_writer_goes_on_writing_and_what_they_wrote_stands(alice: Person) -> None:
    bob = new_person()
    shared = share(alice, bob, WRITE)
    alice.write(MONDAY, b"eggs")
    vault = shared.vault()
    version = vault.read([MONDAY])[0].version
    vault.write([Change(MONDAY, version, b"bob's eggs")])
    after = renewed(alice)
    assert after.read(MONDAY) == b"bob's eggs"
    shared = replace(shared, owner=after)
    vault = shared.vault()
    version = vault.read([MONDAY])[0].version
    vault.write([Change(MONDAY, version, b"more of bob's")])
    assert after.read(MONDAY) == b"more of bob's"


def test_grants_that_ended_and_paused_ones_are_as_they_were(alice: Person) -> None:
    ended, paused = share(alice, new_person()), share(alice, new_person())
    ended.end()
    owner.set_state(alice.subject, paused.grant_id, ("active",), "paused")
    after = renewed(alice)
    for shared, state in ((ended, "revoked"), (paused, "paused")):
        row = shared.row
        assert row.state == state
        assert owner.terms_of(after.bundle, row) == NOVEMBER
        assert owner.details_of(after.bundle, row).label == "somebody"
    assert statements.verify(OwnerKeys(after.bundle).owner_public(), "revoke", bytes(ended.row.ended))
    owner.set_state(alice.subject, paused.grant_id, ("paused",), "active")
    assert replace(paused, owner=after).keys()


def test_open_offers_are_taken_back(alice: Person) -> None:
    grant_id, secret = offered(alice)
    after = renewed(alice)
    row = rows.grant_of(alice.subject, grant_id)
    assert row is not None
    assert row.state == "withdrawn"
    assert owner.terms_of(after.bundle, row) == NOVEMBER
    with pytest.raises(errors.NotFound):
        grantee.open_offer(grant_id, secret)


def test_what_others_granted_opens_at_once_and_gets_new_keys_with_their_next_request(alice: Person) -> None:
    carol = new_person()
    carol.write(MONDAY, b"carol's")
    shared = share(carol, alice)
    before = shared.row
    after = renewed(alice)
    shared = replace(shared, grantee=after)
    assert opened(shared.vault(), MONDAY) == b"carol's"
    assert run_errands(carol) == 1
    assert owner.fingerprint_of(carol.bundle, shared.row) != owner.fingerprint_of(carol.bundle, before)
    assert opened(shared.vault(), MONDAY) == b"carol's"
    stolen = replace(shared, grantee=alice)
    with pytest.raises((errors.Forbidden, errors.Tampered)):
        stolen.keys()


def test_somebody_who_is_granted_twice_is_not_confused_by_two_rekeys(alice: Person) -> None:
    carol = new_person()
    carol.write(MONDAY, b"carol's")
    shared = share(carol, alice)
    after = renewed(renewed(alice))
    assert run_errands(carol) == 2
    assert opened(replace(shared, grantee=after).vault(), MONDAY) == b"carol's"


def test_what_was_sent_before_and_after_is_filed(alice: Person) -> None:
    bob = new_person()
    share(alice, bob)
    to_alice = inbox.peers(bob.subject, bob.bundle)[alice.subject]
    inbox.send(bob.subject, bob.bundle, to_alice, "food", b"before")
    after = renewed(alice)
    inbox.send(bob.subject, bob.bundle, to_alice, "food", b"sealed to the old key")
    run_errands(after)
    found = [one.payload for one in inbox.waiting(alice.subject, after.bundle)]
    assert found == [b"before", b"sealed to the old key"]


# ---------- cut off ----------

STEPS: dict[str, tuple[object, str]] = {
    "before the swap": (rekeying, "_swap"),
    "after the swap": (rekeying, "_install"),
    "before the records": (rekeying.moving, "move"),
    "before the secrets go": (keyslots, "destroy"),
}


class CutError(Exception):
    pass


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_is_cut_off_the_next_log_in_finds_all_of_it(
    alice: Person, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bob = new_person()
    alice.write(MONDAY, b"eggs")
    shared = share(alice, bob)
    before = Keyslot.objects.get(subject_id=alice.subject)

    def cut(*_: object, **__: object) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[step], cut)
        with pytest.raises(CutError):
            renewed(alice)
    rekeying.catch_up(alice.subject, nothing)
    found = actions.open_at_login(alice.subject)
    assert not found.problems
    after = replace(alice, bundle=found.bundle)
    assert found.bundle.version == (1 if step == "before the swap" else 2)
    assert after.read(MONDAY) == b"eggs"
    assert opened(replace(shared, owner=after).vault(), MONDAY) == b"eggs"
    if step != "before the swap":
        assert not StagedKeys.objects.exists()
        with pytest.raises(errors.NotFound):
            people.open_slot(before, b"", "login")


def test_an_attempt_that_never_reached_the_key_store_is_forgotten_after_a_while(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(rekeying, "_swap", cut)
        with pytest.raises(CutError):
            renewed(alice)
    with pytest.raises(errors.Conflict):
        renewed(alice)
    StagedKeys.objects.update(created_at=StagedKeys.objects.get().created_at - keyslots.LEFT_OVER * 2)
    assert renewed(alice).bundle.version == 2


def test_another_session_that_changed_the_slots_meanwhile_wins(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    swap = rekeying._swap

    def late(*given: object) -> None:
        actions.add_token_slot(alice.subject, alice.bundle, frozenset({"diary"}), None)
        swap(*given)

    monkeypatch.setattr(rekeying, "_swap", late)
    with pytest.raises(errors.Conflict):
        renewed(alice)
    assert not StagedKeys.objects.exists()
    assert opened_at_login(alice) == (alice.bundle, [])


# ---------- rows that somebody else wrote ----------


def cut_before(monkeypatch: pytest.MonkeyPatch, person: Person, step: str) -> StagedKeys:
    """A re-key that stopped there, with its row."""

    def cut(*_: object, **__: object) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[step], cut)
        with pytest.raises(CutError):
            renewed(person)
    return StagedKeys.objects.get(subject_id=person.subject)


def test_nobody_who_writes_tables_has_the_owner_destroy_the_slots_in_force(alice: Person) -> None:
    slot = Keyslot.objects.get(subject_id=alice.subject)
    StagedKeys.objects.create(
        subject_id=alice.subject, bundle_version=1, packed=b"", holder=b"h" * 32, installed=True,
        former=msgspec.msgpack.encode([bytes(slot.slot_id)]), created_at=slot.created_at,
    )  # fmt: skip
    with pytest.raises(errors.Tampered):
        actions.open_at_login(alice.subject)
    StagedKeys.objects.all().delete()
    assert opened_at_login(alice) == (alice.bundle, [])


@pytest.mark.parametrize("by", ["the old keys", "somebody else's word for themselves"])
def test_what_goes_with_a_rekey_counts_by_the_new_keys_word_only(
    alice: Person, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    followed: list[object] = []
    monkeypatch.setattr(rekeying, "_followers", [lambda *given: followed.append(given)])
    cut_before(monkeypatch, alice, "before the records")
    fresh = Keyslot.objects.get(subject_id=alice.subject)
    signer, subject = (alice.bundle, alice.subject) if by == "the old keys" else (new_person().bundle, alice.subject)
    details = msgspec.msgpack.encode([bytes(fresh.slot_id)])
    forged = statements.sign(signer.signing, "former-slots", subject, subject.bytes, 0, details)
    StagedKeys.objects.update(former=forged)
    with pytest.raises(errors.Tampered):
        actions.open_at_login(alice.subject)
    assert not followed
    assert installation.client().fetch(alice.subject, bytes(fresh.slot_id), "re-key")


def test_a_staged_row_that_cannot_be_read_is_a_refusal(alice: Person) -> None:
    StagedKeys.objects.create(
        subject_id=alice.subject, bundle_version=2, packed=b"\xc1", former=b"", holder=b"",
        created_at=Keyslot.objects.get(subject_id=alice.subject).created_at,
    )  # fmt: skip
    with pytest.raises(errors.Tampered):
        rekeying.catch_up(alice.subject, nothing)


def test_a_refusal_of_what_the_key_store_has_obeyed_loses_no_keys(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer was lost on the way, and the request came a second time."""
    alice.write(MONDAY, b"eggs")
    client = installation.client()
    once = client.renew_keys

    def twice(*given: Any) -> None:
        once(*given)
        once(*given)

    with monkeypatch.context() as patch:
        patch.setattr(client, "renew_keys", twice)
        with pytest.raises(errors.Forbidden):
            renewed(alice)
    rekeying.catch_up(alice.subject, nothing)
    found = actions.open_at_login(alice.subject)
    assert found.bundle.version == 2
    assert replace(alice, bundle=found.bundle).read(MONDAY) == b"eggs"


@pytest.mark.parametrize("column", ["ended", "statement"])
def test_a_grant_that_somebody_altered_stops_it_before_anything_is_changed(alice: Person, column: str) -> None:
    shared = share(alice, new_person())
    shared.end()
    Grant.objects.filter(grant_id=shared.grant_id).update(**{column: b"\xc1"})
    with pytest.raises(errors.Tampered):
        renewed(alice)
    assert not StagedKeys.objects.exists()
    assert Subject.objects.get(subject_id=alice.subject).bundle_version == 1
