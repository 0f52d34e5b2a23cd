"""Whatever is sent to clinics is answered with a sentence and a 4xx, and leaves nothing behind."""

import csv
import io
from typing import Any

import pytest
from django.core import mail
from tests.doors.api.test_clinics_api import ASKED, client_of, clinic_of, invited, joined, path_of
from tests.doors.api.test_studies_api import DAY, Phone, ok
from tests.security.studies.test_studies_bad_input import DAYS, TEXTS, refused

from nutshell.api.clinics import ROUTES
from nutshell.clinics import policy
from nutshell.clinics.models import Clinic, Invitation
from nutshell.vault.models import Errand, Grant, InboxItem, Record, Subject
from nutshell.vault.sharing import inbox

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
WRONG: list[Any] = [*TEXTS, "\u202e", "x\ny", "x\r\nBcc: all@example.org", True, 1e308, -1, [None], {"a": {}}]
RAW = (b"", b"\0", b"{", b"\xff\xfe", b'{"name": NaN}', b"[" * 100_000, b'{"name":"a","name":"b"}', b'"x"', b"null")
VALID: dict[str, dict[str, Any]] = {
    "NameClinic": {"name": "Clinic"}, "InviteMember": {"label": "Ben", "role": "clinician", "email": "b@example.org"},
    "ChangeMember": {"role": "clinician"}, "DescribeClient": {"name": "Dora", "group": "Mondays"},
    "SetTeam": {"team": []},
    "AskClient": {"collections": ["diary"], "mode": "read", "first_day": DAY, "emergency": True,
                  "email": "d@example.org"},
    "InviteTable": {"table": "name\nDora\n", "collections": ["diary"], "mode": "read", "first_day": DAY},
    "WriteNote": {"text": "x"}, "OpenInEmergency": {"reason": "She could not speak."},
    "ReviewEmergency": {"verdict": "justified", "comment": "x"},
    "JoinClinic": {"collections": ["diary"], "mode": "read", "first_day": DAY, "last_day": DAY, "until": "2027-01-01",
                   "emergency": True, "take_over": False},
}  # fmt: skip
FREE = {"name", "label", "group", "text", "reason", "comment", "table"}
"""Fields for people's own words: what is printable there is no mistake."""

LINES = {"name", "label", "group"}


def counts() -> list[int]:
    return [kind.objects.count() for kind in (Clinic, Invitation, Grant, Errand, InboxItem, Record, Subject)]


@pytest.fixture
def place(at: Phones) -> dict[str, str]:
    """Values for every parameter of a route: a client who shares and has an emergency, a member, open invitations."""
    where = clinic_of(at["ada"], ben=(at["ben"], "clinician"), erik=(at["erik"], "clinician"))
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"], emergency=True)
    ok(at["ada"]("PUT", f"{client}/team", {"team": [at["ada"].subject, at["ben"].subject]}), 204)
    begun = ok(at["erik"]("POST", f"{client}/emergencies", {"reason": "She could not speak."}), 201)["id"]
    members = ok(at["ada"]("GET", where))["members"]
    grant = next(one["grant"] for one in members if one["subject"] == at["ben"].subject)
    link = invited(at["ada"], client_of(at["ada"], where, "Other"))
    return {
        "clinic": where.rpartition("/")[2], "client": client.rpartition("/")[2], "emergency": begun, "grant": grant,
        "invitation": link.split("/")[2], "secret": link.split("/")[3],
    }  # fmt: skip


def path_with(route: Any, values: dict[str, str]) -> str:
    path = route.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", value)
    return path


def takers() -> list[Any]:
    return [route for route in ROUTES if route.takes is not None]


def test_every_shape_is_tried() -> None:
    assert {route.takes.__name__ for route in takers()} == set(VALID)


NOTHING: dict[str, Any] = {
    "team": [], "collections": [], "email": None, "first_day": None, "last_day": None, "until": None
}  # fmt: skip
"""How a field says that there is none."""


def is_wrong(name: str, valid: Any, value: Any) -> bool:
    """Whether a field may not hold this: control signs are no mistake in a text of several lines."""
    if name not in FREE:
        is_nothing = name in NOTHING and NOTHING[name] == value and type(NOTHING[name]) is type(value)
        return not is_nothing and not (isinstance(valid, bool) and isinstance(value, bool))
    if not isinstance(value, str) or not value or len(value) > 200_000:
        return not (name == "group" and value == "")
    return "\0" in value or "\ud800" in value or (name in LINES and any(sign in value for sign in "\n\r\u202e"))


def test_no_field_takes_what_it_should_not(at: Phones, place: dict[str, str]) -> None:
    before, outbox = counts(), len(mail.outbox)
    for route in takers():
        valid = VALID[route.takes.__name__]
        for name in valid:
            for value in WRONG:
                answer = at["ada"](route.method, path_with(route, place), {**valid, name: value})
                assert answer.status_code < 500, (route.path, name, str(value)[:40], answer.content[:200])
                if is_wrong(name, valid[name], value):
                    refused(answer, (route.path, name, value))
    assert counts()[0] >= before[0]
    assert all("\n" not in one.subject and "example.org" in one.to[0] for one in mail.outbox[outbox:])


def test_what_is_no_json_is_told_so_and_changes_nothing(at: Phones, place: dict[str, str]) -> None:
    before = counts()
    for route in takers():
        for raw in RAW:
            refused(at["ada"](route.method, path_with(route, place), raw), (raw[:20], route.path))
        more = {**VALID[route.takes.__name__], "more": 1}
        refused(at["ada"](route.method, path_with(route, place), more), route.path)
    assert counts() == before


@pytest.mark.parametrize(
    "bad",
    ["x", "%00", "..", "0" * 36, "6f0e2f6e-9d0c-4f0b-8a52-6d4f4a5f8a11", "-1", "a" * 5_000, "%F0%9F%98%80", "null"],
)
def test_ids_of_nothing_are_absent_for_everybody(at: Phones, place: dict[str, str], bad: str) -> None:
    before = counts()
    for route in ROUTES:
        for name in place:
            if "{" + name + "}" not in route.path:
                continue
            path = path_with(route, {**place, name: bad})
            body = VALID[route.takes.__name__] if route.takes else None
            for who in ("ada", "mallory"):
                answer = at[who](route.method, path, body)
                assert 400 <= answer.status_code < 500, (route.method, path[:100], answer.status_code)
    assert counts() == before


def test_days_that_are_none_are_refused(at: Phones, place: dict[str, str]) -> None:
    ada, where = at["ada"], f"/clinics/{place['clinic']}"
    for day in DAYS:
        if day is not None and day not in ("0001-01-01", "9999-12-31"):
            refused(ada("POST", f"{where}/clients/{place['client']}/invitations", {**ASKED, "first_day": day}), day)
            refused(ada("GET", f"{where}/caseload?last={day}"), day)
        elif day is not None:
            asked = ada("POST", f"{where}/clients/{place['client']}/invitations", {**ASKED, "first_day": day})
            assert asked.status_code < 500
            assert ada("GET", f"{where}/caseload?last={day}").status_code < 500, day
    for name in ("first_day", "last_day", "until"):
        for day in ("0001-01-01", "9999-12-31"):
            path = f"/clinic-invitations/{place['invitation']}/{place['secret']}"
            answer = at["mallory"]("POST", path, {"collections": ["diary"], name: day, "mode": "write"})
            assert answer.status_code < 500, (name, day)


TABLES = (
    "", "\n", "name", "name\n", "email\na@example.org", "name\n" + "x\n" * 501, "name\n" + "x" * 81,
    "name,group\nx," + "g" * 41,
    "name,email\nx,no address", "name\nx\0y", 'name\n"x', "name\n" + '"' * 100_000, "\ufeff\ufeffname\nx\x1by",
    "name\n\u202ex", "name,email\nx,a@example.org\u0000", "name\n" + "x" * 190_000, "," * 190_000,
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(TABLES)))
def test_tables_that_are_none_add_nobody(at: Phones, place: dict[str, str], number: int) -> None:
    before = counts()
    where = f"/clinics/{place['clinic']}/clients/table"
    refused(at["ada"]("POST", where, {"table": TABLES[number], "collections": ["diary"]}), TABLES[number])
    assert counts() == before


def test_cells_that_a_spreadsheet_would_run_stay_texts_in_every_table_that_is_given_out(at: Phones) -> None:
    name = '=HYPERLINK("https://example.org","x")'
    where = clinic_of(at["ada"])
    ok(at["ada"]("PATCH", where, {"name": name}), 204)
    client = client_of(at["ada"], where, "@SUM(A1)")
    joined(at["ada"], client, at["dora"])
    ok(at["ada"]("GET", f"/people/{at['dora'].subject}/diary/{DAY}"))
    table = at["dora"]("GET", "/audit.csv")
    assert table.status_code == 200
    for row in csv.reader(io.StringIO(table.content.decode())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row), row


def test_a_note_of_the_greatest_length_in_any_script_is_kept_or_refused_whole(at: Phones) -> None:
    where = clinic_of(at["ada"])
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"])
    for sign in ("x", "ü", "語", "😀"):
        ok(at["ada"]("POST", f"{client}/notes", {"text": sign * 8_000}), 201)
    found = [ok(at["dora"]("GET", "/clinical-notes"))["items"] for _ in range(4)]  # a request does an errand or more
    assert len(found[-1]) == 4
    assert len(ok(at["ada"]("GET", f"{client}/notes"))["items"]) == 4


def test_a_thousand_long_notes_fit_or_are_refused_with_a_sentence(at: Phones) -> None:
    """A record has a greatest size: the chart of a client is one."""
    where = clinic_of(at["ada"])
    client = client_of(at["ada"], where)
    for number in range(40):
        answer = at["ada"]("POST", f"{client}/notes", {"text": "😀" * 8_000})
        assert answer.status_code in (201, 409, 413), (number, answer.status_code)
    assert ok(at["ada"]("GET", f"{client}/notes"))["items"]


def test_a_note_that_one_of_the_two_cannot_take_is_kept_by_neither(at: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    where = clinic_of(at["ada"])
    client = client_of(at["ada"], where)
    joined(at["ada"], client, at["dora"])
    for _ in range(inbox.MOST_UNFILED):
        ok(at["ada"]("POST", f"{client}/notes", {"text": "x"}), 201)
    assert at["ada"]("POST", f"{client}/notes", {"text": "One too many."}).status_code == 409
    monkeypatch.setattr(policy, "MOST_NOTES", inbox.MOST_UNFILED)
    for _ in range(inbox.MOST_UNFILED):  # an errand waits for the next request where one has been busy long enough
        ok(at["dora"]("GET", "/clinical-notes"))
    assert at["ada"]("POST", f"{client}/notes", {"text": "One too many."}).status_code == 409
    mine, theirs = (ok(at[who]("GET", path))["items"] for who, path in
                    (("dora", "/clinical-notes"), ("ada", f"{client}/notes")))  # fmt: skip
    assert {one["id"] for one in mine} == {one["id"] for one in theirs}
    assert "One too many." not in {one["text"] for one in mine}


@pytest.mark.parametrize("email", ["a@example.org\n", "a@example.org\r\nBcc: b@example.org", "a@ex\nample.org", "\n@b"])
def test_an_address_of_two_lines_is_none(at: Phones, place: dict[str, str], email: str) -> None:
    where = f"/clinics/{place['clinic']}"
    refused(at["ada"]("POST", f"{where}/members", {"label": "x", "role": "clinician", "email": email}), email)
    refused(at["ada"]("POST", f"{where}/clients/{place['client']}/invitations", {**ASKED, "email": email}), email)
    refused(at["dora"]("POST", "/grants", {"label": "x", "collections": ["diary"], "email": email}), email)


def test_an_invitation_of_a_member_with_another_secret_joins_nobody(at: Phones, place: dict[str, str]) -> None:
    where = f"/clinics/{place['clinic']}"
    made = ok(at["ada"]("POST", f"{where}/members", {"label": "x", "role": "clinician"}), 201)
    head = path_of(made["link"]).rpartition("/")[0]
    for secret in ("x", "A" * 42, "A" * 43, "A" * 44, "%00" * 10, "é" * 43, "A" * 10_000):
        for method in ("GET", "POST"):
            answer = at["mallory"](method, f"{head}/{secret}")
            assert answer.status_code < 500, secret
        ok(at["ada"]("GET", where))
        assert at["mallory"]("GET", f"{where}/clients").status_code in (403, 404)
