"""A page under watch: what it says to the console, whom it calls, how wide it is, what axe finds."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

_WIDER_THAN_SCREEN = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const sticksOut = (one) => one.getBoundingClientRect().right > root.clientWidth + 1;
  const beyond = [...document.querySelectorAll("body *")].filter(sticksOut);
  return [`${root.scrollWidth} > ${root.clientWidth}`, ...beyond.slice(0, 4).map((one) => one.outerHTML.slice(0, 120))];
}"""
_WIDER_THAN_ITS_PLACE = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let box = node.parentElement;
    if (!node.data.trim() || box.closest(".vh, .skip, option, script, svg, template, [hidden]")) continue;
    while (getComputedStyle(box).display === "inline") box = box.parentElement;
    const style = getComputedStyle(box), range = document.createRange();
    if (style.overflowX !== "visible" || style.clipPath !== "none" || style.display === "contents") continue;
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect(), place = box.getBoundingClientRect();
    const edge = box.matches(".btn") ? 6 : -1;
    if (!text.width || (text.left >= place.left + edge && text.right <= place.right - edge)) continue;
    found.push(`${node.data.trim()} in ${box.outerHTML.slice(0, 80)}`);
  }
  return found;
}"""
_AXE = Axe()


@dataclass
class Watch:
    """Console errors (refusals by the content security policy are among them), script errors and strange hosts."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Beginnings of console lines that a test provokes on purpose."""

    def over(self, context: BrowserContext) -> "Watch":
        context.on("console", lambda message: self._say(message.text) if message.type in ("error", "warning") else None)
        context.on("weberror", lambda error: self._say(str(error.error)))
        context.on("request", lambda request: self._called(request.url))
        return self

    def _say(self, text: str) -> None:
        if not (self.expected and text.startswith(self.expected)):
            self.complaints.append(text)

    def _called(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.complaints.append(f"another host: {url}")


def sideways(page: Page) -> list[str]:
    """Empty, or how much wider than the screen the page is and what sticks out."""
    page.wait_for_load_state()
    found: list[str] = page.evaluate(_WIDER_THAN_SCREEN)
    return found


def squeezed(page: Page) -> list[str]:
    """Texts that stick out of their place, though perhaps not out of the screen: a long word in a narrow column."""
    found: list[str] = page.evaluate(_WIDER_THAN_ITS_PLACE)
    return found


_STILL = "() => Promise.allSettled(document.getAnimations().map((moving) => moving.finished)).then(() => null)"


def violations(page: Page) -> list[str]:
    """axe's findings, one line each. What fades in is looked at when it is there."""
    page.evaluate(_STILL)
    response = _AXE.run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{one['id']}: {node['html'][:160]} ({node.get('failureSummary', '').splitlines()[-1:]})"
        for one in response["violations"]
        for node in one["nodes"]
    ]
