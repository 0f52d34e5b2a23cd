"""Nothing that a clinic or its clients write is to be read in any table, in the key store's file, or in a log."""

import logging
import secrets
from typing import Any

import pytest
from django.db import connections
from tests.doors.api.test_clinics_api import client_of, clinic_of, day_of, invited, join_as_member
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok
from tests.keystore import KeyStoreProcess
from tests.security.clinics.test_clinics_erasing import cells
from tests.security.requirements import leaks

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
SPOKEN = (
    "clinic", "clinic's new name", "client", "client's new name", "new group", "name in a table", "group in a table",
    "label", "note", "held note", "reason", "comment", "entry", "held entry", "member",
)  # fmt: skip
WORDS = {name: f"zq{secrets.token_hex(6)}kanari" for name in SPOKEN}


def lived(at: Phones) -> list[str]:
    """Every route that takes a word takes one; the secrets of all links."""
    where = clinic_of(at["ada"])
    ok(at["ada"]("PATCH", where, {"name": WORDS["clinic"]}), 204)
    join_as_member(at["ada"], where, at["ben"], "clinician", WORDS["label"])
    ok(at["ben"]("PUT", "/account", {"display_name": WORDS["member"]}))
    join_as_member(at["ada"], where, at["erik"], "clinician")
    client = client_of(at["ada"], where, WORDS["client"])
    link = invited(at["ada"], client, email=f"{WORDS['client']}@example.org", emergency=True)
    ok(at["dora"]("POST", link, {"collections": ["diary", "notes"], "mode": "write", "emergency": True}), 201)
    ok(at["ada"]("PUT", client, {"name": WORDS["client's new name"], "group": WORDS["new group"]}), 204)
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ben"].subject]}), 204)
    ok(at["ben"]("POST", f"{day_of(at['dora'])}/entries", {**EGG, "note": WORDS["entry"]}), 201)
    ok(at["ben"]("POST", f"{client}/notes", {"text": WORDS["note"]}), 201)
    begun = ok(at["erik"]("POST", f"{client}/emergencies", {"reason": WORDS["reason"] + " at night"}), 201)["id"]
    wish = {"verdict": "justified", "comment": WORDS["comment"]}
    ok(at["ben"]("PATCH", f"{client}/emergencies/{begun}", wish), 204)
    table = f"name,group\n{WORDS['name in a table']},{WORDS['group in a table']}\n"
    sent = ok(at["ada"]("POST", f"{where}/clients/table", {"table": table, "collections": ["diary"]}), 201)["items"]
    other = f"{where}/clients/{sent[0]['client']}"
    held = ok(at["ada"]("POST", f"{other}/profile"), 201)["id"]
    ok(at["ada"]("POST", f"/people/{held}/diary/{DAY}/entries", {**EGG, "note": WORDS["held entry"]}), 201)
    ok(at["ada"]("POST", f"{other}/notes", {"text": WORDS["held note"]}), 201)
    again = invited(at["ada"], other)
    ok(at["ada"]("PATCH", where, {"name": WORDS["clinic's new name"]}), 204)
    for name in ("ada", "ben", "dora", "erik"):
        ok(at[name]("GET", f"/diary/{DAY}"))
        at[name]("GET", where)
        at[name]("GET", f"{where}/caseload?last={DAY}")
    assert WORDS["note"] in str(at["dora"]("GET", "/clinical-notes").content)
    return [one.rpartition("/")[2] for one in (link, sent[0]["link"], again)]


def as_bytes(cell: Any) -> bytes:
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def test_no_word_stands_in_any_table_file_or_log(
    at: Phones, key_store: KeyStoreProcess, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    links = lived(at)
    wanted = leaks.needles({**WORDS, **{f"secret {number}": one for number, one in enumerate(links)}})
    content = b"\n".join(as_bytes(cell) for _, cell in cells())
    hits = leaks.search(content, wanted, "tables")
    out, err = capfd.readouterr()
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("nutshell"))
    hits += leaks.search(f"{logged}\n{err}".encode(), wanted, "logs")
    hits += leaks.search_folder(key_store.folder, wanted).hits
    assert hits == []
    assert out is not None


def test_the_search_would_find_what_is_there(at: Phones) -> None:
    with connections["records"].cursor() as cursor:
        cursor.execute("UPDATE subject SET kind = %s", [WORDS["note"][:16]])
    content = b"\n".join(as_bytes(cell) for _, cell in cells())
    assert leaks.search(content, leaks.needles({"note": WORDS["note"][:16]}), "tables")
