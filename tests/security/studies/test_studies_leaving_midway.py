"""Whoever withdraws, pauses or erases while a release is being built, at whatever moment, is not in it."""

import base64
import csv
import io
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pyrage
import pytest
from django.db import connections
from tests.doors.api.test_studies_api import Phone, agreed, joined, ok, opened

from nutshell.studies import files, queries, releases
from nutshell.studies.models import Enrolment, Release

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity


def inside(rosa: Phone, path: str, key: Key) -> list[str]:
    """Pseudonyms in the archive of the only release, as its ledger and its files have them."""
    (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
    archive = base64.b64decode(ok(rosa("GET", f"{path}/releases/1"))["archive"])
    text = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(archive, [key]))).read("data.csv").decode()
    found = sorted({row["pseudonym"] for row in csv.DictReader(io.StringIO(text))})
    assert (line["participants"], Release.objects.get().pseudonyms.split()) == (len(found), found)
    return found


def when_called(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, act: Callable[[], Any]) -> None:
    """Do `act` once, just after `where.name` first returned."""
    real, done = getattr(where, name), []

    def then(*given: Any) -> Any:
        answer = real(*given)
        if not done:
            done.append(1)
            act()
        return answer

    monkeypatch.setattr(where, name, then)


def ways(alice: Phone, path: str) -> dict[str, Callable[[], Any]]:
    return {
        "withdraws": lambda: ok(alice("DELETE", f"{path}/part", {"wish": "keep"})),
        "withdraws and asks to erase": lambda: ok(alice("DELETE", f"{path}/part", {"wish": "erase"})),
        "pauses": lambda: ok(alice("PATCH", f"{path}/part", {"paused": True}), 204),
        "ends the grant": lambda: ok(alice("DELETE", "/grants")),
        "erases everything": lambda: ok(alice("DELETE", "/account", {"password": "a long passphrase of alice"})),
    }


WAYS = ("withdraws", "withdraws and asks to erase", "pauses", "ends the grant", "erases everything")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("moment", ["after the first was read", "while files are made"])
def test_whoever_leaves_while_it_is_built_is_not_inside(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch, way: str, moment: str
) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    stays = joined(at["bob"], path)["pseudonym"]
    ok(rosa("POST", f"{path}/releases"), 202)
    where, name = (releases, "rows_of") if moment == "after the first was read" else (files, "build")
    when_called(monkeypatch, where, name, ways(alice, path)[way])
    while releases.build_next():
        pass
    assert inside(rosa, path, key) == [stays]


def test_a_study_that_ends_while_it_is_built_leaves_no_archive(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = at["rosa"]
    path = opened(rosa, key)
    joined(at["alice"], path)
    ok(rosa("POST", f"{path}/releases"), 202)
    gone = lambda: ok(rosa("DELETE", "/account", {"password": "a long passphrase of rosa"}))  # noqa: E731
    when_called(monkeypatch, releases, "rows_of", gone)
    releases.build_next()
    assert not Release.objects.exists()


def test_taking_part_twice_at_once_is_one_part_that_one_withdrawal_ends(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request stands between the first one's check and its row."""
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    answers, wish = list[int](), agreed(alice, path)
    join = lambda: answers.append(alice("POST", f"{path}/part", wish).status_code)  # noqa: E731
    when_called(monkeypatch, queries, "is_running", join)
    join()
    assert sorted(answers) == [201, 409]
    ok(alice("DELETE", f"{path}/part", {"wish": "keep"}))
    states = queries.states(Enrolment.objects.all()).values()
    assert set(states) == {"revoked"}
    assert {one["state"] for one in ok(alice("GET", "/grants"))["items"]} == {"revoked"}


def test_joining_that_fails_halfway_leaves_no_grant_in_force(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study reads nothing of somebody whom it does not know as a participant."""
    alice = at["alice"]
    path = opened(at["rosa"], key)
    wish = agreed(alice, path)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Enrolment, "save", fails)
    assert alice("POST", f"{path}/part", wish).status_code == 500
    assert not Enrolment.objects.exists()
    assert [one["state"] for one in ok(alice("GET", "/grants"))["items"] if one["state"] == "active"] == []


@pytest.mark.django_db(databases=["default", "records"], transaction=True)
def test_two_threads_take_part_and_one_part_is_left(at: Phones, key: Key) -> None:
    alice = at["alice"]
    path = opened(at["rosa"], key)
    answers, wish = list[int](), agreed(alice, path)

    def join() -> None:
        answers.append(alice("POST", f"{path}/part", wish).status_code)
        connections.close_all()

    threads = [threading.Thread(target=join) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {201, 409, 503}  # the tests' database lets one of two writers wait for nothing
    assert answers.count(201) < 2
    alice("DELETE", f"{path}/part", {"wish": "keep"})
    assert "active" not in set(queries.states(Enrolment.objects.all()).values())
