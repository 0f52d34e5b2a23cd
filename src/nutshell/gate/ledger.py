"""The access ledger: who read or changed what, when, under which grant. Kinds, names, and the table to take along."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.accounts import queries as accounts
from nutshell.audit import queries as audit
from nutshell.audit.types import Body, LedgerEntry
from nutshell.common import errors, ids, tables
from nutshell.grants import queries as grants
from nutshell.grants.types import Given
from nutshell.vault.keys import OwnerBundle

from .types import Actor, LedgerLine, LedgerLines, LedgerWish

ACCESS = ("access", "access-refused")
TOLD_ABOUT = (*ACCESS, "emergency-opened", "emergency-reviewed")
"""Kinds whose leaves carry something that only the owner reads: days, or why."""
KINDS: dict[str, tuple[str, ...]] = {
    "read": ("access", "emergency-opened", "emergency-reviewed"),
    "change": ("access",),
    "refused": ("access-refused", "login-refused"),
    "log-in": ("login", "login-refused", "logout", "session-ended", "step-up", "unlocked"),
    "grant": ("grant-offered", "grant-made", "grant-changed", "grant-paused", "grant-resumed", "grant-ended",
              "grant-renewed", "copy-sent", "clinical-note"),
    "security": (
        "password-changed", "password-reset", "factor-added", "factor-removed", "address-changed", "account-sealed",
        "account-unsealed", "recovery-code-made", "recovery-code-used", "passkey-key-added", "passkey-key-removed",
        "keys-renewed", "token-made", "token-ended", "contact-named", "contact-removed", "contact-started",
        "contact-stopped", "contact-used", "operator-act",
    ),
    "data": ("consent-given", "consent-withdrawn", "keys-made", "export", "import", "erase", "erase-ordered",
             "erase-taken-back", "restricted", "restriction-lifted", "request", "restored", "study-release",
             "study-researcher"),
    "clinic": ("member-invited", "member-joined", "member-left", "team-changed", "client-invited",
               "emergency-opened", "emergency-reviewed", "clinical-note"),
    "keys": ("fetch",),
    "disclosure": ("access", "emergency-opened"),
}  # fmt: skip
"""What somebody may ask for, and which recorded kinds that is. "keys": the key store gave a key to a machine;
"disclosure": something was opened to somebody."""
KINDS["told"] = tuple(dict.fromkeys(kind for name, kinds in KINDS.items() if name != "keys" for kind in kinds))
"""All but the machines' own: what a page shows to who chose nothing."""
COLUMNS = ("time", "kind", "by", "name", "actor", "collection", "act", "days", "grant", "grant_label", "purpose",
           "reason")  # fmt: skip


def lines(actor: Actor, subject: UUID, bundle: OwnerBundle, wish: LedgerWish) -> LedgerLines:
    """The ledger as the owner reads it, the last written first. Raises Tampered for an altered one."""
    given = {one.id: one for one in grants.given(actor)}
    found = audit.search(subject, bundle.ledgers(), _wanted(wish, subject), wish.before, wish.limit)
    people = {UUID(one.actor) for one in found.entries if _by(one.actor, subject) == "person"}
    names = accounts.names_of(people) | {one.grantee: one.name for one in given.values() if one.grantee and one.name}
    return LedgerLines([_line(entry, subject, given, names) for entry in found.entries], found.next)


def _wanted(wish: LedgerWish, subject: UUID) -> Callable[[Body], bool]:
    def wanted(body: Body) -> bool:
        return (
            _is_of_kind(body, wish.kind)
            and (not wish.who or wish.who in (_by(body.actor, subject), body.actor))
            and (wish.grant is None or wish.grant == body.grant)
            and (wish.since is None or body.moment() >= wish.since)
            and (wish.until is None or body.moment() < wish.until)
        )

    return wanted


def _is_of_kind(body: Body, kind: str) -> bool:
    if not kind:
        return True
    if body.kind not in KINDS[kind]:
        return False
    return kind not in ("read", "change") or _writes(body.reason) == (kind == "change")


def _writes(reason: str) -> bool:
    return reason.endswith("-write")


def _by(actor: str, subject: UUID) -> Literal["me", "person", "machine"]:
    if actor == str(subject):
        return "me"
    try:
        ids.parse_id(actor)
    except ValueError:
        return "machine"
    return "person"


def _line(entry: LedgerEntry, subject: UUID, given: dict[UUID, Given], names: dict[UUID, str]) -> LedgerLine:
    grant = given.get(entry.grant) if entry.grant else None
    by, opened = _by(entry.actor, subject), entry.kind in ACCESS
    label = grant.label if grant else ""
    return LedgerLine(
        entry.at, entry.kind, by, entry.actor, (names.get(UUID(entry.actor)) or label) if by == "person" else "",
        entry.grant, label, grant.terms.purpose if grant and grant.terms.collections else "", entry.reason,
        entry.reason.rpartition("-")[0] if opened else "", opened and _writes(entry.reason), _about(entry),
    )  # fmt: skip


def _about(entry: LedgerEntry) -> tuple[str, ...]:
    if entry.kind not in TOLD_ABOUT or entry.details is None:
        return ()
    try:
        return msgspec.msgpack.decode(entry.details, type=tuple[str, ...])
    except msgspec.MsgspecError:
        raise errors.Tampered from None


# ---------- to take along ----------


def as_csv(found: Iterable[LedgerLine], zone: tzinfo) -> bytes:
    """In UTF-8, see `common.tables`. Times carry their offset from UTC."""
    return tables.as_csv(COLUMNS, (_texts(one, zone) for one in found)).encode()


def _texts(one: LedgerLine, zone: tzinfo) -> tuple[str, ...]:
    act = ("write" if one.writes else "read") if one.collection else ""
    grant = str(one.grant) if one.grant else ""
    when = one.at.astimezone(zone).isoformat(timespec="seconds")
    return (
        when, one.kind, one.by, one.name, one.actor, one.collection, act, " ".join(one.about), grant, one.label,
        one.purpose, one.reason,
    )  # fmt: skip
