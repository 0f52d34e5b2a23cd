"""What this room tells the others: operators as lists show them, what they do, and what a worker reports."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.jobs.types import TaskState

Act = Literal[
    "account-made",
    "account-invited",
    "account-disabled",
    "account-enabled",
    "account-removed",
    "operator-added",
    "operator-certified",
    "operator-removed",
    "certificates-renewed",
    "backup-made",
    "mail-tested",
    "database-shell",
    "grants-stopped",
    "grants-allowed",
]
"""What an operator does, as the trail says it. Freezing and rotating are told by the key store itself."""

MACHINE = "operator"
"""Who acts by the `nutshell` command: whoever holds the operator's certificate."""


def named(operator: UUID) -> str:
    """An operator of the console, as the trail names them. Never taken for a person's subject."""
    return f"{MACHINE}:{operator}"


class OperatorInfo(msgspec.Struct, frozen=True):
    """One operator. `name` is what the `nutshell admin` command calls them."""

    id: UUID
    name: str
    added_at: datetime

    @property
    def actor(self) -> str:
        return named(self.id)


class NewOperator(msgspec.Struct, frozen=True):
    """`factor` is the second factor's secret (base32), shown once."""

    id: UUID
    factor: str

    def __repr__(self) -> str:
        return f"<NewOperator {self.id}>"


class Report(msgspec.Struct, frozen=True):
    """What a worker said last about its tasks, and about the parts that it reaches (False: no answer)."""

    worker: str
    at: datetime
    tasks: list[TaskState]
    parts: dict[str, bool]


class DayCount(msgspec.Struct, frozen=True):
    """How many accounts were made on a UTC day."""

    day: date
    count: int
