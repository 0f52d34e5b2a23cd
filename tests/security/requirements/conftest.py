"""People at the running product. Every module that hurts it starts one of its own."""

from collections.abc import Callable

import pytest
from tests.security.requirements.people import Person
from tests.stack import Stack


@pytest.fixture(scope="session")
def person(stack: Stack) -> Callable[[str], Person]:
    """Somebody new at each call, with keys."""
    made: dict[str, int] = {}

    def new(name: str) -> Person:
        made[name] = made.get(name, 0) + 1
        return Person(stack, f"{name}-{made[name]}@example.org").agree()

    return new
