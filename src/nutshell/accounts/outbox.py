"""Mail that waits to be sent: kept sealed, sent by the worker, tried again for a day.

A page never waits for a mail server, and what was told to be on its way survives a restart.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from nutshell.common import clock
from nutshell.common.ids import new_id
from nutshell.vault import fields

from .models import OutgoingMail

log = logging.getLogger("nutshell.accounts")
AT_ONCE = 50
"""Mails over one connection."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
"""Between tries: doubled each time."""
KEPT = timedelta(days=1)
CLAIMED = timedelta(minutes=5)
"""So long no other worker tries a mail that one is trying."""


class Attachment(msgspec.Struct, frozen=True, array_like=True):
    """A file that goes along."""

    name: str
    content: bytes


class _Mail(msgspec.Struct, frozen=True, array_like=True):
    address: str
    subject: str
    body: str
    attachment: Attachment | None = None

    def message(self, connection: BaseEmailBackend | None = None) -> EmailMessage:
        message = EmailMessage(self.subject, self.body, to=[self.address], connection=connection)
        if self.attachment is not None:
            message.attach(self.attachment.name, self.attachment.content, "application/octet-stream")
        return message


def send(address: str, subject: str, body: str, user_id: int | None, attachment: Attachment | None = None) -> bool:
    """Put it on its way; without a mail server, show it on the operator's terminal now. Whether that worked.

    `user_id`: whose account it is about; it goes with the account.
    """
    if not settings.NUTSHELL.smtp_url:
        return _sent(_mail(address, subject, body, attachment).message())
    queue(address, subject, body, user_id, attachment)
    return True


def _mail(address: str, subject: str, body: str, attachment: Attachment | None) -> _Mail:
    """A name in the subject may have more than one line."""
    return _Mail(address, " ".join(subject.split()), body, attachment)


def queue(address: str, subject: str, body: str, user_id: int | None, attachment: Attachment | None = None) -> UUID:
    """Put it on its way in any case; the id by which `waiting` knows it."""
    row = OutgoingMail(id=new_id(), user_id=user_id, due_at=clock.now())
    packed = msgspec.msgpack.encode(_mail(address, subject, body, attachment))
    row.sealed = fields.seal_bytes("outgoing_mail", "sealed", str(row.id), packed)
    row.save(force_insert=True)
    return row.id


def waiting(ids: Collection[UUID]) -> set[UUID]:
    """Those of these mails that have neither gone out nor been given up."""
    return set(OutgoingMail.objects.filter(id__in=list(ids)).values_list("id", flat=True))


def waits_since() -> datetime | None:
    """When the mail was written that waits longest; None where none waits."""
    return OutgoingMail.objects.order_by("made_at").values_list("made_at", flat=True).first()


def _sent(message: EmailMessage) -> bool:
    try:
        return bool(message.send())
    except OSError as failure:  # smtplib's errors are such, too
        log.error("a message could not be mailed: %s", type(failure).__name__)
        return False


def send_due() -> int:
    """For the worker: send what is due, over one connection. How many went out."""
    due = list(OutgoingMail.objects.filter(due_at__lte=clock.now()).order_by("due_at")[:AT_ONCE])
    mine = [row for row in due if _claim(row)]
    if not mine:
        return 0
    connection = get_connection()
    try:
        return sum(_try(row, connection) for row in mine)
    finally:
        connection.close()


def sweep() -> int:
    """Give up what is older than a day, whether anybody tried it or not. How many."""
    return OutgoingMail.objects.filter(made_at__lte=clock.now() - KEPT).delete()[0]


def _claim(row: OutgoingMail) -> bool:
    same = OutgoingMail.objects.filter(id=row.id, due_at=row.due_at)
    return bool(same.update(due_at=clock.now() + CLAIMED))


def _try(row: OutgoingMail, connection: BaseEmailBackend) -> bool:
    packed = fields.open_bytes("outgoing_mail", "sealed", str(row.id), bytes(row.sealed))
    mail = msgspec.msgpack.decode(packed, type=_Mail)
    if _sent(mail.message(connection)):
        row.delete()
        return True
    _put_off(row)
    return False


def _put_off(row: OutgoingMail) -> None:
    """Later, or never: a day after it was written nobody waits for it any more."""
    now = clock.now()
    if row.made_at <= now - KEPT:
        log.error("a message was given up after a day")
        row.delete()
        return
    pause = min(FIRST_PAUSE * 2**row.tries, LONGEST_PAUSE)
    OutgoingMail.objects.filter(id=row.id).update(tries=row.tries + 1, due_at=now + pause)
