"""Secrets of grants. Nothing about them is done without a signature: the owner's or the grantee's, never a node's own.

The secret that is handed out is bound to the owner's erasure secret like every opener: with the owner it is gone.
"""

import time
from collections import deque
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

import msgspec
from django.db import IntegrityError

from nutshell.common import errors
from nutshell.envelope import kdf, statements

from . import leaves, marks
from .core import Core, atomic, live_subject, lock_live
from .models import Secret, SubjectRow
from .subjects import checked, destroy_row, existing, obey_once, opened, opener
from .types import GRANT, FetchedGrant, GrantSecret, ids_hash

FRESH = 120
"""Seconds that a `fetch-grants` or `grant-end` statement may be old or ahead: a recorded one serves nobody later."""
MOST = 2_000
"""Grants that one person may open within `WINDOW`: a professional with 200 clients needs a tenth of it."""
WINDOW = 60.0
"""Seconds."""


class Limiter:
    """How many grants each person opened lately. In memory: a restart forgives what it counted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened: dict[UUID, deque[tuple[float, int]]] = {}

    def count(self, by: UUID, number: int) -> None:
        """Raises errors.TooMany, and counts nothing, beyond the limit."""
        now = time.monotonic()
        with self._lock:
            for someone in [one for one, past in self._opened.items() if not past or past[-1][0] < now - WINDOW]:
                del self._opened[someone]
            past = self._opened.setdefault(by, deque())
            while past and past[0][0] < now - WINDOW:
                past.popleft()
            if sum(amount for _, amount in past) + number > MOST:
                raise errors.TooMany
            past.append((now, number))


limiter = Limiter()


def put(core: Core, subject: UUID, secret_id: bytes, packed: bytes) -> bytes:
    """Make a grant's secret at its owner's signed wish. Conflict if the id was ever used, Forbidden for one that
    `acts` and whose owner is a person or a study."""
    secret = kdf.new_key()
    wrapped = core.wrap(secret, "secret", subject, secret_id, GRANT)
    with atomic():
        lock_live(subject)
        row = live_subject(subject)
        statement = checked(row, "grant-secret", packed, secret_id)
        wish = _wish(statement.details)
        if wish.acts:
            _check_is_clinic(subject)
        obey_once(core, statement)
        if core.tombstones.has_secret(secret_id):
            raise errors.Conflict
        try:
            Secret.objects.create(
                secret_id=secret_id,
                subject_id=subject,
                kind=GRANT,
                wrapped=wrapped,
                ends_at=_end(core, wish),
                grantee_id=wish.grantee,
                acts=wish.acts,
            )
        except IntegrityError:
            raise errors.Conflict from None
    return opener(core, row, secret_id, GRANT, secret)


def _check_is_clinic(subject: UUID) -> None:
    """A clinic is opened by its members and by no slot. What was shared with anybody else is not theirs to pass on."""
    if Secret.objects.filter(subject_id=subject).exclude(kind=GRANT).exists():
        raise errors.Forbidden


def _wish(details: bytes) -> GrantSecret:
    try:
        return msgspec.msgpack.decode(details, type=GrantSecret)
    except msgspec.MsgspecError:
        raise errors.Malformed from None


def _end(core: Core, wish: GrantSecret) -> datetime | None:
    if not wish.ends_at:
        return None
    ends_at = datetime.fromtimestamp(wish.ends_at, UTC)
    if ends_at <= core.now():
        raise errors.Malformed
    return ends_at


def move_end(core: Core, subject: UUID, secret_id: bytes, packed: bytes) -> None:
    """Give a grant's secret another end, at its owner's fresh and signed wish. NotFound for one that has ended.

    Forbidden for a statement that is old: one that was kept back must not widen later what was narrowed since.
    """
    with atomic():
        lock_live(subject)
        statement = checked(live_subject(subject), "grant-end", packed, secret_id)
        _check_fresh(core, statement)
        wish = _wish(statement.details)
        secret = Secret.objects.filter(secret_id=secret_id, kind=GRANT, subject_id=subject).first()
        if secret is None or (secret.ends_at is not None and secret.ends_at <= core.now()):
            raise errors.NotFound
        if secret.grantee_id != wish.grantee:
            raise errors.Forbidden
        obey_once(core, statement)
        Secret.objects.filter(secret_id=secret_id).update(ends_at=_end(core, wish))


def renew(core: Core, subject: UUID, secret_id: bytes, packed: bytes) -> bytes:
    """Another secret under the same id, at its owner's fresh and signed wish: whoever knows the one that was opens
    nothing with it that is sealed from now on. NotFound for one that has ended.
    """
    fresh = kdf.new_key()
    wrapped = core.wrap(fresh, "secret", subject, secret_id, GRANT)
    with atomic():
        lock_live(subject)
        row = live_subject(subject)
        statement = checked(row, "grant-renew", packed, secret_id)
        _check_fresh(core, statement)
        secret = Secret.objects.filter(secret_id=secret_id, kind=GRANT, subject_id=subject).first()
        if secret is None or _is_over(core, secret):
            raise errors.NotFound
        obey_once(core, statement)
        Secret.objects.filter(secret_id=secret_id).update(wrapped=wrapped)
    return opener(core, row, secret_id, GRANT, fresh)


def _check_fresh(core: Core, statement: statements.Statement) -> None:
    if abs(statement.not_before - core.now().timestamp()) > FRESH:
        raise errors.Forbidden


def fetch(core: Core, role: str, by: UUID, secret_ids: Sequence[bytes], packed: bytes) -> list[FetchedGrant | None]:
    """The secrets of these grants, for the owner or the grantee of each, or for who acts for the grantee; None where
    there is none for them.

    One leaf for each that is handed out is committed first. Forbidden without a fresh, unused statement of `by`,
    TooMany beyond the limit, for which each counts.
    """
    with atomic():
        lock_live(by)
        statement = checked(live_subject(by), "fetch-grants", packed, ids_hash(secret_ids))
        limiter.count(by, len(secret_ids))
        _check_fresh(core, statement)
        obey_once(core, statement)
        grantees = {by, *_acts_for(core, by)}
        found = [_theirs(core, by, grantees, secret_id) for secret_id in secret_ids]
        for one in found:
            if one is not None:
                owner, secret = one
                leaves.append(core, "fetch", role, owner.subject_id, "grant", bytes(secret.secret_id))
    openers = iter(opened(core, [one for one in found if one is not None]))
    return [None if one is None else _fetched(next(openers), *one) for one in found]


def _acts_for(core: Core, member: UUID) -> set[UUID]:
    """The clinics whose live membership lets this person fetch for them."""
    found = Secret.objects.filter(kind=GRANT, grantee_id=member, acts=True)
    clinics = {one.subject_id for one in found if not _is_over(core, one)}
    live = SubjectRow.objects.filter(subject_id__in=clinics, erasing_since=None)
    return set(live.values_list("subject_id", flat=True))


def _is_over(core: Core, secret: Secret) -> bool:
    return secret.ends_at is not None and secret.ends_at <= core.now()


def _theirs(
    core: Core, by: UUID, grantees: Collection[UUID], secret_id: bytes
) -> tuple[SubjectRow, Secret] | None:  # fmt: skip
    """`grantees`: the person who asks, and whom they act for."""
    secret = Secret.objects.filter(secret_id=secret_id, kind=GRANT).first()
    if secret is None or _is_over(core, secret) or not (by == secret.subject_id or secret.grantee_id in grantees):
        return None
    owner = SubjectRow.objects.filter(subject_id=secret.subject_id, erasing_since=None).first()
    return None if owner is None else (owner, secret)


def _fetched(found: bytes, owner: SubjectRow, secret: Secret) -> FetchedGrant:
    fetched = FetchedGrant(found, owner.subject_id, bytes(owner.public), _public(secret.grantee_id))
    return _with_root(fetched, owner) if secret.acts else fetched


def _with_root(fetched: FetchedGrant, owner: SubjectRow) -> FetchedGrant:
    restored = marks.of([owner.subject_id]).get(owner.subject_id)
    return msgspec.structs.replace(
        fetched, root_version=owner.root_version, root_hash=bytes(owner.root_hash), restored=restored
    )


def _public(grantee: UUID | None) -> bytes:
    row = SubjectRow.objects.filter(subject_id=grantee, erasing_since=None).first()
    return b"" if row is None else bytes(row.public)


def leave(core: Core, secret_id: bytes, packed: bytes) -> None:
    """Destroy a grant's secret at its grantee's signed wish. Forbidden for anybody else."""
    with atomic():
        secret = existing(secret_id)
        if secret.kind != GRANT or secret.grantee_id is None:
            raise errors.NotFound
        obey_once(core, checked(live_subject(secret.grantee_id), "leave", packed, secret_id))
        destroy_row(core, secret)
