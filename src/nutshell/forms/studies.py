"""What researchers and participants send about studies."""

import base64
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from nutshell.common import errors
from nutshell.common.clock import Day

from . import sentences as say
from .inputs import Id, Input, _said

_Text = Annotated[str, Meta(min_length=1, max_length=20_000, extra=_said(say.STUDY_TEXT))]
MOST_WITH_FILE = 1_400_000
"""Bytes of a body with a file of 1 MB, Base64."""
_BASE64 = r"^[A-Za-z0-9+/]+={0,2}$"
_Nutrient = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,12}$")]


class WriteStudy(Input, frozen=True, kw_only=True):
    """What a study is about. Which nutrients there are, the room says."""

    form_names: ClassVar[dict[str, str]] = {"nutrient": "nutrients"}

    title: Annotated[str, Meta(min_length=1, max_length=120, extra=_said(say.STUDY_TITLE))]
    protocol: _Text
    contact: Annotated[str, Meta(min_length=1, max_length=300, extra=_said(say.CONTACT))]
    nutrients: Annotated[tuple[_Nutrient, ...], Meta(min_length=1, max_length=10, extra=_said(say.STUDY_NUTRIENTS))]
    first_day: Day
    last_day: Day


class EnterApproval(Input, frozen=True, kw_only=True):
    """An ethics committee's approval."""

    number: Annotated[str, Meta(min_length=1, max_length=80, extra=_said(say.ETHICS_NUMBER))]
    on: Day
    document: _Text


class AttachFile(Input, frozen=True, kw_only=True):
    """A document, Base64."""

    file: Annotated[str, Meta(min_length=1, max_length=1_340_000, pattern=_BASE64, extra=_said(say.FILE))]

    @property
    def content(self) -> bytes:
        """Raises InvalidInput for what no encoder makes."""
        try:
            return base64.b64decode(self.file, validate=True)
        except ValueError:
            raise errors.InvalidInput({"file": say.FILE}) from None


class NameResearcher(Input, frozen=True, kw_only=True):
    researcher: Id


class WordConsent(Input, frozen=True, kw_only=True):
    text: _Text


class SetRecipient(Input, frozen=True, kw_only=True):
    recipient: Annotated[str, Meta(pattern=r"^age1[a-z0-9]{20,70}$", extra=_said(say.RECIPIENT))]


class SetStudyState(Input, frozen=True, kw_only=True):
    state: Annotated[Literal["open", "closed"], Meta(extra=_said(say.CHOICE))]


class WriteMessage(Input, frozen=True, kw_only=True):
    pseudonym: Annotated[str, Meta(pattern=r"^[0-9A-Z]{8}$", extra=_said(say.PSEUDONYM))]
    text: Annotated[str, Meta(min_length=1, max_length=4_000, extra=_said(say.MESSAGE))]


class StudyWindow(Input, frozen=True, kw_only=True):
    """The days that somebody shares with a study."""

    first_day: Day
    last_day: Day


class TakePart(StudyWindow, frozen=True, kw_only=True):
    """`version` is that of the text which was read, `terms` the hash of all that was, as the study's `terms`."""

    version: Annotated[int, Meta(ge=1, le=1000, extra=_said(say.CHOICE))]
    terms: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", extra=_said(say.TERMS))]


class Withdraw(Input, frozen=True, kw_only=True):
    """What shall become of releases that hold my data already."""

    wish: Annotated[Literal["keep", "erase"], Meta(extra=_said(say.WISH))]
