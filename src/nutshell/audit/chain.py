"""A chain of rows, each with the hash of the one before: what another room keeps beside the trail."""

from nutshell.envelope.kdf import digest

START = bytes(32)


def link(before: bytes, packed: bytes) -> bytes:
    """The 32-byte hash of a row after the one with the hash `before` (`START` for the first)."""
    return digest("chain-link", before, packed)
