"""Collections that an owner never shares, kept in a sealed record that no grant reaches."""

from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.vault.keys import OwnerBundle, OwnerKeys
from nutshell.vault.records import Vault
from nutshell.vault.types import Address

ADDRESS = Address("index", "", "sharing")
_SHARED = N_("This is shared with somebody. Change or stop that first.")


class Closed(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The record's content."""

    collections: tuple[str, ...] = ()


def collections(subject: UUID, bundle: OwnerBundle) -> frozenset[str]:
    content = Vault(subject, subject, OwnerKeys(bundle)).read([ADDRESS])[0].content
    return frozenset(_read(content).collections) if content else frozenset()


def keep(subject: UUID, bundle: OwnerBundle, names: frozenset[str], shared: frozenset[str]) -> None:
    """Raises errors.Conflict when one of them is shared."""
    if names & shared:
        raise errors.Conflict(_SHARED)
    packed = msgspec.msgpack.encode(Closed(tuple(sorted(names))))
    Vault(subject, subject, OwnerKeys(bundle)).change([ADDRESS], lambda _contents: [packed])


def _read(content: bytes) -> Closed:
    try:
        return msgspec.msgpack.decode(content, type=Closed)
    except msgspec.MsgspecError:
        raise errors.Tampered from None
