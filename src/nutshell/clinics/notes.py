"""Clinical notes: kept by the clinic and, sealed, by the client; marked as clinical, and never edited or hidden.

A note goes to the client's inbox under the clinic's name with the member's signature and the clinic's word on it; an
errand of the client files it in a collection of its own, which no grant reaches.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from msgspec import structs

from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors, ids
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.vault.keys import OwnerBundle, OwnerKeys
from nutshell.vault.records import Vault
from nutshell.vault.sharing import notes as sending
from nutshell.vault.sharing.grantee import RingKeys
from nutshell.vault.types import CLINICAL

from . import keys, links, policy, queries, sealed
from .keys import Acting
from .sealed import Chart, Client, Note
from .types import NoteView

_NOT_SHARED = N_("This client shares nothing with the clinic now, so a note would not reach them.")


def write(actor: Actor, clinic: UUID, client: UUID, text: str) -> UUID:
    """Note something of a client. Its id. Raises NotFound, Forbidden for assistants and who may not open the client,
    Conflict where the client's inbox is full, or where a client who shared before would not get it."""
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator", "clinician")
    one, link = links.client(acting, client), links.of_client(acting, client)
    policy.check_on_team(one, acting.member)
    note = _note(acting, text)
    if link is not None and link.state == "active":
        ring = links.open_links(acting, [link]).get(client)
        if ring is None:
            raise errors.NotFound
        _keep(acting, client, note)
        _send(acting, client, ring, note)
        audit.record("clinical-note", link.owner, str(acting.member), grant=link.row.grant_id)
        return note.id
    if link is not None and not one.held:
        raise errors.Conflict(_NOT_SHARED)
    if one.held:
        _file_with_held(acting, one, note)
    _keep(acting, client, note)
    return note.id


def _note(acting: Acting, text: str) -> Note:
    name = accounts.names_of([acting.member]).get(acting.member, "")
    now = int(clock.now().timestamp())
    return Note(sealed.FORMAT, ids.new_id(), acting.clinic, acting.name, acting.member, name, now, text)


def _send(acting: Acting, client: UUID, ring: RingKeys, note: Note) -> None:
    """The clinic keeps no note that did not go to the client."""
    try:
        sending.send(acting.hand(), ring, note.id, sealed.pack(note))
    except errors.NutshellError:
        _edit(acting, client, lambda notes: tuple(one for one in notes if one.id != note.id))
        raise


def _file_with_held(acting: Acting, one: Client, note: Note) -> None:
    """A profile that the clinic holds keeps it at once: it is handed over with the rest."""
    if one.held is None:
        raise errors.NotFound
    bundle = links.held_bundle(acting, one.held, one.id)
    filed = sending.Filed(sending.FORMAT, acting.clinic, acting.member, sealed.pack(note))
    sending.keep(one.held, bundle, note.id, filed)


def _keep(acting: Acting, client: UUID, note: Note) -> None:
    def added(notes: tuple[Note, ...]) -> tuple[Note, ...]:
        policy.check_room(len(notes), policy.MOST_NOTES)
        return (*(one for one in notes if one.id != note.id), note)

    _edit(acting, client, added)


def _edit(acting: Acting, client: UUID, edit: Callable[[tuple[Note, ...]], tuple[Note, ...]]) -> None:
    def change(contents: list[bytes | None]) -> list[bytes | None]:
        chart = sealed.read(Chart, contents[0]) if contents[0] else Chart(sealed.FORMAT)
        return [sealed.pack(structs.replace(chart, notes=edit(chart.notes)))]

    acting.vault().change([sealed.chart_address(client)], change)


def of_client(acting: Acting, client: UUID) -> list[NoteView]:
    """What the clinic keeps, the newest first. Raises NotFound, Forbidden for assistants and who is not on the team."""
    policy.check_role(acting.role, "administrator", "clinician")
    policy.check_on_team(links.client(acting, client), acting.member)
    return [_view(one) for one in reversed(links.chart(acting, client).notes)]


def about_me(actor: Actor) -> list[NoteView]:
    """All notes of clinics about me, the newest first: mine to read, whatever I share now."""
    subject, bundle = grants.person_of(actor)
    grants.run_errands(actor)
    found = filed(subject, bundle)
    names = accounts.names_of(one.member for one in found) | queries.clinic_names(one.clinic for one in found)
    return sorted((_filed(one, names) for one in found), key=lambda one: one.at, reverse=True)


def filed(subject: UUID, bundle: OwnerBundle) -> list[sending.Filed]:
    """The records of notes about somebody, by their own keys."""
    sheets = Vault(subject, subject, OwnerKeys(bundle)).read_shelf(CLINICAL)
    return [sealed.read(sending.Filed, sheet.content) for sheet in sheets if sheet.content]


def _filed(one: sending.Filed, names: dict[UUID, str]) -> NoteView:
    """Whose it is says who signed it, not what they wrote; a name of theirs holds where there is no other."""
    note = _view(sealed.read(Note, one.payload))
    by_name = names.get(one.member) or (note.by_name if note.by == one.member else "")
    clinic_name = names.get(one.clinic) or (note.clinic_name if note.clinic == one.clinic else "")
    return structs.replace(note, clinic=one.clinic, clinic_name=clinic_name, by=one.member, by_name=by_name)


def _view(one: Note) -> NoteView:
    moment = datetime.fromtimestamp(one.at, UTC)
    return NoteView(one.id, one.clinic, one.clinic_name, one.by, one.by_name, moment, one.text)
