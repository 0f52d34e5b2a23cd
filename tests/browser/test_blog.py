"""The blog in a browser: nothing for axe to find, nothing wider than the screen, nobody else asked, nothing kept."""

import pytest
from playwright.sync_api import Browser
from tests.stack import Stack
from tests.tiers.test_life import eventually

from .people import DESKTOP
from .watching import Watch, sideways, squeezed, violations

PATHS = ("/", "/how-nutshell-protects-your-data/", "/status")
SMALLEST = {"width": 360, "height": 740}


@pytest.mark.parametrize(
    ("size", "theme"),
    [(SMALLEST, "light"), (DESKTOP, "dark")],
    ids=["smallest-light", "desk-dark"],
)
def test_the_blog_reads_well_and_asks_nobody_else(
    browser: Browser, stack: Stack, size: dict[str, int], theme: str
) -> None:
    context = browser.new_context(base_url=stack.blog_url, viewport=size, color_scheme=theme)
    first = context.new_page()
    assert eventually(lambda: first.goto("/status").status == 200)  # parts were looked at for the first time
    first.close()
    watch, page, found = Watch(stack.blog_url).over(context), context.new_page(), []
    for path in PATHS:
        page.goto(path)
        found += [f"{path}: {one}" for one in (*sideways(page), *squeezed(page), *violations(page))]
    kept = context.cookies()
    context.close()
    assert (found, watch.complaints, kept) == ([], [], [])
