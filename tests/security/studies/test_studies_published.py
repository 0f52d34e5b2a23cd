"""Who can write every table changes neither what the next participant signs nor who is in a release unnoticed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pyrage
import pytest
from django.db.models import Model
from tests.doors.api.test_studies_api import DAY, Phone, agreed, joined, ok, opened, released, written
from tests.doors.web.people import agree, new_account, text_of, today
from tests.security.studies.test_studies_leaving_midway import when_called

from nutshell.common import errors
from nutshell.envelope import statements
from nutshell.envelope.signing import new_private, public_of
from nutshell.studies import published, publishing, queries, releases
from nutshell.studies.models import ApprovalFile, Enrolment, Release, Study, StudyText
from nutshell.vault.models import Record, Root, Shelf, Subject
from nutshell.vault.people import public_of as public_of_row

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity
COLUMNS: dict[str, Any] = {
    "title": "x", "protocol": "x", "contact": "mallory@example.org", "nutrients": "208 606", "first_day": "2026-10-01",
    "last_day": "2026-12-31", "ethics": "x", "ethics_on": "2026-10-02", "document": "x", "file_hash": b"x" * 32,
    "published": b"",
}  # fmt: skip
SEEN = 409


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def snapshot(*kinds: type[Model]) -> list[Model]:
    return [row for kind in kinds for row in kind.objects.all()]


def put_back(rows: list[Model]) -> None:
    """Everything of these tables as it was."""
    for kind in {type(row) for row in rows}:
        if kind is not Study:  # its other rows would go along
            kind.objects.all().delete()  # type: ignore[attr-defined]
    for row in rows:
        row.save()


def nobody_can_join(phone: Phone, path: str, wish: dict[str, Any]) -> None:
    answer = phone("POST", f"{path}/part", wish)
    assert answer.status_code == SEEN, answer.content
    assert answer.json()["type"] == "tampered", answer.content
    assert not Enrolment.objects.exists()
    assert ok(phone("GET", "/grants"))["items"] == []


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_study_is_not_shown_and_nobody_takes_part(at: Phones, key: Key, column: str) -> None:
    path = opened(at["rosa"], key)
    wish = agreed(at["alice"], path)
    Study.objects.update(**{column: COLUMNS[column]})
    told = at["alice"]("GET", path)
    assert (told.status_code, told.json()["type"]) == (SEEN, "tampered")
    assert "not what its researcher entered" in told.json()["detail"]
    nobody_can_join(at["alice"], path, wish)
    assert at["rosa"]("POST", f"{path}/texts", {"text": "Other."}).status_code == SEEN
    assert [one["intact"] for one in ok(at["rosa"]("GET", "/studies"))["founded"]] == [False]


def test_an_altered_text_is_not_shown_and_nobody_signs_it(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    wish = agreed(at["alice"], path)
    StudyText.objects.update(text="We read all that you ever ate.")
    assert at["alice"]("GET", path).status_code == SEEN
    nobody_can_join(at["alice"], path, wish)


def test_a_text_that_somebody_put_beside_the_published_one_is_nobodys(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    StudyText.objects.create(study_id=id_of(path), version=2, text="We read all that you ever ate.")
    assert ok(at["alice"]("GET", path))["text"] == "We read your days and nothing else."
    assert ok(at["rosa"]("POST", f"{path}/texts", {"text": "Second."}), 201)["version"] == 2
    assert ok(at["alice"]("GET", path))["text"] == "Second."


def test_what_is_signed_is_what_was_read(at: Phones, key: Key) -> None:
    """Every word is in the hash that the form carries, and that hash in what the participant signs."""
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    wish = agreed(alice, path)
    ok(rosa("POST", f"{path}/texts", {"text": "Second."}), 201)
    assert alice("POST", f"{path}/part", wish).status_code == 409
    assert alice("POST", f"{path}/part", {**wish, "version": 2}).status_code == 409
    assert not Enrolment.objects.exists()
    wish = agreed(alice, path)
    ok(alice("POST", f"{path}/part", wish), 201)
    assert ok(alice("GET", f"{path}/part/copy"))["terms"] == wish["terms"]


def test_a_text_that_is_altered_after_it_was_compared_is_signed_by_neither_side(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    wish, text = agreed(alice, path), "We read your days and nothing else."

    def alter() -> None:
        StudyText.objects.update(text="We read all that you ever ate.")

    with monkeypatch.context() as patch:
        when_called(patch, published, "read", lambda: when_called(patch, published, "read", alter))
        ok(alice("POST", f"{path}/part", wish), 201)
    assert ok(alice("GET", f"{path}/part/copy"))["text"] == text
    StudyText.objects.update(text=text)
    with monkeypatch.context() as patch:
        when_called(patch, queries, "mine", alter)
        assert rosa("PATCH", path, {"state": "closed"}).status_code == SEEN
    assert rosa("GET", path).status_code == SEEN
    StudyText.objects.update(text=text)
    assert ok(rosa("GET", path))["state"] == "open"


def test_a_study_is_not_opened_by_whoever_writes_its_state(at: Phones, key: Key) -> None:
    path = written(at["rosa"], key)
    Study.objects.update(state="open")
    assert at["alice"]("GET", path).status_code == SEEN
    shown = ok(at["rosa"]("GET", "/studies"))["founded"][0]
    assert not shown["intact"]


@pytest.mark.parametrize("kinds", [(Study, StudyText), (Study, StudyText, Shelf, Record, Root)])
def test_an_older_text_that_was_put_back_with_its_signature_is_signed_by_nobody(
    at: Phones, key: Key, kinds: tuple[type[Model], ...]
) -> None:
    """The whole state of before, too: the key store names the root of the study's vault."""
    path = opened(at["rosa"], key)
    older = snapshot(*kinds)
    ok(at["rosa"]("POST", f"{path}/texts", {"text": "We read less than we did."}), 201)
    put_back(older)
    wish = agreed(at["alice"], path)
    assert wish["version"] == 1
    nobody_can_join(at["alice"], path, wish)


def test_another_study_that_was_put_under_the_address_is_not_believed(at: Phones, key: Key) -> None:
    """Mallory gives her own study Rosa's address, and has it signed there."""
    rosas, mallorys = opened(at["rosa"], key), written(at["mallory"], key)
    wish = agreed(at["alice"], rosas)
    StudyText.objects.filter(study_id=id_of(rosas)).delete()
    Study.objects.filter(id=id_of(rosas)).delete()
    StudyText.objects.filter(study_id=id_of(mallorys)).update(study_id=id_of(rosas))
    Study.objects.filter(id=id_of(mallorys)).update(id=id_of(rosas))
    assert at["mallory"]("PATCH", rosas, {"state": "open"}).status_code == SEEN
    assert at["mallory"]("POST", f"{rosas}/texts", {"text": "Mine."}).status_code == SEEN
    assert at["alice"]("POST", f"{rosas}/part", wish).status_code in (404, SEEN)
    Study.objects.filter(id=id_of(rosas)).update(state="open")
    assert at["alice"]("GET", rosas).status_code == SEEN


def forged(study: Study, private: bytes, researchers: tuple[bytes, ...]) -> bytes:
    word = published.Published(1, published.hash_of(study, 1, "Forged."), "open", researchers)
    details = msgspec.msgpack.encode(word)
    return statements.sign(private, "study-terms", study.subject_id, study.id.bytes, 0, details)


@pytest.mark.parametrize("own", [True, False], ids=["with the key in the records replaced", "with another key"])
def test_a_statement_that_the_studys_keys_did_not_sign_is_not_believed(at: Phones, key: Key, own: bool) -> None:
    path, private = opened(at["rosa"], key), new_private()
    wish = agreed(at["alice"], path)
    study = Study.objects.get()
    if own:
        row = Subject.objects.get(subject_id=study.subject_id)
        public = msgspec.structs.replace(public_of_row(bytes(row.public)), signing=public_of(private))
        Subject.objects.filter(subject_id=study.subject_id).update(public=msgspec.msgpack.encode(public))
    word = published.mark_of(study.id, UUID(at["mallory"].subject), public_of(private))
    Study.objects.update(published=forged(study, private, (word,)))
    StudyText.objects.update(text="Forged.")
    assert at["alice"]("GET", path).status_code == SEEN
    nobody_can_join(at["alice"], path, wish)
    assert at["mallory"]("GET", f"{path}/participants").status_code == 404


def test_whoever_takes_part_already_can_withdraw_from_an_altered_study(at: Phones, key: Key) -> None:
    alice = new_account("carol@example.org")
    agree(alice)
    path, day = opened(at["rosa"], key), today().isoformat()
    shown = agreed(at["bob"], path)
    sent = {"version": "1", "terms": shown["terms"], "first_day": day, "last_day": day}
    assert alice.post(f"{path}/part", sent).status_code == 303
    joined(at["bob"], path)
    Study.objects.update(protocol="Other.")
    page = alice.get(path)
    assert page.status_code == SEEN
    assert "You can withdraw" in text_of(page)
    assert "Other." not in text_of(page)
    assert alice.post(f"{path}/part/withdraw", {"wish": "erase"}).status_code == 303
    told = ok(at["bob"]("GET", f"{path}/part"))
    assert (told["study"]["intact"], told["study"]["draft"]["protocol"]) == (False, "")
    assert ok(at["bob"]("DELETE", f"{path}/part", {"wish": "keep"}))["state"] == "revoked"


def test_an_interrupted_change_leaves_a_study_that_goes_on(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pinned beside the old one and not stored; or stored, and the old one not taken out."""
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_store", fails)
        assert rosa("POST", f"{path}/texts", {"text": "Second."}).status_code == 500
    assert ok(alice("GET", path))["version"] == 1
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_settle", fails)
        assert rosa("POST", f"{path}/texts", {"text": "Second."}).status_code == 500
    assert agreed(alice, path)["version"] == 2
    ok(rosa("POST", f"{path}/texts", {"text": "Third."}), 201)
    assert joined(alice, path)["version"] == 3


@pytest.mark.parametrize("kinds", [(Study,), (Study, Shelf, Record, Root)])
def test_an_older_age_key_that_was_put_back_gets_no_release(
    at: Phones, key: Key, kinds: tuple[type[Model], ...]
) -> None:
    """As of a researcher who was removed: with the row alone, with its signature, and with the whole vault."""
    rosa, older = at["rosa"], Key.generate()
    path = opened(rosa, older)
    joined(at["alice"], path)
    before, row = snapshot(*kinds), Study.objects.get()
    ok(rosa("PUT", f"{path}/recipient", {"recipient": str(key.to_public())}), 204)
    Study.objects.update(recipient=row.recipient, recipient_seal=row.recipient_seal)
    assert rosa("POST", f"{path}/releases").status_code == 409
    put_back([one for one in before if not isinstance(one, Study)])
    Study.objects.update(published=row.published)
    ok(rosa("POST", f"{path}/releases"), 202)
    with pytest.raises(errors.Tampered):
        releases.build_next()
    assert bytes(Release.objects.get().sealed) == b""


def test_an_order_for_the_age_key_of_before_is_not_built(at: Phones, key: Key) -> None:
    rosa = at["rosa"]
    path = opened(rosa, key)
    joined(at["alice"], path)
    ok(rosa("POST", f"{path}/releases"), 202)
    ok(rosa("PUT", f"{path}/recipient", {"recipient": str(Key.generate().to_public())}), 204)
    with pytest.raises(errors.Tampered):
        releases.build_next()
    assert bytes(Release.objects.get().sealed) == b""


# ---------- who is in a release ----------

LEDGER: dict[str, Callable[[str], Any]] = {
    "another pseudonym": lambda mine: Release.objects.update(pseudonyms="ABCDEFGH"),
    "nobody": lambda mine: Release.objects.update(pseudonyms=""),
    "no signature": lambda mine: Release.objects.update(entry=b""),
    "another hash": lambda mine: Release.objects.update(hash=b"x" * 32),
    "more days": lambda mine: Release.objects.update(rows=7),
    "another number": lambda mine: Release.objects.update(number=7),
    "another participant's pseudonym": lambda mine: Enrolment.objects.filter(pseudonym=mine).update(pseudonym="A" * 8),
    "without her, and not built": lambda mine: Release.objects.update(pseudonyms="ABCDEFGH", state="failed"),
}


@pytest.mark.parametrize("change", LEDGER)
def test_who_is_in_a_release_is_not_changed_unnoticed(at: Phones, key: Key, change: str) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    mine = joined(alice, path)["pseudonym"]
    released(rosa, path, key)
    LEDGER[change](mine)
    number = Release.objects.get().number
    if "participant's" not in change:
        (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
        assert (line["state"], line["participants"], line["hash"]) == ("altered", 0, "")
        assert rosa("GET", f"{path}/releases/{number}").status_code in (404, SEEN)
    alice("DELETE", f"{path}/part", {"wish": "erase"})
    row = Release.objects.get()
    assert (row.state, bytes(row.sealed)) == ("taken-back", b"")


def test_an_archive_that_was_exchanged_is_not_handed_out(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    joined(at["alice"], path)
    released(at["rosa"], path, key)
    Release.objects.update(sealed=b"age-encryption.org/v1 another")
    answer = at["rosa"]("GET", f"{path}/releases/1")
    assert (answer.status_code, answer.json()["type"]) == (SEEN, "tampered")


def test_a_participant_under_another_pseudonym_is_in_no_release(at: Phones, key: Key) -> None:
    """Alice's and Bob's days are not exchanged: each signed the name that the study knows them by."""
    path = opened(at["rosa"], key)
    hers, his = joined(at["alice"], path)["pseudonym"], joined(at["bob"], path)["pseudonym"]
    Enrolment.objects.filter(pseudonym=hers).update(pseudonym="ABCDEFGH")
    rows, _ = released(at["rosa"], path, key)
    assert [(row["pseudonym"], row["day"]) for row in rows] == [(his, DAY)]


def test_an_approvals_document_that_was_exchanged_is_not_handed_out(at: Phones, key: Key) -> None:
    path = written(at["rosa"], key)
    pdf = "JVBERi0xLjcKJSVFT0YK"
    ok(at["rosa"]("PUT", f"{path}/approval/file", {"file": pdf}), 204)
    ApprovalFile.objects.update(content=b"%PDF-1.7 another\n%%EOF\n")
    assert at["rosa"]("GET", f"{path}/approval/file").status_code == SEEN
