"""A whole rotation, part by part as `nutshell rotate kms` does it."""

from nutshell.vault.keystore import rotation
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.core import Core
from nutshell.vault.keystore.types import Rotation


def rotated(core: Core, limit: int = 3) -> tuple[Rotation, int]:
    """The last part's answer, and how many rows were wrapped anew in all."""
    rotation.begin(core)
    parts = [rotation.rewrap(core, limit)]
    while parts[-1].left:
        parts.append(rotation.rewrap(core, limit))
    return parts[-1], sum(part.rewrapped for part in parts)


def rotate(operator: KeyStoreClient, limit: int = 250) -> Rotation:
    """The same over the wire."""
    operator.begin_rotation()
    while (part := operator.rewrap(limit)).left:
        pass
    return part
