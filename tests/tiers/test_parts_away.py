"""A part of the running product is really taken away: both doors say so with 503, and it goes on afterwards."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.security.requirements.people import APP, PASSPHRASE, Person, forget_limits
from tests.stack import Stack, short_folder
from tests.tiers.test_life import eventually, find, serves

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
SENTENCE = "Nothing was lost; try again in a minute."


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    stack = Stack(short_folder())
    yield stack.start()
    stack.stop()
    shutil.rmtree(stack.data.parent)


@pytest.fixture(scope="module")
def alice(product: Stack) -> Person:
    return Person(product, "away.alice@example.org").agree()


def renew_web_processes(product: Stack) -> None:
    """End them hard: whoever had a file open has it no more."""
    before = find(product, "web --port")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: len(find(product, "web --port") - before) == 4)
    assert eventually(lambda: serves(product))


def expect_words(answer: httpx.Response, kind: str) -> None:
    assert answer.status_code == 503, answer.text[:300]
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Content-Type"].startswith(kind)
    assert SENTENCE in answer.text
    assert not [word for word in ("Traceback", "sqlite", "Error", "example.org") if word in answer.text]


@pytest.mark.parametrize("name", ["accounts.sqlite3", "records.sqlite3"])
def test_a_database_that_is_gone(product: Stack, alice: Person, name: str) -> None:
    phone, path = alice.phone(), product.data / name
    forget_limits(product)
    kept = [one for one in product.data.glob(f"{name}*") if not one.name.endswith(".lock")]
    for file in kept:
        file.rename(product.data / f"kept-{file.name}")
    path.mkdir()
    try:
        renew_web_processes(product)
        expect_words(alice.browser.get(f"/day/{DAY}"), "text/html")
        expect_words(phone("GET", f"/diary/{DAY}"), "application/problem+json")
        if name.startswith("accounts"):
            expect_words(alice.browser.sign_in(alice.email), "text/html")
            expect_words(_app_log_in(product, alice), "application/")
    finally:
        path.rmdir()
        for file in kept:
            (product.data / f"kept-{file.name}").rename(file)
    assert alice.browser.get(f"/day/{DAY}").status_code == 200
    assert phone("GET", f"/diary/{DAY}").status_code == 200


def test_a_database_that_cannot_be_read(product: Stack, alice: Person) -> None:
    phone, path = alice.phone(), product.data / "records.sqlite3"
    kept = [one for one in product.data.glob("records.sqlite3*") if not one.name.endswith(".lock")]
    for file in kept:
        file.rename(product.data / f"kept-{file.name}")
    path.write_bytes(os.urandom(8192))
    try:
        renew_web_processes(product)
        expect_words(alice.browser.get(f"/day/{DAY}"), "text/html")
        expect_words(phone("GET", f"/diary/{DAY}"), "application/problem+json")
    finally:
        for file in kept:
            (product.data / f"kept-{file.name}").rename(file)
    assert eventually(lambda: alice.browser.get(f"/day/{DAY}").status_code == 200)


def _app_log_in(product: Stack, person: Person) -> httpx.Response:
    with product.client() as app:
        return app.post(f"{APP}/auth/login", json={"email": person.email, "password": PASSPHRASE})


def test_the_key_store_that_does_not_come_back(product: Stack, alice: Person) -> None:
    key = product.data / "kms.key"
    forget_limits(product)
    key.rename(product.data / "kept")
    try:
        for pid in find(product, "keys"):
            os.kill(pid, signal.SIGKILL)
        expect_words(alice.browser.sign_in(alice.email), "text/html")
        expect_words(_app_log_in(product, alice), "application/")
    finally:
        (product.data / "kept").rename(key)

    def logs_in() -> bool:
        forget_limits(product)  # each try counts, and the key store may be between two of its starts for ten seconds
        return _app_log_in(product, alice).status_code == 200

    assert eventually(logs_in, 40)


def test_whose_erase_fails_at_the_start_is_not_served_and_everybody_else_is(product: Stack, alice: Person) -> None:
    """inv-I21: an order with a wish that the key store refuses, as a damaged row would have it."""
    bob = Person(product, "away.bob@example.org").agree()
    phones = {name: one.phone() for name, one in (("alice", alice), ("bob", bob))}
    product.stop()
    subject = _planted(product.data)
    before = len(product.printed)
    product.start()
    product.wait_for("Erases that could not be finished: 1. Nothing of these people is served", after=before)
    for _ in range(4):  # whichever process answers
        assert phones["alice"]("GET", f"/diary/{DAY}").status_code == 503
        assert alice.browser.get(f"/day/{DAY}").status_code == 503
        assert phones["bob"]("GET", f"/diary/{DAY}").status_code == 200
        assert bob.browser.get(f"/day/{DAY}").status_code == 200
    assert eventually(lambda: "an erase failed and is tried again" in _log(product))
    assert subject not in _log(product)
    assert "away.alice" not in _log(product)


def _log(product: Stack) -> str:
    return (product.data / "logs" / "worker.log").read_text()


def _planted(data: Path) -> str:
    """An order to erase the first person of the accounts; the subject's id."""
    with closing(sqlite3.connect(data / "accounts.sqlite3")) as database, database:
        (subject,) = database.execute("SELECT subject_id FROM user_account ORDER BY rowid LIMIT 1").fetchone()
        row = {"subject_id": subject, "keep_account": False, "wish": b"forged", "undo_days": 0}
        row |= {"created_at": "2026-11-23 12:00:00", "due_at": "2026-11-23 12:00:00"}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        database.execute(f"INSERT INTO erase_order ({names}) VALUES ({marks})", [*row.values()])
    return str(subject)
