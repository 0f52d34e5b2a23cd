"""What members of clinics and their clients send."""

import csv
import io
import re
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from nutshell.clinics.types import NewClient
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.common.texts import N_

from . import sentences as say
from .inputs import EMAIL, LINE, Id, Input, ShareTerms, _said

MOST_LINES = 500
MOST_NAME, MOST_GROUP, MOST_EMAIL = 80, 40, 254
_Name = Annotated[str, Meta(min_length=1, max_length=MOST_NAME, pattern=LINE, extra=_said(say.CLIENT_NAME))]
_Group = Annotated[str, Meta(max_length=MOST_GROUP, pattern=LINE, extra=_said(say.GROUP))]
_Email = Annotated[str, Meta(max_length=MOST_EMAIL, pattern=EMAIL, extra=_said(say.EMAIL))]
_Role = Annotated[Literal["administrator", "clinician", "assistant"], Meta(extra=_said(say.ROLE))]
_Collection = Annotated[str, Meta(pattern=r"^[a-z]{2,20}$")]

_COLUMNS = {"name": "name", "group": "group", "email": "email", "e-mail": "email"}
_NO_TABLE = N_("This is no table with the columns name, email and group. Save it as CSV (UTF-8) with these on top.")
_TOO_LONG = N_("A table may have 500 clients at most. Split it.")


class NameClinic(Input, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=MOST_NAME, pattern=LINE, extra=_said(say.CLINIC_NAME))]


class InviteMember(Input, frozen=True, kw_only=True):
    """`label` is what the clinic's list calls them until they accept."""

    label: Annotated[str, Meta(min_length=1, max_length=60, pattern=LINE, extra=_said(say.LABEL))]
    role: _Role
    email: _Email | None = None


class ChangeMember(Input, frozen=True, kw_only=True):
    role: _Role


class DescribeClient(Input, frozen=True, kw_only=True):
    """What the clinic calls a client, and a group to find them by."""

    name: _Name
    group: _Group = ""


class AskFor(Input, frozen=True, kw_only=True):
    """What clients are asked to share."""

    form_names: ClassVar[dict[str, str]] = {"collection": "collections"}

    collections: Annotated[tuple[_Collection, ...], Meta(max_length=16, extra=_said(say.COLLECTIONS))] = ()
    mode: Literal["read", "write"] = "read"
    first_day: Day | None = None
    emergency: bool = False


class AskClient(AskFor, frozen=True, kw_only=True):
    """The same of one client; `email` is where the invitation goes."""

    email: _Email | None = None


class InviteTable(AskFor, frozen=True, kw_only=True):
    """Several clients as a CSV table, each of whom is asked for the same."""

    table: Annotated[str, Meta(min_length=1, max_length=200_000, extra=_said(say.TABLE))]


class SetTeam(Input, frozen=True, kw_only=True):
    """The subjects of the members who may open what a client shares; none: all who may open diaries."""

    form_names: ClassVar[dict[str, str]] = {"member": "team"}

    team: Annotated[tuple[Id, ...], Meta(max_length=50, extra=_said(say.CHOICE))] = ()


class WriteNote(Input, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=8_000, extra=_said(say.CLINICAL_NOTE))]


class OpenInEmergency(Input, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(min_length=10, max_length=500, extra=_said(say.REASON))]


class ReviewEmergency(Input, frozen=True, kw_only=True):
    verdict: Annotated[Literal["justified", "not-justified"], Meta(extra=_said(say.CHOICE))]
    comment: Annotated[str, Meta(min_length=1, max_length=500, extra=_said(say.COMMENT))]


class JoinClinic(ShareTerms, frozen=True, kw_only=True):
    """What a client shares with a clinic. `take_over`: the profile that the clinic kept becomes mine."""

    mode: Literal["read", "write"] = "read"
    until: Day | None = None
    emergency: bool = False
    take_over: bool = True


# ---------- tables ----------


def read_table(content: bytes) -> list[NewClient]:
    """Clients from a CSV table in UTF-8, with the columns name, email and group in any order, divided by commas,
    semicolons or tabs. Raises InvalidInput, with a sentence for each line that is wrong (`line_3`).
    """
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInput({"table": _NO_TABLE}) from None
    columns = [_COLUMNS.get(one.strip().lower(), "") for one in lines[0]] if lines else []
    filled = [(number, line) for number, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)]
    if "name" not in columns or not filled:
        raise InvalidInput({"table": _NO_TABLE})
    if len(filled) > MOST_LINES:
        raise InvalidInput({"table": _TOO_LONG})
    return _checked([(number, _client(columns, line)) for number, line in filled])


def _delimiter(text: str) -> str:
    top = text.partition("\n")[0]
    return max(",;\t", key=top.count)


def _client(columns: list[str], line: list[str]) -> NewClient:
    cells = {name: cell.strip() for name, cell in zip(columns, line, strict=False) if name}
    return NewClient(cells.get("name", ""), cells.get("group", ""), cells.get("email", ""))


def _checked(found: list[tuple[int, NewClient]]) -> list[NewClient]:
    wrong = {f"line_{number}": sentence for number, one in found if (sentence := _wrong(one))}
    if wrong:
        raise InvalidInput(wrong)
    return [one for _, one in found]


def _wrong(one: NewClient) -> str:
    if not 0 < len(one.name) <= MOST_NAME or not one.name.isprintable():
        return say.CLIENT_NAME
    if len(one.group) > MOST_GROUP or not one.group.isprintable():
        return say.GROUP
    if one.email and not (len(one.email) <= MOST_EMAIL and re.match(EMAIL, one.email)):
        return say.EMAIL
    return ""
