"""The client: pooled, persistent, mutually authenticated connections; safe for threads and forks."""

import os
import select
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar
from uuid import UUID

import msgspec

from nutshell.audit.types import OwnLeaf, SignedCheckpoint, TreeState
from nutshell.common import errors

from . import frames, tls
from . import requests as ask
from .types import (
    Alarm,
    Erasing,
    Fetched,
    FetchedGrant,
    InstallationName,
    NodeState,
    Reason,
    Rotation,
    SecretKind,
    SigningName,
    Standing,
    Tombstone,
)

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
ROTATE_SECONDS = 60.0
REWRAPPED_AT_ONCE = 250
"""Writers of the key store wait for one part of a rotation to be stored: some milliseconds."""
IDLE_KEPT = 16

_ERRORS: dict[str, type[errors.NutshellError]] = {
    kind.code: kind
    for kind in (
        errors.NotFound,
        errors.Conflict,
        errors.Forbidden,
        errors.Malformed,
        errors.Tampered,
        errors.TooMany,
    )
}


class KeyStoreClient:
    """All operations of the key store.

    Every method may raise errors.Unavailable (not reachable, or its audit cannot be written), errors.Forbidden
    (this role or signature may not) and errors.Malformed, besides what it names itself.
    """

    def __init__(self, address: tuple[str, int], files: tls.Files) -> None:
        """`files` hold this process's certificate, whose common name is its role. Connects on first use."""
        self._address = address
        self._context = tls.Renewing(files, server=False)
        self._lock = Lock()
        self._idle: list[ssl.SSLSocket] = []
        self._process = os.getpid()

    @classmethod
    def of_installation(cls, address: tuple[str, int], folder: Path, name: str) -> "KeyStoreClient":
        """With the certificate of this name (a role; web processes: `node-1`) in the folder of certificates."""
        return cls(address, tls.files(folder, name))

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    # Subjects and their secrets

    def create_subject(self, subject: UUID, public: bytes, bundle_version: int) -> None:
        """Idempotent. `public` is a packed `envelope.people.Public`. Conflict with another key, NotFound if erased."""
        self._ask(ask.CreateSubject(subject, public, bundle_version), None)

    def put_secret(self, subject: UUID, secret_id: bytes, kind: SecretKind, ends_at: datetime | None = None) -> bytes:
        """A new secret under a 16-byte id: its 32-byte opener. Conflict for an id that was ever used."""
        return self._ask(ask.PutSecret(subject, secret_id, kind, ends_at), bytes)

    def fetch(self, subject: UUID, secret_id: bytes, reason: Reason) -> Fetched:
        """Leaves one leaf in the audit. NotFound for unknown, ended, destroyed and erasing alike."""
        return self.fetch_many([(subject, secret_id)], reason)[0]

    def fetch_many(self, wanted: Sequence[tuple[UUID, bytes]], reason: Reason) -> list[Fetched]:
        """In the same order, a leaf each, all or none; at most 1,000."""
        return self._ask(ask.FetchMany([ask.Wanted(*one) for one in wanted], reason), list[Fetched])

    def put_grant(self, subject: UUID, secret_id: bytes, signed: bytes) -> bytes:
        """A new grant secret (32 bytes). `signed`: see `requests.PutGrant`. Conflict for an id that was ever used."""
        return self._ask(ask.PutGrant(subject, secret_id, signed), bytes)

    def move_grant_end(self, subject: UUID, secret_id: bytes, signed: bytes) -> None:
        """`signed`: the owner's `grant-end` statement over this id. NotFound if the grant's secret is gone."""
        self._ask(ask.MoveGrantEnd(subject, secret_id, signed), None)

    def renew_grant(self, subject: UUID, secret_id: bytes, signed: bytes) -> bytes:
        """Another secret (32 bytes) for a grant in force, instead of the one that was. NotFound where that is gone.

        `signed`: the owner's `grant-renew` statement over this id.
        """
        return self._ask(ask.RenewGrant(subject, secret_id, signed), bytes)

    def fetch_grants(self, by: UUID, secret_ids: Sequence[bytes], signed: bytes) -> list[FetchedGrant | None]:
        """Up to 500 in one round trip: in the same order, a leaf each; None where there is none (any more) for `by`.

        `signed`: one statement of `by` over all of them (`requests.FetchGrants`). TooMany beyond the limit, for which
        each counts.
        """
        return self._ask(ask.FetchGrants(by, list(secret_ids), signed), list[FetchedGrant | None])

    def put_contact(self, subject: UUID, secret_id: bytes, signed: bytes) -> bytes:
        """A trusted contact's secret; the opener of its slot. `signed`: see `requests.PutContact`."""
        return self._ask(ask.PutContact(subject, secret_id, signed), bytes)

    def start_contact(self, secret_id: bytes, signed: bytes) -> None:
        """Let the owner's delay begin. `signed`: the contact's `contact-start` statement. NotFound where it is gone."""
        self._ask(ask.StartContact(secret_id, signed), None)

    def stop_contact(self, secret_id: bytes, signed: bytes) -> None:
        """`signed`: the owner's `contact-stop` statement."""
        self._ask(ask.StopContact(secret_id, signed), None)

    def fetch_contact(self, secret_id: bytes, signed: bytes) -> Fetched:
        """`signed`: the contact's `contact-open` statement, made after the delay. Forbidden before it is over."""
        return self._ask(ask.FetchContact(secret_id, signed), Fetched)

    def leave(self, secret_id: bytes, signed: bytes) -> None:
        """`signed`: the grantee's `leave` statement over this id. NotFound if there is none (any more)."""
        self._ask(ask.Leave(secret_id, signed), None)

    def set_root(self, subject: UUID, signed: bytes, expected_version: int, version: int, hash_: bytes) -> None:
        """Conflict if the valid root is not `expected_version` any more. See `types.packed_pin` for what is signed."""
        self._ask(ask.SetPin("root", subject, signed, expected_version, version, hash_), None)

    def set_slots(self, subject: UUID, signed: bytes, expected_version: int, version: int, hash_: bytes) -> None:
        """The same for the list of lasting slots (statement kind `slots`)."""
        self._ask(ask.SetPin("slots", subject, signed, expected_version, version, hash_), None)

    def renew_keys(self, subject: UUID, signed: bytes, accepted: bytes) -> None:
        """The subject has other keys from now on. See `requests.RenewKeys`. Conflict if its slots changed meanwhile."""
        self._ask(ask.RenewKeys(subject, signed, accepted), None)

    def destroy(self, secret_id: bytes, signed: bytes) -> None:
        """`signed`: the subject's `destroy` statement over this id. NotFound if there is none (any more)."""
        self._ask(ask.Destroy(secret_id, signed), None)

    def destroy_as_operator(self, secret_id: bytes) -> None:
        self._ask(ask.DestroyAsOperator(secret_id), None)

    # Erase

    def begin_erase(self, subject: UUID, signed: bytes) -> None:
        """Durable intent and freeze. `signed`: the subject's `erase` statement over its own 16 bytes."""
        self._ask(ask.BeginErase(subject, signed), None)

    def begin_erase_as_operator(self, subject: UUID) -> None:
        self._ask(ask.BeginEraseAsOperator(subject), None)

    def shred(self, subject: UUID) -> None:
        """Destroy all secrets and write the tombstone; the subject stays in `erasing_list`. Forbidden before begin."""
        self._ask(ask.Shred(subject), None)

    def finish_erase(self, subject: UUID, rows: Mapping[str, int]) -> None:
        """Shred if not done, then forget the subject: call it after its rows elsewhere are gone. Idempotent.

        `rows` counts by table what went, for the receipt.
        """
        self._ask(ask.FinishErase(subject, dict(rows)), None)

    def receipt(self, subject: UUID) -> bytes:
        """The packed `envelope.erased.SignedReceipt`, for seven days. NotFound while the erase has not finished."""
        return self._ask(ask.ReceiptOf(subject), bytes)

    def erasing_list(self) -> list[Erasing]:
        """Erases to finish at this start (also subjects that a restore brought back)."""
        return self._ask(ask.ErasingList(), list[Erasing])

    def tombstones(self, after: int = 0, limit: int = ask.MOST_AT_ONCE) -> list[Tombstone]:
        return self._ask(ask.TombstonesAfter(after, limit), list[Tombstone])

    def is_erased(self, subjects: Sequence[UUID]) -> list[UUID]:
        """Those of the given subjects that are erased (any number)."""
        parts = range(0, len(subjects), ask.MOST_AT_ONCE)
        asked = [ask.IsErased(list(subjects[start : start + ask.MOST_AT_ONCE])) for start in parts]
        return [subject for request in asked for subject in self._ask(request, list[UUID])]

    # Installation

    def epoch(self, day: date) -> bytes:
        """The epoch secret of a UTC day. NotFound when destroyed or never made."""
        return self._ask(ask.EpochOf(day), bytes)

    def installation(self, name: InstallationName) -> dict[int, bytes]:
        """All versions of an installation key; the highest is in use. Leaves a leaf."""
        return self._ask(ask.Installation(name), dict[int, bytes])

    def public_keys(self, name: SigningName) -> dict[int, bytes]:
        return self._ask(ask.PublicKeys(name), dict[int, bytes])

    def own_leaves(self, after: int, limit: int = ask.MOST_AT_ONCE) -> list[OwnLeaf]:
        return self._ask(ask.OwnLeaves(after, limit), list[OwnLeaf])

    # The audit's tree

    def trail_state(self) -> TreeState:
        """Worker: the tree that was signed last."""
        return self._ask(ask.TrailState(), TreeState)

    def grow_trail(self, size: int, leaves: Sequence[bytes]) -> SignedCheckpoint:
        """Worker: the tree signed with these leaf hashes after its first `size`; Conflict if it has another size.

        At most 1,000 at once; with none, the same tree is signed once more.
        """
        return self._ask(ask.GrowTrail(size, list(leaves)), SignedCheckpoint)

    def begin_rotation(self) -> Rotation:
        """Operator: a new KMS version, or the one whose rotation was cut off. Conflict if only the KMS can make one."""
        return self._ask(ask.Rotate(), Rotation, ROTATE_SECONDS)

    def rotate_signing(self) -> dict[str, int]:
        """Operator: new keys for receipts and checkpoints, by name their versions. The former sign nothing any more."""
        return self._ask(ask.RotateSigning(), dict[str, int])

    def rewrap(self, limit: int = REWRAPPED_AT_ONCE) -> Rotation:
        """Operator: the next part of a rotation that began, of so many rows."""
        return self._ask(ask.Rewrap(limit), Rotation, ROTATE_SECONDS)

    def sweep(self) -> int:
        """Operator: what the key store does every minute anyway. How many rows and KMS versions went."""
        return self._ask(ask.Sweep(), int)

    # Limits, alarms and canaries

    def freeze(self, node: str, by: UUID | None = None) -> bool:
        """Operator: no secret for this node any more, "*" for none at all. False if it was so already.

        `by` is whose word it is, where the console asks.
        """
        return self._ask(ask.Freeze(node, by), bool)

    def unfreeze(self, node: str, by: UUID | None = None) -> bool:
        """Operator: the node ("*": every one) is answered again. False if it was not frozen."""
        return self._ask(ask.Unfreeze(node, by), bool)

    def nodes(self) -> list[NodeState]:
        """Operator: all nodes that opened something or are frozen."""
        return self._ask(ask.Nodes(), list[NodeState])

    def alarms(self) -> list[Alarm]:
        """Worker: those that no mail told yet."""
        return self._ask(ask.Alarms(), list[Alarm])

    def alarms_told(self, ids: Sequence[int]) -> None:
        self._ask(ask.AlarmsTold(list(ids)), None)

    def canaries_wanted(self) -> int:
        """Worker: how many canary subjects are still to be made."""
        return self._ask(ask.CanariesWanted(), int)

    def add_canary(self, subject: UUID) -> None:
        """Worker: opening this subject rings from now on. Conflict when there are enough."""
        self._ask(ask.AddCanary(subject), None)

    # Restores

    def begin_restore(self, restore: bytes, to: datetime, tree: TreeState) -> None:
        """Operator: databases were put back to this moment, and the audit tree in them is this one.

        Everybody is signed out. `restore` is a new 16-byte id; Conflict for one that was told of before.
        """
        self._ask(ask.BeginRestore(restore, to, tree.size, tree.peaks), None)

    def mark_restored(self, restore: bytes, found: Sequence[tuple[UUID, Standing]]) -> int:
        """Operator: what these owners may accept once, at most 300. How many have no keys. Conflict after the end."""
        return self._ask(ask.MarkRestored(restore, [ask.Marked(*one) for one in found]), int)

    def end_restore(self, restore: bytes) -> None:
        self._ask(ask.EndRestore(restore), None)

    # Connections

    def _ask(self, request: ask.Request, kind: type[T] | None, seconds: float = ANSWER_SECONDS) -> T:
        frame = ask.encode(request)
        try:
            answer = self._exchange(frame, type(request) in ask.REPEATABLE, seconds)
        except (OSError, frames.Closed, frames.Oversized):
            raise errors.Unavailable from None
        return _value(answer, kind)

    def _exchange(self, frame: bytes, repeatable: bool, seconds: float) -> bytes:
        connection = self._pooled()
        if connection is not None:
            try:
                return self._once(connection, frame, seconds)
            except (OSError, frames.Closed):
                if not repeatable:
                    raise
        return self._once(self._connected(), frame, seconds)

    def _once(self, connection: ssl.SSLSocket, frame: bytes, seconds: float) -> bytes:
        try:
            connection.settimeout(seconds)
            frames.send(connection, frame)
            answer = frames.receive(connection, ask.MAX_ANSWER)
        except BaseException:
            connection.close()  # half an answer may follow: never use it again
            raise
        self._give_back(connection)
        return answer

    def _pooled(self) -> ssl.SSLSocket | None:
        with self._lock:
            if self._process != os.getpid():
                self._idle, self._process = [], os.getpid()  # a forked process may not share its parent's
            while self._idle:
                connection = self._idle.pop()
                if _quiet(connection):
                    return connection
                connection.close()
        return None

    def _give_back(self, connection: ssl.SSLSocket) -> None:
        with self._lock:
            if len(self._idle) < IDLE_KEPT and self._process == os.getpid():
                self._idle.append(connection)
                return
        connection.close()

    def _connected(self) -> ssl.SSLSocket:
        plain = socket.create_connection(self._address, CONNECT_SECONDS)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._context.current().wrap_socket(plain, server_hostname=tls.SERVER_NAME)
        except BaseException:
            plain.close()
            raise


def _quiet(connection: ssl.SSLSocket) -> bool:
    """Whether an idle connection is still open: anything to read between requests is its end."""
    return not select.select([connection], [], [], 0)[0]


def _value(answer: bytes, kind: type[T] | None) -> T:
    try:
        code, raw = msgspec.msgpack.decode(answer, type=tuple[str, msgspec.Raw])
        if code:
            raise _ERRORS.get(code, errors.Unavailable)
        return msgspec.msgpack.decode(raw, type=kind)
    except msgspec.MsgspecError:
        raise errors.Unavailable from None
