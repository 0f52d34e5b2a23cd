"""Roots: what the owner's last session saw of all shelves, so that a whole shelf cannot vanish or go back unnoticed."""

from typing import NamedTuple, Protocol
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.envelope import listings, shelves
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle
from nutshell.envelope.shelves import RootLine

from . import installation
from .keys import opened_by_any
from .keystore.types import Restored
from .models import Root, Shelf
from .rows_of import of_subject


class Problem(NamedTuple):
    """One shelf generation that is not as its owner left it. `kind` is one of the words below."""

    kind: str
    tag: bytes = b""
    generation: int = 0


class Pinned(Protocol):
    """What the key store says of a subject: which root is valid."""

    @property
    def root_version(self) -> int: ...

    @property
    def root_hash(self) -> bytes: ...

    @property
    def restored(self) -> Restored | None: ...


MISSING_ROOT, MISSING, OLDER, ALTERED, UNSHARED = "missing-root", "missing", "older", "altered", "unshared"


@of_subject
def problems(subject: UUID, bundle: Bundle, pinned: Pinned) -> list[Problem]:
    """Every listed shelf must be there, at least at its listed version, and at that version with its listed hash.

    After a restore the root that was put back stands in the place of the one that is named: once (`seal` ends it).
    """
    found = _against(subject, bundle, pinned.root_version, pinned.root_hash)
    if found and pinned.restored is not None:
        return _against(subject, bundle, pinned.restored.root_version, pinned.restored.root_hash)
    return found


def _against(subject: UUID, bundle: Bundle, version: int, hash_: bytes) -> list[Problem]:
    try:
        root = _opened(subject, bundle, version, hash_)
    except errors.Tampered:
        return [Problem(MISSING_ROOT)]
    now = {(line.tag, line.generation): line for line in current_lines(subject)}
    found = ((line, _problem(line, now.get((line.tag, line.generation)))) for line in root.lines)
    return [Problem(kind, line.tag, line.generation) for line, kind in found if kind]


def _problem(listed: RootLine, now: RootLine | None) -> str:
    if now is None:
        return MISSING
    if now.manifest_version < listed.manifest_version:
        return OLDER
    if now.manifest_version == listed.manifest_version and now.manifest_hash != listed.manifest_hash:
        return ALTERED
    return UNSHARED if listed.shared and not now.shared else ""


@of_subject
def current_lines(subject: UUID) -> list[RootLine]:
    """All shelves of the subject as they stand, by tag and generation."""
    columns = ("tag", "generation", "manifest_version", "manifest", "shared")
    rows = Shelf.objects.filter(subject_id=subject).order_by("tag", "generation").values_list(*columns)
    return [
        RootLine(bytes(tag), generation, version, shelves.sealed_hash(bytes(manifest)), shared)
        for tag, generation, version, manifest, shared in rows
    ]


@of_subject
def valid_root(subject: UUID, bundle: Bundle, pinned: Pinned) -> shelves.Root:
    """The root that the key store names. Raises Tampered when it is missing or altered."""
    return _opened(subject, bundle, pinned.root_version, pinned.root_hash)


def _opened(subject: UUID, bundle: Bundle, version: int, hash_: bytes) -> shelves.Root:
    row = Root.objects.filter(subject_id=subject, version=version, root_hash=hash_).first()
    if row is None or shelves.sealed_hash(bytes(row.sealed)) != hash_:
        raise errors.Tampered
    try:
        return opened_by_any(
            bundle.wrappings(), lambda key: shelves.open_root(key, subject, row.version, bytes(row.sealed))
        )  # fmt: skip
    except EnvelopeError:
        raise errors.Tampered from None


@of_subject
def seal(subject: UUID, bundle: Bundle, expected: int) -> None:
    """Seal a root of the shelves as they stand, and pin it. Raises Conflict when another session was first.

    Stored before it is pinned: a crash in between leaves a candidate that nobody names.
    """
    version = expected + 1
    root = shelves.Root(shelves.ROOT_FORMAT, version, current_lines(subject))
    sealed = shelves.seal_root(bundle.wrapping, subject, root)
    hash_ = shelves.sealed_hash(sealed)
    Root.objects.create(subject_id=subject, version=version, root_hash=hash_, sealed=sealed)
    statement = listings.sign_pin(bundle.signing, "root", subject, version, hash_, int(clock.now().timestamp()))
    installation.client().set_root(subject, statement, expected, version, hash_)
    Root.objects.filter(subject_id=subject, version__lt=expected).delete()
