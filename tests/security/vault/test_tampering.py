"""inv-I4, inv-I18, req-16, req-17: somebody with write access to the database changes what is stored."""

import random

import pytest
from django.db import connections

from nutshell.common import errors
from nutshell.envelope import shelves, signing
from nutshell.vault import actions, queries
from nutshell.vault.keys import CollectionShelf, OwnerKeys
from nutshell.vault.models import Record, Root, Shelf, Subject
from nutshell.vault.shelf import Shelf as OpenShelf
from nutshell.vault.signers import Signers
from security.people_and_vaults import DECEMBER, MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")


def sql(query: str, *values: object) -> None:
    with connections["records"].cursor() as cursor:
        cursor.execute(query, values)


def id_of(person: Person, name: str) -> bytes:
    return person.bundle.collection("diary").locator("2026-11").record_id(name)


def taken(table: str) -> list[tuple[object, ...]]:
    with connections["records"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return cursor.fetchall()


def put_back(table: str, rows: list[tuple[object, ...]]) -> None:
    sql(f"DELETE FROM {table}")
    for row in rows:
        sql(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", *row)


@pytest.fixture
def diary(alice: Person) -> Person:
    alice.write(MONDAY, b"monday's eggs")
    alice.write(TUESDAY, b"tuesday's tea")
    return alice


def test_swapped_records_are_noticed(diary: Person) -> None:
    monday, tuesday = (Record.objects.get(record_id=id_of(diary, one.name)) for one in (MONDAY, TUESDAY))
    sql("UPDATE record SET sealed = %s WHERE record_id = %s", tuesday.sealed, monday.record_id)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_swapped_record_ids_are_noticed(diary: Person) -> None:
    monday, tuesday = id_of(diary, MONDAY.name), id_of(diary, TUESDAY.name)
    for new, old in ((b"x" * 16, monday), (monday, tuesday), (tuesday, b"x" * 16)):
        sql("UPDATE record SET record_id = %s WHERE record_id = %s", new, old)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_a_replayed_record_is_noticed(diary: Person) -> None:
    old = taken("record")
    diary.write(MONDAY, b"monday's cake")
    put_back("record", old)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_a_replayed_record_under_the_new_version_is_noticed(diary: Person) -> None:
    old = Record.objects.get(record_id=id_of(diary, MONDAY.name))
    diary.write(MONDAY, b"monday's cake")
    sql("UPDATE record SET sealed = %s WHERE record_id = %s", old.sealed, old.record_id)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_a_record_of_another_fork_with_the_same_version_is_noticed(diary: Person) -> None:
    shelf, record = taken("shelf"), taken("record")
    diary.write(MONDAY, b"one fork")
    fork = taken("record")
    put_back("shelf", shelf)
    put_back("record", record)
    diary.write(MONDAY, b"another fork")
    put_back("record", fork)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_a_rolled_back_manifest_is_noticed(diary: Person) -> None:
    old = taken("shelf")
    diary.write(MONDAY, b"monday's cake")
    put_back("shelf", old)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


@pytest.mark.parametrize("read_all", [False, True])
def test_a_deleted_record_is_noticed(diary: Person, read_all: bool) -> None:
    sql("DELETE FROM record WHERE record_id = %s", id_of(diary, MONDAY.name))
    with pytest.raises(errors.Tampered):
        diary.vault().read_shelf("diary", "2026-11") if read_all else diary.read(MONDAY)


def test_a_record_that_no_manifest_lists_is_noticed(diary: Person) -> None:
    diary.write(DECEMBER, b"x")
    sql("UPDATE record SET tag = %s", diary.bundle.collection("diary").locator("2026-11").tag())
    with pytest.raises(errors.Tampered):
        diary.vault().read_shelf("diary", "2026-11")


def test_a_forged_list_is_noticed_where_only_versions_are_asked_for(diary: Person) -> None:
    old = Shelf.objects.get().manifest
    diary.write(MONDAY, b"newer")
    Shelf.objects.update(manifest=old)
    with pytest.raises(errors.Tampered):
        diary.vault().versions([MONDAY])


def test_a_removed_record_put_back_is_noticed(diary: Person) -> None:
    old = taken("record")
    diary.write(MONDAY, None)
    put_back("record", old)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


def test_another_persons_shelf_is_not_taken_for_ones_own(diary: Person) -> None:
    bob = new_person()
    Shelf.objects.update(subject_id=bob.subject)
    Record.objects.update(subject_id=bob.subject)
    assert bob.read(MONDAY) is None
    tag = bob.bundle.collection("diary").locator("2026-11").tag()
    sql("UPDATE shelf SET tag = %s", tag)
    with pytest.raises(errors.Tampered):
        bob.read(MONDAY)


@pytest.mark.parametrize("with_records", [False, True])
def test_an_old_generation_put_back_beside_the_new_one_is_noticed(diary: Person, with_records: bool) -> None:
    old, records = taken("shelf"), taken("record")
    diary.vault().mint("diary", "2026-11")
    diary.write(MONDAY, b"monday's cake")
    new = [row for row in taken("shelf") if row[2] == 2]
    put_back("shelf", old + new)
    if with_records:
        put_back("record", records)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


# ---------- whole shelves, at login ----------


def vanish() -> None:
    sql("DELETE FROM shelf")
    sql("DELETE FROM record")


def test_a_whole_shelf_that_vanished_is_noticed_at_login(diary: Person) -> None:
    actions.reseal_root(diary.subject, diary.bundle)
    vanish()
    assert diary.read(MONDAY) is None
    assert [one.kind for one in queries.check_roots(diary.subject, diary.bundle)] == ["missing"]


def test_a_whole_shelf_that_went_back_in_time_is_noticed_at_login(diary: Person) -> None:
    shelf, record = taken("shelf"), taken("record")
    diary.write(MONDAY, b"monday's cake")
    actions.reseal_root(diary.subject, diary.bundle)
    put_back("shelf", shelf)
    put_back("record", record)
    assert diary.read(MONDAY) == b"monday's eggs"
    assert [one.kind for one in queries.check_roots(diary.subject, diary.bundle)] == ["older"]
    with pytest.raises(errors.Tampered):
        actions.reseal_root(diary.subject, diary.bundle)


def test_a_shelf_forked_at_the_same_version_is_noticed_at_login(diary: Person) -> None:
    shelf, record = taken("shelf"), taken("record")
    diary.write(MONDAY, b"one fork")
    fork = taken("shelf"), taken("record")
    put_back("shelf", shelf)
    put_back("record", record)
    diary.write(MONDAY, b"another fork")
    actions.reseal_root(diary.subject, diary.bundle)
    put_back("shelf", fork[0])
    put_back("record", fork[1])
    assert diary.read(MONDAY) == b"one fork"
    assert [one.kind for one in queries.check_roots(diary.subject, diary.bundle)] == ["altered"]


def test_honest_writing_after_the_root_was_sealed_is_no_problem(diary: Person) -> None:
    actions.reseal_root(diary.subject, diary.bundle)
    diary.write(MONDAY, b"more")
    diary.write(DECEMBER, b"new month")
    diary.vault().mint("diary", "2026-11")
    assert queries.check_roots(diary.subject, diary.bundle) == []


def test_a_login_seals_what_it_saw_so_that_the_next_one_notices_what_vanished(diary: Person) -> None:
    assert actions.open_at_login(diary.subject) == (diary.bundle, [], None)
    assert actions.open_at_login(diary.subject).problems == []
    assert Root.objects.count() == 2
    vanish()
    assert [one.kind for one in actions.open_at_login(diary.subject).problems] == ["missing"]


@pytest.mark.parametrize(
    "attack", ["older root put back", "root deleted", "root altered", "a rival of the same version"]
)
def test_a_root_that_the_key_store_does_not_name_is_refused(diary: Person, attack: str) -> None:
    old = Root.objects.get()
    actions.reseal_root(diary.subject, diary.bundle)
    if attack == "older root put back":
        Root.objects.exclude(version=old.version).delete()
        sql("UPDATE root SET version = 2")
    elif attack == "root deleted":
        Root.objects.all().delete()
    elif attack == "root altered":
        Root.objects.filter(version=2).update(sealed=old.sealed)
    else:
        rival = shelves.seal_root(diary.bundle.wrapping, diary.subject, shelves.Root(1, 2, []))
        Root.objects.filter(version=2).update(sealed=rival)
    assert [one.kind for one in queries.check_roots(diary.subject, diary.bundle)] == ["missing-root"]


# ---------- shared shelves: signatures ----------


def share(person: Person) -> None:
    """As a grant will do it: the flag, and a manifest signed by the next writer."""
    Shelf.objects.update(shared=True)
    with pytest.raises(errors.Tampered):
        person.read(MONDAY)
    row = Shelf.objects.get()
    place = shelves.Place(person.subject, bytes(row.tag), row.generation)
    signature = shelves.sign_manifest(person.bundle.signing, place, row.manifest_version, bytes(row.manifest))
    Shelf.objects.update(signer=b"", signature=signature)


def test_a_shared_shelf_is_read_when_the_owner_signed_and_each_write_signs_again(diary: Person) -> None:
    share(diary)
    diary.write(MONDAY, b"signed")
    assert diary.read(MONDAY) == b"signed"


def test_a_manifest_forged_by_somebody_who_holds_the_shelf_key_is_refused(diary: Person) -> None:
    share(diary)
    keys = OwnerKeys(diary.bundle)
    row = Shelf.objects.get()
    place = shelves.Place(diary.subject, bytes(row.tag), row.generation)
    shelf_key = shelves.unwrap_key(keys.collection("diary").wrapping, place, bytes(row.wrapped_key))
    forged = shelves.seal_manifest(shelf_key, place, shelves.Manifest(1, row.manifest_version, {}))
    mallory = shelves.sign_manifest(signing.new_private(), place, row.manifest_version, forged)
    Record.objects.all().delete()
    for signature in (bytes(row.signature), mallory):
        Shelf.objects.update(manifest=forged, signature=signature)
        with pytest.raises(errors.Tampered):
            diary.read(MONDAY)


def test_a_certificate_that_the_owner_did_not_sign_certifies_nobody(diary: Person) -> None:
    from nutshell.envelope import statements

    share(diary)
    mallory = signing.new_private()
    own = statements.sign(mallory, "certify-token", diary.subject, signing.public_of(mallory), 0)
    row = Shelf.objects.get()
    place = shelves.Place(diary.subject, bytes(row.tag), row.generation)
    signature = shelves.sign_manifest(mallory, place, row.manifest_version, bytes(row.manifest))
    Shelf.objects.update(signer=own, signature=signature)
    with pytest.raises(errors.Tampered):
        diary.read(MONDAY)


# ---------- ten thousand bit flips ----------

FLIPPED = {
    "record": ("sealed", "version", "generation", "schema", "record_id"),
    "shelf": ("wrapped_key", "manifest", "manifest_version", "generation"),
}


def flipped(value: bytes | int, chance: random.Random) -> bytes | int:
    if isinstance(value, int):
        return value ^ 1 << chance.randrange(12)
    position = chance.randrange(len(value) * 8)
    changed = bytearray(value)
    changed[position // 8] ^= 1 << position % 8
    return bytes(changed)


def test_of_ten_thousand_bit_flips_none_is_accepted(diary: Person) -> None:
    """In memory, through the code that checks what a statement read: rows in, contents or Tampered out."""
    from nutshell.vault import store

    collection = diary.bundle.collection("diary")
    signers = Signers(diary.subject, OwnerKeys(diary.bundle).owner_public)
    tag, wanted = collection.locator("2026-11").tag(), id_of(diary, MONDAY.name)
    found = store.read(diary.subject, [tag], [wanted])
    chance = random.Random(20261123)

    def opens(shelf_row: store.ShelfRow, record_row: store.RecordRow) -> bool:
        shelf = OpenShelf(diary.subject, "diary", CollectionShelf(collection, "2026-11"), signers)
        try:
            shelf.refresh([shelf_row])
            row = record_row if record_row.record_id == wanted else None
            return shelf.open(wanted, row).content is not None
        except errors.Tampered:
            return False

    assert opens(found.shelves[0], found.records[0])
    accepted = 0
    for _ in range(10_000):
        table = chance.choice(["record", "shelf"])
        column = chance.choice(FLIPPED[table])
        shelf_row, record_row = found.shelves[0], found.records[0]
        if table == "record":
            record_row = record_row._replace(**{column: flipped(getattr(record_row, column), chance)})
        else:
            shelf_row = shelf_row._replace(**{column: flipped(getattr(shelf_row, column), chance)})
        accepted += opens(shelf_row, record_row)
    assert accepted == 0


def test_a_substituted_public_key_in_the_records_is_noticed(alice: Person) -> None:
    bob = new_person()
    Subject.objects.filter(subject_id=alice.subject).update(public=Subject.objects.get(subject_id=bob.subject).public)
    with pytest.raises(errors.Tampered):
        queries.open_by_server_slot(alice.subject, "login")
