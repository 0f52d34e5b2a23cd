"""Ada runs a clinic; Ben is a clinician there, Cleo an assistant; Dora and Erik are clients."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.doors.api.conftest import Person
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok

from nutshell.clinics import policy
from nutshell.common import clock
from nutshell.vault.models import Subject
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
REASON = "She called and could not speak."
ASKED = {"collections": ["diary", "targets"], "mode": "write"}


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("ada", "ben", "cleo", "dora", "erik")}


def path_of(link: str) -> str:
    """The API's address of what a link opens."""
    kind, id_, secret = link.split("/clinics/")[1].split("/")
    return {"members": "/clinic-members", "join": "/clinic-invitations"}[kind] + f"/{id_}/{secret}"


def clinic_of(ada: Phone, **members: tuple[Phone, str]) -> str:
    """A clinic of Ada's with these members; its address."""
    where = "/clinics/" + ok(ada("POST", "/clinics", {"name": "Clinic at the Elm"}), 201)["id"]
    for label, (phone, role) in members.items():
        join_as_member(ada, where, phone, role, label)
    return where


def join_as_member(ada: Phone, where: str, phone: Phone, role: str, label: str = "someone") -> str:
    made = ok(ada("POST", f"{where}/members", {"label": label, "role": role}), 201)
    ok(phone("POST", path_of(made["link"])), 202)
    shown = ok(ada("GET", where))
    return next(one["grant"] for one in shown["members"] if one["subject"] == phone.subject)


def client_of(member: Phone, where: str, name: str = "Dora D.") -> str:
    return f"{where}/clients/" + ok(member("POST", f"{where}/clients", {"name": name, "group": "Mondays"}), 201)["id"]


def invited(member: Phone, client: str, **asked: Any) -> str:
    return path_of(ok(member("POST", f"{client}/invitations", {**ASKED, **asked}), 201)["link"])


def joined(member: Phone, client: str, dora: Phone, **wish: Any) -> str:
    """Dora shares what she was asked for. Her grant's id."""
    return ok(dora("POST", invited(member, client), {**ASKED, **wish}), 201)["id"]


def day_of(who: Phone) -> str:
    return f"/people/{who.subject}/diary/{DAY}"


def test_a_clinician_opens_what_a_client_shared_with_the_clinic_and_the_ledger_names_the_clinician(
    at: dict[str, Phone],
) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    ok(at["dora"]("POST", f"/diary/{DAY}/entries", EGG), 201)
    client = client_of(at["cleo"], where)
    grant = joined(at["cleo"], client, at["dora"])
    shown = ok(at["ben"]("GET", day_of(at["dora"])))
    assert [entry["food_id"] for entry in shown["entries"]] == ["sr28:01123"]
    assert at["cleo"]("GET", day_of(at["dora"])).status_code == 404
    assert at["erik"]("GET", day_of(at["dora"])).status_code == 404
    lines = ok(at["dora"]("GET", "/audit?kind=read"))["items"]
    assert [(one["actor"], one["grant"]) for one in lines] == [(at["ben"].subject, grant)]


def test_a_clinicians_edit_stands_under_their_name_and_client_and_clinician_take_it_back(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    theirs, ben, dora = day_of(at["dora"]), at["ben"], at["dora"]
    first, second = (ok(ben("POST", f"{theirs}/entries", EGG), 201) for _ in range(2))
    shown = ok(dora("GET", f"/diary/{DAY}"))["entries"]
    assert [one["author"] for one in shown] == [ben.subject] * 2
    ok(ben("POST", f"{theirs}/changes/{first['id']}/undo"))
    ok(dora("POST", f"/diary/{DAY}/changes/{second['id']}/undo"))
    assert ok(dora("GET", f"/diary/{DAY}"))["entries"] == []


def test_a_clinician_sets_a_clients_targets_under_their_name_and_the_client_takes_it_back(
    at: dict[str, Phone],
) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    ok(at["dora"]("PUT", "/targets", {"own_budget": 2100}))
    grant = joined(at["ada"], client_of(at["ada"], where), at["dora"])
    theirs = f"/people/{at['dora'].subject}/targets"
    assert at["cleo"]("PUT", theirs, {"own_budget": 1700}).status_code == 404
    ok(at["ben"]("PUT", theirs, {"own_budget": 1800}))
    mine = ok(at["dora"]("GET", "/targets"))
    assert (mine["settings"]["own_budget"], mine["changed_by"]) == (1800, at["ben"].subject)
    lines = ok(at["dora"]("GET", "/audit?kind=change"))["items"]
    assert [(one["actor"], one["grant"], one["collection"]) for one in lines] == [(at["ben"].subject, grant, "targets")]
    assert ok(at["dora"]("POST", "/targets/undo"))["settings"]["own_budget"] == 2100
    assert ok(at["ben"]("GET", theirs))["settings"]["own_budget"] == 2100


def test_who_leaves_a_clinic_opens_nothing_with_the_next_request_and_the_others_go_on(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), erik=(at["erik"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"])
    theirs = day_of(at["dora"])
    ok(at["ben"]("POST", f"{theirs}/entries", EGG), 201)
    ok(at["erik"]("GET", theirs))
    ok(at["erik"]("DELETE", f"{where}/membership"), 204)
    grant = next(one["grant"] for one in ok(at["ada"]("GET", where))["members"] if one["subject"] == at["ben"].subject)
    ok(at["ada"]("DELETE", f"{where}/members/{grant}"), 204)
    for gone in (at["ben"], at["erik"]):
        assert gone("GET", theirs).status_code == 404
        assert gone("GET", f"{where}/clients").status_code == 403
    assert len(ok(at["ada"]("GET", theirs))["entries"]) == 1  # what Ben signed still stands
    assert len(ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]) == 1  # and her keys sign it anew
    assert len(ok(at["ada"]("GET", theirs))["entries"]) == 1


def test_only_the_team_opens_a_client_and_an_emergency_opens_it_with_a_reason_that_the_client_reads(
    at: dict[str, Phone],
) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), erik=(at["erik"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"], emergency=True)
    theirs = day_of(at["dora"])
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ben"].subject]}), 204)
    ok(at["ben"]("GET", theirs))
    assert at["erik"]("GET", theirs).status_code == 404
    opened = f"{client}/emergencies/" + ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)["id"]
    ok(at["erik"]("GET", theirs))
    assert at["erik"]("POST", f"{theirs}/entries", EGG).status_code == 404  # to read, not to write
    kinds = [one["kind"] for one in ok(at["dora"]("GET", "/audit?kind=clinic"))["items"]]
    assert kinds == ["emergency-opened"]
    assert at["erik"]("PATCH", opened, {"verdict": "justified", "comment": "Fine."}).status_code == 409
    ok(at["ben"]("PATCH", opened, {"verdict": "justified", "comment": "She had called."}), 204)
    assert at["ada"]("PATCH", opened, {"verdict": "not-justified", "comment": "No."}).status_code == 409
    shown = ok(at["ada"]("GET", client))["emergencies"]
    assert [(one["reason"], one["verdict"], one["comment"]) for one in shown] == [
        (REASON, "justified", "She had called.")
    ]


def test_an_emergency_is_refused_where_the_client_has_not_agreed_to_any(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"])
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    assert at["ben"]("POST", f"{client}/emergencies", {"reason": REASON}).status_code == 409
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404


def test_an_emergency_is_over_after_four_hours(at: dict[str, Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"], emergency=True)
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    ok(at["ben"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    ok(at["ben"]("GET", day_of(at["dora"])))
    now = clock.now() + timedelta(hours=4, seconds=1)
    monkeypatch.setattr(policy, "clock", SimpleNamespace(now=lambda: now))  # the key store has its own
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404


def test_a_clinical_note_is_the_clinics_and_the_clients_also_after_the_client_has_left(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    client = client_of(at["ada"], where)
    grant = joined(at["ada"], client, at["dora"])
    ok(at["ben"]("POST", f"{client}/notes", {"text": "Sleeps better."}), 201)
    mine = ok(at["dora"]("GET", "/clinical-notes"))["items"]
    assert [(one["text"], one["by"], one["clinic_name"]) for one in mine] == [
        ("Sleeps better.", at["ben"].subject, "Clinic at the Elm")
    ]
    assert at["cleo"]("GET", f"{client}/notes").status_code == 403
    ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    assert at["ben"]("GET", day_of(at["dora"])).json()["type"] == "no-longer-shared"
    assert len(ok(at["dora"]("GET", "/clinical-notes"))["items"]) == 1
    assert len(ok(at["ada"]("GET", f"{client}/notes"))["items"]) == 1
    assert ok(at["ada"]("GET", client))["state"] == "ended"


def test_a_profile_that_the_clinic_kept_goes_to_the_client_and_the_clinics_keys_open_nothing_of_it(
    at: dict[str, Phone],
) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client = client_of(at["ben"], where)
    kept = ok(at["ben"]("POST", f"{client}/profile"), 201)["id"]
    ok(at["ben"]("POST", f"/people/{kept}/diary/{DAY}/entries", EGG), 201)
    ok(at["ben"]("POST", f"{client}/notes", {"text": "First visit."}), 201)
    ok(at["dora"]("POST", f"/diary/{DAY}/entries", EGG), 201)
    ok(at["dora"]("POST", invited(at["ben"], client), {"collections": ["diary"]}), 201)
    assert {one["author"] for one in ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]} == {
        at["ben"].subject, at["dora"].subject
    }  # fmt: skip
    assert [one["text"] for one in ok(at["dora"]("GET", "/clinical-notes"))["items"]] == ["First visit."]
    assert at["ben"]("GET", f"/people/{kept}/diary/{DAY}").status_code == 404
    assert not Subject.objects.filter(subject_id=kept).exists()
    assert ok(at["ben"]("GET", client))["owner"] == at["dora"].subject


def test_clients_come_from_a_table_all_or_none(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"])
    table = "name;group;e-mail\nDora D.;Mondays;\nErik E.;;erik@example.org\n"
    sent = ok(at["ada"]("POST", f"{where}/clients/table", {"table": table, "collections": ["diary"]}), 201)["items"]
    assert [one["name"] for one in sent] == ["Dora D.", "Erik E."]
    ok(at["erik"]("POST", path_of(sent[1]["link"]), {"collections": ["diary"]}), 201)
    states = {one["name"]: (one["state"], one["group"]) for one in ok(at["ada"]("GET", f"{where}/clients"))["items"]}
    assert states == {"Dora D.": ("invited", "Mondays"), "Erik E.": ("active", "")}
    wrong = at["ada"](
        "POST", f"{where}/clients/table", {"table": "name,email\nX,y\n,\n,a@b.example\n", "collections": ["diary"]}
    )
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"line_2", "line_4"})
    assert len(ok(at["ada"]("GET", f"{where}/clients"))["items"]) == 2


def test_the_caseload_shows_who_logged_and_each_client_reads_that_it_was_opened(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"))
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    client_of(at["ada"], where, "Nobody yet")
    ok(at["dora"]("POST", f"/diary/{DAY}/entries", EGG), 201)
    lines = ok(at["ben"]("GET", f"{where}/caseload?last={DAY}"))["lines"]
    dora, nobody = lines
    assert (dora["adherence"]["logged"], dora["adherence"]["last"], nobody["adherence"]) == (1, DAY, None)
    assert dora["adherence"]["days"][-1]["energy"] == pytest.approx(143, abs=1)
    assert [one["actor"] for one in ok(at["dora"]("GET", "/audit?kind=read"))["items"]] == [at["ben"].subject]
    assert at["cleo"]("GET", f"{where}/caseload").status_code == 403


def test_a_clinic_keeps_an_administrator_and_ends_with_the_last(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    grant = joined(at["ada"], client_of(at["ada"], where), at["dora"])
    ada = next(one["grant"] for one in ok(at["ada"]("GET", where))["members"] if one["subject"] == at["ada"].subject)
    assert at["ada"]("DELETE", f"{where}/members/{ada}").status_code == 409
    assert at["ada"]("DELETE", f"{where}/membership").status_code == 409
    assert at["ben"]("DELETE", where).status_code == 403
    ok(at["ada"]("DELETE", where), 204)
    assert at["ben"]("GET", day_of(at["dora"])).status_code in (403, 404)
    states = {one["id"]: one["state"] for one in ok(at["dora"]("GET", "/grants"))["items"]}
    assert states[grant] == "erased"


def test_another_role_is_another_membership_with_just_its_keys(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    grant = next(one["grant"] for one in ok(at["ada"]("GET", where))["members"] if one["subject"] == at["ben"].subject)
    ok(at["ada"]("PATCH", f"{where}/members/{grant}", {"role": "assistant"}))
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404
    ok(at["ben"]("GET", f"{where}/clients"))
    assert at["ben"]("POST", f"{where}/members", {"label": "x", "role": "assistant"}).status_code == 403


def test_a_client_takes_the_consent_to_emergencies_back_and_confirms_when_giving_it(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    client = client_of(at["ada"], where)
    grant = joined(at["ada"], client, at["dora"], emergency=True)
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    ok(at["dora"]("PUT", f"/grants/{grant}", {"collections": ["diary"], "emergency": False}), 204)
    assert at["ben"]("POST", f"{client}/emergencies", {"reason": REASON}).status_code == 409
    assert at["dora"]("PUT", f"/grants/{grant}", {"collections": ["diary"], "emergency": True}).status_code == 409
    again = {"collections": ["diary"], "emergency": True, "confirmed": "emergency"}
    ok(at["dora"]("PUT", f"/grants/{grant}", again), 204)
    ok(at["ben"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    assert ok(at["ada"]("GET", client))["allows_emergency"]


def test_a_clinician_reads_what_a_client_aims_at(at: dict[str, Phone]) -> None:
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"))
    ok(at["dora"]("PUT", "/targets", {"own_budget": 1873.6}))
    joined(at["ada"], client_of(at["ada"], where), at["dora"])
    aims = ok(at["ben"]("GET", f"/people/{at['dora'].subject}/targets"))["aims"]
    assert [one["minimum"] for one in aims if one["nutrient"] == "208"] == [1874.0]
    assert at["erik"]("GET", f"/people/{at['dora'].subject}/targets").status_code == 404
