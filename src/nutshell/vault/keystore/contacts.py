"""Secrets of trusted contacts: given out only when the delay that the owner set has passed, by this process's clock.

The owner puts one, and stops a recovery that began; the contact begins one and, when nobody objected, has it opened.
"""

from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import IntegrityError

from nutshell.common import errors
from nutshell.envelope import kdf, statements

from . import canaries, leaves, subjects
from .core import Core, atomic, live_subject, lock_live
from .models import Secret, SubjectRow
from .types import CONTACT, LONGEST_DELAY, ContactWish, Fetched

SERVES = timedelta(days=7)
"""How long the contact's word to open it holds: in this time the owner comes back by the mailed link."""


def put(core: Core, subject: UUID, secret_id: bytes, packed: bytes) -> bytes:
    """Make a contact's secret at its owner's signed wish; the opener of its slot. Conflict if the id was ever used."""
    secret = kdf.new_key()
    wrapped = core.wrap(secret, "secret", subject, secret_id, CONTACT)
    with atomic():
        lock_live(subject)
        row = live_subject(subject)
        statement = subjects.checked(row, "contact-secret", packed, secret_id)
        wish = _wish(statement.details)
        subjects.obey_once(core, statement)
        if core.tombstones.has_secret(secret_id):
            raise errors.Conflict
        try:
            Secret.objects.create(
                secret_id=secret_id, subject_id=subject, kind=CONTACT, wrapped=wrapped, grantee_id=wish.contact,
                delay=wish.delay,
            )  # fmt: skip
        except IntegrityError:
            raise errors.Conflict from None
    return subjects.opener(core, row, secret_id, CONTACT, secret)


def _wish(details: bytes) -> ContactWish:
    try:
        wish = msgspec.msgpack.decode(details, type=ContactWish)
    except msgspec.MsgspecError:
        raise errors.Malformed from None
    if not 0 < wish.delay <= LONGEST_DELAY:
        raise errors.Malformed
    return wish


def start(core: Core, secret_id: bytes, packed: bytes) -> None:
    """Let the delay begin, at the contact's signed wish. One that runs already is not begun anew."""
    with atomic():
        secret = _of_contact(secret_id)
        subjects.obey_once(core, _by_contact(secret, "contact-start", packed))
        if secret.started_at is None:
            Secret.objects.filter(secret_id=secret_id).update(started_at=core.now())


def stop(core: Core, secret_id: bytes, packed: bytes) -> None:
    """The owner objects: what began counts no more."""
    with atomic():
        secret = _of_contact(secret_id)
        row = live_subject(secret.subject_id)
        subjects.obey_once(core, subjects.checked(row, "contact-stop", packed, secret_id))
        Secret.objects.filter(secret_id=secret_id).update(started_at=None)


def fetch(core: Core, role: str, secret_id: bytes, packed: bytes) -> Fetched:
    """The opener, at the contact's signed word, once the delay is over. One leaf is committed first.

    Forbidden before that, and for a word that is older than `SERVES` or was given before the delay was over.
    """
    with atomic():
        secret = _of_contact(secret_id)
        lock_live(secret.subject_id)
        row = live_subject(secret.subject_id)
        said = _by_contact(secret, "contact-open", packed).not_before
        now = core.now()
        if secret.started_at is None or secret.delay is None:
            raise errors.Forbidden
        open_from = secret.started_at + timedelta(seconds=secret.delay)
        if not open_from.timestamp() <= said <= now.timestamp() or said < (now - SERVES).timestamp():
            raise errors.Forbidden
        leaves.append(core, "fetch", role, secret.subject_id, "recovery", secret_id)
        canaries.watch(core, role, [secret.subject_id], "recovery")
    return subjects.fetched(core, [(row, secret)])[0]


def _of_contact(secret_id: bytes) -> Secret:
    secret = subjects.existing(secret_id)
    if secret.kind != CONTACT or secret.grantee_id is None:
        raise errors.NotFound
    return secret


def _by_contact(secret: Secret, kind: str, packed: bytes) -> statements.Statement:
    contact = SubjectRow.objects.filter(subject_id=secret.grantee_id, erasing_since=None).first()
    if contact is None:
        raise errors.NotFound
    return subjects.checked(contact, kind, packed, bytes(secret.secret_id))
