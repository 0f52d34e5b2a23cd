"""The caseload as the doors see it."""

from uuid import UUID

import msgspec

from nutshell.clinics.types import ClientView
from nutshell.diary.adherence import Adherence


class Line(msgspec.Struct, frozen=True):
    """A client, and how they did in the days shown; None where the diary is not open to me."""

    client: ClientView
    adherence: Adherence | None


class Caseload(msgspec.Struct, frozen=True):
    """`first` and `last` are inclusive (`YYYY-MM-DD`)."""

    clinic: UUID
    first: str
    last: str
    lines: list[Line]
