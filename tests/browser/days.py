"""Believable days of real foods, written through the API with a token, as an app would."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import httpx
from playwright.sync_api import expect

from .people import Person, prove_it_is_me


class Eaten(NamedTuple):
    food: str
    amount: float
    portion: str | None
    meal: str
    time: str


# Names in the comments are those of the food table; an amount without a portion is in grams.
BREAKFASTS = (
    (
        Eaten("sr28:08120", 50, None, "breakfast", "07:40"),  # oats
        Eaten("sr28:01079", 200, None, "breakfast", "07:40"),  # milk, 2 %
        Eaten("sr28:09050", 0.5, "1", "breakfast", "07:40"),  # blueberries
        Eaten("sr28:14209", 1, "3", "breakfast", "07:45"),  # coffee
    ),
    (
        Eaten("sr28:01123", 2, "1", "breakfast", "08:05"),  # egg
        Eaten("sr28:18075", 2, "1", "breakfast", "08:05"),  # whole-wheat bread
        Eaten("sr28:09206", 0.5, "1", "breakfast", "08:05"),  # orange juice
        Eaten("sr28:14209", 1, "3", "breakfast", "08:15"),
    ),
)
LUNCHES = (
    (
        Eaten("sr28:16057", 150, None, "lunch", "12:35"),  # chickpeas
        Eaten("sr28:11457", 2, "1", "lunch", "12:35"),  # spinach
        Eaten("sr28:11529", 120, None, "lunch", "12:35"),  # tomatoes
        Eaten("sr28:01019", 30, None, "lunch", "12:35"),  # feta
        Eaten("sr28:04053", 1, "1", "lunch", "12:35"),  # olive oil
        Eaten("sr28:18075", 2, "1", "lunch", "12:35"),
    ),
    (
        Eaten("sr28:16070", 1, "1", "lunch", "13:00"),  # lentils
        Eaten("sr28:20037", 0.75, "1", "lunch", "13:00"),  # brown rice
        Eaten("sr28:09037", 80, None, "lunch", "13:00"),  # avocado
    ),
)
DINNERS = (
    (
        Eaten("sr28:15237", 130, None, "dinner", "19:10"),  # salmon
        Eaten("sr28:11091", 1, "1", "dinner", "19:10"),  # broccoli
        Eaten("sr28:20037", 1, "1", "dinner", "19:10"),
    ),
    (
        Eaten("sr28:05064", 120, None, "dinner", "19:30"),  # chicken
        Eaten("sr28:20121", 180, None, "dinner", "19:30"),  # pasta
        Eaten("sr28:04053", 1, "1", "dinner", "19:30"),
        Eaten("sr28:14096", 1, "2", "dinner", "19:30"),  # red wine
    ),
)
SNACKS = (
    (
        Eaten("sr28:01256", 1, "1", "snacks", "16:00"),  # Greek yogurt
        Eaten("sr28:12061", 25, None, "snacks", "16:00"),  # almonds
    ),
    (
        Eaten("sr28:09003", 1, "5", "snacks", "15:40"),  # apple
        Eaten("sr28:19904", 20, None, "snacks", "21:00"),  # dark chocolate
    ),
)
COURSES = (BREAKFASTS, LUNCHES, DINNERS, SNACKS)


def menu(number: int) -> list[Eaten]:
    """What is eaten on the day with this number: meals turn at different paces, so that days differ."""
    return [eaten for pace, course in enumerate(COURSES) for eaten in course[(number >> pace % 3) % len(course)]]


def make_token(person: Person, name: str, scopes: Sequence[str]) -> str:
    page = person.go("/access/tokens/new")
    prove_it_is_me(person)
    page.get_by_label("What is it for").fill(name)
    for box in page.locator("input[name=scope]").all():
        box.set_checked(box.get_attribute("value") in scopes)
    person.press("Make a token")
    shown = page.get_by_text(re.compile(r"^\s*nutshell_"))
    expect(shown).to_be_visible()
    return shown.inner_text().strip()


class Diary:
    """The API of one person's diary."""

    def __init__(self, person: Person, token: str) -> None:
        self._client: httpx.Client = person.stack.client(headers={"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        self._client.close()

    def eat(self, day: date, meals: Iterable[Eaten]) -> None:
        for one in meals:
            self.send(day, {"food_id": one.food, "amount": one.amount, "meal": one.meal, "time": one.time}
                      | ({"portion_id": one.portion} if one.portion else {"unit": "g"}))  # fmt: skip

    def send(self, day: date, entry: dict[str, Any]) -> None:
        answer = self._client.post(f"/api/v1/diary/{day}/entries", json=entry)
        assert answer.status_code == 201, answer.text

    def half_a_day(self, day: date) -> None:
        """Breakfast, lunch, part of a dinner, and a cake of which only the energy is known."""
        self.eat(day, [*BREAKFASTS[0], *LUNCHES[0], DINNERS[0][0], DINNERS[0][1], SNACKS[1][0]])
        self.send(day, {"name": "Birthday cake", "kcal": 320, "meal": "snacks", "time": "16:00"})

    def complete(self, day: date) -> None:
        answer = self._client.patch(f"/api/v1/diary/{day}", json={"complete": True})
        assert answer.status_code == 200, answer.text

    def weeks(self, today: date, days: int) -> None:
        """The days before today; each seventh holds half a day, each eleventh nothing."""
        for back in range(1, days + 1):
            day = today - timedelta(days=back)
            if back % 11 == 2:
                continue
            meals = menu(day.toordinal())
            self.eat(day, meals[:6] if back % 7 == 3 else meals)
            if back % 7 != 3:
                self.complete(day)
