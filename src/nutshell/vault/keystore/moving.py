"""Two KMS at once, while everything moves from one to the other: the new one wraps, both open."""

from collections.abc import Sequence
from datetime import datetime

from nutshell.envelope.errors import UnknownFormat

from .kms import VERSION_LENGTH, Bound, Kms, kind_of


class Moving:
    """A `Kms` of the one that wraps now and the one that wrapped before; they are of different kinds."""

    def __init__(self, present: Kms, present_kind: int, old: Kms, old_kind: int) -> None:
        self._present, self._kinds = present, {present_kind: present, old_kind: old}

    @property
    def version(self) -> int:
        return self._present.version

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        return self._present.wrap(secret, bound_to)

    def wrap_many(self, secrets: Sequence[Bound]) -> list[bytes]:
        return self._present.wrap_many(secrets)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        return self._of(wrapped).unwrap(wrapped, bound_to)

    def unwrap_many(self, wrapped: Sequence[Bound]) -> list[bytes]:
        found: dict[int, bytes] = {}
        for kind, kms in self._kinds.items():
            places = [place for place, (value, _) in enumerate(wrapped) if self._kind(value) == kind]
            opened = kms.unwrap_many([wrapped[place] for place in places]) if places else []
            found |= dict(zip(places, opened, strict=True))
        return [found[place] for place in range(len(wrapped))]

    def new_version(self, now: datetime) -> int:
        return self._present.new_version(now)

    def superseded(self, before: datetime) -> list[int]:
        """Of the present one only: the old one's key is its operator's to remove, when no backup needs it."""
        return self._present.superseded(before)

    def remove(self, version: int) -> None:
        self._present.remove(version)

    def _of(self, wrapped: bytes) -> Kms:
        return self._kinds[self._kind(wrapped)]

    def _kind(self, wrapped: bytes) -> int:
        kind = kind_of(wrapped)
        if len(wrapped) < VERSION_LENGTH or kind not in self._kinds:
            raise UnknownFormat
        return kind
