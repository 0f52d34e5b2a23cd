"""The requests that are measured, each of another person, so that nothing that was read before flatters the next."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from .client import Request
from .plan import Person

QUERIES = ("chick", "oliv%20oi", "gre%20yog")
TREND = "208,203,205,204,291,269,307,301,303,401"
"""Energy, macronutrients, fibre, sugars, sodium, calcium, iron and vitamin C: ten nutrients."""
FOODS = ("01123", "09003", "09040", "05064", "20037", "11090", "01256", "04053")
Maker = Callable[[int], Request]


def today() -> date:
    return datetime.now(UTC).date()


def _bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def day(people: Sequence[Person]) -> Maker:
    """A day with its totals: any of the last 60."""
    chance = random.Random(1)

    def make(number: int) -> Request:
        person = people[number % len(people)]
        wanted = today() - timedelta(days=chance.randrange(60))
        return Request("GET", f"/api/v1/diary/{wanted}", _bearer(person))

    return make


def log(people: Sequence[Person], ahead: int = 0) -> Maker:
    """One food to today, which has twelve entries already, or to an empty day ahead."""
    wanted = today() + timedelta(days=ahead)

    def make(number: int) -> Request:
        new = {"food_id": f"sr28:{FOODS[number % len(FOODS)]}", "amount": 100 + number % 50, "meal": "lunch"}
        headers = {**_bearer(people[number % len(people)]), "Content-Type": "application/json"}
        return Request("POST", f"/api/v1/diary/{wanted}/entries", headers, json.dumps(new).encode(), 201)

    return make


def search(people: Sequence[Person]) -> Maker:
    def make(number: int) -> Request:
        query = QUERIES[number % len(QUERIES)]
        return Request("GET", f"/api/v1/foods?q={query}", _bearer(people[number % len(people)]))

    return make


def trend(people: Sequence[Person], compressed: bool = False) -> Maker:
    """Ten nutrients over the last 365 days."""
    span = f"from={today() - timedelta(days=364)}&to={today()}"
    extra = {"Accept-Encoding": "gzip"} if compressed else {}

    def make(number: int) -> Request:
        headers = {**_bearer(people[number % len(people)]), **extra}
        return Request("GET", f"/api/v1/trends?{span}&nutrients={TREND}", headers)

    return make


def page(people: Sequence[Person]) -> Maker:
    """Today's page as a browser asks for it."""

    def make(number: int) -> Request:
        person = people[number % len(people)]
        headers = {"Cookie": f"__Host-session={person.session}", "Accept-Encoding": "gzip", "Accept": "text/html"}
        return Request("GET", f"/day/{today()}", headers)

    return make


def empty(people: Sequence[Person]) -> Maker:
    """The way through all tiers without a person: what every request costs before the product does anything."""
    return lambda number: Request("GET", "/healthz", {})
