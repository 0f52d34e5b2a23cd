"""The operators' console in Chromium, with the certificate: a phone and a desk, light and dark, English and German."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext
from tests.console import Operator
from tests.english import english_in
from tests.security.requirements.people import Person
from tests.stack import Stack
from tests.tiers.test_life import eventually

from nutshell.activity.types import week_of
from nutshell.common import clock

from .people import DESKTOP, PHONE
from .watching import Watch, sideways, squeezed, violations

LAST_WEEK = week_of(clock.now() - timedelta(days=7, hours=1))
PAGES = ("/sign-in", "/", "/accounts", "/incidents", "/incidents?number=1", "/requests", "/requests?number=1",
         "/activity", f"/activity?week={LAST_WEEK}")  # fmt: skip
LOOKS = [(PHONE, "light", "en-GB"), (DESKTOP, "dark", "en-GB"), (PHONE, "dark", "de-CH")]


@pytest.fixture(scope="module")
def petra(stack: Stack) -> Iterator[Operator]:
    operator = Operator(stack, "petra").sign_in()
    stack.command("incident", "declare", "Server 7, 14:02.")
    asker = Person(stack, "asks.petra@example.org").agree()
    asker.browser.post("/account/requests", {"kind": "amendment", "text": "1970"})
    assert eventually(lambda: LAST_WEEK in operator.get("/activity").text, 60)
    yield operator
    stack.command("admin", "remove", "petra")


def opened(browser: Browser, petra: Operator, size: dict[str, int], theme: str, locale: str) -> BrowserContext:
    shown = {"origin": petra.url, "certPath": str(petra.pem), "keyPath": str(petra.pem)}
    context = browser.new_context(
        base_url=petra.url, viewport=size, color_scheme=theme, locale=locale, client_certificates=[shown]
    )
    session = {"name": "__Host-operator", "value": petra.http.cookies["__Host-operator"], "url": petra.url}
    context.add_cookies([{**session, "secure": True}])
    return context


def test_axe_finds_nothing_at_the_console_and_nothing_is_wider_than_the_screen(
    browser: Browser, petra: Operator
) -> None:
    found = []
    for size, theme, locale in LOOKS:
        context = opened(browser, petra, size, theme, locale)
        watch = Watch(petra.url).over(context)
        page = context.new_page()
        for path in PAGES:
            page.goto(path)
            assert str(page.locator("html").get_attribute("lang")).startswith(locale[:2])
            english = english_in(page.content()) if locale == "de-CH" else []
            wrong = (*sideways(page), *squeezed(page), *violations(page), *english)
            found += [f"{path} {theme} {locale}: {one}" for one in wrong]
        found += watch.complaints
        context.close()
    assert found == [], "\n".join(found)
