"""Who I am and what I aim at."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpRequest

from nutshell.common import clock
from nutshell.common.aims import Aim
from nutshell.common.clock import Day
from nutshell.common.errors import Forbidden
from nutshell.forms import parse_json
from nutshell.gate.actions import enter
from nutshell.gate.types import Actor, Purpose
from nutshell.targets import actions, energy, policy, queries
from nutshell.targets.types import Profile, TargetSettings
from nutshell.vault.types import OpenVault

from . import shapes
from .diary import of_another, owner_of
from .routing import Reply, Route


def today(profile: Profile) -> Day:
    """The person's today: by their time zone and day start."""
    return clock.day_of(clock.now(), profile.zone, profile.day_start)


def read_profile(request: HttpRequest, caller: Actor) -> Reply:
    with enter(caller, caller.subject, Purpose.PROFILE_READ) as vault:
        return Reply(queries.profile(vault))


def replace_profile(request: HttpRequest, caller: Actor) -> Reply:
    profile = parse_json(Profile, request.body)
    policy.check_profile(profile, clock.utc_day())  # a zone that no clock knows has no today
    with enter(caller, caller.subject, Purpose.PROFILE_WRITE) as vault:
        actions.save_profile(vault, profile, today(profile))
        return Reply(queries.profile(vault))


def _today(vault: OpenVault) -> Day:
    """The person's today. A token that reaches only the targets does not know where its person is: by UTC."""
    try:
        return today(queries.profile(vault))
    except Forbidden:
        return clock.utc_day()


def _targets(vault: OpenVault) -> Reply:
    day = _today(vault)
    period = queries.period_in_force(queries.history(vault), day)
    settings = queries.settings(vault)
    aims = queries.in_force(vault, day).aims
    budget = energy.budget(period.facts, settings, day) if period else None
    changed = queries.changed(vault)
    by = (changed.by, datetime.fromtimestamp(changed.at, UTC)) if changed else (None, None)
    return Reply(shapes.Targets(settings, [_aim(aim) for aim in aims], budget, *by))


def _aim(aim: Aim) -> shapes.Aim:
    return shapes.Aim(aim.nutrient, aim.minimum, aim.maximum, aim.origin, aim.maximum_origin, aim.supplement_only)


def read_targets(request: HttpRequest, caller: Actor, subject: str = "") -> Reply:
    with enter(caller, owner_of(caller, subject), Purpose.TARGETS_READ) as vault:
        return _targets(vault)


def replace_targets(request: HttpRequest, caller: Actor, subject: str = "") -> Reply:
    settings = parse_json(TargetSettings, request.body)
    with enter(caller, owner_of(caller, subject), Purpose.TARGETS_WRITE) as vault:
        actions.save_settings(vault, settings, _today(vault))
        return _targets(vault)


def undo_targets(request: HttpRequest, caller: Actor) -> Reply:
    with enter(caller, caller.subject, Purpose.TARGETS_WRITE) as vault:
        actions.undo(vault, _today(vault))
        return _targets(vault)


TARGETS = Route("GET", "/targets", read_targets, "What I aim at, with where each figure comes from",
                scope="targets:read", answers=shapes.Targets)  # fmt: skip
REPLACE = Route("PUT", "/targets", replace_targets, "Replace the settings that targets are made from",
                scope="targets:write", takes=TargetSettings, answers=shapes.Targets)  # fmt: skip
THEIRS = msgspec.structs.replace(of_another(TARGETS), summary="What somebody who shares it with me aims at")
ROUTES = (
    Route("GET", "/profile", read_profile, "Who I am, and how I like to see things", scope="profile:read",
          answers=Profile),
    Route("PUT", "/profile", replace_profile, "Replace the profile", scope="profile:write", takes=Profile,
          answers=Profile),
    TARGETS,
    THEIRS,
    REPLACE,
    of_another(REPLACE),
    Route("POST", "/targets/undo", undo_targets, "Take back what somebody else changed of my targets",
          scope="targets:write", answers=shapes.Targets),
)  # fmt: skip
