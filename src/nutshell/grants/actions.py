"""What owners and grantees do about grants. Every act lands in the owner's ledger.

All of them need a session of a person with keys: a token raises errors.Forbidden.
"""

import base64
import binascii
import logging
from collections.abc import Collection
from uuid import UUID

from nutshell.accounts import mail
from nutshell.accounts.policy import check_open
from nutshell.accounts.types import Actor
from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.models import Grant
from nutshell.vault.sharing import errands, grantee, inbox, owner, rows
from nutshell.vault.sharing.grantee import OpenOffer
from nutshell.vault.sharing.rows import LIVE

from . import closed, convert, policy
from .types import Change, NewOffer, Terms

log = logging.getLogger(__name__)
ENDING_SECONDS = 5.0
"""For what waits when a grant is ended: what was sent under it is filed while it still says who may send."""


def person_of(actor: Actor) -> tuple[UUID, OwnerBundle]:
    """Whose keys act. Raises ConsentRequired before there are any, Sealed while shut, Forbidden for a token's."""
    check_open(actor)
    assert actor.subject is not None
    if not isinstance(actor.keys, OwnerBundle):
        raise errors.Forbidden
    return actor.subject, actor.keys


def _tell(kind: str, subject: UUID, actor: UUID, grant_id: UUID, reason: str = "") -> None:
    audit.record(kind, subject, str(actor), grant=grant_id, reason=reason)


# ---------- as an owner ----------


def offer(actor: Actor, terms: Terms, label: str) -> NewOffer:
    """Offer to share. Nobody is looked up, so nothing is told of who has an account. Raises InvalidInput."""
    grant_id, secret = _offered(actor, terms, label)
    mail.notify(actor.user_id, "grant-offered")
    return NewOffer(grant_id, text_of(secret))


def give(actor: Actor, terms: Terms, label: str, taker: Actor) -> UUID:
    """To a study, which takes it at once: offered, accepted and completed in this request. Raises InvalidInput."""
    grant_id, secret = _offered(actor, terms, label)
    grantee.accept(*person_of(taker), grant_id, secret)
    run_errands(actor)
    mail.notify(actor.user_id, "study-joined")
    return grant_id


def _offered(actor: Actor, terms: Terms, label: str) -> tuple[UUID, bytes]:
    """The grant's id, and the secret that accepts it."""
    subject, bundle = person_of(actor)
    policy.check_terms(terms, closed.collections(subject, bundle))
    made = owner.offer(subject, bundle, convert.stored(terms), label)
    _tell("grant-offered", subject, subject, made[0])
    return made


def withdraw(actor: Actor, grant_id: UUID) -> None:
    """Take an offer back that was not completed. Raises NotFound, Conflict."""
    subject, _ = person_of(actor)
    policy.check_can("withdraw", _mine(subject, grant_id).state)
    owner.set_state(subject, grant_id, policy.states_before("withdraw"), "withdrawn")
    _tell("grant-ended", subject, subject, grant_id, "withdrawn")


def pause(actor: Actor, grant_id: UUID) -> None:
    """Refuse every request under it until it is resumed. Raises NotFound, Conflict."""
    _set(actor, grant_id, "pause", "paused", "grant-paused")


def resume(actor: Actor, grant_id: UUID) -> None:
    _set(actor, grant_id, "resume", "active", "grant-resumed")


def _set(actor: Actor, grant_id: UUID, act: policy.Act, state: str, kind: str) -> None:
    subject, _ = person_of(actor)
    policy.check_can(act, _mine(subject, grant_id).state)
    owner.set_state(subject, grant_id, policy.states_before(act), state)
    _tell(kind, subject, subject, grant_id)


def change(actor: Actor, grant_id: UUID, wish: Change, confirmed: frozenset[str] | None = None) -> None:
    """Widen or narrow an active or paused grant: it holds from the grantee's next request on.

    `confirmed` are the fields that the owner knows to become wider; None where a page has asked. Raises NotFound,
    Conflict (also for what becomes wider and was not confirmed), InvalidInput.
    """
    subject, bundle = person_of(actor)
    row = _mine(subject, grant_id)
    policy.check_can("revoke", row.state)
    before = convert.shown(owner.terms_of(bundle, row))
    terms = wish.of(before)
    policy.check_change(before, terms)
    policy.check_terms(terms, closed.collections(subject, bundle))
    if confirmed is not None:
        policy.check_confirmed(before, terms, confirmed)
    owner.change(subject, bundle, row, convert.stored(terms))
    grantee.forget()
    _tell("grant-changed", subject, subject, grant_id)
    mail.notify(actor.user_id, "grant-changed")


def revoke(actor: Actor, grant_id: UUID) -> None:
    """End a grant, or take its offer back: the grantee's next request is refused. Raises NotFound, Conflict."""
    if _revoke(actor, grant_id):
        mail.notify(actor.user_id, "grant-ended")


def _revoke(actor: Actor, grant_id: UUID) -> bool:
    """Whether it was in force."""
    subject, bundle = person_of(actor)
    run_errands(actor, ENDING_SECONDS)
    row = _mine(subject, grant_id)
    if policy.can("withdraw", row.state):
        withdraw(actor, grant_id)
        return False
    policy.check_can("revoke", row.state)
    owner.end(subject, bundle, row, "revoked")
    grantee.forget()
    _tell("grant-ended", subject, subject, grant_id, "revoked")
    _notify_grantee(subject, grant_id)
    return True


def _notify_grantee(owner_id: UUID, grant_id: UUID) -> None:
    received = rows.grantee_row(owner_id, grant_id)
    if received is not None:
        mail.notify_subject(received.subject_id, "share-ended")


def stop_all(actor: Actor) -> int:
    """End every grant and take back every offer; one mail tells the owner. How many there were."""
    subject, _ = person_of(actor)
    found = [row.grant_id for row in rows.grants_of(subject, policy.OPEN)]
    ended = [_revoke(actor, grant_id) for grant_id in found]
    if any(ended):
        mail.notify(actor.user_id, "grant-ended")
    return len(found)


def close_collections(actor: Actor, names: Collection[str]) -> None:
    """What is never shared. A grant that reaches one of these must be changed or ended first.

    Raises Conflict, InvalidInput for what cannot be shared anyhow.
    """
    subject, bundle = person_of(actor)
    policy.check_known(names)
    closed.keep(subject, bundle, frozenset(names), _shared_now(subject, bundle))


def _shared_now(subject: UUID, bundle: OwnerBundle) -> frozenset[str]:
    terms = (owner.terms_of(bundle, row) for row in rows.grants_of(subject, policy.OPEN))
    return frozenset(name for one in terms for name in one.collections)


def _mine(subject: UUID, grant_id: UUID) -> Grant:
    row = rows.grant_of(subject, grant_id)
    if row is None:
        raise errors.NotFound
    return row


def run_errands(actor: Actor, seconds: float = errands.ERRAND_SECONDS) -> None:
    """Do what waits for the owner's keys; a failure waits for the next request, and nobody's page breaks by it.

    Nothing of a frozen account, whose owner only takes it along.
    """
    if actor.still or actor.kind != "session" or actor.subject is None or not isinstance(actor.keys, OwnerBundle):
        return
    if not rows.has_errands(actor.subject):
        return
    before = {row.grant_id for row in rows.grants_of(actor.subject, LIVE)}
    resealed = errands.asked_to_reseal(actor.subject)
    try:
        errands.run_errands(actor.subject, actor.keys, seconds)
    except errors.NutshellError as failure:
        log.error("errands wait for another try: %s", failure.code)
    for row in rows.grants_of(actor.subject, LIVE):
        if row.grant_id not in before:
            _tell("grant-made", actor.subject, actor.subject, row.grant_id)
    for grant_id in resealed - errands.asked_to_reseal(actor.subject):
        _tell("grant-renewed", actor.subject, actor.subject, grant_id)
        mail.notify(actor.user_id, "grant-renewed")


# ---------- as a grantee ----------


def text_of(secret: bytes) -> str:
    """A secret as it stands in a link."""
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def secret_of(text: str) -> bytes:
    """The secret of an invitation's link. Raises NotFound for what cannot be one."""
    try:
        return base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise errors.NotFound from None


def offer_of_person(grant_id: UUID, secret: str) -> OpenOffer:
    """What a link opens. Raises NotFound for a dead one, and for a clinic's, which has its own page."""
    found = grantee.open_offer(grant_id, secret_of(secret))
    if rows.is_clinic(found.owner):
        raise errors.NotFound
    return found


def accept(actor: Actor, grant_id: UUID, secret: str) -> None:
    """Accept an offer: the owner's keys complete it. Raises NotFound for a dead link, Conflict for one's own."""
    subject, bundle = person_of(actor)
    offered = offer_of_person(grant_id, secret)
    grantee.accept(subject, bundle, grant_id, secret_of(secret))
    mail.notify_subject(offered.owner, "grant-accepted")


def decline(actor: Actor, grant_id: UUID, secret: str) -> None:
    """Raises NotFound for a dead link."""
    person_of(actor)
    offered = offer_of_person(grant_id, secret)
    grantee.decline(grant_id)
    _tell("grant-ended", offered.owner, offered.owner, grant_id, "declined")
    mail.notify_subject(offered.owner, "grant-ended")


def leave(actor: Actor, grant_id: UUID) -> None:
    """Give up what somebody shared. Raises NotFound."""
    subject, bundle = person_of(actor)
    row = next((one for one in rows.received_by(subject) if one.grant_id == grant_id), None)
    if row is None or rows.is_clinic(row.owner_id):
        raise errors.NotFound
    policy.check_can("leave", row.state)
    grantee.leave(subject, bundle, grant_id, row.owner_id)
    grantee.forget()
    _tell("grant-ended", row.owner_id, subject, grant_id, "left")
    mail.notify_subject(row.owner_id, "grant-ended")


# ---------- sending ----------


def send(actor: Actor, to: UUID, kind: str, payload: bytes) -> None:
    """Send a copy of something to who shares with me, or with whom I share. Nothing else opens by it.

    Raises NotFound for anybody else, InvalidInput for too much at once, Conflict while too much waits for them.
    """
    subject, bundle = person_of(actor)
    peer = inbox.peers(subject, bundle).get(to)
    if peer is None or rows.is_clinic(to):
        raise errors.NotFound
    inbox.send(subject, bundle, peer, kind, payload)
    _tell("copy-sent", subject, subject, peer.grant_id, kind)


def signing_key_of(actor: Actor, peer: UUID) -> bytes:
    """The public key that a peer signs with, as the key store knows it. Raises NotFound for who is no peer."""
    found = inbox.peers(*person_of(actor)).get(peer)
    if found is None:
        raise errors.NotFound
    return found.public.signing


def settle(actor: Actor, item_id: UUID) -> None:
    """What was sent to me is taken, or left. May be repeated."""
    inbox.settle(*person_of(actor), item_id)


# ---------- time ----------


def expire_ended() -> int:
    """For the worker: mark what has come to its end. How many."""
    return sum(expire(row) for row in Grant.objects.filter(state__in=policy.OPEN, ends_at__lte=clock.now()))


def expire(row: Grant) -> bool:
    """Mark one that has come to its end; the owner's keys see to the shelves with their next request."""
    if row.state in LIVE:
        return _expire_live(row)
    owner.set_state(row.subject_id, row.grant_id, ("offered", "accepted"), "expired")
    return True


def _expire_live(row: Grant) -> bool:
    """Written into the ledger and mailed by whoever marks it first."""
    is_first = grantee.end_without_owner(row.subject_id, row.grant_id, LIVE, "expired")
    if is_first:
        _tell("grant-ended", row.subject_id, row.subject_id, row.grant_id, "expired")
        mail.notify_subject(row.subject_id, "grant-ended")
        _notify_grantee(row.subject_id, row.grant_id)
    return is_first
