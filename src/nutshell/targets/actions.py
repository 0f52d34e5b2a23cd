"""Changes: a profile or settings are saved, and the history of the targets grows from that day on."""

from datetime import date

from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.targets import policy, stored
from nutshell.targets.queries import PROFILE, TARGETS
from nutshell.targets.types import Changed, Facts, Period, Profile, TargetHistory, TargetSettings
from nutshell.vault.types import OpenVault

_NOTHING_TO_UNDO = N_("Nobody else changed these targets, or they were changed since.")


def continued(
    past: TargetHistory, day: date, facts: Facts, settings: TargetSettings, changed: Changed | None = None
) -> TargetHistory:
    """The history with these targets from `day` on; unchanged targets of the same author add nothing.

    A change on the last period's own day replaces that period. A `day` before it (a traveller's clock) counts as
    that day, so what was in force earlier never changes.
    """
    last = past.periods[-1] if past.periods else None
    if last and (last.facts, last.settings, last.changed) == (facts, settings, changed):
        return past
    begins = max(day, last.from_day) if last else day
    kept = tuple(period for period in past.periods if period.from_day < begins)
    version = last.version + 1 if last else 1
    return TargetHistory((*kept, Period(begins, version, facts, settings, changed)))


def _last(past: TargetHistory) -> tuple[Facts, TargetSettings]:
    if not past.periods:
        return Facts(), TargetSettings()
    return past.periods[-1].facts, past.periods[-1].settings


def save_profile(vault: OpenVault, profile: Profile, day: date) -> None:
    """Keep the profile; its facts count from `day`, the person's today, on.

    Writes profile and targets in one transaction. Raises InvalidInput, Conflict, Tampered.
    """
    policy.check_profile(profile, day)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        past = stored.unpack(contents[1], TargetHistory)
        _, settings = _last(past)
        present = continued(past, day, profile.facts, settings, _changed_last(past))
        return [stored.pack(profile), _packed(past, present, contents[1])]

    vault.change([PROFILE, TARGETS], edit)


def save_settings(vault: OpenVault, settings: TargetSettings, day: date) -> None:
    """Let these settings count from `day`, the person's today, on. Raises InvalidInput, Conflict, Tampered.

    What somebody else saves stands under their name, and the owner can take it back (`undo`).
    """
    policy.check_settings(settings)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        past = stored.unpack(contents[0], TargetHistory)
        facts, before = _last(past)
        if settings == before and vault.author != vault.subject:
            return contents
        present = continued(past, day, facts, settings, _signed(vault, past, before))
        return [_packed(past, present, contents[0])]

    vault.change([TARGETS], edit)


def _signed(vault: OpenVault, past: TargetHistory, before: TargetSettings) -> Changed | None:
    """Several changes by the same person, one after the other, are taken back as one."""
    if vault.author == vault.subject:
        return None
    earlier = _changed_last(past)
    if earlier is not None and earlier.by == vault.author:
        before = earlier.before
    return Changed(vault.author, int(clock.now().timestamp()), before)


def _changed_last(past: TargetHistory) -> Changed | None:
    return past.periods[-1].changed if past.periods else None


def undo(vault: OpenVault, day: date) -> None:
    """Let the settings that stood before somebody else's change count again, from `day`, the owner's today, on.

    Raises Conflict where the newest settings are the owner's own, Tampered.
    """

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        past = stored.unpack(contents[0], TargetHistory)
        changed, (facts, _) = _changed_last(past), _last(past)
        if changed is None:
            raise errors.Conflict(_NOTHING_TO_UNDO)
        return [_packed(past, continued(past, day, facts, changed.before), contents[0])]

    vault.change([TARGETS], edit)


def _packed(past: TargetHistory, present: TargetHistory, before: bytes | None) -> bytes | None:
    return before if past == present else stored.pack(present)
