"""Every route by role by owner (req-11), and no route that is not listed here (req-12).

The tables below say what everybody gets. A route that is added without a row fails the last test of this file.
Roles: nobody; a newcomer, signed in before consent; Alice, whose data it is; Charlie, who has a diary of his own and
tries Alice's ids; and, at the API, tokens of Alice's with each scope there is.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from tests.security.requirements.people import APP, EGG, OATS, PASSPHRASE, Browser, Person, Phone
from tests.stack import Stack

from nutshell.accounts.scopes import SCOPES

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
SECRET = "Alicesflan"
"""Stands in everything that Alice keeps: nobody else's answer may hold it."""
LOGIN, CONSENT = "303 /account/login/", "303 /consent/health-data"

# ---------- who reaches what at the API ----------


def both(*collections: str) -> frozenset[str]:
    return frozenset({"all", *(f"{name}:{mode}" for name in collections for mode in ("read", "write"))})


def write(*collections: str) -> frozenset[str]:
    return frozenset({"all", *(f"{name}:write" for name in collections)})


READS_DIARY, READS_FOODS, READS_PROFILE = both("diary"), both("foods"), both("profile")
READS_INDEX = both("index", "diary", "notes", "foods")
READS_TARGETS = both("targets", "diary", "profile", "notes")
NO_TOKEN: frozenset[str] = frozenset()
EVERYBODY = frozenset(SCOPES)
STUDY = {
    "title": SECRET, "protocol": SECRET, "contact": SECRET, "nutrients": ["208"], "first_day": "2026-11-01",
    "last_day": "2026-11-30",
}  # fmt: skip
THEIRS = {**STUDY, "title": "Mine", "protocol": "Mine", "contact": "Me"}
AGE_KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
STUDY_DAYS = {"first_day": "2026-11-01", "last_day": "2026-11-30"}
PDF = "JVBERi0xLjcKJSVFT0YK"
APPROVAL = {"number": "12/26", "on": "2026-10-01", "document": SECRET}


class Api(NamedTuple):
    """`scopes`: the tokens that reach it. `owner`, `other`: status for Alice and for Charlie with Alice's ids."""

    scopes: frozenset[str]
    owner: int
    other: int
    body: Any = None
    newcomer: int = 403


API: dict[str, Api] = {
    "GET diary/{date}": Api(READS_DIARY, 200, 200),
    "PATCH diary/{date}": Api(write("diary"), 200, 200, {"complete": True}),
    "POST diary/{date}/entries": Api(write("diary"), 201, 201, {"food_id": EGG, "amount": 1, "unit": "g"}),
    "POST diary/{date}/entries/several": Api(
        write("diary"), 201, 201, {"entries": [{"food_id": EGG, "amount": 1, "unit": "g"}]}
    ),
    "PUT diary/{date}/order": Api(write("diary"), 200, 404, {"entries": ["{entry}"]}),
    "GET diary/{date}/note": Api(both("notes", "diary"), 200, 200),
    "PUT diary/{date}/note": Api(write("notes", "diary"), 200, 200, {"note": "Slept well"}),
    "GET diary/{date}/changes": Api(READS_DIARY, 200, 200),
    "POST diary/{date}/changes/{act}/undo": Api(write("diary"), 200, 404),
    "PATCH diary/{date}/entries/{entry}": Api(write("diary"), 200, 404, {"note": "more"}),
    "DELETE diary/{date}/entries/{entry}": Api(write("diary"), 204, 404),
    "GET trends?from=2026-11-01&to=2026-11-23&nutrients=208": Api(READS_DIARY, 200, 200),
    "GET report?from=2026-11-01&to=2026-11-23": Api(READS_DIARY, 200, 200),
    "GET report/foods?from=2026-11-01&to=2026-11-23&nutrient=208": Api(READS_DIARY, 200, 200),
    "GET foods?q=alicesflan": Api(READS_INDEX, 200, 200),
    "GET foods/mine": Api(READS_FOODS, 200, 200),
    "POST foods/mine": Api(write("foods"), 201, 201, {"name": "Bread", "nutrients": {"208": 250}}),
    "PUT foods/mine/{food}": Api(write("foods"), 200, 404, {"name": "Bread", "nutrients": {"208": 99}}),
    "DELETE foods/mine/{food}": Api(write("foods"), 204, 404),
    "GET foods/barcode/4006381333931": Api(READS_INDEX, 200, 404),
    "POST foods/mine/{food}/copies": Api(NO_TOKEN, 404, 404, {"to": "{subject}"}),  # nobody sends to themself
    "GET people/peers": Api(NO_TOKEN, 200, 200),
    "GET inbox": Api(NO_TOKEN, 200, 200),
    "POST inbox/{item}": Api(NO_TOKEN, 404, 404),
    "DELETE inbox/{item}": Api(NO_TOKEN, 404, 404),
    "GET foods/{food}": Api(READS_FOODS, 200, 404),
    "GET profile": Api(READS_PROFILE, 200, 200),
    "PUT profile": Api(write("profile"), 200, 200, {"sex": "female"}),
    "GET targets": Api(READS_TARGETS, 200, 200),
    "PUT targets": Api(write("targets"), 200, 200, {"own_budget": 1873.6}),
    "POST targets/undo": Api(write("targets"), 409, 409),
    "GET account": Api(NO_TOKEN, 200, 200, newcomer=200),
    "PUT account": Api(NO_TOKEN, 200, 200, {"display_name": "Alice"}, newcomer=200),
    "GET consents": Api(NO_TOKEN, 200, 200, newcomer=200),
    "POST consents": Api(NO_TOKEN, 200, 200, {"document": "health-data", "version": "1"}, newcomer=409),
    "DELETE consents/nothing": Api(NO_TOKEN, 404, 404, newcomer=404),
    "GET tokens": Api(NO_TOKEN, 200, 200, newcomer=200),
    "POST tokens": Api(NO_TOKEN, 201, 201, {"name": "Phone", "scopes": ["all"]}),
    "DELETE tokens/{token}": Api(NO_TOKEN, 204, 404),
    "GET account/sealed": Api(NO_TOKEN, 200, 200, newcomer=200),
    "PUT account/sealed": Api(NO_TOKEN, 422, 422, {"recovery_code": "0000", "password": "no"}),
    "DELETE account/sealed": Api(NO_TOKEN, 409, 409),
    "POST account/keys": Api(NO_TOKEN, 422, 422, {"recovery_code": 5}, newcomer=422),
    "POST account/sealed/open": Api(NO_TOKEN, 409, 409, {"recovery_code": "0000"}, newcomer=409),
    "POST account/sealed/passkeys": Api(NO_TOKEN, 409, 409, {"prf": "A" * 43}),
    "DELETE account/sealed/passkeys": Api(NO_TOKEN, 409, 409),
    "POST account/recovery-code": Api(NO_TOKEN, 201, 201),
    "PUT account/recovery-code": Api(NO_TOKEN, 409, 409, {"recovery_code": "0000"}),
    "GET account/frozen": Api(NO_TOKEN, 200, 200, newcomer=200),
    "DELETE account/removal": Api(NO_TOKEN, 404, 404, newcomer=404),  # none waits
    "POST account/removal": Api(NO_TOKEN, 404, 404, newcomer=404),
    "GET account/requests": Api(NO_TOKEN, 200, 200),
    "POST account/requests": Api(NO_TOKEN, 201, 201, {"text": "Why?"}),
    "POST account/requests/disagreement": Api(NO_TOKEN, 404, 404, {"number": 999999, "text": "No"}),
    "DELETE account/restriction": Api(NO_TOKEN, 404, 404, newcomer=404),  # nothing is restricted
    "GET account/export": Api(NO_TOKEN, 404, 404, newcomer=404),  # none was ordered
    "GET account/export/file": Api(NO_TOKEN, 404, 404, newcomer=404),
    "POST account/export": Api(NO_TOKEN, 202, 202),
    "DELETE account/export": Api(NO_TOKEN, 204, 204, newcomer=204),
    "POST account/import": Api(NO_TOKEN, 422, 422),
    "GET audit": Api(NO_TOKEN, 200, 200),
    "GET audit.csv": Api(NO_TOKEN, 200, 200),
    "GET disclosures": Api(NO_TOKEN, 200, 200),
    "GET disclosures.csv": Api(NO_TOKEN, 200, 200),
    "GET grants": Api(NO_TOKEN, 200, 200),
    "POST grants": Api(NO_TOKEN, 201, 201, {"label": "Bob", "collections": ["diary"]}),
    "GET grants/closed": Api(NO_TOKEN, 200, 200),
    "PUT grants/closed": Api(NO_TOKEN, 200, 200, {"collections": []}),
    "PUT grants/{grant}": Api(NO_TOKEN, 409, 404, {"collections": ["diary"]}),  # an offer is taken back, not changed
    "PATCH grants/{grant}": Api(NO_TOKEN, 409, 404, {"paused": True}),
    "DELETE grants/{grant}": Api(NO_TOKEN, 204, 404),
    "GET invitations/{grant}/{secret}": Api(NO_TOKEN, 200, 200),  # whoever holds the link may see what it asks
    "POST invitations/{grant}/{secret}": Api(NO_TOKEN, 409, 202),  # one's own cannot be accepted
    "DELETE invitations/{grant}/{secret}": Api(NO_TOKEN, 204, 204),  # as whoever holds the link
    "GET people": Api(NO_TOKEN, 200, 200),
    "DELETE people/grants/{grant}": Api(NO_TOKEN, 404, 404),
    "GET people/{subject}/diary/{date}": Api(NO_TOKEN, 404, 404),
    "PATCH people/{subject}/diary/{date}": Api(NO_TOKEN, 404, 404, {"complete": True}),
    "GET people/{subject}/diary/{date}/note": Api(NO_TOKEN, 404, 404),
    "PUT people/{subject}/diary/{date}/note": Api(NO_TOKEN, 404, 404, {"note": "Slept well"}),
    "POST people/{subject}/diary/{date}/entries": Api(NO_TOKEN, 404, 404, {"food_id": EGG, "amount": 1, "unit": "g"}),
    "PATCH people/{subject}/diary/{date}/entries/{entry}": Api(NO_TOKEN, 404, 404, {"note": "more"}),
    "DELETE people/{subject}/diary/{date}/entries/{entry}": Api(NO_TOKEN, 404, 404),
    "GET people/{subject}/trends?from=2026-11-01&to=2026-11-23&nutrients=208": Api(NO_TOKEN, 404, 404),
    "GET people/{subject}/report?from=2026-11-01&to=2026-11-23": Api(NO_TOKEN, 404, 404),
    "GET people/{subject}/report/foods?from=2026-11-01&to=2026-11-23&nutrient=208": Api(NO_TOKEN, 404, 404),
    "DELETE grants": Api(NO_TOKEN, 200, 200),
    "GET account/contacts": Api(NO_TOKEN, 200, 200),
    "POST account/contacts": Api(NO_TOKEN, 409, 409, {"contact": "{subject}", "days": 7}),  # neither is sealed
    "DELETE account/contacts/{contact}": Api(NO_TOKEN, 404, 404),
    "POST account/contacts/{contact}/stop": Api(NO_TOKEN, 404, 404),
    "GET contacts": Api(NO_TOKEN, 200, 200),
    "PATCH contacts/{contact}": Api(NO_TOKEN, 404, 404, {"accept": True}),
    "POST contacts/{contact}/start": Api(NO_TOKEN, 404, 404),
    "POST contacts/{contact}/code": Api(NO_TOKEN, 404, 404),
    "GET studies": Api(NO_TOKEN, 200, 200),
    "POST studies": Api(NO_TOKEN, 201, 201, THEIRS),
    "GET studies/{study}": Api(NO_TOKEN, 200, 404),  # Alice's, which is not open yet
    "PUT studies/{study}": Api(NO_TOKEN, 204, 404, STUDY),
    "PUT studies/{study}/approval": Api(NO_TOKEN, 204, 404, APPROVAL),
    "PUT studies/{study}/approval/file": Api(NO_TOKEN, 204, 404, {"file": PDF}),
    "GET studies/{study}/approval/file": Api(NO_TOKEN, 404, 404),  # there is none
    "GET studies/{study}/researchers": Api(NO_TOKEN, 200, 404),
    "POST studies/{study}/researchers": Api(NO_TOKEN, 404, 404, {"researcher": "{subject}"}),  # no peer
    "DELETE studies/{study}/researchers/{researcher}": Api(NO_TOKEN, 404, 404),  # there is no other
    "POST studies/{study}/texts": Api(NO_TOKEN, 201, 404, {"text": SECRET}),
    "PATCH studies/{study}": Api(NO_TOKEN, 422, 404, {"state": "open"}),  # there is no approval
    "PUT studies/{study}/recipient": Api(NO_TOKEN, 204, 404, {"recipient": AGE_KEY}),
    "GET studies/{study}/participants": Api(NO_TOKEN, 200, 404),
    "POST studies/{study}/messages": Api(NO_TOKEN, 404, 404, {"pseudonym": "ABCDEFGH", "text": "x"}),
    "GET studies/{study}/releases": Api(NO_TOKEN, 200, 404),
    "POST studies/{study}/releases": Api(NO_TOKEN, 409, 404),
    "GET studies/{study}/releases/{number}": Api(NO_TOKEN, 404, 404),
    "GET studies/{study}/preview?first_day=2026-11-01&last_day=2026-11-02": Api(NO_TOKEN, 200, 404),
    "GET studies/{study}/part": Api(NO_TOKEN, 404, 404),
    "POST studies/{study}/part": Api(NO_TOKEN, 409, 404, {**STUDY_DAYS, "version": 1, "terms": "0" * 64}),
    "PATCH studies/{study}/part": Api(NO_TOKEN, 404, 404, {"paused": True}),
    "DELETE studies/{study}/part": Api(NO_TOKEN, 404, 404, {"wish": "keep"}),
    "GET studies/{study}/part/copy": Api(NO_TOKEN, 404, 404),
}
REASON = "She called and could not speak."
API |= {
    "POST people/{subject}/diary/{date}/changes/{act}/undo": Api(NO_TOKEN, 404, 404),
    "GET people/{subject}/targets": Api(NO_TOKEN, 404, 404),
    "PUT people/{subject}/targets": Api(NO_TOKEN, 404, 404, {"own_budget": 1873.6}),
    "GET clinics": Api(NO_TOKEN, 200, 200),
    "POST clinics": Api(NO_TOKEN, 201, 201, {"name": "Mine"}),
    "GET clinics/{clinic}": Api(NO_TOKEN, 200, 404),
    "PATCH clinics/{clinic}": Api(NO_TOKEN, 204, 404, {"name": "Elm"}),
    "DELETE clinics/{clinic}": Api(NO_TOKEN, 204, 404),
    "POST clinics/{clinic}/members": Api(NO_TOKEN, 201, 404, {"label": SECRET, "role": "clinician"}),
    "PATCH clinics/{clinic}/members/{grant}": Api(NO_TOKEN, 404, 404, {"role": "assistant"}),  # a grant of Alice's own
    "DELETE clinics/{clinic}/members/{grant}": Api(NO_TOKEN, 404, 404),
    "DELETE clinics/{clinic}/membership": Api(NO_TOKEN, 409, 404),  # she is the last administrator
    "GET clinics/{clinic}/ledger": Api(NO_TOKEN, 200, 404),
    "GET clinic-members/{grant}/{secret}": Api(NO_TOKEN, 404, 404),  # a person's invitation is no clinic's
    "POST clinic-members/{grant}/{secret}": Api(NO_TOKEN, 404, 404),
    "DELETE clinic-members/{grant}/{secret}": Api(NO_TOKEN, 404, 404),
    "GET clinics/{clinic}/clients": Api(NO_TOKEN, 200, 404),
    "POST clinics/{clinic}/clients": Api(NO_TOKEN, 201, 404, {"name": SECRET}),
    "POST clinics/{clinic}/clients/table": Api(
        NO_TOKEN, 201, 404, {"table": f"name\n{SECRET}\n", "collections": ["diary"]}
    ),
    "GET clinics/{clinic}/clients/{client}": Api(NO_TOKEN, 200, 404),
    "PUT clinics/{clinic}/clients/{client}": Api(NO_TOKEN, 204, 404, {"name": SECRET}),
    "DELETE clinics/{clinic}/clients/{client}": Api(NO_TOKEN, 204, 404),
    "PUT clinics/{clinic}/clients/{client}/team": Api(NO_TOKEN, 204, 404, {"team": []}),
    "POST clinics/{clinic}/clients/{client}/invitations": Api(NO_TOKEN, 201, 404, {"collections": ["diary"]}),
    "GET clinics/{clinic}/clients/{client}/notes": Api(NO_TOKEN, 200, 404),
    "POST clinics/{clinic}/clients/{client}/notes": Api(NO_TOKEN, 201, 404, {"text": SECRET}),
    "POST clinics/{clinic}/clients/{client}/emergencies": Api(NO_TOKEN, 404, 404, {"reason": REASON}),  # nothing shared
    "PATCH clinics/{clinic}/clients/{client}/emergencies/{emergency}": Api(
        NO_TOKEN, 404, 404, {"verdict": "justified", "comment": "x"}
    ),
    "POST clinics/{clinic}/clients/{client}/profile": Api(NO_TOKEN, 201, 404),
    "DELETE clinics/{clinic}/clients/{client}/profile": Api(NO_TOKEN, 404, 404),  # none is kept
    "GET clinics/{clinic}/caseload": Api(NO_TOKEN, 200, 404),
    "GET clinic-invitations/{invitation}/{secret}": Api(NO_TOKEN, 200, 200),  # whoever holds the link
    "POST clinic-invitations/{invitation}/{secret}": Api(NO_TOKEN, 201, 201, {"collections": ["diary"]}),
    "DELETE clinic-invitations/{invitation}/{secret}": Api(NO_TOKEN, 204, 204),
    "GET clinical-notes": Api(NO_TOKEN, 200, 200),
}
CATALOG_FOOD = Api(READS_INDEX, 200, 200)
ENDS_AN_ACCOUNT = {"DELETE account", "DELETE consents/health-data", "PUT account/restriction"}
"""Tried by somebody of their own: it shuts their diary."""
UNKNOWN = {"GET ", "GET no/such/thing", "POST no/such/thing"}

# ---------- who reaches what at the pages ----------


class Page(NamedTuple):
    """A form is sent where one is given. `owner`, `other`: status for Alice and for Charlie with Alice's ids."""

    owner: int = 200
    other: int = 200
    form: dict[str, str] | None = None
    nobody: str = LOGIN
    newcomer: str = CONSENT


PUBLIC = Page(nobody="200", newcomer="200")
PAGES: dict[str, Page] = {
    "": Page(owner=303, other=303, nobody="200", newcomer="303 /today"),
    "privacy": PUBLIC,
    "security": PUBLIC,
    "robots.txt": PUBLIC,
    ".well-known/security.txt": Page(404, 404, nobody="404", newcomer="404"),  # no officer is named here
    "manifest.webmanifest": PUBLIC,
    "language": Page(303, 303, {"language": "en"}, nobody="303", newcomer="303"),
    "today": Page(303, 303),
    "today/add": Page(303, 303),
    "today/nutrients": Page(303, 303),
    "day/{date}": Page(),
    "day/{date}/": Page(303, 303),
    "day/{date}/add": Page(),
    "day/{date}/hits": Page(),
    "day/{date}/copy": Page(),
    "day/{date}/changes": Page(),
    "day/{date}/nutrients": Page(),
    "day/{date}/entries": Page(303, 303, {"food": OATS, "amount": "5", "unit": "g"}),
    "day/{date}/entries/{entry}": Page(200, 404),
    "day/{date}/entries/{entry} ": Page(303, 404, {"name": SECRET, "energy": "12"}),
    "day/{date}/chosen": Page(303, 404, {"entry": "{entry}", "act": "copy", "to_day": "2026-11-22"}),
    "day/{date}/order": Page(303, 404, {"entry": "{entry}"}),
    "day/{date}/several": Page(),
    "day/{date}/several ": Page(303, 303, {"act": "add", "take": OATS}),
    "day/{date}/complete": Page(303, 303, {"complete": "1"}),
    "day/{date}/water": Page(303, 303, {"add": "250"}),
    "day/{date}/note": Page(303, 303, {"note": SECRET}),
    "undo/{date}/{act}": Page(303, 404, {}),
    "trends": Page(),
    "foods": Page(),
    "foods/new": Page(),
    "foods/new ": Page(303, 303, {"name": "Bread", "n-208": "250"}),
    "foods/repeats/{repeat}/stop": Page(303, 303, {}),
    "foods/{food}": Page(200, 404),
    "foods/{food}/edit": Page(200, 404),
    "foods/{food}/edit ": Page(303, 404, {"name": SECRET, "n-208": "99"}),
    "foods/{food}/favourite": Page(303, 404, {"favourite": "1"}),
    "foods/{food}/send": Page(200, 404),
    "foods/{food}/send ": Page(404, 404, {"to": "{subject}"}),
    "foods/{food}/copy": Page(303, 404, {}),
    "you": Page(),
    "keyboard": Page(),
    "access": Page(),
    "access/share": Page(),
    "access/share ": Page(200, 200, {"label": "Bob", "collection": "diary"}),
    "access/stop": Page(),
    "access/stop ": Page(303, 303, {}),
    "access/ledger": Page(),
    "access/ledger/file": Page(),
    "access/disclosures": Page(),
    "access/disclosures/file": Page(),
    "access/closed": Page(303, 303, {}),
    "access/grants/{grant}/change": Page(303, 303),
    "access/grants/{grant}/change ": Page(303, 303, {"collection": "diary"}),
    "access/grants/{grant}/stop": Page(303, 404, {}),
    "invited/{grant}/{secret}": Page(),
    "invited/{grant}/{secret} ": Page(404, 303, {"act": "decline"}),  # declined by whoever holds the link: gone
    "people/grants/{grant}/leave": Page(404, 404, {}),
    "people/sent/{item}/take": Page(404, 404, {}),
    "people": Page(),
    "people/{subject}/day/{date}": Page(404, 404),
    "people/{subject}/day/{date}/complete": Page(404, 404, {"complete": "1"}),
    "people/{subject}/day/{date}/note": Page(404, 404),
    "people/{subject}/day/{date}/note ": Page(404, 404, {"note": SECRET}),
    "people/{subject}/day/{date}/nutrients": Page(404, 404),
    "people/{subject}/day/{date}/add": Page(404, 404),
    "people/{subject}/day/{date}/hits": Page(404, 404),
    "people/{subject}/day/{date}/entries": Page(404, 404, {"food": OATS, "amount": "5", "unit": "g"}),
    "people/{subject}/day/{date}/entries/{entry}": Page(404, 404),
    "people/{subject}/day/{date}/entries/{entry} ": Page(404, 404, {"name": SECRET, "energy": "12"}),
    "people/{subject}/day/{date}/undo/{act}": Page(404, 404, {}),
    "people/contacts/{contact}/accept": Page(404, 404, {}),
    "people/contacts/{contact}/start": Page(404, 404, {}),
    "people/contacts/{contact}/code": Page(404, 404, {}),
    "settings/sealed/contacts/{contact}/stop": Page(404, 404, {}),
    "studies": Page(),
    "studies/new": Page(),
    "studies/new ": Page(303, 303, {"title": "Mine", "protocol": "p", "contact": "c", "nutrient": "208", **STUDY_DAYS}),
    "studies/{study}": Page(200, 404),
    "studies/{study}/approval": Page(404, 404),  # there is none
    "studies/{study}/part": Page(200, 404),
    "studies/{study}/part ": Page(409, 404, {"version": "1", "terms": "0" * 64, **STUDY_DAYS}),
    "studies/{study}/part/copy": Page(404, 404),
    "studies/{study}/part/pause": Page(404, 404, {}),
    "studies/{study}/run": Page(200, 404),
    "studies/{study}/run/change": Page(200, 404),
    "studies/{study}/run/change ": Page(
        303, 404, {"title": "Mine", "protocol": "p", "contact": "c", "nutrient": "208", **STUDY_DAYS}
    ),
    "studies/{study}/run/releases": Page(200, 404),
    "studies/{study}/run/releases/1": Page(404, 404),
    "studies/{study}/run/text": Page(303, 404, {"text": SECRET}),
    "access/tokens/new": Page(),
    "access/tokens/new ": Page(200, 200, {"name": "Phone", "scope": "all"}),
    "access/tokens/{token}/stop": Page(303, 404, {}),
    "access/sessions/{session}/end": Page(303, 404, {}),
    "access/sessions/end": Page(303, 303, {}),
    "settings": Page(),
    "settings ": Page(303, 303, {"theme": "dark"}),
    "settings/profile": Page(),
    "settings/profile ": Page(303, 303, {"height": "170"}),
    "settings/targets": Page(),
    "settings/targets ": Page(303, 303, {"rate": "0"}),
    "settings/macros": Page(),
    "settings/macros ": Page(303, 303, {"0-mode": "reference"}),
    "settings/new-keys": Page(),
    "settings/new-keys ": Page(200, 200, {"act": "code"}),
    "settings/sealed": Page(),
    "settings/sealed ": Page(200, 200, {"act": "code"}),
    "unlock": Page(303, 303, newcomer="303 /today"),
    "unlock ": Page(303, 303, {"recovery_code": "0000"}, newcomer="303 /today"),
    "settings/name": Page(303, 303, {"display_name": "Alice"}),
    "settings/keys": Page(303, 303, {"keys": "on"}),
    "consent/health-data": Page(newcomer="200"),
    "consent/health-data/withdraw": Page(newcomer="404"),
    "account/close": Page(),
    "account/frozen": Page(303, 303, newcomer="303 /today"),  # nobody's account is frozen here
    "account/requests": Page(),
    "account/requests ": Page(303, 303, {"text": "Why?"}),
    "account/requests/disagree": Page(404, 404, {"number": "999999", "text": "No"}),
    "account/restrict": Page(),
    "account/export": Page(),
    "account/export ": Page(303, 303, {}),
    "account/import": Page(),
    "account/import ": Page(422, 422, {}),
    "account/receipt/AAAA": Page(404, 404, nobody="404", newcomer="404"),
    "account/receipt/AAAA/file": Page(404, 404, nobody="404", newcomer="404"),
}  # fmt: skip

PAGES |= {
    "access/clinical-notes": Page(),
    "people/{subject}/targets": Page(404, 404),
    "people/{subject}/targets/change": Page(404, 404),
    "people/{subject}/targets/change ": Page(404, 404, {"rate": "0"}),
    "people/{subject}/targets/macros": Page(404, 404),
    "people/{subject}/targets/macros ": Page(404, 404, {"0-mode": "reference"}),
    "people/{subject}/report": Page(404, 404),
    "people/{subject}/trends": Page(404, 404),
    "settings/targets/undo": Page(409, 409, {}),
    "clinics": Page(),
    "clinics/new": Page(),
    "clinics/new ": Page(303, 303, {"name": "Mine"}),
    "clinics/members/{grant}/{secret}": Page(404, 404),  # a person's invitation is no clinic's
    "clinics/members/{grant}/{secret} ": Page(404, 404, {}),
    "clinics/join/{invitation}/{secret}": Page(),
    "clinics/join/{invitation}/{secret} ": Page(404, 303, {"act": "decline"}),  # by whoever holds the link: gone
    "clinics/{clinic}": Page(200, 404),
    "clinics/{clinic}/members": Page(200, 404),
    "clinics/{clinic}/members/invite": Page(200, 404),
    "clinics/{clinic}/members/invite ": Page(200, 404, {"label": SECRET, "role": "clinician"}),
    "clinics/{clinic}/members/{grant}/end": Page(404, 404, {}),
    "clinics/{clinic}/ledger": Page(200, 404),
    "clinics/{clinic}/close": Page(200, 404),
    "clinics/{clinic}/close ": Page(303, 404, {}),
    "clinics/{clinic}/clients/new": Page(200, 404),
    "clinics/{clinic}/clients/new ": Page(303, 404, {"name": SECRET}),
    "clinics/{clinic}/clients/table": Page(200, 404),
    "clinics/{clinic}/clients/table ": Page(422, 404, {"collection": "diary"}),
    "clinics/{clinic}/clients/{client}": Page(200, 404),
    "clinics/{clinic}/clients/{client}/ask": Page(200, 404),
    "clinics/{clinic}/clients/{client}/ask ": Page(200, 404, {"collection": "diary"}),
    "clinics/{clinic}/clients/{client}/emergency": Page(200, 404),
    "clinics/{clinic}/clients/{client}/emergency ": Page(404, 404, {"reason": REASON}),
    "clinics/{clinic}/clients/{client}/note": Page(303, 404, {"text": SECRET}),
    "clinics/{clinic}/name": Page(303, 404, {"name": "Elm"}),
}

# ---------- the accounts' own pages and their API ----------

IN, OUT = "in", "out"
ACCOUNT_PAGES: dict[str, str] = {
    "account/invitation/nothing/": "404 for all",
    "account/login/": OUT,
    "account/logout/": "200 for the signed in, home for others",
    "account/inactive/": "200 for all",
    "account/signup/": OUT,
    "account/signup/passkey/": OUT,
    "account/reauthenticate/": IN,
    "account/email/": IN,
    "account/confirm-email/": "only in the middle of signing up",
    "account/password/change/": IN,
    "account/password/set/": IN,
    "account/password/reset/": "200 for all",
    "account/password/reset/done/": "200 for all",
    "account/password/reset/key/1-set-password/": "200 for all",
    "account/password/reset/key/done/": "200 for all",
    "account/login/code/confirm/": "only in the middle of signing up",
    "account/2fa/": IN,
    "account/2fa/authenticate/": "only in the middle of signing up",
    "account/2fa/reauthenticate/": IN,
    "account/2fa/totp/activate/": IN,
    "account/2fa/totp/deactivate/": IN,
    "account/2fa/recovery-codes/": IN,
    "account/2fa/recovery-codes/generate/": IN,
    "account/2fa/recovery-codes/download/": IN,
    "account/2fa/webauthn/": IN,
    "account/2fa/webauthn/add/": IN,
    "account/2fa/webauthn/reauthenticate/": IN,
    "account/2fa/webauthn/keys/1/remove/": IN,
    "account/2fa/webauthn/keys/1/edit/": IN,
    "account/2fa/webauthn/login/": "a request of a page's script",
    "account/2fa/webauthn/signup/": "only in the middle of signing up",
}
APP_API: dict[str, str] = {
    "config": "GET for all",
    "auth/session": IN,
    "auth/reauthenticate": IN,
    "auth/code/confirm": "absent",
    "auth/password/request": OUT,
    "auth/password/reset": OUT,
    "auth/login": OUT,
    "auth/signup": OUT,
    "auth/email/verify": OUT,
    "auth/email/verify/resend": OUT,
    "auth/phone/verify": "absent",
    "auth/phone/verify/resend": "absent",
    "account/password/change": IN,
    "account/email": IN,
    "account/phone": "absent",
    "auth/2fa/authenticate": OUT,
    "auth/2fa/reauthenticate": IN,
    "auth/webauthn/authenticate": OUT,
    "auth/webauthn/reauthenticate": IN,
    "auth/webauthn/login": OUT,
    "auth/webauthn/signup": OUT,
    "account/authenticators": IN,
    "account/authenticators/totp": IN,
    "account/authenticators/recovery-codes": IN,
    "account/authenticators/webauthn": IN,
    "tokens/refresh": "absent",
}

# ---------- the people ----------


@dataclass
class People:
    stack: Stack
    alice: Person
    charlie: Person
    newcomer: Person
    stranger: Browser
    nobody: Phone
    bob: Person
    tokens: dict[str, Phone] = field(default_factory=dict)


@pytest.fixture(scope="module")
def people(stack: Stack) -> People:
    everybody = meet(stack)
    everybody.tokens = {scope: everybody.alice.phone(scope) for scope in SCOPES}
    return everybody


def meet(stack: Stack) -> People:
    alice = Person(stack, "matrix-alice@example.org").agree()
    charlie = Person(stack, "matrix-charlie@example.org").agree()
    bob = Person(stack, "matrix-bob@example.org").agree()
    new = Person(stack, "matrix-new@example.org")
    everybody = People(stack, alice, charlie, new, Browser(stack), Phone(stack), bob)
    charlie.app("POST", f"/diary/{DAY}/entries", {"name": "Charlies cake", "kcal": 100})
    return everybody


class Things:
    """Alice's things, each made anew when an address names it, so that one answer does not depend on another."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._app = people.alice.app
        self._made: dict[str, str] = {}

    def filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self._one(found[1]), text)

    def _one(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = str(getattr(self, f"_{name}")())
        return self._made[name]

    def _date(self) -> str:
        return DAY

    def _entry(self) -> str:
        made = self._app("POST", f"/diary/{DAY}/entries", {"name": SECRET, "kcal": 10, "note": SECRET})
        return made.json()["id"]

    def _food(self) -> str:
        food = {"name": SECRET, "nutrients": {"208": 99}, "barcode": "4006381333931"}
        return self._app("POST", "/foods/mine", food).json()["id"]

    def _item(self) -> str:
        """Of an inbox in which nothing waits."""
        return str(uuid4())

    def _token(self) -> str:
        return self._app("POST", "/tokens", {"name": SECRET, "scopes": ["all"]}).json()["id"]

    def _subject(self) -> str:
        """Bob's, who shares with nobody."""
        return self._people.bob.app("POST", f"/diary/{DAY}/entries", {"name": SECRET, "kcal": 10}).json()["author"]

    def _grant(self) -> str:
        made = self._app("POST", "/grants", {"label": SECRET, "collections": ["notes"]}).json()  # Charlie accepts one
        self._made["secret"] = made["link"].rpartition("/")[2]
        return made["id"]

    def _number(self) -> str:
        return "1"

    def _contact(self) -> str:
        return "00000000-0000-4000-8000-000000000001"  # nobody's account is sealed here

    def _researcher(self) -> str:
        return "00000000-0000-4000-8000-000000000001"  # nobody runs it with her

    def _study(self) -> str:
        return self._app("POST", "/studies", STUDY).json()["id"]

    def _clinic(self) -> str:
        return self._app("POST", "/clinics", {"name": "Elm"}).json()["id"]

    def _client(self) -> str:
        where = f"/clinics/{self._one('clinic')}/clients"
        return self._app("POST", where, {"name": SECRET, "group": SECRET}).json()["id"]

    def _emergency(self) -> str:
        return str(uuid4())  # nobody has opened anything

    def _invitation(self) -> str:
        where = f"/clinics/{self._one('clinic')}/clients/{self._one('client')}/invitations"
        made = self._app("POST", where, {"collections": ["diary"]}).json()["link"].split("/")
        self._made["secret"] = made[-1]
        return made[-2]

    def _act(self) -> str:
        self._entry()
        page = self._people.alice.browser.get(f"/day/{DAY}/changes").text
        return re.search(rf"/undo/{DAY}/([0-9a-f-]+)", page)[1]

    def _repeat(self) -> str:
        entry = self._app("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 3, "unit": "g"}).json()["id"]
        self._people.alice.browser.post(f"/day/{DAY}/entries/{entry}", {"act": "weekly", "weekday": "0"})
        return re.findall(r"/foods/repeats/([0-9a-f-]+)/stop", self._people.alice.browser.get("/foods").text)[-1]

    def _session(self) -> str:
        Browser(self._people.stack).sign_in(self._people.alice.email)
        page = self._people.alice.browser.get("/access").text
        return re.search(r"/access/sessions/([0-9a-f-]+)/end", page)[1]


@pytest.fixture
def things(people: People) -> Things:
    return fresh(people)


def fresh(people: People) -> Things:
    """Things of their own for what comes next, at which everybody has just said who they are."""
    for person in (people.alice, people.charlie, people.bob):
        person.stay_fresh()
    return Things(people)


def check(answer: httpx.Response, wanted: int | str, who: str) -> None:
    status, _, to = str(wanted).partition(" ")
    assert answer.status_code == int(status), (who, answer.request.url, answer.status_code, answer.text[:300])
    assert answer.headers.get("location", "").startswith(to), (who, answer.headers)


def says_nothing(answer: httpx.Response, who: str) -> None:
    assert SECRET.lower() not in answer.text.lower(), (who, answer.request.url)


# ---------- the API ----------


def called(phone: Phone, route: str, things: Things, body: Any) -> httpx.Response:
    method, path = route.split(" ")
    filled = json.loads(things.filled(json.dumps(body))) if body is not None else None
    return phone(method, "/" + things.filled(path), filled)


@pytest.mark.parametrize("route", API)
def test_req_11_who_reaches_a_route_of_the_api(people: People, things: Things, route: str) -> None:
    row = API[route]
    refused = [("nobody", people.nobody, 401), ("newcomer", people.newcomer.app, row.newcomer)]
    if route != "POST consents":  # which would make a newcomer's keys
        for who, phone, status in refused:
            answer = called(phone, route, things, row.body)
            check(answer, status, who)
            says_nothing(answer, who)
    other = called(people.charlie.app, route, things, row.body)
    check(other, row.other, "Charlie")
    says_nothing(other, "Charlie")
    for scope, phone in people.tokens.items():
        status = row.owner if scope in row.scopes else 403 if row.scopes else 401
        answer = called(phone, route, Things(people) if status == row.owner else things, row.body)
        check(answer, status, f"a token for {scope}")
        if status != row.owner:
            says_nothing(answer, f"a token for {scope}")
    check(called(people.alice.app, route, Things(people), row.body), row.owner, "Alice")


def test_req_11_a_food_of_the_tables_is_read_with_the_index(people: People, things: Things) -> None:
    for scope, phone in people.tokens.items():
        check(called(phone, f"GET foods/{EGG}", things, None), 200 if scope in CATALOG_FOOD.scopes else 403, scope)
    check(called(people.nobody, f"GET foods/{EGG}", things, None), 401, "nobody")
    check(called(people.newcomer.app, f"GET foods/{EGG}", things, None), 403, "newcomer")


@pytest.mark.parametrize("route", sorted(ENDS_AN_ACCOUNT))
def test_req_11_only_a_session_of_ones_own_ends_ones_account(people: People, things: Things, route: str) -> None:
    leaving = Person(people.stack, f"matrix-{len(route)}@example.org").agree()
    body = {"password": PASSPHRASE} if route == "DELETE account" else None
    check(called(people.nobody, route, things, body), 401, "nobody")
    check(called(leaving.phone("all"), route, things, body), 401, "a token")
    assert leaving.app("GET", f"/diary/{DAY}").status_code == 200
    check(called(leaving.app, route, things, body), 204 if "consents" in route else 200, "the owner")
    assert leaving.app("GET", f"/diary/{DAY}").status_code in (401, 403)


@pytest.mark.parametrize("route", sorted(UNKNOWN))
def test_req_11_an_unknown_address_of_the_api_is_unknown_to_all(people: People, things: Things, route: str) -> None:
    for phone in (people.nobody, people.alice.app, people.tokens["all"]):
        assert called(phone, route, things, None).status_code == 404


@pytest.mark.parametrize("route", sorted({route.split(" ")[1].split("?")[0] for route in API}))
def test_req_11_a_method_that_is_not_listed_is_not_taken(people: People, things: Things, route: str) -> None:
    listed = {one.split(" ")[0] for one in (*API, *ENDS_AN_ACCOUNT) if one.split(" ")[1].split("?")[0] == route}
    listed |= {"GET"} if route == "foods/mine" else set()
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - listed:
        phone = people.tokens["all"]
        answer = phone(method, "/" + things.filled(route))
        where = "consents/nothing" if "consents/" in route else route
        assert answer.status_code == 405, (method, where, answer.status_code)


def test_the_mark_stands_in_what_alice_reads(people: People, things: Things) -> None:
    """Else its absence in the answers to others would show nothing."""
    things.filled("{entry}{food}{token}")
    routes_ = ("GET diary/{date}", "GET foods/{food}", "GET tokens", "GET foods?q=alicesflan")
    seen = [called(people.alice.app, route, things, None).text for route in routes_]
    seen += [people.alice.browser.get(things.filled(path)).text for path in ("/day/{date}", "/foods", "/access")]
    assert all(SECRET in text for text in seen), [SECRET in text for text in seen]


# ---------- the pages ----------


def visited(browser: Browser, path: str, row: Page, things: Things) -> httpx.Response:
    where = "/" + things.filled(path.strip())
    if row.form is None:
        return browser.get(where)
    return browser.post(where, {name: things.filled(text) for name, text in row.form.items()})


@pytest.mark.parametrize("path", PAGES)
def test_req_11_who_reaches_a_page(people: People, things: Things, path: str) -> None:
    row = PAGES[path]
    theirs = [
        ("nobody", people.stranger, row.nobody), ("newcomer", people.newcomer.browser, row.newcomer),
        ("Charlie", people.charlie.browser, row.other),
    ]  # fmt: skip
    for who, browser, wanted in theirs:
        answer = visited(browser, path, row, things)
        check(answer, wanted, who)
        says_nothing(answer, who)
    check(visited(people.alice.browser, path, row, things), row.owner, "Alice")


@pytest.mark.parametrize("path", sorted({path.strip() for path in PAGES}))
def test_req_11_a_bearer_token_opens_no_page(people: People, things: Things, path: str) -> None:
    with Browser(people.stack, Authorization=people.tokens["all"].http.headers["Authorization"]) as browser:
        wanted = PAGES[path] if path in PAGES else PAGES[path + " "]
        check(visited(browser, path, wanted, things), wanted.nobody, "a token")


@pytest.mark.parametrize("path", sorted({path.strip() for path in PAGES}))
def test_req_11_a_page_takes_only_its_methods(people: People, things: Things, path: str) -> None:
    rows = [PAGES[name] for name in (path, path + " ") if name in PAGES]
    listed = {"POST"} if any(row.form is not None for row in rows) else set()
    listed |= {"GET", "HEAD"} if any(row.form is None for row in rows) else set()
    if path in (
        "consent/health-data",
        "consent/health-data/withdraw",
        "account/close",
        "account/frozen",
        "account/restrict",
    ):
        listed |= {"POST"}
    browser = people.alice.browser
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - listed:
        answer = browser.http.request(method, "/" + things.filled(path), headers={"X-CSRFToken": browser.form_token()})
        assert answer.status_code == 405, (method, path, answer.status_code)


@pytest.mark.parametrize("path", sorted(path for path, row in PAGES.items() if row.form is not None))
def test_req_11_a_form_from_another_site_is_refused(people: People, things: Things, path: str) -> None:
    browser = people.charlie.browser
    where = "/" + things.filled(path.strip())
    token = {"csrfmiddlewaretoken": browser.form_token()}
    foreign = browser.http.post(
        where, data={**(PAGES[path].form or {}), **token}, headers={"Origin": "https://evil.example"}
    )
    bare = browser.http.post(where, data=PAGES[path].form or {})
    assert [foreign.status_code, bare.status_code] == [403, 403]


# ---------- under a grant ----------

GRANTED: dict[str, tuple[int, int, dict[str, str] | None]] = {
    "people/{subject}/day/{date}": (200, 200, None),
    "people/{subject}/day/{date}/complete": (404, 303, {"complete": "1"}),
    "people/{subject}/day/{date}/note": (404, 404, None),  # only the diary is shared
    "people/{subject}/day/{date}/note ": (404, 404, {"note": SECRET}),
    "people/{subject}/day/{date}/nutrients": (200, 200, None),
    "people/{subject}/day/{date}/add": (404, 200, None),
    "people/{subject}/day/{date}/hits": (404, 200, None),
    "people/{subject}/day/{date}/entries": (404, 303, {"food": OATS, "amount": "5", "unit": "g"}),
    "people/{subject}/day/{date}/entries/{entry}": (404, 200, None),
    "people/{subject}/day/{date}/entries/{entry} ": (404, 303, {"name": SECRET, "energy": "12"}),
    "people/{subject}/day/{date}/undo/{act}": (404, 404, {}),  # it is the owner's act
    "people/{subject}/targets": (404, 404, None),  # only the diary is shared
    "people/{subject}/targets/change": (404, 404, None),
    "people/{subject}/targets/change ": (404, 404, {"rate": "0"}),
    "people/{subject}/targets/macros": (404, 404, None),
    "people/{subject}/targets/macros ": (404, 404, {"0-mode": "reference"}),
    "people/{subject}/report": (200, 200, None),
    "people/{subject}/trends": (200, 200, None),
}
"""Pages of another's diary: status for whom it is shared to see, for whom it is shared to change, and the form."""


@dataclass
class Sharing:
    """Alice shares with Bob, who may look, and with Dana, who may write."""

    alice: Person
    bob: Person
    dana: Person
    places: dict[str, str] = field(default_factory=dict)

    def share(self, grantee: Person, mode: str) -> None:
        made = self.alice.app("POST", "/grants", {"label": mode, "collections": ["diary"], "mode": mode}).json()
        path = "/invitations/" + made["link"].partition("/invited/")[2]
        assert grantee.app("POST", path).status_code == 202
        assert self.alice.app("GET", f"/diary/{DAY}").status_code == 200  # her next request completes it


@pytest.fixture(scope="module")
def sharing(stack: Stack) -> Sharing:
    alice, bob, dana = (Person(stack, f"matrix-{name}@example.org").agree() for name in ("owner", "reader", "writer"))
    made = alice.app("POST", f"/diary/{DAY}/entries", {"name": SECRET, "kcal": 10}).json()
    places = {"subject": made["author"], "date": DAY, "entry": made["id"], "act": made["id"]}
    sharing = Sharing(alice, bob, dana, places)
    sharing.share(bob, "read")
    sharing.share(dana, "write")
    return sharing


@pytest.mark.parametrize("path", GRANTED)
def test_req_11_who_reaches_a_page_of_anothers_diary(people: People, sharing: Sharing, path: str) -> None:
    reader, writer, form = GRANTED[path]
    roles = [
        ("nobody", people.stranger, LOGIN), ("newcomer", people.newcomer.browser, CONSENT),
        ("Charlie", people.charlie.browser, 404), ("the owner", sharing.alice.browser, 404),
        ("the reader", sharing.bob.browser, reader), ("the writer", sharing.dana.browser, writer),
    ]  # fmt: skip
    where = "/" + path.strip().format(**sharing.places)
    for who, browser, wanted in roles:
        answer = browser.get(where) if form is None else browser.post(where, form)
        check(answer, wanted, who)
        if wanted != 200:
            says_nothing(answer, who)


def test_req_12_every_page_of_anothers_diary_is_in_that_table() -> None:
    assert {path.strip() for path in GRANTED} == {path.strip() for path in PAGES if path.startswith("people/{subject}")}


# ---------- the accounts' pages ----------


@pytest.mark.parametrize("path", ACCOUNT_PAGES)
def test_req_11_who_reaches_a_page_of_the_accounts(people: People, path: str) -> None:
    stranger = Browser(people.stack).get("/" + path)
    signed_in = people.charlie.browser.get("/" + path)
    says_nothing(signed_in, "Charlie")
    found = ACCOUNT_PAGES[path]
    assert (stranger.status_code, signed_in.status_code) in _ACCOUNT[found], (
        stranger.status_code,
        signed_in.status_code,
    )
    if found == IN:
        assert stranger.headers["location"].startswith("/account/login/"), stranger.headers
    assert people.alice.email not in stranger.text + signed_in.text


_ACCOUNT: dict[str, set[tuple[int, int]]] = {
    # Signed in, but without the factor in question: 302 to where one is made, 404 for a key that is not one's own.
    IN: {(302, 200), (302, 302), (302, 404)},
    OUT: {(200, 302), (200, 200)},
    "200 for all": {(200, 200)},
    "404 for all": {(404, 404)},
    "200 for the signed in, home for others": {(302, 200)},
    "only in the middle of signing up": {(302, 302), (200, 302)},
    "a request of a page's script": {(302, 302)},
}


@pytest.mark.parametrize("path", APP_API)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_req_11_nobody_reaches_a_persons_part_of_the_accounts_api(people: People, path: str, method: str) -> None:
    answer = people.nobody.http.request(method, f"{APP}/{path}", json={} if method != "GET" else None)
    wanted = {
        "GET for all": {200, 405}, IN: {401, 405, 409}, "absent": {404}, OUT: {200, 400, 401, 403, 405, 409, 429},
    }  # fmt: skip
    assert answer.status_code in wanted[APP_API[path]], answer.text[:300]
    if answer.status_code == 200:
        assert not answer.json().get("meta", {}).get("is_authenticated")
    says_nothing(answer, "nobody")


# ---------- nothing is missing ----------


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in patterns:
        where = before + (str(one.pattern).removeprefix("^") if before else str(one.pattern))
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, where)
        else:
            yield where, one.callback


def test_req_12_every_route_is_in_the_matrix() -> None:
    rows = {
        *(f"/api/v1/{route.split(' ')[1].split('?')[0]}" for route in (*API, *ENDS_AN_ACCOUNT, *UNKNOWN)),
        *(f"/{path.strip()}" for path in PAGES), *(f"/{path}" for path in ACCOUNT_PAGES),
        *(f"{APP}/{path}" for path in APP_API), "/healthz", "/readyz", "/api/v1/openapi.json",
    }  # fmt: skip
    blank = {"date": DAY, "food": "mine:x"}
    filled = {
        re.sub(r"\{(\w+)\}", lambda f: blank.get(f[1], "0" * 8 + "-0000-4000-8000-" + "0" * 12), row) for row in rows
    }
    resolver = get_resolver()
    reached = {resolver.resolve(path).route for path in filled}
    # These two stand behind the pattern that says that the installation has no telephone numbers and no such tokens.
    reached |= {f"api/auth/app/v1/{path}" for path, who in APP_API.items() if who == "absent"}
    every = {where for where, _ in routes(resolver.url_patterns)}
    missing = every - reached
    print(f"req-12: {len(every)} routes, {len(missing)} missing from the matrix")
    assert missing == set()


def test_req_12_every_method_of_the_api_is_in_the_matrix() -> None:
    from nutshell.api.urls import ROUTES

    listed = {re.sub(r"\?.*", "", row) for row in (*API, *ENDS_AN_ACCOUNT)}
    listed = {re.sub(r"barcode/.*", "barcode/{gtin}", row) for row in listed}
    listed = {re.sub(r"consents/.*", "consents/{document}", row) for row in listed}
    assert {f"{route.method} {route.path[1:]}" for route in ROUTES} == listed
