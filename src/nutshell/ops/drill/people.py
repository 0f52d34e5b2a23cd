"""Who lives in a rehearsal: people with diaries, made and opened like anybody's."""

from typing import NamedTuple
from uuid import UUID

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents
from nutshell.accounts.models import User
from nutshell.accounts.types import Actor
from nutshell.common import clock
from nutshell.diary import actions as diary
from nutshell.diary import queries
from nutshell.diary.types import NewQuick
from nutshell.gate.actions import enter
from nutshell.gate.types import Purpose
from nutshell.grants import actions as grants
from nutshell.grants.types import Terms
from nutshell.vault.queries import open_by_server_slot

PASSPHRASE = "walnut harbour evening lantern"  # noqa: S105 - of people who live for the time of a rehearsal
ENTRY = "rehearsed soup"


class Someone(NamedTuple):
    """A person, signed in."""

    user: User
    subject: UUID

    @property
    def email(self) -> str:
        return f"{self.user.display_name}@example.org"

    def actor(self) -> Actor:
        """Opens their server slot anew, as a log-in does."""
        return Actor(self.user.pk, self.subject, "session", open_by_server_slot(self.subject, "login"))


def someone(name: str, language: str = "en") -> Someone:
    """A new account with consent, keys and one entry of today."""
    user = accounts.create_user(f"{name}@example.org", PASSPHRASE)
    accounts.set_display_name(user, name)
    accounts.set_preferences(user, language, "")
    for text in consents.current():
        accounts.give_consent(user, text.document, text.version)
    assert user.subject_id is not None
    made = Someone(user, user.subject_id)
    with enter(made.actor(), owner=made.subject, purpose=Purpose.DIARY_WRITE) as opened:
        diary.quick_add(opened, clock.utc_day(), NewQuick(name=ENTRY, kcal=210.0))
    return made


def ate(owner: Someone, reader: Actor) -> list[str]:
    """What the reader finds in the owner's diary of today."""
    with enter(reader, owner=owner.subject, purpose=Purpose.DIARY_READ, about="today") as opened:
        view = queries.day(opened, clock.utc_day())
    return [entry.name for meal in view.meals for entry in meal.entries]


def share(owner: Someone, taker: Someone) -> UUID:
    """A grant of the diary, completed by the owner's keys."""
    return grants.give(owner.actor(), Terms(("diary",), purpose="care"), taker.user.display_name, taker.actor())
