"""What stops an incident: acts of the product itself. Each is tried, and what came of it stands in the timeline."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, get_args
from uuid import UUID

from nutshell.accounts import actions as accounts
from nutshell.accounts import queries
from nutshell.common import errors
from nutshell.grants.types import Relation
from nutshell.operators import actions as operators
from nutshell.operators.types import MACHINE
from nutshell.vault.keystore.types import ALL_NODES, Rotation

from . import timeline
from .scope import affected
from .types import Entry, Record

PURPOSES = tuple(one for one in get_args(Relation) if one != "member")
"""What grants are for. A member's reach into their clinic is none of these: it is ended there."""


class KeyStore(Protocol):
    """What this needs of the key store's client, with the operator's certificate."""

    def freeze(self, node: str, by: UUID | None = None) -> bool: ...

    def unfreeze(self, node: str, by: UUID | None = None) -> bool: ...

    def begin_rotation(self) -> Rotation: ...

    def rotate_signing(self) -> dict[str, int]: ...

    def rewrap(self, limit: int = ...) -> Rotation: ...

    def destroy_as_operator(self, secret_id: bytes) -> None: ...


class Act(NamedTuple):
    """`about` says what its argument is, "" for none; `run` answers one sentence about what came of it."""

    about: str
    run: Callable[[KeyStore, Record, str], str]


def freeze(key_store: KeyStore, _record: Record, node: str) -> str:
    return f"{node} is frozen." if key_store.freeze(node) else f"{node} was frozen already."


def freeze_all(key_store: KeyStore, _record: Record, _nothing: str) -> str:
    return "No node gets a secret." if key_store.freeze(ALL_NODES) else "All nodes were frozen already."


def unfreeze(key_store: KeyStore, _record: Record, node: str) -> str:
    node = ALL_NODES if node == "all" else node
    return "Answered again." if key_store.unfreeze(node) else "It was not frozen."


def stop_grants(_key_store: KeyStore, _record: Record, purpose: str) -> str:
    """Of one class: what was granted for this purpose opens nothing for anybody."""
    stopped = operators.stop_purpose(_checked(purpose), MACHINE)
    return f"No grant for {purpose} opens anything." if stopped else f"Grants for {purpose} were stopped already."


def allow_grants(_key_store: KeyStore, _record: Record, purpose: str) -> str:
    allowed = operators.allow_purpose(_checked(purpose), MACHINE)
    return f"Grants for {purpose} open again." if allowed else f"Grants for {purpose} were not stopped."


def _checked(purpose: str) -> str:
    """Raises InvalidInput for what no grant is for."""
    if purpose not in PURPOSES:
        raise errors.InvalidInput({"purpose": f"No grant is for {purpose}: {', '.join(PURPOSES)}."})
    return purpose


def end_sessions(_key_store: KeyStore, _record: Record, email: str) -> str:
    ended = accounts.end_sessions_of(queries.user_by_email(email)) if email else accounts.end_all_sessions()
    return f"{ended} sessions ended."


def end_tokens(key_store: KeyStore, _record: Record, email: str) -> str:
    """Each answers nobody from now on, and its secret in the key store is destroyed."""
    slots = accounts.end_tokens_of(queries.user_by_email(email))
    for slot in slots:
        key_store.destroy_as_operator(slot)
    return f"{len(slots)} tokens ended, and their keys are destroyed."


def disable(_key_store: KeyStore, _record: Record, email: str) -> str:
    operators.disable(email)
    return "The account signs in nowhere; its sessions and tokens have ended."


def new_passwords(_key_store: KeyStore, record: Record, email: str) -> str:
    """Passwords of one person, or of all in the scope, no longer sign in until they are reset by mail."""
    users = [queries.user_by_email(email)] if email else queries.users_of([row.subject_id for row in affected(record)])
    changed = sum(map(accounts.void_password, users))
    return f"{changed} passwords no longer open; {len(users) - changed} accounts are sealed and keep theirs."


def rotate_kms(key_store: KeyStore, _record: Record, _nothing: str) -> str:
    """A new version of the KMS key, and every secret wrapped anew under it."""
    state = key_store.begin_rotation()
    done = 0
    while state.left:
        state = key_store.rewrap()
        done += state.rewrapped
    return f"{done} keys are wrapped by a new version of the KMS key."


def rotate_signing(key_store: KeyStore, _record: Record, _nothing: str) -> str:
    """New keys for receipts and checkpoints. What was signed before is checked as before."""
    versions = key_store.rotate_signing()
    return "; ".join(f"{name}s are signed by version {version}" for name, version in versions.items()) + "."


ACTS: dict[str, Act] = {
    "freeze": Act("NODE", freeze),
    "freeze-all": Act("", freeze_all),
    "unfreeze": Act("NODE or all", unfreeze),
    "stop-grants": Act("PURPOSE", stop_grants),
    "allow-grants": Act("PURPOSE", allow_grants),
    "end-sessions": Act("EMAIL, or nothing for everybody", end_sessions),
    "end-tokens": Act("EMAIL", end_tokens),
    "disable": Act("EMAIL", disable),
    "new-passwords": Act("EMAIL, or nothing for the whole scope", new_passwords),
    "rotate-kms": Act("", rotate_kms),
    "rotate-signing": Act("", rotate_signing),
}
"""All that exists. The key store freezes nodes; grants of one purpose are stopped by the gate."""
NEEDS = frozenset(name for name, act in ACTS.items() if act.about and "nothing" not in act.about)


def carry_out(record: Record, actor: str, key_store: KeyStore, name: str, argument: str = "") -> Entry:
    """Do it, and record what came of it, also where it failed. The timeline names a person by their subject, if at all.

    Raises InvalidInput for an act that there is not, or without what it needs.
    """
    if name not in ACTS:
        raise errors.InvalidInput({"act": f"There is no act {name}: {', '.join(ACTS)}."})
    if name in NEEDS and not argument:
        raise errors.InvalidInput({"act": f"{name} needs {ACTS[name].about}."})
    about = _named(argument)
    try:
        result, done = ACTS[name].run(key_store, record, argument), True
    except errors.NutshellError as failed:
        result, done = failed.sentence, False
    return timeline.add(record.id, "action", actor, act=name, about=about, result=result, done=done)


def _named(argument: str) -> str:
    """A person's subject in place of their address."""
    if "@" not in argument:
        return argument
    try:
        return str(queries.user_by_email(argument).subject_id or "")
    except errors.NotFound:
        return ""
