"""Changes: a profile or settings are saved, and the history of the targets grows from that day on."""

from datetime import date

from nutshell.targets import policy, stored
from nutshell.targets.queries import PROFILE, TARGETS
from nutshell.targets.types import Facts, Period, Profile, TargetHistory, TargetSettings
from nutshell.vault.types import OpenVault


def continued(past: TargetHistory, day: date, facts: Facts, settings: TargetSettings) -> TargetHistory:
    """The history with these targets from `day` on; unchanged targets add nothing.

    A change on the last period's own day replaces that period. A `day` before it (a traveller's clock) counts as
    that day, so what was in force earlier never changes.
    """
    last = past.periods[-1] if past.periods else None
    if last and (last.facts, last.settings) == (facts, settings):
        return past
    begins = max(day, last.from_day) if last else day
    kept = tuple(period for period in past.periods if period.from_day < begins)
    version = last.version + 1 if last else 1
    return TargetHistory((*kept, Period(begins, version, facts, settings)))


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
        return [stored.pack(profile), _packed(past, continued(past, day, profile.facts, settings), contents[1])]

    vault.change([PROFILE, TARGETS], edit)


def save_settings(vault: OpenVault, settings: TargetSettings, day: date) -> None:
    """Let these settings count from `day`, the person's today, on. Raises InvalidInput, Conflict, Tampered."""
    policy.check_settings(settings)

    def edit(contents: list[bytes | None]) -> list[bytes | None]:
        past = stored.unpack(contents[0], TargetHistory)
        facts, _ = _last(past)
        return [_packed(past, continued(past, day, facts, settings), contents[0])]

    vault.change([TARGETS], edit)


def _packed(past: TargetHistory, present: TargetHistory, before: bytes | None) -> bytes | None:
    return before if past == present else stored.pack(present)
