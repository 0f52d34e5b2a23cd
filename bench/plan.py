"""What is loaded: plain values that the load client and the loaders share."""

from typing import NamedTuple

import msgspec

ENTRIES = 12
"""Entries a day."""


class Plan(NamedTuple):
    """How many people; the first `long` of them have `long_days` instead of `days`, `sessions` a browser's session."""

    people: int = 1000
    days: int = 60
    long: int = 4
    long_days: int = 365
    sessions: int = 20

    def days_of(self, number: int) -> int:
        return self.long_days if number < self.long else self.days


class Person(msgspec.Struct):
    """What the load client needs of one: an API token, how many days they have, and for some a browser's session."""

    token: str
    days: int
    session: str = ""
