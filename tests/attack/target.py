"""What is attacked: the production stack with two people who have data, and who attacks: one of them, signed in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.doors.test_matrix import API, DAY, PAGES, People, Things
from tests.production import Production
from tests.security.requirements.people import Browser, Person, Phone

SPARED = (
    "account/close", "consent/health-data", "consent/health-data/withdraw", "access/sessions/end",
    "access/sessions/{session}/end", "account/receipt/AAAA", "account/receipt/AAAA/file", "access/stop",
    "settings/sealed",
)  # fmt: skip
WHY_SPARED = (
    "They end the session, the account or its server's slot, and with them the attack. Their inputs are a password, a"
    " box that is ticked, or a session's id; tests/doors tries them one by one."
)


@dataclass(frozen=True)
class Call:
    """One request with values that are right. `marked`: the same path with a mark behind each value in it."""

    method: str
    path: str
    marked: str
    body: str = ""
    kind: str = ""


class Target:
    """Alice attacks, and Bob's data is what she should not see."""

    def __init__(self, product: Production, work: Path) -> None:
        self.product, self.work = product, work
        self.alice = Person(product, "attack.alice@example.org").agree()
        self.bob = Person(product, "attack.bob@example.org").agree()
        for person in (self.alice, self.bob):
            made = person.app("POST", f"/diary/{DAY}/entries", {"name": "Flan", "kcal": 10, "note": "Flan"})
            assert made.status_code == 201, made.text
        people = People(product, self.alice, self.bob, self.alice, Browser(product), Phone(product), self.bob)
        self.things = Things(people)

    @property
    def url(self) -> str:
        return self.product.url

    @property
    def cookies(self) -> str:
        return f"__Host-session={self.alice.cookie}; __Host-csrf={self.csrf}"

    @property
    def csrf(self) -> str:
        return self.alice.browser.form_token()

    def calls_of_the_api(self) -> Iterator[Call]:
        """Every route of the matrix, which lists all there are."""
        for route, row in API.items():
            method, path = route.split(" ")
            body = json.dumps(self._filled(row.body)) if row.body is not None else ""
            yield Call(method, *self._paths("/api/v1/" + path), body, "application/json" if body else "")

    def calls_of_the_pages(self) -> Iterator[Call]:
        for path, row in PAGES.items():
            if path.strip() in SPARED:
                continue
            form = {name: self.things.filled(text) for name, text in (row.form or {}).items()}
            body = "&".join(
                f"{name}={quote(text, safe='')}" for name, text in {"csrfmiddlewaretoken": self.csrf, **form}.items()
            )
            yield (
                Call("GET", *self._paths("/" + path.strip()))
                if row.form is None
                else Call("POST", *self._paths("/" + path.strip()), body, "application/x-www-form-urlencoded")
            )

    def _paths(self, path: str) -> tuple[str, str]:
        where, _, query = path.partition("?")
        marked = re.sub(r"\{\w+\}", lambda found: self.things.filled(found[0]) + "*", where)
        filled = self.things.filled(where)
        return filled + ("?" + query if query else ""), marked if marked != filled else ""

    def _filled(self, body: Any) -> Any:
        return json.loads(self.things.filled(json.dumps(body)))
