"""The list of clients: added, grouped, given a team, invited singly and by a table, taken off."""

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import structs

from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors, ids
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.vault.sharing import clinics

from . import keys, links, policy, sealed
from .keys import Acting
from .models import Invitation
from .sealed import Client
from .types import Asked, NewClient, NewInvitation

_SHARES = N_("This client shares something with the clinic. They end that themselves, on their page.")
_HELD = N_("The clinic keeps this client's profile. Hand it over, or remove it first.")


def changed(acting: Acting, client: UUID, edit: Callable[[Client], Client]) -> Client:
    """Change one client's record. Raises NotFound, Conflict."""

    def change(contents: list[bytes | None]) -> list[bytes | None]:
        if contents[0] is None:
            raise errors.NotFound
        return [sealed.pack(edit(sealed.read(Client, contents[0])))]

    written = acting.vault().change([sealed.client_address(client)], change)[0].content
    assert written is not None
    return sealed.read(Client, written)


def add(actor: Actor, clinic: UUID, wishes: Sequence[NewClient]) -> list[UUID]:
    """New clients on the list: all or none. Their ids, in order. Raises NotFound, Conflict for too many."""
    acting = keys.acting(actor, clinic)
    policy.check_room(len(links.clients(acting)) + len(wishes) - 1, policy.MOST_CLIENTS)
    now = int(clock.now().timestamp())
    made = [Client(sealed.FORMAT, ids.new_id(), one.name, one.group, now) for one in wishes]
    packed: list[bytes | None] = [sealed.pack(one) for one in made]
    acting.vault().change([sealed.client_address(one.id) for one in made], lambda _: packed)
    return [one.id for one in made]


def edit(actor: Actor, clinic: UUID, client: UUID, name: str, group: str) -> None:
    """What the clinic calls them. Raises NotFound."""
    changed(keys.acting(actor, clinic), client, lambda one: structs.replace(one, name=name, group=group))


def set_team(actor: Actor, clinic: UUID, client: UUID, team: frozenset[UUID]) -> None:
    """The members who may open what the client shares; none for all who may open diaries.

    Raises NotFound, Forbidden for assistants and for whoever is not on the team now (administrators always may),
    InvalidInput for who is no such member.
    """
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    policy.check_team(team, links.clinicians(acting))
    now = links.client(acting, client)
    if acting.role != "administrator":
        policy.check_on_team(now, acting.member)
    changed(acting, client, lambda one: structs.replace(one, team=tuple(sorted(team))))
    audit.record("team-changed", clinic, str(acting.member), references=(client.bytes,))


def remove(actor: Actor, clinic: UUID, client: UUID) -> None:
    """Off the list, with what the clinic noted of them. Raises NotFound, Forbidden for assistants and who is not on the
    team (administrators always may), and Conflict while they share something or the clinic keeps their profile."""
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    one = links.client(acting, client)
    if acting.role != "administrator":
        policy.check_on_team(one, acting.member)
    if one.held:
        raise errors.Conflict(_HELD)
    link = links.of_client(acting, client)
    if link is not None and link.state in ("active", "paused"):
        raise errors.Conflict(_SHARES)
    Invitation.objects.filter(subject_id=clinic, client=client).delete()
    places = [sealed.client_address(client), sealed.chart_address(client)]
    acting.vault().change(places, lambda _: [None, None])


# ---------- inviting ----------


def invite(actor: Actor, clinic: UUID, client: UUID, asked: Asked) -> NewInvitation:
    """Ask a client to share. An invitation made before opens no more. Raises NotFound, Conflict, InvalidInput."""
    acting = keys.acting(actor, clinic)
    return _invited(acting, client, asked, links.clients(acting))


def _invited(acting: Acting, client: UUID, asked: Asked, listed: dict[UUID, Client]) -> NewInvitation:
    if client not in listed:
        raise errors.NotFound
    policy.check_asked(asked)
    before = Invitation.objects.filter(subject_id=acting.clinic, client=client, state="open")
    before.update(state="replaced", proof=b"", held=b"")
    invitation, secret, packed = ids.new_id(), clinics.new_secret(), sealed.pack(asked)
    public, held = clinics.packed_public(acting.keys), listed[client].held
    Invitation.objects.create(
        id=invitation, subject_id=acting.clinic, client=client, held_id=held,
        asked=links.seal_asked(invitation, packed),
        proof=clinics.proof(secret, invitation, acting.clinic, public, client, packed),
        held=clinics.seal_factor(secret, invitation, held, links.factor(acting, client)) if held else b"",
        ends_at=clock.now() + policy.OPEN_FOR,
    )  # fmt: skip
    audit.record("client-invited", acting.clinic, str(acting.member), references=(client.bytes,))
    return NewInvitation(invitation, client, grants.text_of(secret))


def add_and_invite(actor: Actor, clinic: UUID, wishes: Sequence[NewClient], asked: Asked) -> list[NewInvitation]:
    """Several at once: all are put on the list, or none, and each gets an invitation; in order."""
    policy.check_asked(asked)
    made = add(actor, clinic, wishes)
    acting = keys.acting(actor, clinic)
    listed = links.clients(acting)
    return [_invited(acting, client, asked, listed) for client in made]
