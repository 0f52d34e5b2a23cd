"""What an open vault keeps: contents, versions, order of writers, idempotency, limits."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from nutshell.common import clock, errors
from nutshell.vault.models import Idempotency, Record, Shelf
from nutshell.vault.store import sweep_once
from nutshell.vault.types import Address, AlreadyDone, Change, Once
from security.people_and_vaults import DECEMBER, EGG, MONDAY, TUESDAY, Person

pytestmark = pytest.mark.django_db(databases="__all__")

INDEX = Address("index", "", "index")


def test_what_was_written_is_read_back(alice: Person) -> None:
    alice.write(MONDAY, b"two eggs")
    assert alice.read(MONDAY) == b"two eggs"
    assert alice.read(TUESDAY) is None


def test_nothing_written_stands_in_clear_in_the_table(alice: Person) -> None:
    alice.write(MONDAY, b"canary-2026-11-23")
    row = Record.objects.get()
    assert b"canary" not in bytes(row.sealed)
    assert b"2026" not in bytes(row.tag) + bytes(row.record_id)


def test_any_number_of_records_is_one_statement(alice: Person) -> None:
    for address in (MONDAY, DECEMBER, EGG):
        alice.write(address, b"x")
    vault = alice.vault()
    with CaptureQueriesContext(connections["records"]) as queries:
        contents = [sheet.content for sheet in vault.read([MONDAY, TUESDAY, DECEMBER, EGG])]
        vault.read([EGG, MONDAY])
    assert contents == [b"x", None, b"x", b"x"]
    assert len(queries) == 1


def test_a_year_is_one_statement(alice: Person) -> None:
    months = [f"2026-{month:02}" for month in range(1, 13)]
    for month in months:
        alice.write(Address("diary", month, f"{month}-01"), month.encode())
    with CaptureQueriesContext(connections["records"]) as queries:
        sheets = alice.vault().read_months("diary", months)
    assert sorted((sheet.address.month, sheet.content) for sheet in sheets) == [(m, m.encode()) for m in months]
    assert len(queries) == 1


def test_versions_are_those_of_the_lists_in_no_more_than_one_statement(alice: Person) -> None:
    wanted = [MONDAY, TUESDAY, DECEMBER, EGG]
    alice.write(MONDAY, b"a")
    alice.write(MONDAY, b"b")
    alice.write(DECEMBER, b"c")
    alice.vault().mint("diary", "2026-11")
    vault = alice.vault()
    with CaptureQueriesContext(connections["records"]) as queries:
        assert vault.versions(wanted) == [2, 0, 1, 0]
    assert len(queries) == 1
    with CaptureQueriesContext(connections["records"]) as queries:
        assert vault.versions(wanted) == [sheet.version for sheet in alice.vault().read(wanted)]
    assert len(queries) == 1


def test_several_changes_of_a_shelf_change_its_manifest_once(alice: Person) -> None:
    alice.vault().write([Change(MONDAY, 0, b"a"), Change(TUESDAY, 0, b"b")])
    assert Shelf.objects.get().manifest_version == 1


def test_a_write_over_a_newer_version_is_a_conflict(alice: Person) -> None:
    alice.write(MONDAY, b"first")
    late = alice.vault()
    late.read([MONDAY])
    alice.write(MONDAY, b"second")
    with pytest.raises(errors.Conflict):
        late.write([Change(MONDAY, 1, b"late")])
    assert alice.read(MONDAY) == b"second"


def test_two_writers_of_one_shelf_do_not_disturb_each_other(alice: Person) -> None:
    alice.write(MONDAY, b"first")
    other = alice.vault()
    other.read([MONDAY, TUESDAY])
    alice.write(MONDAY, b"second")
    other.write([Change(TUESDAY, 0, b"eggs")])
    assert [alice.read(MONDAY), alice.read(TUESDAY)] == [b"second", b"eggs"]


def test_two_racing_first_writes_to_a_new_shelf_both_survive(alice: Person) -> None:
    first, second = alice.vault(), alice.vault()
    first.read([MONDAY])
    second.read([TUESDAY])
    first.write([Change(MONDAY, 0, b"a")])
    second.write([Change(TUESDAY, 0, b"b")])
    assert [alice.read(MONDAY), alice.read(TUESDAY)] == [b"a", b"b"]
    assert Shelf.objects.count() == 1


def test_change_merges_with_what_another_wrote_meanwhile(alice: Person) -> None:
    alice.write(MONDAY, b"a")
    vault = alice.vault()
    vault.read([MONDAY])
    alice.write(MONDAY, b"ab")
    vault.change([MONDAY], lambda contents: [(contents[0] or b"") + b"c"])
    assert alice.read(MONDAY) == b"abc"


def test_a_change_that_changes_nothing_writes_nothing(alice: Person) -> None:
    alice.write(MONDAY, b"a")
    alice.vault().change([MONDAY], lambda contents: contents)
    assert Shelf.objects.get().manifest_version == 1


def test_a_removed_record_made_again_never_has_an_old_version(alice: Person) -> None:
    alice.write(MONDAY, b"a")
    alice.write(MONDAY, None)
    assert alice.read(MONDAY) is None
    assert alice.write(MONDAY, b"b").version > 1


def test_a_failed_change_leaves_no_trace(alice: Person) -> None:
    alice.write(MONDAY, b"a")
    with pytest.raises(errors.Conflict):
        alice.vault().write([Change(TUESDAY, 0, b"b"), Change(MONDAY, 7, b"c")])
    assert alice.read(TUESDAY) is None


def test_an_idempotency_key_makes_once_and_answers_the_first_result(alice: Person) -> None:
    first = Once("key-1", uuid4())
    alice.vault().change([MONDAY], lambda c: [(c[0] or b"") + b"x"], first)
    with pytest.raises(AlreadyDone) as done:
        alice.vault().change([MONDAY], lambda c: [(c[0] or b"") + b"x"], Once("key-1", uuid4()))
    assert done.value.result == first.result
    assert alice.read(MONDAY) == b"x"
    assert b"key-1" not in bytes(Idempotency.objects.get().key_hash)


def test_of_two_writes_with_one_key_at_once_one_wins(alice: Person) -> None:
    slow = alice.vault()
    slow.read([MONDAY])
    first = Once("key-1", uuid4())
    alice.vault().change([MONDAY], lambda c: [b"x"], first)
    with pytest.raises(AlreadyDone):
        slow.write([Change(MONDAY, 0, b"y")], Once("key-1", uuid4()))
    assert alice.read(MONDAY) == b"x"


def test_an_idempotency_key_is_free_again_after_a_day(alice: Person) -> None:
    alice.vault().change([MONDAY], lambda c: [b"x"], Once("key-1", uuid4()))
    with clock.moved_to(clock.now() + timedelta(hours=25)):
        alice.vault().change([MONDAY], lambda c: [b"y"], Once("key-1", uuid4()))
        assert sweep_once() == 0
    with clock.moved_to(clock.now() + timedelta(hours=50)):
        assert sweep_once() == 1
    assert alice.read(MONDAY) == b"y"


@pytest.mark.parametrize(("address", "most"), [(MONDAY, 1024 * 1024), (INDEX, 64 * 1024)])
def test_a_record_has_a_largest_size(alice: Person, address: Address, most: int) -> None:
    alice.write(address, b"x" * most)
    with pytest.raises(errors.TooLarge):
        alice.write(address, b"x" * (most + 1))


def test_a_month_belongs_to_monthly_collections_only(alice: Person) -> None:
    for wrong in (Address("diary", "", "x"), Address("foods", "2026-11", "x"), Address("secrets", "", "x")):
        with pytest.raises(ValueError, match="no shelf"):
            alice.read(wrong)


def test_a_new_generation_takes_writes_and_old_records_move_there(alice: Person) -> None:
    alice.write(MONDAY, b"a")
    alice.write(TUESDAY, b"b")
    alice.vault().mint("diary", "2026-11")
    assert [alice.read(MONDAY), alice.read(TUESDAY)] == [b"a", b"b"]
    alice.write(MONDAY, b"c")
    assert [alice.read(MONDAY), alice.read(TUESDAY)] == [b"c", b"b"]
    assert sorted(Record.objects.values_list("generation", flat=True)) == [1, 2]
    assert sorted(Shelf.objects.values_list("generation", "manifest_version")) == [(1, 3), (2, 2)]


def test_writing_for_a_subject_that_is_gone_makes_no_rows(alice: Person) -> None:
    from nutshell.vault.models import Subject

    Subject.objects.all().delete()
    with pytest.raises(errors.NotFound):
        alice.write(MONDAY, b"a")
    assert not Shelf.objects.exists()
    assert not Record.objects.exists()
