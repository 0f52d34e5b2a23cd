"""What must hold on PostgreSQL alone. Run by test_postgresql.py in a process whose settings name its databases."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connections, transaction

from nutshell.accounts import actions as accounts
from nutshell.accounts.sessions import SessionStore
from nutshell.common import errors
from nutshell.common.ids import new_id
from nutshell.ops import distributing
from nutshell.vault import installation, store
from nutshell.vault.keystore import erasing, subjects
from nutshell.vault.keystore.core import Core
from nutshell.vault.keystore.models import OwnLeaf, Secret
from nutshell.vault.rows_of import rows_of
from nutshell.vault.types import Once
from security.keystore_in_process import InProcess, started
from security.people_and_vaults import DECEMBER, MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALIASES = ("default", "records", "keys")
STRANGERS, RECORDS_EACH = 2000, 20
TAG = "decode(md5((n % 4)::text), 'hex')"
PAUSE = 0.3
"""Seconds"""


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    before = installation._client, installation._held
    one = started(tmp_path)
    installation.configure(InProcess(one))
    yield one
    installation._client, installation._held = before


@pytest.fixture
def alice(core: Core) -> Person:
    return new_person()


def test_every_database_is_postgresql_over_tls_with_a_certificate() -> None:
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT version, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            version, name = cursor.fetchone()
        assert (connections[alias].vendor, version) == ("postgresql", "TLSv1.3")
        assert f"CN={connections[alias].settings_dict['USER']}" in name


def test_no_table_lies_in_another_parts_database() -> None:
    tables = {alias: set(connections[alias].introspection.table_names()) for alias in ALIASES}
    assert "record" in tables["records"]
    assert "user_account" in tables["default"]
    assert "secret" in tables["keys"]
    both = [(tables[one] & tables[other]) for one, other in zip(ALIASES, ALIASES[1:] + ALIASES[:1], strict=True)]
    assert both == [{"django_migrations"}] * 3


# ---------- whose rows a statement is about ----------


def told() -> tuple[str, int]:
    """The subject that the database was told of, with this statement or before; and the connection."""
    with connections["records"].cursor() as cursor:
        cursor.execute("SELECT current_setting('nutshell.subject', true), pg_backend_pid()")
        subject, connection = cursor.fetchone()
    return subject or "", connection


def test_whose_rows_a_statement_is_about_is_not_carried_into_the_next_transaction() -> None:
    one, other = new_id(), new_id()
    _, connection = told()
    with rows_of(one):
        assert told() == (one.hex, connection)
        with rows_of(other):
            assert told() == (other.hex, connection)
        assert told() == (one.hex, connection)
    assert told() == ("", connection)


def test_within_a_transaction_a_statement_outside_of_the_block_is_about_nobody() -> None:
    one = new_id()
    _, connection = told()
    with transaction.atomic(using="records"):
        with rows_of(one):
            assert told() == (one.hex, connection)
        assert told() == ("", connection)
        with (
            pytest.raises(DataError),
            rows_of(one),
            transaction.atomic(using="records"),
            connections["records"].cursor() as cursor,
        ):
            cursor.execute("SELECT 1 / 0")
        assert told() == ("", connection)
    assert told() == ("", connection)


# ---------- plans ----------


def crowd() -> None:
    """Enough other people that the planner has a choice."""
    statements = f"""
        INSERT INTO subject SELECT gen_random_uuid(), 'person', 1, '' FROM generate_series(1, {STRANGERS});
        INSERT INTO shelf (subject_id, tag, generation, wrapped_key, manifest_version, manifest, shared)
            SELECT subject_id, {TAG}, 1, '', 1, '', false FROM subject, generate_series(0, 3) n;
        INSERT INTO record (subject_id, tag, record_id, generation, version, schema, sealed)
            SELECT subject_id, {TAG}, decode(md5(n::text), 'hex'), 1, 1, 1, decode(repeat('00', 500), 'hex')
            FROM subject, generate_series(1, {RECORDS_EACH}) n;
        INSERT INTO idempotency SELECT subject_id, {TAG}, '', now() FROM subject, generate_series(0, 3) n;
        ANALYZE
    """
    with connections["records"].cursor() as cursor:
        cursor.execute(statements)


class Watched:
    """Keeps each statement with its plan, made just before it runs."""

    def __init__(self, *aliases: str) -> None:
        self.aliases, self._stack = aliases, ExitStack()
        self.plans: list[tuple[str, str]] = []

    def __enter__(self) -> "Watched":
        for alias in self.aliases:
            self._stack.enter_context(connections[alias].execute_wrapper(self._explain))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _explain(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            plain = context["connection"].connection.cursor()
            plan = "\n".join(row[0] for row in plain.execute(f"EXPLAIN {sql}", params).fetchall())
            self.plans.append((sql, plan))
        return execute(sql, params, many, context)

    def indexes(self) -> set[tuple[str, str]]:
        """(index, first column of its condition) of every scan. Raises AssertionError for one without an index."""
        found = set()
        for sql, plan in self.plans:
            assert "Seq Scan" not in plan, f"{sql}\n{plan}"
            found |= set(re.findall(r"Index(?: Only)? Scan (?:using|on) (\w+).*\n\s+Index Cond: \(+(\w+)", plan))
        return found


def test_the_hot_statements_of_records_go_by_primary_keys_that_begin_with_the_subject(alice: Person) -> None:
    crowd()
    alice.write(MONDAY, b"eggs")
    with Watched("records") as watched:
        alice.vault().change([MONDAY, TUESDAY], lambda old: [b"more", b"oats"], Once("key", new_id()))
        assert len(alice.vault().read_shelf("diary", "2026-11")) == 2
        alice.vault().change([TUESDAY], lambda old: [None])
    assert len(watched.plans) >= 8
    used = watched.indexes()
    print(f"{len(watched.plans)} statements: {sorted(used)}")
    assert used >= {(f"{table}_pkey", "subject_id") for table in ("subject", "shelf", "record", "idempotency")}
    assert {column for _, column in used} == {"subject_id"}


def test_a_session_is_found_by_its_handle(core: Core) -> None:
    user = accounts.create_user("alice@example.org", "tinsel orbit maple quarrel")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session.save()
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO session (handle, public_id, kind, epoch, sealed, client, started_at, used_at, ends_at)"
            " SELECT sha256(n::text::bytea), gen_random_uuid(), kind, epoch, sealed, client, started_at, used_at,"
            " ends_at FROM session, generate_series(1, 3000) n"
        )
        cursor.execute("ANALYZE session")
        cursor.execute("SET enable_seqscan = off")  # few people: a scan is cheap
    with Watched("default") as watched:
        assert SessionStore(session.session_key).load()["_auth_user_id"] == str(user.pk)
    with connections["default"].cursor() as cursor:
        cursor.execute("RESET enable_seqscan")
    assert ("session_pkey", "handle") in watched.indexes()  # and no table read from end to end, whoever is joined


# ---------- past one machine ----------


def test_every_table_of_the_records_is_distributed_by_subject_and_none_without_citus() -> None:
    """Where the registries have no Citus, that it is refused in a sentence; NUTSHELL_TEST_CITUS_DSN tries the rest."""
    names = set(connections["records"].introspection.table_names()) - {"django_migrations"}
    assert set(distributing.tables("records")) == names
    with pytest.raises(errors.ConfigurationError) as refused:
        list(distributing.distribute())
    assert "has no Citus" in refused.value.sentence


# ---------- at the same time ----------


def together(*acts: Callable[[], object]) -> list[Exception]:
    """Each in a thread with connections of its own, all begun at one moment; what they raised."""
    raised: list[Exception] = []
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except Exception as failed:
            raised.append(failed)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def slow(alias: str, beginning: str) -> AbstractContextManager[None]:
    """In this thread: wait before each statement that begins so, to give another one time to come between."""

    def wait(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(beginning):
            time.sleep(PAUSE)
        return execute(sql, params, many, context)

    return connections[alias].execute_wrapper(wait)


def test_writers_that_take_two_months_in_opposite_order_do_not_block_each_other(alice: Person) -> None:
    alice.write(MONDAY, b"")
    alice.write(DECEMBER, b"")

    def writer(name: str, *addresses: Any) -> Callable[[], None]:
        def write() -> None:
            with slow("records", "UPDATE shelf"):
                alice.vault().change(list(addresses), lambda old: [(one or b"") + name.encode() for one in old])

        return write

    assert together(writer("a", MONDAY, DECEMBER), writer("b", DECEMBER, MONDAY)) == []
    assert {bytes(sorted(alice.read(address) or b"")) for address in (MONDAY, DECEMBER)} == {b"ab"}


def test_a_secret_put_while_an_erase_begins_does_not_outlive_it(core: Core, alice: Person) -> None:
    def put() -> None:
        with slow("keys", 'INSERT INTO "secret"'):
            subjects.put(core, alice.subject, bytes(16), "token", None)

    def erase() -> None:
        time.sleep(PAUSE / 2)
        erasing.begin_as_operator(core, alice.subject)
        erasing.shred(core, alice.subject)

    assert together(put, erase) == []
    assert not Secret.objects.filter(subject_id=alice.subject).exists()


def test_a_fetch_while_an_erase_begins_leaves_no_leaf_that_names_the_erased(core: Core, alice: Person) -> None:
    (secret_id,) = [bytes(row.secret_id) for row in Secret.objects.filter(subject_id=alice.subject)]

    def fetch() -> None:
        with slow("keys", 'INSERT INTO "own_leaf"'), suppress(errors.NotFound):
            subjects.fetch(core, "node", [(alice.subject, secret_id)], "login")

    def erase() -> None:
        time.sleep(PAUSE / 2)
        erasing.begin_as_operator(core, alice.subject)
        erasing.shred(core, alice.subject)

    assert together(fetch, erase) == []
    assert not OwnLeaf.objects.filter(subject_id=alice.subject).exists()


def test_a_reader_sees_one_moment(alice: Person) -> None:
    """The shelf and its records come by one statement: never a manifest that names a record not yet there."""
    alice.write(MONDAY, b"0")
    stop = threading.Event()

    def write() -> None:
        for number in range(60):
            alice.vault().change([MONDAY, TUESDAY], lambda old, n=number: [str(n).encode()] * 2)
        stop.set()

    def read() -> None:
        while not stop.is_set():
            first, second = (sheet.content for sheet in alice.vault().read([MONDAY, TUESDAY]))
            assert first == second or second is None

    assert together(write, read) == []


def test_of_several_orders_with_one_key_one_is_carried_out(alice: Person) -> None:
    done: list[UUID] = []

    def order() -> None:
        with store.writing(alice.subject) as writing:
            result = new_id()
            writing.keep_once(b"k" * 16, result)
            done.append(result)

    raised = together(order, order, order)
    assert [type(one) for one in raised] == [store.RaceLost] * 2
    assert len(done) == 1
