"""What an erase does to grants, both ways, before the subject's rows go."""

from uuid import UUID

from nutshell.vault import store
from nutshell.vault.models import Grant, GrantReceived
from nutshell.vault.rows_of import of_subject

from . import grantee, rows

NOBODY = UUID(int=0)
"""Stands for an owner who erased everything: the grantee reads that it ended, and nothing of whose it was."""
OPEN = ("offered", "accepted", *rows.LIVE)


def end_all(subject: UUID) -> int:
    """End every grant by and to the subject. Repeatable. How many grantees were told."""
    for received in rows.received_by(subject):
        _end_received(received)
    rows.forget_renewals(subject)
    return _tell_grantees(subject)


def _end_received(received: GrantReceived) -> None:
    """The owner keeps that there was a grant; what names the grantee goes at once."""
    grantee.end_without_owner(received.owner_id, received.grant_id, OPEN, "erased")
    with store.writing(received.owner_id) as writing:
        scrubbed = rows.Updates(statement=b"", certificate=b"", wrapped_grant_key=b"")
        states = ("declined", "withdrawn", "expired", "revoked", "left", "erased")
        rows.update(writing, received.owner_id, received.grant_id, states, scrubbed)


@of_subject
def _tell_grantees(owner: UUID) -> int:
    given = GrantReceived.objects.filter(owner_id=owner)
    told = set(
        given.exclude(state__in=("declined", "expired", "revoked", "left")).values_list("subject_id", "grant_id")
    )
    for grantee_, grant_id in told:
        _tell(grantee_, grant_id)
    Grant.objects.filter(subject_id=owner).delete()
    return len(told)


@of_subject
def _tell(grantee_: UUID, grant_id: UUID) -> None:
    """The row is the grantee's from here on: nothing in it names who erased themselves."""
    row = GrantReceived.objects.filter(subject_id=grantee_, grant_id=grant_id)
    row.update(owner_id=NOBODY, state="erased", sealed_grant_key=b"")
