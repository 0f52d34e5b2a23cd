"""After an erase no row names who is gone, and copies of the tables from before open nothing (inv-I10, req-29)."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from tests.doors.api.test_clinics_api import client_of, clinic_of, day_of, invited, joined
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok

from nutshell.vault.models import Subject
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Copy = dict[tuple[str, str], list[tuple[Any, ...]]]


def cells() -> Iterator[tuple[str, Any]]:
    for (alias, table), rows in copied().items():
        for row in rows:
            yield from ((f"{alias}.{table}", cell) for cell in row)


def copied() -> Copy:
    found: Copy = {}
    for alias in ("default", "records"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                found[alias, table] = cursor.fetchall()
    return found


def restored(copy: Copy) -> None:
    for (alias, table), rows in copy.items():
        with connections[alias].cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}"')
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f'INSERT INTO "{table}" VALUES ({marks})', list(row))
    grantee.forget()


def named(subject: UUID) -> set[str]:
    """The tables in which anything names this subject, in whatever form."""
    raw, texts = subject.bytes, (subject.hex, str(subject))
    found = set()
    for table, cell in cells():
        if isinstance(cell, bytes | memoryview):
            content = bytes(cell)
            if raw in content or any(text.encode() in content for text in texts):
                found.add(table)
        elif str(cell).lower() in texts or any(text in str(cell) for text in texts):
            found.add(table)
    return found


@pytest.fixture
def lived(at: Phones) -> dict[str, str]:
    """A clinic with members, a client who shares, notes, an emergency, a profile that is held and open invitations."""
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    client, kept = client_of(at["ada"], where), client_of(at["ada"], where, "Held H.")
    joined(at["ada"], client, at["dora"], emergency=True)
    ok(at["ben"]("POST", f"{day_of(at['dora'])}/entries", EGG), 201)
    ok(at["ben"]("POST", f"{client}/notes", {"text": "Sleeps better."}), 201)
    held = ok(at["ada"]("POST", f"{kept}/profile"), 201)["id"]
    ok(at["ben"]("POST", f"/people/{held}/diary/{DAY}/entries", EGG), 201)
    ok(at["ben"]("POST", f"{kept}/notes", {"text": "First visit."}), 201)
    link = invited(at["ada"], kept)
    return {"where": where, "client": client, "kept": kept, "held": held, "link": link}


PASSWORD = "a long passphrase of "


def erased(at: Phones, lived: dict[str, str], who: str) -> UUID:
    if who == "clinic":
        ok(at["ada"]("DELETE", lived["where"]), 204)
        return UUID(lived["where"].rpartition("/")[2])
    if who == "held":
        ok(at["ada"]("DELETE", f"{lived['kept']}/profile"), 204)
        return UUID(lived["held"])
    name = {"member": "ben", "client": "dora"}[who]
    subject = UUID(at[name].subject)
    ok(at[name]("DELETE", "/account", {"password": PASSWORD + name}))
    return subject


def settled(at: Phones, lived: dict[str, str]) -> None:
    """Everybody who is left comes by."""
    for _ in range(3):
        for name in ("ada", "cleo", "dora", "erik"):
            with suppress(KeyError):
                at[name]("GET", f"/diary/{DAY}")
                at[name]("GET", lived["where"])
                at[name]("GET", "/clinical-notes")


@pytest.mark.parametrize("who", ["clinic", "held", "client", "member"])
def test_no_row_names_who_is_gone_once_everybody_came_by(at: Phones, lived: dict[str, str], who: str) -> None:
    """But for the ledgers of those whose diaries a member opened: by a number that is nobody's any more."""
    subject = erased(at, lived, who)
    settled(at, lived)
    assert named(subject) <= ({"default.audit_leaf"} if who == "member" else set())


@pytest.mark.parametrize("who", ["clinic", "held", "client", "member"])
def test_at_once_nothing_but_signatures_that_are_to_be_made_anew_names_them(
    at: Phones, lived: dict[str, str], who: str
) -> None:
    """Certificates beside the shelves that they wrote to stay until the owner's keys come by (threat model)."""
    ok(at["cleo"]("DELETE", f"{lived['where']}/membership"), 204)
    ok(at["ada"]("GET", lived["where"]))
    members = ok(at["ada"]("GET", lived["where"]))["members"]
    bens = next(one["grant"] for one in members if one["subject"] == at["ben"].subject)
    ok(at["ada"]("DELETE", f"{lived['where']}/members/{bens}"), 204)
    subject = erased(at, lived, who)
    assert named(subject) <= {"records.shelf"} | ({"default.audit_leaf"} if who == "member" else set())


@pytest.mark.parametrize("who", ["clinic", "held", "client", "member"])
def test_inv_i10_old_copies_of_records_and_accounts_open_nothing(at: Phones, lived: dict[str, str], who: str) -> None:
    theirs, kept = day_of(at["dora"]), f"/people/{lived['held']}/diary/{DAY}"
    assert len(ok(at["ada"]("GET", theirs))["entries"]) == 1
    copy = copied()
    erased(at, lived, who)
    restored(copy)
    assert Subject.objects.filter(subject_id=lived["held"]).exists()
    if who in ("clinic", "member"):
        names = ("ada", "ben", "cleo") if who == "clinic" else ("ben",)
        paths = [lived["where"], f"{lived['where']}/clients", f"{lived['where']}/caseload", theirs, kept,
                 f"{lived['client']}/notes"]  # fmt: skip
        gone = [(name, path) for name in names for path in paths]
    else:
        gone = [(name, theirs if who == "client" else kept) for name in ("ada", "ben")]
    for name, path in gone:
        answer = at[name]("GET", path)
        assert 400 <= answer.status_code < 500, (name, path, answer.content)
    if who == "held":
        answer = at["dora"]("POST", lived["link"], {"collections": ["diary"]})
        assert answer.status_code in (201, 404, 409)
        assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1


def test_a_copy_from_before_a_profile_was_handed_over_opens_nothing_of_it(at: Phones, lived: dict[str, str]) -> None:
    copy = copied()
    ok(at["erik"]("POST", lived["link"], {"collections": ["diary"]}), 201)
    restored(copy)
    for name in ("ada", "ben"):
        assert at[name]("GET", f"/people/{lived['held']}/diary/{DAY}").status_code in (403, 404)
    assert at["mallory"]("GET", f"/people/{lived['held']}/diary/{DAY}").status_code == 404
    assert at["mallory"]("POST", lived["link"], {"collections": ["diary"]}).status_code in (201, 404)
    assert ok(at["mallory"]("GET", f"/diary/{DAY}"))["entries"] == []


def test_a_copy_from_before_a_member_left_or_a_client_ended_opens_nothing_for_them(
    at: Phones, lived: dict[str, str]
) -> None:
    members = ok(at["ada"]("GET", lived["where"]))["members"]
    bens = next(one["grant"] for one in members if one["subject"] == at["ben"].subject)
    copy = copied()
    ok(at["ada"]("DELETE", f"{lived['where']}/members/{bens}"), 204)
    restored(copy)
    for path in (day_of(at["dora"]), lived["where"], f"{lived['client']}/notes", f"{lived['where']}/caseload"):
        assert at["ben"]("GET", path).status_code in (403, 404), path
    ok(at["ada"]("GET", day_of(at["dora"])))
    grant = ok(at["ada"]("GET", lived["client"]))["grant"]
    ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    restored(copy)
    assert at["ada"]("GET", day_of(at["dora"])).status_code in (403, 404)


def test_a_clinic_that_is_gone_leaves_the_client_their_diary_and_the_notes_about_them(
    at: Phones, lived: dict[str, str]
) -> None:
    ok(at["dora"]("GET", "/clinical-notes"))
    erased(at, lived, "clinic")
    assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1
    settled(at, lived)
    assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1
    assert len(ok(at["dora"]("GET", "/clinical-notes"))["items"]) == 1
