"""KMS rotation: every wrapped row is opened and wrapped anew. No record of anybody changes.

It goes part by part, each a request of its own, and what is left to do is what the rows say: whichever of them begin
with another version. So a rotation that was cut off at any place goes on with the next one.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q, QuerySet

from nutshell.common import errors
from nutshell.envelope.context import Field
from nutshell.envelope.errors import EnvelopeError

from . import leaves, storage
from .core import Core, Wrapped, atomic
from .kms import KIND_BITS, packed_version
from .models import Canary, Epoch, InstallationKey, Secret, SubjectRow
from .types import BACKUPS_KEPT, Rotation


class _Column(NamedTuple):
    """A column of wrapped values: where, for what purpose, and what a row's value is bound to."""

    rows: type[models.Model]
    name: str
    purpose: str
    fields: Callable[[Any], tuple[Field, ...]]

    def wrapped(self, row: models.Model) -> Wrapped:
        return Wrapped(getattr(row, self.name), self.purpose, self.fields(row))

    def older(self, version: int) -> "QuerySet[Any]":
        """Rows that anything but this version wrapped. A destroyed erasure secret is empty, and stays so."""
        of_this = {f"{self.name}__gte": packed_version(version), f"{self.name}__lt": packed_version(version + 1)}
        return self.rows._default_manager.exclude(Q(**of_this) | Q(**{self.name: b""}))


COLUMNS = (
    _Column(InstallationKey, "wrapped", "installation", lambda row: (row.name, row.version)),
    _Column(Canary, "wrapped", "canary", lambda row: (row.pk,)),
    _Column(Epoch, "wrapped", "epoch", lambda row: (row.day.isoformat(),)),
    _Column(SubjectRow, "erasure_secret", "erasure", lambda row: (row.subject_id,)),
    _Column(Secret, "wrapped", "secret", lambda row: (row.subject_id, bytes(row.secret_id), row.kind)),
)


def begin(core: Core) -> Rotation:
    """A new KMS version, or the present one where rows still wait for it: then this goes on with that rotation.

    Raises errors.Conflict where only the KMS's own operator can make a version (`Kms.new_version`).
    """
    with core.rotating:
        waiting = _left(core)
        version = core.kms.version if waiting else core.kms.new_version(core.now())
        return Rotation(version, 0, waiting or _left(core), resumed=bool(waiting))


def rewrap(core: Core, limit: int) -> Rotation:
    """Wrap up to so many rows anew under the present version. Old rows open throughout.

    The part that leaves nothing to do adds the leaf of the rotation.
    """
    with core.rotating:
        version = core.kms.version
        done = _rewrap(core, list(islice(_older(version), limit)))
        left = _left(core)
        if done and not left:
            _finish(core, version)
        return Rotation(version, done, left)


def forget_old_versions(core: Core) -> int:
    """Remove versions that were superseded longer ago than backups live, and that wrap nothing any more."""
    old = core.kms.superseded(core.now() - BACKUPS_KEPT)
    gone = [version for version in old if not _used(version)]
    for version in gone:
        core.kms.remove(version)
    return len(gone)


def kinds_in_use() -> set[int]:
    """Which kinds of back ends wrapped something that is still there (`kms.KIND_BITS`)."""
    return {kind for kind in range(3) if any(_of_kind(column, kind).exists() for column in COLUMNS)}


def _of_kind(column: _Column, kind: int) -> "QuerySet[Any]":
    first, after = (packed_version(number << KIND_BITS) for number in (kind, kind + 1))
    between = {f"{column.name}__gte": first, f"{column.name}__lt": after}
    return column.rows._default_manager.filter(**between).exclude(**{column.name: b""})


def _used(version: int) -> bool:
    first, after = packed_version(version), packed_version(version + 1)
    return any(
        column.rows._default_manager.filter(**{f"{column.name}__gte": first, f"{column.name}__lt": after}).exists()
        for column in COLUMNS
    )


def _left(core: Core) -> int:
    version = core.kms.version
    return sum(column.older(version).count() for column in COLUMNS)


def _older(version: int) -> Iterator[tuple[_Column, models.Model]]:
    for column in COLUMNS:
        for row in column.older(version).iterator():
            yield column, row


def _rewrap(core: Core, found: Sequence[tuple[_Column, models.Model]]) -> int:
    """How many still held what was read: what was destroyed meanwhile stays destroyed."""
    before = [column.wrapped(row) for column, row in found]
    try:
        opened = core.unwrap_many(before)
    except EnvelopeError:
        raise errors.Tampered from None
    after = core.kms.wrap_many([(secret, one.bound_to) for secret, one in zip(opened, before, strict=True)])
    with atomic():
        return sum(
            column.rows._default_manager.filter(pk=row.pk, **{column.name: one.value}).update(**{column.name: new})
            for (column, row), one, new in zip(found, before, after, strict=True)
        )


def _finish(core: Core, version: int) -> None:
    with atomic():
        leaves.append(core, "kms-rotated", "operator", None, "operator", packed_version(version))
    storage.scrub()
