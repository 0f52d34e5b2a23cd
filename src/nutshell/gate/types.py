"""Who comes to the gate, and what for."""

from enum import Enum

from nutshell.accounts.types import Actor

__all__ = ["Actor", "Purpose"]


class Purpose(Enum):
    """What the door wants to do: a collection, and whether it writes."""

    DIARY_READ = ("diary", False)
    DIARY_WRITE = ("diary", True)
    NOTES_READ = ("notes", False)
    NOTES_WRITE = ("notes", True)
    FOODS_READ = ("foods", False)
    FOODS_WRITE = ("foods", True)
    TARGETS_READ = ("targets", False)
    TARGETS_WRITE = ("targets", True)
    PROFILE_READ = ("profile", False)
    PROFILE_WRITE = ("profile", True)
    BIOMETRICS_READ = ("biometrics", False)
    BIOMETRICS_WRITE = ("biometrics", True)
    EXERCISE_READ = ("exercise", False)
    EXERCISE_WRITE = ("exercise", True)
    FASTING_READ = ("fasting", False)
    FASTING_WRITE = ("fasting", True)
    INDEX_READ = ("index", False)
    INDEX_WRITE = ("index", True)

    @property
    def collection(self) -> str:
        return self.value[0]

    @property
    def writes(self) -> bool:
        return self.value[1]
