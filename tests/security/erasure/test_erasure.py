"""inv-I9, inv-I10, inv-I11, inv-I21, req-29, req-30, req-31: nothing opens, nothing stays, nothing returns."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from nutshell.audit import types as audit_types
from nutshell.audit.models import AuditLeaf
from nutshell.common import clock, errors
from nutshell.envelope import erased, shelves
from nutshell.envelope.errors import EnvelopeError
from nutshell.erasure import actions as erasure
from nutshell.erasure import schema as live
from nutshell.erasure.models import EraseOrder
from nutshell.vault import actions, erasing, installation, queries
from nutshell.vault.keystore import service
from nutshell.vault.keystore.core import Core
from nutshell.vault.models import Record, Shelf, Subject
from nutshell.vault.slots.models import Keyslot
from security.keystore_in_process import InProcess, started
from security.people_and_vaults import MONDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
USERS = list(range(10_000))
ALIASES = ("default", "records", "keys")
on_sqlite = pytest.mark.skipif(
    connections["records"].vendor != "sqlite", reason="this test copies or describes SQLite files"
)


@pytest.fixture
def core(tmp_path: Path) -> Core:
    return started(tmp_path)


@pytest.fixture(autouse=True)
def keystore(core: Core) -> Iterator[InProcess]:
    before = installation._client, installation._held
    client = InProcess(core)
    installation.configure(client)
    yield client
    installation._client, installation._held = before


@pytest.fixture
def alice() -> Person:
    return with_account()


@pytest.fixture
def bob() -> Person:
    return with_account()


def with_account() -> Person:
    """Somebody with a user row, records, a token and something in every table that can name them."""
    person = new_person()
    person.write(MONDAY, b"eggs")
    actions.add_token_slot(person.subject, person.bundle, frozenset(("diary",)), None)
    body = audit_types.leaf(audit_types.Body(1, "login", person.subject, str(person.subject), 1))
    AuditLeaf.objects.create(subject_id=person.subject, body=body.body, salt=body.salt, leaf_hash=body.hash)
    user = get_user_model()(password="!", **{get_user_model().USERNAME_FIELD: USERS.pop()})
    user.subject_id = person.subject
    user.save()
    return person


def everything() -> Iterator[tuple[str, object]]:
    """Every value of every column of every table in the three databases, with the table's name."""
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    yield from ((f"{alias}.{table}", value) for value in row)


def traces(subject: UUID) -> list[str]:
    """Tables with a value that holds the subject's id, as text with or without dashes, or as bytes."""
    forms = (subject.bytes, subject.hex.encode(), str(subject).encode())
    found = []
    for table, value in everything():
        raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        if any(form in raw for form in forms):
            found.append(table)
    return found


def test_after_an_erase_no_table_holds_the_subjects_id(alice: Person, bob: Person) -> None:
    assert {"default.keyslot", "records.record", "keys.subject_row"} <= set(traces(alice.subject))
    erasure.close_account(alice.subject, alice.bundle)
    assert traces(alice.subject) == []
    assert bob.read(MONDAY) == b"eggs"
    assert queries.open_by_server_slot(bob.subject, "login") == bob.bundle


@on_sqlite
def test_the_search_for_traces_covers_every_table_that_can_name_a_subject(alice: Person) -> None:
    """Whatever tables come later: a row of Alice's in each of them is found and deleted."""
    wanted = [(a, rows.table, rows.column) for a in ALIASES[:2] for rows in live.Schema(a).of_subject(alice.subject)]
    for alias, table, column in wanted:
        insert_minimal(alias, table, column, alice.subject)
    assert {f"{alias}.{table}" for alias, table, _ in wanted} <= set(traces(alice.subject)) | filled_by_others()
    erasure.close_account(alice.subject, alice.bundle)
    assert traces(alice.subject) == []


def filled_by_others() -> set[str]:
    return {"default.user_account"}


def insert_minimal(alias: str, table: str, column: str, subject: UUID) -> None:
    """A row with the subject in one column and anything in the others."""
    connection = connections[alias]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(f'PRAGMA table_info("{table}")')
        names = [(name, kind) for _, name, kind, *_ in cursor.fetchall()]
        cursor.execute(f'SELECT COUNT(*) FROM "{table}" WHERE "{column}" = %s', [subject.hex])
        if cursor.fetchone()[0]:
            return
        values = [subject.hex if name == column else filler(kind) for name, kind in names]
        marks = ", ".join(["%s"] * len(values))
        columns = ", ".join(f'"{name}"' for name, _ in names)
        cursor.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', values)


def filler(kind: str) -> object:
    kind = kind.lower()
    if kind == "char(32)":
        return uuid4().hex
    if "int" in kind or kind == "bool":
        return 1
    return "2026-11-23" if "date" in kind else (b"x" if kind == "blob" else "x")


def test_after_an_erase_no_slot_opens_from_live_data_or_a_copy_of_it(alice: Person) -> None:
    """inv-I9: even with every row of records and accounts put back, the key store opens nothing."""
    slots, subject = list(Keyslot.objects.filter(subject_id=alice.subject)), Subject.objects.get(pk=alice.subject)
    assert len(slots) == 2
    erasure.close_account(alice.subject, alice.bundle)
    subject.save(force_insert=True)
    for slot in slots:
        slot.save(force_insert=True)
    with pytest.raises(errors.NotFound):
        queries.open_by_server_slot(alice.subject, "login")


def test_records_read_as_absent_from_the_moment_of_the_freeze(alice: Person) -> None:
    erasing.freeze(alice.subject)
    assert alice.read(MONDAY) is None
    assert alice.vault().read_shelf("diary", "2026-11") == []
    with pytest.raises(errors.NotFound):
        alice.write(MONDAY, b"more")


def test_an_erase_that_began_lets_nobody_in(alice: Person) -> None:
    erasing.begin(alice.subject, erasing.signed_wish(alice.subject, alice.bundle))
    with pytest.raises(errors.NotFound):
        queries.open_by_server_slot(alice.subject, "login")


def test_the_receipt_says_what_went_and_when_it_is_final_and_names_nobody(alice: Person, keystore: InProcess) -> None:
    packed = erasure.close_account(alice.subject, alice.bundle)
    receipt = erased.read_receipt(keystore.public_keys("receipt"), packed)
    assert receipt.rows["record"] == 1
    assert receipt.rows["keyslot"] == 2
    assert receipt.final_at - receipt.erased_at == 7 * 24 * 3600
    assert receipt.tombstone == erased.tombstone(alice.subject) == keystore.tombstones()[-1].hash
    assert alice.subject.bytes not in packed
    assert str(alice.subject).encode() not in packed
    assert alice.subject.hex.encode() not in packed


def test_an_altered_receipt_is_refused(alice: Person, keystore: InProcess) -> None:
    packed = erasure.close_account(alice.subject, alice.bundle)
    with pytest.raises(EnvelopeError):
        erased.read_receipt(keystore.public_keys("receipt"), packed[:-1] + bytes((packed[-1] ^ 1,)))


def test_audit_bodies_go_and_leaf_hashes_stay(alice: Person) -> None:
    leaf = AuditLeaf.objects.get(subject_id=alice.subject)
    erasure.close_account(alice.subject, alice.bundle)
    kept = AuditLeaf.objects.get(leaf_hash=leaf.leaf_hash)
    assert (kept.subject_id, kept.body, kept.salt) == (None, None, None)


def test_a_wipe_takes_the_data_and_keeps_the_account(alice: Person) -> None:
    users = get_user_model().objects.count()
    erasure.wipe(alice.subject, alice.bundle)
    assert get_user_model().objects.count() == users
    assert traces(alice.subject) == []


def test_a_token_cannot_order_an_erase(alice: Person) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    keys = queries.open_token_slot(alice.subject, token.slot_id, token.secret)
    with pytest.raises(errors.Forbidden):
        erasure.close_account(alice.subject, keys)
    assert alice.read(MONDAY) == b"eggs"


# ---------- interrupted ----------


class Crash(Exception):  # noqa: N818 - an event, not an error
    pass


STEPS: list[tuple[object, str]] = [
    (EraseOrder.objects, "update_or_create"),
    (erasing, "begin"),
    (erasing, "freeze"),
    (erasing, "shred"),
    (erasure.audit, "erase"),
    (erasure.storage, "cut_log"),
    (erasure, "remove_rows"),
    (erasing, "finish"),
    (erasing, "receipt"),
]


@pytest.mark.parametrize(("place", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_erase_interrupted_at_any_step_finishes_at_the_next_start(
    alice: Person, bob: Person, core: Core, monkeypatch: pytest.MonkeyPatch, place: object, name: str, when: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(place, name, crashing(getattr(place, name), when))
        with pytest.raises(Crash):
            erasure.close_account(alice.subject, alice.bundle)
    service.prepare(core)
    erasure.prepare_start()
    if (name, when) == ("update_or_create", "before"):
        assert alice.read(MONDAY) == b"eggs"
    else:
        assert traces(alice.subject) == []
        assert erasing.unfinished() == []
    assert bob.read(MONDAY) == b"eggs"


def crashing(original: Callable[..., object], when: str) -> Callable[..., object]:
    def crash(*args: object, **kwargs: object) -> object:
        if when == "after":
            original(*args, **kwargs)
        raise Crash

    return crash


# ---------- backups ----------


def copied(alias: str) -> sqlite3.Connection:
    """A copy of the whole database, as a backup of its file is one."""
    connections[alias].ensure_connection()
    copy = sqlite3.connect(":memory:")
    connections[alias].connection.backup(copy)
    return copy


def restore(alias: str, copy: sqlite3.Connection) -> None:
    connections[alias].ensure_connection()
    copy.backup(connections[alias].connection)


@on_sqlite
@pytest.mark.parametrize("restored", [("records",), ("keys",), ("default",), ("records", "default"), ALIASES])
def test_nobody_erased_returns_with_a_restored_backup(
    alice: Person, bob: Person, core: Core, restored: tuple[str, ...]
) -> None:
    backups = {alias: copied(alias) for alias in ALIASES}
    erasure.close_account(alice.subject, alice.bundle)
    for alias in restored:
        restore(alias, backups[alias])
    assert traces(alice.subject) != []
    service.prepare(core)
    erasure.prepare_start()
    assert traces(alice.subject) == []
    assert bob.read(MONDAY) == b"eggs"
    assert queries.open_by_server_slot(bob.subject, "login") == bob.bundle


def test_no_backup_of_records_and_accounts_opens_once_the_key_store_forgot(alice: Person, core: Core) -> None:
    """inv-I10, req-30: with every old row of both databases, and today's key store, 0 records open."""
    old_slots = list(Keyslot.objects.filter(subject_id=alice.subject))
    old_shelves, old_records = list(Shelf.objects.all()), list(Record.objects.all())
    erasure.close_account(alice.subject, alice.bundle)
    assert opened(core, old_slots, old_shelves, old_records) == 0


def test_that_very_backup_opens_while_the_key_store_still_knows_the_subject(alice: Person, core: Core) -> None:
    """The check above can fail: before the erase the same rows do open."""
    slots, records = list(Keyslot.objects.filter(subject_id=alice.subject)), list(Record.objects.all())
    assert opened(core, slots, list(Shelf.objects.all()), records) == 1


def opened(core: Core, slots: list[Keyslot], shelf_rows: list[Shelf], records: list[Record]) -> int:
    """How many records somebody opens who holds these rows and may ask the key store anything as a node."""
    from nutshell.envelope import people
    from nutshell.envelope import slots as envelope_slots

    client, count = InProcess(core), 0
    for slot in slots:
        slot_id = bytes(slot.slot_id)
        try:
            opener = client.fetch(slot.subject_id, slot_id, "login").opener
            key = envelope_slots.slot_key(slot.kind, slot_id, opener)
            payload = envelope_slots.open_(key, slot.subject_id.bytes, slot.kind, slot_id, bytes(slot.packed))
            collection = people.unpack(payload).collection("diary")
        except (errors.NutshellError, EnvelopeError):
            continue
        for shelf, record in ((s, r) for s in shelf_rows for r in records if r.tag == s.tag):
            place = shelves.Place(slot.subject_id, bytes(shelf.tag), shelf.generation)
            shelf_key = shelves.unwrap_key(collection.wrapping, place, bytes(shelf.wrapped_key))
            address = (bytes(record.record_id), record.version, record.schema, bytes(record.sealed))
            count += shelves.open_record(shelf_key, place, *address) == b"eggs"
    return count


def test_the_moment_of_finality_is_seven_days_after_the_erase(alice: Person, keystore: InProcess) -> None:
    now = clock.now()
    with clock.moved_to(now):
        packed = erasure.close_account(alice.subject, alice.bundle)
    receipt = erased.read_receipt(keystore.public_keys("receipt"), packed)
    assert receipt.erased_at == int(now.timestamp())
