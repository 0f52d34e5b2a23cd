"""When a grant's state may change and by whom, and what an active grant allows. `check_x` raises, `x_can` asks."""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.vault.types import COLLECTIONS, NEVER_GRANTED, WRITABLE, text_lets_write

from .types import Relation, State, Terms

By = Literal["owner", "grantee", "time", "erasure"]
Act = Literal["accept", "decline", "withdraw", "complete", "pause", "resume", "revoke", "leave", "expire", "erase"]


class Transition(NamedTuple):
    """Who turns which state into which, by what."""

    act: Act
    before: State
    after: State
    by: By


TRANSITIONS = (
    Transition("accept", "offered", "accepted", "grantee"),
    Transition("decline", "offered", "declined", "grantee"),
    Transition("withdraw", "offered", "withdrawn", "owner"),
    Transition("withdraw", "accepted", "withdrawn", "owner"),
    Transition("expire", "offered", "expired", "time"),
    Transition("complete", "accepted", "active", "owner"),
    Transition("leave", "accepted", "left", "grantee"),
    Transition("pause", "active", "paused", "owner"),
    Transition("resume", "paused", "active", "owner"),
    Transition("revoke", "active", "revoked", "owner"),
    Transition("revoke", "paused", "revoked", "owner"),
    Transition("leave", "active", "left", "grantee"),
    Transition("leave", "paused", "left", "grantee"),
    Transition("expire", "active", "expired", "time"),
    Transition("expire", "paused", "expired", "time"),
    Transition("erase", "offered", "erased", "erasure"),
    Transition("erase", "accepted", "erased", "erasure"),
    Transition("erase", "active", "erased", "erasure"),
    Transition("erase", "paused", "erased", "erasure"),
)
OPEN: tuple[State, ...] = ("offered", "accepted", "active", "paused")
"""States in which a grant still is, or may become, something."""

GRANTABLE = tuple(name for name in COLLECTIONS if name not in NEVER_GRANTED)

OF_CLINICS: tuple[Relation, Relation] = ("clinic", "clinic-emergency")
"""Purposes of a client's grant: only the team opens it, or others, too, in an emergency."""

_CHOOSE = N_("Choose at least one thing to share.")
_UNKNOWN = N_("Choose from what can be shared.")
_CLOSED = N_("You have closed this for everybody. Open it first, or leave it out.")
_WRITE = N_("Only the diary, notes, targets and measurements can be opened for writing.")
_DAYS = N_("The first day must not be after the last.")
_OVER = N_("Choose a day that is still to come.")
_NO_CLINIC = N_("Only what is shared with a clinic can be opened in an emergency.")
_STUDY = N_("What a study reads is not changed. Withdraw on its page, and take part anew with other days.")
_CONFIRM = N_('This shows more than before. If you mean it, send it again with confirmed: "%(fields)s".')
_NOT_NOW = N_("This cannot be done any more. Look at it again.")


def states_before(act: Act) -> tuple[State, ...]:
    return tuple(one.before for one in TRANSITIONS if one.act == act)


def check_can(act: Act, state: str) -> None:
    """Raises errors.Conflict where the state does not allow the act."""
    if not can(act, state):
        raise errors.Conflict(_NOT_NOW)


def can(act: Act, state: str) -> bool:
    return state in states_before(act)


def check_terms(terms: Terms, closed: Iterable[str]) -> None:
    """Raises errors.InvalidInput. `closed` are collections that the owner never shares."""
    names = set(terms.collections)
    wrong: dict[str, str] = {}
    if not names:
        wrong["collections"] = _CHOOSE
    elif not names <= set(GRANTABLE):
        wrong["collections"] = _UNKNOWN
    elif names & set(closed):
        wrong["collections"] = _CLOSED
    elif terms.mode == "write" and not names & WRITABLE:
        wrong["mode"] = _WRITE
    if terms.first_day and terms.last_day and terms.first_day > terms.last_day:
        wrong["last_day"] = _DAYS
    if terms.expires_at is not None and terms.expires_at <= clock.now():
        wrong["until"] = _OVER
    if wrong:
        raise errors.InvalidInput(wrong)


def check_change(before: Terms, after: Terms) -> None:
    """Raises errors.Conflict for a study's, which is not changed but withdrawn and agreed to anew; errors.InvalidInput
    for another purpose, but that of a clinic with or without emergencies."""
    if before.purpose == "study":
        raise errors.Conflict(_STUDY)
    if before.purpose != after.purpose and not {before.purpose, after.purpose} <= set(OF_CLINICS):
        raise errors.InvalidInput({"emergency": _NO_CLINIC})


def widened(before: Terms, after: Terms) -> frozenset[str]:
    """The fields by which `after` reaches further than `before`."""
    wider = {
        "collections": not set(after.collections) <= set(before.collections),
        "first_day": before.first_day is not None and (not after.first_day or after.first_day < before.first_day),
        "last_day": before.last_day is not None and (not after.last_day or after.last_day > before.last_day),
        "mode": (before.mode, after.mode) == ("read", "write") or _writes_more(before, after),
        "emergency": (before.purpose, after.purpose) == OF_CLINICS,
        "expires_at": before.expires_at is not None
        and (after.expires_at is None or after.expires_at > before.expires_at),
    }
    return frozenset(name for name, is_so in wider.items() if is_so)


def _writes_more(before: Terms, after: Terms) -> bool:
    """Whether what was shared before may be written only now, be it by a newer text alone."""
    shared = set(before.collections) & set(after.collections)
    return any(allows(after, name, True) and not allows(before, name, True) for name in shared)


def check_confirmed(before: Terms, after: Terms, confirmed: frozenset[str]) -> None:
    """Raises errors.Conflict unless just what becomes wider was confirmed."""
    wider = widened(before, after)
    if not wider <= confirmed:
        raise errors.Conflict(_CONFIRM, fields=",".join(sorted(wider)))


def check_known(names: Collection[str]) -> None:
    """Raises errors.InvalidInput for a name of what cannot be shared."""
    if not set(names) <= set(GRANTABLE):
        raise errors.InvalidInput({"collections": _UNKNOWN})


def allows(terms: Terms, collection: str, writes: bool) -> bool:
    """Whether an active grant on these terms reaches a collection, for reading or writing."""
    if collection not in terms.collections:
        return False
    return not writes or (terms.mode == "write" and text_lets_write(terms.text, collection))


def editable(terms: Terms) -> tuple[str, ...]:
    """The collections that an active grant on these terms lets its grantee change."""
    return tuple(name for name in terms.collections if allows(terms, name, True))


def diagram() -> str:
    """The transitions as a Mermaid state diagram (docs/grants.md)."""
    lines = [f"    {one.before} --> {one.after}: {one.act} ({one.by})" for one in TRANSITIONS]
    return "\n".join(["stateDiagram-v2", "    [*] --> offered: offer (owner)", *lines])
