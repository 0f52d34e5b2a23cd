"""Profiles that a clinic keeps for clients without an account: made, and removed with their keys."""

from uuid import UUID

from msgspec import structs

from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import errors, ids
from nutshell.common.texts import N_
from nutshell.vault import actions as vaults
from nutshell.vault.keys import OwnerBundle

from . import clients, keys, links, policy, sealed
from .sealed import Chart

_SHARES = N_("This client has an account and shares with the clinic.")
_THERE = N_("The clinic keeps a profile of this client already.")


def make(actor: Actor, clinic: UUID, client: UUID) -> UUID:
    """A diary for a client without an account, under keys of its own that the clinic holds. Its subject.

    Raises NotFound, Forbidden for assistants and who is not on the team, Conflict for who has one, or shares.
    """
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    one, link = links.client(acting, client), links.of_client(acting, client)
    policy.check_on_team(one, acting.member)
    if one.held:
        raise errors.Conflict(_THERE)
    if link is not None and link.state in ("active", "paused"):
        raise errors.Conflict(_SHARES)
    held = ids.new_id()
    _, factor = vaults.create_held(held)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        chart = sealed.read(Chart, contents[0]) if contents[0] else Chart(sealed.FORMAT)
        return [sealed.pack(structs.replace(chart, factor=factor))]

    acting.vault().change([sealed.chart_address(client)], edit)
    clients.changed(acting, client, lambda now: structs.replace(now, held=held))
    audit.record("keys-made", held, str(acting.member))
    return held


def keys_to_remove(actor: Actor, clinic: UUID, client: UUID) -> tuple[UUID, OwnerBundle]:
    """Subject and keys of a held profile that is about to be erased. Raises NotFound, Forbidden for all but
    administrators."""
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator")
    one = links.client(acting, client)
    if one.held is None:
        raise errors.NotFound
    return one.held, links.held_bundle(acting, one.held, client)


def forget(actor: Actor, clinic: UUID, client: UUID) -> None:
    """After it was erased: the list says so, and the key goes."""
    acting = keys.acting(actor, clinic)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        chart = sealed.read(Chart, contents[0]) if contents[0] else Chart(sealed.FORMAT)
        return [sealed.pack(structs.replace(chart, factor=b""))]

    clients.changed(acting, client, lambda now: structs.replace(now, held=None))
    acting.vault().change([sealed.chart_address(client)], edit)
