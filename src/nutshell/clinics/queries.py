"""Reads: the list of clients, notes, and what the gate asks: whether a member may open somebody's collections."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from msgspec import structs

from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.grants import policy as rules
from nutshell.grants.queries import Access
from nutshell.grants.types import Terms
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.sharing import rows

from . import keys, links, policy
from .keys import Acting
from .links import Link
from .models import Clinic, Invitation
from .sealed import Client, Emergency
from .types import ClientState, ClientView, EmergencyView

EVERYTHING = Terms(rules.GRANTABLE, mode="write", purpose="clinic")
"""What a clinic may do with a profile that it holds."""


# ---------- for the gate ----------


def access(actor: Actor, owner: UUID, collection: str, writes: bool) -> Access | None:
    """Under which grant to a clinic of theirs `actor` may do this; None where there is one and it does not allow it.

    Raises NotFound for a stranger to all of these clinics, NoLongerShared where all that was granted is over.
    """
    acting = [one for one in keys.all_acting(actor) if one.role != "assistant"]
    found = [(one, link) for one in acting for link in links.of_owner(one, owner)]
    live = [(one, link) for one, link in found if link.state == "active"]
    if not live:
        held = _held(acting, owner, collection)
        if held is None and found:
            raise errors.NoLongerShared
        if held is None:
            raise errors.NotFound
        return held
    opened = (_opened(one, link, collection, writes) for one, link in live)
    return next((one for one in opened if one is not None), None)


def _opened(acting: Acting, link: Link, collection: str, writes: bool) -> Access | None:
    if not rules.allows(link.terms, collection, writes):
        return None
    try:
        client = links.client(acting, link.client)
    except errors.NotFound:
        return None  # the clinic has no such client (any more)
    if not links.may_open(acting, client, link, writes):
        return None
    ring = links.open_links(acting, [link]).get(link.client)
    return Access(link.row.grant_id, ring, link.terms, ring.ledger_public) if ring else None


def _held(acting: Iterable[Acting], owner: UUID, collection: str) -> Access | None:
    """A profile that a clinic holds for somebody without an account."""
    if collection not in rules.GRANTABLE or not rows.is_held(owner):
        return None
    for one in acting:
        client = next((client for client in links.clients(one).values() if client.held == owner), None)
        if client is not None and policy.is_on_team(client, one.member):
            return _held_access(one, owner, client.id)
    return None


def access_many(actor: Actor, clinic: UUID, collection: str) -> dict[UUID, tuple[UUID, Access]]:
    """What of its clients this member may read now, by client: whose it is, and the keys.

    Raises NotFound for who is no member, NoLongerShared, Forbidden for assistants.
    """
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    listed = links.clients(acting)
    found = links.openable(acting, listed.values(), links.links(acting))
    wanted = [link for link in found if rules.allows(link.terms, collection, False)]
    rings = links.open_links(acting, wanted)
    shared = {
        link.client: (link.owner, Access(link.row.grant_id, ring, link.terms, ring.ledger_public))
        for link in wanted
        if (ring := rings.get(link.client)) is not None
    }
    return shared | _all_held(acting, [one for one in listed.values() if one.id not in shared])


def _all_held(acting: Acting, listed: Iterable[Client]) -> dict[UUID, tuple[UUID, Access]]:
    found: dict[UUID, tuple[UUID, Access]] = {}
    for one in _with_profiles(listed):
        if one.held is not None and policy.is_on_team(one, acting.member):
            found[one.id] = one.held, _held_access(acting, one.held, one.id)
    return found


def _with_profiles(listed: Iterable[Client]) -> list[Client]:
    """The clients as they are now: of a profile that was taken over or erased nothing is held any more."""
    all_of_them = list(listed)
    there = rows.held_among(one.held for one in all_of_them if one.held)
    return [one if one.held in there else structs.replace(one, held=None) for one in all_of_them]


def _held_access(acting: Acting, held: UUID, client_id: UUID) -> Access:
    bundle = links.held_bundle(acting, held, client_id)
    return Access(None, OwnerKeys(bundle), EVERYTHING, bundle.public().ledger)


def knows(actor: Actor, owner: UUID) -> str:
    """What a clinic of mine calls this client, "" for a stranger: for the frame of their pages."""
    for acting in keys.all_acting(actor):
        listed = links.clients(acting)
        found = [listed[link.client].name for link in links.of_owner(acting, owner) if link.client in listed]
        found += [client.name for client in listed.values() if client.held == owner]
        if found:
            return found[0]
    return ""


# ---------- lists ----------


def clients(acting: Acting) -> list[ClientView]:
    """All clients, by name."""
    listed, linked = _with_profiles(links.clients(acting).values()), links.links(acting)
    invited = _invited(acting.clinic)
    names = accounts.names_of(_named(listed))
    views = [_view(acting, one, linked.get(one.id), one.id in invited, names) for one in listed]
    return sorted(views, key=lambda view: view.name.casefold())


def client(acting: Acting, client_id: UUID) -> ClientView:
    """Raises NotFound."""
    [one] = _with_profiles([links.client(acting, client_id)])
    link = links.of_client(acting, client_id)
    return _view(acting, one, link, client_id in _invited(acting.clinic), accounts.names_of(_named([one])))


def _invited(clinic: UUID) -> set[UUID]:
    found = Invitation.objects.filter(subject_id=clinic, state="open", ends_at__gt=clock.now())
    return set(found.values_list("client", flat=True))


def _named(listed: Iterable[Client]) -> set[UUID]:
    found = [one for client in listed for one in client.emergencies]
    return {one.member for one in found} | {one.reviewer for one in found if one.reviewer}


def _view(acting: Acting, one: Client, link: Link | None, invited: bool, names: dict[UUID, str]) -> ClientView:
    state = _state(one, link, invited)
    owner = link.owner if link is not None and state in ("active", "paused") else one.held
    terms = link.terms if link is not None else Terms(())
    if one.held and state == "held":
        terms = EVERYTHING
    mine = (
        policy.is_on_team(one, acting.member)
        if state == "held"
        else link is not None and links.may_open(acting, one, link)
    )
    return ClientView(
        one.id, one.name, one.group, state, owner, link.row.grant_id if link else None, tuple(terms.collections),
        terms.mode == "write", link is not None and link.allows_emergency, one.team,
        mine and state in ("active", "held") and acting.role != "assistant",
        () if acting.role == "assistant" else tuple(_emergency(each, names) for each in reversed(one.emergencies)),
        _moment(one.since),
        terms.expires_at,
        rules.editable(terms),
    )  # fmt: skip


def _state(one: Client, link: Link | None, invited: bool) -> ClientState:
    if link is not None and link.state == "active":
        return "active"
    if link is not None and link.state == "paused":
        return "paused"
    if one.held:
        return "held"
    if invited:
        return "invited"
    return "ended" if link is not None else "listed"


def _emergency(one: Emergency, names: dict[UUID, str]) -> EmergencyView:
    return EmergencyView(
        one.id, one.member, names.get(one.member, ""), one.reason, _moment(one.began), _moment(one.until),
        names.get(one.reviewer, "") if one.reviewer else "", one.verdict, one.comment,
    )  # fmt: skip


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def clinic_names(subjects: Iterable[UUID]) -> dict[UUID, str]:
    """A name that somebody altered is left out: what its clinic did is shown all the same."""
    found: dict[UUID, str] = {}
    for one in Clinic.objects.filter(subject_id__in=list(subjects)):
        with suppress(errors.Tampered):
            found[one.subject_id] = one.name
    return found


def first_day_of(text: str) -> Day | None:
    return clock.parse_day(text) if text else None
