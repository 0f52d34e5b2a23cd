# ruff: noqa: E501, RUF001 - tables, one case a line, with signs that must be told apart
"""Bad input by every field at both doors: a 4xx with a clear sentence, never a 5xx, and nothing is stored (req-38).

The fields of the API come from its route table: a new one fails `test_every_field_has_bad_values` until it is listed.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from msgspec import inspect
from tests.security.requirements.people import API, EGG, OATS, Person, Phone
from tests.stack import Stack

from nutshell.api.urls import ROUTES

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
NOBODY = "00000000-0000-4000-8000-000000000001"
MEGABYTE = "x" * 1_000_000
DEEP = "[" * 10_000 + "]" * 10_000

# ---------- bad values, as JSON texts ----------

ALWAYS = [
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, '"\\u0000"', '"a\\u0007b"', '"\\ud800"', '"\\udfff x"',
    f'"{MEGABYTE}"', DEEP, '{"a": 1}', "[[]]", '{"__proto__": {}}', "[null]", '"\\u001b[31m"', "tru", "'x'", "",
]  # fmt: skip
NOT_NUMBERS = ['"abc"', '""', '"12"', "true", "[]", '"NaN"', '"1e5"', "1e308", "-1e308"]
AMOUNT = [*NOT_NUMBERS, "0", "-0.0", "-1", "100001", "null"]
VALUE = [*NOT_NUMBERS, "-1", "-1e-9", "1000001"]
NOT_TEXTS = ["5", "true", "[]", "1.5"]
SHORT_TEXT = [*NOT_TEXTS, '""', json.dumps("n" * 201), "null"]
TIME = [*NOT_TEXTS, '"25:00"', '"12:60"', '"noon"', '""', '"-1:00"', '"24:00"', '"12:00Z"']
DATE = [
    *NOT_TEXTS,
    '"2026-02-30"',
    '"0000-00-00"',
    '"10000-01-01"',
    '"2026-13-01"',
    '"1899-12-31"',
    '"2200-01-01"',
    '""',
    '"today"',
    '"-2026-01-01"',
]
ID = [*NOT_TEXTS, '"x"', '"../../etc/passwd"', '"00000000"', '""']
CHOICE = [*NOT_TEXTS, '"x"', '""', "null", '"NONE "']
TRUTH = ['"yes"', "5", "[]", '"true"', "null", "1.0"]
BAD: dict[str, list[str]] = {
    "food_id": [*SHORT_TEXT, '"sr28:99999"', '"../../etc/passwd"', '"mine:x"', '"sr28:01123 OR 1=1"', '"SR28:01123"'],
    "amount": AMOUNT, "unit": [*SHORT_TEXT, '"stone"'], "portion_id": [*NOT_TEXTS, '""', '"999"'],
    "meal": [*SHORT_TEXT, json.dumps("m" * 41)], "time": TIME, "note": [*NOT_TEXTS, json.dumps("n" * 501), "null"],
    "recovery_code": [*SHORT_TEXT, '"0000"', '"é"'], "prf": [*SHORT_TEXT, '"AAAA"', json.dumps("A" * 44), '"!"'],
    "id": ID, "key": [*NOT_TEXTS, '""', json.dumps("k" * 201)],
    "name": SHORT_TEXT, "kcal": VALUE, "protein": VALUE, "carbs": VALUE, "fat": VALUE, "alcohol": VALUE,
    "version": ['"x"', "-1", "1.5", "true", "[]", "99999999999"], "complete": TRUTH,
    "brand": [*NOT_TEXTS, json.dumps("b" * 201), "null"], "basis": [*CHOICE, '"serving"'],
    "servings": ["5", '"x"', "{}", '[{}]', '[{"name": "a"}]', '[{"name": "", "grams": 1}]', '[{"name": "a", "grams": 0}]',
                 '[{"name": "a", "grams": -1}]', '[{"name": "a", "grams": NaN}]', '[{"name": "a", "grams": 1, "x": 1}]',
                 json.dumps([{"name": f"s{n}", "grams": 1} for n in range(200)]), "null"],
    "nutrients": ["5", "[]", '{"208": -1}', '{"208": "1"}', '{"208": NaN}', '{"208": 1e308}', '{"208": true}', '{"208": []}',
                  '{"nothing": 1}', '{"\\u0000": 1}', json.dumps({f"n{n}": 1 for n in range(500)}), "null"],
    "barcode": [*NOT_TEXTS, '"123"', '"abcdefgh"', "null"], "supplement": TRUTH, "copied_from": [*NOT_TEXTS, '"../x"'],
    "sex": [*NOT_TEXTS, '"x"', '""'], "birth_date": [*DATE, '"2999-01-01"'], "height": [*NOT_NUMBERS, "0", "-1", "29", "281"],
    "weight": [*NOT_NUMBERS, "0", "-1", "651"], "body_fat": [*NOT_NUMBERS, "0", "101", "-1"], "condition": CHOICE, "activity": CHOICE,
    "zone": [*NOT_TEXTS, '"Nowhere/Land"', '"../../etc/passwd"', '""', "null", '"/etc/localtime"'], "language": CHOICE, "energy_unit": CHOICE,
    "measures": CHOICE, "theme": CHOICE, "week_start": CHOICE,
    "meals": ["5", '"x"', "[]", '[""]', '["a", "A"]', json.dumps(["m" * 41]), json.dumps([f"m{n}" for n in range(13)]), "[5]", "null"],
    "day_start": [*NOT_TEXTS, '"25:00"', '"13:00"', '""', "null", '"noon"'], "hidden_cards": ["5", '["x"]', '["water", "water", "week", "note"]', "null"],
    "shortcuts": TRUTH, "source": CHOICE,
    "limits": ["5", '"x"', "[5]", "[{}]", '[{"nutrient": "401", "minimum": -1}]', '[{"nutrient": "401", "minimum": 5, "maximum": 1}]',
               '[{"nutrient": "nothing", "minimum": 1}]', '[{"nutrient": "401", "minimum": NaN}]', '[{"nutrient": "401", "x": 1}]', "null"],
    "macros": ["5", '"x"', "[]", '{}', '{"mode": "x"}', '{"mode": "ratio"}', '{"mode": "ratio", "protein": -1, "carbohydrate": 1, "fat": 1}',
               '{"mode": "ratio", "protein": 0, "carbohydrate": 0, "fat": 0}', '{"mode": "grams", "protein": NaN, "carbohydrate": 1, "fat": 1}', "null"],
    "formula": CHOICE, "own_bmr": [*NOT_NUMBERS, "0", "-1", "199", "6001"], "activity_factor": [*NOT_NUMBERS, "-1", "9"],
    "thermic_effect": TRUTH, "goal_weight": [*NOT_NUMBERS, "0", "651", "-1"], "rate": [*NOT_NUMBERS, "2", "-2", "null"],
    "own_budget": [*NOT_NUMBERS, "0", "299", "15001", "-1"],
    "document": [*NOT_TEXTS, '"x"', '""', '"../x"', "null"], "scopes": ["5", '"all"', "[]", '["x"]', '["diary"]', '["diary:delete"]', "[5]", "null"],
    "entries": ["5", '"x"', "[]", "[5]", "[{}]", '[{"food_id": "x"}]', '["x"]', "null"],
    "macros_by_weekday": ["5", '"x"', "[5]", "[{}]", '[{"days": [9]}]', '[{"days": [], "macros": {"mode": "x"}}]', "null"],
    "display_name": [*NOT_TEXTS, json.dumps("n" * 61), '"\\u202eevil"', '"\\u200b"'],
    "collections": ["5", '"diary"', '["x"]', '["index"]', '["nothing"]', "[5]", '["diary", 5]', json.dumps(["diary"] * 17), "null"],
    "first_day": DATE, "last_day": DATE, "label": [*NOT_TEXTS, '""', json.dumps("n" * 61), "null"], "mode": CHOICE,
    "email": [*NOT_TEXTS, '""', '"nobody"', '"a@b c"', json.dumps("a" * 250 + "@example.org")], "purpose": CHOICE, "paused": TRUTH,
    "until": [*DATE, '"2020-01-01"'], "password": [*NOT_TEXTS, '"wrong"', json.dumps("p" * 2000)], "sure": TRUTH, "ground": CHOICE, "undo_days": ['"x"', '"3"', "-1", "15", "1.5", "true", "[]", "null"],
    "accept": TRUTH, "confirmed": [*NOT_TEXTS, json.dumps("c" * 65), "null"], "contact": ID, "to": ID, "days": ['"x"', "0", "-1", "31", "1.5", "true", "[]", "null"],
    "title": [*NOT_TEXTS, '""', json.dumps("t" * 121), "null"], "protocol": [*NOT_TEXTS, '""', json.dumps("p" * 20_001), "null"],
    "kind": CHOICE,
    "text": [*NOT_TEXTS, '""', json.dumps("t" * 20_001), "null"], "number": [*NOT_TEXTS, '""', json.dumps("n" * 81), "null"], "on": DATE,
    "recipient": [*NOT_TEXTS, '""', '"age1"', '"AGE1QL3Z7HJY54PW3HYWW5AYYFG7ZQGVC7W3J2ELW8ZMRJ2KG5SFN9AQMCAC8P"', json.dumps("age1" + "q" * 58), "null"],
    "role": CHOICE, "group": [*NOT_TEXTS, json.dumps("g" * 41), "null"], "emergency": TRUTH, "take_over": TRUTH,
    "table": [*NOT_TEXTS, '""', '"x"', '"name\\n"', '"name\\n\\n"', '"group\\nMondays"', '"name,email\\nX,y"', json.dumps("name\n" + "n" * 81), "null"],
    "team": ["5", '"x"', "[5]", '["x"]', json.dumps([NOBODY]), json.dumps([NOBODY] * 51), "null"],
    "reason": [*NOT_TEXTS, '""', '"short"', json.dumps("r" * 501), "null"], "verdict": CHOICE,
    "comment": [*NOT_TEXTS, '""', json.dumps("c" * 501), "null"],
    "state": CHOICE, "pseudonym": [*NOT_TEXTS, '""', '"abcdefgh"', '"ABCDEFGHI"', "null"], "wish": CHOICE,
    "terms": [*NOT_TEXTS, '""', json.dumps("A" * 64), json.dumps("0" * 63), "null"], "researcher": ID,
    "file": [*NOT_TEXTS, '""', '"="', '"JVBERi0"', '"PGh0bWw+"', json.dumps("a" * 1_340_001), "null"],
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "LogFood": {"food_id": EGG, "amount": 1, "unit": "g"}, "QuickAdd": {"name": "Cake", "kcal": 1}, "ChangeEntry": {"amount": 5},
    "CompleteDay": {"complete": True}, "OwnFood": {"name": "Bread", "nutrients": {"208": 250}}, "Profile": {}, "TargetSettings": {},
    "GiveConsent": {"document": "health-data", "version": "1"}, "MakeToken": {"name": "Phone", "scopes": ["all"]}, "CloseAccount": {}, "WithdrawConsent": {}, "Restrict": {}, "AskOfficer": {"text": "Why?"}, "Disagree": {"number": 999999999, "text": "No"},
    "SealAccount": {"recovery_code": "0" * 32, "password": "no"}, "KeepRecoveryCode": {"recovery_code": "0" * 32}, "OpenSealed": {}, "RenewKeys": {},
    "AddPasskeyKey": {"prf": "A" * 43}, "LogMany": {"entries": [{"food_id": EGG, "amount": 1}]}, "ReorderEntries": {"entries": []},
    "DayNote": {"note": "Slept well"}, "SetName": {}, "OfferGrant": {"label": "Bob", "collections": ["diary"]},
    "ChangeGrant": {"collections": ["diary"]}, "SetPaused": {"paused": True}, "CloseCollections": {},
    "NameContact": {"contact": NOBODY, "days": 7}, "AnswerContact": {"accept": True}, "SendCopy": {"to": NOBODY},
    "WriteStudy": {"title": "T", "protocol": "P", "contact": "C", "nutrients": ["208"], "first_day": "2026-11-01", "last_day": "2026-11-30"},
    "EnterApproval": {"number": "1", "on": "2026-10-01", "document": "D"}, "WordConsent": {"text": "T"}, "SetRecipient": {"recipient": "age1" + "q" * 58},
    "SetStudyState": {"state": "open"}, "WriteMessage": {"pseudonym": "ABCDEFGH", "text": "x"}, "Withdraw": {"wish": "keep"},
    "TakePart": {"first_day": "2026-11-01", "last_day": "2026-11-30", "version": 1, "terms": "0" * 64},
    "AttachFile": {"file": "JVBERi0xLjcKJSVFT0YK"}, "NameResearcher": {"researcher": NOBODY},
    "NameClinic": {"name": "Elm"}, "InviteMember": {"label": "Ben", "role": "clinician"}, "ChangeMember": {"role": "assistant"},
    "DescribeClient": {"name": "Dora"}, "AskClient": {"collections": ["diary"]}, "SetTeam": {"team": []}, "WriteNote": {"text": "x"},
    "InviteTable": {"table": "name\nDora", "collections": ["diary"]}, "OpenInEmergency": {"reason": "She could not speak."},
    "ReviewEmergency": {"verdict": "justified", "comment": "Fine."}, "JoinClinic": {"collections": ["diary"]},
}  # fmt: skip
WELL_ELSEWHERE = {
    # An account that is not sealed needs neither.
    ("RenewKeys", "recovery_code"): [*NOT_TEXTS, json.dumps("0" * 300)], ("RenewKeys", "password"): [*NOT_TEXTS, json.dumps("p" * 2000)],
    # A value that is bad for most fields of this name and good for this one.
    ("DayNote", "note"): [*NOT_TEXTS, json.dumps("n" * 10_001), "null"],
    ("GiveConsent", "version"): ['"x"', "99", "[]", '""', "true"],
    ("LogFood", "unit"): [*NOT_TEXTS, '""', '"stone"'], ("ChangeEntry", "unit"): [*NOT_TEXTS, '""', '"stone"', "null"],
    ("WriteStudy", "contact"): [*NOT_TEXTS, '""', json.dumps("c" * 301), "null"],
    ("EnterApproval", "document"): [*NOT_TEXTS, '""', json.dumps("d" * 20_001), "null"],
    ("WriteNote", "text"): [*NOT_TEXTS, '""', json.dumps("t" * 8_001), "null"],
    ("AskOfficer", "text"): [*NOT_TEXTS, '""', '" "', json.dumps("t" * 4_001), "null"], ("Disagree", "text"): [*NOT_TEXTS, '""', json.dumps("t" * 4_001), "null"],
    ("Disagree", "number"): ['"x"', "0", "-1", "1.5", "true", "[]", "2147483648", "null"],
    ("WriteMessage", "text"): [*NOT_TEXTS, '""', json.dumps("t" * 4_001), "null"],
    ("ChangeEntry", "name"): [*SHORT_TEXT, '"Other"'], ("ChangeEntry", "portion_id"): [*NOT_TEXTS, '"999"'],
}  # fmt: skip


def taken() -> list[tuple[Any, Any]]:
    """Every route that takes a body, with each type that it takes."""
    pairs = [(route, kind) for route in ROUTES for kind in _several(route.takes)]
    return [(route, kind) for route, kind in pairs if kind is not None]


def _several(takes: Any) -> tuple[Any, ...]:
    return takes if isinstance(takes, tuple) else (takes,)


def fields_of(kind: Any) -> list[str]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return [field.name for field in info.fields]


CASES = [(route, kind, name) for route, kind in taken() for name in fields_of(kind)]

# ---------- Alice, and everything she keeps ----------


PLACES = (
    f"/diary/{DAY}",
    "/diary/2026-11-22",
    "/profile",
    "/targets",
    "/foods/mine",
    "/tokens",
    "/consents",
    "/grants",
    "/account",
    "/studies",
    "/clinics",
)


class Kept:
    """Alice with things in her diary; `state` is every byte of what the API tells of them."""

    def __init__(self, stack: Stack) -> None:
        self.person = Person(stack, "bad-input@example.org").agree()
        self.other = Person(stack, "bad-input-other@example.org").agree()
        self.app, self.phone = self.person.app, self.person.phone()
        egg = {"food_id": EGG, "amount": 50, "unit": "g"}
        self.entry = self.phone("POST", f"/diary/{DAY}/entries", egg).json()["id"]
        self.quick = self.phone("POST", f"/diary/{DAY}/entries", {"name": "Tea", "kcal": 2}).json()["id"]
        self.food = self.phone("POST", "/foods/mine", {"name": "Bread", "nutrients": {"208": 250}}).json()["id"]
        self.grant = self.app("POST", "/grants", {"label": "Bob", "collections": ["diary"]}).json()["id"]
        study = {
            "title": "T",
            "protocol": "P",
            "contact": "C",
            "nutrients": ["208"],
            "first_day": "2026-11-01",
            "last_day": "2026-11-30",
        }
        self.study = self.app("POST", "/studies", study).json()["id"]
        self.clinic = self.app("POST", "/clinics", {"name": "Elm"}).json()["id"]
        clients = f"/clinics/{self.clinic}/clients"
        self.client = self.app("POST", clients, {"name": "Dora"}).json()["id"]
        asked = self.app("POST", f"{clients}/{self.client}/invitations", {"collections": ["diary"]}).json()["link"]
        self.invitation, self.secret = asked.split("/")[-2:]
        self.subject = self.app("GET", f"/diary/{DAY}").json()["entries"][0]["author"]
        theirs = self.other.app
        self.theirs = theirs("POST", f"/diary/{DAY}/entries", egg).json()["id"]
        self.their_food = theirs("POST", "/foods/mine", {"name": "Skyr", "nutrients": {"208": 60}}).json()["id"]
        self.before = self.state()

    def state(self) -> list[bytes]:
        found = [self.app("GET", place) for place in (*PLACES, *self.more())]
        assert {one.status_code for one in found} == {200}
        return [_without_last_use(one.content) for one in found]

    def more(self) -> list[str]:
        return [f"/clinics/{self.clinic}", f"/clinics/{self.clinic}/clients"]

    def path_of(self, route: Any, kind: Any) -> str:
        entry = self.entry if kind is None or kind.__name__ == "ChangeEntry" else self.quick
        there = {"{date}": DAY, "{entry}": entry, "{food}": self.food, "{document}": "health-data", "{token}": "x"}
        there |= {"{grant}": self.grant, "{subject}": self.subject, "{study}": self.study, "{contact}": NOBODY}
        there |= {"{clinic}": self.clinic, "{client}": self.client, "{emergency}": NOBODY}
        there |= {"{invitation}": self.invitation, "{secret}": self.secret}
        return re.sub(r"\{\w+\}", lambda name: there[name[0]], route.path)

    def check_unchanged(self) -> None:
        """Goes on from what is there now, so that one failure is told once."""
        before, self.before = self.before, self.state()
        changed = [
            name for name, was, now in zip((*PLACES, *self.more()), before, self.before, strict=True) if was != now
        ]
        assert changed == []


def _without_last_use(content: bytes) -> bytes:
    return re.sub(rb'"last_used":[^,}]*', b"", content)


@pytest.fixture(scope="module")
def all_kept(stack: Stack) -> Kept:
    return Kept(stack)


@pytest.fixture
def kept(all_kept: Kept) -> Kept:
    all_kept.person.stay_fresh()
    return all_kept


def check_problem(answer: httpx.Response, about: object) -> None:
    shown = (str(about)[:200], answer.status_code, answer.text[:300])
    assert 400 <= answer.status_code < 500, shown
    assert answer.headers["content-type"] == "application/problem+json", shown
    problem = answer.json()
    assert problem["status"] == answer.status_code, shown
    sentences = [problem["detail"], *problem.get("fields", {}).values()]
    assert all(re.fullmatch(r"[A-Z][^\n]{4,300}[.:]", sentence) for sentence in sentences), shown
    assert "Traceback" not in answer.text
    assert len(answer.content) < 8_000, shown


# ---------- the API ----------


def test_every_field_has_bad_values() -> None:
    assert {name for _, _, name in CASES} == set(BAD)
    assert {kind.__name__ for _, kind in taken()} == set(BODIES)


@pytest.mark.parametrize(
    ("route", "kind", "name"), CASES, ids=lambda one: getattr(one, "path", getattr(one, "__name__", one))
)
def test_req_38_a_bad_value_in_any_field_of_the_api_is_told_and_not_stored(
    kept: Kept, route: Any, kind: Any, name: str
) -> None:
    values = [*ALWAYS, *WELL_ELSEWHERE.get((kind.__name__, name), BAD[name])]
    others = {key: json.dumps(value) for key, value in BODIES[kind.__name__].items() if key != name}
    wrong: list[object] = []
    for value in values:
        body = "{" + ", ".join(f'"{key}": {text}' for key, text in {**others, name: value}.items()) + "}"
        answer = kept.app(route.method, kept.path_of(route, kind), body.encode())
        try:
            check_problem(answer, f"{name}: {value[:60]}")
        except AssertionError as error:
            wrong.append(error.args[0])
    assert wrong == []
    kept.check_unchanged()


WHOLE_BODIES: dict[str, bytes] = {
    "nothing": b"", "no object": b"[]", "a number": b"5", "a text": b'"x"', "null": b"null", "deep lists": DEEP.encode(),
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "not UTF-8": b'{"name": "\xff\xfe"}', "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "cut off": b'{"name": "x', "twice": b'{"name": "a", "name": "b", "kcal": 1}', "many fields": json.dumps({f"f{n}": n for n in range(20_000)}).encode(),
    "unknown field": b'{"name": "a", "kcal": 1, "is_admin": true}', "two megabytes": b'{"name": "' + b"x" * 2_500_000 + b'"}',
    "NUL bytes": b"\0" * 1000, "a form": b"name=Cake&kcal=1", "XML": b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
    "trailing": b'{"name": "a", "kcal": 1} x', "a BOM": b'\xef\xbb\xbf{"name": "a", "kcal": 1}', "long key": b'{"' + b"k" * 900_000 + b'": 1}',
    "long number": b'{"kcal": ' + b"9" * 900_000 + b"}", "comment": b'{"name": "a" /* */}', "surrogate key": b'{"\\ud800": 1}',
}  # fmt: skip


@pytest.mark.parametrize("what", WHOLE_BODIES)
def test_req_38_a_body_that_cannot_be_read_is_told_at_every_route(kept: Kept, what: str) -> None:
    for route, kind in taken():
        if what == "nothing" and kind.__name__ in ("CloseAccount", "WithdrawConsent", "Restrict"):
            continue  # after a fresh proof of who it is, nothing more need be said
        check_problem(kept.app(route.method, kept.path_of(route, kind), WHOLE_BODIES[what]), (what, route.path))
    kept.check_unchanged()


BAD_DATES = ["2026-02-30", "0000-00-00", "10000-01-01", "2026-1-1", "1899-12-31", "2200-01-01", "today", "%00", "..%2f..%2fetc", "２０２６-11-23",
             "2026-11-23T00:00", "-1", "x" * 3000, "2026-11-23%0a", "2026-11-23%20"]  # fmt: skip
BAD_IDS = [
    "x",
    "%00",
    "..%2F..%2Fetc%2Fpasswd",
    "00000000-0000-4000-8000-000000000000",
    "' OR 1=1 --",
    "0" * 3000,
    "%ff%fe",
    "mine:x",
    "%F0%9F%8D%8E",
]


def test_req_38_days_and_ids_of_addresses_that_are_none_are_told(kept: Kept) -> None:
    for date in BAD_DATES:
        for method, path, body in (("GET", "", None), ("PATCH", "", {"complete": True}), ("POST", "/entries", BODIES["QuickAdd"]),
                                   ("DELETE", f"/entries/{kept.entry}", None)):  # fmt: skip
            check_problem(kept.app(method, f"/diary/{date}{path}", body), (method, date))
    for id_ in [*BAD_IDS, kept.theirs]:
        check_problem(kept.app("PATCH", f"/diary/{DAY}/entries/{id_}", {"amount": 1}), id_)
        check_problem(kept.app("DELETE", f"/diary/{DAY}/entries/{id_}"), id_)
    for id_ in [*BAD_IDS, kept.their_food, kept.theirs]:
        check_problem(kept.app("GET", f"/foods/{id_}"), id_)
        check_problem(kept.app("PUT", f"/foods/mine/{id_}", BODIES["OwnFood"]), id_)
        check_problem(kept.app("DELETE", f"/foods/mine/{id_}"), id_)
        check_problem(kept.app("GET", f"/foods/barcode/{id_}"), id_)
        check_problem(kept.app("DELETE", f"/tokens/{id_}"), id_)
        check_problem(kept.app("DELETE", f"/consents/{id_}"), id_)
    kept.check_unchanged()


BAD_QUERIES = [
    "foods?q=" + "x" * 201, "foods?q=a%00b", "foods?limit=0", "foods?limit=-1", "foods?limit=51", "foods?limit=x", "foods?limit=1e9",
    "foods?q=a&x=1", "trends", "trends?from=x&to=y&nutrients=208", "trends?from=2026-11-23&to=2026-11-01&nutrients=208",
    "trends?from=1900-01-01&to=2199-12-31&nutrients=208", "trends?from=2026-11-01&to=2026-11-23&nutrients=nothing",
    "trends?from=2026-11-01&to=2026-11-23&nutrients=" + ",".join(str(n) for n in range(200, 211)),
    "trends?from=2026-02-30&to=2026-11-23&nutrients=208", "trends?from=2026-11-01&to=2026-11-23&nutrients=%00",
    "report", "report?from=x&to=2026-11-23", "report?from=2026-11-23&to=2026-11-01", "report?from=2020-01-01&to=2026-11-23",
    "report?from=2026-11-01&to=2026-11-23&complete=perhaps", "report?from=2026-11-01&to=2026-11-23&x=1",
    "report/foods?from=2026-11-01&to=2026-11-23", "report/foods?from=2026-11-01&to=2026-11-23&nutrient=nothing",
    "report/foods?from=2020-01-01&to=2026-11-23&nutrient=208", "report/foods?from=2026-11-01&to=2026-11-23&nutrient=%00",
    "report/foods?from=2026-11-01&to=2026-11-23&nutrient=208&limit=0",
    "foods?" + "&".join(f"a{n}=1" for n in range(500)),
]  # fmt: skip


@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: query[:40])
def test_req_38_a_bad_query_is_told(kept: Kept, query: str) -> None:
    check_problem(kept.phone("GET", f"/{query}"), query)


def test_req_38_bad_headers_are_told(kept: Kept) -> None:
    quick = BODIES["QuickAdd"]
    for key in ("", "k" * 201, "\x80ä".encode("latin-1").decode("latin-1"), "a\tb"):
        answer = kept.phone.http.post(
            f"{API}/diary/{DAY}/entries", json=quick, headers=[(b"Idempotency-Key", key.encode("latin-1"))]
        )
        check_problem(answer, key)
    for match in ('"x"', "1e9", '"99999999999999"', "-1", '"1", "2"', "%00", '""'):
        check_problem(kept.phone("PATCH", f"/diary/{DAY}", {"complete": True}, **{"If-Match": match}), match)
        check_problem(
            kept.phone("PATCH", f"/diary/{DAY}/entries/{kept.entry}", {"amount": 1}, **{"If-Match": match}), match
        )
    kept.check_unchanged()


def test_req_38_what_is_too_long_for_the_front_is_refused_by_it(kept: Kept) -> None:
    answers = [
        kept.phone("GET", "/foods?q=" + "x" * 60_000), kept.phone("GET", "/foods", **{"X-Long": "x" * 2_000_000}),
        kept.phone("GET", "/" + "a/" * 30_000),
    ]  # fmt: skip
    assert all(400 <= one.status_code < 500 for one in answers), [one.status_code for one in answers]
    with kept.person.browser.http.stream("GET", "/day/" + "x" * 60_000) as answer:
        assert 400 <= answer.status_code < 500


# ---------- the pages ----------

TEXT = ["a\0b", "a\x07b", "\x1b[31m", MEGABYTE]
FORM_NUMBER = [
    "nan",
    "NaN",
    "inf",
    "Infinity",
    "-inf",
    "1e308",
    "1e400",
    "abc",
    "1/0",
    "9" * 400,
    "٣",
    "0x10",
    "1_0",
    "1,500",
    "\0",
    "1 2 3",
    "--1",
]
FORM_AMOUNT = [*FORM_NUMBER, "0", "-0.0", "-1", "", "100001"]
FORM_VALUE = [*FORM_NUMBER, "-1", "1000001"]
FORM_TIME = ["25:00", "12:60", "noon", "-1:00", "12", "12:0\0"]
FORM_DATE = ["2026-02-30", "0000-00-00", "10000-01-01", "1899-12-31", "2200-01-01", "x", "2026-11-23T00:00", "\0"]
FORM_ID = ["x", "../../etc/passwd", "\0", "00000000-0000-4000-8000-000000000000", "' OR 1=1 --"]
FOOD_FORM = {"name": "Cake", "n-208": "250"}
LOG_FORM = {"food": OATS, "amount": "5", "unit": "g"}
QUICK_FORM = {"name": "Cake", "energy": "5"}

FORMS: list[tuple[str, dict[str, str], dict[str, list[str]]]] = [
    (f"/day/{DAY}/entries", LOG_FORM, {
        "food": ["", "x", "sr28:99999", "mine:x", "../../etc/passwd", "a\0b", MEGABYTE, "{their_food}"], "amount": FORM_AMOUNT,
        "unit": ["999", "stone", "a\0b", MEGABYTE], "meal": [*TEXT, "m" * 41], "time": FORM_TIME, "note": [*TEXT, "n" * 501],
        "once": ["k" * 201, "a\0b"], "pick": ["x", "||", f"{EGG}|nan|g", f"{EGG}|-1|g", f"{EGG}|1|99", f"{EGG}|1e999|g", "repeat|x", "a" * 5000, "\0"]}),
    (f"/day/{DAY}/entries", QUICK_FORM, {
        "name": ["", *TEXT, "n" * 201], "energy": FORM_VALUE, "protein": FORM_VALUE, "carb": FORM_VALUE, "fat": FORM_VALUE, "alcohol": FORM_VALUE,
        "meal": [*TEXT, "m" * 41], "time": FORM_TIME, "note": [*TEXT, "n" * 501], "once": ["k" * 201, "a\0b"]}),
    (f"/day/{DAY}/note", {"note": "x"}, {"note": [*TEXT, "n" * 10_001], "version": ["x", "-1", "1.5", "9" * 30]}),
    (f"/day/{DAY}/water", {"add": "5"}, {"add": [*FORM_NUMBER, "0", "-1", "", "10001"], "time": FORM_TIME}),
    (f"/day/{DAY}/complete", {}, {"complete": ["x", "\0", "2", MEGABYTE]}),
    (f"/day/{DAY}/chosen", {"entry": "{entry}", "act": "copy", "to_day": "2026-11-22"}, {
        "entry": [*FORM_ID, "{theirs}"], "to_day": FORM_DATE, "to_meal": ["m" * 41, "a\0b"], "act": ["x", "\0"]}),
    (f"/day/{DAY}/entries/{{entry}}", {"amount": "50", "unit": "g"}, {
        "amount": [one for one in FORM_AMOUNT if one], "unit": ["999", "a\0b"], "meal": [*TEXT, "m" * 41], "time": FORM_TIME, "note": [*TEXT, "n" * 501],
        "version": ["x", "-1", "9" * 30], "name": ["Other", "a\0b"]}),
    (f"/day/{DAY}/entries/{{theirs}}", {"amount": "51", "unit": "g"}, {"amount": ["52"]}),
    ("/foods/new", FOOD_FORM, {
        "name": ["", *TEXT, "n" * 201], "brand": [*TEXT, "b" * 201], "barcode": ["x", "123", "\0"], "n-208": FORM_VALUE, "n-401": FORM_VALUE,
        "basis": ["7", "x", "\0", "1"], "copied_from": ["../x", "\0"], "id": ["x", "\0"], "once": ["k" * 201, "a\0b"]}),
    ("/foods/new", {**FOOD_FORM, "unit_name": "tub", "unit_grams": "150"}, {"unit_name": ["", *TEXT, "n" * 201], "unit_grams": FORM_AMOUNT}),
    ("/foods/{food}/edit", {"name": "Bread", "n-208": "1"}, {"name": ["", "a\0b", "n" * 201], "n-208": FORM_VALUE, "version": ["99"]}),
    ("/foods/{their_food}/edit", FOOD_FORM, {"name": ["Mine"]}),
    ("/foods/{food}/favourite", {"favourite": "1"}, {"favourite": ["", "x", "\0"]}),
    ("/settings/profile", {}, {
        "sex": ["x", "\0"], "birth_date": [*FORM_DATE, "2999-01-01"], "height": [*FORM_NUMBER, "0", "-1", "281"], "weight": [*FORM_NUMBER, "0", "-1", "651"],
        "body_fat": [*FORM_NUMBER, "0", "101"], "condition": ["x", "\0"], "activity": ["x", "\0"]}),
    ("/settings/targets", {}, {
        "source": ["x"], "formula": ["x", "own"], "own_bmr": [*FORM_NUMBER, "0", "-1", "6001"], "activity_factor": [*FORM_NUMBER, "-1", "9"],
        "goal_weight": [*FORM_NUMBER, "0", "651"], "rate": [*FORM_NUMBER, "2", "-2"], "own_budget": [*FORM_NUMBER, "0", "299", "15001"],
        "thermic_effect": ["x"], "min-401": FORM_VALUE, "max-401": FORM_VALUE}),
    ("/settings", {}, {
        "language": ["x", "xx", "\0"], "theme": ["x", "\0"], "energy_unit": ["x"], "measures": ["x"], "zone": ["Nowhere/Land", "../etc/passwd", "\0"],
        "week_start": ["x"], "meals": ["", "A\na", "m" * 41, "\n".join(f"m{n}" for n in range(13)), "a\0b", MEGABYTE], "day_start": ["13:00", "25:00", "x", "\0"]}),
    ("/access/tokens/new", {"name": "Phone", "scope": "all"}, {
        "name": ["", "a\0b", "n" * 101, MEGABYTE], "scope": ["", "x", "diary", "diary:delete", "\0"], "until": [*FORM_DATE, "2020-01-01"]}),
    ("/account/close", {}, {"sure": ["", "0", "x", "\0", MEGABYTE], "password": ["a\0b", "p" * 2000]}),
]  # fmt: skip
FORM_CASES = [(path, form, name, values) for path, form, fields in FORMS for name, values in fields.items()]


@pytest.mark.parametrize(
    ("path", "form", "name", "values"), FORM_CASES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_req_38_a_bad_value_in_any_field_of_a_page_is_told_and_not_stored(
    kept: Kept, path: str, form: dict[str, str], name: str, values: list[str]
) -> None:
    fill = _filler(kept)
    wrong = []
    for value in values:
        sent = {key: fill(text) for key, text in {**form, name: value}.items()}
        answer = kept.person.browser.post(fill(path), sent)
        try:
            check_page(answer, f"{name}={value[:40]!r}")
        except AssertionError as error:
            wrong.append(error.args[0])
    assert wrong == []
    kept.check_unchanged()


def _filler(kept: Kept) -> Callable[[str], str]:
    there = {"entry": kept.entry, "food": kept.food, "theirs": kept.theirs, "their_food": kept.their_food}
    return lambda text: re.sub(r"\{(entry|food|theirs|their_food)\}", lambda name: there[name[1]], text)


def check_page(answer: httpx.Response, about: str) -> None:
    words = " ".join(re.sub(r"(?s)<(script|style|svg|option).*?</\1>|<[^>]+>", " ", answer.text).split())
    assert 400 <= answer.status_code < 500, (about, answer.status_code, words[:200])
    assert re.search(r'class="[^"]*error[^"]*"|role="alert"|<h1', answer.text), (about, words[:300])
    assert re.search(r"[A-Z][a-z' ,]+[^.]{3,}\.", words), (about, words[:300])


FORM_BYTES: dict[str, bytes] = {
    "percent of no UTF-8": b"name=%ff%fe&energy=10", "a lone surrogate": b"name=a%ED%A0%80b&energy=10",
    "percents": b"%%%", "zeros": b"\0" * 100, "thousands of fields": b"amount=1&" * 5000, "JSON": b'{"name": "Cake", "energy": 5}',
}  # fmt: skip


@pytest.mark.parametrize("what", FORM_BYTES)
def test_req_38_bytes_that_are_no_form_are_told(kept: Kept, what: str) -> None:
    browser = kept.person.browser
    headers = {"X-CSRFToken": browser.form_token(), "Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.http.post(f"/day/{DAY}/entries", content=FORM_BYTES[what], headers=headers)
    check_page(answer, what)
    kept.check_unchanged()


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json",
        "text/plain",
        "application/xml",
        "x/\xff",
    ],
)
def test_req_38_a_content_type_that_is_no_form_is_told(kept: Kept, kind: str) -> None:
    browser = kept.person.browser
    content = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nabc'
    headers = [(b"X-CSRFToken", browser.form_token().encode()), (b"Content-Type", kind.encode("latin-1"))]
    check_page(browser.http.post(f"/day/{DAY}/entries", content=content, headers=headers), kind)
    kept.check_unchanged()


BAD_PAGES = [
    "/day/2026-02-30", "/day/0000-00-00", "/day/10000-01-01", "/day/..%2f..%2fetc", "/day/2026-11-23%00", "/foods/%00", "/foods/..%2f..%2fetc%2fpasswd",
    "/foods/mine:x", "/foods/sr28:99999", "/consent/nothing", "/account/receipt/%ff", "/account/receipt/" + "A" * 3000, "/undo/2026-11-23/x",
    "/day/2026-11-23/entries/x", "/static/..%2f..%2fkeys.sqlite3", "/static/%2e%2e/%2e%2e/kms.key", "/..%2frecords.sqlite3", "/.git/config",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PAGES, ids=lambda path: path[:40])
def test_req_38_an_address_that_is_none_is_told(kept: Kept, path: str) -> None:
    answer = kept.person.browser.get(path)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert b"SQLite" not in answer.content


ACCOUNT_FORMS = [
    ("/account/login/", {"login": "a@example.org", "password": "x"}), ("/account/signup/", {"email": "a@example.org", "password1": "x"}),
    ("/account/password/reset/", {"email": "a@example.org"}), ("/account/reauthenticate/", {"password": "x"}), ("/account/confirm-email/", {"code": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form"), ACCOUNT_FORMS, ids=lambda one: one if isinstance(one, str) else "")
def test_req_38_the_accounts_forms_take_no_rubbish(kept: Kept, path: str, form: dict[str, str]) -> None:
    for name in form:
        for value in (
            "",
            "a\0b@example.org",
            "\x1b",
            "x" * 500_000,
            "a@b@c",
            "\u202e@example.org",
            "a" * 300 + "@example.org",
        ):
            answer = kept.person.browser.post(path, {**form, name: value})
            assert answer.status_code < 500, (path, name, value[:20], answer.status_code)
    kept.check_unchanged()


@pytest.mark.parametrize(
    "body",
    [b"[]", b"5", b"{", DEEP.encode(), b'{"email": {"a": 1}}', b'{"email": "\\u0000@x"}', b"\xff", b'{"password": 5}'],
    ids=str,
)
def test_req_38_the_accounts_api_takes_no_rubbish(kept: Kept, body: bytes) -> None:
    nobody = Phone(kept.person.stack, **{"Content-Type": "application/json"})
    for path in (
        "auth/login",
        "auth/signup",
        "auth/password/request",
        "auth/password/reset",
        "auth/email/verify",
        "auth/2fa/authenticate",
    ):
        answer = nobody.http.post(f"/api/auth/app/v1/{path}", content=body)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
