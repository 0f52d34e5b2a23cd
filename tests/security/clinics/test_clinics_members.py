"""What a member may do is their role and their clients' teams: by every route, the pages too."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from msgspec import structs
from tests.doors.api.test_clinics_api import (
    ASKED,
    REASON,
    client_of,
    clinic_of,
    day_of,
    invited,
    join_as_member,
    joined,
    path_of,
)  # fmt: skip
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok
from tests.doors.web.people import browser

from nutshell.api.urls import ROUTES
from nutshell.clinics import policy
from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault.models import Grant
from nutshell.web.urls import urlpatterns

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
SENT = {
    "food": "sr28:01123", "amount": "1", "unit": "g", "meal": "breakfast", "act": "delete",
    "complete": "1", "note": "x",
}  # fmt: skip
SPAN = "?from=2026-11-01&to=2026-11-30"
QUERIES = {"trends": f"{SPAN}&nutrients=208", "report": SPAN, "foods": f"{SPAN}&nutrient=208"}
THEIRS = [route for route in ROUTES if route.path.startswith("/people/{subject}")]
ROLE = "Your role in this clinic does not allow this. Ask an administrator of the clinic."
PAGES = sorted(str(one.pattern) for one in urlpatterns if str(one.pattern).startswith("people/<uuid:subject>"))


@pytest.fixture
def where(at: Phones) -> str:
    return clinic_of(
        at["ada"], ben=(at["ben"], "clinician"), cleo=(at["cleo"], "assistant"), erik=(at["erik"], "clinician")
    )


@pytest.fixture
def client(at: Phones, where: str) -> str:
    """Dora shares her diary for writing and lets it be opened in an emergency; Ben and Ada are her team."""
    ok(at["dora"]("POST", f"/diary/{DAY}/entries", EGG), 201)
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"], emergency=True, collections=["diary", "targets", "notes", "foods", "profile"])
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ben"].subject, at["ada"].subject]}), 204)
    return client


def member_of(at: Phones, where: str, name: str) -> str:
    members = ok(at["ada"]("GET", where))["members"]
    return next(one["grant"] for one in members if one["subject"] == at[name].subject)


def signed_in(name: str) -> Client:
    client = browser()
    client.post("/account/login/", {"login": f"{name}@example.org", "password": f"a long passphrase of {name}"})
    return client


def filled(at: Phones, path: str) -> str:
    entry = ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"][0]["id"]
    values = {"subject": at["dora"].subject, "date": DAY, "entry": entry, "entry_id": entry, "act": str(new_id())}
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
    filled = re.sub(r"{(\w+)}", lambda found: values[found[1]], path)
    return filled + QUERIES.get(filled.rpartition("/")[2], "")


def body_of(route: Any) -> dict[str, Any] | None:
    if route.takes is None:
        return None
    name = getattr(route.takes, "__name__", "")
    bodies = {
        "CompleteDay": {"complete": True},
        "ChangeEntry": {"note": "theirs"},
        "TargetSettings": {"own_budget": 1800},
    }
    return bodies.get(name, dict(EGG))


def statuses(at: Phones, name: str) -> dict[str, int]:
    """What each of the API's routes to Dora's data answers to this person."""
    return {
        f"{route.method} {route.path}": at[name](route.method, filled(at, route.path), body_of(route)).status_code
        for route in THEIRS
    }


def test_there_are_routes_to_try() -> None:
    assert len(THEIRS) >= 6
    assert len(PAGES) >= 6


@pytest.mark.parametrize("name", ["cleo", "erik"])
def test_an_assistant_and_a_clinician_off_the_team_get_what_a_stranger_gets(at: Phones, client: str, name: str) -> None:
    before = ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]
    assert statuses(at, name) == statuses(at, "mallory")
    assert set(statuses(at, name).values()) <= {400, 404, 422}
    assert ok(at["dora"]("GET", "/targets"))["changed_by"] is None
    assert ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"] == before
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 200


@pytest.mark.parametrize("name", ["cleo", "erik"])
def test_no_page_shows_or_changes_it_for_them(at: Phones, client: str, name: str) -> None:
    before = ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]
    guest, stranger = signed_in(name), signed_in("mallory")
    for pattern in PAGES:
        page = f"/{filled(at, pattern)}"
        assert guest.get(page).status_code in (404, 405), page
        answers = [one.post(page, SENT).status_code for one in (guest, stranger)]
        assert answers[0] == answers[1], page
        assert answers[0] in (404, 405), page
    assert ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"] == before


def test_an_emergency_lets_read_by_every_route_and_write_by_none(at: Phones, client: str) -> None:
    ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    before = ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"]
    got = statuses(at, "erik")
    strangers = statuses(at, "mallory")
    for route, status in got.items():
        assert status == (200 if route.startswith("GET") else strangers[route]), route
    for pattern in PAGES:
        assert signed_in("erik").post(f"/{filled(at, pattern)}", SENT).status_code in (404, 405), pattern
    assert ok(at["dora"]("GET", "/targets"))["changed_by"] is None
    assert at["erik"]("POST", f"{client}/notes", {"text": "x"}).status_code == 403
    assert at["erik"]("GET", f"{client}/notes").status_code == 403
    assert ok(at["dora"]("GET", f"/diary/{DAY}"))["entries"] == before


def test_an_assistant_reaches_no_notes_diaries_or_acts_of_others(at: Phones, where: str, client: str) -> None:
    ok(at["ben"]("POST", f"{client}/notes", {"text": "Sleeps better."}), 201)
    begun = ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)["id"]
    other = client_of(at["cleo"], where, "Held H.")
    cleo = at["cleo"]
    refused = [
        ("GET", f"{client}/notes", None), ("POST", f"{client}/notes", {"text": "x"}),
        ("PUT", f"{client}/team", {"team": [cleo.subject]}), ("PUT", f"{client}/team", {"team": []}),
        ("POST", f"{client}/emergencies", {"reason": REASON}),
        ("PATCH", f"{client}/emergencies/{begun}", {"verdict": "justified", "comment": "x"}),
        ("POST", f"{other}/profile", None), ("DELETE", f"{other}/profile", None), ("DELETE", other, None),
        ("GET", f"{where}/caseload", None), ("GET", f"{where}/ledger", None),
    ]  # fmt: skip
    for method, path, body in refused:
        answer = cleo(method, path, body)
        assert (answer.status_code, answer.json()["detail"]) == (403, ROLE), (method, path)
    shown = cleo("GET", client).content + cleo("GET", f"{where}/clients").content
    assert b"Sleeps better" not in shown
    assert REASON.encode() not in shown  # why somebody opened it is not the list's business


def test_a_page_that_a_role_does_not_open_says_so_and_no_token_is_spoken_of(at: Phones, where: str) -> None:
    cleo = signed_in("cleo")
    for page in (f"{where}/ledger", f"{where}/close"):
        refused = cleo.get(page)
        assert (refused.status_code, ROLE in refused.content.decode()) == (403, True), page
        assert "token does not" not in refused.content.decode()


def test_the_sidebar_has_an_entry_for_who_belongs_to_a_clinic_as_long_as_they_do(at: Phones, where: str) -> None:
    """The entry that stands on every page; everybody finds the page itself under You."""
    entry = '<a class="item" href="/clinics"'
    cleo, mallory = signed_in("cleo"), signed_in("mallory")
    assert entry in cleo.get("/access").content.decode()
    assert entry not in mallory.get("/access").content.decode()
    ok(at["cleo"]("DELETE", f"{where}/membership"), 204)
    assert entry not in cleo.get("/access").content.decode()


def test_only_administrators_do_what_is_theirs(at: Phones, where: str, client: str) -> None:
    grants = {name: member_of(at, where, name) for name in ("ada", "ben", "cleo")}
    for name in ("ben", "cleo", "dora", "mallory"):
        expected = 403 if name in ("ben", "cleo") else 404
        for method, path, body in (
            ("PATCH", where, {"name": "Mine"}), ("DELETE", where, None), ("GET", f"{where}/ledger", None),
            ("POST", f"{where}/members", {"label": "x", "role": "administrator"}),
            *(("PATCH", f"{where}/members/{one}", {"role": "administrator"}) for one in grants.values()),
            *(("DELETE", f"{where}/members/{one}", None) for one in grants.values()),
        ):  # fmt: skip
            assert at[name](method, path, body).status_code == expected, (name, method, path)
    assert ok(at["ada"]("GET", where))["name"] == "Clinic at the Elm"
    assert {one["grant"] for one in ok(at["ada"]("GET", where))["members"]} >= set(grants.values())


def test_a_clinician_off_the_team_changes_nothing_of_a_client(at: Phones, where: str, client: str) -> None:
    erik = at["erik"]
    ok(at["ben"]("POST", f"{client}/notes", {"text": "Sleeps better."}), 201)
    grant = ok(at["ada"]("GET", client))["grant"]
    for method, path, body in (
        ("PUT", f"{client}/team", {"team": [erik.subject]}), ("PUT", f"{client}/team", {"team": []}),
        ("POST", f"{client}/notes", {"text": "x"}), ("GET", f"{client}/notes", None),
    ):  # fmt: skip
        refused = erik(method, path, body)
        assert (refused.status_code, "this client's team" in refused.json()["detail"]) == (403, True), (method, path)
    ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    assert erik("DELETE", client).status_code == 403  # what others noted goes with it
    assert len(ok(at["ben"]("GET", f"{client}/notes"))["items"]) == 1
    assert erik("POST", f"{client}/profile").status_code == 403


def test_nobody_reviews_an_emergency_of_their_own_nor_twice_nor_as_an_assistant(at: Phones, client: str) -> None:
    begun = f"{client}/emergencies/" + ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)["id"]
    wish = {"verdict": "justified", "comment": "Fine."}
    assert [at[name]("PATCH", begun, wish).status_code for name in ("erik", "cleo", "mallory", "dora")] == [
        409, 403, 404, 404
    ]  # fmt: skip
    ok(at["ben"]("PATCH", begun, wish), 204)
    assert at["ada"]("PATCH", begun, {**wish, "verdict": "not-justified"}).status_code == 409
    assert at["ada"]("PATCH", f"{client}/emergencies/{new_id()}", wish).status_code == 404


@pytest.mark.parametrize("how", ["paused", "ended"])
def test_no_emergency_opens_what_the_client_paused_or_ended(at: Phones, client: str, how: str) -> None:
    grant = ok(at["ada"]("GET", client))["grant"]
    ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    ok(at["erik"]("GET", day_of(at["dora"])))
    if how == "paused":
        assert at["dora"]("PATCH", f"/grants/{grant}", {"paused": True}).status_code < 300
    else:
        ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    assert at["erik"]("GET", day_of(at["dora"])).status_code in (403, 404)
    assert at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}).status_code == 404


@pytest.mark.parametrize("how", ["paused", "ended", "expired"])
def test_no_note_is_written_of_a_client_that_would_not_reach_them(at: Phones, client: str, how: str) -> None:
    grant = ok(at["ada"]("GET", client))["grant"]
    if how == "paused":
        assert at["dora"]("PATCH", f"/grants/{grant}", {"paused": True}).status_code < 300
    elif how == "ended":
        ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    else:
        Grant.objects.filter(grant_id=grant).update(ends_at=clock.now() - timedelta(seconds=1))
    assert at["ben"]("POST", f"{client}/notes", {"text": "Hidden."}).status_code == 409
    assert ok(at["ben"]("GET", f"{client}/notes"))["items"] == []


def test_a_note_reaches_a_client_who_was_away_for_long_and_ends_everything_with_their_first_request(
    at: Phones, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        ok(at["ben"]("POST", f"{client}/notes", {"text": f"Note {number}."}), 201)
    ok(at["dora"]("DELETE", "/grants"), 200)
    assert len(ok(at["dora"]("GET", "/clinical-notes"))["items"]) == 3


def test_a_note_reaches_a_client_who_comes_back_after_months(
    at: Phones, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nutshell.vault.sharing import inbox

    ok(at["ben"]("POST", f"{client}/notes", {"text": "Old."}), 201)
    later = clock.now() + timedelta(days=100)
    monkeypatch.setattr(inbox, "is_recent", lambda at: abs(later.timestamp() - at) <= inbox.KEPT.total_seconds())
    assert [one["text"] for one in ok(at["dora"]("GET", "/clinical-notes"))["items"]] == ["Old."]


def test_who_is_taken_off_the_team_or_demoted_reads_nothing_with_the_next_request(
    at: Phones, where: str, client: str
) -> None:
    ok(at["ben"]("GET", day_of(at["dora"])))
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject]}), 204)
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404
    ok(at["ada"]("PUT", f"{client}/team", {"team": []}), 204)
    ok(at["ben"]("GET", day_of(at["dora"])))
    ok(at["ada"]("PATCH", f"{where}/members/{member_of(at, where, 'ben')}", {"role": "assistant"}))
    for path in (day_of(at["dora"]), f"{where}/caseload", f"{client}/notes"):
        assert at["ben"]("GET", path).status_code in (403, 404), path


def test_the_caseload_holds_nothing_of_clients_that_are_not_open_to_me(at: Phones, where: str, client: str) -> None:
    lines = ok(at["erik"]("GET", f"{where}/caseload?last={DAY}"))["lines"]
    assert [one["adherence"] for one in lines] == [None]
    assert ok(at["dora"]("GET", "/audit?kind=read"))["items"] == []
    assert ok(at["ben"]("GET", f"{where}/caseload?last={DAY}"))["lines"][0]["adherence"]["logged"] == 1


def test_each_grant_has_a_line_of_its_own_in_the_ledger_for_a_look_at_the_caseload(
    at: Phones, where: str, client: str
) -> None:
    """Dora ends her grant and shares anew on the same day."""
    ok(at["ben"]("GET", f"{where}/caseload?last={DAY}"))
    grant = ok(at["ada"]("GET", client))["grant"]
    ok(at["dora"]("DELETE", f"/grants/{grant}"), 204)
    second = joined(at["ada"], client, at["dora"])
    ok(at["ben"]("GET", f"{where}/caseload?last={DAY}"))
    lines = ok(at["dora"]("GET", "/audit?kind=read"))["items"]
    assert [one["grant"] for one in lines] == [second, grant]


def test_a_note_bears_the_name_of_who_signed_it_whatever_it_says(
    at: Phones, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nutshell.clinics import notes

    real = notes._note

    def forged(acting: Any, text: str) -> Any:
        ada = UUID(at["ada"].subject)
        return structs.replace(real(acting, text), by=ada, by_name="Doctor Ada", clinic_name="X")

    monkeypatch.setattr(notes, "_note", forged)
    ok(at["ben"]("POST", f"{client}/notes", {"text": "x"}), 201)
    (note,) = ok(at["dora"]("GET", "/clinical-notes"))["items"]
    assert note["by"] == at["ben"].subject
    assert note["by_name"] != "Doctor Ada"
    assert note["clinic_name"] != "X"


def test_strangers_get_one_answer_for_what_is_and_what_is_not(at: Phones, where: str, client: str) -> None:
    mallory, nowhere = at["mallory"], f"/clinics/{new_id()}"
    someone = client.rpartition("/")[2]
    link = invited(at["ada"], client_of(at["ada"], where, "Other"))
    for method, path, body in (
        ("GET", "{}", None), ("GET", "{}/clients", None), ("GET", "{}/clients/" + someone, None),
        ("GET", "{}/clients/" + someone + "/notes", None), ("GET", "{}/caseload", None), ("GET", "{}/ledger", None),
        ("DELETE", "{}", None), ("DELETE", "{}/membership", None), ("PATCH", "{}", {"name": "x"}),
        ("POST", "{}/clients", {"name": "x"}), ("POST", "{}/members", {"label": "x", "role": "clinician"}),
        ("POST", "{}/clients/" + someone + "/emergencies", {"reason": REASON}),
        ("POST", "{}/clients/" + someone + "/invitations", ASKED),
    ):  # fmt: skip
        there, absent = (mallory(method, path.format(root), body) for root in (where, nowhere))
        told = [(one.status_code, one.json()["type"], one.json()["detail"]) for one in (there, absent)]
        assert told[0] == told[1], path
        assert told[0][0] == 404, path
    dead = [f"/clinic-invitations/{link.split('/')[2]}/{'A' * 43}", f"/clinic-invitations/{new_id()}/{'A' * 43}"]
    answers = [mallory("GET", path) for path in dead]
    assert {(one.status_code, one.json()["type"]) for one in answers} == {(404, "not-found")}


def test_the_holder_of_a_link_learns_what_is_asked_and_nothing_else(at: Phones, where: str, client: str) -> None:
    other = client_of(at["ada"], where, "Zoe Z.")
    link = invited(at["ada"], other)
    told = at["mallory"]("GET", link)
    assert b"Zoe" not in told.content
    assert other.rpartition("/")[2].encode() not in told.content  # the clinic's number for her
    made = ok(at["ada"]("POST", f"{where}/members", {"label": "Secret label", "role": "clinician"}), 201)
    shown = at["mallory"]("GET", path_of(made["link"]))
    assert set(shown.json()) == {"clinic", "name", "role"}
    assert at["mallory"]("GET", f"{path_of(made['link']).rpartition('/')[0]}/{'A' * 42}").status_code == 404
    assert at["mallory"]("GET", f"{where}/clients").status_code == 404


def test_a_bearer_token_reaches_nothing_of_a_clinic(at: Phones, where: str, client: str, person: Any) -> None:
    from django.test import Client as Plain

    from nutshell.accounts import actions as accounts
    from nutshell.accounts import queries

    key = at["ben"].client.defaults["HTTP_X_SESSION_TOKEN"]
    text = accounts.make_token(queries.app_session_actor(key), "phone", ("all",), None).text
    app = Plain(headers={"authorization": f"Bearer {text}"})
    for path in (where, f"{where}/clients", client, f"{client}/notes", f"{where}/caseload", day_of(at["dora"]),
                 "/clinics", "/clinical-notes"):  # fmt: skip
        assert app.get(f"/api/v1{path}").status_code in (401, 403, 404), path


def test_an_emergency_is_over_for_every_route(at: Phones, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ok(at["erik"]("POST", f"{client}/emergencies", {"reason": REASON}), 201)
    later = clock.now() + policy.EMERGENCY + timedelta(seconds=1)
    monkeypatch.setattr(policy, "clock", SimpleNamespace(now=lambda: later))
    assert statuses(at, "erik") == statuses(at, "mallory")


def test_a_former_members_place_on_a_team_opens_it_for_nobody_else(at: Phones, where: str, client: str) -> None:
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ben"].subject]}), 204)
    ok(at["ada"]("DELETE", f"{where}/members/{member_of(at, where, 'ben')}"), 204)
    for name in ("ada", "erik", "cleo", "ben"):
        assert at[name]("GET", day_of(at["dora"])).status_code in (403, 404), name
    join_as_member(at["ada"], where, at["ben"], "assistant")
    assert at["ben"]("GET", day_of(at["dora"])).status_code == 404
