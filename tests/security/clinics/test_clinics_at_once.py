"""Two acts at once, and acts that are cut off: a clinic keeps an administrator, and nobody keeps what they lost."""

from typing import Any
from uuid import UUID

import pytest
from tests.doors.api.test_clinics_api import (
    ASKED,
    client_of,
    clinic_of,
    day_of,
    invited,
    join_as_member,
    joined,
)  # fmt: skip
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok
from tests.security.studies.test_studies_leaving_midway import when_called

from nutshell.clinics import joining, keys, members
from nutshell.common import errors
from nutshell.erasure import actions as erasure
from nutshell.erasure import clinics as erasing
from nutshell.erasure.models import EraseOrder
from nutshell.vault.models import Grant, Subject
from nutshell.vault.sharing import giving, grantee, owner

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]


def grant_of(at: Phones, where: str, name: str) -> str:
    shown = next(one for one in (at[who]("GET", where) for who in ("ada", "ben")) if one.status_code == 200).json()
    return next(one["grant"] for one in shown["members"] if one["subject"] == at[name].subject)


@pytest.fixture
def where(at: Phones) -> str:
    """Ada and Ben administer it."""
    return clinic_of(at["ada"], ben=(at["ben"], "administrator"))


def ways(at: Phones, where: str) -> dict[str, Any]:
    return {
        "end": lambda who, other: at[who]("DELETE", f"{where}/members/{other}"),
        "demote": lambda who, other: at[who]("PATCH", f"{where}/members/{other}", {"role": "assistant"}),
        "leave": lambda who, other: at[other_name(who)]("DELETE", f"{where}/membership"),
    }


def other_name(who: str) -> str:
    return {"ada": "ben", "ben": "ada"}[who]


@pytest.mark.parametrize("first", ["end", "demote", "leave"])
@pytest.mark.parametrize("second", ["end", "demote", "leave"])
def test_of_two_administrators_who_end_each_other_at_once_one_stays(
    at: Phones, where: str, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    """The second act comes when the first is sure that an administrator acts."""
    grants = {name: grant_of(at, where, name) for name in ("ada", "ben")}
    act = ways(at, where)
    when_called(monkeypatch, keys, "acting", lambda: act[second]("ben", grants["ada"]))
    act[first]("ada", grants["ben"])
    monkeypatch.undo()
    grantee.forget()
    answers = [at[name]("GET", where) for name in ("ada", "ben")]
    roles = [one.json()["role"] for one in answers if one.status_code == 200]
    assert "administrator" in roles


@pytest.mark.parametrize("role", ["assistant", "clinician"])
def test_a_demotion_that_is_cut_off_leaves_nobody_what_they_lose(
    at: Phones, where: str, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    bens = grant_of(at, where, "ben")

    def fails(*given: Any, **named: Any) -> Any:
        raise errors.Unavailable

    for cut in ((members.owner, "end"), (giving, "give"), (members.giving, "give")):
        with monkeypatch.context() as patch:
            patch.setattr(*cut, fails)
            at["ada"]("PATCH", f"{where}/members/{bens}", {"role": role})
    grantee.forget()
    shown = at["ben"]("GET", where)
    assert shown.status_code == 403 or shown.json()["role"] == "administrator"  # one or the other, never two
    found = [one for one in ok(at["ada"]("GET", where))["members"] if one["subject"] == at["ben"].subject]
    assert len(found) <= 1


def test_the_same_role_again_changes_nothing(at: Phones, where: str) -> None:
    adas = grant_of(at, where, "ada")
    assert ok(at["ada"]("PATCH", f"{where}/members/{adas}", {"role": "administrator"}))["id"] == adas
    assert grant_of(at, where, "ada") == adas


def test_an_end_that_is_cut_off_after_it_was_decided_destroys_the_secret_when_it_goes_on(
    at: Phones, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bens = grant_of(at, where, "ben")
    with monkeypatch.context() as patch:

        def fails(*_: Any) -> None:
            raise errors.Unavailable

        patch.setattr(owner.installation.client(), "destroy", fails, raising=False)
        at["ada"]("DELETE", f"{where}/members/{bens}")
    grantee.forget()
    assert at["ben"]("GET", where).status_code == 403
    ok(at["ada"]("GET", where))
    row = Grant.objects.get(grant_id=bens)
    assert bytes(row.wrapped_grant_key) == b""
    assert grant_secret_is_gone(bens)


def grant_secret_is_gone(grant_id: str) -> bool:
    """An id that was destroyed has a tombstone: nobody's signature could make it again. Asked by destroying it once
    more, which finds none."""
    from nutshell.vault import installation

    with pytest.raises(errors.NutshellError) as caught:
        installation.client().destroy(UUID(grant_id).bytes, b"nothing")
    return isinstance(caught.value, errors.NotFound)


def test_a_link_is_used_once_by_two_at_once(at: Phones, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(at["ada"], where)
    link = invited(at["ada"], client)
    when_called(monkeypatch, joining, "_checked", lambda: at["mallory"]("POST", link, ASKED))
    assert at["dora"]("POST", link, ASKED).status_code == 404
    assert Grant.objects.filter(subject_id__in=[at["dora"].subject, at["mallory"].subject]).count() == 1


def test_a_person_with_two_links_to_one_place_shares_once(at: Phones, where: str) -> None:
    client = client_of(at["ada"], where)
    ok(at["dora"]("POST", invited(at["ada"], client), ASKED), 201)
    again = at["dora"]("POST", invited(at["ada"], client), ASKED)
    assert again.status_code == 409
    assert at["mallory"]("POST", invited(at["ada"], client), ASKED).status_code == 404


def test_a_client_who_joins_while_a_member_leaves_is_read_by_who_stays_only(at: Phones, where: str) -> None:
    link = invited(at["ada"], client_of(at["ada"], where))
    ok(at["ada"]("DELETE", f"{where}/members/{grant_of(at, where, 'ben')}"), 204)
    ok(at["dora"]("POST", link, ASKED), 201)
    ok(at["ada"]("GET", day_of(at["dora"])))
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404


# ---------- a profile that is handed over ----------


@pytest.fixture
def kept(at: Phones, where: str) -> dict[str, str]:
    """The clinic holds a diary of Dora's with an egg in it; a link to her."""
    client = client_of(at["ada"], where)
    held = ok(at["ada"]("POST", f"{client}/profile"), 201)["id"]
    ok(at["ada"]("POST", f"/people/{held}/diary/{DAY}/entries", EGG), 201)
    return {"client": client, "held": held, "link": invited(at["ada"], client)}


def entries(phone: Phone) -> list[Any]:
    return ok(phone("GET", f"/diary/{DAY}"))["entries"]


@pytest.mark.parametrize(
    "wish", [{"collections": []}, {"collections": ["index"]}, {"collections": ["foods"], "mode": "write"},
             {"collections": ["diary"], "until": "2020-01-01"}]
)  # fmt: skip
def test_a_wish_that_is_refused_takes_nothing_over(at: Phones, kept: dict[str, str], wish: dict[str, Any]) -> None:
    assert at["dora"]("POST", kept["link"], wish).status_code == 422
    assert entries(at["dora"]) == []
    assert len(ok(at["ada"]("GET", f"/people/{kept['held']}/diary/{DAY}"))["entries"]) == 1
    ok(at["dora"]("POST", kept["link"], ASKED), 201)
    assert len(entries(at["dora"])) == 1


@pytest.mark.parametrize("cut", ["after the copy", "before the grant", "after the grant"])
def test_a_handover_that_is_cut_off_is_finished_and_the_clinic_keeps_nothing(
    at: Phones, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise errors.Unavailable

    place = {
        "after the copy": (erasing.actions, "order"), "before the grant": (giving, "give"),
        "after the grant": (erasing.actions, "close_account"),
    }[cut]  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(*place, fails)
        assert at["dora"]("POST", kept["link"], ASKED).status_code == 503
    if cut == "after the copy":
        assert not EraseOrder.objects.exists()
    erasure.resume_all()
    again = at["dora"]("POST", kept["link"], ASKED)
    assert again.status_code == (404 if cut == "after the grant" else 201)
    assert len(entries(at["dora"])) == 1
    assert not Subject.objects.filter(subject_id=kept["held"]).exists()
    assert ok(at["ada"]("GET", kept["client"]))["owner"] == at["dora"].subject


def test_every_day_that_the_clinic_kept_is_handed_over_however_long_ago_or_ahead(
    at: Phones, kept: dict[str, str]
) -> None:
    days = ("1900-01-01", "1987-06-05", "1999-12-31", "2031-01-01", "2199-12-31")
    for day in days:
        ok(at["ada"]("POST", f"/people/{kept['held']}/diary/{day}/entries", EGG), 201)
    ok(at["dora"]("POST", kept["link"], ASKED), 201)
    assert [len(ok(at["dora"]("GET", f"/diary/{day}"))["entries"]) for day in days] == [1] * len(days)


def test_a_link_to_a_profile_that_was_removed_still_lets_share(at: Phones, kept: dict[str, str]) -> None:
    ok(at["ada"]("DELETE", f"{kept['client']}/profile"), 204)
    ok(at["dora"]("POST", kept["link"], ASKED), 201)
    assert entries(at["dora"]) == []


# ---------- erasing ----------


@pytest.mark.parametrize("step", ["freeze", "shred", "finish"])
def test_a_clinic_whose_erase_is_cut_off_opens_nothing_and_is_finished(
    at: Phones, where: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    joined(at["ada"], client_of(at["ada"], where), at["dora"])

    def fails(*_: Any) -> None:
        raise errors.Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(erasure.erasing, step, fails)
        assert at["ada"]("DELETE", where).status_code == 503
    grantee.forget()
    for name in ("ada", "ben"):
        assert at[name]("GET", day_of(at["dora"])).status_code in (403, 404), name
    erasure.resume_all()
    assert not Subject.objects.filter(subject_id=where.rpartition("/")[2]).exists()
    assert {one["state"] for one in ok(at["dora"]("GET", "/grants"))["items"]} == {"erased"}
    assert ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"] == []


def test_a_client_whose_erase_is_cut_off_is_opened_by_no_member(
    at: Phones, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"])

    def fails(*_: Any) -> None:
        raise errors.Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(erasure.erasing, "shred", fails)
        assert at["dora"]("DELETE", "/account", {"password": "a long passphrase of dora"}).status_code == 503
    grantee.forget()
    assert at["ada"]("GET", day_of(at["dora"])).status_code in (403, 404)
    erasure.resume_all()
    shown = ok(at["ada"]("GET", client))
    assert (shown["owner"], shown["grant"]) == (None, None)


def test_who_erases_themselves_as_a_member_leaves_what_they_wrote_readable(at: Phones, where: str) -> None:
    join_as_member(at["ada"], where, at["cleo"], "clinician")
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    ok(at["cleo"]("POST", f"{day_of(at['dora'])}/entries", EGG), 201)
    ok(at["cleo"]("DELETE", "/account", {"password": "a long passphrase of cleo"}))
    assert len(ok(at["ada"]("GET", day_of(at["dora"])))["entries"]) == 1
    assert len(entries(at["dora"])) == 1
    ok(at["ada"]("GET", where))
    assert len(ok(at["ada"]("GET", day_of(at["dora"])))["entries"]) == 1
    assert len(entries(at["dora"])) == 1
    assert len(ok(at["ada"]("GET", day_of(at["dora"])))["entries"]) == 1


def test_the_last_administrator_who_leaves_nutshell_closes_the_clinic(at: Phones, where: str) -> None:
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    ok(at["ada"]("PATCH", f"{where}/members/{grant_of(at, where, 'ben')}", {"role": "clinician"}))
    ok(at["ada"]("DELETE", "/account", {"password": "a long passphrase of ada"}))
    assert not Subject.objects.filter(subject_id=where.rpartition("/")[2]).exists()
    assert at["ben"]("GET", day_of(at["dora"])).status_code in (403, 404)
