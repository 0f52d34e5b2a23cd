"""The rows of grants: an owner's `grant` with its `keyring`, the grantee's `grant_received`, pending errands."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connections

from nutshell.common import clock, ids
from nutshell.envelope.inbox import Item
from nutshell.vault import statements
from nutshell.vault.models import CLINIC, HELD, Errand, Grant, GrantReceived, Keyring, Subject
from nutshell.vault.rows_of import of_subject, rows_named, rows_of
from nutshell.vault.store import DATABASE, Writing, key_of

COMPLETE, RINGS, END, FILE, RENEW, RESEAL = "complete", "rings", "end", "file", "renew", "reseal"
"""Kinds of errands: an acceptance waits, shelves were made that keyrings lack, a grant ended without the owner, an item
lies in the inbox, somebody left a clinic that reads here, a grantee has new keys."""
LIVE = ("active", "paused")


class Updates(NamedTuple):
    """Columns of a grant's row to set. None leaves one as it is."""

    state: str | None = None
    statement: bytes | None = None
    wrapped_grant_key: bytes | None = None
    invitation: bytes | None = None
    certificate: bytes | None = None
    details: bytes | None = None
    ended: bytes | None = None
    version: int | None = None


@of_subject
def grant_of(owner: UUID, grant_id: UUID) -> Grant | None:
    return Grant.objects.filter(subject_id=owner, grant_id=grant_id).first()


@of_subject
def grants_of(owner: UUID, states: tuple[str, ...] = ()) -> list[Grant]:
    found = Grant.objects.filter(subject_id=owner)
    return list(found.filter(state__in=states) if states else found)


@of_subject
def keyring_of(owner: UUID, grant_id: UUID) -> Keyring | None:
    return Keyring.objects.filter(subject_id=owner, grant_id=grant_id).first()


@of_subject
def received_by(grantee: UUID, owner: UUID | None = None) -> list[GrantReceived]:
    found = GrantReceived.objects.filter(subject_id=grantee)
    return list(found.filter(owner_id=owner) if owner else found)


@of_subject
def grantees_of(owner: UUID, states: tuple[str, ...]) -> list[UUID]:
    """Who accepted the owner's grants that are in one of these states."""
    given = Grant.objects.filter(subject_id=owner, state__in=states).values("grant_id")
    return list(GrantReceived.objects.filter(grant_id__in=given, owner_id=owner).values_list("subject_id", flat=True))


def grants_by_id(grant_ids: Iterable[UUID]) -> dict[UUID, Grant]:
    """The rows of these grants, whoever gave them; those of erased owners are missing."""
    wanted = list(grant_ids)
    with rows_named(wanted):
        return {row.grant_id: row for row in Grant.objects.filter(grant_id__in=wanted)}


def clinics_among(subjects: Iterable[UUID]) -> set[UUID]:
    return _of_kind(subjects, CLINIC)


def _of_kind(subjects: Iterable[UUID], kind: str) -> set[UUID]:
    wanted = list(subjects)
    with rows_named(wanted):
        return set(Subject.objects.filter(subject_id__in=wanted, kind=kind).values_list("subject_id", flat=True))


class Outlook(NamedTuple):
    """What every page of a person's says: how many people see something of theirs, whether they belong to a clinic."""

    shown_to: int
    in_clinic: bool


@of_subject
def outlook(subject: UUID) -> Outlook:
    """Two short statements, and one more for whom somebody lets in."""
    shown_to = Grant.objects.filter(subject_id=subject, state="active").count()
    let_in = GrantReceived.objects.filter(subject_id=subject, state__in=LIVE).values_list("owner_id", flat=True)
    return Outlook(shown_to, bool(clinics_among(let_in)))


@of_subject
def grantee_row(owner: UUID, grant_id: UUID) -> GrantReceived | None:
    return GrantReceived.objects.filter(owner_id=owner, grant_id=grant_id).first()


@of_subject
def has_errands(owner: UUID) -> bool:
    """Asked with every request of an owner's session: one short statement."""
    return bool(statements.rows(DATABASE, "SELECT 1 FROM errand WHERE subject_id = %s LIMIT 1", [key_of(owner)]))


@of_subject
def errands_of(owner: UUID) -> list[Errand]:
    """The oldest first."""
    return list(Errand.objects.filter(subject_id=owner).order_by("created_at"))


def held_among(subjects: Iterable[UUID]) -> set[UUID]:
    """Those that are profiles which a clinic keeps, of people without an account."""
    return _of_kind(subjects, HELD)


def is_held(subject: UUID) -> bool:
    return bool(held_among([subject]))


def is_clinic(subject: UUID) -> bool:
    return bool(clinics_among([subject]))


def ask_renewal(writing: Writing, clinic: UUID, membership: UUID) -> None:
    """Every client of the clinic gives what it reaches a new generation: somebody who left has held the keys.

    A client whose grant is over, and whose own keys have not dealt with that yet, too: what the member signed there
    has to be signed anew before the membership's keyring goes.
    """
    received = received_by(clinic)
    for owner in {row.owner_id for row in received if keyring_of(row.owner_id, row.grant_id)}:
        add_errand(writing, owner, RENEW, clinic.bytes + membership.bytes)


def forget_renewals(clinic: UUID) -> None:
    """Of a clinic that is erased: the end of its clients' grants gives all of it a new generation anyhow."""
    for owner in {row.owner_id for row in received_by(clinic)}:
        for errand in errands_of(owner):
            if errand.kind == RENEW and named_in(errand) == clinic:
                forget_errand(owner, errand.errand_id)


@of_subject
def forget_errand(owner: UUID, errand_id: UUID) -> None:
    Errand.objects.filter(subject_id=owner, errand_id=errand_id).delete()


@of_subject
def unfinished_of(owner: UUID) -> list[Grant]:
    """Grants in force, and those that are over and still have a keyring: the owner's keys have not dealt with these."""
    kept = set(Keyring.objects.filter(subject_id=owner).values_list("grant_id", flat=True))
    return [row for row in grants_of(owner) if row.grant_id in kept]


# ---------- writes, in a transaction of the vault's store ----------


def update(
    writing: Writing,
    owner: UUID,
    grant_id: UUID,
    expected: tuple[str, ...],
    updates: Updates,
    version: int | None = None,
) -> bool:
    """Set columns where the state is still one of `expected` (and the version this one); whether that was so."""
    given = {name: value for name, value in updates._asdict().items() if value is not None}
    columns = ", ".join(f"{name} = %s" for name in given)
    marks = ", ".join(["%s"] * len(expected))
    query = f'UPDATE "grant" SET {columns} WHERE subject_id = %s AND grant_id = %s AND state IN ({marks})'  # noqa: S608
    values = [*given.values(), key_of(owner), key_of(grant_id), *expected]
    if version is not None:
        query, values = f"{query} AND version = %s", [*values, version]
    return bool(writing.run(query, *values))


def set_end(writing: Writing, owner: UUID, grant_id: UUID, ends_at: datetime | None) -> None:
    stored = None if ends_at is None else _moment(ends_at)
    writing.run(
        'UPDATE "grant" SET ends_at = %s WHERE subject_id = %s AND grant_id = %s',
        *(stored, key_of(owner), key_of(grant_id)),
    )


def put_keyring(writing: Writing, owner: UUID, grant_id: UUID, version: int, sealed: bytes) -> None:
    writing.run(
        "INSERT INTO keyring (subject_id, grant_id, version, sealed) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (subject_id, grant_id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
        *(key_of(owner), key_of(grant_id), version, sealed),
    )


def drop_keyring(writing: Writing, owner: UUID, grant_id: UUID) -> None:
    writing.run("DELETE FROM keyring WHERE subject_id = %s AND grant_id = %s", key_of(owner), key_of(grant_id))


def put_received(writing: Writing, grantee: UUID, grant_id: UUID, owner: UUID, sealed: bytes, state: str) -> None:
    writing.run(
        "INSERT INTO grant_received (subject_id, grant_id, owner_id, sealed_grant_key, state)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (subject_id, grant_id) DO UPDATE SET sealed_grant_key = excluded.sealed_grant_key,"
        " state = excluded.state",
        *(key_of(grantee), key_of(grant_id), key_of(owner), sealed, state),
    )


def reseal_received(writing: Writing, grantee: UUID, grant_id: UUID, sealed: bytes) -> None:
    writing.run(
        "UPDATE grant_received SET sealed_grant_key = %s WHERE subject_id = %s AND grant_id = %s",
        *(sealed, key_of(grantee), key_of(grant_id)),
    )


def drop_received(writing: Writing, grant_id: UUID) -> None:
    writing.run("DELETE FROM grant_received WHERE grant_id = %s", key_of(grant_id))


def tell_grantee(writing: Writing, grant_id: UUID, state: str) -> None:
    """The grantee's row follows the grant's; of an ended one the sealed key goes."""
    if state in LIVE:
        writing.run("UPDATE grant_received SET state = %s WHERE grant_id = %s", state, key_of(grant_id))
    else:
        ended = "UPDATE grant_received SET state = %s, sealed_grant_key = %s WHERE grant_id = %s"
        writing.run(ended, state, b"", key_of(grant_id))


def add_errand(writing: Writing, owner: UUID, kind: str, payload: bytes = b"") -> None:
    with rows_of(owner):
        writing.run(
            "INSERT INTO errand (subject_id, errand_id, kind, payload, created_at) VALUES (%s, %s, %s, %s, %s)",
            *(key_of(owner), key_of(ids.new_id()), kind, payload, _moment(clock.now())),
        )


def named_in(errand: Errand) -> UUID:
    """The id with which an errand's payload begins. Of another shape it names nothing that is there."""
    return UUID(bytes=bytes(errand.payload)[:16].ljust(16, b"\0"))


def drop_errand(writing: Writing, owner: UUID, errand_id: UUID) -> None:
    writing.run("DELETE FROM errand WHERE subject_id = %s AND errand_id = %s", key_of(owner), key_of(errand_id))


def put_item(writing: Writing, item: Item) -> None:
    writing.run(
        "INSERT INTO inbox (subject_id, item_id, writer_id, sealed_key, sealed, signature, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        *(key_of(item.subject), key_of(item.item_id), key_of(item.writer), item.sealed_key, item.sealed),
        *(item.signature, _moment(clock.now())),
    )


def drop_item(writing: Writing, subject: UUID, item_id: UUID) -> None:
    writing.run("DELETE FROM inbox WHERE subject_id = %s AND item_id = %s", key_of(subject), key_of(item_id))


def _moment(moment: datetime) -> object:
    return connections[DATABASE].ops.adapt_datetimefield_value(moment)
