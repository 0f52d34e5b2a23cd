"""Opening a client without being on the team: with a reason, told to the client at once, for a few hours, and looked at
by somebody else afterwards."""

from uuid import UUID

import msgspec
from msgspec import structs

from nutshell.accounts import mail
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors, ids

from . import clients, keys, links, policy
from .keys import Acting
from .links import Link
from .sealed import Client, Emergency
from .types import Verdict


def begin(actor: Actor, clinic: UUID, client: UUID, reason: str) -> UUID:
    """Open a client for four hours, to read. The id of the emergency.

    Raises NotFound, Forbidden for assistants, Conflict where it is not needed, or where the client has not agreed.
    """
    acting, link = _acting(actor, clinic, client)
    policy.check_emergency(links.client(acting, client), acting.member, link.allows_emergency)
    now = int(clock.now().timestamp())
    begun = Emergency(ids.new_id(), acting.member, reason, now, now + int(policy.EMERGENCY.total_seconds()))
    _tell("emergency-opened", acting, link, begun, reason)
    clients.changed(acting, client, lambda one: structs.replace(one, emergencies=_with(one, begun)))
    mail.notify_subject(link.owner, "emergency-opened")
    return begun.id


def _acting(actor: Actor, clinic: UUID, client: UUID) -> tuple[Acting, Link]:
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    link = links.of_client(acting, client)
    if link is None or link.state != "active":
        raise errors.NotFound
    return acting, link


def _with(client: Client, begun: Emergency) -> tuple[Emergency, ...]:
    """The latest are kept; one that nobody has looked at is not dropped."""
    if len(client.emergencies) < policy.MOST_EMERGENCIES:
        return (*client.emergencies, begun)
    oldest = next((one for one in client.emergencies if one.verdict is not None), None)
    policy.check_room(1 if oldest is None else 0, 1)
    return (*(one for one in client.emergencies if one is not oldest), begun)


def review(actor: Actor, clinic: UUID, client: UUID, emergency: UUID, verdict: Verdict, comment: str) -> None:
    """What a second person makes of it; the client reads it. Raises NotFound, Forbidden, Conflict for one's own."""
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    now = int(clock.now().timestamp())

    def edit(one: Client) -> Client:
        found = next((each for each in one.emergencies if each.id == emergency), None)
        if found is None:
            raise errors.NotFound
        policy.check_review(found, acting.member)
        seen = structs.replace(found, reviewer=acting.member, verdict=verdict, comment=comment, reviewed=now)
        return structs.replace(one, emergencies=tuple(seen if each is found else each for each in one.emergencies))

    changed = clients.changed(acting, client, edit)
    link = links.of_client(acting, client)
    if link is not None:
        seen = next(one for one in changed.emergencies if one.id == emergency)
        _tell("emergency-reviewed", acting, link, seen, comment, verdict)


def _tell(kind: str, acting: Acting, link: Link, one: Emergency, text: str, reason: str = "") -> None:
    """Into the client's ledger, sealed to the client; the leaf comes before anything is opened.

    Sealed to the key that the key store knows them by: without the grant's keys the words stay in the clinic's list.
    """
    ring = links.open_links(acting, [link]).get(link.client) if link.state == "active" else None
    ledger = ring.ledger_public if ring is not None else b""
    details = msgspec.msgpack.encode([text]) if ledger else b""
    audit.record(
        kind, link.owner, str(acting.member), details, ledger, grant=link.row.grant_id, reason=reason,
        references=(one.id.bytes,),
    )  # fmt: skip
    audit.record(kind, acting.clinic, str(acting.member), reason=reason, references=(one.id.bytes,))


def waiting(acting: Acting) -> list[tuple[Client, Emergency]]:
    """What nobody else has looked at yet, the oldest first."""
    found = [(one, each) for one in links.clients(acting).values() for each in one.emergencies]
    return sorted((pair for pair in found if pair[1].verdict is None), key=lambda pair: pair[1].began)
