"""Who may call: tokens with scopes, sessions, strangers; consent first; leaving."""

import pytest
from tests.doors.api.conftest import Caller

from nutshell.common import clock

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "/diary/2026-11-23"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g"}


def app(someone) -> Caller:
    return Caller(**{"x-session-token": str(someone.session().session_key)})


def test_nobody_reads_without_a_credential():
    answer = Caller()("GET", DAY)
    assert answer.status_code == 401
    assert answer.json()["type"] == "signed-out"


@pytest.mark.parametrize("token", ["", "x", "nutshell_", "nutshell_" + "A" * 43, "Ä" * 10, "nutshell_" + "é" * 43])
def test_a_made_up_token_is_refused(token, db):
    answer = Caller()("GET", DAY, authorization=f"Bearer {token}".encode().decode("latin-1"))
    assert answer.status_code == 401


def test_before_consent_everything_else_is_refused(person):
    newcomer = app(person("nora"))
    answer = newcomer("GET", DAY)
    assert (answer.status_code, answer.json()["type"]) == (403, "consent-required")
    texts = newcomer("GET", "/consents").json()["items"]
    assert [text["given"] for text in texts] == [False]
    given = newcomer("POST", "/consents", {"document": texts[0]["document"], "version": texts[0]["version"]})
    assert given.json()["items"][0]["given"] is True
    assert newcomer("GET", DAY).status_code == 200


def test_a_phone_app_makes_a_token_and_uses_it(alice):
    made = app(alice)("POST", "/tokens", {"name": "Phone", "scopes": ["diary:write"]})
    assert made.status_code == 201, made.content
    phone = Caller(authorization=f"Bearer {made.json()['token']}")
    assert phone("POST", f"{DAY}/entries", EGG).status_code == 201
    assert phone("GET", DAY).status_code == 200
    assert phone("GET", "/foods?q=egg").status_code == 200


def test_a_token_reaches_its_scopes_only(alice):
    reader = Caller(authorization=f"Bearer {alice.token('diary:read')}")
    assert reader("GET", DAY).status_code == 200
    assert reader("POST", f"{DAY}/entries", EGG).status_code == 403
    assert reader("GET", "/profile").status_code == 403
    assert reader("GET", "/foods/mine").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/tokens"), ("POST", "/tokens"), ("GET", "/audit"), ("DELETE", "/account"), ("GET", "/consents")],
)
def test_what_takes_a_session_refuses_a_token(api, method, path):
    assert api(method, path, {} if method != "GET" else None).status_code == 401


def test_an_ended_token_answers_nobody(alice):
    owner = app(alice)
    made = owner("POST", "/tokens", {"name": "Phone", "scopes": ["all"]}).json()
    phone = Caller(authorization=f"Bearer {made['token']}")
    assert phone("GET", DAY).status_code == 200
    assert owner("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert phone("GET", DAY).status_code == 401
    assert owner("GET", "/tokens").json()["items"] == []


def test_charlie_reads_nothing_of_alice(alice, person):
    entry = Caller(authorization=f"Bearer {alice.token()}")("POST", f"{DAY}/entries", EGG).json()
    charlie = Caller(authorization=f"Bearer {person('charlie').consent().token()}")
    assert charlie("GET", DAY).json()["entries"] == []
    absent = charlie("PATCH", f"{DAY}/entries/00000000-0000-4000-8000-000000000001", {"amount": 1})
    others = charlie("PATCH", f"{DAY}/entries/{entry['id']}", {"amount": 1})
    assert (others.status_code, others.content) == (absent.status_code, absent.content)


def test_the_ledger_names_what_was_done_with_the_account(alice):
    owner = app(alice)
    owner("POST", "/tokens", {"name": "Phone", "scopes": ["all"]})
    kinds = [line["kind"] for line in owner("GET", "/audit").json()["items"]]
    assert "token-made" in kinds
    assert "consent-given" in kinds


def test_leaving_needs_the_password_and_leaves_nothing(alice):
    owner = app(alice)
    phone = Caller(authorization=f"Bearer {alice.token()}")
    phone("POST", f"{DAY}/entries", EGG)
    assert owner("DELETE", "/account", {"password": "not my passphrase"}).status_code == 401
    gone = owner("DELETE", "/account", {"password": "a long passphrase of alice"})
    assert gone.status_code == 200, gone.content
    assert gone.json()["rows"]["record"] >= 1
    assert phone("GET", DAY).status_code == 401
    assert owner("GET", DAY).status_code == 401


def test_a_cookie_alone_does_not_write(alice):
    browser = Caller()
    browser.client.cookies["__Host-session"] = str(alice.session().session_key)
    browser.client.handler.enforce_csrf_checks = True
    assert browser("GET", DAY).status_code == 200
    assert browser("POST", f"{DAY}/entries", EGG).status_code == 403


# ---------- a name, a zone, what holds today ----------


def test_a_display_name_is_set_read_and_taken_away(alice):
    phone = app(alice)
    assert phone("GET", "/account").json() == {"display_name": "", "email": "alice@example.org"}
    assert phone("PUT", "/account", {"display_name": " Alice "}).json()["display_name"] == "Alice"
    assert phone("GET", "/account").json()["display_name"] == "Alice"
    assert phone("PUT", "/account", {"display_name": None}).json()["display_name"] == ""


@pytest.mark.parametrize("name", ["x" * 61, "a\nb", "a\u202eb", "a\u2066b", "\u200d", "a\u0000b", "\ud800", 5, ["a"]])
def test_what_is_no_name_is_refused_by_the_api(alice, name):
    phone = app(alice)
    phone("PUT", "/account", {"display_name": "Alice"})
    refused = phone("PUT", "/account", {"display_name": name})
    assert refused.status_code == 422, refused.content
    assert set(refused.json()["fields"]) == {"display_name"}
    assert phone("GET", "/account").json()["display_name"] == "Alice"


def test_a_token_does_not_name_its_owner(api):
    assert api("GET", "/account").status_code == 401
    assert api("PUT", "/account", {"display_name": "Mallory"}).status_code == 401


def test_targets_count_from_the_persons_day_on_where_the_token_knows_it(alice):
    """East of the date line a day has begun that UTC does not have yet."""
    noon = clock.now().replace(hour=12, minute=0)
    tomorrow = (noon.weekday() + 1) % 7
    with clock.moved_to(noon):
        everything = Caller(authorization=f"Bearer {alice.token()}")
        assert everything("PUT", "/profile", {"zone": "Pacific/Kiritimati"}).json()["zone"] == "Pacific/Kiritimati"
        only_targets = Caller(authorization=f"Bearer {alice.token('targets:write')}")
        assert only_targets("PUT", "/targets", {"own_budget": 1800}).status_code == 200
        here = [{"weekdays": [tomorrow], "macros": {"mode": "grams", "protein": 111, "carbohydrate": 200, "fat": 60}}]
        kept = everything("PUT", "/targets", {"own_budget": 2000, "macros_by_weekday": here})
    protein = [aim["minimum"] for aim in kept.json()["aims"] if aim["nutrient"] == "203"]
    assert protein == [111.0], "in Kiritimati it is the next day already"


def test_a_weekday_in_two_plans_is_refused(api):
    plan = {"weekdays": [1], "macros": {"mode": "reference"}}
    refused = api("PUT", "/targets", {"macros_by_weekday": [plan, plan]})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"macros_by_weekday"})
