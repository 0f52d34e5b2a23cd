"""Leaves of the audit tree as values. Pure Python: the key store writes its own leaves with this, too."""

import os
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from nutshell.envelope.context import context
from nutshell.envelope.errors import UnknownFormat
from nutshell.envelope.kdf import digest

FORMAT = 1
SALT_LENGTH = 16
KINDS = (
    "login",
    "login-refused",
    "logout",
    "session-ended",
    "step-up",
    "unlocked",
    "password-changed",
    "password-reset",
    "factor-added",
    "factor-removed",
    "address-changed",
    "account-sealed",
    "account-unsealed",
    "recovery-code-made",
    "recovery-code-used",
    "keys-renewed",
    "grant-renewed",
    "passkey-key-added",
    "passkey-key-removed",
    "token-made",
    "token-ended",
    "consent-given",
    "consent-withdrawn",
    "keys-made",
    "export",
    "import",
    "erase",
    "erase-ordered",
    "erase-taken-back",
    "restricted",
    "restriction-lifted",
    "request",
    "access",
    "access-refused",
    "grant-offered",
    "grant-made",
    "grant-paused",
    "grant-resumed",
    "grant-changed",
    "grant-ended",
    "copy-sent",
    "contact-named",
    "contact-removed",
    "contact-started",
    "contact-stopped",
    "contact-used",
    "study-release",
    "study-researcher",
    "member-invited",
    "member-joined",
    "member-left",
    "team-changed",
    "client-invited",
    "clinical-note",
    "emergency-opened",
    "emergency-reviewed",
    "restored",
    "fetch",
    "installation-fetch",
    "node-frozen",
    "node-unfrozen",
    "kms-rotated",
    "signing-rotated",
    "canary-opened",
    "bodies-dropped",
    "operator-signed-in",
    "operator-refused",
    "operator-signed-out",
    "operator-act",
    "incident",
)
"""All that is ever recorded. The owner's own reading and writing is not."""


class Body(msgspec.Struct, frozen=True, array_like=True):
    """What a leaf says. No e-mail, no health content: `sealed` details open with the owner's ledger key only.

    `subject` is whose data or account it is about (None: the installation's), `actor` who acted: a subject's
    UUID text, or the role of a machine. `reason` is a word of a closed list; `references` are opaque ids;
    `at` is in microseconds since 1970, UTC.
    """

    format: int
    kind: str
    subject: UUID | None
    actor: str
    at: int
    grant: UUID | None = None
    reason: str = ""
    references: tuple[bytes, ...] = ()
    sealed: bytes = b""

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1_000_000, UTC)


class Leaf(msgspec.Struct, frozen=True):
    """A packed body with its random salt, and the hash that stays when both are dropped."""

    body: bytes
    salt: bytes
    hash: bytes


def leaf(body: Body) -> Leaf:
    """Raises UnknownFormat for a kind outside the closed list."""
    if body.kind not in KINDS:
        raise UnknownFormat
    packed, salt = msgspec.msgpack.encode(body), os.urandom(SALT_LENGTH)
    return Leaf(packed, salt, leaf_hash(salt, packed))


def leaf_hash(salt: bytes, packed: bytes) -> bytes:
    """32 bytes. The salt keeps a dropped body from being found by guessing."""
    return digest("audit-leaf", salt, packed)


def unpack(packed: bytes) -> Body:
    """Raises UnknownFormat for anything but a body of this format and a known kind."""
    try:
        body = msgspec.msgpack.decode(packed, type=Body)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if body.format != FORMAT or body.kind not in KINDS:
        raise UnknownFormat
    return body


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class OwnLeaf(msgspec.Struct, frozen=True):
    """A leaf that the key store wrote. Body and salt are None once its subject was erased."""

    sequence: int
    subject: UUID | None
    body: bytes | None
    salt: bytes | None
    hash: bytes


def details_context(subject: UUID, kind: str, at: int) -> bytes:
    """What sealed details are bound to: the owner, and the leaf that they stand in."""
    return context("ledger-details", subject, kind, at)


class LedgerEntry(msgspec.Struct, frozen=True):
    """One line of the owner's ledger. `details` is None where they do not open (or there are none)."""

    at: datetime
    kind: str
    actor: str
    grant: UUID | None
    reason: str
    details: bytes | None


class LedgerPage(msgspec.Struct, frozen=True):
    """Entries, the last written first. `next` is the place to go on before, 0 where nothing more is."""

    entries: list[LedgerEntry]
    next: int


class TreeState(msgspec.Struct, frozen=True, array_like=True):
    """A tree without its leaves: its size, and its peaks one after the other (32 bytes each; audit.tree)."""

    size: int
    peaks: bytes


class Checkpoint(msgspec.Struct, frozen=True, array_like=True):
    """The tree at one moment: its size in leaves, its root (RFC 6962), unix seconds."""

    size: int
    root: bytes
    at: int


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint with its signature by one version of the key store's checkpoint key."""

    checkpoint: Checkpoint
    key_version: int
    signature: bytes

    def payload(self) -> bytes:
        """The bytes that are signed."""
        return msgspec.msgpack.encode(self.checkpoint)


class Finding(msgspec.Struct, frozen=True):
    """Something that does not add up: a code for the machine, and where (leaf position or checkpoint line)."""

    code: str
    where: int
