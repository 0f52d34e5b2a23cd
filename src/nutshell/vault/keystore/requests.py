"""The protocol: one struct for each operation, its role list, and length-prefixed MessagePack frames.

A request is a tagged map; unknown tags, unknown fields and wrong types are refused before anything runs.
An answer is `[code, value]`: code "" and a value, or the code of one of `common.errors` and nothing else.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec

from .types import (
    ALL_NODES,
    LONGEST_TABLE_NAME,
    MOST_GRANTS,
    MOST_MARKS,
    NODE_NAME,
    SECRET_ID_LENGTH,
    InstallationName,
    Reason,
    SecretKind,
    SigningName,
    Standing,
)

MAX_REQUEST = 128 * 1024
MAX_ANSWER = 4 * 1024 * 1024
LENGTH_BYTES = 4
MOST_AT_ONCE = 1000

Role = Literal["node", "worker", "operator", "admin"]
MACHINES: tuple[Role, ...] = ("node", "worker")
SEQUENCERS: tuple[Role, ...] = ("worker",)
OPERATORS: tuple[Role, ...] = ("operator",)
ADMINS: tuple[Role, ...] = ("admin",)
"""The operators' console: it freezes, and reads what is sealed about accounts. It gets no opener and no epoch."""
OVERSEERS: tuple[Role, ...] = OPERATORS + ADMINS
ALL: tuple[Role, ...] = MACHINES + OPERATORS

SecretId = Annotated[bytes, msgspec.Meta(min_length=SECRET_ID_LENGTH, max_length=SECRET_ID_LENGTH)]
Hash = Annotated[bytes, msgspec.Meta(min_length=16, max_length=32)]
Blob = Annotated[bytes, msgspec.Meta(max_length=8192)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
LeafHash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
TableName = Annotated[str, msgspec.Meta(pattern=f"^[a-z][a-z0-9_]{{0,{LONGEST_TABLE_NAME - 1}}}$")]
NodeName = Annotated[str, msgspec.Meta(pattern=rf"^(?:{re.escape(ALL_NODES)}|{NODE_NAME})\Z")]
Counts = Annotated[dict[TableName, Place], msgspec.Meta(max_length=100)]


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="operation"):
    """Base of all operations."""


class CreateSubject(Request, frozen=True, tag="create-subject"):
    subject: UUID
    public: Blob
    bundle_version: Version


class PutSecret(Request, frozen=True, tag="put-secret"):
    subject: UUID
    secret_id: SecretId
    kind: SecretKind
    ends_at: Moment | None


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: UUID
    secret_id: SecretId


class FetchMany(Request, frozen=True, tag="fetch-many"):
    wanted: Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]
    reason: Reason


class PutGrant(Request, frozen=True, tag="put-grant"):
    """`statement`: the owner's, of kind `grant-secret` over this id; its details are a `GrantSecret`."""

    subject: UUID
    secret_id: SecretId
    statement: Blob


class MoveGrantEnd(Request, frozen=True, tag="move-grant-end"):
    """`statement`: the owner's, of kind `grant-end` over this id; its details are a `GrantSecret` with the new end."""

    subject: UUID
    secret_id: SecretId
    statement: Blob


class RenewGrant(Request, frozen=True, tag="renew-grant"):
    """`statement`: the owner's, of kind `grant-renew` over this id."""

    subject: UUID
    secret_id: SecretId
    statement: Blob


class PutContact(Request, frozen=True, tag="put-contact"):
    """`statement`: the owner's, of kind `contact-secret` over this id; its details are a `ContactWish`."""

    subject: UUID
    secret_id: SecretId
    statement: Blob


class StartContact(Request, frozen=True, tag="start-contact"):
    """`statement`: the contact's, of kind `contact-start` over this id."""

    secret_id: SecretId
    statement: Blob


class StopContact(Request, frozen=True, tag="stop-contact"):
    """`statement`: the owner's, of kind `contact-stop` over this id."""

    secret_id: SecretId
    statement: Blob


class FetchContact(Request, frozen=True, tag="fetch-contact"):
    """`statement`: the contact's, of kind `contact-open` over this id."""

    secret_id: SecretId
    statement: Blob


class FetchGrants(Request, frozen=True, tag="fetch-grants"):
    """`statement`: of kind `fetch-grants` by `by`, over the hash of these ids (`grants.ids_hash`)."""

    by: UUID
    secret_ids: Annotated[list[SecretId], msgspec.Meta(min_length=1, max_length=MOST_GRANTS)]
    statement: Blob


class Leave(Request, frozen=True, tag="leave"):
    """`statement`: the grantee's, of kind `leave` over this id."""

    secret_id: SecretId
    statement: Blob


class SetPin(Request, frozen=True, tag="set-pin"):
    """`statement` is signed as kind `what` by the subject; its details are a `Pin`."""

    what: Literal["root", "slots"]
    subject: UUID
    statement: Blob
    expected_version: Version
    version: Version
    hash: Hash


class RenewKeys(Request, frozen=True, tag="renew-keys"):
    """`statement` is signed with the keys that were, as kind `new-keys` over the subject; its details are a `NewKeys`.
    `accepted` is signed with the new ones: the `slots` statement of the list that it names.
    """

    subject: UUID
    statement: Blob
    accepted: Blob


class Destroy(Request, frozen=True, tag="destroy"):
    secret_id: SecretId
    statement: Blob


class DestroyAsOperator(Request, frozen=True, tag="destroy-as-operator"):
    secret_id: SecretId


class BeginErase(Request, frozen=True, tag="begin-erase"):
    subject: UUID
    statement: Blob


class BeginEraseAsOperator(Request, frozen=True, tag="begin-erase-as-operator"):
    subject: UUID


class Shred(Request, frozen=True, tag="shred"):
    subject: UUID


class FinishErase(Request, frozen=True, tag="finish-erase"):
    """`rows`: how many rows went elsewhere, by table. The first answer for a subject is the one that is kept."""

    subject: UUID
    rows: Counts


class ErasingList(Request, frozen=True, tag="erasing-list"):
    pass


class TombstonesAfter(Request, frozen=True, tag="tombstones"):
    line: Version
    limit: Limit


class IsErased(Request, frozen=True, tag="is-erased"):
    subjects: Annotated[list[UUID], msgspec.Meta(max_length=MOST_AT_ONCE)]


class EpochOf(Request, frozen=True, tag="epoch"):
    day: date


class Installation(Request, frozen=True, tag="installation"):
    name: InstallationName


class ReceiptOf(Request, frozen=True, tag="receipt"):
    subject: UUID


class TrailState(Request, frozen=True, tag="trail-state"):
    pass


class GrowTrail(Request, frozen=True, tag="grow-trail"):
    """Leaf hashes that follow the first `size` ones, in order. None: sign the same tree once more."""

    size: Place
    leaves: Annotated[list[LeafHash], msgspec.Meta(max_length=MOST_AT_ONCE)]


class PublicKeys(Request, frozen=True, tag="public-keys"):
    name: SigningName


class OwnLeaves(Request, frozen=True, tag="own-leaves"):
    after: Place
    limit: Limit


class Rotate(Request, frozen=True, tag="rotate"):
    """Begin a rotation, or say how far the one that was cut off is."""


class RotateSigning(Request, frozen=True, tag="rotate-signing"):
    """New signing keys; the former ones sign nothing any more."""


class Rewrap(Request, frozen=True, tag="rewrap"):
    """The next part of a rotation."""

    limit: Limit


class Sweep(Request, frozen=True, tag="sweep"):
    pass


class Freeze(Request, frozen=True, tag="freeze"):
    """`by`: whose word it is, where the console says so; it lands in the trail."""

    node: NodeName
    by: UUID | None = None


class Unfreeze(Request, frozen=True, tag="unfreeze"):
    node: NodeName
    by: UUID | None = None


class Nodes(Request, frozen=True, tag="nodes"):
    pass


class Alarms(Request, frozen=True, tag="alarms"):
    pass


class AlarmsTold(Request, frozen=True, tag="alarms-told"):
    ids: Annotated[list[Place], msgspec.Meta(max_length=MOST_AT_ONCE)]


class CanariesWanted(Request, frozen=True, tag="canaries-wanted"):
    pass


class AddCanary(Request, frozen=True, tag="add-canary"):
    subject: UUID


class BeginRestore(Request, frozen=True, tag="begin-restore"):
    """`to`: as of when the databases stand now; `size` and `peaks`: the audit tree that is there."""

    restore: SecretId
    to: Moment
    size: Place
    peaks: Blob


class Marked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: UUID
    found: Standing


class MarkRestored(Request, frozen=True, tag="mark-restored"):
    restore: SecretId
    marks: Annotated[list[Marked], msgspec.Meta(max_length=MOST_MARKS)]


class EndRestore(Request, frozen=True, tag="end-restore"):
    restore: SecretId


Any_ = (
    CreateSubject
    | PutSecret
    | FetchMany
    | PutGrant
    | MoveGrantEnd
    | RenewGrant
    | RenewKeys
    | PutContact
    | StartContact
    | StopContact
    | FetchContact
    | FetchGrants
    | Leave
    | SetPin
    | Destroy
    | DestroyAsOperator
    | BeginErase
    | BeginEraseAsOperator
    | Shred
    | FinishErase
    | ErasingList
    | TombstonesAfter
    | IsErased
    | EpochOf
    | Installation
    | ReceiptOf
    | TrailState
    | GrowTrail
    | PublicKeys
    | OwnLeaves
    | Rotate
    | RotateSigning
    | Rewrap
    | Sweep
    | Freeze
    | Unfreeze
    | Nodes
    | Alarms
    | AlarmsTold
    | CanariesWanted
    | AddCanary
    | BeginRestore
    | MarkRestored
    | EndRestore
)

ROLES: dict[type[Request], tuple[Role, ...]] = {
    CreateSubject: ("node",),
    PutSecret: MACHINES,
    FetchMany: MACHINES,
    PutGrant: MACHINES,
    MoveGrantEnd: MACHINES,
    RenewGrant: MACHINES,
    RenewKeys: MACHINES,
    PutContact: MACHINES,
    StartContact: MACHINES,
    StopContact: MACHINES,
    FetchContact: MACHINES,
    FetchGrants: MACHINES,
    Leave: MACHINES,
    SetPin: MACHINES,
    Destroy: MACHINES,
    DestroyAsOperator: OPERATORS,
    BeginErase: MACHINES,
    BeginEraseAsOperator: OPERATORS,
    Shred: ALL,
    FinishErase: ALL,
    ErasingList: ALL,
    TombstonesAfter: ALL,
    IsErased: ALL,
    EpochOf: MACHINES,
    Installation: MACHINES + ADMINS,
    ReceiptOf: MACHINES,
    TrailState: SEQUENCERS,
    GrowTrail: SEQUENCERS,
    PublicKeys: ALL + ADMINS,
    OwnLeaves: MACHINES,
    Rotate: OPERATORS,
    RotateSigning: OPERATORS,
    Rewrap: OPERATORS,
    Sweep: OPERATORS,
    Freeze: OVERSEERS,
    Unfreeze: OVERSEERS,
    Nodes: OVERSEERS,
    Alarms: SEQUENCERS,
    AlarmsTold: SEQUENCERS,
    CanariesWanted: SEQUENCERS,
    AddCanary: SEQUENCERS,
    BeginRestore: OPERATORS,
    MarkRestored: OPERATORS,
    EndRestore: OPERATORS,
}
"""Who may ask what, by the role in the client's certificate. What is not listed is refused."""


def role_of(name: str) -> Role | None:
    """Of a certificate's common name: `node-2` is a node. None for any other name."""
    return cast(Role, name.partition("-")[0]) if re.fullmatch(f"{NODE_NAME}|operator|admin", name) else None


HARMLESS = frozenset(
    {
        *(Shred, FinishErase, ErasingList, TombstonesAfter, IsErased, ReceiptOf, TrailState, GrowTrail, PublicKeys),
        *(OwnLeaves, Alarms, AlarmsTold),
    }
)
"""What a frozen node is still answered: nothing of it is secret or acts for a person. All else is refused."""

REPEATABLE = frozenset(ROLES) - {
    *(PutContact, StartContact, StopContact, FetchContact),
    *(PutSecret, PutGrant, MoveGrantEnd, FetchGrants, Leave, Destroy, SetPin, BeginErase, GrowTrail),
    *(RenewGrant, RenewKeys, RotateSigning),
    *(Freeze, Unfreeze, AddCanary, BeginRestore, MarkRestored, EndRestore),
}
"""Operations that a client may send again when a connection broke before the answer."""

request_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Any_)
encode = msgspec.msgpack.encode
