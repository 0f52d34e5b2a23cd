"""What is left of memberships and invitations that are over goes when nobody needs it, and not before."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from tests.doors.api.test_clinics_api import ASKED, client_of, clinic_of, day_of, invited, joined
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok

from nutshell.clinics import ending
from nutshell.clinics.models import Invitation
from nutshell.common import clock
from nutshell.compliance import retention
from nutshell.grants import actions as grants
from nutshell.ops import tasks
from nutshell.vault.models import Errand, Grant, Keyring
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]


def member(at: Phones, where: str, name: str) -> str:
    members = ok(at["ada"]("GET", where))["members"]
    return next(one["grant"] for one in members if one["subject"] == at[name].subject)


def has_keyring(grant: str) -> bool:
    return Keyring.objects.filter(grant_id=grant).exists()


@pytest.fixture
def where(at: Phones) -> str:
    """Ben has written to Dora's and Erik's diaries."""
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    for name in ("dora", "erik"):
        joined(at["ada"], client_of(at["ada"], where, name), at[name])
        ok(at["ben"]("POST", f"{day_of(at[name])}/entries", EGG), 201)
    return where


def readable(at: Phones, *names: str) -> list[int]:
    """Entries as the client and as the clinic read them."""
    found: list[Any] = []
    for name in names:
        grantee.forget()
        found.append(len(ok(at["ada"]("GET", day_of(at[name])))["entries"]))
        found.append(len(ok(at[name]("GET", f"/diary/{DAY}"))["entries"]))
        found.append(len(ok(at["ada"]("GET", day_of(at[name])))["entries"]))
    return found


@pytest.mark.parametrize("how", ["ended", "left", "erased", "demoted"])
def test_a_memberships_keyring_stands_until_every_client_has_signed_anew(at: Phones, where: str, how: str) -> None:
    bens = member(at, where, "ben")
    if how == "ended":
        ok(at["ada"]("DELETE", f"{where}/members/{bens}"), 204)
    elif how == "left":
        ok(at["ben"]("DELETE", f"{where}/membership"), 204)
    elif how == "demoted":
        ok(at["ada"]("PATCH", f"{where}/members/{bens}", {"role": "assistant"}))
    else:
        ok(at["ben"]("DELETE", "/account", {"password": "a long passphrase of ben"}))
    ending.sweep()
    assert has_keyring(bens)
    ok(at["ada"]("GET", where))
    ending.sweep()
    assert has_keyring(bens)
    assert readable(at, "dora") == [1, 1, 1]
    ending.sweep()
    assert has_keyring(bens)  # Erik was not here yet
    assert readable(at, "erik") == [1, 1, 1]
    assert ending.sweep() == 1
    assert not has_keyring(bens)
    assert readable(at, "dora", "erik") == [1] * 6
    assert not Errand.objects.filter(kind="renew").exists()


def test_memberships_that_live_keep_theirs(at: Phones, where: str) -> None:
    before = Keyring.objects.count()
    assert ending.sweep() == 0
    assert Keyring.objects.count() == before
    ok(at["ben"]("GET", day_of(at["dora"])))


@pytest.mark.parametrize("order", ["the grant first", "the member first"])
def test_a_client_whose_grant_ran_out_while_away_still_reads_what_a_former_member_wrote(
    at: Phones, where: str, order: str
) -> None:
    grant = ok(at["ada"]("GET", f"{where}/clients"))["items"][0]["grant"]

    def runs_out() -> None:
        Grant.objects.filter(grant_id=grant).update(ends_at=clock.now() - timedelta(seconds=1))
        assert grants.expire_ended() == 1

    def leaves() -> None:
        ok(at["ada"]("DELETE", f"{where}/members/{member(at, where, 'ben')}"), 204)

    for act in (runs_out, leaves) if order == "the grant first" else (leaves, runs_out):
        act()
    ending.sweep()
    ok(at["erik"]("GET", f"/diary/{DAY}"))
    ending.sweep()
    assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1
    for _ in range(3):
        ok(at["dora"]("GET", f"/diary/{DAY}"))
    assert ending.sweep() <= 1
    assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1


def test_who_has_left_signs_nothing_that_is_believed_once_the_client_was_there(at: Phones, where: str) -> None:
    """The shelves of a client bear no signature of somebody who left."""
    from nutshell.vault.models import Shelf

    ok(at["ada"]("DELETE", f"{where}/members/{member(at, where, 'ben')}"), 204)
    assert any(bytes(row.signer or b"") for row in Shelf.objects.filter(subject_id=at["dora"].subject))
    ok(at["dora"]("GET", f"/diary/{DAY}"))
    assert not any(bytes(row.signer or b"") for row in Shelf.objects.filter(subject_id=at["dora"].subject))


def test_invitations_are_swept_when_they_are_over_whatever_became_of_them(at: Phones) -> None:
    where = clinic_of(at["ada"])
    for state in ("open", "declined", "used", "replaced"):
        client = client_of(at["ada"], where, state)
        link = invited(at["ada"], client)
        if state == "used":
            ok(at["dora"]("POST", link, ASKED), 201)
        elif state == "declined":
            ok(at["dora"]("DELETE", link), 204)
        elif state == "replaced":
            invited(at["ada"], client)
    rows = Invitation.objects.exclude(state="open")
    assert sorted(rows.values_list("state", flat=True)) == ["declined", "replaced", "used"]
    assert {(bytes(row.proof), bytes(row.held)) for row in rows} == {(b"", b"")}
    assert ending.sweep() == 0
    Invitation.objects.update(ends_at=clock.now())
    assert ending.sweep() == 5
    assert not Invitation.objects.exists()


def test_the_worker_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "client", lambda *_: None)
    found = {task.name: task.run for task in tasks.tasks(settings.NUTSHELL)}
    assert found["retention"] is retention.enforce
    assert ending.sweep in [one.run for one in retention.SWEEPS]
