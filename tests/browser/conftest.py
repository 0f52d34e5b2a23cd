"""One product, one Chromium and one well-fed Alice for all tests of this folder."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser
from tests.stack import Stack

from . import chromium, days, people
from .people import Person

Open = Callable[..., Person]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs Chromium, and runs in one process so that one product and one browser do."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def today() -> date:
    return datetime.now(ZoneInfo(people.ZONE)).date()


@pytest.fixture(scope="package")
def needs() -> None:
    """Asked before the product starts: what is missing is named, and on a CI machine is a failure."""
    lacks = chromium.missing()
    if lacks and os.environ.get("CI") == "true":
        pytest.fail(f"Missing: {lacks}")
    if lacks:
        pytest.skip(f"Missing: {lacks}")


@pytest.fixture(scope="package")
def browser(needs: None, stack: Stack) -> Iterator[Browser]:
    """Ends with the last test of the folder: Django refuses its database while Playwright's event loop lives."""
    home = Path(tempfile.mkdtemp(prefix="nutshell-home-"))
    # Where a page asks for a client certificate, Playwright itself makes the connection.
    os.environ["NODE_EXTRA_CA_CERTS"] = str(stack.ca)
    with chromium.launched(chromium.trusting_home(home, stack.ca)) as one:
        yield one
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def kept() -> dict[str, Any]:
    """What outlives the browser, as the product does: a file of another folder in between ends the browser only."""
    return {}


@pytest.fixture(scope="package")
def alices_cookies(browser: Browser, stack: Stack, kept: dict[str, Any]) -> Any:
    """Alice has an account, a profile, four weeks of entries and half of today; her browser's cookies."""
    if "alice" not in kept:
        kept["alice"] = well_fed(browser, stack)
    return kept["alice"]


def well_fed(browser: Browser, stack: Stack) -> Any:
    alice = people.window(browser, stack)
    people.sign_up_with_words(alice, people.ALICE)
    people.agree(alice)
    people.tell_about_alice(alice)
    diary = days.Diary(alice, days.make_token(alice, "Kitchen scale", ["diary:write"]))
    diary.weeks(today(), 28)
    diary.half_a_day(today())
    diary.close()
    for day in (today() - timedelta(days=1), today()):
        alice.go(f"/day/{day}")  # seeing a day teaches the index what she eats
    cookies = alice.context.storage_state()
    alice.context.close()
    return cookies


@pytest.fixture
def open_window(browser: Browser, stack: Stack) -> Iterator[Open]:
    """Opens windows as `people.window` does; afterwards none of them may have had anything to complain about."""
    opened: list[Person] = []

    def open_one(size: dict[str, int] = people.PHONE, theme: str = "light", **more: Any) -> Person:
        opened.append(people.window(browser, stack, size, theme, **more))
        return opened[-1]

    yield open_one
    complaints = [complaint for person in opened for complaint in person.watch.complaints]
    for person in opened:
        person.context.close()
    assert complaints == []


@pytest.fixture
def alice(open_window: Open, alices_cookies: Any) -> Open:
    """Alice's own window, signed in."""

    def open_hers(size: dict[str, int] = people.PHONE, theme: str = "light", **more: Any) -> Person:
        return open_window(size, theme, storage_state=alices_cookies, **more)

    return open_hers
