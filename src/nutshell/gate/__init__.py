"""The gate opens: nobody reaches anybody's data but through `enter`."""

from .actions import enter, enter_clients, enter_whole, reaches
from .types import Actor, Purpose

__all__ = ["Actor", "Purpose", "enter", "enter_clients", "enter_whole", "reaches"]
