"""inv-I5, inv-I6, inv-I7, inv-I19, req-24, req-25: sealed accounts, at the level of keys."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from nutshell.common import clock, errors
from nutshell.envelope import aead, slots
from nutshell.envelope import people as envelope_people
from nutshell.envelope.errors import EnvelopeError
from nutshell.vault import actions, factors, installation, people, queries, sealed
from nutshell.vault.factors import Way
from nutshell.vault.keystore import models as keystore_models
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore import types as keystore_types
from nutshell.vault.models import Record, Shelf
from nutshell.vault.slots import lists
from nutshell.vault.slots.models import Keyslot, SlotList
from security.keystore_in_process import InProcess
from security.people_and_vaults import MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")
PASSWORD = factors.by_password("tinsel orbit maple quarrel")
NEW_PASSWORD = factors.by_password("velvet harbour onion sketch")
PASSKEY = factors.by_passkey(b"p" * 32)


def a_code() -> Way:
    way = factors.by_recovery_code(factors.new_recovery_code())
    assert way is not None
    return way


CODE, OTHER_CODE = a_code(), a_code()


@pytest.fixture
def sealed_alice(alice: Person) -> Person:
    alice.write(MONDAY, b"eggs")
    sealed.seal(alice.subject, alice.bundle, [PASSWORD, CODE])
    return alice


def opens(person: Person, way: Way) -> bool:
    found = sealed.open_(person.subject, sealed.waiting(person.subject, way), "login")
    return found is not None and found == (person.bundle, [], None)


def kinds(person: Person) -> list[str]:
    return sorted(Keyslot.objects.filter(subject_id=person.subject).values_list("kind", flat=True))


# ---------- what opens ----------


def test_a_sealed_account_opens_by_its_own_factors_and_not_by_the_server(sealed_alice: Person) -> None:
    assert queries.is_sealed(sealed_alice.subject)
    assert kinds(sealed_alice) == ["password", "recovery"]
    with pytest.raises(errors.Sealed):
        actions.open_at_login(sealed_alice.subject)
    assert opens(sealed_alice, PASSWORD)
    assert opens(sealed_alice, CODE)
    assert sealed_alice.read(MONDAY) == b"eggs"


@pytest.mark.parametrize("wrong", [NEW_PASSWORD, OTHER_CODE, PASSKEY])
def test_nothing_else_opens_it(sealed_alice: Person, wrong: Way) -> None:
    assert sealed.open_(sealed_alice.subject, sealed.waiting(sealed_alice.subject, wrong), "login") is None


def test_a_passkey_may_stand_where_the_password_does(alice: Person) -> None:
    sealed.seal(alice.subject, alice.bundle, [PASSKEY, CODE])
    assert opens(alice, PASSKEY)
    assert not opens(alice, PASSWORD)


def test_another_persons_factors_do_not_open_it_even_when_the_rows_are_moved(sealed_alice: Person) -> None:
    bob = new_person()
    sealed.seal(bob.subject, bob.bundle, [NEW_PASSWORD, OTHER_CODE])
    Keyslot.objects.filter(subject_id=sealed_alice.subject).delete()
    Keyslot.objects.filter(subject_id=bob.subject).update(subject_id=sealed_alice.subject)
    assert not opens(sealed_alice, NEW_PASSWORD)
    assert not opens(sealed_alice, PASSWORD)


@pytest.mark.parametrize("ways", [[], [PASSWORD], [CODE], [CODE, OTHER_CODE], [PASSWORD, PASSKEY]])
def test_sealing_needs_a_recovery_code_and_something_beside_it(alice: Person, ways: list[Way]) -> None:
    with pytest.raises(ValueError, match="recovery"):
        sealed.seal(alice.subject, alice.bundle, ways)
    assert kinds(alice) == ["server"]


def test_tokens_go_on_and_are_made_in_a_sealed_account(sealed_alice: Person) -> None:
    token = actions.add_token_slot(sealed_alice.subject, sealed_alice.bundle, frozenset(("diary",)), None)
    assert queries.open_token_slot(sealed_alice.subject, token.slot_id, token.secret)
    actions.remove_slot(sealed_alice.subject, sealed_alice.bundle, token.slot_id)
    assert opens(sealed_alice, PASSWORD)


def test_shelves_are_checked_when_a_sealed_account_opens(sealed_alice: Person) -> None:
    actions.reseal_root(sealed_alice.subject, sealed_alice.bundle, "errand")
    Shelf.objects.filter(subject_id=sealed_alice.subject).delete()
    found = sealed.open_(sealed_alice.subject, sealed.waiting(sealed_alice.subject, PASSWORD), "login")
    assert found is not None
    assert [one.kind for one in found.problems] == ["missing"]


def test_unsealing_gives_the_server_its_slot_back_and_ends_the_others(sealed_alice: Person) -> None:
    sealed.unseal(sealed_alice.subject, sealed_alice.bundle)
    assert kinds(sealed_alice) == ["server"]
    assert actions.open_at_login(sealed_alice.subject) == (sealed_alice.bundle, [], None)
    assert keystore_models.Secret.objects.filter(subject_id=sealed_alice.subject).count() == 1


def test_a_changed_password_rewraps_one_slot(sealed_alice: Person) -> None:
    code_slot = Keyslot.objects.get(subject_id=sealed_alice.subject, kind="recovery")
    sealed.replace(sealed_alice.subject, sealed_alice.bundle, NEW_PASSWORD)
    assert opens(sealed_alice, NEW_PASSWORD)
    assert not opens(sealed_alice, PASSWORD)
    assert bytes(Keyslot.objects.get(subject_id=sealed_alice.subject, kind="recovery").packed) == bytes(
        code_slot.packed
    )


def test_a_new_recovery_code_ends_the_old_one(sealed_alice: Person) -> None:
    sealed.replace(sealed_alice.subject, sealed_alice.bundle, OTHER_CODE)
    assert opens(sealed_alice, OTHER_CODE)
    assert not opens(sealed_alice, CODE)


# ---------- recovery codes ----------


def test_a_recovery_code_has_160_bits_and_is_read_as_people_write() -> None:
    codes = {factors.new_recovery_code() for _ in range(200)}
    assert len(codes) == 200
    code = codes.pop()
    assert len(code.replace("-", "")) * 5 == 160
    whole = factors.by_recovery_code(code)
    spaced = code.replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert factors.by_recovery_code(f"  {spaced}\n") == whole
    assert sealed.is_new_code(whole, sealed.mark_of(whole))
    for wrong in ("", code[:-1], code + "A", code[:-1] + "U", code[:-1] + "é", "-" * 39):
        assert factors.by_recovery_code(wrong) is None


def test_a_prf_output_has_32_bytes() -> None:
    for wrong in (b"", b"x" * 31, b"x" * 33):
        with pytest.raises(ValueError, match="32"):
            factors.by_passkey(wrong)


# ---------- with all that the server has (inv-I7, req-24) ----------


def all_server_secrets(keystore: InProcess) -> tuple[dict[bytes, bytes], list[bytes]]:
    """Every opener there is by slot id, and every key of databases, key store and KMS as a candidate for anything."""
    core = keystore._core
    openers, candidates = {}, [b"", b"\0" * 32]
    for row in keystore_models.Secret.objects.all():
        openers[bytes(row.secret_id)] = keystore.fetch(row.subject_id, bytes(row.secret_id), "job").opener
        candidates.append(core.unwrap(row.wrapped, "secret", row.subject_id, bytes(row.secret_id), row.kind))
    for row in keystore_models.SubjectRow.objects.all():
        candidates.append(core.unwrap(row.erasure_secret, "erasure", row.subject_id))
    for name in keystore_types.MEMORY_NAMES:
        candidates += keystore.installation(name).values()
    candidates += [keystore.epoch(clock.utc_day()), *openers.values()]
    return openers, candidates


def opened_by_the_server(keystore: InProcess) -> tuple[int, int]:
    """How many slots and how many shelves give way to everything that the server has."""
    openers, candidates = all_server_secrets(keystore)
    found = [one for slot in Keyslot.objects.all() for one in _payloads(slot, openers, candidates)]
    keys = candidates + [
        bundle.collection(name).wrapping for bundle in map(envelope_people.unpack, found) for name in ("diary", "notes")
    ]
    return len(found), sum(_gives_way(shelf, keys) for shelf in Shelf.objects.all())


def _payloads(slot: Keyslot, openers: dict[bytes, bytes], candidates: list[bytes]) -> Iterator[bytes]:
    slot_id = bytes(slot.slot_id)
    opener = openers.get(slot_id, b"\0" * 32)
    for factor in candidates:
        try:
            key = slots.slot_key(slot.kind, slot_id, opener, factor)
            yield slots.open_(key, slot.subject_id.bytes, slot.kind, slot_id, bytes(slot.packed))
        except EnvelopeError:
            continue


def _gives_way(shelf: Shelf, keys: list[bytes]) -> bool:
    from nutshell.envelope.context import context

    bound = context("shelf-key", shelf.subject_id, bytes(shelf.tag), shelf.generation)
    for key in keys:
        if len(key) != 32:
            continue
        try:
            aead.open_(key, bytes(shelf.wrapped_key), bound)
        except EnvelopeError:
            continue
        return True
    return False


def test_with_all_server_secrets_no_record_of_a_sealed_account_opens(alice: Person, keystore: InProcess) -> None:
    alice.write(MONDAY, b"eggs")
    alice.write(TUESDAY, b"bread")
    assert opened_by_the_server(keystore) == (1, 1), "the attack must work on an unsealed account"
    sealed.seal(alice.subject, alice.bundle, [PASSWORD, PASSKEY, CODE])
    assert Record.objects.count() == 2
    assert opened_by_the_server(keystore) == (0, 0)


def test_an_accounts_backup_from_before_the_sealing_opens_nothing(alice: Person, keystore: InProcess) -> None:
    """The server's slot is back, and its secret is destroyed for good."""
    alice.write(MONDAY, b"eggs")
    old_slot, old_list = Keyslot.objects.get(subject_id=alice.subject), SlotList.objects.get(subject_id=alice.subject)
    sealed.seal(alice.subject, alice.bundle, [PASSWORD, CODE])
    Keyslot.objects.all().delete()
    SlotList.objects.all().delete()
    old_slot.save(force_insert=True)
    old_list.save(force_insert=True)
    assert opened_by_the_server(keystore) == (0, 0)
    with pytest.raises(errors.NotFound):
        queries.open_by_server_slot(alice.subject, "login")
    with pytest.raises(errors.Conflict):
        keystore.put_secret(alice.subject, bytes(old_slot.slot_id), "server")


def test_a_dump_with_the_right_password_opens_nothing_without_the_key_store(sealed_alice: Person) -> None:
    """inv-I6, req-25: neither the password's slot nor the code's, whatever stands in for the opener."""
    for way in (PASSWORD, CODE):
        slot = Keyslot.objects.get(subject_id=sealed_alice.subject, kind=way.kind)
        slot_id = bytes(slot.slot_id)
        factor = factors.factor_of(way, slot_id)
        for opener in (b"\0" * 32, factor, bytes(slots.read(bytes(slot.packed)).commitment)):
            key = slots.slot_key(way.kind, slot_id, opener, factor)
            with pytest.raises(EnvelopeError):
                slots.open_(key, sealed_alice.subject.bytes, way.kind, slot_id, bytes(slot.packed))


def test_the_erasure_secret_is_needed_with_every_factor(sealed_alice: Person, keystore: InProcess) -> None:
    other = keystore._core.wrap(b"e" * 32, "erasure", sealed_alice.subject)
    keystore_models.SubjectRow.objects.filter(subject_id=sealed_alice.subject).update(erasure_secret=other)
    assert not opens(sealed_alice, PASSWORD)
    assert not opens(sealed_alice, CODE)


# ---------- behind the owner's back (inv-I5) ----------


def test_a_slot_removed_inserted_or_exchanged_is_noticed(sealed_alice: Person) -> None:
    recovery = Keyslot.objects.get(subject_id=sealed_alice.subject, kind="recovery")
    Keyslot.objects.filter(pk=recovery.pk).delete()
    with pytest.raises(errors.Tampered):
        opens(sealed_alice, PASSWORD)
    recovery.save(force_insert=True)
    assert opens(sealed_alice, PASSWORD)
    forged = {"kind": "passkey", "packed": b"mallory", "created_at": clock.now()}
    Keyslot.objects.create(subject_id=sealed_alice.subject, slot_id=b"m" * 16, **forged)
    with pytest.raises(errors.Tampered):
        opens(sealed_alice, PASSWORD)


def test_a_password_slot_put_back_after_a_change_opens_nothing(sealed_alice: Person) -> None:
    old = Keyslot.objects.get(subject_id=sealed_alice.subject, kind="password")
    sealed.replace(sealed_alice.subject, sealed_alice.bundle, NEW_PASSWORD)
    old.save(force_insert=True)
    assert not opens(sealed_alice, PASSWORD)


def test_an_unsealed_account_whose_server_slot_is_taken_away_does_not_read_as_sealed(alice: Person) -> None:
    Keyslot.objects.filter(subject_id=alice.subject).delete()
    assert not queries.is_sealed(alice.subject)
    with pytest.raises(errors.NotFound):
        actions.open_at_login(alice.subject)


# ---------- the new is opened before the old goes (inv-I19) ----------


@pytest.mark.parametrize("act", ["seal", "unseal", "password", "code"])
def test_a_new_slot_that_does_not_open_leaves_everything_as_it_was(
    alice: Person, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    if act != "seal":
        sealed.seal(alice.subject, alice.bundle, [PASSWORD, CODE])
    acts: dict[str, Callable[[], None]] = {
        "seal": lambda: sealed.seal(alice.subject, alice.bundle, [NEW_PASSWORD, OTHER_CODE]),
        "unseal": lambda: sealed.unseal(alice.subject, alice.bundle),
        "password": lambda: sealed.replace(alice.subject, alice.bundle, NEW_PASSWORD),
        "code": lambda: sealed.replace(alice.subject, alice.bundle, OTHER_CODE),
    }
    stored = people.sealed_slot
    with monkeypatch.context() as patch:
        patch.setattr(people, "sealed_slot", lambda *rest: _spoiled(stored(*rest)))
        with pytest.raises(errors.Tampered):
            acts[act]()
    if act == "seal":
        assert actions.open_at_login(alice.subject) == (alice.bundle, [], None)
    else:
        assert opens(alice, PASSWORD)
        assert opens(alice, CODE)
    acts[act]()


def _spoiled(packed: bytes) -> bytes:
    return packed[:-1] + bytes((packed[-1] ^ 1,))


class Crash(Exception):  # noqa: N818 - an event, not an error
    pass


STEPS = [
    (kind, nth) for kind, most in ((ask.PutSecret, 2), (ask.SetPin, 2), (ask.Destroy, 1)) for nth in range(1, most + 1)
]


@pytest.mark.parametrize(("kind", "nth"), STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_sealing_interrupted_at_any_step_leaves_an_account_that_opens_and_seals(
    alice: Person, keystore: InProcess, monkeypatch: pytest.MonkeyPatch, kind: type, nth: int, when: str
) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch, kind, nth, when)
        with pytest.raises(Crash):
            sealed.seal(alice.subject, alice.bundle, [PASSWORD, CODE])
    is_open = _by_server(alice)
    assert is_open or opens(alice, PASSWORD)
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        if is_open:
            sealed.seal(alice.subject, alice.bundle, [NEW_PASSWORD, OTHER_CODE])
        assert opens(alice, NEW_PASSWORD if is_open else PASSWORD)
        assert not _by_server(alice)
        assert opened_by_the_server(keystore)[0] == 0
        assert kinds(alice) == ["password", "recovery"]


@pytest.mark.parametrize(("kind", "nth"), [(ask.PutSecret, 1), (ask.SetPin, 1), (ask.SetPin, 2), (ask.Destroy, 1)])
@pytest.mark.parametrize("when", ["before", "after"])
def test_unsealing_interrupted_at_any_step_leaves_an_account_that_opens_and_unseals(
    sealed_alice: Person, keystore: InProcess, monkeypatch: pytest.MonkeyPatch, kind: type, nth: int, when: str
) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch, kind, nth, when)
        with pytest.raises(Crash):
            sealed.unseal(sealed_alice.subject, sealed_alice.bundle)
    assert _by_server(sealed_alice) or opens(sealed_alice, PASSWORD)
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        if not _by_server(sealed_alice):
            assert opens(sealed_alice, PASSWORD)
            assert opened_by_the_server(keystore)[0] == 0, "a half-made server slot must not stay"
            sealed.unseal(sealed_alice.subject, sealed_alice.bundle)
        assert _by_server(sealed_alice)


def _by_server(person: Person) -> bool:
    try:
        return actions.open_at_login(person.subject) == (person.bundle, [], None)
    except errors.Sealed:
        return False


def crash_at(patch: pytest.MonkeyPatch, wanted: type, nth: int, when: str) -> None:
    asked, seen = InProcess._exchange, []

    def ask_and_crash(self: InProcess, frame: bytes, *rest: object) -> bytes:
        seen.append(type(ask.request_decoder.decode(frame)))
        due = seen[-1] is wanted and seen.count(wanted) == nth
        if due and when == "before":
            raise Crash
        answer = asked(self, frame, *rest)  # type: ignore[arg-type]
        if due:
            raise Crash
        return answer

    patch.setattr(InProcess, "_exchange", ask_and_crash)


def test_two_sessions_that_seal_and_change_at_once_leave_one_list(
    sealed_alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loser of the pin looks again: no slot of the winner is lost."""
    pin, raced = lists.pin, []

    def other_first(row: SlotList, expected: int) -> None:
        if not raced:
            raced.append(True)
            actions.add_token_slot(sealed_alice.subject, sealed_alice.bundle, frozenset(("foods",)), None)
        pin(row, expected)

    monkeypatch.setattr(lists, "pin", other_first)
    sealed.replace(sealed_alice.subject, sealed_alice.bundle, NEW_PASSWORD)
    assert kinds(sealed_alice) == ["password", "recovery", "token"]
    assert opens(sealed_alice, NEW_PASSWORD)


def test_two_sessions_that_each_drop_the_others_slots_do_not_lose_the_account(alice: Person) -> None:
    first = {bytes(one.slot.slot_id) for one in sealed._made(alice.subject, alice.bundle, [PASSWORD, CODE])}
    second = {bytes(one.slot.slot_id) for one in sealed._made(alice.subject, alice.bundle, [NEW_PASSWORD, OTHER_CODE])}
    every = {bytes(slot.slot_id) for slot in Keyslot.objects.filter(subject_id=alice.subject)}
    sealed.drop(alice.subject, alice.bundle, every - first, first)
    with pytest.raises(errors.Conflict):
        sealed.drop(alice.subject, alice.bundle, every - second, second)
    assert opens(alice, PASSWORD)
    assert opens(alice, CODE)


def test_nothing_is_dropped_for_a_slot_that_is_gone(alice: Person) -> None:
    sealed.seal(alice.subject, alice.bundle, [PASSWORD, PASSKEY, CODE])
    with pytest.raises(errors.Conflict):
        sealed.drop(alice.subject, alice.bundle, sealed.ids_of(alice.subject, "password"), instead={b"g" * 16})
    assert opens(alice, PASSWORD)


def test_no_list_is_signed_that_leaves_no_way_in(sealed_alice: Person) -> None:
    for kind in ("password", "recovery"):
        with pytest.raises(errors.Conflict):
            sealed.drop(sealed_alice.subject, sealed_alice.bundle, sealed.ids_of(sealed_alice.subject, kind))
    assert opens(sealed_alice, PASSWORD)


def test_every_fetch_of_a_sealed_account_has_its_leaf(sealed_alice: Person) -> None:
    before = keystore_models.OwnLeaf.objects.count()
    assert opens(sealed_alice, PASSWORD)
    assert keystore_models.OwnLeaf.objects.count() == before + 1
    assert installation.client() is not None
