"""What an owner's keys do about grants: offer, complete an acceptance, change, pause, end."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from nutshell.common import clock, errors, ids
from nutshell.envelope import kdf, keyrings, offers, sealing, statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.offers import Terms as Terms
from nutshell.envelope.people import Bundle, Public
from nutshell.vault import installation, store
from nutshell.vault.keys import OwnerKeys, shown_fingerprint
from nutshell.vault.keystore.types import FetchedGrant, GrantSecret
from nutshell.vault.models import Errand, Grant
from nutshell.vault.people import public_of
from nutshell.vault.rows_of import of_subject
from nutshell.vault.store import RaceLost
from nutshell.vault.types import NEVER_GRANTED, REACH, SHELVES

from . import rings, rows
from .rings import Reached
from .rows import Updates

OPEN_FOR = timedelta(days=7)
SECRET_LENGTH = 32


class Details(msgspec.Struct, frozen=True, array_like=True):
    """What the owner alone keeps with a grant. Moments in unix seconds, 0 for not (yet)."""

    label: str
    offered_at: int
    accepted_at: int = 0
    ended_at: int = 0


def _now() -> int:
    return int(clock.now().timestamp())


# ---------- offering ----------


@of_subject
def offer(subject: UUID, bundle: Bundle, terms: Terms, label: str) -> tuple[UUID, bytes]:
    """Store an offer. Its id, and the invitation secret that only the link carries."""
    grant_id, secret, now = ids.new_id(), kdf.new_key(), clock.now()
    until = now + OPEN_FOR
    signed = offers.sign_offer(
        bundle.signing, offers.Offer(offers.FORMAT, subject, grant_id, terms, int(until.timestamp()))
    )
    Grant.objects.create(
        subject_id=subject, grant_id=grant_id, statement=signed, state="offered", version=0, ends_at=until,
        invitation=offers.wrap_invitation(bundle.wrapping, subject, grant_id, secret),
        details=sealed_details(bundle, subject, grant_id, Details(label, int(now.timestamp()))),
    )  # fmt: skip
    return grant_id, secret


def terms_of(bundle: Bundle, row: Grant) -> Terms:
    """What the row grants or offers. Raises Tampered unless its owner signed it."""
    public = OwnerKeys(bundle).owner_public()
    if row.version:
        return terms_in(rings.read(public, row))
    return read_offer(public, row).terms


def terms_in(grant: keyrings.Grant) -> Terms:
    """What a statement grants."""
    return Terms(
        grant.collections, grant.first_day, grant.last_day, grant.mode, grant.purpose, grant.text_version,
        grant.expires_at,
    )  # fmt: skip


def read_offer(owner_public: bytes, row: Grant) -> offers.Offer:
    """What the row offers. Raises Tampered unless its owner signed it."""
    try:
        found = offers.read_offer(owner_public, bytes(row.statement))
    except EnvelopeError:
        raise errors.Tampered from None
    if (found.owner, found.grant_id) != (row.subject_id, row.grant_id):
        raise errors.Tampered
    return found


def details_of(bundle: Bundle, row: Grant) -> Details:
    try:
        packed = offers.open_details(bundle.wrapping, row.subject_id, row.grant_id, bytes(row.details))
        return msgspec.msgpack.decode(packed, type=Details)
    except (EnvelopeError, msgspec.MsgspecError):
        raise errors.Tampered from None


def grantee_of(bundle: Bundle, row: Grant) -> UUID | None:
    """None before somebody accepted and the owner's keys completed it."""
    return rings.read(OwnerKeys(bundle).owner_public(), row).grantee if row.version else None


def fingerprint_of(bundle: Bundle, row: Grant) -> str:
    """Of the keys that a grant is sealed to, for the two people to compare; empty before there are any."""
    if not row.version or not row.statement:
        return ""
    return shown_fingerprint(rings.read(OwnerKeys(bundle).owner_public(), row).fingerprint)


def sealed_details(bundle: Bundle, subject: UUID, grant_id: UUID, details: Details) -> bytes:
    """As they are stored."""
    return offers.seal_details(bundle.wrapping, subject, grant_id, msgspec.msgpack.encode(details))


# ---------- completing ----------


def complete(subject: UUID, bundle: Bundle, errand: Errand) -> None:
    """Verify an acceptance, seal the keys to the grantee and make the grant active.

    A false one is dropped, and the offer stands as before.
    """
    packed = bytes(errand.payload)
    row = rows.grant_of(subject, _claimed_grant(packed))
    accepted = _verified(bundle, row, packed) if row is not None and row.state == "accepted" else None
    if row is None or accepted is None:
        _refuse(subject, row, errand.errand_id)
    else:
        terms = read_offer(OwnerKeys(bundle).owner_public(), row).terms
        activate(subject, bundle, row, terms, accepted.grantee, offers.public_of(accepted), errand.errand_id)


def _refuse(subject: UUID, row: Grant | None, errand_id: UUID) -> None:
    with store.writing(subject) as writing:
        if row is not None and rows.update(writing, subject, row.grant_id, ("accepted",), Updates(state="offered")):
            rows.drop_received(writing, row.grant_id)
        rows.drop_errand(writing, subject, errand_id)


def _claimed_grant(packed: bytes) -> UUID:
    try:
        signed = msgspec.msgpack.decode(packed, type=offers.Signed)
        return msgspec.msgpack.decode(signed.payload, type=offers.Acceptance).grant_id
    except msgspec.MsgspecError:
        return UUID(int=0)


def _verified(bundle: Bundle, row: Grant, packed: bytes) -> offers.Acceptance | None:
    """The acceptance, if its maker held the invitation's secret."""
    try:
        secret = offers.unwrap_invitation(bundle.wrapping, row.subject_id, row.grant_id, bytes(row.invitation))
        return offers.read_acceptance(secret, bytes(row.statement), packed)
    except EnvelopeError:
        return None


def activate(
    subject: UUID, bundle: Bundle, row: Grant, terms: Terms, grantee: UUID, public: Public,
    errand_id: UUID | None = None,
) -> None:  # fmt: skip
    """Seal the keys to the grantee, whose public keys these are, and put the grant in force. Raises Conflict."""
    grant_key = rings.new_grant_key()
    statement = keyrings.Grant(
        keyrings.FORMAT, subject, row.grant_id, 0, grantee, sealing.fingerprint(public.sealing),
        terms.collections, terms.first_day, terms.last_day, terms.mode, terms.purpose, terms.text_version,
        terms.expires_at, b"",
    )  # fmt: skip
    secret = _secret(subject, bundle, statement)
    updates = _active(subject, bundle, row, statement, grant_key, public.signing)
    sealed = keyrings.seal_grant_key(public.sealing, subject, row.grant_id, grantee, grant_key)

    def also(writing: store.Writing) -> None:
        if not rows.update(writing, subject, row.grant_id, ("accepted",), updates):
            raise RaceLost
        rows.set_end(writing, subject, row.grant_id, _moment(terms.expires_at))
        rows.put_received(writing, grantee, row.grant_id, subject, sealed, "active")
        if errand_id is not None:
            rows.drop_errand(writing, subject, errand_id)

    reached = Reached(statement, grant_key, secret, ("accepted",))
    rings.settle(subject, bundle, added=lambda: [reached], also=also)


def _secret(subject: UUID, bundle: Bundle, statement: keyrings.Grant) -> bytes:
    """The grant's secret, made now, or found where an attempt was cut off."""
    details = msgspec.msgpack.encode(
        GrantSecret(statement.grantee, statement.expires_at, REACH in statement.collections)
    )
    secret_id = statement.grant_id.bytes
    signed = statements.sign(bundle.signing, "grant-secret", subject, secret_id, _now(), details)
    try:
        return installation.client().put_grant(subject, secret_id, signed)
    except errors.Conflict:
        found = rings.fetched(subject, bundle, [statement.grant_id])[0]
        if found is None:
            raise
        return found.secret


def _active(
    subject: UUID, bundle: Bundle, row: Grant, statement: keyrings.Grant, grant_key: bytes, grantee_signing: bytes
) -> Updates:
    certificate = b""
    if statement.mode == "write":
        target, details = grantee_signing, row.grant_id.bytes
        certificate = statements.sign(bundle.signing, "certify-writer", subject, target, _now(), details)
    kept = msgspec.structs.replace(details_of(bundle, row), accepted_at=_now())
    return Updates(
        state="active",
        wrapped_grant_key=keyrings.wrap_grant_key(bundle.wrapping, subject, row.grant_id, grant_key),
        invitation=b"",
        certificate=certificate,
        details=sealed_details(bundle, subject, row.grant_id, kept),
    )


# ---------- pausing and ending ----------


def set_state(subject: UUID, grant_id: UUID, expected: tuple[str, ...], state: str) -> None:
    """Pause, resume, withdraw an offer: what needs no keys. Raises Conflict in another state."""
    with store.writing(subject) as writing:
        if not rows.update(writing, subject, grant_id, expected, Updates(state=state)):
            raise errors.Conflict
        rows.tell_grantee(writing, grant_id, state)


def end(subject: UUID, bundle: Bundle, row: Grant, state: str, errand_id: UUID | None = None) -> None:
    """End an active or paused grant: its secret is destroyed, every shelf it reached gets a new generation.

    Also one that is marked as ended already (`errand_id` says so): whatever was cut off there is done here.
    """
    signed = statements.sign(bundle.signing, "destroy", subject, row.grant_id.bytes, _now())
    with suppress(errors.NotFound):  # ended by its date, by the grantee, or by an attempt that was cut off
        installation.client().destroy(row.grant_id.bytes, signed)
    close(subject, bundle, row, state, errand_id)


_EVERYTHING = Terms([name for name in SHELVES if name not in NEVER_GRANTED], "", "", "", "", "", 0)
"""Of a grant whose statement went with its erased grantee."""


def close(subject: UUID, bundle: Bundle, row: Grant, state: str, errand_id: UUID | None = None) -> None:
    terms = terms_of(bundle, row) if row.statement else _EVERYTHING
    kept = msgspec.structs.replace(details_of(bundle, row), ended_at=_now())
    ended = statements.sign(bundle.signing, "revoke", subject, row.grant_id.bytes, _now())
    updates = Updates(
        state=state, wrapped_grant_key=b"", ended=ended, details=sealed_details(bundle, subject, row.grant_id, kept)
    )

    def also(writing: store.Writing) -> None:
        if not rows.update(writing, subject, row.grant_id, (row.state, state), updates):
            raise RaceLost
        _part(writing, subject, row.grant_id, terms)
        rows.tell_grantee(writing, row.grant_id, state)
        if errand_id is not None:
            rows.drop_errand(writing, subject, errand_id)

    places = rings.places_of(terms.collections, terms.first_day, terms.last_day)
    rings.settle(subject, bundle, renewed=places, without=[row.grant_id], also=also)


def _part(writing: store.Writing, subject: UUID, grant_id: UUID, terms: Terms) -> None:
    """A member's keyring stands until the clients have signed anew what the member may have signed (`sweep_left`)."""
    if REACH in terms.collections and rows.is_clinic(subject):
        rows.ask_renewal(writing, subject, grant_id)
    else:
        rows.drop_keyring(writing, subject, grant_id)


def change(subject: UUID, bundle: Bundle, row: Grant, terms: Terms) -> None:
    """Let an active or paused grant reach other collections and days, write or only read, end sooner or later.

    What it loses gets a new generation. Where writing ends, everything that the grantee may have signed does, signed
    by the owner, and the certificate goes. Raises Conflict where its secret is gone, or it changed meanwhile.
    """
    before, public = terms_of(bundle, row), OwnerKeys(bundle).owner_public()
    secret = rings.fetched(subject, bundle, [row.grant_id])[0]
    if secret is None:
        raise errors.Conflict
    signed = rings.read(public, row)
    certificate = _certificate(subject, bundle, signed, terms.mode, secret) if terms.mode != before.mode else None
    if terms.expires_at != before.expires_at:
        _move_end(subject, bundle, signed.grantee, row.grant_id, terms.expires_at)

    def changed() -> list[Reached]:
        now = rings.read(public, rows.grant_of(subject, row.grant_id) or row)
        if terms_in(now) != before:
            raise errors.Conflict
        new = msgspec.structs.replace(now, **msgspec.structs.asdict(terms))
        return [Reached(new, rings.unwrapped(bundle, row), secret.secret)]

    def also(writing: store.Writing) -> None:
        if certificate is not None:
            rows.update(writing, subject, row.grant_id, rows.LIVE, Updates(certificate=certificate))
        rows.set_end(writing, subject, row.grant_id, _moment(terms.expires_at))

    rings.settle(
        subject, bundle, renewed=_renewed(before, terms), added=changed, without=[row.grant_id], also=also
    )  # fmt: skip


def _renewed(before: Terms, after: Terms) -> set[rings.Place]:
    """The shelves that get a new generation: those out of reach now; all of them, where writing ends."""
    had, reach = (set(rings.places_of(one.collections, one.first_day, one.last_day)) for one in (before, after))
    return had if (before.mode, after.mode) == ("write", "read") else had - reach


def _certificate(subject: UUID, bundle: Bundle, signed: keyrings.Grant, mode: str, secret: FetchedGrant) -> bytes:
    """The owner's word on the grantee's signing key, which the key store knows; empty for who only reads.

    Raises Conflict where the grantee is gone, Tampered for other keys than those that the grant is sealed to.
    """
    if mode != "write":
        return b""
    if not secret.grantee_public:
        raise errors.Conflict
    public = public_of(secret.grantee_public)
    if sealing.fingerprint(public.sealing) != signed.fingerprint:
        raise errors.Tampered
    return statements.sign(bundle.signing, "certify-writer", subject, public.signing, _now(), signed.grant_id.bytes)


def _move_end(subject: UUID, bundle: Bundle, grantee: UUID, grant_id: UUID, expires_at: int) -> None:
    """The key store keeps a grant's end, too. It hears of it first: what is cut off in between is closed."""
    details = msgspec.msgpack.encode(GrantSecret(grantee, expires_at))
    signed = statements.sign(bundle.signing, "grant-end", subject, grant_id.bytes, _now(), details)
    installation.client().move_grant_end(subject, grant_id.bytes, signed)


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
