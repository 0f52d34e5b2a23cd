"""Every page, in both sizes and both themes: nothing for axe to find, nothing wider than the screen, no complaints."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import Open, today
from .people import LOOKS, PHONE
from .watching import sideways, violations

FOOD = "sr28:01256"
OPEN_PAGES = ("/", "/privacy", "/security", "/account/login/", "/account/signup/", "/account/signup/passkey/",
              "/account/password/reset/")  # fmt: skip
HER_PAGES = (
    "/today", "/day/2020-02-02", "/today/add", "/today/add?q=yogurt", f"/today/add?q=yogurt&open={FOOD}",
    "/today/add?q=zzzzzz", "/today/add?tab=recent", "/today/add?tab=favourites", "/today/add?tab=quick",
    "/day/2026-11-23/several?q=yogurt",
    "/today/nutrients", "/today/nutrients?span=7", "/trends", "/trends?a=303&b=401", "/foods", "/foods/new",
    f"/foods/{FOOD}", "/you", "/keyboard", "/access", "/people", "/settings", "/settings/profile", "/settings/targets",
    "/settings/macros", "/consent/health-data",
    "/account/2fa/", "/account/email/", "/account/password/change/", "/account/logout/", "/account/close",
    "/account/restrict", "/account/requests", "/access/disclosures",
    "/nowhere",
)  # fmt: skip
SMALLEST = {"width": 360, "height": 740}


def look_at(page: Page, paths: tuple[str, ...], origin: str) -> list[str]:
    found = []
    for path in paths:
        page.goto(origin + path)
        found += [f"{path}: {one}" for one in (*sideways(page), *violations(page))]
    return found


@LOOKS
def test_axe_finds_nothing_on_pages_for_everybody(open_window: Open, size: dict[str, int], theme: str) -> None:
    person = open_window(size, theme)
    assert look_at(person.page, OPEN_PAGES, person.stack.url) == []


@LOOKS
def test_axe_finds_nothing_on_pages_of_the_diary(alice: Open, size: dict[str, int], theme: str) -> None:
    person = alice(size, theme)
    person.watch.expected = ("Failed to load resource: the server responded with a status of 404",)
    assert look_at(person.page, HER_PAGES, person.stack.url) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_sheets_and_opened_rows(alice: Open, theme: str) -> None:
    person = alice(PHONE, theme, reduced_motion="reduce")
    page, found = person.go("/today"), []
    for name in ("Add to Lunch", "Copy Breakfast"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found += violations(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator(".entry a.name").first.click()
    expect(page.get_by_role("dialog").get_by_label("Amount")).to_be_focused()
    found += violations(page)
    person.go("/today/nutrients").locator("summary", has_text="Iron").click()
    assert found + violations(page) == []


def test_nothing_is_wider_than_the_smallest_phone(alice: Open, open_window: Open) -> None:
    found = []
    for person, paths in ((open_window(SMALLEST), OPEN_PAGES), (alice(SMALLEST), HER_PAGES)):
        person.watch.expected = ("Failed to load resource: the server responded with a status of 404",)
        for path in paths:
            person.go(path)
            found += [f"{path}: {one}" for one in sideways(person.page)]
    assert found == []


def test_the_diary_can_be_installed(alice: Open) -> None:
    person = alice()
    page = person.go("/today")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((one) => one.json())")
    assert (manifest["name"], manifest["display"]) == ("Nutshell", "standalone")
    loads = "(url) => fetch(url).then((one) => one.ok)"
    assert page.evaluate(loads, manifest["start_url"])
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in manifest["icons"] if "png" in icon["type"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    for icon in manifest["icons"]:
        assert page.evaluate(loads, icon["src"]), icon
    session = person.context.new_cdp_session(page)
    assert session.send("Page.getAppManifest")["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error for error in errors if error["errorId"] != "in-incognito"] == []
    assert page.evaluate("isSecureContext")


def test_the_report_says_unknown_and_at_least_to_who_listens(alice: Open) -> None:
    page = alice().go("/today/nutrients")
    iodine = page.locator(".nut", has_text="Iodine")
    expect(iodine).to_contain_text("unknown")
    expect(page.locator(".nut", has_text="Iron").first).to_contain_text("at least")
    expect(page.locator(".nut", has_text="Iron").first.locator("svg.hatched")).to_be_visible()
    assert today().isoformat() in page.url
