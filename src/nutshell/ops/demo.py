"""The demo account: 90 days of believable eating of real foods, logged through the public API like any app would."""

import http.client
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from nutshell.common.errors import ConfigurationError

from . import tls
from .config import Config, bracketed

EMAIL = "demo@localhost"
PASSPHRASE = "walnut harbour evening lantern"  # noqa: S105 - printed for everyone; loopback hosts only
DAYS = 90
SEED = 20261123
PROFILE = {"sex": "female", "birth_date": "1988-04-12", "height": 168.0, "weight": 64.5}


class Choice(NamedTuple):
    """A food as one usually eats it: grams on average, and how often out of ten days it appears in its meal."""

    food_id: str
    grams: float
    often: int


MEALS: dict[str, tuple[str, tuple[Choice, ...]]] = {
    "breakfast": (
        "07:40",
        (
            Choice("sr28:20038", 50, 6),  # oats
            Choice("sr28:01077", 200, 7),  # milk, whole
            Choice("sr28:09040", 118, 5),  # bananas, raw
            Choice("sr28:01123", 100, 3),  # egg, whole, raw
            Choice("sr28:18075", 64, 4),  # bread, whole-wheat
            Choice("sr28:14209", 240, 9),  # coffee, brewed
        ),
    ),
    "lunch": (
        "12:45",
        (
            Choice("sr28:05064", 130, 5),  # chicken breast, roasted
            Choice("sr28:20037", 180, 4),  # rice, brown, cooked
            Choice("sr28:11090", 90, 5),  # broccoli, raw
            Choice("sr28:16070", 160, 4),  # lentils, cooked
            Choice("sr28:11529", 120, 6),  # tomatoes, raw
            Choice("sr28:04053", 12, 7),  # olive oil
        ),
    ),
    "dinner": (
        "19:10",
        (
            Choice("sr28:15076", 140, 4),  # salmon, Atlantic, wild, raw
            Choice("sr28:11457", 80, 5),  # spinach, raw
            Choice("sr28:11352", 220, 5),  # potatoes, raw
            Choice("sr28:20121", 190, 4),  # spaghetti, cooked
            Choice("sr28:01009", 30, 5),  # cheese, cheddar
            Choice("sr28:11124", 70, 6),  # carrots, raw
        ),
    ),
    "snacks": (
        "16:00",
        (
            Choice("sr28:09003", 180, 6),  # apples, raw
            Choice("sr28:12061", 28, 5),  # almonds
            Choice("sr28:01256", 170, 4),  # yogurt, Greek, nonfat
        ),
    ),
}


class Entry(NamedTuple):
    """One thing eaten: the day, and what the API takes."""

    day: date
    body: dict[str, Any]


def entries(last: date, days: int = DAYS) -> Iterator[Entry]:
    """The same for the same last day: amounts vary by about a fifth, and now and then a meal is missed."""
    chance = random.Random(SEED)  # noqa: S311 - a demo, not a secret
    for back in range(days - 1, -1, -1):
        for meal, (time, choices) in MEALS.items():
            for choice in choices:
                if chance.random() * 10 < choice.often:
                    grams = round(choice.grams * chance.uniform(0.8, 1.25))
                    body = {"food_id": choice.food_id, "amount": grams, "unit": "g", "meal": meal, "time": time}
                    yield Entry(last - timedelta(days=back), body)


class Phone:
    """A client of the API, as an app on a phone is one. Raises ConfigurationError if it is refused."""

    def __init__(self, config: Config) -> None:
        self._connection = tls.Connection(config.https_port, config.host, tls.client_context(config.pki), timeout=30)
        self._headers = {"Host": f"{bracketed(config.host)}:{config.https_port}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, content, self._headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as failed:
            raise ConfigurationError(f"The product does not answer: {type(failed).__name__}.") from None
        if answer.status >= 400:
            raise ConfigurationError(f"{method} {path} was answered with {answer.status}.")
        return json.loads(text) if text else {}

    def sign_in(self, email: str, password: str) -> None:
        """Sign in, agree to every text, and go on with a token for everything."""
        found = self.ask("POST", "/api/auth/app/v1/auth/login", {"email": email, "password": password})
        self._headers["X-Session-Token"] = found["meta"]["session_token"]
        for text in self.ask("GET", "/api/v1/consents")["items"]:
            if not text["given"]:
                agreed = {"document": text["document"], "version": text["version"]}
                self.ask("POST", "/api/v1/consents", agreed)
        token = self.ask("POST", "/api/v1/tokens", {"name": "Demo", "scopes": ["all"]})
        self._token_id = token["id"]
        self._session = self._headers.pop("X-Session-Token")
        self._headers["Authorization"] = f"Bearer {token['token']}"

    def sign_out(self) -> None:
        """Give the token back, so that none lies about."""
        del self._headers["Authorization"]
        self._headers["X-Session-Token"] = self._session
        self.ask("DELETE", f"/api/v1/tokens/{self._token_id}")


def fill(config: Config, last: date) -> int:
    """Log the 90 days up to `last`; how many entries."""
    phone = Phone(config)
    phone.sign_in(EMAIL, PASSPHRASE)
    phone.ask("PUT", "/api/v1/profile", PROFILE)
    count = 0
    for entry in entries(last):
        phone.ask("POST", f"/api/v1/diary/{entry.day.isoformat()}/entries", entry.body)
        count += 1
    phone.sign_out()
    return count
