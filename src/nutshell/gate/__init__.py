"""The gate opens: nobody reaches anybody's data but through `enter`."""

from .actions import enter, reaches
from .types import Actor, Purpose

__all__ = ["Actor", "Purpose", "enter", "reaches"]
