"""How a person likes to see things: the part of the sealed profile that every page needs.

It is kept inside the sealed session, so that no page reads the profile for it, and renewed when the profile is saved.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

from nutshell import gate
from nutshell.accounts import actions as accounts_actions
from nutshell.accounts import queries as accounts
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.diary import meals
from nutshell.gate import Actor, Purpose
from nutshell.targets import queries as targets
from nutshell.targets.types import Profile

SESSION_FIELD = "look"
SHORT_ADDRESS = 40


class Look(msgspec.Struct, frozen=True):
    """`day_start` is in minutes after midnight; `meals` are the person's names for the groups, in order."""

    zone: str = "UTC"
    day_start: int = 0
    language: str = "en"
    energy: Literal["kcal", "kJ"] = "kcal"
    measures: Literal["metric", "us"] = "metric"
    theme: str = "system"
    meals: tuple[str, ...] = meals.NAMES
    hidden_cards: tuple[str, ...] = ()
    shortcuts: bool = True
    name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The meal names; those nobody changed in the page's language."""
        return tuple(gettext(name) if name in meals.NAMES else name for name in self.meals)

    def today(self) -> Day:
        return clock.day_of(clock.now(), self.zone, time(self.day_start // 60, self.day_start % 60))

    def date_of(self, moment: datetime) -> Day:
        """The calendar day of a moment where the person is, wherever their diary's days begin."""
        return clock.day_of(moment, self.zone)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    def wall(self, moment: datetime) -> datetime:
        """The time on the person's wall, without its zone: templates would turn one with a zone into UTC."""
        return self.local(moment).replace(tzinfo=None)

    def minute(self) -> int:
        """Minutes after midnight, now, where the person is."""
        now = self.local(clock.now())
        return now.hour * 60 + now.minute


def look_of(request: HttpRequest, actor: Actor) -> Look:
    """From the session; from the profile when the session does not have it yet."""
    kept = request.session.get(SESSION_FIELD)
    with suppress(msgspec.ValidationError):  # as an older release kept it
        return msgspec.convert(kept, Look)
    with gate.enter(actor, owner=actor.subject, purpose=Purpose.PROFILE_READ) as vault:
        profile = targets.profile(vault)
    return keep(request, profile)


def named(request: HttpRequest, look: Look) -> Look:
    """By the name that this person has now: another device or an app may have changed it."""
    now = msgspec.structs.replace(look, name=_name_of(request))
    return look if now == look else _kept(request, now)


def keep(request: HttpRequest, profile: Profile) -> Look:
    """What pages need of this profile, from now on."""
    return _kept(request, _of(profile, _name_of(request)))


def renewed(request: HttpRequest, look: Look, profile: Profile) -> Look:
    """By the profile that a page has read anyway: another device or an app may have changed it."""
    now = _of(profile, look.name)
    return look if now == look else _kept(request, now)


def _kept(request: HttpRequest, look: Look) -> Look:
    request.session[SESSION_FIELD] = msgspec.to_builtins(look)
    request.look = look
    translation.activate(look.language)
    _keep_in_clear(request.user, look)
    return look


def _keep_in_clear(user: Any, look: Look) -> None:
    """What mails and pages need of it before a vault is open."""
    wanted = (look.language, "" if look.theme == "system" else look.theme)
    if (user.language, user.theme) != wanted:
        accounts_actions.set_preferences(user, *wanted)


def _of(profile: Profile, name: str) -> Look:
    return Look(
        zone=profile.zone,
        day_start=profile.day_start.hour * 60 + profile.day_start.minute,
        language=profile.language,
        energy=profile.energy_unit,
        measures=profile.measures,
        theme=profile.theme,
        meals=profile.meals,
        hidden_cards=profile.hidden_cards,
        shortcuts=profile.shortcuts,
        name=name,
    )


def _name_of(request: HttpRequest) -> str:
    user = request.user
    return user.display_name or accounts.email_of(user.pk)[:SHORT_ADDRESS] or gettext("You")


def initials(name: str) -> str:
    """Two letters for the round picture: "Alice Lindqvist" and "alice.lindqvist@example.org" are AL."""
    words: Sequence[str] = name.partition("@")[0].replace(".", " ").replace("_", " ").split()
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else "".join(words)[:2]
    return letters.upper()
