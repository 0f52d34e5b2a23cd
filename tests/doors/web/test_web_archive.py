"""Alice takes everything with her and brings it back (req-33): into the same account, emptied, and into a new one."""

import csv
import io
import json
import sys
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from tests.archives import made_at_once
from tests.doors.web.people import (
    ALICE,
    EGG,
    OATS,
    PASSPHRASE,
    agree,
    browser,
    day_url,
    entry_urls,
    log,
    new_account,
    reauthenticate,
    text_of,
)

from nutshell.archives import jobs, queries
from nutshell.archives.models import ArchiveJob, ArchivePart
from nutshell.archives.types import VARIES
from nutshell.common import clock
from nutshell.vault.models import Record

__all__ = ["made_at_once"]
pytestmark = pytest.mark.django_db(databases=["default", "records"], transaction=True)
CANARY = "Alicesflan"


def taken(client: Client) -> bytes:
    reauthenticate(client)
    assert client.post("/account/export").status_code == 303
    answer = fetched(client)
    assert answer.status_code == 200, text_of(answer)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    return b"".join(answer)


def fetched(client: Client) -> Any:
    return client.post("/account/export", {"act": "fetch"})


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def sent_back(client: Client, archive: bytes) -> Any:
    return client.post("/account/import", {"file": SimpleUploadedFile("a.zip", archive, "application/zip")})


def differing(one: bytes, other: bytes) -> set[str]:
    """Files that are not the same in both, but for what the manifest says varies."""
    first, second = files_of(one), files_of(other)
    names = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    return {name for name in names if not any(said.split(":")[0] in name for said in VARIES)}


def lived_in(client: Client) -> None:
    """A diary with something of everything that comes back."""

    def post(url: str, **sent: str) -> str:
        answer = client.post(url, sent)
        assert answer.status_code == 303, (url, text_of(answer))
        return answer.url

    post("/settings/profile", sex="female", birth_date="1990-05-17", height="170", weight="64.5")
    post("/settings/targets", goal_weight="58", rate="-0.5", **{"min-401": "120"})
    food = post("/foods/new", name=CANARY, basis="100g", unit_name="tub", unit_grams="170", **{"n-208": "123.4"})
    for sent in ({"food": OATS, "amount": "50"}, {"food": EGG, "amount": "2"}, {"food": food.removeprefix("/foods/")}):
        post(f"{day_url()}/entries", **{"amount": "0.1", "unit": "g", "meal": "breakfast", **sent})
    post(f"{day_url(3)}/entries", food=EGG, amount="60", unit="g", meal="dinner", time="07:40", note=CANARY)
    post(f"{day_url(400)}/entries", food=OATS, amount="60", unit="g", meal="snacks")
    post(f"{day_url()}/entries", name="Café «Ω», 2", energy="320", meal="lunch")
    changed, other = entry_urls(text_of(client.get(day_url(3))))[0], entry_urls(text_of(client.get(day_url())))[0]
    post(changed, amount="75", unit="g", meal="dinner", note=CANARY)
    post(changed, act="weekly", weekday="0", unit="g", amount="75")
    post(other, act="delete")
    post(f"{day_url(3)}/note", note=f"{CANARY}\nslept well")
    post(f"{day_url(3)}/complete", complete="1")
    post(f"/foods/{EGG}/favourite", favourite="1")
    post("/settings/name", display_name="Alice")


def emptied(client: Client) -> Client:
    """All data removed; the account stays and begins again."""
    reauthenticate(client)
    assert client.post("/consent/health-data/withdraw", {"sure": "yes"}).status_code == 303
    assert Record.objects.count() == 0
    again = browser()
    again.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    agree(again)
    return again


def test_req_33_what_was_taken_comes_back_byte_for_byte_into_the_emptied_account(alice: Client) -> None:
    lived_in(alice)
    before = taken(alice)
    again = emptied(alice)
    assert sent_back(again, before).status_code == 303
    assert differing(before, taken(again)) == set()


def test_req_33_and_into_a_new_account(alice: Client) -> None:
    lived_in(alice)
    before = taken(alice)
    reauthenticate(alice)
    assert alice.post("/account/close", {"sure": "yes"}).status_code == 303
    assert Record.objects.count() == 0
    other = new_account("alice.again@example.org")
    agree(other)
    assert sent_back(other, before).status_code == 303
    other.get("/today", follow=True)  # counts what was logged into the index
    assert differing(before, taken(other)) == set()
    assert CANARY in text_of(other.get(day_url(3)))


def test_the_same_archive_twice_changes_nothing(alice: Client) -> None:
    lived_in(alice)
    before = taken(alice)
    stored = sorted(Record.objects.values_list("record_id", "version"))
    told = sent_back(alice, before)
    assert "was here already" in text_of(alice.get(told.url))
    assert sorted(Record.objects.values_list("record_id", "version")) == stored


def test_the_archive_holds_everything_and_reads_by_itself(alice: Client) -> None:
    lived_in(alice)
    files = files_of(taken(alice))
    for name, part in (
        ("index.html", CANARY), ("data/diary.json", CANARY), ("data/foods.json", CANARY), ("data/notes.json", CANARY),
        ("data/person.json", "1990-05-17"), ("data/foods.json", '"repeats": ['), ("data/diary.json", '"previous":'),
        ("data/diary.json", '"removed":'), ("data/targets.json", "goal_weight"), ("csv/targets.csv", "Vitamin C"),
        ("csv/days.csv", "Vitamin C"), ("csv/entries.csv", CANARY), ("account/consents.json", "health-data"),
        ("account/ledger.json", "consent-given"), ("account/email.json", ALICE),
    ):  # fmt: skip
        assert part in files[name].decode(), name
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["files"]) == files.keys() - {"manifest.json"}
    page = files["index.html"].decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    for name, content in files.items():
        if name.endswith(".json"):
            json.loads(content)


def test_an_unknown_nutrient_is_empty_and_never_zero(alice: Client) -> None:
    alice.post(f"{day_url()}/entries", {"name": "Cake", "energy": "320", "meal": "lunch"})
    (row,) = csv.DictReader(io.StringIO(files_of(taken(alice))["csv/entries.csv"].decode()))
    assert float(row["Energy (kcal)"]) == 320
    assert row["Iron (mg)"] == ""


def test_it_takes_a_fresh_proof_of_who_it_is(alice: Client) -> None:
    session = alice.session
    session["account_authentication_methods"] = []
    session.save()
    for answer in (alice.get("/account/export"), alice.post("/account/export")):
        assert answer.status_code == 303
        assert answer.url.startswith("/account/reauthenticate/")


def test_the_owner_reads_of_it_in_the_ledger_and_by_mail(alice: Client) -> None:
    archive = taken(alice)
    assert any("exported" in one.subject for one in mail.outbox)
    assert "Your data was exported" in text_of(alice.get("/access/ledger"))
    log(alice)
    sent_back(emptied(alice), archive)


def test_what_waits_is_sealed_and_no_file_is_written(alice: Client) -> None:
    """While it is made nothing is opened to be written, and no table holds a word of it or what opens it."""
    lived_in(alice)
    reauthenticate(alice)
    opened: list[str] = []

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if watching and event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            opened.append(str(args[0]))

    watching = True
    sys.addaudithook(watch)
    assert alice.post("/account/export").status_code == 303
    watching = False
    assert opened == []
    assert ArchivePart.objects.exists()
    key = alice.session["archive"][32:]  # after the order's id
    for alias in ("default", "records"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                rows = repr(cursor.execute(f'SELECT * FROM "{table}"').fetchall())
                assert not [one for one in (CANARY, key, "PK\\x03\\x04") if one in rows], table


def test_it_can_be_fetched_once_and_then_nothing_of_it_is_there(alice: Client) -> None:
    taken(alice)
    assert not ArchivePart.objects.exists()
    assert not ArchiveJob.objects.exists()
    assert fetched(alice).url == "/account/export"


def test_a_download_that_broke_off_can_be_repeated(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PART", 1000)
    reauthenticate(alice)
    alice.post("/account/export")
    broken = fetched(alice)
    first = next(iter(broken))
    broken.close()
    whole = b"".join(fetched(alice))
    assert whole.startswith(first)
    assert "data/diary.json" in files_of(whole)


def test_another_session_of_hers_sees_that_one_waits_and_cannot_open_it(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    other = browser()
    other.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    reauthenticate(other)
    assert "ordered on another device" in text_of(other.get("/account/export"))
    assert fetched(other).status_code == 409
    assert fetched(alice).status_code == 200


def test_another_person_and_parts_in_anothers_place_open_nothing(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    bob = new_account("bob@example.org")
    agree(bob)
    reauthenticate(bob)
    assert fetched(bob).url == "/account/export"
    bob.post("/account/export")
    hers, his = ArchiveJob.objects.order_by("made_at")
    stolen = ArchivePart.objects.get(job_id=hers.job_id)
    ArchivePart.objects.filter(job_id=his.job_id).update(sealed=bytes(stolen.sealed))
    assert fetched(bob).status_code == 409


def test_parts_that_were_exchanged_open_nothing(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PART", 1000)
    reauthenticate(alice)
    alice.post("/account/export")
    one, two = ArchivePart.objects.filter(number__lt=2).order_by("number")
    for part, other in ((one, two), (two, one)):
        ArchivePart.objects.filter(pk=part.pk).update(sealed=bytes(other.sealed))
    assert fetched(alice).status_code == 409


def test_the_end_of_a_download_takes_no_later_order_with_it(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    download = iter(fetched(alice))
    alice.post("/account/export")
    assert b"".join(download).startswith(b"PK")
    assert "data/diary.json" in files_of(b"".join(fetched(alice)))


def test_what_is_finished_after_it_was_thrown_away_is_kept_nowhere(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a removal of the account: its order is gone with all rows of its owner."""
    exported = queries.export

    def thrown_away(*some: Any) -> bytes:
        ArchiveJob.objects.all().delete()
        return exported(*some)

    monkeypatch.setattr(queries, "export", thrown_away)
    reauthenticate(alice)
    alice.post("/account/export")
    assert not ArchivePart.objects.exists()
    assert not ArchiveJob.objects.exists()


def test_after_a_day_it_is_gone(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    ArchiveJob.objects.update(made_at=clock.now() - jobs.KEPT - timedelta(seconds=1))
    assert fetched(alice).url == "/account/export"
    assert ArchivePart.objects.exists()
    assert [jobs.sweep() for _ in range(2)] == [1, 0]
    assert not ArchivePart.objects.exists()


def test_what_was_cut_off_or_failed_says_so_and_is_ordered_again(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    ArchiveJob.objects.update(state="making", done=40)
    assert '<progress max="100" value="40"' in text_of(alice.get("/account/export"))
    assert fetched(alice).status_code == 409
    ArchiveJob.objects.update(beat_at=clock.now() - jobs.STANDS - timedelta(seconds=1))
    assert "could not be made" in text_of(alice.get("/account/export"))
    assert "data/diary.json" in files_of(taken(alice))


def test_a_failure_on_the_way_is_a_state_and_no_half_file(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    reauthenticate(alice)
    with monkeypatch.context() as broken:
        broken.setattr(queries, "_page", lambda *_: 1 / 0)
        assert alice.post("/account/export").status_code == 303
    assert "could not be made" in text_of(alice.get("/account/export"))
    assert not ArchivePart.objects.exists()


def test_it_is_thrown_away(alice: Client) -> None:
    reauthenticate(alice)
    alice.post("/account/export")
    assert alice.post("/account/export", {"act": "drop"}).status_code == 303
    assert not ArchivePart.objects.exists()
    assert alice.post("/account/export", {"act": "nothing"}).status_code == 400


def test_nobody_takes_more_than_ten_an_hour(alice: Client) -> None:
    reauthenticate(alice)
    for _ in range(10):
        assert alice.post("/account/export").status_code == 303
    assert alice.post("/account/export").status_code == 429
