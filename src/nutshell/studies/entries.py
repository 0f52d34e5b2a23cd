"""The release ledger's lines: who is inside of a release and what its archive is, signed by the study's own keys."""

import hashlib

import msgspec

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.vault import signed
from nutshell.vault.keys import OwnerBundle

from . import published
from .models import Enrolment, Release

_ALTERED = N_("What stands in the ledger about this release is not what was built, so it is not handed out.")


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `study-release` statement: its number, who is inside, how many days, the archive's SHA-256."""

    number: int
    pseudonyms: tuple[str, ...]
    rows: int
    hash: bytes


def sign(release: Release, bundle: OwnerBundle, entry: Entry) -> bytes:
    details = msgspec.msgpack.encode(entry)
    return signed.sign(bundle, "study-release", release.study.subject_id, release.id, details)


def check(release: Release) -> Entry:
    """The line, if the row is just that. Raises Tampered."""
    study = release.study
    try:
        key = published.key_of(study)
        details = signed.details_by(key, study.subject_id, "study-release", release.id, bytes(release.entry))
        found = msgspec.msgpack.decode(details, type=Entry)
    except (errors.Tampered, msgspec.MsgspecError):
        raise errors.Tampered(_ALTERED) from None
    if found != Entry(release.number, tuple(release.pseudonyms.split()), release.rows, bytes(release.hash)):
        raise errors.Tampered(_ALTERED)
    return found


def archive_of(release: Release) -> bytes:
    """The archive, if it is the one that the line names. Raises Tampered."""
    sealed = bytes(release.sealed)
    if hashlib.sha256(sealed).digest() != check(release).hash:
        raise errors.Tampered(_ALTERED)
    return sealed


def may_hold(release: Release, enrolment: Enrolment) -> bool:
    """Whether this person's data is inside. Of a line that nobody can believe it is: a withdrawal takes it back."""
    try:
        return enrolment.pseudonym in check(release).pseudonyms
    except errors.Tampered:
        return True
