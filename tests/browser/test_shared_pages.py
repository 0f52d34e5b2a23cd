"""Every page about sharing, filled: both sizes, light and dark, text twice as large. Nothing for axe to find, nothing
wider than the screen or its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.english import english_in
from tests.security.requirements.people import EGG
from tests.security.requirements.people import Person as Caller
from tests.stack import Stack

from .conftest import Open, today
from .people import DESKTOP, LOOKS, PHONE, Person
from .watching import sideways, squeezed, violations

REASON = "She called and could hardly speak, and asked what she had eaten."
ASKED = {"collections": ["diary", "targets"], "mode": "write", "emergency": True}
WORK = {one.rpartition("/")[2]: one for one in ("targets", "targets/change", "targets/macros", "report", "trends")}
"""What a professional opens of a client beside the days, by its last word."""
STUDY = {
    "title": "Eggs and mornings", "protocol": "We compare breakfasts.\nNothing else.", "contact": "Rosa, Elm Street 1",
    "nutrients": ["208", "203", "401"], "first_day": "2026-11-01", "last_day": "2026-11-30",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Ada, and the pages that she looks at."""

    ada: Caller
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def world(needs: None, stack: Stack) -> World:
    ada, bob = (Caller(stack, f"pages-{name}@example.org").agree() for name in ("ada", "bob"))
    for one in (ada, bob):
        one.browser.post("/settings/name", {"display_name": f"{one.email.split('@')[0].title()} von Fallersleben"})
    _log(ada, bob)
    _share(ada, bob, {"label": "Bob from the choir", "collections": ["diary", "notes"], "purpose": "family"})
    _share(
        bob, ada, {"label": "Ada", "collections": ["diary", "notes", "targets"], "mode": "write", "purpose": "family"}
    )
    paths = (*_sharing(bob), *_study(ada), *_clinic(ada, bob))
    return World(ada, paths)


def _told(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def _log(*people: Caller) -> None:
    for one in people:
        _told(one.app("POST", f"/diary/{today()}/entries", {"food_id": EGG, "amount": 120, "unit": "g"}))


def _share(owner: Caller, with_: Caller, terms: dict[str, Any]) -> None:
    link = _told(owner.app("POST", "/grants", terms))["link"]
    _told(with_.app("POST", link[link.index("/invited/") :].replace("/invited/", "/invitations/")))
    _told(owner.app("GET", f"/diary/{today()}"))


def _subject(one: Caller) -> str:
    return str(_told(one.app("GET", f"/diary/{today()}"))["entries"][0]["author"])


def _sharing(bob: Caller) -> tuple[str, ...]:
    theirs = f"/people/{_subject(bob)}/day/{today()}"
    link = _told(bob.app("POST", "/grants", {"label": "Somebody", "collections": ["diary"]}))["link"]
    invited = link[link.index("/invited/") :]
    return (
        "/access", "/access/share", "/access/stop", "/access/ledger", "/access/ledger?kind=read", "/people", theirs,
        f"{theirs}/nutrients", f"{theirs}/add", f"{theirs}/add?q=yogurt", f"{theirs}/note", invited,
        *(f"/people/{_subject(bob)}/{one}" for one in WORK.values()),
        "/access/tokens/new", "/settings/sealed", "/access/clinical-notes",
    )  # fmt: skip


def _study(ada: Caller) -> tuple[str, ...]:
    study = _told(ada.app("POST", "/studies", STUDY))["id"]
    _told(ada.app("POST", f"/studies/{study}/texts", {"text": "We read your days and nothing else."}))
    return ("/studies", "/studies/new", f"/studies/{study}", f"/studies/{study}/run", f"/studies/{study}/run/change",
            f"/studies/{study}/part")  # fmt: skip


def _clinic(ada: Caller, bob: Caller) -> tuple[str, ...]:
    clinic = _told(ada.app("POST", "/clinics", {"name": "Clinic for Nutrition at the Old Elm Street"}))["id"]
    where = f"/clinics/{clinic}"
    link = _told(ada.app("POST", f"{where}/members", {"label": "Bob", "role": "clinician"}))["link"]
    _told(bob.app("POST", link[link.index("/clinics/members/") :].replace("/clinics/members/", "/clinic-members/")))
    _told(ada.app("GET", where))
    client = f"{where}/clients/" + _told(ada.app("POST", f"{where}/clients", {"name": "Dora Donaudampfschiff"}))["id"]
    _told(ada.app("POST", f"{where}/clients", {"name": "Erik", "group": "Mondays"}))
    asked = _told(ada.app("POST", f"{client}/invitations", ASKED))["link"]
    join = asked[asked.index("/clinics/join/") :].replace("/clinics/join/", "/clinic-invitations/")
    _told(bob.app("POST", join, ASKED))
    _told(ada.app("POST", f"{client}/notes", {"text": "Sleeps better.\nComes back in May."}))
    _told(ada.app("PUT", f"{client}/team", {"team": [_subject(ada)]}))
    _told(bob.app("POST", f"{client}/emergencies", {"reason": REASON}))
    held = f"{where}/clients/" + _told(ada.app("POST", f"{where}/clients", {"name": "Held H."}))["id"]
    _told(ada.app("POST", f"{held}/profile"))
    again = _told(ada.app("POST", f"{held}/invitations", ASKED))["link"]
    member = _told(ada.app("POST", f"{where}/members", {"label": "Cleo", "role": "assistant"}))["link"]
    return (
        "/clinics", "/clinics/new", where, f"{where}?show=quiet", f"{where}/members", f"{where}/members/invite",
        f"{where}/ledger", f"{where}/close", f"{where}/clients/new", f"{where}/clients/table", client, held,
        f"{held}/ask", f"{client}/emergency", again[again.index("/clinics/join/") :],
        member[member.index("/clinics/members/") :],
    )  # fmt: skip


def as_ada(open_window: Open, world: World, size: dict[str, int], theme: str) -> Person:
    person = open_window(size, theme)
    person.context.add_cookies([{"name": "__Host-session", "value": world.ada.cookie, "url": person.stack.url}])
    person.watch.expected = ("Failed to load resource: the server responded with a status of 404",)
    return person


def faults(page: Page) -> list[str]:
    return [*sideways(page), *squeezed(page), *violations(page)]


@LOOKS
def test_axe_finds_nothing_on_pages_about_sharing(
    open_window: Open, world: World, size: dict[str, int], theme: str
) -> None:
    person = as_ada(open_window, world, size, theme)
    found = []
    for path in world.paths:
        answer = person.page.goto(person.stack.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert "/account/" not in person.page.url, path
        found += [f"{path}: {one}" for one in faults(person.page)]
    assert found == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_text_about_sharing_may_be_twice_as_large(open_window: Open, world: World, size: dict[str, int]) -> None:
    person = as_ada(open_window, world, size, "light")
    session = person.context.new_cdp_session(person.page)
    found = []
    for path in world.paths:
        person.go(path)
        session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
        found += [f"{path}: {one}" for one in sideways(person.page)]
    assert person.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert found == []


@pytest.fixture
def german(world: World) -> Iterator[World]:
    world.ada.browser.post("/settings", {"language": "de", "card": ["week", "water", "note"], "keys": "on"})
    yield world
    world.ada.browser.post("/settings", {"language": "en", "card": ["week", "water", "note"], "keys": "on"})


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_a_clients_targets_and_report_are_in_german_for_who_reads_german(
    open_window: Open, german: World, size: dict[str, int]
) -> None:
    person = as_ada(open_window, german, size, "light")
    found = []
    for path in (one for one in german.paths if one.startswith("/people/") and one.rpartition("/")[2] in WORK):
        page = person.go(path)
        assert page.locator("html").get_attribute("lang") == "de"
        found += [f"{path}: {one}" for one in (*faults(page), *english_in(page.content()))]
    assert found == []
