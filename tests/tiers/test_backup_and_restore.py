"""A machine is lost and its people come back on another one: backups of the running product, with real accounts."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.security.requirements import leaks
from tests.security.requirements.people import APP, PASSPHRASE, Person, Phone
from tests.stack import Stack, short_folder
from tests.tiers.test_life import eventually

from nutshell.audit.types import unpack

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
NOTE, LATER = "zq5b1e9kanari-first", "zq5b1e9kanari-later"


@dataclass
class Lost:
    """What was before the loss, and the folder of backups that was left."""

    stack: Stack
    backups: Path
    identity: Path
    set: str
    cookie: str
    erased: str


def note(phone: Phone, text: str) -> str:
    """The writer's subject."""
    made = phone("POST", f"/diary/{DAY}/entries", {"name": text, "kcal": 100})
    assert made.status_code == 201, made.text
    return str(made.json()["author"])


def notes(phone: Phone) -> list[str]:
    return [entry["name"] for entry in phone("GET", f"/diary/{DAY}").json()["entries"]]


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    """Alice writes, a set is made, Bob is erased, Alice writes more; then the disk is gone, but for the KMS key."""
    data = short_folder()
    backups, identity = data.parent / "backups", data.parent / "identity"
    stack = Stack(data)
    public = stack.command("backup", "key", str(identity)).stdout.split("\n")[0].partition("=")[2]
    stack.environ |= {"NUTSHELL_BACKUPS": str(backups), "NUTSHELL_BACKUP_TO": public}
    stack.environ |= {"NUTSHELL_KMS_KEY": str(data.parent / "kms.key")}
    stack.start()
    try:
        alice, bob = (Person(stack, f"lost.{name}@example.org").agree() for name in ("alice", "bob"))
        phone = alice.phone()
        note(phone, NOTE)
        subject = note(bob.phone(), NOTE)
        made = stack.command("backup")
        assert made.returncode == 0, made.stderr
        assert stack.command("erase", "--yes", bob.email).returncode == 0
        began = time.monotonic()
        assert eventually(lambda: (backups / "tombstones").exists() and (backups / "tombstones").read_text() != "", 60)
        print(f"req-31: tombstones were shipped after {time.monotonic() - began:.0f} s")
        note(phone, LATER)
        cookie = alice.cookie
        stack.stop()
        shutil.rmtree(data)
        yield Lost(stack, backups, identity, made.stdout.split()[-1], cookie, subject)
    finally:
        stack.stop()
        shutil.rmtree(data.parent)


def test_req_1_and_2_the_backups_hold_nothing_readable(lost: Lost) -> None:
    needles = leaks.needles({"note": NOTE, "later": LATER, "password": PASSPHRASE, "alice": "lost.alice@example.org"})
    found = leaks.search_folder(lost.backups, needles)
    print(f"req-2, backups: {found.files} files, {found.size:,} bytes, {len(found.hits)} hits")
    assert found.files >= 5
    assert found.hits == []


def test_a_set_is_verified_without_touching_anything(lost: Lost) -> None:
    done = lost.stack.command("backup", "verify", "--identity", str(lost.identity), "--at", lost.set)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("In order: ")
    assert not lost.stack.data.exists() or not list(lost.stack.data.glob("*.sqlite3"))


def test_req_40_on_a_clean_machine_nothing_that_was_backed_up_is_lost(lost: Lost) -> None:
    stack = lost.stack
    done = stack.command("restore", "--identity", str(lost.identity), "--at", lost.set)
    assert done.returncode == 0, done.stderr
    again = stack.command("restore", "--identity", str(lost.identity))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    stack.start()
    with stack.client() as app:
        old = app.get("/api/v1/account", headers={"X-Session-Token": lost.cookie})
        begun = app.post(f"{APP}/auth/login", json={"email": "lost.alice@example.org", "password": PASSPHRASE})
        assert (old.status_code, begun.status_code) == (401, 200)
        phone = Phone(stack, **{"X-Session-Token": begun.json()["meta"]["session_token"]})
    assert notes(phone) == [NOTE]
    assert phone("GET", "/account").json()["email"] == "lost.alice@example.org"


def test_everybody_reads_to_which_moment_it_was_put_back(lost: Lost) -> None:
    with lost.stack.client() as visitor:
        page = visitor.get("/account/login/").text
    assert "After a loss this server was put back" in page


def test_i10_whoever_was_erased_since_the_copy_stays_erased(lost: Lost) -> None:
    """inv-I10, req-30: Bob's rows and keys are in the set; his tombstone came first."""
    with lost.stack.client() as app:
        refused = app.post(f"{APP}/auth/login", json={"email": "lost.bob@example.org", "password": PASSPHRASE})
        assert refused.status_code == 400, refused.text
    hexed = lost.erased.replace("-", "")
    for name in ("keys", "records", "accounts"):
        for path in lost.stack.data.glob(f"{name}.sqlite3*"):
            content = path.read_bytes()
            assert bytes.fromhex(hexed) not in content, path
            assert hexed.encode() not in content, path


def test_the_trail_is_in_order_up_to_the_restored_moment_and_goes_on(lost: Lost) -> None:
    done = lost.stack.command("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(sqlite3.connect(lost.stack.data / "accounts.sqlite3", timeout=20)) as database:
        bodies = [unpack(body) for (body,) in database.execute("SELECT body FROM audit_leaf WHERE body IS NOT NULL")]
    told = [(body.kind, body.reason) for body in bodies if body.actor == "operator"]
    made = ("operator-act", "account-made")
    assert told == [made, made, ("restored", "")]  # what came after the set's moment is gone with it
    assert list(lost.stack.data.glob("checkpoints.before-*")) == []  # the machine was clean


def test_what_is_written_now_is_backed_up_again(lost: Lost) -> None:
    made = lost.stack.command("backup")
    assert made.returncode == 0, made.stderr
    assert made.stdout.split()[-1] > lost.set
