"""The production stack as real processes: two nodes, PostgreSQL, each part with certificates of its own."""

import json
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.production import Production, reachable_folder
from tests.security.requirements.people import APP, OATS, PASSPHRASE, Person, Phone
from tests.stack import Stack
from tests.tiers import certificates as issued
from tests.tiers.test_life import eventually

from nutshell.ops import certificates, tls
from nutshell.ops.certificates import INTERNAL, Tier

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
NODES = ("web-1", "web-2")


@pytest.fixture(scope="module")
def product() -> Iterator[Production]:
    stack = Production(reachable_folder())
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


def test_mail_goes_through_the_sink_that_speaks_starttls(product: Production) -> None:
    since = len(product.printed)
    done = product.command("test-mail", "stack.mail@example.org")
    assert done.returncode == 0, done.stderr
    assert product.mail_to("stack.mail@example.org", after=since)


def pids(product: Production, part: str) -> set[int]:
    """The processes of a part, by what stands in their command lines."""
    port = str(product.places[part][1]) if part in product.places else ""
    signs = {"records-db": "/records-db/data", "keys-db": "/keys-db/data", "mail": "stack mail", "keys": "command keys",
             "worker-1": "command worker", "lb": "run --config"}  # fmt: skip
    sign = signs.get(part, f"--port {port}")
    return {pid for pid, command in product.processes().items() if sign in command}


@pytest.mark.parametrize("part", ["web-1", "web-2", "worker-1", "keys", "keys-db", "records-db", "mail", "lb"])
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


# ---------- who may talk to whom ----------


def reaches(product: Production, database: str, part: str, certificate: str, **changed: object) -> bool:
    """Whether the right password with this certificate opens a database."""
    server = {"accounts": "records-db", "records": "records-db", "keys": "keys-db"}[database]
    pki = product.pki(part)
    words = (product.data / "passwords.json").read_text()
    ways = {
        "host": f"{server}.{INTERNAL}", "hostaddr": product.places[server][0], "port": product.places[server][1],
        "dbname": database, "user": f"nutshell_{database}", "password": json.loads(words)[database],
        "sslmode": "verify-full", "sslrootcert": pki / "ca.crt", "channel_binding": "require", "connect_timeout": 5,
        **({"sslcert": pki / f"{certificate}.crt", "sslkey": pki / f"{certificate}.key"} if certificate else {}),
        **changed,
    }  # fmt: skip
    try:
        psycopg.connect(**ways).close()  # type: ignore[arg-type]
    except psycopg.OperationalError:
        return False
    return True


def test_req_5_each_database_opens_for_its_own_role_with_its_own_certificate(product: Production) -> None:
    right = {"accounts": "web-1", "records": "web-1", "keys": "keys"}
    for database, part in right.items():
        assert reaches(product, database, part, f"nutshell_{database}")
        for wrong in {"nutshell_accounts", "nutshell_records", "nutshell_keys"} - {f"nutshell_{database}"}:
            holder = "keys" if wrong == "nutshell_keys" else "web-1"
            assert not reaches(product, database, holder, wrong), (database, wrong)
        assert not reaches(product, database, part, "")
        assert not reaches(
            product, database, part, f"nutshell_{database}", sslmode="disable", channel_binding="disable"
        )
        assert not reaches(product, database, part, f"nutshell_{database}", password="wrong")
        for role in ("superuser", "postgres"):
            assert not reaches(product, database, part, f"nutshell_{database}", user=role)


def test_req_5_a_database_refuses_an_expired_certificate_and_one_of_another_ca(
    product: Production, tmp_path: Path
) -> None:
    ca, role = product.data / "ca", Tier("nutshell_records")
    late = issued.expired(ca, tmp_path / "late", role)
    assert not reaches(product, "records", "web-1", "nutshell_records", sslcert=late / "nutshell_records.crt",
                       sslkey=_private(late / "nutshell_records.key"))  # fmt: skip
    certificates.ensure(tmp_path / "other", "localhost")
    stranger = issued.issue(tmp_path / "other", tmp_path / "other", role)
    assert not reaches(product, "records", "web-1", "nutshell_records", sslcert=stranger / "nutshell_records.crt",
                       sslkey=_private(stranger / "nutshell_records.key"))  # fmt: skip


def _private(path: Path) -> Path:
    path.chmod(0o600)
    return path


def test_req_5_a_node_and_the_key_store_serve_their_own_callers_alone(product: Production) -> None:
    for name in NODES:
        address = product.places[name]
        others = [("keys", "keys"), ("records-db", "records-db"), ("lb", None), ("lb", "public")]
        others += [("web-1", "node-1"), ("web-2", "nutshell_records"), ("worker-1", "worker"), ("operator", "operator")]
        for part, leaf in others:
            context = tls.client_context(product.pki(part), leaf)
            assert not tls.answers(address, f"web.{INTERNAL}", context, "/healthz", "localhost"), (name, part)
    for part, leaf in (("lb", "lb"), ("web-1", "nutshell_records"), ("mail", "mail"), ("lb", None)):
        context = tls.client_context(product.pki(part), leaf)
        assert not tls.accepts(product.places["keys"], f"keys.{INTERNAL}", context), part


def test_a_machine_holds_its_own_certificates_and_no_others(product: Production) -> None:
    held = {part.parent.name: {path.stem for path in part.glob("*.key")} for part in product.data.glob("*/pki")}
    databases = {"nutshell_accounts", "nutshell_records"}
    assert held == {
        "lb": {"lb", "public"}, "web-1": {"web", "node-1", *databases}, "web-2": {"web", "node-2", *databases},
        "worker-1": {"worker", "node", *databases}, "operator": {"operator", "node", *databases},
        "keys": {"keys", "nutshell_keys"}, "records-db": {"records-db"}, "keys-db": {"keys-db"}, "mail": {"mail"},
    }  # fmt: skip


# ---------- certificates are renewed while it runs ----------


def test_every_certificate_is_renewed_without_a_failed_request(
    product: Production, alice: Person, phone: Phone
) -> None:
    """Reads and keyed writes go on throughout, while `nutshell certs renew` makes all keys and certificates anew."""
    before = {path: path.read_bytes() for path in product.data.glob("*/pki/*.crt") if path.stem not in ("ca", "front")}
    failed, done, stop = [], [], threading.Event()

    def keep_asking() -> None:
        with product.client(headers=dict(phone.http.headers)) as http:
            asked = Phone.__new__(Phone)
            asked.http = http
            while not stop.is_set():
                _try_both(asked, failed, done)

    asker = threading.Thread(target=keep_asking)
    asker.start()
    since = len(product.printed)
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
