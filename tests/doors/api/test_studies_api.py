"""Rosa runs a study; Alice and Bob take part in it; Charlie does not."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pyrage
import pytest
from tests.doors.api.conftest import Caller, Person

from nutshell.common import errors
from nutshell.studies import policy, releases
from nutshell.studies.consents import check_consent
from nutshell.studies.models import Enrolment, Study
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY, OUTSIDE = "2026-11-23", "2026-12-24"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g", "meal": "breakfast"}
STUDY = {
    "title": "Eggs and mornings", "protocol": "We compare breakfasts.", "contact": "rosa@example.org",
    "nutrients": ["208", "203", "401"], "first_day": "2026-11-01", "last_day": "2026-11-30",
}  # fmt: skip
WINDOW = {"first_day": "2026-11-10", "last_day": "2026-11-30"}


class Phone(Caller):
    """Somebody's app: with their session."""

    def __init__(self, person: Person) -> None:
        super().__init__(**{"x-session-token": str(person.session().session_key)})
        self.subject = str(person.user.subject_id)


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("rosa", "alice", "bob", "charlie")}


@pytest.fixture(autouse=True)
def few_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases of one and two people; of how many there must be, test_studies_few.py."""
    monkeypatch.setattr(policy, "FEW", 1)


@pytest.fixture
def key() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def opened(rosa: Phone, key: pyrage.x25519.Identity) -> str:
    """A study that takes people; the part of its address."""
    path = written(rosa, key)
    ok(rosa("PATCH", path, {"state": "open"}), 204)
    return path


def written(rosa: Phone, key: pyrage.x25519.Identity) -> str:
    """A study that can be opened; the part of its address."""
    path = "/studies/" + ok(rosa("POST", "/studies", STUDY), 201)["id"]
    ok(rosa("PUT", f"{path}/approval", {"number": "EC 12/26", "on": "2026-10-01", "document": "Approved."}), 204)
    ok(rosa("POST", f"{path}/texts", {"text": "We read your days and nothing else."}), 201)
    ok(rosa("PUT", f"{path}/recipient", {"recipient": str(key.to_public())}), 204)
    return path


def joined(phone: Phone, path: str) -> Any:
    for day in (DAY, OUTSIDE):
        ok(phone("POST", f"/diary/{day}/entries", EGG), 201)
    return ok(phone("POST", f"{path}/part", agreed(phone, path)), 201)


def agreed(phone: Phone, path: str) -> dict[str, Any]:
    """What an app sends that shows the study as it stands and whose person agrees."""
    shown = ok(phone("GET", path))
    return {**WINDOW, "version": shown["version"], "terms": shown["terms"]}


def released(rosa: Phone, path: str, key: pyrage.x25519.Identity) -> tuple[list[dict[str, str]], zipfile.ZipFile]:
    """The rows of a new release, decrypted, and its archive."""
    number = ok(rosa("POST", f"{path}/releases"), 202)["number"]
    assert releases.build_next()
    assert not releases.build_next()
    sealed = base64.b64decode(ok(rosa("GET", f"{path}/releases/{number}"))["archive"])
    archive = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [key])))
    return list(csv.DictReader(io.StringIO(archive.read("data.csv").decode()))), archive


def test_nothing_is_open_before_the_ethics_approval_and_a_text(at: dict[str, Phone]) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = "/studies/" + ok(rosa("POST", "/studies", STUDY), 201)["id"]
    assert alice("GET", path).status_code == 404
    refused = rosa("PATCH", path, {"state": "open"})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"ethics", "text"})
    assert rosa("POST", f"{path}/releases").status_code == 409
    ok(rosa("PUT", f"{path}/approval", {"number": "EC 12/26", "on": "2026-10-01", "document": "Approved."}), 204)
    assert set(rosa("PATCH", path, {"state": "open"}).json()["fields"]) == {"text"}


def test_what_is_released_is_what_was_previewed_and_names_nobody(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    parts = {name: joined(at[name], path)["pseudonym"] for name in ("alice", "bob")}
    (shown,) = ok(alice("GET", f"{path}/preview?first_day=2026-11-10&last_day=2026-11-30"))["rows"]
    assert (shown["day"], shown["amounts"][0]) == (DAY, 143.0)
    rows, archive = released(rosa, path, key)
    assert sorted(row["pseudonym"] for row in rows) == sorted(parts.values())
    mine = next(row for row in rows if row["pseudonym"] == parts["alice"])
    told = {"day": shown["day"], "complete": str(shown["complete"]), "entries": str(shown["entries"])}
    for nutrient, amount, covered in zip(STUDY["nutrients"], shown["amounts"], shown["coverage"], strict=True):
        told |= {f"n{nutrient}": "" if amount is None else str(amount), f"n{nutrient}_coverage": str(covered)}
    assert mine == {"pseudonym": parts["alice"], **told}
    everything = (
        b"".join(archive.read(name) for name in archive.namelist()) + rosa("GET", f"{path}/participants").content
    )
    for person in (alice, bob):
        assert person.subject.encode() not in everything
    assert b"@example.org" not in everything
    table = pq.read_table(io.BytesIO(archive.read("data.parquet")))
    assert table.num_rows == 2
    assert table.column("n203").to_pylist() == [12.56, 12.56]
    assert {
        line["column"]: line["unit"] for line in csv.DictReader(io.StringIO(archive.read("dictionary.csv").decode()))
    }["n401"] == "mg"


def test_a_release_opens_with_the_researchers_key_alone(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    released(rosa, path, key)
    sealed = base64.b64decode(ok(rosa("GET", f"{path}/releases/1"))["archive"])
    assert DAY.encode() not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])


def test_unknown_is_empty_and_never_zero(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    ok(alice("POST", "/diary/2026-11-12/entries", {"name": "Soup", "kcal": 200, "meal": "lunch"}), 201)
    ok(alice("POST", f"{path}/part", agreed(alice, path)), 201)
    (row,), archive = released(rosa, path, key)
    assert (row["n208"], row["n203"], row["n203_coverage"]) == ("200.0", "", "0.0")
    assert pq.read_table(io.BytesIO(archive.read("data.parquet"))).column("n203").to_pylist() == [None]


def test_after_a_withdrawal_the_next_release_holds_nothing_of_that_person(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    gone, stays = joined(alice, path)["pseudonym"], joined(bob, path)["pseudonym"]
    released(rosa, path, key)
    told = ok(alice("DELETE", f"{path}/part", {"wish": "erase"}))
    assert (told["state"], told["held_by"], told["wish"]) == ("revoked", [1], "erase")
    rows, _ = released(rosa, path, key)
    assert {row["pseudonym"] for row in rows} == {stays}
    assert rosa("GET", f"{path}/releases/1").status_code == 404  # taken back: it lay here still
    people = {one["pseudonym"]: (one["state"], one["wish"]) for one in ok(rosa("GET", f"{path}/participants"))["items"]}
    assert people == {gone: ("revoked", "erase"), stays: ("active", "")}
    assert alice("DELETE", f"{path}/part", {"wish": "keep"}).status_code == 409


def test_whoever_pauses_is_not_in_a_release_that_was_ordered_before(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    joined(alice, path)
    stays = joined(bob, path)["pseudonym"]
    ok(rosa("POST", f"{path}/releases"), 202)
    ok(alice("PATCH", f"{path}/part", {"paused": True}), 204)
    releases.build_next()
    (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
    assert (line["state"], line["participants"], line["rows"]) == ("done", 1, 1)
    ok(alice("PATCH", f"{path}/part", {"paused": False}), 204)
    rows, _ = released(rosa, path, key)
    assert len(rows) == 2
    assert stays in {row["pseudonym"] for row in rows}


def test_req_34_each_release_is_one_line_in_the_participants_ledger(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    released(rosa, path, key)
    released(rosa, path, key)
    lines = [line for line in ok(alice("GET", "/audit"))["items"] if line["kind"] == "access"]
    grant = ok(alice("GET", f"{path}/part"))["grant_id"]
    assert [(line["reason"], line["grant"]) for line in lines] == [("diary-read", grant)] * 2


def test_a_study_reaches_only_the_months_and_days_that_were_agreed_to(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    wide = {"first_day": "2026-11-01", "last_day": "2026-12-31", "version": 1}
    assert alice("POST", f"{path}/part", wide).status_code == 422
    joined(alice, path)
    rows, _ = released(rosa, path, key)
    assert [row["day"] for row in rows] == [DAY]
    assert alice("POST", f"{path}/part", agreed(alice, path)).status_code == 409


def test_what_a_study_reads_is_not_changed_behind_what_was_signed(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    alice, path = at["alice"], opened(at["rosa"], key)
    grant = joined(alice, path)["grant_id"]
    wider = {"collections": ["diary", "notes"], "first_day": "2026-11-01", "last_day": "2026-12-31"}
    assert alice("PUT", f"/grants/{grant}", wider).status_code == 409
    assert ok(alice("GET", "/grants"))["items"][0]["terms"]["collections"] == ["diary"]


def test_a_message_reaches_its_participant_alone(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    pseudonym = joined(alice, path)["pseudonym"]
    joined(bob, path)
    ok(rosa("POST", f"{path}/messages", {"pseudonym": pseudonym, "text": "Thank you."}), 204)
    assert [one["text"] for one in ok(alice("GET", f"{path}/part"))["messages"]] == ["Thank you."]
    assert ok(bob("GET", f"{path}/part"))["messages"] == []
    ok(alice("DELETE", f"{path}/part", {"wish": "keep"}))
    assert rosa("POST", f"{path}/messages", {"pseudonym": pseudonym, "text": "Why?"}).status_code == 404


def test_the_copy_of_a_consent_holds_the_text_and_a_signature_that_verifies(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    joined(alice, path)
    copy = ok(alice("GET", f"{path}/part/copy"))
    assert (copy["text"], copy["version"]) == ("We read your days and nothing else.", 1)
    study, packed = UUID(copy["study"]), base64.b64decode(copy["statement"])
    assert check_consent(UUID(alice.subject), study, packed).nutrients == ("208", "203", "401")
    with pytest.raises(errors.Tampered):
        check_consent(UUID(bob.subject), study, packed)


def test_whoever_is_no_researcher_of_it_meets_what_is_absent(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    path = opened(at["rosa"], key)
    for method, place, body in (
        ("GET", "/participants", None), ("GET", "/releases", None), ("POST", "/releases", None),
        ("GET", "/releases/1", None), ("PATCH", "", {"state": "closed"}), ("POST", "/texts", {"text": "x"}),
        ("PUT", "/recipient", {"recipient": str(key.to_public())}),
        ("POST", "/messages", {"pseudonym": "ABCDEFGH", "text": "x"}),
    ):  # fmt: skip
        assert at["charlie"](method, path + place, body).status_code == 404, place
    for place in ("/part", "/part/copy"):
        assert at["charlie"]("GET", path + place).status_code == 404
    assert ok(at["charlie"]("GET", path))["participants"] is None


def test_an_erased_participant_is_in_no_release_and_the_others_are(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    joined(alice, path)
    stays = joined(bob, path)["pseudonym"]
    ok(alice("DELETE", "/account", {"password": "a long passphrase of alice"}))
    assert [one["pseudonym"] for one in ok(rosa("GET", f"{path}/participants"))["items"]] == [stays]
    assert {row["pseudonym"] for row in released(rosa, path, key)[0]} == {stays}


def test_req_32_an_erased_researchers_studies_end_and_participants_read_it(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    released(rosa, path, key)
    ok(rosa("DELETE", "/account", {"password": "a long passphrase of rosa"}))
    assert alice("GET", path).status_code == 404
    assert [one["state"] for one in ok(alice("GET", "/grants"))["items"]] == ["erased"]
    assert ok(alice("GET", "/studies")) == {"founded": [], "taking_part": []}
    assert ok(alice("GET", f"/diary/{DAY}"))["entries"]


def test_whoever_can_only_write_tables_gets_no_release(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    """Another founder, another key, other days or another participant in a row: what was signed decides."""
    rosa, alice, bob, charlie = at["rosa"], at["alice"], at["bob"], at["charlie"]
    path, thief = opened(rosa, key), pyrage.x25519.Identity.generate()
    study = Study.objects.get()
    first, second = joined(alice, path), joined(bob, path)
    ok(rosa("POST", f"{path}/releases"), 202)
    Study.objects.update(recipient=str(thief.to_public()))
    Enrolment.objects.filter(pseudonym=first["pseudonym"]).update(first_day="2026-11-24")
    a, b = (Enrolment.objects.get(pseudonym=one["pseudonym"]) for one in (first, second))
    Enrolment.objects.filter(id=b.id).update(consent=a.consent)
    assert releases.build_next()
    sealed = base64.b64decode(ok(rosa("GET", f"{path}/releases/1"))["archive"])
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [thief])
    text = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [key]))).read("data.csv").decode()
    assert [row["pseudonym"] for row in csv.DictReader(io.StringIO(text))] == [
        first["pseudonym"]
    ]  # with her signed days
    Study.objects.filter(id=study.id).update(founder_id=UUID(charlie.subject), recipient=str(key.to_public()))
    assert charlie("POST", f"{path}/releases").status_code == 404
    assert charlie("GET", f"{path}/releases").status_code == 404


def test_the_committees_document_is_entered_and_saved_by_whoever_may_read_the_study(
    at: dict[str, Phone], key: pyrage.x25519.Identity
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path, pdf = written(rosa, key), b"%PDF-1.7\nx\n%%EOF\n"
    body = {"file": base64.b64encode(pdf).decode()}
    assert rosa("GET", f"{path}/approval/file").status_code == 404
    assert at["charlie"]("PUT", f"{path}/approval/file", body).status_code == 404
    ok(rosa("PUT", f"{path}/approval/file", body), 204)
    assert alice("GET", f"{path}/approval/file").status_code == 404
    ok(rosa("PATCH", path, {"state": "open"}), 204)
    answer = alice("GET", f"{path}/approval/file")
    assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        pdf, "application/pdf", "nosniff",
    )  # fmt: skip
    assert answer["Content-Disposition"].startswith("attachment")
    assert ok(alice("GET", path))["approval"]["file"] == hashlib.sha256(pdf).hexdigest()
    assert rosa("PUT", f"{path}/approval/file", body).status_code == 409


def test_what_is_no_pdf_is_not_kept(at: dict[str, Phone], key: pyrage.x25519.Identity) -> None:
    path = written(at["rosa"], key)
    large = b"%PDF-" + b"x" * 1_000_000 + b"%%EOF"
    for wrong in (b"<html>", b"%PDF-1.7", b"GIF89a%PDF-1.7\n%%EOF", large):
        answer = at["rosa"]("PUT", f"{path}/approval/file", {"file": base64.b64encode(wrong).decode()})
        assert (answer.status_code, set(answer.json()["fields"])) == (422, {"file"})
    for text in ("", "=", "%PDF-", "JVBERi0", "a" * 1_350_000, None, 7, "JVBERi0xLjcK\n"):
        assert at["rosa"]("PUT", f"{path}/approval/file", {"file": text}).status_code == 422, text
    assert at["rosa"]("GET", f"{path}/approval/file").status_code == 404
    assert at["rosa"]("PUT", f"{path}/approval/file", {"file": "a" * 1_900_000}).status_code == 413
    most = b"%PDF-" + b"x" * 999_990 + b"%%EOF"
    ok(at["rosa"]("PUT", f"{path}/approval/file", {"file": base64.b64encode(most).decode()}), 204)
