"""From nothing to a day of real foods and away again, as a person does it with a phone or at a desk."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from . import people
from .conftest import Open, today
from .days import make_token
from .people import LOOKS, PHONE, Person
from .watching import sideways

_COUNT_TAPS = """window.addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.taps = Number(sessionStorage.taps ?? 0) + 1;
}, true)"""
DAY = (("Breakfast", "oats"), ("Breakfast", "blueberries"), ("Lunch", "chickpeas"), ("Dinner", "salmon"))


def taps(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.taps ?? 0)"))


def add_by_search(person: Person, meal: str, words: str) -> None:
    """Open the meal's +, search, add the first hit."""
    page = person.page
    before = page.locator(".entry").count()
    page.get_by_role("link", name=f"Add to {meal}").click()
    sheet = page.get_by_role("dialog")
    with page.expect_response(lambda answer: "/hits?" in answer.url and f"q={words}" in answer.url):
        sheet.get_by_role("searchbox").press_sequentially(words)
    first = sheet.locator(".hit", has_text=words[1:]).first
    first.get_by_role("button").click()
    expect(page.locator(".entry")).to_have_count(before + 1)
    expect(sheet).to_be_hidden()


@LOOKS
def test_a_newcomer_signs_up_logs_a_day_reads_it_and_leaves_without_a_trace(
    open_window: Open, size: dict[str, int], theme: str
) -> None:
    person = open_window(size, theme)
    page = person.page
    page.add_init_script(_COUNT_TAPS)
    people.give_passkeys(person)
    people.sign_up_with_passkey(person, f"newcomer-{size['width']}-{theme}@example.org")
    people.agree(person)
    assert sideways(page) == []

    for meal, words in DAY:
        add_by_search(person, meal, words)
    expect(page.locator(".energy-line")).to_contain_text("kcal eaten")

    a_frequent_food_takes_three_taps_or_fewer(person)
    yesterday_is_copied_and_undone(person)
    a_meal_is_copied(person)
    targets_follow_from_the_profile(person)
    the_report_shows_what_is_unknown(person)
    assert make_token(person, "My script", ["diary:read"]).startswith("nutshell_")
    expect(page.get_by_role("heading", name="My script", exact=True)).to_be_visible()

    sign_out(person)
    sign_in_with_passkey(person)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    the_account_is_removed_and_nobody_gets_in(person)


def a_frequent_food_takes_three_taps_or_fewer(person: Person) -> None:
    page = person.page
    before, entries = taps(page), page.locator(".entry").count()
    page.get_by_role("link", name="Add to Dinner").click()
    page.get_by_role("dialog").locator(".hit", has_text="Blueberries").get_by_role("button").click()
    expect(page.locator(".entry")).to_have_count(entries + 1)
    assert taps(page) - before == 2


def test_what_somebody_has_at_this_hour_takes_one_tap(open_window: Open) -> None:
    """Logged yesterday at this time, it is offered on any day that does not have it yet."""
    person = open_window(PHONE)
    people.sign_up_with_words(person, "kiwi@example.org")
    people.agree(person)
    page = person.page
    page.add_init_script(_COUNT_TAPS)
    now = datetime.now(ZoneInfo(people.ZONE))
    person.go(f"/day/{today() - timedelta(days=1)}/add?q=kiwi&time={now:%H:%M}")
    page.locator(".hit", has_text="iwi").first.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("added")
    before = taps(page)
    person.go(f"/day/{today() + timedelta(days=21)}")
    page.locator(".again button", has_text="iwi").click()
    expect(page.locator(".entry")).to_have_count(1)
    assert taps(page) - before == 1


def yesterday_is_copied_and_undone(person: Person) -> None:
    page = person.go(f"/day/{today() - timedelta(days=1)}")
    add_by_search(person, "Breakfast", "banana")
    page.get_by_role("link", name=today().strftime("%A %-d %B")).click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    before = page.locator(".entry").count()
    page.get_by_label("More for this day").click()
    page.get_by_role("link", name="Copy yesterday to here").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    expect(page.locator(".entry")).to_have_count(before + 1)
    expect(page.get_by_role("status")).to_contain_text("copied")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.locator(".entry")).to_have_count(before)
    expect(page.get_by_role("status")).to_contain_text("Undone.")


def a_meal_is_copied(person: Person) -> None:
    """Breakfast once more, tomorrow."""
    page = person.page
    many = page.locator("section.meal", has_text="Breakfast").locator(".entry").count()
    page.get_by_role("link", name="Copy Breakfast").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("heading", name="Tomorrow").or_(page.locator(".daynav h1"))).not_to_contain_text("Today")
    expect(page.locator(".entry")).to_have_count(many)
    page.locator(".side, .tabs-bottom").get_by_role("link", name="Today").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def targets_follow_from_the_profile(person: Person) -> None:
    people.tell_about_alice(person)
    page = person.go("/today")
    expect(page.locator(".energy-line")).to_contain_text("of 1,841")


def the_report_shows_what_is_unknown(person: Person) -> None:
    page = person.go("/today/nutrients")
    expect(page.get_by_role("heading", name="Vitamins")).to_be_visible()
    iodine = page.locator("summary, .nut").filter(has_text="Iodine").first
    expect(iodine).to_contain_text("unknown")
    expect(iodine.locator("svg.hatched")).to_be_visible()
    assert page.locator(".nut").count() >= 80
    assert sideways(page) == []


def sign_out(person: Person) -> None:
    person.go("/you")
    person.press("Sign out")
    expect(person.page.get_by_text("You are signed out.")).to_be_visible()


def sign_in_with_passkey(person: Person) -> None:
    person.go("/account/login/")
    person.press("Sign in with a passkey")


def the_account_is_removed_and_nobody_gets_in(person: Person) -> None:
    page = person.go("/account/close")
    people.prove_it_is_me(person)
    page.get_by_role("checkbox", name="Erase my diary").check()
    page.get_by_label("When").select_option("0")
    person.press("Erase everything")
    expect(page.get_by_role("heading", name="Erased.")).to_be_visible()
    expect(page.get_by_role("heading", name="Your receipt")).to_be_visible()
    sign_in_with_passkey(person)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_hidden()
    assert "/account/" in page.url
    expect(page.locator(".error, .notice, [role=alert]").first).to_be_visible()
    page.goto(person.stack.url + "/today")
    assert "/account/login" in page.url


def test_grams_follow_while_somebody_types(open_window: Open) -> None:
    person = open_window(PHONE)
    page = person.page
    people.sign_up_with_words(person, "typing.tess@example.org")
    expect(page.get_by_label("Your time zone")).to_have_value(people.ZONE)  # the device's, whatever the language says
    people.agree(person)
    person.go("/settings/macros")
    page.locator("[name='0-mode'][value=grams]").check()
    page.locator("[name='0-grams-protein']").fill("100")
    expect(page.locator("#follows")).to_contain_text("Fill in every field")
    page.locator("[name='0-grams-carbohydrate']").fill("200")
    page.locator("[name='0-grams-fat']").fill("60")
    expect(page.locator("#follows")).to_contain_text("Together 1,740 kcal.")
    assert page.locator("[name='0-ratio-protein']").is_hidden()
    assert sideways(page) == []
    person.press("Save")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
