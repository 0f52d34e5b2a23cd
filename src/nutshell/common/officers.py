"""Who answers for the installation: its officers, and the committee that decides in an incident. Pure."""

import re
from typing import Literal, NamedTuple, cast, get_args

Role = Literal["chair", "security", "counsel", "engineering", "communications", "scribe"]
ROLES: tuple[Role, ...] = get_args(Role)
VOTERS: tuple[Role, ...] = tuple(role for role in ROLES if role != "scribe")
"""The scribe keeps the minutes and has no vote; the data-protection officer advises and has none either."""
QUORUM = 3
"""Votes of different roles, without which the committee decides nothing."""

_PERSON = re.compile(r"(?P<name>[^<>@]*[^<>@\s])\s*<(?P<email>[^<>@\s,]+@[^<>@\s,]+)>")


class Person(NamedTuple):
    """Somebody who holds a role, and where a mail reaches them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


def holders(text: str) -> tuple[Person, ...]:
    """`Name <address>`, then deputies after commas; () for an empty text. Raises ValueError for anything else."""
    return tuple(_person(part.strip()) for part in text.split(",")) if text else ()


def _person(text: str) -> Person:
    found = _PERSON.fullmatch(text)
    if found is None:
        raise ValueError("must read Name <address>, with deputies after commas: Name <address>, Deputy <address>")
    return Person(found["name"], found["email"])


class Officers(NamedTuple):
    """All of them; of each role its holder first, then the deputies. Empty where nobody is named."""

    dpo: tuple[Person, ...]
    security: tuple[Person, ...]
    privacy: tuple[Person, ...]
    committee: dict[Role, tuple[Person, ...]]

    def of(self, role: str) -> tuple[Person, ...]:
        """Whoever holds `dpo`, `security-officer`, `privacy-officer` or a role of the committee."""
        outside = {"dpo": self.dpo, "security-officer": self.security, "privacy-officer": self.privacy}
        return outside[role] if role in outside else self.committee[cast(Role, role)]

    def everybody(self) -> tuple[Person, ...]:
        """Each once, the officers first."""
        members = [person for people in self.committee.values() for person in people]
        return tuple(dict.fromkeys([*self.dpo, *self.security, *self.privacy, *members]))
