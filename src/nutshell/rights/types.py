"""Requests to the officer as values. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from nutshell.common.texts import N_

Kind = Literal["question", "objection", "amendment", "complaint"]
State = Literal["open", "answered", "accepted", "denied"]
"""An amendment is accepted or denied, all else is answered."""
STATES: dict[State, str] = {
    "open": N_("waiting"), "answered": N_("answered"), "accepted": N_("accepted"), "denied": N_("not accepted"),
}  # fmt: skip
"""As both sides read them."""
LONGEST = 4_000
"""Characters of what either side says at once."""
LENGTH = N_("Write between 1 and 4,000 characters.")


class Words(msgspec.Struct, frozen=True):
    """All that was said, "" for what was not: the request, its answer, why that takes longer, the owner's statement of
    disagreement with a denied amendment, the officer's rebuttal of that, and who answered.
    """

    text: str
    answer: str = ""
    why_later: str = ""
    disagreement: str = ""
    rebuttal: str = ""
    by: str = ""


class Request(msgspec.Struct, frozen=True):
    """A request as both sides read it. `due_at` is by when it must be answered; moments are UTC."""

    number: int
    kind: Kind
    state: State
    made_at: datetime
    due_at: datetime
    extended_at: datetime | None
    answered_at: datetime | None
    words: Words
