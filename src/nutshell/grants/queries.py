"""Reads: what I share, what others share with me, what an invitation asks, and what a grantee may open."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.audit import queries as audit
from nutshell.common import clock, errors
from nutshell.vault.keys import Keys, OwnerBundle, fingerprint_of
from nutshell.vault.models import Grant
from nutshell.vault.sharing import erasing, grantee, inbox, owner, rows
from nutshell.vault.sharing.grantee import RingKeys

from . import actions, closed, convert, policy
from .types import Given, Invited, Peer, Received, Sent, Terms

# ---------- as an owner ----------


def given(actor: Actor) -> list[Given]:
    """All grants of mine, the newest first."""
    subject, bundle = actions.person_of(actor)
    found = rows.grants_of(subject)
    looked = audit.last_acts(subject, "access", [row.grant_id for row in found if row.version])
    people = {row.grant_id: owner.grantee_of(bundle, row) for row in found if row.statement}
    names = accounts.names_of(one for one in people.values() if one)
    listed = [_given(bundle, row, people.get(row.grant_id), names, looked) for row in found]
    return sorted(listed, key=lambda one: one.offered_at, reverse=True)


def _given(
    bundle: OwnerBundle, row: Grant, who: UUID | None, names: dict[UUID, str], looked: dict[UUID, datetime]
) -> Given:
    details = owner.details_of(bundle, row)
    terms = convert.shown(owner.terms_of(bundle, row)) if row.statement else Terms(())
    return Given(
        row.grant_id, row.state, terms, details.label, who, names.get(who, "") if who else "",
        _moment(details.offered_at) or clock.now(), _moment(details.accepted_at), _moment(details.ended_at),
        looked.get(row.grant_id), owner.fingerprint_of(bundle, row),
    )  # fmt: skip


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


Outlook = rows.Outlook


def outlook(subject: UUID) -> Outlook:
    """What every page says: the share chip counts people, and clinics have a place for who belongs to one."""
    return rows.outlook(subject)


def states(grant_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The states of these grants; those of erased owners are missing."""
    return {grant_id: row.state for grant_id, row in rows.grants_by_id(grant_ids).items()}


def closed_collections(actor: Actor) -> frozenset[str]:
    """What the owner never shares."""
    return closed.collections(*actions.person_of(actor))


# ---------- as a grantee ----------


def received(actor: Actor) -> list[Received]:
    """All grants to me of people, those in force first. Memberships of clinics are the clinics' room's."""
    subject, bundle = actions.person_of(actor)
    received_rows = rows.received_by(subject)
    clinics = rows.clinics_among(row.owner_id for row in received_rows)
    found = [row for row in received_rows if row.owner_id not in clinics]
    names = accounts.names_of(row.owner_id for row in found)
    listed = [
        Received(
            row.grant_id, row.state, None if row.owner_id == erasing.NOBODY else row.owner_id,
            names.get(row.owner_id, ""), _terms_to(subject, bundle, row.owner_id, row.grant_id, row.state),
        )
        for row in found
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (one.state != "active", one.name))


def _terms_to(subject: UUID, bundle: OwnerBundle, owner_id: UUID, grant_id: UUID, state: str) -> Terms | None:
    row = rows.grant_of(owner_id, grant_id) if state == "active" else None
    if row is None:
        return None
    try:
        return convert.shown(terms_of(grantee.open_ring(grantee.own_hand(subject, bundle), row)))
    except errors.NutshellError:
        return None


def terms_of(keys: RingKeys) -> owner.Terms:
    return owner.terms_in(keys.grant)


def invited(actor: Actor, grant_id: UUID, secret: str) -> Invited:
    """What the holder of a link is asked to accept. Raises NotFound for a dead one."""
    actions.person_of(actor)
    found = actions.offer_of_person(grant_id, secret)
    name = accounts.names_of([found.owner]).get(found.owner, "")
    return Invited(grant_id, name, convert.shown(found.terms), datetime.fromtimestamp(found.open_until, UTC))


def my_fingerprint(actor: Actor) -> str:
    """Of my own keys: to be compared with what an owner sees of me."""
    return fingerprint_of(actions.person_of(actor)[1])


# ---------- what is sent ----------


def peers(actor: Actor) -> list[Peer]:
    """To whom I can send, by name."""
    found = inbox.peers(*actions.person_of(actor))
    names = accounts.names_of(found)
    return sorted((Peer(one, names[one]) for one in found if one in names), key=lambda peer: peer.name.casefold())


def sent_to_me(actor: Actor) -> list[Sent]:
    """What waits for an answer of mine, the oldest first."""
    found = inbox.waiting(*actions.person_of(actor))
    names = accounts.names_of(one.writer for one in found)
    return [
        Sent(
            one.item_id, one.writer, names.get(one.writer, ""), one.kind, datetime.fromtimestamp(one.at, UTC),
            one.payload,
        )
        for one in found
    ]  # fmt: skip


# ---------- for the gate ----------


class Access(NamedTuple):
    """What may be opened: `grant_id` is None for a profile that a clinic holds, `ledger` the owner's public key."""

    grant_id: UUID | None
    keys: Keys
    terms: Terms
    ledger: bytes


def access(actor: Actor, owner_id: UUID, collection: str, writes: bool) -> Access | None:
    """The grant under which `actor` may do this; None where there are grants and none allows it.

    Raises NotFound for a stranger, NoLongerShared for whose grants have all ended or are paused.
    """
    subject, bundle = actions.person_of(actor)
    known = rows.received_by(subject, owner_id)
    if not known:
        raise errors.NotFound
    live = [one for row in known if (one := _live(subject, bundle, owner_id, row.grant_id)) is not None]
    if not live:
        raise errors.NoLongerShared
    return next((one for one in live if policy.allows(one.terms, collection, writes)), None)


def _live(subject: UUID, bundle: OwnerBundle, owner_id: UUID, grant_id: UUID) -> Access | None:
    row = rows.grant_of(owner_id, grant_id)
    if row is None or row.state != "active":
        return None
    if row.ends_at is not None and row.ends_at <= clock.now():
        actions.expire(row)
        return None
    try:
        keys = grantee.open_ring(grantee.own_hand(subject, bundle), row)
    except errors.NotFound:
        return None
    return Access(grant_id, keys, convert.shown(terms_of(keys)), keys.ledger_public)
