# ruff: noqa: E501 - tables, one case a line
"""Somebody edits the files of the stopped product with sqlite3; what they did is noticed after the next start (inv-I4, I5).

One person is the victim of each act, and one restart serves them all. Noticed means: a clear page or problem document,
never a 5xx, and never data that the owner did not leave so.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.security.requirements.people import EGG, Browser, Person, Phone, forget_limits
from tests.stack import Stack, short_folder

pytestmark = pytest.mark.stack
DAYS = ("2026-11-20", "2026-11-21", "2026-10-05")
Row = tuple[object, ...]


@dataclass
class Victim:
    """A person with three days, of which the first changed after `old` was taken."""

    person: Person
    token: str
    reader: str
    subject: str = ""
    old: "Rows | None" = None

    def phone(self) -> Phone:
        return Phone(self.person.stack, Authorization=f"Bearer {self.token}")


@dataclass
class Rows:
    """All rows of a subject in the records."""

    records: list[Row]
    shelves: list[Row]
    roots: list[Row]


def rows_of(database: sqlite3.Connection, subject: str) -> Rows:
    def all_of(table: str) -> list[Row]:
        return database.execute(f"SELECT * FROM {table} WHERE subject_id = ? ORDER BY 2, 3", (subject,)).fetchall()

    return Rows(all_of("record"), all_of("shelf"), all_of("root"))


def put_back(database: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    for row in rows:
        database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def flipped(content: bytes, at: int = -5) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


class Files:
    """The databases of a stopped product."""

    def __init__(self, data: Path) -> None:
        self.records = sqlite3.connect(data / "records.sqlite3")
        self.accounts = sqlite3.connect(data / "accounts.sqlite3")

    def close(self) -> None:
        for database in (self.records, self.accounts):
            database.commit()
            database.close()

    def month(self, subject: str) -> bytes:
        """The tag of the shelf with the most records: November's diary, with two days."""
        found = self.records.execute(
            "SELECT tag FROM record WHERE subject_id = ? GROUP BY tag ORDER BY count(*) DESC LIMIT 1", (subject,)
        )
        return bytes(found.fetchone()[0])

    def days(self, subject: str) -> list[tuple[bytes, bytes]]:
        """Name and content of November's records."""
        return self.records.execute(
            "SELECT record_id, sealed FROM record WHERE subject_id = ? AND tag = ? ORDER BY record_id",
            (subject, self.month(subject)),
        ).fetchall()

    def seal(self, subject: str, record_id: bytes, sealed: bytes) -> None:
        self.records.execute(
            "UPDATE record SET sealed = ? WHERE subject_id = ? AND record_id = ?", (sealed, subject, record_id)
        )


# ---------- the acts ----------


def edits_records(files: Files, victim: Victim, other: Victim) -> None:
    for record_id, sealed in files.days(victim.subject):
        files.seal(victim.subject, record_id, flipped(sealed))


def swaps_records(files: Files, victim: Victim, other: Victim) -> None:
    (one, first), (two, second) = files.days(victim.subject)
    files.seal(victim.subject, one, second)
    files.seal(victim.subject, two, first)


def puts_another_persons_records(files: Files, victim: Victim, other: Victim) -> None:
    for (mine, _), (_, theirs) in zip(files.days(victim.subject), files.days(other.subject), strict=True):
        files.seal(victim.subject, mine, theirs)


def rolls_records_back(files: Files, victim: Victim, other: Victim) -> None:
    assert victim.old is not None
    put_back(files.records, "record", victim.old.records)


def rolls_records_and_manifests_back(files: Files, victim: Victim, other: Victim) -> None:
    assert victim.old is not None
    put_back(files.records, "record", victim.old.records)
    put_back(files.records, "shelf", victim.old.shelves)


def rolls_everything_back(files: Files, victim: Victim, other: Victim) -> None:
    rolls_records_and_manifests_back(files, victim, other)
    files.records.execute("DELETE FROM root WHERE subject_id = ?", (victim.subject,))
    put_back(files.records, "root", victim.old.roots if victim.old else [])


def deletes_records(files: Files, victim: Victim, other: Victim) -> None:
    tag = files.month(victim.subject)
    files.records.execute("DELETE FROM record WHERE subject_id = ? AND tag = ?", (victim.subject, tag))


def deletes_shelves(files: Files, victim: Victim, other: Victim) -> None:
    tag = files.month(victim.subject)
    for table in ("record", "shelf"):
        files.records.execute(f"DELETE FROM {table} WHERE subject_id = ? AND tag = ?", (victim.subject, tag))


def deletes_all_shelves(files: Files, victim: Victim, other: Victim) -> None:
    for table in ("record", "shelf"):
        files.records.execute(f"DELETE FROM {table} WHERE subject_id = ?", (victim.subject,))


def deletes_the_roots(files: Files, victim: Victim, other: Victim) -> None:
    files.records.execute("DELETE FROM root WHERE subject_id = ?", (victim.subject,))


def edits_the_root(files: Files, victim: Victim, other: Victim) -> None:
    for version, sealed in files.records.execute(
        "SELECT version, sealed FROM root WHERE subject_id = ?", (victim.subject,)
    ).fetchall():
        files.records.execute(
            "UPDATE root SET sealed = ? WHERE subject_id = ? AND version = ?",
            (flipped(sealed), victim.subject, version),
        )


def edits_the_manifests(files: Files, victim: Victim, other: Victim) -> None:
    for tag, manifest in files.records.execute(
        "SELECT tag, manifest FROM shelf WHERE subject_id = ?", (victim.subject,)
    ).fetchall():
        files.records.execute(
            "UPDATE shelf SET manifest = ? WHERE subject_id = ? AND tag = ?", (flipped(manifest), victim.subject, tag)
        )


def replaces_the_public_key(files: Files, victim: Victim, other: Victim) -> None:
    (public,) = files.records.execute("SELECT public FROM subject WHERE subject_id = ?", (other.subject,)).fetchone()
    files.records.execute("UPDATE subject SET public = ? WHERE subject_id = ?", (public, victim.subject))


def removes_the_keyslots(files: Files, victim: Victim, other: Victim) -> None:
    files.accounts.execute("DELETE FROM keyslot WHERE subject_id = ?", (victim.subject,))


def edits_the_keyslots(files: Files, victim: Victim, other: Victim) -> None:
    for slot_id, packed in files.accounts.execute(
        "SELECT slot_id, packed FROM keyslot WHERE subject_id = ?", (victim.subject,)
    ).fetchall():
        files.accounts.execute(
            "UPDATE keyslot SET packed = ? WHERE subject_id = ? AND slot_id = ?",
            (flipped(packed), victim.subject, slot_id),
        )


def puts_in_another_persons_keyslot(files: Files, victim: Victim, other: Victim) -> None:
    removes_the_keyslots(files, victim, other)
    row = files.accounts.execute(
        "SELECT * FROM keyslot WHERE subject_id = ? AND kind = 'server'", (other.subject,)
    ).fetchone()
    files.accounts.execute(f"INSERT INTO keyslot VALUES ({', '.join('?' * len(row))})", (victim.subject, *row[1:]))


def removes_the_slot_lists(files: Files, victim: Victim, other: Victim) -> None:
    files.accounts.execute("DELETE FROM slot_list WHERE subject_id = ?", (victim.subject,))


def edits_the_slot_lists(files: Files, victim: Victim, other: Victim) -> None:
    for version, listing in files.accounts.execute(
        "SELECT version, listing FROM slot_list WHERE subject_id = ?", (victim.subject,)
    ).fetchall():
        files.accounts.execute(
            "UPDATE slot_list SET listing = ? WHERE subject_id = ? AND version = ?",
            (flipped(listing), victim.subject, version),
        )


def edits_the_sessions(files: Files, victim: Victim, other: Victim) -> None:
    for handle, sealed in files.accounts.execute(
        "SELECT handle, sealed FROM session WHERE user_id = ?", (user_of(files, victim),)
    ).fetchall():
        files.accounts.execute("UPDATE session SET sealed = ? WHERE handle = ?", (flipped(sealed), handle))


def swaps_sessions_with_another(files: Files, victim: Victim, other: Victim) -> None:
    (theirs,) = files.accounts.execute(
        "SELECT sealed FROM session WHERE user_id = ?", (user_of(files, other),)
    ).fetchone()
    files.accounts.execute("UPDATE session SET sealed = ? WHERE user_id = ?", (theirs, user_of(files, victim)))


def widens_the_tokens(files: Files, victim: Victim, other: Victim) -> None:
    files.accounts.execute("UPDATE token SET scopes = 'all' WHERE subject_id = ?", (victim.subject,))


def points_the_tokens_at_another(files: Files, victim: Victim, other: Victim) -> None:
    files.accounts.execute(
        "UPDATE token SET subject_id = ?, user_id = ? WHERE subject_id = ?",
        (other.subject, user_of(files, other), victim.subject),
    )


def user_of(files: Files, victim: Victim) -> int:
    return int(
        files.accounts.execute("SELECT id FROM user_account WHERE subject_id = ?", (victim.subject,)).fetchone()[0]
    )


Act = Callable[[Files, Victim, Victim], None]
ON_READING: list[Act] = [
    edits_records, swaps_records, puts_another_persons_records, rolls_records_back, deletes_records, edits_the_manifests,
]  # fmt: skip
AT_SIGN_IN: list[Act] = [
    rolls_records_and_manifests_back, rolls_everything_back, deletes_shelves, deletes_all_shelves, deletes_the_roots, edits_the_root,
]  # fmt: skip
AT_THE_KEYS: list[Act] = [
    replaces_the_public_key, removes_the_keyslots, edits_the_keyslots, puts_in_another_persons_keyslot, removes_the_slot_lists,
    edits_the_slot_lists,
]  # fmt: skip
AT_SESSIONS: list[Act] = [edits_the_sessions, swaps_sessions_with_another]
AT_TOKENS: list[Act] = [widens_the_tokens, points_the_tokens_at_another]
ACTS = [*ON_READING, *AT_SIGN_IN, *AT_THE_KEYS, *AT_SESSIONS, *AT_TOKENS]


# ---------- before, in between, after ----------


def log(victim: Victim, day: str, note: str) -> None:
    body = {"food_id": EGG, "amount": 100, "unit": "g", "note": f"{note} of {victim.person.email}"}
    made = victim.phone()("POST", f"/diary/{day}/entries", body)
    assert made.status_code == 201, made.text
    victim.subject = UUID(made.json()["author"]).hex if not victim.subject else victim.subject


def newcomer(stack: Stack, name: str) -> Victim:
    person = Person(stack, f"{name.replace('_', '-')}@example.org").agree()
    return Victim(person, person.token(), person.token("diary:read"))


@pytest.fixture(scope="module")
def victims() -> Iterator[dict[str, Victim]]:
    stack = Stack(short_folder())
    try:
        stack.start()
        people = {name: newcomer(stack, name) for name in [*(act.__name__ for act in ACTS), "other"]}
        subjects = _subjects(stack.data)
        for number, victim in enumerate(people.values()):
            victim.subject = subjects[number]
            for day in DAYS:
                log(victim, day, "first")
        _remember(stack.data, people)
        for victim in people.values():
            log(victim, DAYS[0], "second")
            log(victim, DAYS[1], "second")
            _sign_in_again(victim)
        assert stack.stop() == 0
        files = Files(stack.data)
        for act in ACTS:
            act(files, people[act.__name__], people["other"])
        files.close()
        stack.start()
        yield people
    finally:
        stack.stop()


def _sign_in_again(victim: Victim) -> None:
    """A log-in seals the root over what is there: a roll-back to before it is then noticed."""
    browser = victim.person.browser
    forget_limits(victim.person.stack)
    browser.post("/account/logout/")
    answer = browser.sign_in(victim.person.email)
    assert answer.status_code == 302, answer.text[-500:]


def _subjects(data: Path) -> list[str]:
    with sqlite3.connect(data / "accounts.sqlite3") as database:
        return [row[0] for row in database.execute("SELECT subject_id FROM user_account ORDER BY id")]


def _remember(data: Path, people: dict[str, Victim]) -> None:
    with sqlite3.connect(data / "records.sqlite3") as database:
        for victim in people.values():
            victim.old = rows_of(database, victim.subject)


def is_told(answer: httpx.Response, about: object) -> None:
    """A clear refusal without any of the owner's words."""
    shown = (about, answer.status_code, answer.headers.get("location"), answer.text[:300])
    assert 400 <= answer.status_code < 500, shown
    assert "first of" not in answer.text, shown
    assert "second of" not in answer.text, shown


def is_right(answer: httpx.Response, victim: Victim, day: str) -> None:
    """The day as its owner left it."""
    assert answer.status_code == 200, answer.text
    notes = [entry["note"] for entry in answer.json()["entries"]]
    wanted = ["first", "second"] if day in DAYS[:2] else ["first"]
    assert notes == [f"{word} of {victim.person.email}" for word in wanted]


def test_who_was_left_alone_finds_all_as_it_was(victims: dict[str, Victim]) -> None:
    other = victims["other"]
    for day in DAYS:
        is_right(other.phone()("GET", f"/diary/{day}"), other, day)
    _sign_in_again(other)
    assert "not as you left" not in other.person.browser.get(f"/day/{DAYS[0]}").text


@pytest.mark.parametrize("act", ON_READING, ids=lambda act: act.__name__)
def test_what_was_done_to_records_is_noticed_when_they_are_read(victims: dict[str, Victim], act: Act) -> None:
    victim = victims[act.__name__]
    for day in DAYS[:2]:
        is_told(victim.phone()("GET", f"/diary/{day}"), act.__name__)
        page = victim.person.browser.get(f"/day/{day}")
        is_told(page, act.__name__)
        assert "does not match its seal" in page.text
        body = {"food_id": EGG, "amount": 1, "unit": "g"}
        is_told(victim.phone()("POST", f"/diary/{day}/entries", body), act.__name__)
    is_told(victim.phone()("GET", "/trends?from=2026-11-20&to=2026-11-21&nutrients=208"), act.__name__)


@pytest.mark.parametrize("act", AT_SIGN_IN, ids=lambda act: act.__name__)
def test_what_was_done_to_whole_shelves_is_told_at_the_next_sign_in(victims: dict[str, Victim], act: Act) -> None:
    victim = victims[act.__name__]
    forget_limits(victim.person.stack)
    with Browser(victim.person.stack) as browser:
        answer = browser.sign_in(victim.person.email)
        assert answer.status_code < 500, answer.text[-500:]
        page = browser.get("/settings")
        assert page.status_code < 500
        words = " ".join(page.text.split())
        assert "not as you left" in words or "does not match its seal" in words, (page.status_code, words[-1500:])


@pytest.mark.parametrize("act", AT_THE_KEYS, ids=lambda act: act.__name__)
def test_what_was_done_to_keys_opens_nothing_and_breaks_nothing(victims: dict[str, Victim], act: Act) -> None:
    victim = victims[act.__name__]
    forget_limits(victim.person.stack)
    with Browser(victim.person.stack) as browser:
        signed = browser.sign_in(victim.person.email)
        page = browser.get(f"/day/{DAYS[0]}")
        is_told(signed, act.__name__)
        is_told(page, act.__name__) if page.status_code != 303 else check_signed_out(page)


def check_signed_out(page: httpx.Response) -> None:
    assert page.headers["location"].startswith("/account/login/")


@pytest.mark.parametrize("act", AT_SESSIONS, ids=lambda act: act.__name__)
def test_an_altered_session_is_signed_out(victims: dict[str, Victim], act: Act) -> None:
    victim = victims[act.__name__]
    answer = victim.person.app("GET", f"/diary/{DAYS[0]}")
    assert answer.status_code == 401, answer.text
    assert victim.person.browser.get(f"/day/{DAYS[0]}").headers["location"].startswith("/account/login/")


def test_a_token_with_wider_scopes_reaches_no_more_than_its_keys(victims: dict[str, Victim]) -> None:
    victim = victims["widens_the_tokens"]
    reader = Phone(victim.person.stack, Authorization=f"Bearer {victim.reader}")
    for path in ("/profile", "/foods/mine:00000000-0000-4000-8000-000000000000"):
        assert reader("GET", path).status_code == 403, path
    is_right(victim.phone()("GET", f"/diary/{DAYS[0]}"), victim, DAYS[0])


def test_a_token_pointed_at_somebody_else_reads_nothing(victims: dict[str, Victim]) -> None:
    victim = victims["points_the_tokens_at_another"]
    is_told(victim.phone()("GET", f"/diary/{DAYS[0]}"), "a token of another")


# ---------- the audit trail ----------


def test_audit_verify_notices_edited_deleted_and_truncated_rows(victims: dict[str, Victim]) -> None:
    stack = victims["other"].person.stack
    whole = stack.command("audit", "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    path = stack.data / "accounts.sqlite3"
    attacks = {
        "edited": "UPDATE audit_leaf SET body = (SELECT body FROM audit_leaf WHERE tree_index = 2) WHERE tree_index = 1",
        "moved to another": "UPDATE audit_leaf SET subject_id = (SELECT subject_id FROM audit_leaf WHERE subject_id IS NOT NULL ORDER BY id DESC LIMIT 1) WHERE tree_index = (SELECT min(tree_index) FROM audit_leaf WHERE subject_id IS NOT NULL)",
        "emptied": "UPDATE audit_leaf SET body = NULL, salt = NULL WHERE tree_index = 1",
        "deleted": "DELETE FROM audit_leaf WHERE tree_index = 1",
        "truncated": "DELETE FROM audit_leaf WHERE tree_index >= (SELECT max(tree_index) - 5 FROM audit_leaf)",
        "head put back": "UPDATE audit_tree_head SET size = size - 1",
    }  # fmt: skip
    unnoticed = [name for name, statement in attacks.items() if not _noticed(stack, path, statement)]
    print(f"req-35: {len(attacks)} attacks on the trail, {len(unnoticed)} unnoticed")
    assert unnoticed == []
    assert stack.command("audit", "verify").returncode == 0


def _noticed(stack: Stack, path: Path, statement: str) -> bool:
    """Verified on a copy of the data folder, so that the product stays as it is."""
    copy = Path(
        shutil.copytree(stack.data, short_folder() / "x", ignore=shutil.ignore_patterns("*.sock", "static", "caddy"))
    ).resolve()
    with sqlite3.connect(path) as source, sqlite3.connect(copy / path.name) as target:
        source.backup(target)
    with sqlite3.connect(copy / path.name) as database:
        assert database.execute(statement).rowcount > 0, statement
    environ, stack.environ = stack.environ, {**stack.environ, "NUTSHELL_DATA": str(copy)}
    try:
        done = stack.command("audit", "verify")
    finally:
        stack.environ = environ
        shutil.rmtree(copy.parent)
    return done.returncode == 1 and "wrong:" in done.stdout
