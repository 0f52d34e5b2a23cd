"""The whole product over OpenBao: rotated by the command while people read and write, and OpenBao away."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from tests.openbao import OpenBaoServer
from tests.security.requirements.people import OATS, Browser, Person, forget_limits
from tests.stack import Stack, short_folder
from tests.tiers.test_life import find
from tests.tiers.test_parts_away import expect_words

pytestmark = pytest.mark.stack
DAY = "2026-11-23"


@pytest.fixture(scope="module")
def bao() -> Iterator[OpenBaoServer]:
    folder = short_folder()
    server = OpenBaoServer(folder.parent / "bao", folder / "pki").start()
    yield server
    server.stop()
    shutil.rmtree(folder.parent)


@pytest.fixture(scope="module")
def product(bao: OpenBaoServer) -> Iterator[Stack]:
    stack = Stack(bao.pki.parent, {"NUTSHELL_KMS": bao.address})
    yield stack.start()
    stack.stop()


@pytest.fixture(scope="module")
def alice(product: Stack) -> Person:
    return Person(product, "kms.alice@example.org").agree()


def records(product: Stack, but: set[bytes] = frozenset()) -> set[tuple]:
    """Every sealed row as it stands, of all people but these."""
    with closing(sqlite3.connect(product.data / "records.sqlite3", timeout=20)) as database:
        return {row for row in database.execute("SELECT subject_id, * FROM record") if row[0] not in but}


def signed_in(product: Stack, person: Person) -> httpx.Response:
    """In a browser without a session, so that the server's slot is opened."""
    with Browser(product) as browser:
        return browser.sign_in(person.email)


def test_no_key_file_is_made(product: Stack, alice: Person) -> None:
    assert not (product.data / "kms.key").exists()


def test_inv_i13_the_command_rotates_while_people_read_and_write(product: Stack, alice: Person) -> None:
    """0 failed reads, 0 failed writes, 0 changed bytes of records: Alice writes, and Bob's are compared."""
    phone = alice.phone()
    oats = {"food_id": OATS, "amount": 1}
    assert phone("POST", f"/diary/{DAY}/entries", oats).status_code == 201
    others = {row[0] for row in records(product)}
    bob = Person(product, "kms.bob@example.org").agree().phone()
    assert bob("POST", f"/diary/{DAY}/entries", oats).status_code == 201
    before = records(product, but=others)
    assert before
    statuses: list[int] = []
    stop = threading.Event()

    def read_and_sign_in() -> None:
        while not stop.is_set():
            statuses.append(phone("GET", f"/diary/{DAY}").status_code)
            statuses.append(phone("POST", "/diary/2026-11-24/entries", oats).status_code)
            forget_limits(product)
            statuses.append(signed_in(product, alice).status_code)

    busy = threading.Thread(target=read_and_sign_in)
    busy.start()
    try:
        for version in (2, 3):
            done = product.command("rotate", "kms")
            assert done.returncode == 0, done.stderr
            assert f"Rotating: version {version}," in done.stdout
            assert " 0 left" in done.stdout
    finally:
        time.sleep(0.5)
        stop.set()
        busy.join()
    assert len(statuses) > 6
    assert set(statuses) <= {200, 201, 302, 303}, statuses
    assert records(product, but=others) == before
    assert phone("GET", f"/diary/{DAY}").status_code == 200


def test_what_the_others_are_told_of_the_kms(product: Stack, alice: Person) -> None:
    told = {
        command: [line for line in _environment(pid) if line.startswith(b"NUTSHELL_KMS=")]
        for pid, command in product.processes().items()
    }
    assert [lines for command, lines in told.items() if " keys" in command] != [[]]
    assert not [command for command, lines in told.items() if lines and " keys" not in command]


def _environment(pid: int) -> list[bytes]:
    with open(f"/proc/{pid}/environ", "rb") as file:
        return file.read().split(b"\0")


def test_pages_say_that_a_part_is_away_while_openbao_is(product: Stack, alice: Person, bao: OpenBaoServer) -> None:
    forget_limits(product)
    for on in (True, False):
        bao.pause(on)
        begin = time.monotonic()
        answer = signed_in(product, alice)
        assert time.monotonic() - begin < 14
        if on:
            expect_words(answer, "text/html")
    assert answer.status_code in (302, 303)
    assert find(product, "keys")
