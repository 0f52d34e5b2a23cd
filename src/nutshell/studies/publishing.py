"""Publishing with the study's keys: signed, and pinned in its own vault, whose root the key store names.

The pin is a record that lists the statements in force. It keeps an older statement, which verifies like any other, from
being put back. A change lists the new one beside the old before it is stored, and alone afterwards: an interruption
leaves a study that goes on.
"""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import transaction

from nutshell import gate
from nutshell.common import errors
from nutshell.gate import Purpose
from nutshell.vault import actions as vault
from nutshell.vault import signed
from nutshell.vault.actions import Whole
from nutshell.vault.types import Address

from . import keys, policy, published
from .models import Study, StudyText
from .published import ALTERED, Published

log = logging.getLogger(__name__)
_PIN = Address("profile", "", "study")
_FORMAT = 1
Edit = Callable[[list[bytes]], list[bytes]]


def first(study: Study, whole: Whole, founder: bytes) -> None:
    """Sign and pin a study that is being founded, and store it."""
    new = Published(0, published.hash_of(study, 0, ""), "draft", (founder,))
    study.published, digest = _signed(study, whole, new)
    _pin(study, whole, lambda _: [digest])
    study.save(force_insert=True)


def open_(study: Study) -> Whole:
    """The study's keys, where what was read of it is in force. One fetch. Raises Tampered, NotFound, Conflict."""
    whole = keys.whole_of(study)
    with gate.enter(keys.acting(study, whole.bundle), study.subject_id, Purpose.PROFILE_READ) as opened:
        (sheet,) = opened.read([_PIN])
    if _digest(study, bytes(study.published)) not in _listed(sheet.content):
        if bytes(Study.objects.get(id=study.id).published) != bytes(study.published):
            policy.refuse_text()
        raise errors.Tampered(ALTERED)
    return whole


def again(
    study: Study, *names: str, text: str | None = None, state: str = "", researchers: tuple[bytes, ...] = (),
    recipient: str = "", beside: Callable[[], Any] | None = None,
) -> Published:  # fmt: skip
    """Sign what stands in `study` now, with what is given here instead of what was; store `names` of it.

    `beside` stores what belongs to it, in the same transaction. Raises Conflict where somebody else published since
    the study was read, Tampered, NotFound.
    """
    before = bytes(study.published)
    old, old_text = _as_stored(study)
    whole = open_(study)
    version, words = (old.version, old_text) if text is None else (old.version + 1, text)
    study.state = state or old.state
    new = Published(
        version, published.hash_of(study, version, words), study.state, researchers or old.researchers,
        recipient or old.recipient,
    )  # fmt: skip
    study.published, digest = _signed(study, whole, new)
    whole = _pin(study, whole, _beside(_digest(study, before), digest))
    with transaction.atomic():
        _store(study, before, ("published", "state", *names))
        if text is not None:
            # Higher versions are no researcher's: a published one counts up by one.
            StudyText.objects.filter(study=study, version__gte=version).delete()
            StudyText.objects.create(study=study, version=version, text=text)
        if beside:
            beside()
    _settle(study, whole, digest)
    return new


def _as_stored(study: Study) -> published.Words:
    """What stands there now, where it is what `study` was read of. Raises Conflict, Tampered."""
    stored = Study.objects.get(id=study.id)
    if bytes(stored.published) != bytes(study.published):
        raise errors.Conflict
    return published.read(stored)


def _signed(study: Study, whole: Whole, new: Published) -> tuple[bytes, bytes]:
    """The statement and the digest by which it is pinned."""
    details = msgspec.msgpack.encode(new)
    packed = signed.sign(whole.bundle, "study-terms", study.subject_id, study.id, details)
    return packed, _digest(study, packed)


def _digest(study: Study, packed: bytes) -> bytes:
    return signed.digest("study-published", study.id, packed)


def _store(study: Study, before: bytes, names: tuple[str, ...]) -> None:
    """Raises Conflict where it was published anew since it was read."""
    as_read = Study.objects.filter(id=study.id, published=before)
    if not as_read.update(**{name: getattr(study, name) for name in names}):
        raise errors.Conflict


def _beside(old: bytes, new: bytes) -> Edit:
    def edit(listed: list[bytes]) -> list[bytes]:
        if old not in listed:
            raise errors.Conflict
        return [*listed, new]

    return edit


def _pin(study: Study, whole: Whole, edit: Edit) -> Whole:
    """Change which statements are in force, and seal the root over it."""
    with gate.enter(keys.acting(study, whole.bundle), study.subject_id, Purpose.PROFILE_WRITE) as opened:
        opened.change([_PIN], lambda found: [msgspec.msgpack.encode((_FORMAT, edit(_listed(found[0]))))])
    return vault.seal_after(study.subject_id, whole)


def _settle(study: Study, whole: Whole, digest: bytes) -> None:
    """The new statement alone. What fails here is made up for by the next change: the new one counts already."""
    try:
        _pin(study, whole, lambda _: [digest])
    except errors.NutshellError as failure:
        log.warning("a study's older statement stays in force beside the new one: %s", failure.code)


def _listed(content: bytes | None) -> list[bytes]:
    """Raises Tampered for what is no list of this format."""
    if content is None:
        return []
    try:
        format_, listed = msgspec.msgpack.decode(content, type=tuple[int, list[bytes]])
    except msgspec.MsgspecError:
        raise errors.Tampered from None
    if format_ != _FORMAT:
        raise errors.Tampered
    return listed
