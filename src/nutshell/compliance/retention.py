"""Who removes what is kept for a time only: one task of the worker, and the key store for its own database."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from nutshell.accounts import actions as accounts
from nutshell.activity import actions as activity
from nutshell.clinics import ending as clinics
from nutshell.operators import actions as operators
from nutshell.rights import watching as requests
from nutshell.vault import store

log = logging.getLogger("nutshell.compliance")


class Sweep(NamedTuple):
    """`run` removes the rows of these tables whose time is over. It may be repeated and interrupted at any time."""

    tables: tuple[str, ...]
    run: Callable[[], object]


SWEEPS = (
    Sweep(("session", "invitation", "guess", "outgoing_mail", "cache"), accounts.sweep),
    Sweep(("operator_session",), operators.sweep),
    Sweep(("clinic_invitation",), clinics.sweep),
    Sweep(("idempotency",), store.sweep_once),
    Sweep(("rights_request",), requests.sweep),
    Sweep(("activity_week",), activity.sweep),
)
BY_KEY_STORE = ("epoch", "finished_erase", "opening")
"""Swept by the key store itself, every minute: nobody else reaches its database."""
BY_ARCHIVES = ("archive_job", "archive_part")
"""Gone when they are fetched, or after a day by a task of their own room, which stands beside this one."""
BY_ERASURE = ("erase_order",)
"""Carried out when they are due, by the task for erases, and gone with that."""


def enforce() -> None:
    """Run every sweep. One that fails keeps none of the others; the task then counts as failed."""
    failures = [failure for one in SWEEPS if (failure := _failure(one)) is not None]
    if failures:
        raise failures[0]


def _failure(one: Sweep) -> Exception | None:
    try:
        one.run()
    except Exception as failure:
        log.error("a sweep of %s failed: %s", ", ".join(one.tables), type(failure).__name__)
        return failure
    return None
