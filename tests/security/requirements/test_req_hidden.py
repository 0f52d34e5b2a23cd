# ruff: noqa: E501 - tables, one case a line
"""What somebody may not see differs in nothing from what is not there (req-15), and failures show no key (inv-I17)."""

import base64
import json
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.security.requirements import leaks
from tests.security.requirements.people import EGG, Browser, Person
from tests.stack import Stack, short_folder

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
ABSENT = "00000000-0000-4000-8000-000000000000"
ROUNDS = 60


@pytest.fixture(scope="module")
def alice(person: Callable[[str], Person]) -> Person:
    return person("hidden-alice")


@pytest.fixture(scope="module")
def charlie(person: Callable[[str], Person]) -> Person:
    somebody = person("hidden-charlie")
    somebody.app("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 50, "unit": "g"})
    return somebody


@pytest.fixture(scope="module")
def pairs(alice: Person) -> list[tuple[str, str, object]]:
    """Method, address with {id}, body: each tried with an id of Alice's and with one that nobody has."""
    entry = alice.app("POST", f"/diary/{DAY}/entries", {"name": "Secretcake", "kcal": 5}).json()["id"]
    food = alice.app(
        "POST", "/foods/mine", {"name": "Secretcake", "nutrients": {"208": 5}, "barcode": "4006381333931"}
    ).json()["id"]
    token = alice.app("POST", "/tokens", {"name": "Phone", "scopes": ["all"]}).json()["id"]
    return [
        ("PATCH", f"/diary/{DAY}/entries/{{}}", entry, {"amount": 1}), ("DELETE", f"/diary/{DAY}/entries/{{}}", entry, None),
        ("GET", "/foods/{}", food, None), ("PUT", "/foods/mine/{}", food, {"name": "x", "nutrients": {"208": 1}}),
        ("DELETE", "/foods/mine/{}", food, None), ("DELETE", "/tokens/{}", token, None),
        ("POST", f"/diary/{DAY}/entries", food, {"food_id": food, "amount": 1, "unit": "g"}),
    ]  # type: ignore[return-value]  # fmt: skip


def seen(answer: httpx.Response) -> tuple[object, ...]:
    return (
        answer.status_code,
        answer.content,
        sorted((name, text) for name, text in answer.headers.items() if name != "date"),
    )


def absent_like(id_: str) -> str:
    return re.sub(r"[0-9a-f-]{36}$", ABSENT, id_)


def test_req_15_anothers_thing_and_an_absent_one_read_alike(charlie: Person, pairs: list) -> None:
    differing = []
    for method, path, id_, body in pairs:
        texts = [(path.format(one), json.loads(json.dumps(body).replace(id_, one))) for one in (id_, absent_like(id_))]
        theirs, absent = (charlie.app(method, where, sent) for where, sent in texts)
        if seen(theirs) != seen(absent) or theirs.status_code != 404:
            differing.append((method, path, theirs.status_code, theirs.text, absent.status_code, absent.text))
    print(f"req-15: {len(pairs)} addresses, {len(differing)} differ")
    assert differing == []


def test_req_15_what_others_keep_changes_no_search_count_list_or_etag(alice: Person, charlie: Person) -> None:
    places = ["/foods?q=secretcake", "/foods?q=sec", "/foods/mine", f"/diary/{DAY}", "/tokens", "/profile", "/targets",
              "/trends?from=2026-11-01&to=2026-11-23&nutrients=208", "/foods/barcode/4006381333931",
              "/report?from=2026-11-01&to=2026-11-23", "/report/foods?from=2026-11-01&to=2026-11-23&nutrient=208"]  # fmt: skip
    pages = ["/foods", "/trends", f"/day/{DAY}/hits?q=secretcake"]
    charlie.browser.get("/foods")  # shows once that the diary is ready
    before = [seen(charlie.app("GET", place)) for place in places] + [_page(charlie, path) for path in pages]
    for number in range(5):
        alice.app("POST", "/foods/mine", {"name": f"Secretcake {number}", "nutrients": {"208": 5}})
        alice.app("POST", f"/diary/{DAY}/entries", {"name": "Secretcake", "kcal": 5})
    alice.app("POST", "/tokens", {"name": "Another", "scopes": ["all"]})
    after = [seen(charlie.app("GET", place)) for place in places] + [_page(charlie, path) for path in pages]
    differing = [place for place, was, now in zip([*places, *pages], before, after, strict=True) if was != now]
    print(f"req-15: {len(before)} lists and searches, {len(differing)} differ")
    assert differing == []


def _page(person: Person, path: str) -> list[str]:
    """The words of a page and where its links lead: its forms carry tokens that are new each time."""
    text = person.browser.get(path).text
    return [*re.sub(r"<[^>]+>", " ", text).split(), *re.findall(r'href="([^"]+)"', text)]


def test_req_15_the_time_of_an_answer_does_not_tell_what_is_there(charlie: Person, pairs: list) -> None:
    slower = []
    for method, path, id_, body in pairs:
        app, times = charlie.app, {id_: [], absent_like(id_): []}
        for _ in range(ROUNDS):
            for one, found in times.items():
                sent = json.loads(json.dumps(body).replace(id_, one))
                begun = time.perf_counter()
                app(method, path.format(one), sent)
                found.append(time.perf_counter() - begun)
        theirs, absent = (statistics.median(found) for found in times.values())
        noise = statistics.quantiles(times[absent_like(id_)], n=4)
        print(f"req-15 {method} {path}: {theirs * 1000:.2f} ms another's, {absent * 1000:.2f} ms absent")
        if abs(theirs - absent) > max(0.001, noise[2] - noise[0]):
            slower.append((method, path, theirs, absent))
    assert slower == []


# ---------- failures ----------

KEYS = """
import json, sys
from uuid import UUID
from nutshell.ops.command import django_as
django_as("cli")
import msgspec
from nutshell.accounts import queries
from nutshell.vault import queries as vault
from nutshell.vault.keys import pack_bundle

def bytes_in(value):
    if isinstance(value, bytes) and len(value) >= 16: yield value
    elif isinstance(value, (dict, list, tuple)):
        for one in value.values() if isinstance(value, dict) else value: yield from bytes_in(one)

bundle = vault.open_by_server_slot(queries.user_by_email(sys.argv[1]).subject_id, "login")
print(json.dumps([one.hex() for one in bytes_in(msgspec.msgpack.decode(pack_bundle(bundle)))]))
"""


def forms_of_key(key: bytes) -> dict[str, bytes]:
    found = {"raw": key, "hex": key.hex().encode(), "HEX": key.hex().upper().encode(), "repr": repr(key)[2:-1].encode()}
    return found | {
        f"base64+{shift}{name}": part for shift in range(3) for name, part in leaks._base64_parts(key, shift)
    }


@contextmanager
def without_table(path: Path, table: str) -> Iterator[None]:
    """The product runs on while one of its tables is somewhere else."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename(table, f"{table}_away")
    try:
        yield
    finally:
        rename(f"{table}_away", table)


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    stack = Stack(short_folder())
    try:
        yield stack.start()
    finally:
        stack.stop()


def test_inv_i17_no_failure_writes_a_key_into_a_log_a_page_or_a_file(product: Stack) -> None:
    person = Person(product, "failing@example.org").agree()
    token = person.token()
    phone = person.phone()
    phone("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 50, "unit": "g"})
    done = subprocess.run(
        [sys.executable, "-c", KEYS, person.email], env=product.environ, capture_output=True, text=True, check=True
    )
    keys = [bytes.fromhex(one) for one in json.loads(done.stdout)]
    secrets = [person.cookie, token.removeprefix("nutshell_")]
    keys += [base64.urlsafe_b64decode(one + "=") for one in secrets]
    keys += [secret.encode() for secret in secrets]
    answers = []
    for file, table in (("records.sqlite3", "record"), ("records.sqlite3", "shelf"), ("records.sqlite3", "subject"), ("accounts.sqlite3", "session"),
                        ("accounts.sqlite3", "token"), ("accounts.sqlite3", "keyslot"), ("accounts.sqlite3", "audit_leaf"),
                        ("keys.sqlite3", "secret"), ("keys.sqlite3", "own_leaf")):  # fmt: skip
        with without_table(product.data / file, table):
            answers += [
                phone("GET", f"/diary/{DAY}"),
                person.app("GET", f"/diary/{DAY}"),
                person.browser.get(f"/day/{DAY}"),
            ]
            answers += [
                person.app("POST", "/tokens", {"name": "x", "scopes": ["all"]}),
                Browser(product).sign_in(person.email),
            ]
    with closing(sqlite3.connect(product.data / "records.sqlite3", timeout=20)) as database, database:
        database.execute("UPDATE record SET sealed = x'00'")
        database.execute("UPDATE shelf SET wrapped_key = x'00ff'")
    answers += [phone("GET", f"/diary/{DAY}"), person.browser.get(f"/day/{DAY}")]
    failures = [one for one in answers if one.status_code >= 500]
    wanted = {f"key {number}": forms_of_key(key) for number, key in enumerate(keys)}
    hits = [hit for one in answers for hit in leaks.search(one.content, wanted, str(one.request.url))]
    hits += leaks.search("\n".join(product.printed).encode(), wanted, "terminal")
    found = leaks.search_folder(product.data, wanted)
    logs = "".join(path.read_text(errors="replace") for path in (product.data / "logs").iterdir())
    print(
        f"inv-I17: {len(failures)} failures of {len(answers)} answers, {len(keys)} keys, {found.files} files, {len(hits) + len(found.hits)} hits"
    )
    assert len(failures) >= 8
    assert "OperationalError" in logs
    assert "Traceback" not in "".join(one.text for one in answers)
    assert "sqlite" not in "".join(one.text for one in answers).lower()
    assert hits == []
    assert found.hits == []
