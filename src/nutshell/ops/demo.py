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
MISSED = 0.05
PROFILE = {"sex": "female", "birth_date": "1988-04-12", "height": 168.0, "weight": 64.5, "zone": "Etc/UTC"}


class Item(NamedTuple):
    """A food as one usually eats it: so many grams, or so many of a portion of it."""

    food_id: str
    amount: float
    portion_id: str = ""


class Meal(NamedTuple):
    """A meal that is eaten as a whole. `often` weighs it against the others of its group."""

    often: int
    items: tuple[Item, ...]


COFFEE = Item("sr28:14209", 8, "1")
OIL = Item("sr28:04053", 1, "1")

MEALS: dict[str, tuple[str, tuple[Meal, ...]]] = {
    "breakfast": (
        "07:40",
        (
            # oats, reduced-fat milk, blueberries, walnuts
            Meal(
                4,
                (
                    Item("sr28:08120", 50),
                    Item("sr28:01079", 200),
                    Item("sr28:09050", 75),
                    Item("sr28:12155", 15),
                    COFFEE,
                ),
            ),
            # whole-wheat bread, butter, a boiled egg, orange juice
            Meal(
                3,
                (
                    Item("sr28:18075", 2, "1"),
                    Item("sr28:01001", 2, "1"),
                    Item("sr28:01129", 50),
                    Item("sr28:09206", 200),
                    COFFEE,
                ),
            ),
            # Greek yogurt, granola, banana
            Meal(2, (Item("sr28:01256", 1, "1"), Item("sr28:08037", 45), Item("sr28:09040", 118), COFFEE)),
            Meal(1, (COFFEE,)),
        ),
    ),
    "lunch": (
        "12:45",
        (
            # lentils, feta, tomatoes, cucumber, olive oil, bread
            Meal(
                3,
                (
                    Item("sr28:16070", 180),
                    Item("sr28:01019", 40),
                    Item("sr28:11529", 120),
                    Item("sr28:11205", 80),
                    OIL,
                    Item("sr28:18075", 1, "1"),
                ),
            ),
            # chicken breast, brown rice, broccoli, olive oil
            Meal(3, (Item("sr28:05064", 130), Item("sr28:20037", 180), Item("sr28:11091", 120), OIL)),
            # tortillas, black beans, avocado, cheddar, red pepper
            Meal(
                2,
                (
                    Item("sr28:18364", 2, "1"),
                    Item("sr28:16015", 120),
                    Item("sr28:09037", 70),
                    Item("sr28:01009", 30),
                    Item("sr28:11821", 60),
                ),
            ),
            # tuna, whole-wheat bread, lettuce, hummus
            Meal(
                2, (Item("sr28:15121", 100), Item("sr28:18075", 2, "1"), Item("sr28:11253", 30), Item("sr28:16158", 45))
            ),
        ),
    ),
    "dinner": (
        "19:10",
        (
            # salmon, potatoes, spinach, olive oil
            Meal(2, (Item("sr28:15237", 140), Item("sr28:11367", 220), Item("sr28:11457", 80), OIL)),
            # spaghetti, tomato sauce, parmesan, red wine
            Meal(
                3,
                (
                    Item("sr28:20121", 220),
                    Item("sr28:11549", 150),
                    Item("sr28:01032", 2, "2"),
                    OIL,
                    Item("sr28:14096", 1, "2"),
                ),
            ),
            # tofu, rice, broccoli, carrots
            Meal(
                2,
                (
                    Item("sr28:16426", 150),
                    Item("sr28:20037", 200),
                    Item("sr28:11091", 150),
                    Item("sr28:11124", 80),
                    OIL,
                ),
            ),
            # cod, sweet potato, peas
            Meal(2, (Item("sr28:15016", 160), Item("sr28:11508", 200), Item("sr28:11304", 100), OIL)),
            # pizza, beer
            Meal(1, (Item("sr28:21299", 2, "1"), Item("sr28:14003", 1, "2"))),
        ),
    ),
    "snacks": (
        "16:00",
        (
            Meal(3, (Item("sr28:09003", 182), Item("sr28:12061", 28))),
            Meal(2, (Item("sr28:19904", 25), Item("sr28:14278", 1, "1"))),
            Meal(2, (Item("sr28:09252", 178), Item("sr28:01009", 25))),
            Meal(1, (Item("sr28:19095", 1, "1"),)),
        ),
    ),
}
"""No figure of it is anybody's: put together by hand, about 1,700 kcal a day."""
QUICK = {"name": "Birthday cake at work", "kcal": 320, "meal": "snacks", "time": "15:20"}


class Entry(NamedTuple):
    """One thing eaten: the day, and what the API takes."""

    day: date
    body: dict[str, Any]


def entries(last: date, days: int = DAYS, chance: random.Random | None = None) -> Iterator[Entry]:
    """The same for the same last day, unless another chance decides. Now and then a meal is missed, and every other
    week there is cake.
    """
    chance = chance or random.Random(SEED)  # noqa: S311 - a demo, not a secret
    for back in range(days - 1, -1, -1):
        day = last - timedelta(days=back)
        for meal, (time, choices) in MEALS.items():
            if chance.random() < MISSED:
                continue
            (chosen,) = chance.choices(choices, [choice.often for choice in choices])
            yield from (Entry(day, {**_body(item, chance), "meal": meal, "time": time}) for item in chosen.items)
        if day.toordinal() % 14 == 0:
            yield Entry(day, QUICK)


def _body(item: Item, chance: random.Random) -> dict[str, Any]:
    """Portions as they are, grams within a fifth and rounded as scales and eyes do."""
    if item.portion_id:
        return {"food_id": item.food_id, "amount": item.amount, "unit": "portion", "portion_id": item.portion_id}
    return {"food_id": item.food_id, "amount": round(item.amount * chance.uniform(0.85, 1.2) / 5) * 5, "unit": "g"}


def complete_days(last: date, days: int = DAYS) -> Iterator[date]:
    """The days that the demo person called complete: most of those that are over."""
    return (day for back in range(days - 1, 0, -1) if (day := last - timedelta(days=back)).toordinal() % 6)


class Phone:
    """A client of the API, as an app on a phone is one. Raises ConfigurationError if it is refused."""

    def __init__(self, config: Config) -> None:
        self._connection = tls.Connection(
            ("127.0.0.1", config.https_port), config.host, tls.client_context(config.pki), timeout=30
        )
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
    for day in complete_days(last):
        phone.ask("PATCH", f"/api/v1/diary/{day.isoformat()}", {"complete": True})
    phone.sign_out()
    return count
