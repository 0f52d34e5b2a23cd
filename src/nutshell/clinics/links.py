"""The clinic's records of its clients, and the grants that clients gave: which of them belongs to whom.

A grant names the clinic's own number for the client in the text that its owner signed, so that nobody who can only
write tables puts one client's diary under another's name.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from nutshell.common import clock, errors, ids
from nutshell.grants import convert
from nutshell.grants.types import TEXT_VERSION, Terms
from nutshell.vault import fields, signed
from nutshell.vault import queries as vaults
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.models import Grant
from nutshell.vault.sharing import grantee, owner, rings, rows
from nutshell.vault.sharing.grantee import RingKeys

from . import members, policy, sealed
from .keys import Acting
from .models import Invitation
from .sealed import Chart, Client

PREFIX = "clinic"


class Link(NamedTuple):
    """What a client granted the clinic: `state` is the grant's."""

    client: UUID
    owner: UUID
    row: Grant
    terms: Terms
    state: str

    @property
    def allows_emergency(self) -> bool:
        return self.terms.purpose == "clinic-emergency"


def text_of(client: UUID) -> str:
    """What the grant of this client names as its text: signed by its owner."""
    return f"{PREFIX}/{client}/{TEXT_VERSION}"


def seal_asked(invitation: UUID, packed: bytes) -> bytes:
    """As an invitation's row keeps it: with the clinic's name and what it asks for."""
    return fields.seal_bytes("clinic_invitation", "asked", str(invitation), packed)


def open_asked(row: Invitation) -> bytes:
    """Raises Tampered."""
    return fields.open_bytes("clinic_invitation", "asked", str(row.id), bytes(row.asked))


def _client_in(text: str) -> UUID | None:
    kind, _, rest = text.partition("/")
    try:
        return ids.parse_id(rest.partition("/")[0]) if kind == PREFIX else None
    except ValueError:
        return None


# ---------- the clinic's records ----------


def clients(acting: Acting) -> dict[UUID, Client]:
    found = (sealed.read(Client, sheet.content) for sheet in acting.vault().read_shelf("clients") if sheet.content)
    return {one.id: one for one in found}


def client(acting: Acting, client_id: UUID) -> Client:
    """Raises NotFound."""
    content = acting.vault().read([sealed.client_address(client_id)])[0].content
    if content is None:
        raise errors.NotFound
    return sealed.read(Client, content)


def chart(acting: Acting, client_id: UUID) -> Chart:
    """Empty where nothing was noted. Raises Forbidden for assistants."""
    content = acting.vault().read([sealed.chart_address(client_id)])[0].content
    return sealed.read(Chart, content) if content else Chart(sealed.FORMAT)


def factor(acting: Acting, client_id: UUID) -> bytes:
    """The 32 bytes that open a profile that the clinic holds. Raises Forbidden for assistants."""
    return chart(acting, client_id).factor


def held_bundle(acting: Acting, held: UUID, client_id: UUID) -> OwnerBundle:
    """The keys of a held profile. Raises NotFound, Tampered."""
    return vaults.open_held(held, factor(acting, client_id))


def clinicians(acting: Acting) -> set[UUID]:
    """The members who may open diaries."""
    return {one.subject for one in members.members(acting) if one.subject and one.role != "assistant"}


# ---------- what clients granted ----------


def links(acting: Acting, owner_id: UUID | None = None) -> dict[UUID, Link]:
    """By the clinic's number for the client, the grant in force before any that is over."""
    return granted_to(acting.clinic, owner_id)


def granted_to(clinic: UUID, owner_id: UUID | None = None) -> dict[UUID, Link]:
    """The same for who is no member. One statement a table.

    Grants whose owner has not signed them for this clinic are left out.
    """
    received = rows.received_by(clinic, owner_id)
    granted = rows.grants_by_id(row.grant_id for row in received)
    keys = signed.signing_keys(row.owner_id for row in received)
    found: dict[UUID, Link] = {}
    for row in received:
        grant, key = granted.get(row.grant_id), keys.get(row.owner_id)
        link = _link(clinic, grant, key) if grant and key else None
        if link is not None and (link.client not in found or _is_live(link)):
            found[link.client] = link
    return found


def _is_live(link: Link) -> bool:
    return link.state in rows.LIVE


def _link(clinic: UUID, row: Grant, owner_key: bytes) -> Link | None:
    if not row.version or not row.statement:
        return None
    try:
        statement = rings.read(owner_key, row)
        terms = convert.shown(owner.terms_in(statement))
    except errors.Tampered:
        return None
    client_id = _client_in(terms.text)
    if statement.grantee != clinic or client_id is None:
        return None
    is_over = row.ends_at is not None and row.ends_at <= clock.now()
    return Link(client_id, row.subject_id, row, terms, "expired" if is_over and row.state in rows.LIVE else row.state)


def of_client(acting: Acting, client_id: UUID) -> Link | None:
    return links(acting).get(client_id)


def of_owner(acting: Acting, owner_id: UUID) -> list[Link]:
    return list(links(acting, owner_id).values())


# ---------- opening ----------


def open_links(acting: Acting, found: Sequence[Link]) -> dict[UUID, RingKeys]:
    """The keys of several clients' grants, by one request to the key store; by client. Those that are gone are missing.

    Whether this member may open them is asked before (`policy.lets_open`). Raises Forbidden for assistants.
    """
    opened = grantee.open_rings(acting.hand(), [link.row for link in found])
    by_client = {link.client: opened[link.row.grant_id] for link in found}
    return {client_id: keys for client_id, keys in by_client.items() if keys is not None}


def may_open(acting: Acting, one: Client, link: Link, writes: bool = False) -> bool:
    """What the clinic's rule says of this member and this client."""
    if acting.role == "assistant":
        return False
    return policy.lets_open(one, acting.member, writes, link.allows_emergency)


def openable(acting: Acting, listed: Iterable[Client], found: dict[UUID, Link]) -> list[Link]:
    """The links that are in force and that this member may open."""
    pairs = [(one, found[one.id]) for one in listed if one.id in found]
    return [link for one, link in pairs if link.state == "active" and may_open(acting, one, link)]
