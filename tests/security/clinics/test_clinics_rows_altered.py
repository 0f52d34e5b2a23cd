"""Who can write tables puts nobody's diary under another's name, and gets nothing from a clinic that is not theirs."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.doors.api.test_clinics_api import (
    ASKED,
    REASON,
    client_of,
    clinic_of,
    day_of,
    invited,
    join_as_member,
    joined,
)  # fmt: skip
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok

from nutshell.clinics import links, queries, watch
from nutshell.clinics.models import Clinic, Invitation
from nutshell.common import clock
from nutshell.vault.models import Errand, Grant, GrantReceived, Keyring, Record, Shelf, Subject
from nutshell.vault.people import public_of
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def swapped(kind: Any, one: dict[str, Any], other: dict[str, Any], *columns: str) -> None:
    first, second = kind.objects.get(**one), kind.objects.get(**other)
    kind.objects.filter(**one).update(**{name: getattr(second, name) for name in columns})
    kind.objects.filter(**other).update(**{name: getattr(first, name) for name in columns})
    grantee.forget()


@pytest.fixture
def both(at: Phones) -> dict[str, str]:
    """Dora and Erik are clients of Ada's; their grants, and the clinic."""
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    found = {"where": where}
    for name in ("dora", "erik"):
        ok(at[name]("POST", f"/diary/{DAY}/entries", {**EGG, "note": name}), 201)
        found[f"{name}'s client"] = client_of(at["ada"], where, name)
        found[name] = joined(at["ada"], found[f"{name}'s client"], at[name])
    return found


def shown_as(at: Phones, both: dict[str, str]) -> dict[str, str]:
    """Whose diary a clinician sees under each name: the notes of the entries."""
    found = {}
    for name in ("dora", "erik"):
        answer = at["ben"]("GET", both[f"{name}'s client"])
        owner = answer.json().get("owner") if answer.status_code == 200 else None
        day = at["ben"]("GET", f"/people/{owner}/diary/{DAY}") if owner else None
        entries = day.json()["entries"] if day is not None and day.status_code == 200 else []
        found[name] = " ".join(one["note"] for one in entries)
    return found


def test_each_client_is_shown_under_their_own_name(at: Phones, both: dict[str, str]) -> None:
    assert shown_as(at, both) == {"dora": "dora", "erik": "erik"}


@pytest.mark.parametrize(
    "what", ["owners of what was received", "statements", "received keys", "public keys", "everything of a grant"]
)
def test_no_client_is_shown_under_anothers_name(at: Phones, both: dict[str, str], what: str) -> None:
    dora, erik = ({"grant_id": both[name]} for name in ("dora", "erik"))
    if what == "owners of what was received":
        swapped(GrantReceived, dora, erik, "owner_id")
    elif what == "received keys":
        swapped(GrantReceived, dora, erik, "sealed_grant_key")
    elif what == "public keys":
        swapped(Subject, {"subject_id": at["dora"].subject}, {"subject_id": at["erik"].subject}, "public")
    else:
        columns = ("statement", "version") if what == "statements" else (
            "statement", "version", "certificate", "wrapped_grant_key", "details", "ends_at")  # fmt: skip
        swapped(Grant, dora, erik, *columns)
        if what == "everything of a grant":
            swapped(Keyring, dora, erik, "sealed", "version")
            swapped(GrantReceived, dora, erik, "sealed_grant_key", "owner_id")
    for name, shown in shown_as(at, both).items():
        assert shown in ("", name)


def test_a_clinic_whose_public_keys_were_replaced_is_shared_with_by_nobody(at: Phones) -> None:
    where = clinic_of(at["ada"])
    link = invited(at["ada"], client_of(at["ada"], where))
    mallorys = Subject.objects.get(subject_id=at["mallory"].subject).public
    Subject.objects.filter(subject_id=id_of(where)).update(public=mallorys)
    assert at["dora"]("GET", link).status_code == 404
    assert at["dora"]("POST", link, ASKED).status_code == 404
    assert not Grant.objects.filter(subject_id=at["dora"].subject).exists()


@pytest.mark.parametrize("column", ["subject_id", "client", "asked", "asked as it is", "proof", "id"])
def test_an_invitation_that_somebody_altered_is_no_invitation(at: Phones, column: str) -> None:
    where, mallorys = clinic_of(at["ada"]), clinic_of(at["mallory"])
    link = invited(at["ada"], client_of(at["ada"], where))
    other = invited(at["mallory"], client_of(at["mallory"], mallorys), emergency=True, collections=["foods", "diary"])
    first, second = (link.split("/")[2], other.split("/")[2])
    values = Invitation.objects.get(id=second)
    if column == "asked":  # sealed for its row: as who holds that key could write it
        values.asked = links.seal_asked(UUID(first), links.open_asked(values))
    if column == "id":
        Invitation.objects.filter(id=first).delete()
        Invitation.objects.filter(id=second).update(id=first)
    else:
        name = column.partition(" ")[0]
        Invitation.objects.filter(id=first).update(**{name: getattr(values, name)})
    assert at["dora"]("GET", link).status_code == 404
    assert at["dora"]("POST", link, ASKED).status_code == 404


def test_an_invitation_that_was_used_opens_no_second_time_where_somebody_marks_it_as_open(at: Phones) -> None:
    where = clinic_of(at["ada"])
    client = client_of(at["ada"], where)
    link = invited(at["ada"], client)
    ok(at["dora"]("POST", link, ASKED), 201)
    Invitation.objects.update(state="open")
    assert at["mallory"]("POST", link, ASKED).status_code == 404
    assert ok(at["ada"]("GET", client))["owner"] == at["dora"].subject


def test_an_old_copy_of_a_used_invitation_puts_nobody_elses_diary_under_the_clients_name(
    at: Phones, both: dict[str, str]
) -> None:
    """Mallory found Dora's link, and writes the row as it was before Dora used it."""
    link = invited(at["ada"], both["dora's client"])
    row = Invitation.objects.get(id=link.split("/")[2])
    at["dora"]("POST", link, ASKED)
    Invitation.objects.filter(id=row.id).delete()
    row.save(force_insert=True)
    assert at["mallory"]("POST", link, ASKED).status_code == 404
    assert shown_as(at, both) == {"dora": "dora", "erik": "erik"}


def test_who_left_a_clinic_is_no_member_by_rows_that_are_put_back(at: Phones, both: dict[str, str]) -> None:
    kinds = (Grant, Keyring, GrantReceived)
    backup = [list(kind.objects.all().values()) for kind in kinds]
    members = ok(at["ada"]("GET", both["where"]))["members"]
    bens = next(one["grant"] for one in members if one["subject"] == at["ben"].subject)
    ok(at["ada"]("DELETE", f"{both['where']}/members/{bens}"), 204)
    for kind, values in zip(kinds, backup, strict=True):
        kind.objects.all().delete()
        kind.objects.bulk_create([kind(**value) for value in values])
    grantee.forget()
    for path in (both["where"], f"{both['where']}/clients", f"{both['where']}/caseload", day_of(at["dora"])):
        assert at["ben"]("GET", path).status_code in (403, 404), path
    assert at["ben"]("POST", f"{both['where']}/clients", {"name": "X"}).status_code in (403, 404)


@pytest.mark.parametrize("kind", ["clinic", "held", "person", "study"])
def test_another_kind_of_a_subject_opens_nothing(at: Phones, both: dict[str, str], kind: str) -> None:
    Subject.objects.update(kind=kind)
    Clinic.objects.create(subject_id=at["dora"].subject, sealed_name=Clinic.seal(at["dora"].subject, "Dora's"))
    for name in ("mallory", "erik"):
        for path in (day_of(at["dora"]), both["where"], f"/clinics/{at['dora'].subject}",
                     f"/clinics/{at['dora'].subject}/clients", f"{both['where']}/clients"):  # fmt: skip
            assert at[name]("GET", path).status_code in (403, 404), path
        assert ok(at[name]("GET", "/clinics"))["items"] == []


def test_a_friend_is_no_member_of_a_person_whom_a_table_calls_a_clinic(at: Phones) -> None:
    made = ok(at["dora"]("POST", "/grants", {"collections": ["diary"], "label": "Mallory"}), 201)
    grant, secret = made["link"].rstrip("/").split("/")[-2:]
    ok(at["mallory"]("POST", f"/invitations/{grant}/{secret}"), 202)
    ok(at["dora"]("GET", f"/diary/{DAY}"))
    Subject.objects.filter(subject_id=at["dora"].subject).update(kind="clinic")
    Clinic.objects.create(subject_id=at["dora"].subject, sealed_name=Clinic.seal(at["dora"].subject, "Dora's"))
    where = f"/clinics/{at['dora'].subject}"
    for method, path, body in (
        ("GET", f"{where}/clients", None), ("POST", f"{where}/clients", {"name": "X"}),
        ("GET", f"{where}/ledger", None),
        ("POST", f"{where}/members", {"label": "x", "role": "clinician"}), ("DELETE", where, None),
    ):  # fmt: skip
        assert 400 <= at["mallory"](method, path, body).status_code < 500, path


@pytest.mark.parametrize("payload", [b"", b"x", bytes(32), bytes(1000)])
def test_a_forged_errand_breaks_nobodys_page_and_opens_nothing(
    at: Phones, both: dict[str, str], payload: bytes
) -> None:
    for kind in ("renew", "end", "file", "complete", "rings", "other"):
        Errand.objects.create(subject_id=at["dora"].subject, errand_id=UUID(bytes=kind.ljust(16).encode()),
                              kind=kind, payload=payload, created_at=clock.now())  # fmt: skip
    for _ in range(3):
        ok(at["dora"]("GET", f"/diary/{DAY}"))
    assert shown_as(at, both) == {"dora": "dora", "erik": "erik"}
    assert at["mallory"]("GET", day_of(at["dora"])).status_code == 404


def test_why_somebody_opened_in_an_emergency_is_sealed_to_the_client_and_to_no_key_that_a_table_names(
    at: Phones,
) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"], emergency=True)
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    mallorys = Subject.objects.get(subject_id=at["mallory"].subject).public
    hers = Subject.objects.get(subject_id=at["dora"].subject).public
    forged = msgspec.structs.replace(public_of(bytes(hers)), ledger=public_of(bytes(mallorys)).ledger)
    Subject.objects.filter(subject_id=at["dora"].subject).update(public=msgspec.msgpack.encode(forged))
    ok(at["ben"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    (line,) = ok(at["dora"]("GET", "/audit?kind=read"))["items"]
    assert line["about"] == [REASON]


def test_a_new_member_is_joined_by_the_secret_and_not_by_the_rows(at: Phones) -> None:
    """Mallory writes her acceptance of an invitation that was made for Ben, of which she knows the number."""
    where = clinic_of(at["ada"])
    made = ok(at["ada"]("POST", f"{where}/members", {"label": "Ben", "role": "administrator"}), 201)
    grant, _ = made["link"].split("/")[-2:]
    at["mallory"]("POST", f"/clinic-members/{grant}/{'A' * 43}")
    ok(at["ada"]("GET", where))
    assert at["mallory"]("GET", f"{where}/clients").status_code in (403, 404)
    assert join_as_member(at["ada"], where, at["ben"], "clinician")


def test_an_older_team_that_is_put_back_is_told_to_an_administrator(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client, clinic = client_of(at["ada"], where), UUID(where.rpartition("/")[2])
    before = [list(kind.objects.filter(subject_id=clinic)) for kind in (Shelf, Record)]
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    watch.forget()
    assert ok(at["ada"]("GET", where))["altered"] == 0  # and the root is sealed anew
    for kind, kept in zip((Shelf, Record), before, strict=True):
        kind.objects.filter(subject_id=clinic).delete()
        kind.objects.bulk_create(kept)
    assert ok(at["ada"]("GET", client))["team"] == []
    watch.forget()
    assert ok(at["ada"]("GET", where))["altered"] > 0
    assert ok(at["ben"]("GET", where))["altered"] == 0  # who has not the bundle cannot know


def test_a_clinic_is_not_called_by_anothers_name(at: Phones) -> None:
    ours, theirs = (clinic_of(at[name]).rpartition("/")[2] for name in ("ada", "erik"))
    assert at["ada"]("GET", f"/clinics/{ours}").status_code == 200
    swapped(Clinic, {"subject_id": ours}, {"subject_id": theirs}, "sealed_name")
    for path in (f"/clinics/{ours}", "/clinics"):
        answer = at["ada"]("GET", path)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "tampered"), answer.text
    assert queries.clinic_names([UUID(ours), UUID(theirs)]) == {}
