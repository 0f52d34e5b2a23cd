"""What a study published: its own keys sign it at each change, and its address names those keys.

Whoever can only write tables changes nothing of it unnoticed: what does not match the signature is not shown, and
nobody takes part in it.
"""

from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.vault import signed

from .models import Study

ALTERED = N_("What is stored about this study is not what its researcher entered, so it is not shown. Ask support.")


class Published(msgspec.Struct, frozen=True, array_like=True):
    """Details of a `study-terms` statement: the version of the text in force, the hash of all that a participant reads
    (`hash_of`), whether people may take part, the marks of those who run it (`mark_of`), the founder first, and the
    age key that releases are encrypted to.
    """

    version: int
    hash: bytes
    state: str
    researchers: tuple[bytes, ...]
    recipient: str = ""


def hash_of(study: Study, version: int, text: str) -> bytes:
    """Of the study as it stands in this row, with this text: 32 bytes."""
    read = (
        version, text, study.title, study.protocol, study.contact, study.nutrients, study.first_day.isoformat(),
        study.last_day.isoformat(), study.ethics, study.ethics_on.isoformat() if study.ethics_on else "",
        study.document, bytes(study.file_hash),
    )  # fmt: skip
    return signed.digest("study-terms", study.id, msgspec.msgpack.encode(read))


def key_of(study: Study) -> bytes:
    """The study's public signing key. Raises Tampered unless its address names it."""
    try:
        key = signed.signing_key_of(study.subject_id)
    except errors.NotFound:
        raise errors.Tampered(ALTERED) from None
    if signed.address_of(key) != study.id:
        raise errors.Tampered(ALTERED)
    return key


def signed_of(study: Study) -> Published:
    """What its keys signed, whatever the row says. Raises Tampered."""
    try:
        details = signed.details_by(key_of(study), study.subject_id, "study-terms", study.id, bytes(study.published))
        return msgspec.msgpack.decode(details, type=Published)
    except (errors.Tampered, msgspec.MsgspecError):
        raise errors.Tampered(ALTERED) from None


def _stored_text(study: Study, version: int) -> str:
    found = study.texts.filter(version=version).first()
    return found.text if found else ""


class Words(NamedTuple):
    """What its keys signed, and the text that was compared with it: reading it again could give another."""

    word: Published
    text: str


def read(study: Study) -> Words:
    """If the row and the text in force are just what its keys signed. Raises Tampered."""
    found = signed_of(study)
    text = _stored_text(study, found.version)
    if study.state != found.state or hash_of(study, found.version, text) != found.hash:
        raise errors.Tampered(ALTERED)
    return Words(found, text)


def check(study: Study) -> Published:
    """What its keys signed. Raises Tampered unless the row and the text in force are just that."""
    return read(study).word


def mark_of(study_id: UUID, subject: UUID, key: bytes) -> bytes:
    """Somebody who runs it: who they are and the public key that they sign with, as 32 bytes that name nobody."""
    return signed.digest("study-researcher", study_id, subject.bytes + key)


def runs(study: Study, subject: UUID, key: bytes) -> bool:
    """Whether this person, with this key, runs it. Where nothing can be believed, its founder, who is told so."""
    try:
        return mark_of(study.id, subject, key) in signed_of(study).researchers
    except errors.Tampered:
        return study.founder_id == subject
