"""How far a backup is."""

from collections.abc import Callable

Say = Callable[[str, float], None]
"""Shows a step and how much of all is done, from 0 to 1."""


class Bar:
    """Turns bytes into shares of all, told once for each twentieth."""

    def __init__(self, say: Say, total: int) -> None:
        self._say, self._total, self._done, self._told = say, max(total, 1), 0, -1

    def add(self, step: str, size: int) -> None:
        self._done += size
        share = min(self._done / self._total, 0.99)
        if int(share * 20) > self._told:
            self._told = int(share * 20)
            self._say(step, share)
