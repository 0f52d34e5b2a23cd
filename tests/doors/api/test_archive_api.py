"""The archive at the API, and what becomes of files that nobody should take: one sentence, and nothing half-written."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from tests.archives import made_at_once
from tests.doors.api.conftest import Caller, Person
from tests.doors.web.people import EGG, OATS

from nutshell.accounts import policy
from nutshell.archives import packing
from nutshell.vault.models import Record, Shelf
from nutshell.vault.sharing import errands, rows

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "2026-11-23"
DIARY, FOODS, PERSON, TARGETS = (f"data/{name}.json" for name in ("diary", "foods", "person", "targets"))
DATA = (DIARY, FOODS, PERSON, TARGETS, "data/notes.json")
Files = dict[str, bytes]
__all__ = ["made_at_once"]


@pytest.fixture
def app(alice: Person) -> Caller:
    """Alice's app, signed in a moment ago."""
    return Caller(**{"x-session-token": str(alice.session().session_key)})


@pytest.fixture
def files(app: Caller) -> Files:
    for food in (EGG, OATS):
        assert app("POST", f"/diary/{DAY}/entries", {"food_id": food, "amount": 50, "unit": "g"}).status_code == 201
    assert app("PUT", f"/diary/{DAY}/note", {"note": "Slept well"}).status_code == 200
    food = {"name": "Bread", "nutrients": {"208": 250}, "servings": [{"name": "slice", "grams": 30}]}
    assert app("POST", "/foods/mine", food).status_code == 201
    assert app("PUT", "/profile", {"sex": "female", "birth_date": "1990-05-17"}).status_code == 200
    return taken(app)


def taken(app: Caller) -> Files:
    ordered = app("POST", "/account/export")
    assert (ordered.status_code, ordered.json()["state"]) == (202, "ready"), ordered.content
    answer = app("GET", "/account/export/file")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def bob(person: Callable[[str], Person]) -> Caller:
    """Somebody with an empty diary, into which an archive is brought."""
    return Caller(**{"x-session-token": str(person("bob").consent().session().session_key)})


def packed(files: Files) -> bytes:
    """A whole archive of these files, with hashes that fit: whoever makes one by hand makes them fit, too."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] |= {
        name: sha256(content).hexdigest() for name, content in files.items() if name in manifest["files"]
    }
    return zipped({**files, "manifest.json": json.dumps(manifest).encode()})


def zipped(files: Files) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def changed(files: Files, name: str, edit: Callable[[Any], Any]) -> bytes:
    value = json.loads(files[name])
    edited = edit(value)
    text = edited if isinstance(edited, str) else json.dumps(value if edited is None else edited)
    return packed({**files, name: text.encode()})


def send(caller: Caller, body: bytes) -> Any:
    return caller.client.generic("POST", "/api/v1/account/import", body, content_type="application/zip")


def check_refused(caller: Caller, body: bytes, *sentences: str) -> None:
    """Told in one sentence of ours; no row was made or changed."""
    before = stored()
    answer = send(caller, body)
    assert answer.status_code in (413, 422), (answer.status_code, answer.content)
    told = answer.json()
    said = told.get("fields", {}).get("file") or told["detail"]
    assert said, told
    assert said in (sentences or (said,)), told
    assert stored() == before


def stored() -> list[Any]:
    rows = Record.objects.order_by("record_id").values_list("subject_id", "record_id", "version")
    return [*rows, *Shelf.objects.order_by("tag").values_list("subject_id", "tag", "manifest_version")]


@pytest.mark.parametrize("froze", ["restriction", "removal"])
def test_a_frozen_account_is_taken_along_too_and_nothing_of_it_changes(files: Files, app: Caller, froze: str) -> None:
    if froze == "restriction":
        assert app("PUT", "/account/restriction", {"ground": "claims"}).status_code == 200
    else:
        assert app("DELETE", "/account", {"undo_days": 7}).status_code == 200
    assert app("GET", f"/diary/{DAY}").status_code == 403
    before = stored()
    again = taken(app)
    assert {name for name in DATA if again[name] != files[name]} == set()
    assert stored() == before
    assert app("GET", f"/diary/{DAY}").status_code == 403
    assert app("POST", "/account/import").status_code == 403


def test_nothing_that_waits_is_done_for_a_frozen_account_on_the_way(
    app: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    monkeypatch.setattr(errands, "run_errands", lambda *some: done.append(some))
    monkeypatch.setattr(rows, "has_errands", lambda _subject: True)
    taken(app)
    assert done
    assert app("PUT", "/account/restriction", {"ground": "claims"}).status_code == 200
    done.clear()
    taken(app)
    assert done == []


def test_what_was_taken_comes_back_to_another(files: Files, bob: Caller) -> None:
    answer = send(bob, packed(files))
    assert answer.json() == {"days": 1, "entries": 2, "foods": 1, "notes": 1}
    assert len(bob("GET", f"/diary/{DAY}").json()["entries"]) == 2
    assert bob("GET", f"/diary/{DAY}/note").json()["note"] == "Slept well"
    assert bob("GET", "/profile").json()["birth_date"] == "1990-05-17"
    assert send(bob, packed(files)).json() == {"days": 0, "entries": 0, "foods": 0, "notes": 0}


def test_what_comes_back_was_written_by_whom_it_comes_back_to(files: Files, bob: Caller) -> None:
    """Alice's id goes nowhere: in another account it would be a stranger's, who may change what is the owner's."""
    send(bob, packed(files))
    mine = bob("POST", f"/diary/{DAY}/entries", {"food_id": OATS, "amount": 7, "unit": "g"}).json()["author"]
    assert {one["author"] for one in bob("GET", f"/diary/{DAY}").json()["entries"]} == {mine}


def test_what_is_here_stays_beside_what_comes(files: Files, bob: Caller) -> None:
    bob("POST", f"/diary/{DAY}/entries", {"food_id": OATS, "amount": 7, "unit": "g"})
    bob("PUT", f"/diary/{DAY}/note", {"note": "Mine"})
    bob("PUT", "/profile", {"sex": "male"})
    assert send(bob, packed(files)).json()["entries"] == 2
    assert [one["amount"] for one in bob("GET", f"/diary/{DAY}").json()["entries"]] == [7, 50, 50]
    assert bob("GET", f"/diary/{DAY}/note").json()["note"] == "Mine\n\nSlept well"
    profile = bob("GET", "/profile").json()
    assert (profile["sex"], profile["birth_date"]) == ("male", "1990-05-17")


def test_what_was_removed_here_does_not_come_back(app: Caller, files: Files) -> None:
    entry = app("GET", f"/diary/{DAY}").json()["entries"][0]["id"]
    assert app("DELETE", f"/diary/{DAY}/entries/{entry}").status_code == 204
    assert send(app, packed(files)).json()["entries"] == 0


def test_the_data_alone_comes_back_too(files: Files, bob: Caller) -> None:
    """What to do with an archive that is too large: the tables are not needed."""
    data = {name: content for name, content in files.items() if name.startswith("data/") or name == "manifest.json"}
    assert send(bob, packed(data)).json()["entries"] == 2


def test_no_token_takes_or_brings(alice: Person, api: Caller, files: Files) -> None:
    assert api("POST", "/account/export").status_code in (401, 403)
    assert send(api, packed(files)).status_code in (401, 403)


def test_taking_needs_a_fresh_proof(alice: Person) -> None:
    session = alice.session()
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 600}]
    session.save()
    answer = Caller(**{"x-session-token": str(session.session_key)})("POST", "/account/export")
    assert answer.json()["type"].endswith("step-up-required")


# ---------- files that are no archive ----------


def test_what_is_no_archive_is_refused(files: Files, bob: Caller) -> None:
    whole = packed(files)
    for body in (b"", b"x", b"PK\x05\x06" + bytes(18), whole[:-1], whole[: len(whole) // 2], whole[100:], zipped({})):
        check_refused(bob, body, packing.NO_ARCHIVE)
    for missing in (DIARY, "manifest.json"):
        rest = {name: content for name, content in files.items() if name != missing}
        check_refused(bob, zipped(rest), packing.NO_ARCHIVE)


def test_one_flipped_byte_is_refused(files: Files, bob: Caller) -> None:
    whole = bytearray(packed(files))
    at = whole.index(b"data/diary.json") + 40
    whole[at] ^= 1
    check_refused(bob, bytes(whole), packing.NO_ARCHIVE, packing.ALTERED)
    check_refused(bob, zipped({**files, DIARY: files[DIARY].replace(b"50.0", b"51.0")}), packing.ALTERED)


def test_another_version_or_format_is_refused(files: Files, bob: Caller) -> None:
    manifest = json.loads(files["manifest.json"])
    for version in (0, 2, 10**6):
        body = zipped({**files, "manifest.json": json.dumps({**manifest, "version": version, "new": 1}).encode()})
        check_refused(bob, body, packing.NEWER)
    foreign = zipped({**files, "manifest.json": json.dumps({**manifest, "format": "cronometer"}).encode()})
    check_refused(bob, foreign, packing.NO_ARCHIVE)


@pytest.mark.parametrize("name", [DIARY, "manifest.json"])
def test_a_bomb_is_refused_before_it_is_unpacked(
    files: Files, bob: Caller, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_OPENED", 1_000_000)
    check_refused(bob, zipped({**files, name: b" " * 1_000_001}), packing.LARGE)


def test_a_file_that_lies_about_its_size_is_refused(files: Files, bob: Caller) -> None:
    whole = bytearray(zipped({**files, DIARY: b" " * 200_000}))
    place = whole.rindex(b"data/diary.json") - 46 + 24  # the unpacked size in the directory
    whole[place : place + 4] = (10).to_bytes(4, "little")
    check_refused(bob, bytes(whole), packing.NO_ARCHIVE, packing.ALTERED, packing.STRANGE)


def test_too_large_too_many_and_twice_are_refused(files: Files, bob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {**files, **{f"x/{number}": b"" for number in range(packing.MOST_FILES)}}
    check_refused(bob, zipped(many), packing.NO_ARCHIVE)
    twice = io.BytesIO(packed(files))
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(DIARY, b"{}")
    check_refused(bob, twice.getvalue(), packing.NO_ARCHIVE)
    monkeypatch.setattr(packing, "MOST_PACKED", 100)
    check_refused(bob, packed(files), packing.LARGE)


def test_names_that_are_paths_lead_nowhere(files: Files, bob: Caller) -> None:
    """They are looked up and never opened."""
    body = packed({**files, "../../etc/passwd": b"x", "/etc/shadow": b"x", "..\\x": b"x", "data/../x": b"x"})
    assert send(bob, body).json()["entries"] == 2


# ---------- archives that say what no diary says ----------


def entry_of(diary: Any) -> Any:
    return diary["days"][0]["entries"][0]


EDITS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "NaN": (DIARY, lambda d: json.dumps(d).replace('"scale": 0.5', '"scale": NaN')),
    "infinity": (DIARY, lambda d: json.dumps(d).replace('"scale": 0.5', '"scale": 1e400')),
    "negative": (DIARY, lambda d: entry_of(d).update(amount=-1)),
    "huge": (DIARY, lambda d: entry_of(d).update(scale=1e300)),
    "huge count": (DIARY, lambda d: entry_of(d).update(version=10**30)),
    "value": (DIARY, lambda d: d["measures"][0].update({"208": 1e308})),
    "nutrient": (DIARY, lambda d: d["measures"][0].update({"nothing": 1})),
    "no such measure": (DIARY, lambda d: entry_of(d).update(measure=99)),
    "no measure": (DIARY, lambda d: entry_of(d).pop("measure") and None),
    "negative measure": (DIARY, lambda d: entry_of(d).update(measure=-1)),
    "no such aims": (DIARY, lambda d: d["days"][0].update(aims=99)),
    "id": (DIARY, lambda d: entry_of(d).update(id="../x")),
    "author": (DIARY, lambda d: entry_of(d).update(author="admin")),
    "unit": (DIARY, lambda d: entry_of(d).update(unit="stone")),
    "time": (DIARY, lambda d: entry_of(d).update(time=1440)),
    "long name": (DIARY, lambda d: entry_of(d).update(name="n" * 201)),
    "control": (DIARY, lambda d: entry_of(d).update(name="a\0b")),
    "lone surrogate": (DIARY, lambda d: json.dumps(d).replace('"name": "', '"name": "\\ud800', 1)),
    "unknown field": (DIARY, lambda d: entry_of(d).update(colour="red")),
    "entry twice": (DIARY, lambda d: d["days"][0]["entries"].append(entry_of(d))),
    "day twice": (DIARY, lambda d: d["days"].append(d["days"][0])),
    "day of 1500": (DIARY, lambda d: d["days"][0].update(date="1500-01-01")),
    "no day": (DIARY, lambda d: d["days"][0].update(date="2026-02-30")),
    "501 entries": (DIARY, lambda d: d["days"][0].update(entries=[entry_of(d)] * 501)),
    "deep": (DIARY, lambda d: "[" * 100_000),
    "a list": (DIARY, lambda d: []),
    "food twice": (FOODS, lambda f: f["own"].append(f["own"][0])),
    "weightless food": (FOODS, lambda f: f["own"][0].update(basis_grams=0)),
    "2001 foods": (FOODS, lambda f: f.update(own=f["own"] * 2001)),
    "control in food": (FOODS, lambda f: f["own"][0].update(name="a\x1b[31mb")),
    "weightless serving": (FOODS, lambda f: f["own"][0]["servings"][0].update(grams=0)),
    "birth": (PERSON, lambda p: p["profile"].update(birth_date="2999-01-01")),
    "zone": (PERSON, lambda p: p["profile"].update(zone="../../etc/passwd")),
    "name": (PERSON, lambda p: p.update(display_name="n" * 61)),
    "period twice": (TARGETS, lambda t: t["periods"].append(t["periods"][-1])),
    "own budget": (TARGETS, lambda t: t["periods"][-1].update(settings={"own_budget": 1})),
}  # fmt: skip


def test_what_no_diary_says_is_refused_and_nothing_is_taken(
    files: Files, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(policy.RATES, "import", "1000/h/user")
    for what, (name, edit) in EDITS.items():
        print(what)
        check_refused(bob, changed(files, name, edit))


def test_more_foods_than_can_be_kept_beside_those_here(
    files: Files, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob("POST", "/foods/mine", {"name": "Mine", "nutrients": {"208": 1}})
    monkeypatch.setattr("nutshell.diary.portable.MAX_OWN_FOODS", 1)
    check_refused(bob, packed(files))
