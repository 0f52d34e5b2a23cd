"""Makes the pictures of docs/shots/ anew: `python -m tests.browser.shots` (needs Chromium, certutil and Pillow)."""

import io
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, Page
from tests.stack import Stack, short_folder

from . import chromium, days, people
from .people import ALICE, DESKTOP, PHONE, Person

FOLDER = Path(__file__).parents[2] / "docs" / "shots"
MOST_BYTES = 200_000
EVENING = 19
MARGIN = 24
OFFICER = {"NUTSHELL_DPO_NAME": "Ingrid Holm", "NUTSHELL_DPO_EMAIL": "privacy@example.org"}
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<alias binding="strong"><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>
<alias binding="strong"><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
<alias binding="strong"><family>Sans</family><prefer><family>Liberation Sans</family></prefer></alias>
</fontconfig>"""
"""Of the fonts that Debian's Chromium brings, the one that is as wide as those of most devices."""

PAGES = (
    ("nutrients", "/today/nutrients", PHONE, "light"),
    ("nutrients", "/today/nutrients", DESKTOP, "light"),
    ("access", "/access", PHONE, "light"),
    ("trends", "/trends", DESKTOP, "light"),
    ("food", "/foods/sr28:01256", PHONE, "light"),
    ("settings", "/settings", PHONE, "light"),
    ("today", "/today", PHONE, "light"),
    ("today", "/today", PHONE, "dark"),
    ("today", "/today", DESKTOP, "light"),
    ("today", "/today", DESKTOP, "dark"),
)


def evening_zone() -> str:
    """A time zone in which it is evening now, so that pictures do not depend on when they are made."""
    ahead = EVENING - datetime.now(UTC).hour
    ahead += 24 if ahead < -12 else 0
    return "UTC" if not ahead else f"Etc/GMT{-ahead:+d}"


def keep(picture: bytes, name: str) -> Image.Image:
    """Write a picture, with a palette where it would be large without one; the picture as it was."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    path = FOLDER / f"{name}.png"
    image.save(path, optimize=True)
    if path.stat().st_size >= MOST_BYTES:
        small = image.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, (name, path.stat().st_size)
    return image


def shoot(page: Page, name: str) -> Image.Image:
    page.evaluate("document.activeElement.matches('input') || document.activeElement.blur()")
    page.mouse.move(0, 0)
    return keep(page.screenshot(), name)


def alice(browser: Browser, stack: Stack, zone: str) -> tuple[object, date]:
    """Alice's cookies after four weeks and most of a day, and her day."""
    person = people.window(browser, stack, timezone_id=zone)
    people.sign_up_with_words(person, ALICE)
    people.agree(person)
    people.tell_about_alice(person)
    day = datetime.now(ZoneInfo(zone)).date()
    diary = days.Diary(person, days.make_token(person, "Kitchen scale", ["diary:write"]))
    diary.weeks(day, 28)
    diary.half_a_day(day)
    diary.close()
    cookies = person.context.storage_state()
    person.context.close()
    return cookies, day


def search_sheet(person: Person) -> None:
    page = person.go("/today")
    page.get_by_role("link", name="Add to Dinner").click()
    sheet = page.get_by_role("dialog")
    with page.expect_response(lambda answer: "/hits?" in answer.url and "q=yogurt" in answer.url):
        sheet.get_by_role("searchbox").press_sequentially("yogurt")
    sheet.locator(".hit a.name", has_text="Greek").first.click()
    sheet.get_by_label("Amount").wait_for()
    shoot(page, "add-food-390-light")


def side_by_side(desk: Image.Image, phone: Image.Image) -> None:
    """readme.png: the desktop and the phone, equally high."""
    small = phone.resize((desk.height * phone.width // phone.height, desk.height), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (desk.width + small.width + 3 * MARGIN, desk.height + 2 * MARGIN), "#d9d4cd")
    whole.paste(desk, (MARGIN, MARGIN))
    whole.paste(small, (desk.width + 2 * MARGIN, MARGIN))
    buffer = io.BytesIO()
    whole.save(buffer, "PNG")
    keep(buffer.getvalue(), "readme")


def make(browser: Browser, stack: Stack) -> None:
    zone = evening_zone()
    cookies, _day = alice(browser, stack, zone)
    taken = {}
    for name, path, size, theme in PAGES:
        scale = 2 if size is PHONE else 1
        person = people.window(
            browser, stack, size, theme, storage_state=cookies, timezone_id=zone, device_scale_factor=scale
        )
        page = person.go(path)
        full = f"{name}-{size['width']}-{theme}"
        taken[full] = shoot(page, full)
        if full == "today-390-light":
            search_sheet(person)
        person.context.close()
    stranger = people.window(browser, stack, timezone_id=zone, device_scale_factor=2)
    stranger.go("/account/login/")
    shoot(stranger.page, "sign-in-390-light")
    side_by_side(taken["today-1280-light"], taken["today-390-light"])


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stack = Stack(short_folder(), OFFICER)
    home = Path(tempfile.mkdtemp(prefix="nutshell-home-"))
    try:
        stack.start()
        fonts = chromium.trusting_home(home, stack.ca) / "fonts.conf"
        fonts.write_text(FONTS)
        with chromium.launched(home, FONTCONFIG_FILE=str(fonts)) as browser:
            make(browser, stack)
    finally:
        stack.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
