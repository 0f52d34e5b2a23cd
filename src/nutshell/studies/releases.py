"""The worker's part: builds what was ordered, person by person, and enters it in the release ledger."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from nutshell import gate
from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.gate import Purpose

from . import entries, files, keys, policy, published, publishing, queries
from .consents import Ordered, check_order, check_part, window_of
from .entries import Entry
from .models import Enrolment, Order, Release
from .rows import rows_of

log = logging.getLogger("nutshell.studies")
GIVEN_UP = timedelta(minutes=5)
"""A release that says nothing for so long belongs to a worker that died; another takes it anew."""
TELL_EVERY = 10
"""Participants between two lines of progress."""

Line = list[object]


def build_next() -> bool:
    """Build the oldest release that waits. Whether there was one."""
    waiting = Q(state="queued") | Q(state="running", taken_at__lt=clock.now() - GIVEN_UP)
    release = Release.objects.filter(waiting).order_by("ordered_at").select_related("study").first()
    if release is None or not _taken(release):
        return False
    try:
        _build(release)
    except Exception:
        Release.objects.filter(id=release.id, state="running").update(state="failed")
        raise
    return True


def _taken(release: Release) -> bool:
    """Whether this worker has it: two never build the same."""
    mine = Release.objects.filter(id=release.id, state=release.state, taken_at=release.taken_at)
    return mine.update(state="running", taken_at=clock.now(), done=0) == 1


def _build(release: Release) -> None:
    ordered = _ordered(release)
    named, nutrients = {UUID(bytes=one) for one in ordered.grants}, tuple(policy.nutrients_of(release.study))
    bundle = publishing.open_(release.study).bundle
    study = keys.acting(release.study, bundle)
    lines: list[Line] = []
    inside: list[str] = []
    for done, enrolment in enumerate(_of(release, named), 1):
        theirs = _lines(study, enrolment, nutrients)
        lines += theirs
        inside += [enrolment.pseudonym] if theirs else []
        if done % TELL_EVERY == 0:
            Release.objects.filter(id=release.id).update(done=done, taken_at=clock.now())
    if len(inside) < policy.FEW:
        Release.objects.filter(id=release.id, state="running").update(state="few")
        return
    built = files.build(sorted(lines, key=_by_person_and_day), nutrients, ordered.recipient)
    entry = Entry(release.number, tuple(sorted(inside)), len(lines), built.hash)
    Release.objects.filter(id=release.id, state="running").update(
        built_at=clock.now(), done=len(named), rows=len(lines), sealed=built.sealed, hash=built.hash,
        pseudonyms=" ".join(entry.pseudonyms), entry=entries.sign(release, bundle, entry),
    )  # fmt: skip
    _publish(release, named, inside)


def _ordered(release: Release) -> Ordered:
    """What was ordered, by somebody who runs the study still, for the key that it has still. Raises Tampered."""
    word = published.check(release.study)
    order = Order.objects.filter(release=release).select_related("release").first()
    if order is None:
        raise errors.Tampered
    found = check_order(order, word.researchers)
    if found.recipient != word.recipient:
        raise errors.Tampered
    return found


def _publish(release: Release, named: set[UUID], inside: list[str]) -> None:
    """Done, unless somebody inside left while the files were made: then it is built anew, without them.

    Who is inside stands there already, so that whoever withdraws from now on takes it back.
    """
    mine = Release.objects.filter(id=release.id, state="running")
    if set(inside) <= {one.pseudonym for one in _of(release, named)}:
        mine.update(state="done")
    else:
        mine.update(state="queued", built_at=None, rows=0, sealed=b"", hash=b"", pseudonyms="", entry=b"")


def _by_person_and_day(line: Line) -> tuple[str, str]:
    return str(line[0]), str(line[1])


def _of(release: Release, named: set[UUID]) -> list[Enrolment]:
    """Who was named and takes part still."""
    return [one for one in queries.taking_part(release.study) if one.grant_id in named]


def _lines(study: Actor, enrolment: Enrolment, nutrients: tuple[str, ...]) -> list[Line]:
    """A participant's rows, under their grant: their ledger has it first.

    Days and nutrients are those that the participant signed for, whatever a row says now; none where the signature
    is another's, where they agreed to other nutrients, or where the grant ended meanwhile.
    """
    try:
        agreed = check_part(enrolment)
        if agreed.nutrients != nutrients:
            raise errors.Tampered
        about = f"{agreed.first_day}/{agreed.last_day}"
        with gate.enter(study, enrolment.subject_id, Purpose.DIARY_READ, about) as vault:
            found = rows_of(vault, window_of(agreed), nutrients)
    except errors.Tampered:
        log.error("a participant was left out of a release: what they signed is not what stands there")
        return []
    except (errors.NotFound, errors.NoLongerShared, errors.Forbidden):
        return []
    return [files.cells(enrolment.pseudonym, row) for row in found]
