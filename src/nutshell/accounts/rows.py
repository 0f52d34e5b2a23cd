"""Values of hand-written statements: SQLite gives UUIDs as text and moments without a zone."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from nutshell.vault import statements

DATABASE = "default"


def uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def moment(value: datetime) -> datetime:
    """Timezone-aware, in UTC: SQLite keeps moments without their zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def stored(value: datetime) -> Any:
    """A moment as this database compares it."""
    return connection.ops.adapt_datetimefield_value(value)


def one(statement: str, handles: list[bytes], now: datetime) -> tuple[Any, ...] | None:
    """The row of `statement`, whose `{handles}` are the first parameters and whose last is `now`."""
    asked = statement.format(handles=", ".join(["%s"] * len(handles)))
    found = statements.rows(DATABASE, asked, [*handles, stored(now)])
    return found[0] if found else None
