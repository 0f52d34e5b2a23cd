"""KMS rotation: every wrapped row is opened and wrapped anew. No record of anybody changes."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from nutshell.envelope.context import Field

from . import storage
from .core import Core, atomic
from .kms import wrapped_version
from .models import Canary, Epoch, InstallationKey, Secret, SubjectRow
from .types import BACKUPS_KEPT, Rotation


def rotate(core: Core) -> Rotation:
    """Make a new KMS version and wrap everything under it. Old rows open throughout."""
    version = core.kms.new_version(core.now())
    count = sum(_rewrap(core, row, column, purpose, *fields) for row, column, purpose, fields in _wrapped())
    storage.scrub()
    return Rotation(version, count)


def forget_old_versions(core: Core) -> int:
    """Remove versions that were superseded longer ago than backups live, and that wrap nothing any more."""
    old = core.kms.superseded(core.now() - BACKUPS_KEPT)
    used = {wrapped_version(bytes(getattr(row, column))) for row, column, _, _ in _wrapped()} if old else set()
    gone = [version for version in old if version not in used]
    for version in gone:
        core.kms.remove(version)
    return len(gone)


def _wrapped() -> Iterator[tuple[models.Model, str, str, tuple[Field, ...]]]:
    """Every wrapped value: row, column, purpose and the fields that it is bound to."""
    for subject in SubjectRow.objects.exclude(erasure_secret=b""):
        yield subject, "erasure_secret", "erasure", (subject.subject_id,)
    for secret in Secret.objects.all():
        yield secret, "wrapped", "secret", (secret.subject_id, bytes(secret.secret_id), secret.kind)
    for epoch in Epoch.objects.all():
        yield epoch, "wrapped", "epoch", (epoch.day.isoformat(),)
    for key in InstallationKey.objects.all():
        yield key, "wrapped", "installation", (key.name, key.version)
    for canary in Canary.objects.all():
        yield canary, "wrapped", "canary", (canary.pk,)


def _rewrap(core: Core, row: Any, column: str, purpose: str, *fields: Field) -> int:
    """1 if the row still held what was read: one that was destroyed meanwhile stays destroyed."""
    before = getattr(row, column)
    after = core.wrap(core.unwrap(before, purpose, *fields), purpose, *fields)
    with atomic():
        rows = type(row).objects.filter(pk=row.pk, **{column: before})
        return int(rows.update(**{column: after}))
