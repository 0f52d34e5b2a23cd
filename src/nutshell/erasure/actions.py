"""Erase, crash-safe: every step may be repeated, and what was interrupted is finished at the next start.

Order → the key store's durable intent → freeze → shred → rows of both databases → the key store forgets →
receipt. From the second step on there is no way back; the order row makes the first one lead there, too.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from nutshell.accounts import actions as accounts
from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.vault import erasing
from nutshell.vault.locks import one_writer

from . import storage
from .models import EraseOrder
from .schema import Rows, Schema, user_key

log = logging.getLogger(__name__)

DATABASES = ("records", "default")
MOST_PASSES = 10


def close_account(subject: UUID, keys: object) -> bytes:
    """Erase the subject and the account. Returns the signed receipt (packed; see envelope.erased)."""
    return _ordered(subject, keys, keep_account=False)


def wipe(subject: UUID, keys: object) -> bytes:
    """Erase the subject's data and keys but keep the account, which then has no subject. Returns the receipt."""
    return _ordered(subject, keys, keep_account=True)


def prepare_start() -> int:
    """Before the first request is served: finish interrupted erases, and erase anew whom a restore brought back."""
    return resume_all() + replay_tombstones()


def resume_all() -> int:
    """Finish every erase that was ordered or began. How many."""
    begun = {one.subject for one in erasing.unfinished()}
    # Read after that: an order stands before its erase begins, so whatever has begun is done as it was ordered.
    orders = {order.subject_id: order for order in EraseOrder.objects.all()}
    for order in orders.values():
        _begin(order)
    subjects = begun | set(orders)
    for subject in subjects:
        _carry_out(subject, keep_account=subject in orders and orders[subject].keep_account)
    return len(subjects)


def replay_tombstones() -> int:
    """Remove what any table still says about an erased subject: an older backup was restored. How many subjects."""
    named = sorted(Schema("records").subjects() | Schema("default").subjects())
    found = erasing.erased_among(named) if named else []
    for subject in found:
        _carry_out(subject, keep_account=False)
    return len(found)


def _ordered(subject: UUID, keys: object, *, keep_account: bool) -> bytes:
    values = {"keep_account": keep_account, "wish": erasing.signed_wish(subject, keys), "created_at": clock.now()}
    order, _ = EraseOrder.objects.update_or_create(subject_id=subject, defaults=values)
    _begin(order)
    _carry_out(subject, keep_account=keep_account)
    return erasing.receipt(subject)


def _begin(order: EraseOrder) -> None:
    try:
        erasing.begin(order.subject_id, bytes(order.wish))
    except errors.NotFound:
        log.info("an erase goes on where the key store had finished")


def _carry_out(subject: UUID, *, keep_account: bool) -> None:
    erasing.freeze(subject)
    erasing.shred(subject)
    if keep_account:
        accounts.forget_keys_of(subject)
    rows = remove_rows(subject, keep_account=keep_account)
    erasing.finish(subject, rows)


def remove_rows(subject: UUID, *, keep_account: bool = False) -> dict[str, int]:
    """Delete everything that the live schemas of records and accounts tie to the subject. Counts by table."""
    removed: Counter[str] = Counter()
    audit.erase(subject)  # first: leaf hashes stay and carry no subject afterwards
    for alias in DATABASES:
        storage.overwrite_deleted(alias)
        with one_writer(connections[alias]), transaction.atomic(using=alias):
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
        one_pass = _one_pass(schema, rows)
        if not one_pass.total():
            return total
        total.update(one_pass)
    raise errors.Unavailable


def _one_pass(schema: Schema, rows: Sequence[Rows]) -> Counter[str]:
    removed: Counter[str] = Counter()
    for some in rows:
        for doomed in schema.with_children(some):
            removed[doomed.table] += schema.delete(doomed)
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
    """Take the subject off the user's row, so that the row stays."""
    table, _ = user_key()
    if "subject_id" not in schema.tables.get(table, ()):
        return 0
    quote = schema.connection.ops.quote_name
    query = f"UPDATE {quote(table)} SET subject_id = NULL, holder = NULL WHERE subject_id = %s"  # noqa: S608 - a name of the schema
    with schema.connection.cursor() as cursor:
        cursor.execute(query, [schema.uuid(subject)])
        return int(cursor.rowcount)
