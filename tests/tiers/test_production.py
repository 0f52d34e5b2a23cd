"""The production stack as real processes: two nodes, PostgreSQL, each part with certificates of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.console import Operator
from tests.doors import test_matrix as matrix
from tests.officers import NAMED
from tests.production import Production, reachable_folder
from tests.security.requirements.people import APP, OATS, PASSPHRASE, Browser, Person, Phone
from tests.stack import Stack
from tests.tiers import client_tiers, listeners
from tests.tiers.test_blog_outside import asked, seen
from tests.tiers.test_life import eventually

from nutshell.audit.types import Body, unpack
from nutshell.erasure.schema import SUBJECT_COLUMNS
from nutshell.ops import certificates, privileges, tls
from nutshell.ops import config as settings
from nutshell.ops.certificates import INTERNAL
from nutshell.ops.stack.installation import Installation
from nutshell.ops.stack.plan import SERVERS

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
NODES = ("web-1", "web-2")


@pytest.fixture(scope="module")
def product() -> Iterator[Production]:
    stack = Production(reachable_folder(), {"NUTSHELL_BLOG_HOST": "blog.localhost"})
    try:
        yield stack.start()
    finally:
        stack.stop()
        shutil.rmtree(stack.data.parent)


@pytest.fixture(scope="module")
def alice(product: Production) -> Person:
    return Person(product, "stack.alice@example.org").agree()


@pytest.fixture(scope="module")
def phone(alice: Person) -> Phone:
    return alice.phone()


class Node:
    """One web node, asked as the load balancer asks it: with its certificate, past it."""

    def __init__(self, product: Production, name: str) -> None:
        host, port = product.places[name]
        context = tls.client_context(product.pki("lb"), "lb")
        context.check_hostname = False  # the name that is checked is the one below
        self.http = httpx.Client(base_url=f"https://{host}:{port}", verify=context, timeout=15)
        self.headers = {"Host": f"localhost:{product.https_port}", "Origin": product.url}

    def __call__(self, method: str, path: str, **options: object) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}  # type: ignore[dict-item]
        extensions = {"sni_hostname": f"web.{INTERNAL}"}
        return self.http.request(method, path, headers=headers, extensions=extensions, **options)  # type: ignore[arg-type]


def entries(phone: Phone, day: str = DAY) -> list[str]:
    return [entry["note"] for entry in phone("GET", f"/diary/{day}").json()["entries"]]


def log(phone: Phone, note: str, day: str = DAY) -> httpx.Response:
    body = {"food_id": OATS, "amount": 40, "unit": "g", "note": note}
    return phone("POST", f"/diary/{day}/entries", body, **{"Idempotency-Key": note})


def test_a_hundred_and_sixty_parallel_writes_over_two_nodes_are_a_hundred_and_sixty_entries(
    product: Production, phone: Phone
) -> None:
    token = phone.http.headers["Authorization"]
    nodes = [Node(product, name) for name in NODES]

    def write(number: int) -> int:
        body = {"food_id": OATS, "amount": 40, "unit": "g", "note": f"n{number}"}
        headers = {"Authorization": token, "Idempotency-Key": f"parallel-{number}"}
        return nodes[number % 2]("POST", "/api/v1/diary/2026-11-20/entries", json=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(write, range(160)))
    assert answers == [201] * 160
    assert sorted(entries(phone, "2026-11-20")) == sorted(f"n{number}" for number in range(160))


def test_the_roles_of_the_databases_may_do_what_each_route_needs(product: Production) -> None:
    """The routes of req-11 for another with a diary and for whoever owns the data, on databases with roles."""
    people = matrix.meet(product)
    wrong = []
    matrix.fresh(people).filled("{food}")  # whose barcode is asked for
    for route, row in matrix.API.items():
        for person, status in ((people.charlie, row.other), (people.alice, row.owner)):
            answer = matrix.called(person.app, route, matrix.fresh(people), row.body)
            if answer.status_code != status:
                wrong.append((route, person.email, answer.status_code, answer.text[:200]))
    for path, page in matrix.PAGES.items():
        things = matrix.fresh(people)
        for person, wanted in ((people.charlie, page.other), (people.alice, page.owner)):
            answer = matrix.visited(person.browser, path, page, things)
            if str(answer.status_code) != str(wanted).partition(" ")[0]:
                wrong.append((path, person.email, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_a_later_log_in_finds_everything_as_it_was_left(product: Production, alice: Person, phone: Phone) -> None:
    assert phone("POST", "/diary/2026-11-22/entries", {"name": "before the next log-in", "kcal": 10}).status_code == 201
    for _ in range(2):
        with Browser(product) as browser:
            assert browser.sign_in(alice.email).status_code in (302, 303)
            page = browser.get("/day/2026-11-22").text
            assert ("before the next log-in" in page, "not as you left" in page) == (True, False)


def test_a_session_and_its_end_hold_on_every_node(product: Production, alice: Person) -> None:
    one, other = (Node(product, name) for name in NODES)
    begun = one("POST", f"{APP}/auth/login", json={"email": alice.email, "password": PASSPHRASE})
    assert begun.status_code == 200
    session = {"X-Session-Token": begun.json()["meta"]["session_token"]}
    assert other("GET", "/api/v1/account", headers=session).status_code == 200
    assert other("DELETE", f"{APP}/auth/session", headers=session).status_code == 401  # allauth's word for "signed out"
    assert one("GET", "/api/v1/account", headers=session).status_code == 401


def test_log_in_attempts_are_counted_over_all_nodes(product: Production) -> None:
    nodes = [Node(product, name) for name in NODES]

    def attempt(number: int) -> str:
        wrong = {"email": "nobody.at.all@example.org", "password": f"wrong wrong {number}"}
        answer = nodes[number % 2]("POST", f"{APP}/auth/login", json=wrong)
        return str(answer.json()["errors"][0]["code"])

    answers = [attempt(number) for number in range(7)]
    assert answers == ["email_password_mismatch"] * 5 + ["too_many_login_attempts"] * 2


def test_the_audit_trail_is_verified_against_checkpoints_that_lie_outside(product: Production, alice: Person) -> None:
    assert eventually(lambda: (product.data / "outside" / "checkpoints").exists(), 90)
    done = product.command("audit", "verify")
    assert (done.returncode, "wrong" in done.stdout) == (0, False), done.stdout + done.stderr


def test_an_account_and_a_clinic_are_erased_by_whoever_serves(product: Production) -> None:
    """By a role that may remove no leaf of the audit trail: what the leaves say of them goes, their hashes stay."""
    erin = Person(product, "stack.erin@example.org").agree()
    assert log(erin.app, "gone").status_code == 201
    (subject,) = {entry["author"] for entry in erin.app("GET", f"/diary/{DAY}").json()["entries"]}
    clinic = erin.app("POST", "/clinics", {"name": "Elm"}).json()["id"]
    with connect(product, "nutshell_accounts_owner") as session:
        leaves = session.execute("SELECT id, leaf_hash FROM audit_leaf WHERE subject_id = %s", [subject]).fetchall()
        assert leaves
        for closed in (
            erin.app("DELETE", f"/clinics/{clinic}"),
            erin.app("DELETE", "/account", {"password": PASSPHRASE}),
        ):
            assert closed.status_code in (200, 204), closed.text
        for table in ("audit_leaf", "user_account"):
            assert session.execute(f"SELECT 1 FROM {table} WHERE subject_id = %s", [subject]).fetchall() == []  # type: ignore[call-overload]
        ids = [leaf for leaf, _ in leaves]
        kept = session.execute("SELECT id, leaf_hash, body FROM audit_leaf WHERE id = ANY(%s)", [ids]).fetchall()
    assert sorted(kept) == sorted((leaf, hash_, None) for leaf, hash_ in leaves)


def test_mail_goes_through_the_sink_that_speaks_starttls(product: Production) -> None:
    since, before = len(product.printed), told_by_command(product)
    done = product.command("test-mail", "stack.mail@example.org")
    assert done.returncode == 0, done.stderr
    assert told_by_command(product)[len(before) :] == ["mail-tested"]
    assert product.mail_to("stack.mail@example.org", after=since)


def test_the_load_balancer_shows_the_blog_and_a_status_page_on_which_all_parts_work(product: Production) -> None:
    assert "The blog" in asked(product, "GET", "/").text
    assert eventually(lambda: set(seen(product).values()) == {"works"}, 90), seen(product)
    assert set(seen(product)) == {"Website", "Diary", "Key store", "Mail", "Worker"}


def pids(product: Production, part: str) -> set[int]:
    """The processes of a part, by what stands in their command lines."""
    port = str(product.places[part][1]) if part in product.places else ""
    signs = {"records-db": "/records-db/data", "keys-db": "/keys-db/data", "mail": "stack mail", "kms": "openbao.hcl",
             "keys": "command keys", "worker-1": "command worker", "lb": "run --config"}  # fmt: skip
    sign = signs.get(part, f"--port {port}")
    return {pid for pid, command in product.processes().items() if sign in command}


@pytest.mark.parametrize("part", ["web-1", "web-2", "worker-1", "keys", "keys-db", "records-db", "kms", "mail", "lb"])
def test_whatever_is_killed_comes_back_and_no_answered_write_is_lost(
    product: Production, alice: Person, phone: Phone, part: str
) -> None:
    answered, stop = [], threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            note = f"{part} {number}"
            try:
                if log(phone, note, "2026-11-21").status_code == 201:
                    answered.append(note)
            except httpx.TransportError:
                pass
            time.sleep(0.02)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        assert eventually(lambda: len(answered) >= 3)
        before = pids(product, part)
        assert before, part
        os.kill(min(before), signal.SIGKILL)
        assert eventually(lambda: bool(pids(product, part) - before), 20), part
        then = len(answered)
        assert eventually(lambda: len(answered) >= then + 3, 20), part
    finally:
        stop.set()
        writer.join()
    kept = entries(phone, "2026-11-21")
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))
    assert eventually(lambda: alice.browser.get(f"/day/{DAY}").status_code == 200)


def test_all_keys_are_wrapped_anew_while_people_write_and_read(product: Production, phone: Phone) -> None:
    failed, stop = [], threading.Event()

    def keep_working() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            answers = (log(phone, f"rotate {number}", "2026-11-19"), phone("GET", "/diary/2026-11-19"))
            failed.extend(one.status_code for one in answers if one.status_code not in (200, 201))

    worker = threading.Thread(target=keep_working)
    worker.start()
    try:
        done = product.command("rotate", "kms")
    finally:
        stop.set()
        worker.join()
    assert done.returncode == 0, done.stderr
    assert "No record was touched." in done.stdout
    assert failed == []
    assert product.command("user", "add", "stack.after@example.org", text=PASSPHRASE + "\n").returncode == 0


# ---------- who may talk to whom ----------


ROLES = {
    "nutshell_accounts": ("accounts", "web-1"), "nutshell_records": ("records", "web-1"),
    "nutshell_accounts_worker": ("accounts", "worker-1"), "nutshell_records_worker": ("records", "worker-1"),
    "nutshell_accounts_owner": ("accounts", "deploy"), "nutshell_records_owner": ("records", "deploy"),
    "nutshell_accounts_backup": ("accounts", "backup"), "nutshell_records_backup": ("records", "backup"),
    "nutshell_keys": ("keys", "keys"), "nutshell_keys_backup": ("keys", "keys"),
    "nutshell_accounts_admin": ("accounts", "admin"), "nutshell_records_admin": ("records", "operator"),
}  # fmt: skip
"""Role → its database, and a part that has its certificate."""


def connect(product: Production, role: str, **changed: object) -> "psycopg.Connection[tuple[object, ...]]":
    """With this role's password and certificate; `changed` replaces parts of the way in."""
    database, part = ROLES[role]
    server = "keys-db" if database == "keys" else "records-db"
    pki = product.pki(part)
    ways = {
        "host": f"{server}.{INTERNAL}", "hostaddr": product.places[server][0], "port": product.places[server][1],
        "dbname": database, "user": role, "password": passwords(product)[role], "sslmode": "verify-full",
        "sslrootcert": pki / "ca.crt", "sslcert": pki / f"{role}.crt", "sslkey": pki / f"{role}.key",
        "channel_binding": "require", "connect_timeout": 5, "autocommit": True,
    }  # fmt: skip
    return psycopg.connect(**{**ways, **changed})  # type: ignore[arg-type]


def passwords(product: Production) -> dict[str, str]:
    found: dict[str, str] = json.loads((product.data / "passwords.json").read_text())
    return found


def reaches(product: Production, role: str, **changed: object) -> bool:
    try:
        connect(product, role, **changed).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
def test_req_5_a_database_opens_for_a_role_with_its_own_certificate_and_password(
    product: Production, role: str
) -> None:
    assert reaches(product, role)
    for other, (_, part) in ROLES.items():
        if other != role:
            pki = product.pki(part)
            assert not reaches(product, role, sslcert=pki / f"{other}.crt", sslkey=pki / f"{other}.key"), other
            assert not reaches(product, role, user=other, password=passwords(product)[other]), other
    assert not reaches(product, role, sslcert="/nowhere", sslkey="/nowhere")
    assert not reaches(product, role, sslmode="disable", channel_binding="disable")
    assert not reaches(product, role, password="wrong")
    assert not reaches(product, role, ssl_max_protocol_version="TLSv1.2")
    for database in {"accounts", "records", "keys", "postgres"} - {ROLES[role][0]}:
        assert not reaches(product, role, dbname=database), database
    assert not reaches(product, role, user="superuser")


SERVING = [role for role in ROLES if role.endswith(("accounts", "records", "worker"))]
BACKING_UP = [role for role in ROLES if role.endswith("backup")]


@pytest.mark.parametrize("role", SERVING)
def test_req_14_whoever_serves_may_change_rows_and_nothing_else(product: Production, role: str) -> None:
    """No table is made, changed, emptied or given away; no role is more than it is."""
    table = "record" if "records" in role else "token"
    with connect(product, role) as session:
        row = session.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,"
            " has_schema_privilege('public', 'CREATE'), EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False,) * 7
        for statement in (
            "CREATE TABLE mine (a int)", "CREATE TEMP TABLE mine (a int)", "CREATE SCHEMA mine", "CREATE ROLE mine",
            f"ALTER TABLE {table} ADD COLUMN a int", f"DROP TABLE {table}", f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"CREATE INDEX ON {table} (ctid)",
            "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


@pytest.mark.parametrize("role", BACKING_UP)
def test_who_backs_up_reads_every_row_and_changes_none(product: Production, phone: Phone, role: str) -> None:
    """It may read past the security of rows: a copy that lacks rows is none."""
    log(phone, f"backed up by {role}")
    table = {"keys": "secret", "records": "record", "accounts": "token"}[ROLES[role][0]]
    with connect(product, role) as session:
        assert session.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)
        session.execute("SET default_transaction_read_only = off")
        for statement in (
            f"DELETE FROM {table}", f"UPDATE {table} SET subject_id = NULL", f"INSERT INTO {table} DEFAULT VALUES",
            f"TRUNCATE {table}", "CREATE TABLE mine (a int)", "CREATE ROLE mine", f"DROP TABLE {table}",
            "COPY (SELECT 1) TO PROGRAM 'cat'", "SELECT pg_read_file('pg_hba.conf')",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


@pytest.mark.parametrize("role", ["nutshell_accounts", "nutshell_accounts_worker"])
def test_a_leaf_of_the_audit_trail_is_added_and_never_changed_or_removed(product: Production, role: str) -> None:
    """An erase empties it; only the worker gives it a place; its hash stays what it was, and the row stays."""
    refused = ["DELETE FROM audit_leaf", "UPDATE audit_leaf SET leaf_hash = ''", "UPDATE audit_leaf SET id = 0"]
    refused += ["UPDATE audit_leaf SET tree_index = 7", "UPDATE audit_tree_head SET id = 2"] * (role[-1] == "s")
    with connect(product, role) as session:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
        assert session.execute("SELECT count(*) FROM audit_leaf").fetchone() != (0,)
        session.execute("UPDATE audit_leaf SET body = NULL, salt = NULL WHERE id < 0")


PUBLIC_HOST = {"NUTSHELL_HOST": "diary.example", **NAMED}


@pytest.mark.parametrize(("part", "said"), [("web-1", ""), ("operator", ""), ("deploy", "may change tables")])
def test_req_14_on_a_public_host_no_web_process_starts_with_the_role_that_owns_the_tables(
    product: Production, part: str, said: str
) -> None:
    environ = {**Installation.at(product.data, product.environ).settings_of(part), **PUBLIC_HOST}
    environ.pop("NUTSHELL_BLOG_HOST", None)
    config = settings.load(environ)
    if not said:
        privileges.check_few(config)
        return
    command = [sys.executable, "-m", "nutshell.ops.command", "web", "--port", "1"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert done.stderr.count("\n") == 1
    assert passwords(product)["nutshell_accounts_owner"] not in done.stderr


# ---------- row-level security ----------

ABOUT = "SET LOCAL nutshell.subject = '{}'; "


def with_a_subject(session: "psycopg.Connection[tuple[object, ...]]") -> dict[str, list[str]]:
    """The tables of the live schema that name subjects, with the columns that do."""
    found: dict[str, list[str]] = {}
    for table, column in session.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = ANY(%s)",
        [list(SUBJECT_COLUMNS)],
    ):
        found.setdefault(str(table), []).append(str(column))
    return found


def test_req_13_every_table_of_the_records_that_names_a_subject_is_behind_policies_its_owner_included(
    product: Production,
) -> None:
    with connect(product, "nutshell_records_owner") as session:
        forced = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        secured = {str(row[0]) for row in session.execute(forced)}
        assert secured == set(with_a_subject(session)) >= {"subject", "shelf", "record", "grant", "inbox"}


def test_req_13_without_the_applications_filter_a_web_role_reads_no_row_of_another_subject(
    product: Production, phone: Phone
) -> None:
    """Every table, read from end to end: nothing with no subject set, and only what names the one that is."""
    assert log(phone, "policies", "2026-11-18").status_code == 201
    other = Person(product, "stack.bob@example.org").agree().phone()
    assert log(other, "policies", "2026-11-18").status_code == 201
    with connect(product, "nutshell_records_owner") as session:
        tables = with_a_subject(session)
        subjects = [str(row[0]) for row in session.execute("SELECT DISTINCT subject_id FROM record")]
    assert len(subjects) >= 2
    with connect(product, "nutshell_records") as session:
        for table, columns in tables.items():
            assert session.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,), table
            for subject in subjects[:2]:
                read = f'{ABOUT.format(subject)}SELECT {", ".join(columns)} FROM "{table}"'
                found = last(session.execute(read))
                assert all(subject in map(str, row) for row in found), table
                assert found or table not in ("subject", "shelf", "record", "root")
        # Nor is a row of another changed, removed or made; and of the setting nothing stays on the connection.
        mine, theirs = subjects[:2]
        for act in ("DELETE FROM record", "UPDATE record SET version = version"):
            done = session.execute(f"{ABOUT.format(mine)}{act} WHERE subject_id = '{theirs}'")
            done.nextset()
            assert done.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"{ABOUT.format(mine)}UPDATE record SET subject_id = '{theirs}'")
        assert session.execute("SELECT count(*) FROM record").fetchone() == (0,)


def last(cursor: "psycopg.Cursor[tuple[object, ...]]") -> list[tuple[object, ...]]:
    """What the second statement of a message found."""
    cursor.nextset()
    return cursor.fetchall()


def test_req_13_a_worker_too_sees_shelves_and_records_of_one_subject_at_a_time(
    product: Production, phone: Phone
) -> None:
    assert log(phone, "worker", "2026-11-18").status_code == 201
    with connect(product, "nutshell_records_worker") as session:
        for table in ("shelf", "record", "root", "inbox"):
            assert session.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_statement_that_takes_too_long_is_cut(product: Production) -> None:
    with connect(product, "nutshell_records") as session:
        for name, value in (("statement_timeout", "15s"), ("lock_timeout", "10s")):
            assert session.execute(f"SHOW {name}").fetchone() == (value,)
        assert session.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("30s",)


def test_every_socket_that_listens_is_a_place_of_the_plan(product: Production) -> None:
    """What the kernel knows of, so that nothing listens untried."""
    host, kms = product.places["kms"]
    planned = {*product.places.values(), (host, kms + 1)}
    public = {(host, port) for port in (product.https_port, product.http_port) for host in ("127.0.0.1", "[::1]")}
    assert listening(product, "-t") == planned | public
    assert listening(product, "-u") == {(host, product.https_port) for host in ("127.0.0.1", "[::1]")}


def listening(product: Production, kind: str) -> set[tuple[str, int]]:
    """Addresses on which a process of the stack listens: TCP ("-t") or UDP ("-u")."""
    said = subprocess.run(["ss", "-Hlnp", kind], capture_output=True, text=True, check=True).stdout
    ours = [
        line
        for line in said.splitlines()
        if {int(pid) for pid in re.findall(r"pid=(\d+)", line)} & set(product.processes())
    ]
    return {(host, int(port)) for host, _, port in (line.split()[3].rpartition(":") for line in ours)}


def test_req_5_every_listener_serves_its_own_callers_and_no_other_certificate_of_the_installation(
    product: Production, tmp_path: Path
) -> None:
    """None, every other tier's, and its callers' own once ended or of another authority."""
    tried = listeners.listeners(product)
    assert {one.name for one in tried} == {*product.places, "kms-cluster"} - {"mail", "admin"}
    for listener in tried:
        unserved = [one for one in listeners.right(listener, product) if not one.served]
        assert unserved == []
        wrong = list(listeners.wrong(listener, product, tmp_path))
        assert len(wrong) == 1 + len(listeners.leaves(product)) + len(listener.callers)
        assert [one for one in wrong if one.served] == []
    assert all(listeners.mail_refuses(product).values())


def test_req_6_no_part_believes_a_server_that_is_not_the_one_it_means(product: Production, tmp_path: Path) -> None:
    """The load balancer's own way is tried in test_mutual_tls.py: it would take half a minute here."""
    ways = client_tiers.ways(product)
    asking = {way.part for way in ways}
    assert asking == {*Installation.at(product.data, product.environ).plan.machines} - {*SERVERS}
    # Nobody of ours calls the console: operators' browsers do, with certificates of their own authority.
    assert {way.server for way in ways} == {*product.places} - {"admin"}
    for way in ways:
        # The machine that keeps backups is told where the key store is, and has no certificate to go there.
        if way.part != "lb" and (way.part, way.server) != ("backup", "keys"):
            assert client_tiers.heard(product, way, client_tiers.HONEST, tmp_path), way
            told = {fault: client_tiers.heard(product, way, fault, tmp_path) for fault in client_tiers.FAULTS}
            assert not any(told.values()), (way, told)


def test_a_machine_holds_its_own_certificates_and_no_others(product: Production) -> None:
    held = {part.parent.name: {path.stem for path in part.glob("*.key")} for part in product.data.glob("*/pki")}
    web = {"nutshell_accounts", "nutshell_records"}
    worker, owner, shell = ({f"{role}_{use}" for role in web} for use in ("worker", "owner", "admin"))
    assert held == {
        "lb": {"lb", "public"}, "web-1": {"web", "node-1", *web}, "web-2": {"web", "node-2", *web},
        "worker-1": {"worker", "node", *worker}, "operator": {"operator", "node", "operators", *worker, *shell},
        "admin": {"console", "admin", "nutshell_accounts_admin"},
        "deploy": {"operator", "node", *owner}, "backup": {f"{role}_backup" for role in web},
        "keys": {"keys", "kms-client", "nutshell_keys", "nutshell_keys_backup"}, "kms": {"kms"},
        "records-db": {"records-db"}, "keys-db": {"keys-db"}, "mail": {"mail"},
    }  # fmt: skip


# ---------- operators ----------


def leaves(product: Production) -> list[Body]:
    with connect(product, "nutshell_accounts_admin") as session:
        found = session.execute("SELECT body FROM audit_leaf WHERE body IS NOT NULL ORDER BY id").fetchall()
    return [unpack(body) for (body,) in found]  # type: ignore[arg-type]


def told_by_command(product: Production) -> list[str]:
    """What the trail says of the `nutshell` command's acts, in order."""
    return [body.reason for body in leaves(product) if (body.kind, body.actor) == ("operator-act", "operator")]


@pytest.fixture(scope="module")
def olga(product: Production) -> Operator:
    port = product.places["admin"][1]
    return Operator(product, "olga", f"https://localhost:{port}", product.data / "operator").sign_in()


def test_the_console_works_with_the_role_of_operators_which_reads_no_more_than_it_needs(
    product: Production, olga: Operator
) -> None:
    page = olga.get("/").text
    assert "Key store" in page
    assert "The trail is whole" in olga.post("/trail/verify").text
    assert f"{product.url}/account/invitation/" in olga.post("/accounts/invite", email="stack.new@example.org").text
    eve = Person(product, "stack.eve@example.org").agree()
    phone = eve.phone()
    assert olga.post("/accounts/disable", email=eve.email).status_code == 200
    assert phone("GET", "/profile").status_code == eve.app("GET", "/account").status_code == 401
    assert olga.post("/accounts/enable", email=eve.email).status_code == 200
    assert "Frozen." in olga.post("/nodes/freeze", node="*").text
    assert "Answered again." in olga.post("/nodes/unfreeze", node="*").text
    assert '<span class="num">' in olga.get("/accounts").text
    eve = Person(product, "stack.asks@example.org").agree()
    assert eve.browser.post("/account/requests", {"text": "Who works here?"}).status_code == 303
    number = re.findall(r"number=(\d+)", olga.get("/requests").text)[-1]
    assert olga.post("/requests/answer", number=number, act="answered", text="We do.").status_code == 200
    assert "We do." in eve.browser.get("/account/requests").text
    assert "answered you" in product.mail_to(eve.email, seconds=75)
    assert eventually(lambda: "?week=" in olga.get("/activity").text)
    (week,) = re.findall(r"week=([^\"]+)", olga.get("/activity").text)
    assert olga.post("/activity/looked", week=week, word="Nothing.").status_code == 200
    assert olga.post("/sign-out").status_code == 302
    with connect(product, "nutshell_accounts_admin") as session:
        for what in ("password FROM user_account", "sealed FROM session", "session_slot FROM token",
                     "1 FROM keyslot", "user_id FROM consent", "sealed FROM outgoing_mail",
                     "data FROM mfa_authenticator", "1 FROM study"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f"SELECT {what}")
        for change in ("UPDATE user_account SET password = ''", "UPDATE audit_leaf SET body = NULL",
                       "DELETE FROM audit_leaf", "UPDATE operator SET fingerprint = ''", "DELETE FROM user_account",
                       "INSERT INTO operator (id) VALUES (gen_random_uuid())"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(change)


def test_a_web_node_reaches_no_table_of_operators(product: Production) -> None:
    with connect(product, "nutshell_accounts") as session:
        for table in ("operator", "operator_session", "worker_report", "activity_week"):
            for statement in (f"SELECT 1 FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(statement)


def test_a_web_node_reads_which_grants_are_stopped_and_lets_none_again(product: Production) -> None:
    with connect(product, "nutshell_accounts") as session:
        assert session.execute("SELECT count(*) FROM stopped_purpose").fetchone() == (0,)
        for statement in ("DELETE FROM stopped_purpose", "UPDATE stopped_purpose SET name = 'x'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


@pytest.mark.parametrize(("database", "sees"), [("accounts", "user_account"), ("records", "record")])
def test_a_database_shell_has_the_operators_role_reads_no_record_and_leaves_one_leaf(
    product: Production, phone: Phone, database: str, sees: str
) -> None:
    assert log(phone, f"shell {database}").status_code == 201
    before = len(leaves(product))
    asked = (
        "SELECT current_user || ' ' || current_database(); SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();"
    )
    done = product.command(
        "db", "shell", database, text=f"{asked} SELECT tablename FROM pg_tables; SELECT * FROM {sees};"
    )
    assert f"nutshell_{database}_admin {database}" in done.stdout, done.stderr
    assert " t\n" in done.stdout
    assert f" {sees}\n" in done.stdout
    assert f"permission denied for table {sees}" in done.stderr
    told = [body for body in leaves(product)[before:] if body.kind.startswith("operator-")]
    assert [(body.kind, body.reason, body.actor, body.references) for body in told] == [
        ("operator-act", "database-shell", "operator", (database.encode(),))
    ]


# ---------- certificates are renewed while it runs ----------


def test_every_certificate_is_renewed_without_a_failed_request(
    product: Production, alice: Person, phone: Phone
) -> None:
    """Reads and keyed writes go on throughout, while `nutshell certs renew` makes all keys and certificates anew."""
    before = {
        path: path.read_bytes()
        for path in product.data.glob("*/pki/*.crt")
        if path.stem not in certificates.AUTHORITIES
    }
    failed, done, stop = [], [], threading.Event()

    def keep_asking() -> None:
        with product.client(headers=dict(phone.http.headers)) as http:
            asked = Phone.__new__(Phone)
            asked.http = http
            while not stop.is_set():
                _try_both(asked, failed, done)

    asker = threading.Thread(target=keep_asking)
    asker.start()
    since, told = len(product.printed), told_by_command(product)
    try:
        done_renewing = plain(product).command("certs", "--stack", str(product.data), "renew")
        assert done_renewing.returncode == 0, done_renewing.stderr
        product.wait_for("Certificates renewed", 60, after=since)
        time.sleep(1)
    finally:
        stop.set()
        asker.join()
    assert not [path for path, content in before.items() if path.read_bytes() == content]
    assert len(done) > 50
    assert failed == []
    assert told_by_command(product)[len(told) :] == ["certificates-renewed"]


def _try_both(phone: Phone, failed: list[str], done: list[str]) -> None:
    for act in (
        lambda: phone("GET", f"/diary/{DAY}"),
        lambda: log(phone, f"renew {len(done)}", f"2026-10-{len(done) % 28 + 1:02}"),
    ):
        answer = _asked_once_more(act)
        done.append(str(answer))
        if answer not in (200, 201):
            failed.append(f"{len(done)}: {answer}")


def _asked_once_more(act: Callable[[], httpx.Response]) -> int:
    """Caddy closes idle connections when it takes up its own new certificate: clients connect once more then."""
    try:
        return act().status_code
    except httpx.TransportError:
        return act().status_code


def plain(product: Production) -> Stack:
    """The same, for commands of the machine's operator that do not go through the stack."""
    stack = Stack(product.data)
    stack.environ = product.environ
    return stack


def test_certificates_are_listed_with_their_ends(product: Production) -> None:
    done = plain(product).command("certs", "--stack", str(product.data))
    assert done.returncode == 0, done.stderr
    found = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert {"web", "keys", "lb", "node-1", "node-2", "records-db", "keys-db", "mail", "nutshell_keys"} <= set(found)
    assert all(re.search(r" (89|90) days left", line) for line in found.values()), found
    unknown = plain(product).command("certs", "--stack", str(product.data), "renew", "nobody")
    assert (unknown.returncode, "There is no certificate nobody" in unknown.stderr) == (1, True)
