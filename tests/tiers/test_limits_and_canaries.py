"""A web process is taken over: what they get before it is frozen (req-27), and how soon the operator knows (req-28)."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.security.keystore.conftest import Person as Keys
from tests.security.requirements.people import Browser, Person, forget_limits
from tests.stack import Stack, short_folder
from tests.tiers.smtp import Mailbox, mail_server
from tests.tiers.test_life import eventually

from nutshell.audit.types import unpack
from nutshell.common import errors
from nutshell.ops import certificates
from nutshell.vault.keystore.client import KeyStoreClient

pytestmark = pytest.mark.stack
LIMIT, CANARIES = 6, 1
OFFICER = "officer@example.org"
PAGED_WITHIN = 60.0


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    pki = tmp_path_factory.mktemp("mail")
    certificates.ensure(pki, "localhost")
    with mail_server(pki, "public", implicit=True) as served:
        served.authority = pki / "ca.crt"  # type: ignore[attr-defined]
        yield served


@pytest.fixture(scope="module")
def product(box: Mailbox) -> Iterator[Stack]:
    environ = {
        "NUTSHELL_OPENINGS": str(LIMIT),
        "NUTSHELL_CANARIES": str(CANARIES),
        "NUTSHELL_DPO_NAME": "An Officer",
        "NUTSHELL_DPO_EMAIL": OFFICER,
        "NUTSHELL_SMTP_URL": box.url("smtps"),
        "NUTSHELL_MAIL_FROM": "nutshell@example.org",
        "NUTSHELL_MAIL_CA": str(box.authority),  # type: ignore[attr-defined]
    }
    stack = Stack(short_folder(), environ)
    yield stack.start()
    stack.stop()
    shutil.rmtree(stack.data.parent)


def rows(product: Stack, database: str, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(product.data / f"{database}.sqlite3", timeout=20)) as connection:
        return connection.execute(statement).fetchall()


def taken_over(product: Stack, node: str) -> KeyStoreClient:
    """What somebody has who runs code as that web process: its certificate."""
    host, port = (product.data / "run" / "keys.address").read_text().strip().split(":")
    return KeyStoreClient.of_installation((host, int(port)), product.data / "pki", node)


def leaves(product: Stack, kind: str) -> int:
    bodies = rows(product, "accounts", "SELECT body FROM audit_leaf WHERE body IS NOT NULL")
    return [unpack(body).kind for (body,) in bodies].count(kind)


def paged(product: Stack, box: Mailbox, before: int, mails: int, words: str) -> float:
    """Seconds until the terminal, the log and a mail said so."""

    def told(mail: str) -> bool:
        return words in mail.replace("=\r\n", "").replace("=\n", "") and f"To: {OFFICER}" in mail

    began = time.monotonic()
    product.wait_for(f"^ALARM: {words}|\nALARM: {words}", PAGED_WITHIN, after=before)
    assert eventually(lambda: any(map(told, box.mails[mails:])), PAGED_WITHIN - (time.monotonic() - began))
    assert f"ALARM: {words}" in (product.data / "logs" / "keys.log").read_text()
    return time.monotonic() - began


def test_req_28_whoever_opens_a_canary_is_told_to_the_operator(product: Stack, box: Mailbox) -> None:
    assert eventually(lambda: rows(product, "keys", "SELECT count(*) FROM canary") == [(CANARIES,)], 60)
    assert box.mails == []  # making them is no alarm
    before, client = len(product.printed), taken_over(product, "node-1")
    slot = "SELECT subject_id, slot_id FROM keyslot WHERE kind = 'server' ORDER BY rowid LIMIT 1"
    ((subject, slot_id),) = rows(product, "accounts", slot)
    assert client.fetch(UUID(subject), slot_id, "login").opener
    seconds = paged(product, box, before, 0, "node-1 opened a canary")
    print(f"paged after {seconds:.1f} s")
    assert seconds < PAGED_WITHIN
    assert eventually(lambda: leaves(product, "canary-opened") == 1)


def test_canaries_have_the_rows_that_others_have(product: Stack) -> None:
    person = Person(product, "beside.canaries@example.org").agree()
    phone = person.phone()
    assert phone("POST", "/diary/2026-11-23/entries", {"food_id": "sr28:08120", "amount": 50}).status_code == 201
    mine = rows(product, "accounts", "SELECT subject_id FROM user_account ORDER BY rowid DESC LIMIT 1")[0][0]
    assert len(rows(product, "accounts", "SELECT 1 FROM user_account")) == CANARIES + 1
    for database, table in (("records", "subject"), ("records", "shelf"), ("records", "root"), ("accounts", "keyslot")):
        found = {subject for (subject,) in rows(product, database, f"SELECT DISTINCT subject_id FROM {table}")}
        assert mine in found, table
        assert len(found) == CANARIES + 1, table


def test_which_they_are_stands_nowhere_in_clear(product: Stack) -> None:
    subjects = [bytes.fromhex(one) for (one,) in rows(product, "accounts", "SELECT subject_id FROM user_account")]
    stored = rows(product, "keys", "SELECT wrapped FROM canary")
    assert len(stored) == CANARIES
    assert not [one for (kept,) in stored for one in subjects if one in kept]


def test_req_27_a_web_process_that_fetches_in_bulk_is_frozen_and_the_others_go_on(product: Stack, box: Mailbox) -> None:
    forget_limits(product)
    everybody = [Keys() for _ in range(LIMIT + 2)]
    helper = taken_over(product, "node")
    for person in everybody:
        helper.create_subject(person.subject, person.public, 1)
        helper.put_secret(person.subject, person.subject.bytes, "server")
    bob = Person(product, "before.the.freeze@example.org").agree()
    before, mails, thief, got = len(product.printed), len(box.mails), taken_over(product, "node-1"), 0
    for person in everybody:
        try:
            thief.fetch(person.subject, person.subject.bytes, "login")
            got += 1
        except errors.Unavailable:
            pass
    assert 1 <= got <= LIMIT  # less what this process opened itself within the minute
    assert paged(product, box, before, mails, "node-1 opened more") < PAGED_WITHIN
    forget_limits(product)
    assert bob.browser.sign_in(bob.email).status_code in (302, 303)  # at the last web process, node-2
    assert bob.browser.get("/day/2026-11-23").status_code == 200  # at node-1, which holds what opens his session
    assert "node-1: frozen since" in product.command("freeze").stdout


def test_people_of_a_frozen_node_read_so_and_the_operator_unfreezes(product: Stack) -> None:
    carol = Person(product, "carol.frozen@example.org")
    expect_words(carol.browser.agree())  # node-1 makes no keys for anybody
    assert product.command("freeze", "node-2").stdout == "node-2 is frozen.\n"
    forget_limits(product)
    bob = Browser(product)
    expect_words(bob.sign_in("before.the.freeze@example.org"))
    done = product.command("unfreeze", "--all")
    assert (done.returncode, done.stdout) == (0, "All nodes are answered again.\n")
    forget_limits(product)
    assert bob.sign_in("before.the.freeze@example.org").status_code in (302, 303)
    assert carol.agree().phone()("GET", "/diary/2026-11-23").status_code == 200
    assert eventually(lambda: leaves(product, "node-frozen") == 2)
    assert eventually(lambda: leaves(product, "node-unfrozen") == 1)


def expect_words(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert "Nothing was lost; try again in a minute." in answer.text
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("freeze", "node-9"), 2, "There is no node of this name"),
        (("unfreeze",), 2, "required"),
        (("freeze", "node-1", "--all"), 2, "not allowed"),
        (("unfreeze", "node-2"), 1, "not frozen"),
    ],
)
def test_a_wrong_command_says_so(product: Stack, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = product.command(*arguments)
    assert done.returncode == status
    assert words in done.stderr


def test_without_a_key_store_nothing_can_be_frozen(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data")
    done = stack.command("freeze")
    assert done.returncode == 1
    assert "start `nutshell up` first" in done.stderr
