"""The whole product with its records on distributed tables, where a cluster of Citus is named."""

import os
import shutil
from collections.abc import Iterator

import psycopg
import pytest
from tests.security.requirements.people import EGG, Person
from tests.stack import Stack, short_folder
from tests.tiers.postgresql import cluster

DSN = os.environ.get("NUTSHELL_TEST_CITUS_DSN", "")
"""Of an empty database with the extension switched on, as NUTSHELL_RECORDS_URL takes it."""
DAY = "2026-11-23"
pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(not DSN, reason="NUTSHELL_TEST_CITUS_DSN names no cluster: Citus is not tried"),
]


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    with cluster() as server:
        stack = Stack(short_folder(), {**server.environ, "NUTSHELL_RECORDS_URL": DSN})
        try:
            yield stack.start()
        finally:
            stack.stop()
            shutil.rmtree(stack.data.parent)


def test_a_person_logs_reads_and_leaves_on_distributed_tables(product: Stack) -> None:
    alice = Person(product, "alice@example.org").agree()
    phone = alice.phone("all")
    assert phone("POST", f"/diary/{DAY}/entries", EGG).status_code == 201
    told = product.command("db", "distribute")
    assert told.returncode == 0, told.stderr
    assert "record: distributed by subject" in told.stdout
    assert product.command("db", "distribute").stdout.strip() == "All tables are distributed already."
    assert phone("POST", f"/diary/{DAY}/entries", EGG).status_code == 201
    assert len(phone("GET", f"/diary/{DAY}").json()["entries"]) == 2
    assert product.command("erase", "alice@example.org", text="yes\n").returncode == 0


def test_row_level_security_holds_on_them(product: Stack) -> None:
    with psycopg.connect(DSN) as open_:
        (forced,) = open_.execute(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class JOIN citus_tables"
            " ON oid = table_name WHERE citus_table_type = 'distributed'"
        ).fetchone()
    assert forced
