"""Errands: what waits for an owner's keys, done by the owner's next requests."""

import time
from collections.abc import Callable
from uuid import UUID

from nutshell.envelope.people import Bundle
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.models import Errand
from nutshell.vault.store import Writing

from . import inbox, notes, owner, renewing, rings, rows

ERRAND_SECONDS = 0.05
"""How long the owner's request may be busy with errands; what is left waits for the next one."""


def run_errands(subject: UUID, bundle: Bundle, seconds: float = ERRAND_SECONDS) -> int:
    """Do what waits for the owner's keys, the oldest first, until it is done or the time is up. How many were done."""
    until, done = time.monotonic() + seconds, 0
    for errand in rows.errands_of(subject):
        if done and time.monotonic() > until:
            break
        _ERRANDS.get(errand.kind, _unknown)(subject, bundle, errand)
        done += 1
    return done


def _extend(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    rings.settle(subject, bundle, also=lambda writing: rows.drop_errand(writing, subject, errand.errand_id))


def _finish_end(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    row = rows.grant_of(subject, rows.named_in(errand))
    if row is None or rows.keyring_of(subject, row.grant_id) is None:
        rows.forget_errand(subject, errand.errand_id)
    else:
        owner.end(subject, bundle, row, row.state, errand.errand_id)


def _renew(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    """Somebody left a clinic: whatever it reaches, or reached, gets a new generation, signed by the owner anew, and
    grants in force other keys."""
    clinic = rows.named_in(errand)
    public = OwnerKeys(bundle).owner_public()
    found = (rings.read(public, row) for row in rows.unfinished_of(subject) if row.statement)
    terms = [owner.terms_in(one) for one in found if one.grantee == clinic]
    places = {place for one in terms for place in rings.places_of(one.collections, one.first_day, one.last_day)}
    to_clinic = [row for row in rows.grants_of(subject, rows.LIVE) if rings.read(public, row).grantee == clinic]
    renewing.renew(subject, bundle, to_clinic, places, lambda writing: _done(writing, subject, errand))


def _done(writing: Writing, subject: UUID, errand: Errand) -> None:
    rows.drop_errand(writing, subject, errand.errand_id)


def _reseal(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    """A grantee has new keys: the grant is sealed to those that the key store knows, and its own key is another."""
    row = rows.grant_of(subject, rows.named_in(errand))
    found = [row] if row is not None and row.state in rows.LIVE else []
    renewing.renew(subject, bundle, found, (), lambda writing: _done(writing, subject, errand))


def asked_to_reseal(subject: UUID) -> set[UUID]:
    """Grants whose grantee has new keys, which the owner's have not been told of yet."""
    return {rows.named_in(one) for one in rows.errands_of(subject) if one.kind == rows.RESEAL}


def _file(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    row = inbox.item_of(subject, rows.named_in(errand))
    by = notes.signed_by(row) if row is not None else None
    if row is None or by is None:
        inbox.file(subject, bundle, errand)
    else:
        notes.file(subject, bundle, errand, row, by)


def _unknown(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    """Of a later version: left for it."""


_ERRANDS: dict[str, Callable[[UUID, Bundle, Errand], None]] = {
    rows.COMPLETE: owner.complete,
    rows.RINGS: _extend,
    rows.END: _finish_end,
    rows.FILE: _file,
    rows.RENEW: _renew,
    rows.RESEAL: _reseal,
}
