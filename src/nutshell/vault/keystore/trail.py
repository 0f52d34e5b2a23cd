"""The audit tree as the key store signs it: it only ever grows, and its root is worked out here.

The sequencer brings the hashes of new leaves and never a root, so nothing that was signed can be taken back, cut
short or replaced. Size and peaks of the tree that was signed last stand in the `keys` database.
"""

from collections.abc import Sequence

import msgspec

from nutshell.audit.tree import Tree
from nutshell.audit.types import Checkpoint, SignedCheckpoint, TreeState
from nutshell.common import errors

from . import installation_keys
from .core import Core, atomic
from .models import SignedTree

_ROW = 1


def state() -> TreeState:
    """The tree that was signed last."""
    row = SignedTree.objects.filter(pk=_ROW).first() or SignedTree()
    return TreeState(row.size, bytes(row.peaks))


def grow(core: Core, size: int, hashes: Sequence[bytes]) -> SignedCheckpoint:
    """Append these leaf hashes to the tree and sign it, at this clock's time.

    Raises Conflict unless `size` is the tree's: whoever means another tree is not answered.
    """
    with atomic():
        SignedTree.objects.get_or_create(pk=_ROW)
        row = SignedTree.objects.select_for_update().get(pk=_ROW)
        if size != row.size or not size + len(hashes):
            raise errors.Conflict
        tree = Tree.restored(row.size, bytes(row.peaks))
        for hash_ in hashes:
            tree.append(hash_)
        row.size, row.peaks = tree.size, tree.packed()
        row.save(update_fields=["size", "peaks"])
    return _signed(core, Checkpoint(tree.size, tree.root(), int(core.now().timestamp())))


def cut(size: int, peaks: bytes) -> None:
    """Go on from this tree, in the open transaction: a restore put it back. One that is not shorter changes nothing.

    What was signed before stays signed: who has those checkpoints sees how long the trail was. Raises Malformed.
    """
    try:
        tree = Tree.restored(size, peaks)
    except ValueError:
        raise errors.Malformed from None
    SignedTree.objects.filter(pk=_ROW, size__gt=tree.size).update(size=tree.size, peaks=tree.packed())


def _signed(core: Core, point: Checkpoint) -> SignedCheckpoint:
    return SignedCheckpoint(point, *installation_keys.sign(core, "checkpoint", msgspec.msgpack.encode(point)))
