"""Erase, crash-safe: every step may be repeated, and what was interrupted is finished at the next start.

Order → the key store's durable intent → freeze → shred → rows of both databases → the key store forgets →
receipt. From the second step on there is no way back; the order row makes the first one lead there, too.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from nutshell.accounts import actions as accounts
from nutshell.accounts import contacts, freezing, mail
from nutshell.audit import actions as audit
from nutshell.clinics import joining
from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.studies import keys as study_keys
from nutshell.studies import queries as studies
from nutshell.vault import erasing
from nutshell.vault.locks import one_writer
from nutshell.vault.rows_of import rows_of
from nutshell.vault.sharing import erasing as grants

from . import storage
from .models import EraseOrder
from .schema import Rows, Schema, user_key

log = logging.getLogger(__name__)

DATABASES = ("records", "default")
MOST_PASSES = 10
LAST_MINUTE = timedelta(minutes=1)
_TOO_LATE = N_("It is too late to take this back: the removal has begun.")
_NOT_REMOVED = N_(
    "Somebody who was erased came back with a restored database and could not be removed again, so nothing is served. "
    "Start again, or put back another copy."
)


def close_account(subject: UUID, keys: object) -> bytes:
    """Erase the subject and the account. Returns the signed receipt (packed; see envelope.erased)."""
    return _ordered(subject, keys, keep_account=False)


def wipe(subject: UUID, keys: object) -> bytes:
    """Erase the subject's data and keys but keep the account, which then has no subject. Returns the receipt."""
    return _ordered(subject, keys, keep_account=True)


def prepare_start() -> int:
    """Before the first request is served: finish interrupted erases, and erase anew whom a restore brought back.

    How many erases are left over, which are tried again later: web processes serve nothing of those subjects
    (`unfinished`). Raises Unavailable if somebody who was erased before cannot be removed again.
    """
    left = len(resume_all())
    replay_tombstones()
    return left


def resume_all() -> set[UUID]:
    """Try every erase that is due or began. Those that failed, which stay for the next try."""
    orders = _orders()
    return {subject for subject, order in orders.items() if not _finished(subject, order)}


def unfinished() -> set[UUID]:
    """Whose erase is due or began and has not finished."""
    return set(_orders())


def _orders() -> dict[UUID, EraseOrder | None]:
    """Every unfinished erase; None for one that an operator began. Not those that may still be taken back."""
    begun: dict[UUID, EraseOrder | None] = {one.subject: None for one in erasing.unfinished()}
    # Read after that: an order stands before its erase begins, so whatever has begun is done as it was ordered.
    return begun | {order.subject_id: order for order in EraseOrder.objects.filter(due_at__lte=clock.now())}


def _finished(subject: UUID, order: EraseOrder | None = None) -> bool:
    """Whether it could be done. One that fails must not keep the others waiting."""
    try:
        if order is not None:
            _begin(order)
        _carry_out(subject, keep_account=order is not None and order.keep_account)
    except Exception as failure:
        log.error("an erase failed and is tried again", exc_info=failure)
        return False
    return True


def replay_tombstones() -> int:
    """Remove what any table still says about an erased subject: an older backup was restored. How many subjects.

    Every one is tried; raises Unavailable if one could not be removed.
    """
    named = sorted(Schema("records").subjects() | Schema("default").subjects())
    found = erasing.erased_among(named) if named else []
    failed = [subject for subject in found if not _finished(subject)]
    if failed:
        raise errors.Unavailable(_NOT_REMOVED)
    return len(found)


def order(subject: UUID, keys: object, *, keep_account: bool = False, undo_days: int = 0) -> EraseOrder:
    """Leave the signed wish: after so many days the erase is carried out, by whoever comes by next."""
    now = clock.now()
    values = {
        "keep_account": keep_account, "wish": erasing.signed_wish(subject, keys), "created_at": now,
        "due_at": now + timedelta(days=undo_days), "undo_days": undo_days,
    }  # fmt: skip
    return EraseOrder.objects.update_or_create(subject_id=subject, defaults=values)[0]


def _ordered(subject: UUID, keys: object, *, keep_account: bool) -> bytes:
    return _done(order(subject, keys, keep_account=keep_account))


def _done(order: EraseOrder) -> bytes:
    _begin(order)
    _carry_out(order.subject_id, keep_account=order.keep_account)
    return erasing.receipt(order.subject_id)


# ---------- while it can be taken back ----------


def waiting(subject: UUID) -> EraseOrder | None:
    """The order that waits for its time or is being carried out."""
    return EraseOrder.objects.filter(subject_id=subject).first()


def take_back(subject: UUID) -> EraseOrder:
    """There was no order. Raises Conflict in its last minute and from then on: clocks of machines differ."""
    with transaction.atomic():
        found = waiting(subject)
        still = EraseOrder.objects.filter(subject_id=subject, due_at__gt=clock.now() + LAST_MINUTE)
        if found is None or not still.delete()[0]:
            raise errors.Conflict(_TOO_LATE)
    return found


def hurry(subject: UUID) -> bytes:
    """Carry out at once what was ordered for later, by the wish that was signed then. The receipt. Raises NotFound."""
    if not EraseOrder.objects.filter(subject_id=subject).update(due_at=clock.now()):
        raise errors.NotFound
    found = waiting(subject)
    if found is None:
        raise errors.NotFound
    return _done(found)


def begin_anew(as_of: datetime) -> int:
    """After a restore to that moment: whoever took a removal back since then finds it waiting again, with all its days.

    How many wait anew.
    """
    found = list(EraseOrder.objects.filter(due_at__gt=as_of, undo_days__gt=0))
    for one in found:
        due = clock.now() + timedelta(days=one.undo_days)
        EraseOrder.objects.filter(subject_id=one.subject_id).update(due_at=due)
        freezing.move_leaving(one.subject_id, due)
    return len(found)


def _begin(order: EraseOrder) -> None:
    try:
        erasing.begin(order.subject_id, bytes(order.wish))
    except errors.NotFound:
        log.info("an erase goes on where the key store had finished")


def _carry_out(subject: UUID, *, keep_account: bool) -> None:
    _end_studies(subject)
    contacts.gone(subject)
    erasing.freeze(subject)
    grants.end_all(subject)
    joining.forget_held(subject)
    erasing.shred(subject)
    if keep_account:
        accounts.forget_keys_of(subject)
    to = mail.address_to_remember(subject)
    rows = remove_rows(subject, keep_account=keep_account)
    erasing.finish(subject, rows)
    if to is not None:
        _mail_receipt(to, subject)


def _mail_receipt(to: mail.Remembered, subject: UUID) -> None:
    """The last mail. The erase is done without it, so that nothing about it may fail; whoever removes it as an operator
    gets no receipt of the key store's to send."""
    try:
        receipt = erasing.receipt(subject)
    except errors.NutshellError as failure:
        log.warning("a receipt could not be mailed: %s", failure.code)
        return
    read = erasing.opened(receipt)
    mail.send_receipt(to, receipt, read.final_at, read.key)


def _end_studies(founder: UUID) -> None:
    """A study has keys of its own, which the server opens; one without any has ended, and its row goes with others."""
    for study in studies.subjects_founded_by(founder):
        with suppress(errors.NotFound):
            close_account(study, study_keys.bundle_under(study, "erase"))


def remove_rows(subject: UUID, *, keep_account: bool = False) -> dict[str, int]:
    """Delete everything that the live schemas of records and accounts tie to the subject. Counts by table."""
    removed: Counter[str] = Counter()
    audit.erase(subject)  # first: leaf hashes stay and carry no subject afterwards
    for alias in DATABASES:
        storage.overwrite_deleted(alias)
        with rows_of(subject), one_writer(connections[alias]), transaction.atomic(using=alias):
            removed.update(_removed(Schema(alias), subject, keep_account))
        if not storage.cut_log(alias):
            log.warning("readers held the log of a database; it is cut at the next checkpoint")
    return {table: count for table, count in sorted(removed.items()) if count}


def _removed(schema: Schema, subject: UUID, keep_account: bool) -> Counter[str]:
    """Passes until one removes nothing: a writer that was just committing leaves nothing behind."""
    users = tuple(_users(schema, subject))
    detached = _detached(schema, subject) if keep_account else 0
    rows = schema.of_subject(subject) + ([] if keep_account else schema.of_users(users))
    total: Counter[str] = Counter({user_key()[0]: detached})
    for _ in range(MOST_PASSES):
        one_pass = _one_pass(schema, subject, rows)
        if not one_pass.total():
            return total
        total.update(one_pass)
    raise errors.Unavailable


def _one_pass(schema: Schema, subject: UUID, rows: Sequence[Rows]) -> Counter[str]:
    removed: Counter[str] = Counter()
    for some in rows:
        for doomed in schema.with_children(some):
            # A leaf of the trail is emptied and its hash stays: PostgreSQL lets nobody who serves remove one.
            removed[doomed.table] += audit.erase(subject) if doomed.table == audit.TABLE else schema.delete(doomed)
    return removed


def _users(schema: Schema, subject: UUID) -> set[Any]:
    """The users that any table ties to the subject."""
    table, key = user_key()
    found: set[Any] = set()
    for rows in schema.of_subject(subject):
        columns = [relation[0] for relation in schema.relations[rows.table] if relation[1] == table]
        for column in [key] if rows.table == table else columns:
            found |= schema.values(rows, column)
    return found - {None}


def _detached(schema: Schema, subject: UUID) -> int:
    """Take the subject off the user's row, so that the row stays, and freezes nothing any more."""
    table, _ = user_key()
    if "subject_id" not in schema.tables.get(table, ()):
        return 0
    quote = schema.connection.ops.quote_name
    emptied = "subject_id = NULL, holder = NULL, leaving_at = NULL, restricted_at = NULL, restricted_for = ''"
    query = f"UPDATE {quote(table)} SET {emptied} WHERE subject_id = %s"  # noqa: S608 - a name of the schema
    with schema.connection.cursor() as cursor:
        cursor.execute(query, [schema.uuid(subject)])
        return int(cursor.rowcount)
