"""What a client does: look at what a clinic asks for, and share, under keys of their own."""

from datetime import datetime
from uuid import UUID

from nutshell.accounts import mail
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.grants import actions as grants
from nutshell.grants import closed, convert
from nutshell.grants import policy as rules
from nutshell.grants.types import Relation, Terms
from nutshell.vault import queries as vaults
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.sharing import clinics, giving
from nutshell.vault.sharing import notes as sending

from . import links, notes, queries, sealed
from .models import Invitation
from .types import Asked, AskedOf

_SHARES = N_("You share with this clinic already. Change what it sees under Who can see what.")


def asked(actor: Actor, invitation: UUID, secret: str) -> AskedOf:
    """What the holder of a link is asked for. Raises NotFound for a dead one, and one that the clinic did not make."""
    grants.person_of(actor)
    return _view(_proven(invitation, grants.secret_of(secret)))


def _proven(invitation: UUID, secret: bytes) -> Invitation:
    row = Invitation.objects.filter(id=invitation, state="open", ends_at__gt=clock.now()).first()
    if row is None:
        raise errors.NotFound
    if not _is_proven(row, secret):
        raise errors.NotFound
    return row


def _is_proven(row: Invitation, secret: bytes) -> bool:
    try:
        packed = links.open_asked(row)
    except errors.Tampered:
        return False
    return clinics.is_proven(secret, row.id, row.subject_id, row.client, packed, bytes(row.proof))


def _view(row: Invitation) -> AskedOf:
    one = sealed.read_plain(Asked, links.open_asked(row))
    return AskedOf(
        row.id, row.subject_id, one.clinic, one.collections, one.mode, queries.first_day_of(one.first_day),
        one.emergency, row.held_id is not None, row.ends_at,
    )  # fmt: skip


def terms_of(client: UUID, wish: Terms, emergency: bool) -> Terms:
    """What is signed: the purpose says whether an emergency opens it, the text whose client this is."""
    purpose: Relation = "clinic-emergency" if emergency else "clinic"
    return Terms(
        wish.collections, wish.first_day, wish.last_day, wish.mode, purpose, wish.expires_at, links.text_of(client)
    )  # fmt: skip


def check(actor: Actor, invitation: UUID, secret: str, wish: Terms, emergency: bool) -> None:
    """Raises what `join` raises of a wish that is not right: before anything is done for it."""
    _checked(actor, invitation, secret, wish, emergency)


def _checked(actor: Actor, invitation: UUID, secret: str, wish: Terms, emergency: bool) -> tuple[Invitation, Terms]:
    subject, bundle = grants.person_of(actor)
    row = _proven(invitation, grants.secret_of(secret))
    terms = terms_of(row.client, wish, emergency)
    rules.check_terms(terms, closed.collections(subject, bundle))
    _check_is_only_one(subject, row)
    return row, terms


def _check_is_only_one(subject: UUID, row: Invitation) -> None:
    """One person stands behind a client, with one grant: no second diary under the same name."""
    link = links.granted_to(row.subject_id).get(row.client)
    if link is None or link.state not in ("active", "paused"):
        return
    if link.owner != subject:
        raise errors.NotFound
    raise errors.Conflict(_SHARES)


def join(actor: Actor, invitation: UUID, secret: str, wish: Terms, emergency: bool) -> UUID:
    """Share with the clinic what the client chose, at once. The grant's id.

    Raises NotFound for a dead link, InvalidInput, Conflict for who shares with it already, Tampered where the clinic's
    keys are not those of the invitation.
    """
    subject, bundle = grants.person_of(actor)
    row, terms = _checked(actor, invitation, secret, wish, emergency)
    if not Invitation.objects.filter(id=row.id, state="open").update(state="used"):
        raise errors.NotFound
    try:
        grant_id = _given(subject, bundle, row, terms)
    except errors.NutshellError:
        Invitation.objects.filter(id=row.id).update(state="open")
        raise
    Invitation.objects.filter(id=row.id).update(proof=b"", held=b"")
    audit.record("grant-made", subject, str(subject), grant=grant_id)
    mail.notify(actor.user_id, "clinic-joined")
    return grant_id


def _given(subject: UUID, bundle: OwnerBundle, row: Invitation, terms: Terms) -> UUID:
    name = sealed.read_plain(Asked, links.open_asked(row)).clinic
    public = clinics.public_of_clinic(row.subject_id)
    return giving.give(subject, bundle, convert.stored(terms), name, row.subject_id, public)


def decline(actor: Actor, invitation: UUID, secret: str) -> None:
    """Raises NotFound for a dead link."""
    grants.person_of(actor)
    row = _proven(invitation, grants.secret_of(secret))
    Invitation.objects.filter(id=row.id, state="open").update(state="declined", proof=b"", held=b"")


def held_keys(actor: Actor, invitation: UUID, secret: str) -> tuple[UUID, OwnerBundle] | None:
    """Subject and keys of the profile that the clinic kept for the holder of this link, None where there is none (any
    more: it was taken over before, or removed).

    Raises NotFound for a dead link, Tampered.
    """
    grants.person_of(actor)
    row = _proven(invitation, grants.secret_of(secret))
    if row.held_id is None:
        return None
    factor = clinics.open_factor(grants.secret_of(secret), row.id, row.held_id, bytes(row.held))
    try:
        return row.held_id, vaults.open_held(row.held_id, factor)
    except errors.NotFound:
        return None


def forget_held(held: UUID) -> None:
    """Of a profile that is erased, links hand over nothing any more. They still let share."""
    Invitation.objects.filter(held_id=held).update(held_id=None, held=b"")


def take_notes(actor: Actor, held: UUID, held_bundle: OwnerBundle) -> None:
    """The clinical notes in a held profile, into one's own. May be repeated."""
    subject, bundle = grants.person_of(actor)
    for filed in notes.filed(held, held_bundle):
        sending.keep(subject, bundle, sealed.read(sealed.Note, filed.payload).id, filed)


def sweep(now: datetime) -> int:
    """For the worker: invitations that nobody can use any more. How many."""
    return Invitation.objects.filter(ends_at__lte=now).delete()[0]
