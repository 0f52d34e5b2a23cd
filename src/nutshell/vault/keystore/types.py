"""What passes between the key store and its clients: answers, closed lists and the pinned hashes of an owner."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.envelope import kdf

SecretKind = Literal["server", "password", "recovery", "passkey", "held", "token"]
"""Lasting slot kinds of the envelope. Anything else is refused."""

GRANT = "grant"
"""Kind of a grant's secret. It is put and fetched by signed statements only (`keystore.grants`)."""

CONTACT = "contact"
"""Kind of a trusted contact's secret. It is put, begun and opened by signed statements only (`keystore.contacts`)."""
LONGEST_DELAY = 30 * 24 * 3600
"""Seconds that an owner may let a contact wait."""

Reason = Literal["login", "step-up", "token", "errand", "job", "consent", "recovery", "re-key", "erase", "held"]
"""Why a secret is fetched. It lands in the owner's ledger."""

NODE_NAME = "node(?:-[1-9][0-9]{0,2})?|worker"
"""Common names of the machines' certificates, as a regular expression."""
ALL_NODES = "*"
"""Stands for every node where one is frozen: also for those that were never seen."""

AlarmKind = Literal["node-frozen", "canary-opened"]

InstallationName = Literal["identity", "pepper", "handle"]
"""Installation keys that nodes may hold in memory."""

SigningName = Literal["checkpoint", "receipt"]
"""Installation keys that never leave the key store."""

MEMORY_NAMES: tuple[InstallationName, ...] = ("identity", "pepper", "handle")
SIGNING_NAMES: tuple[SigningName, ...] = ("checkpoint", "receipt")

SECRET_ID_LENGTH = 16
MOST_GRANTS = 500
"""Grant secrets in one signed request."""
MOST_MARKS = 300
"""Subjects in one request about a restore."""
LONGEST_TABLE_NAME = 63

BACKUPS_KEPT = timedelta(days=7)
"""How long backups of accounts and keys are kept: after that, no backup opens anything of an erased subject."""


class Standing(msgspec.Struct, frozen=True):
    """The newest root and list of slots that records and accounts hold of a subject."""

    root_version: int
    root_hash: bytes
    slots_version: int
    slots_hash: bytes


class Restored(Standing, frozen=True):
    """What a restore put back of a subject, to which moment, and when it was done."""

    to: datetime
    at: datetime


class Fetched(msgspec.Struct, frozen=True):
    """What opens one slot, with everything that the key store pins about its subject."""

    opener: bytes
    kind: str
    public: bytes
    bundle_version: int
    root_version: int
    root_hash: bytes
    slots_version: int
    slots_hash: bytes
    restored: Restored | None = None

    def __repr__(self) -> str:
        return "<Fetched>"


class Pin(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `root` or `slots` statement: the version and hash that shall be the valid ones."""

    version: int
    hash: bytes


def packed_pin(version: int, hash_: bytes) -> bytes:
    """The `details` to sign in a `root` or `slots` statement; its target is the subject's 16 bytes."""
    return msgspec.msgpack.encode(Pin(version, hash_))


class NewKeys(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `new-keys` statement, whose target is the subject: its packed public keys, their version,
    and the list of slots that then is valid.
    """

    public: bytes
    bundle_version: int
    slots: Pin


class GrantSecret(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `grant-secret` or `grant-end` statement, whose target is the secret's id: for whom, until when.

    `ends_at` is in unix seconds, 0 for never. `acts`: while it lives, the grantee may also fetch the secrets of grants
    that were made to the owner (a clinic's member, for the clinic).
    """

    grantee: UUID
    ends_at: int
    acts: bool = False


class ContactWish(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `contact-secret` statement, whose target is the secret's id: who, and after how many seconds."""

    contact: UUID
    delay: int


def ids_hash(secret_ids: Sequence[bytes]) -> bytes:
    """32 bytes over all ids, in order: what a `fetch-grants` statement is signed over."""
    return kdf.digest("fetch-grants", *secret_ids)


class FetchedGrant(msgspec.Struct, frozen=True):
    """A grant's secret, whose it is, and the packed public keys of owner and grantee, as the key store knows them.

    `grantee_public` is empty once the grantee is erased. The owner's valid root is named to who acts for the owner, a
    clinic; to anybody else it is version 0.
    """

    secret: bytes
    owner: UUID
    owner_public: bytes
    grantee_public: bytes
    root_version: int = 0
    root_hash: bytes = b""
    restored: Restored | None = None

    def __repr__(self) -> str:
        return "<FetchedGrant>"


class Tombstone(msgspec.Struct, frozen=True):
    """What remains of an erased subject or a destroyed secret: a hash, and when. `line` counts from 1."""

    line: int
    kind: str
    hash: bytes
    at: datetime


class Erasing(msgspec.Struct, frozen=True):
    """A subject whose erase began and has not finished. `shredded`: its keys are destroyed already."""

    subject: UUID
    since: datetime
    shredded: bool


class NodeState(msgspec.Struct, frozen=True):
    """A node as the key store counts it: since when it is frozen, and its limit of people in a minute."""

    name: str
    frozen_since: datetime | None
    limit: int


class Alarm(msgspec.Struct, frozen=True):
    """Something that the operator must know, and which node it was."""

    id: int
    kind: AlarmKind
    node: str
    at: datetime

    def sentence(self) -> str:
        """For the operator."""
        return _ALARMS[self.kind] % self.node


_ALARMS: dict[AlarmKind, str] = {
    "node-frozen": "%s opened more people's diaries in a minute than it may, and is frozen until `nutshell unfreeze`.",
    "canary-opened": "%s opened a canary, an account that nobody has. Somebody may be reading diaries.",
}


class Rotation(msgspec.Struct, frozen=True):
    """How far a KMS rotation is: the version that wraps now, what was wrapped anew under it, and what still waits.

    `resumed`: an earlier rotation had not come to its end, and this is the rest of it.
    """

    version: int
    rewrapped: int
    left: int
    resumed: bool = False
