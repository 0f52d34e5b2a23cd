"""Clinics and who belongs to them: found, invite, give another role, end."""

from uuid import UUID

from nutshell.accounts import mail
from nutshell.accounts import queries as accounts
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import errors, ids
from nutshell.grants import actions as grants
from nutshell.vault import actions as vaults
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.models import Grant
from nutshell.vault.people import packed_public
from nutshell.vault.sharing import clinics, errands, giving, grantee, owner, rings, rows
from nutshell.vault.sharing.owner import Terms

from . import keys, policy, sealed, watch
from .keys import Acting
from .models import Clinic
from .types import Member, Membership, NewInvitation, Role

LIVE = rows.LIVE
ENDING_SECONDS = 5.0
OPEN = ("offered", "accepted", *LIVE)


def _terms(role: Role) -> Terms:
    return Terms(list(policy.REACHES[role]), "", "", "write", "member", f"member/{role}", 0)


# ---------- clinics ----------


def found(actor: Actor, name: str) -> UUID:
    """Make a clinic; its founder is its first administrator. Its subject."""
    subject, own = grants.person_of(actor)
    clinic = ids.new_id()
    bundle = vaults.create_clinic(clinic)
    vault = clinics.own_vault(clinic, bundle)
    kept = sealed.pack(sealed.Keys(sealed.FORMAT, clinics.sealing_key(bundle)))
    vault.change([sealed.KEYS], lambda _: [kept])
    vault.change([sealed.BUNDLE], lambda _: [clinics.packed_bundle(bundle)])
    grant_id = giving.give(clinic, bundle, _terms("administrator"), "", subject, packed_public(own))
    Clinic.objects.create(subject_id=clinic, sealed_name=Clinic.seal(clinic, name))
    audit.record("member-joined", clinic, str(subject), grant=grant_id, reason="administrator")
    return clinic


def rename(actor: Actor, clinic: UUID, name: str) -> None:
    """Raises NotFound, Forbidden for all but administrators."""
    acting = _administrator(actor, clinic)
    Clinic.objects.filter(subject_id=acting.clinic).update(sealed_name=Clinic.seal(acting.clinic, name))


def _administrator(actor: Actor, clinic: UUID) -> Acting:
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator")
    return acting


def memberships(actor: Actor) -> list[Membership]:
    """The clinics that I belong to, or wait for."""
    subject, _ = grants.person_of(actor)
    received = [row for row in rows.received_by(subject) if row.state in ("accepted", "active")]
    names = {one.subject_id: one.name for one in Clinic.objects.filter(subject_id__in=[r.owner_id for r in received])}
    acting = {one.clinic: one.role for one in keys.all_acting(actor)}
    return [
        Membership(row.owner_id, names[row.owner_id], row.grant_id, acting.get(row.owner_id), row.state)
        for row in received
        if row.owner_id in names
    ]


# ---------- members ----------


def settle(acting: Acting) -> int:
    """Do what waits for the clinic's own keys, in an administrator's request: completes who has accepted.

    How many parts of what the clinic keeps are not as they were left; 0 for other members, who cannot know.
    """
    if acting.role != "administrator":
        return 0
    bundle = acting.bundle()
    altered = watch.altered(acting, bundle)
    if rows.has_errands(acting.clinic):
        _work(acting, bundle)
    return altered


def _work(acting: Acting, bundle: OwnerBundle, seconds: float = errands.ERRAND_SECONDS) -> None:
    before = {row.grant_id for row in rows.grants_of(acting.clinic, LIVE)}
    errands.run_errands(acting.clinic, bundle, seconds)
    for one in members(acting):
        if one.grant not in before and one.subject is not None:
            audit.record("member-joined", acting.clinic, str(one.subject), grant=one.grant, reason=one.role)


def members(acting: Acting) -> list[Member]:
    """Who belongs to the clinic, by name; administrators also see who was invited."""
    public = acting.keys.owner_public()
    signed = [(row, rings.read(public, row)) for row in rows.grants_of(acting.clinic, LIVE)]
    names = accounts.names_of(one.grantee for _, one in signed)
    found = [
        Member(row.grant_id, one.grantee, names.get(one.grantee, ""), policy.role_of(one.collections), row.state)
        for row, one in signed
    ]
    return sorted(found, key=lambda one: one.name.casefold()) + _waiting(acting)


def _waiting(acting: Acting) -> list[Member]:
    if acting.role != "administrator":
        return []
    bundle = acting.bundle()
    return [
        Member(
            row.grant_id, None, owner.details_of(bundle, row).label,
            policy.role_of(owner.terms_of(bundle, row).collections), row.state,
        )
        for row in rows.grants_of(acting.clinic, ("offered", "accepted"))
    ]  # fmt: skip


def invite(actor: Actor, clinic: UUID, label: str, role: Role) -> NewInvitation:
    """Offer somebody a membership; they accept by the link. Raises NotFound, Forbidden, Conflict for too many."""
    acting = _administrator(actor, clinic)
    policy.check_room(len(rows.grants_of(clinic, OPEN)), policy.MOST_MEMBERS)
    grant_id, secret = owner.offer(clinic, acting.bundle(), _terms(role), label)
    audit.record("member-invited", clinic, str(acting.member), grant=grant_id, reason=role)
    return NewInvitation(grant_id, clinic, grants.text_of(secret))


def invited(actor: Actor, grant_id: UUID, secret: str) -> tuple[Clinic, Role]:
    """What somebody with a link to a membership is asked to accept. Raises NotFound for a dead one."""
    grants.person_of(actor)
    opened = grantee.open_offer(grant_id, grants.secret_of(secret))
    clinic = Clinic.objects.filter(subject_id=opened.owner).first()
    if clinic is None:
        raise errors.NotFound
    return clinic, policy.role_of(opened.terms.collections)


def accept(actor: Actor, grant_id: UUID, secret: str) -> None:
    """Belong to it as soon as an administrator's keys have completed it. Raises NotFound, Conflict for a member."""
    subject, own = grants.person_of(actor)
    clinic, _ = invited(actor, grant_id, secret)
    if any(row.state in ("accepted", "active") for row in rows.received_by(subject, clinic.subject_id)):
        policy.refuse_twice()
    grantee.accept(subject, own, grant_id, grants.secret_of(secret))
    for one in _administrators(clinic.subject_id):
        mail.notify_subject(one, "member-accepted")


def decline(actor: Actor, grant_id: UUID, secret: str) -> None:
    """Raises NotFound for a dead link."""
    clinic, _ = invited(actor, grant_id, secret)
    grantee.decline(grant_id)
    audit.record("member-left", clinic.subject_id, str(clinic.subject_id), grant=grant_id, reason="declined")


def _administrators(clinic: UUID) -> set[UUID]:
    """By the rows alone: whom to write a mail to, and nothing else."""
    return set(rows.grantees_of(clinic, ("active",)))


def end(actor: Actor, clinic: UUID, grant_id: UUID) -> None:
    """End a membership, or take its offer back: the member's next request is refused.

    Raises NotFound, Forbidden for all but administrators, Conflict for the last of them.
    """
    acting = _administrator(actor, clinic)
    row, bundle = _row(clinic, grant_id), acting.bundle()
    if row.state in LIVE:
        _end(acting, bundle, grant_id)
        _tell_member(clinic, grant_id)
    else:
        owner.set_state(clinic, grant_id, ("offered", "accepted"), "withdrawn")
    audit.record("member-left", clinic, str(acting.member), grant=grant_id, reason="ended")


def _row(clinic: UUID, grant_id: UUID) -> Grant:
    row = rows.grant_of(clinic, grant_id)
    if row is None or row.state not in OPEN:
        raise errors.NotFound
    return row


def _end(acting: Acting, bundle: OwnerBundle, grant_id: UUID) -> None:
    """Decided and marked at once; then the clinic's keys do what is to be done. Raises Conflict for the last
    administrator's."""
    if not clinics.mark_end(acting.clinic, acting.keys.owner_public(), grant_id, "revoked"):
        policy.refuse_last()
    grantee.forget()
    _work(acting, bundle, ENDING_SECONDS)


def _tell_member(clinic: UUID, grant_id: UUID) -> None:
    received = rows.grantee_row(clinic, grant_id)
    if received is not None:
        mail.notify_subject(received.subject_id, "member-left")


def set_role(actor: Actor, clinic: UUID, grant_id: UUID, role: Role) -> UUID:
    """Another role: the membership ends and another begins, because a role is what keys reach. The new grant's id.

    The end comes first: cut off in between, nobody keeps what they lose. Raises NotFound, Forbidden, Conflict for the
    last administrator.
    """
    acting = _administrator(actor, clinic)
    row, bundle = _row(clinic, grant_id), acting.bundle()
    if row.state != "active":
        raise errors.Conflict
    now = rings.read(acting.keys.owner_public(), row)
    if policy.role_of(now.collections) == role:
        return grant_id
    fetched = rings.fetched(clinic, bundle, [grant_id])[0]
    if fetched is None or not fetched.grantee_public:
        raise errors.NotFound
    label = owner.details_of(bundle, row).label
    _end(acting, bundle, grant_id)
    made = giving.give(clinic, bundle, _terms(role), label, now.grantee, fetched.grantee_public)
    audit.record("member-joined", clinic, str(acting.member), grant=made, reason=role)
    return made


def leave(actor: Actor, clinic: UUID) -> None:
    """Give a membership up. Raises NotFound, Conflict for the last administrator."""
    acting = keys.acting(actor, clinic)
    membership = acting.membership.grant_id
    if not clinics.mark_end(clinic, acting.keys.owner_public(), membership, "left"):
        policy.refuse_last()
    grantee.leave(acting.member, acting.own, membership, clinic)
    grantee.forget()
    audit.record("member-left", clinic, str(acting.member), grant=membership, reason="left")
