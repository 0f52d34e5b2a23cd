"""The same code on PostgreSQL: many of the other tests run again on it, and the whole product.

Where no PostgreSQL is installed these tests are skipped and say so; with CI=true they fail.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.security.requirements import leaks
from tests.security.requirements.people import APP, EGG, PASSPHRASE, Browser, Person
from tests.stack import Stack, short_folder
from tests.tiers.postgresql import NAMES, Cluster, cluster
from tests.tiers.test_life import eventually

from nutshell.ops.backup import keys, sets

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
AGAIN = (
    "tests/tiers/postgresql_inside.py",
    "tests/security/vault/test_gate.py",
    "tests/security/vault/test_races.py",
    "tests/security/vault/test_records.py",
    "tests/security/vault/test_slots.py",
    "tests/security/vault/test_tampering.py",
    "tests/security/erasure/test_erasure.py",
    "tests/security/audit/test_audit_trail.py",
    "tests/security/accounts/test_accounts_tokens.py",
    "tests/security/accounts/test_accounts_ledger.py",
    "tests/security/accounts/test_accounts_guessing.py::test_guesses_at_the_same_moment_are_all_counted",
    "tests/doors/accounts/test_accounts_session_times.py",
    "tests/rooms/diary/test_diary_sealed.py",
)
"""What leans on the database most. Of these, tests about SQLite's files say so and are skipped."""


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest.fixture(scope="module")
def product(server: Cluster) -> Iterator[Stack]:
    stack = Stack(short_folder(), server.environ)
    try:
        yield stack.start()
    finally:
        if stack.process is not None:
            stack.stop()
        shutil.rmtree(stack.data.parent)


def certificate(server: Cluster, name: str) -> dict[str, str]:
    return {"sslcert": str(server.pki / f"{name}.crt"), "sslkey": str(server.pki / f"{name}.key")}


def test_a_part_gets_into_its_own_database_only_and_only_by_its_certificate_and_password(server: Cluster) -> None:
    server.connect("records").close()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ('database "accounts"', {"dbname": "accounts"}),
        ('database "keys"', {"dbname": "keys"}),
        ("no encryption", {"sslmode": "disable", "channel_binding": "prefer"}),
        ("valid client certificate", {"sslcert": "/nowhere", "sslkey": "/nowhere"}),
        ("authentication failed", certificate(server, "keys")),
        ("authentication failed", {"password": "wrong"}),
        ('user "superuser"', {"user": "superuser"}),
        ("protocol version", {"ssl_max_protocol_version": "TLSv1.2"}),
    ]
    for said, way in wrong:
        with pytest.raises(psycopg.OperationalError, match=said):
            server.connect("records", **way)


def test_tests_of_the_rooms_pass_on_it_too(server: Cluster) -> None:
    environ = {
        name: text for name, text in os.environ.items() if not name.startswith(("NUTSHELL_", "DJANGO_", "PYTEST_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *AGAIN],
        env={**environ, **server.environ, "NUTSHELL_TEST_DATABASES": "given"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    print(done.stdout[-3000:])
    # Most of it lay in databases of their own; the writers that are processes wrote where the product will.
    for name in NAMES:
        empty(server, name)
    assert done.returncode == 0, done.stdout[-6000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 150


def empty(server: Cluster, name: str) -> None:
    with server.connect(name) as session:
        session.execute("DROP SCHEMA public CASCADE")
        session.execute("CREATE SCHEMA public")


def rows(server: Cluster, name: str) -> dict[str, list[str]]:
    """Every row of every table of a database, as text."""
    with server.connect(name) as open_:
        tables = [str(row[0]) for row in open_.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {one: [str(row[0]) for row in open_.execute(f'SELECT t::text FROM "{one}" t')] for one in tables}


def test_all_migrations_ran_each_in_its_own_database(server: Cluster, product: Stack) -> None:
    tables = {name: {table for table in rows(server, name) if table != "django_migrations"} for name in NAMES}
    print({name: len(found) for name, found in tables.items()})
    assert {"subject", "shelf", "record", "idempotency"} <= tables["records"]
    assert {"user_account", "session", "token", "keyslot", "audit_leaf"} <= tables["accounts"]
    assert {"subject_row", "secret", "epoch", "own_leaf"} <= tables["keys"]
    assert sum(map(len, tables.values())) == len(set().union(*tables.values()))
    assert not list(product.data.glob("*.sqlite3*"))


def test_no_process_is_told_the_way_into_a_database_that_is_not_its_own(server: Cluster, product: Stack) -> None:
    told = {pid: Path(f"/proc/{pid}/environ").read_bytes().decode() for pid in product.processes()}
    for pid, command in product.processes().items():
        own = {name for name in NAMES if server.passwords[name] in told[pid]}
        if " keys" in command:
            assert own == {"keys"}
        elif " run --config" in command:
            assert own == set()
        else:
            assert own == {"accounts", "records"}, command


def test_a_life_from_the_first_food_to_the_closed_account(server: Cluster, product: Stack) -> None:
    word = f"zq{secrets.token_hex(8)}kanari"
    alice = Person(product, "alice@example.org").agree()
    bob = Person(product, "bob@example.org").agree()
    phones = alice.phone(), bob.phone()
    for phone in phones:
        made = phone("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 120, "unit": "g", "note": word})
        assert made.status_code == 201, made.text
        assert phone("GET", f"/diary/{DAY}").json()["entries"][0]["note"] == word
    subjects = {str(row[0]) for row in server.connect("records").execute("SELECT subject_id FROM subject")}
    closed = alice.app("DELETE", "/account", {"password": PASSPHRASE})
    assert closed.status_code == 200, closed.text
    assert phones[0]("GET", f"/diary/{DAY}").status_code == 401
    assert phones[1]("GET", f"/diary/{DAY}").json()["entries"][0]["note"] == word
    left = {str(row[0]) for row in server.connect("records").execute("SELECT subject_id FROM subject")}
    (gone,) = subjects - left
    named = {name: [table for table, found in rows(server, name).items() if gone in str(found)] for name in NAMES}
    assert named == {"accounts": [], "records": [], "keys": []}
    assert [one for one in left if any(one in str(found) for found in rows(server, "accounts").values())]


def test_the_kms_key_is_rotated_on_it_too(server: Cluster, product: Stack) -> None:
    """inv-I13: rows of another version are found by comparing bytes, which each database does in its own way."""
    person = Person(product, "kim@example.org").agree()
    for version in (2, 3):
        done = product.command("rotate", "kms")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Rotating: version {version}," in done.stdout
        assert " 0 left" in done.stdout
    with Browser(product) as browser:
        assert browser.sign_in(person.email).status_code in (302, 303)


def test_when_the_database_was_away_the_product_goes_on_by_itself(server: Cluster, product: Stack) -> None:
    carla = Person(product, "carla@example.org").agree()
    phone, browser = carla.phone(), carla.browser
    before = set(product.processes())
    server.halt()
    for answer in (phone("GET", f"/diary/{DAY}"), browser.get(f"/day/{DAY}"), browser.sign_in("carla@example.org")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60"), answer.text[:300]
        assert "Nothing was lost; try again in a minute." in answer.text
        assert "carla" not in answer.text
    server.serve()
    assert phone("GET", f"/diary/{DAY}").status_code == 200
    assert phone("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 60, "unit": "g"}).status_code == 201
    assert Person(product, "dora@example.org").agree().phone()("GET", f"/diary/{DAY}").status_code == 200
    assert set(product.processes()) == before


def test_no_canary_stands_in_any_file_of_the_server(server: Cluster, product: Stack) -> None:
    word, address = f"zq{secrets.token_hex(8)}kanari", f"zq{secrets.token_hex(8)}kanari"
    person = Person(product, f"{address}@example.org").agree()
    quick = {"name": word, "kcal": 319}
    assert person.phone()("POST", f"/diary/{DAY}/entries", quick).status_code == 201
    server.halt()
    found = leaks.search_folder(server.data, leaks.needles({"food": word, "address": address}, {}))
    server.serve()
    print(f"{found.files} files, {found.size:,} bytes, {len(found.hits)} hits")
    assert found.size > 20_000_000
    assert found.hits == []


# ---------- the last ones: the product is stopped, its databases are put back ----------


@dataclass
class PutBack:
    """Accounts and records of before Bob's end and Alice's later writing; the keys are those of now."""

    alice: Person
    bob: Person
    cookie: str
    token: str
    moment: str


def beside(product: Stack, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A command with other settings than the product's own."""
    command = [sys.executable, "-m", "nutshell.ops.command", *arguments]
    environ = {**product.environ, **settings}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def put_back(server: Cluster, product: Stack) -> PutBack:
    folder = product.data.parent
    keys.make(folder / "identity")
    where = {"NUTSHELL_ROLE": "web", "NUTSHELL_BACKUPS": str(folder / "backups"),
             "NUTSHELL_BACKUP_TO": (folder / "identity").read_text().split()[3]}  # fmt: skip
    alice, bob = (Person(product, f"back.{name}@example.org").agree() for name in ("alice", "bob"))
    phone = alice.phone()
    assert phone("POST", f"/diary/{DAY}/entries", {"name": "first", "kcal": 100}).status_code == 201
    urls = {f"NUTSHELL_{name.upper()}_URL": server.url(f"{name}_backup") for name in ("accounts", "records")}
    made = beside(product, "backup", **where, **urls)
    assert made.returncode == 0, made.stderr
    assert product.command("erase", "--yes", bob.email).returncode == 0
    token = alice.token()
    assert phone("POST", f"/diary/{DAY}/entries", {"name": "later", "kcal": 100}).status_code == 201
    for _ in range(2):
        with Browser(product) as browser:
            assert browser.sign_in(alice.email).status_code in (302, 303)
    product.stop()
    for name in ("accounts", "records"):
        empty(server, name)
    done = beside(product, "restore", "--identity", str(folder / "identity"), **where)
    assert done.returncode == 0, done.stderr
    product.start()
    return PutBack(alice, bob, alice.cookie, token, made.stdout.split()[-1])


def test_req_40_after_a_restore_the_owner_signs_in_finds_what_was_copied_and_is_told_the_day(
    product: Stack, put_back: PutBack
) -> None:
    with Browser(product) as browser:
        assert browser.sign_in(put_back.alice.email).status_code in (302, 303)
        page = browser.get(f"/day/{DAY}").text
        assert "first" in page
        assert "later" not in page
        assert f"to a copy of {sets.moment(put_back.moment):%-d %b %Y, %H:%M} UTC" in page
        assert "not as you left" not in page
        assert eventually(lambda: "A backup was restored" in browser.get("/access/ledger").text, 30)
    with Browser(product) as again:
        again.sign_in(put_back.alice.email)
        assert "not as you left" not in again.get(f"/day/{DAY}").text


def test_nobody_stays_signed_in_and_no_ended_token_opens(product: Stack, put_back: PutBack) -> None:
    with product.client() as app:
        for headers in ({"X-Session-Token": put_back.cookie}, {"Authorization": f"Bearer {put_back.token}"}):
            assert app.get("/api/v1/account", headers=headers).status_code == 401


def test_req_31_whoever_was_erased_since_the_copy_stays_erased(
    server: Cluster, product: Stack, put_back: PutBack
) -> None:
    with product.client() as app:
        refused = app.post(f"{APP}/auth/login", json={"email": put_back.bob.email, "password": PASSPHRASE})
        assert refused.status_code == 400, refused.text
    with server.connect("records") as records, server.connect("keys") as of_keys:
        left = {row[0] for row in records.execute("SELECT subject_id FROM subject")}
        assert left <= {row[0] for row in of_keys.execute("SELECT subject_id FROM subject_row")}


def test_the_trail_goes_on_from_where_it_was_put_back(product: Stack, put_back: PutBack) -> None:
    done = product.command("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(product.data.glob("checkpoints.before-*"))
    before = (product.data / "checkpoints").read_bytes()
    with Browser(product) as browser:
        browser.sign_in(put_back.alice.email)
    assert eventually(lambda: (product.data / "checkpoints").read_bytes() != before, 30)
    done = product.command("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
