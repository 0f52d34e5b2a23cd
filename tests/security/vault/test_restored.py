"""Restore marks: what an operator put back is accepted once, by its owner; nothing else older ever is."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import connections

from nutshell.audit.types import TreeState
from nutshell.common import clock, errors
from nutshell.vault import actions, installation, keyslots, queries, restoring
from nutshell.vault.keystore.models import OwnLeaf, RestoreMark, SignedTree, SubjectRow
from nutshell.vault.keystore.types import Standing
from security.keystore_in_process import InProcess
from security.people_and_vaults import DECEMBER, MONDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")
YESTERDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NO_TREE = TreeState(0, b"")
RECORDS, ACCOUNTS = ("shelf", "record", "root"), ("keyslot", "slot_list")


@dataclass
class Copy:
    """All rows of some tables, as a backup has them."""

    alias: str
    rows: dict[str, list[tuple[object, ...]]]

    @classmethod
    def of(cls, alias: str, *tables: str) -> "Copy":
        with connections[alias].cursor() as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT * FROM {table}")
                found[table] = cursor.fetchall()
        return cls(alias, found)

    def put_back(self) -> None:
        with connections[self.alias].cursor() as cursor:
            for table, rows in self.rows.items():
                cursor.execute(f"DELETE FROM {table}")
                for row in rows:
                    cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", list(row))


@pytest.fixture
def operator(keystore: InProcess) -> InProcess:
    return InProcess(keystore._core, "operator")


def mark(operator: InProcess) -> int:
    return restoring.mark(operator, YESTERDAY, NO_TREE)


def kinds(person: Person) -> list[str]:
    return [one.kind for one in queries.check_roots(person.subject, person.bundle)]


@pytest.fixture
def back(alice: Person) -> Copy:
    """Alice's records are those of before two more log-ins, each after she had written."""
    alice.write(MONDAY, b"monday's eggs")
    actions.open_at_login(alice.subject)
    copy = Copy.of("records", *RECORDS)
    for content in (b"monday's cake", b"monday's soup"):
        alice.write(MONDAY, content)
        actions.open_at_login(alice.subject)
    copy.put_back()
    return copy


def test_without_a_mark_an_older_root_is_reported_as_ever(alice: Person, back: Copy) -> None:
    found = actions.open_at_login(alice.subject)
    assert ([one.kind for one in found.problems], found.restored) == (["missing-root"], None)
    assert kinds(alice) == ["missing-root"]


def test_with_a_mark_the_owners_next_log_in_accepts_it_says_the_day_and_seals_it_anew(
    alice: Person, back: Copy, operator: InProcess
) -> None:
    version = SubjectRow.objects.get().root_version
    assert mark(operator) == 0
    found = actions.open_at_login(alice.subject)
    assert found.problems == []
    assert found.restored is not None
    assert (found.restored.to, found.restored.at.date()) == (YESTERDAY, clock.now().date())
    assert SubjectRow.objects.get().root_version == version + 1  # versions never go back
    assert alice.read(MONDAY) == b"monday's eggs"


def test_a_mark_is_used_up_and_the_same_copy_put_back_once_more_is_reported(
    alice: Person, back: Copy, operator: InProcess
) -> None:
    mark(operator)
    actions.open_at_login(alice.subject)
    assert (RestoreMark.objects.count(), actions.open_at_login(alice.subject).restored) == (0, None)
    back.put_back()
    assert kinds(alice) == ["missing-root"]


def test_a_mark_is_for_what_was_put_back_and_not_for_something_still_older(alice: Person, operator: InProcess) -> None:
    """Whoever writes to the database after a restore, before its owner comes, gains nothing."""
    older = Copy.of("records", *RECORDS)
    alice.write(MONDAY, b"monday's eggs")
    alice.write(DECEMBER, b"december")
    actions.open_at_login(alice.subject)
    copy = Copy.of("records", *RECORDS)
    for content in (b"cake", b"soup"):
        alice.write(MONDAY, content)
        actions.open_at_login(alice.subject)
    copy.put_back()
    mark(operator)
    older.put_back()
    assert kinds(alice) == ["missing-root"]
    assert actions.open_at_login(alice.subject).restored is None
    copy.put_back()
    with connections["records"].cursor() as cursor:
        cursor.execute("DELETE FROM shelf WHERE tag = (SELECT tag FROM shelf LIMIT 1)")
    assert kinds(alice) == ["missing"]
    copy.put_back()
    assert actions.open_at_login(alice.subject).problems == []


def test_a_mark_of_one_restore_ends_with_the_next(alice: Person, back: Copy, operator: InProcess) -> None:
    mark(operator)
    with connections["records"].cursor() as cursor:
        cursor.execute("DELETE FROM root")
    mark(operator)
    back.put_back()
    assert kinds(alice) == ["missing-root"]


@pytest.mark.parametrize("role", ["node", "node-1", "worker"])
def test_nobody_but_an_operator_says_that_something_was_restored(
    alice: Person, back: Copy, keystore: InProcess, operator: InProcess, role: str
) -> None:
    other = InProcess(keystore._core, role)
    with pytest.raises(errors.Forbidden):
        mark(other)
    restore, standing = os.urandom(16), [(alice.subject, Standing(1, b"h" * 16, 1, b"h" * 32))]
    operator.begin_restore(restore, YESTERDAY, NO_TREE)
    for act in (lambda: other.mark_restored(restore, standing), lambda: other.end_restore(restore)):
        with pytest.raises(errors.Forbidden):
            act()
    assert kinds(alice) == ["missing-root"]


def test_a_replayed_mark_is_refused(alice: Person, back: Copy, operator: InProcess) -> None:
    """The requests of a restore, sent again after it has ended, and those of one that nobody began."""
    restore, standing = os.urandom(16), [(alice.subject, Standing(1, b"h" * 16, 1, b"h" * 32))]
    operator.begin_restore(restore, YESTERDAY, NO_TREE)
    operator.end_restore(restore)
    for act in (
        lambda: operator.begin_restore(restore, YESTERDAY, NO_TREE),
        lambda: operator.mark_restored(restore, standing),
        lambda: operator.mark_restored(os.urandom(16), standing),
        lambda: operator.end_restore(restore),
    ):
        with pytest.raises(errors.Conflict):
            act()
    assert RestoreMark.objects.count() == 0


def test_a_mark_that_names_what_is_not_there_accepts_nothing(alice: Person, back: Copy, operator: InProcess) -> None:
    restore = os.urandom(16)
    operator.begin_restore(restore, YESTERDAY, NO_TREE)
    operator.mark_restored(restore, [(alice.subject, Standing(2, b"h" * 16, 1, b"h" * 32))])
    assert kinds(alice) == ["missing-root"]
    assert actions.open_at_login(alice.subject).restored is None


def test_an_older_list_of_slots_is_accepted_with_the_mark_and_signed_anew(alice: Person, operator: InProcess) -> None:
    """The accounts are older than the keys: a token that was made since is gone, and the account opens."""
    copy = Copy.of("default", *ACCOUNTS)
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    copy.put_back()
    with pytest.raises(errors.Tampered):
        actions.open_at_login(alice.subject)
    mark(operator)
    assert actions.open_at_login(alice.subject).problems == []
    assert RestoreMark.objects.count() == 0
    assert actions.open_at_login(alice.subject).problems == []
    with pytest.raises(errors.NotFound):
        queries.open_token_slot(alice.subject, token.slot_id, token.secret)


def test_what_was_removed_since_does_not_open_again(alice: Person, operator: InProcess) -> None:
    token = actions.add_token_slot(alice.subject, alice.bundle, frozenset(("diary",)), None)
    copy = Copy.of("default", *ACCOUNTS)
    actions.remove_slot(alice.subject, alice.bundle, token.slot_id)
    copy.put_back()
    mark(operator)
    assert actions.open_at_login(alice.subject).problems == []
    with pytest.raises(errors.NotFound):
        queries.open_token_slot(alice.subject, token.slot_id, token.secret)


def test_nobody_stays_signed_in_after_a_restore(alice: Person, operator: InProcess) -> None:
    today = clock.utc_day()
    before = installation.client().epoch(today)
    mark(operator)
    assert installation.client().epoch(today) != before


def test_a_study_goes_on_after_a_restore_and_its_mark_is_used_up(
    alice: Person, back: Copy, operator: InProcess
) -> None:
    """What is opened without a log-in, by the server's slot."""
    with pytest.raises(errors.Tampered):
        actions.open_whole(alice.subject, "job")
    mark(operator)
    actions.seal_after(alice.subject, actions.open_whole(alice.subject, "job"))
    assert RestoreMark.objects.count() == 0
    assert kinds(alice) == []


def test_the_trail_goes_back_to_what_was_put_back_and_never_forward(operator: InProcess, alice: Person) -> None:
    SignedTree.objects.update_or_create(pk=1, defaults={"size": 3, "peaks": b"a" * 32 + b"b" * 32})
    restoring.mark(operator, YESTERDAY, TreeState(4, b"c" * 32))
    assert SignedTree.objects.get().size == 3
    restoring.mark(operator, YESTERDAY, TreeState(2, b"a" * 32))
    assert (SignedTree.objects.get().size, bytes(SignedTree.objects.get().peaks)) == (2, b"a" * 32)
    with pytest.raises(errors.Malformed):
        restoring.mark(operator, YESTERDAY, TreeState(1, b""))


def test_each_restore_and_each_use_of_a_mark_is_recorded(alice: Person, back: Copy, operator: InProcess) -> None:
    before = OwnLeaf.objects.count()
    mark(operator)
    assert (OwnLeaf.objects.count(), OwnLeaf.objects.last().subject_id) == (before + 1, None)
    actions.open_at_login(alice.subject)
    subjects = list(OwnLeaf.objects.order_by("sequence").values_list("subject_id", flat=True))[before + 1 :]
    assert subjects == [alice.subject] * 2  # the fetch, and the mark that was used up


def test_people_without_keys_are_counted_and_get_no_mark(alice: Person, operator: InProcess) -> None:
    bob = new_person()
    SubjectRow.objects.filter(subject_id=bob.subject).delete()
    assert mark(operator) == 1
    assert [row.subject_id for row in RestoreMark.objects.all()] == [alice.subject]
    assert keyslots.open_server_slot(alice.subject, "login").pinned.restored is not None
