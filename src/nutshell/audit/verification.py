"""Does the trail still say what it said? Recomputes the tree and compares it with every checkpoint outside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from nutshell.common import errors
from nutshell.envelope import signing
from nutshell.envelope.errors import EnvelopeError

from . import checkpoints
from .actions import dropped_in
from .models import AuditLeaf, TreeHead
from .tree import Tree
from .types import Finding, SignedCheckpoint, leaf_hash, unpack


class PublicKeys(Protocol):
    """What verification needs of the key store's client."""

    def public_keys(self, name: Literal["checkpoint"]) -> dict[int, bytes]: ...


@dataclass
class _Walk:
    """The tree as the rows give it, with its root at every size that a checkpoint names."""

    wanted: set[int]
    tree: Tree = field(default_factory=Tree)
    roots: dict[int, bytes] = field(default_factory=dict)
    bare: int = 0
    told: int = 0
    findings: list[Finding] = field(default_factory=list)

    def row(self, row: AuditLeaf) -> None:
        if row.tree_index is not None:
            self._place(row.tree_index, bytes(row.leaf_hash))
        if row.body is None and row.salt is None:
            self.bare += 1
        elif not self._reads(row):
            self.findings.append(Finding("leaf-altered", -1 if row.tree_index is None else row.tree_index))

    def _place(self, index: int, hash_: bytes) -> None:
        if index != self.tree.size:
            self.findings.append(Finding("leaf-missing", self.tree.size))
        self.tree.append(hash_)
        if self.tree.size in self.wanted:
            self.roots[self.tree.size] = self.tree.root()

    def _reads(self, row: AuditLeaf) -> bool:
        if row.body is None or row.salt is None:
            return False
        packed = bytes(row.body)
        try:
            body = unpack(packed)
        except EnvelopeError:
            return False
        self.told += dropped_in(body)
        return leaf_hash(bytes(row.salt), packed) == bytes(row.leaf_hash) and body.subject == row.subject_id


def verify(client: PublicKeys, path: Path) -> list[Finding]:
    """Empty if all is well. `path` is the checkpoint file; findings name no person.

    leaf-altered, leaf-missing (where: place in the tree, -1 not placed yet) · bodies-missing (more leaves are
    bare than erasures told of) · head-altered · checkpoints-missing, checkpoint-unsigned, checkpoint-unreadable,
    truncated, forked (where: line of the file).
    """
    try:
        points = checkpoints.read(path)
    except errors.Tampered:
        return [Finding("checkpoint-unreadable", 0)]
    walk = _Walk({point.checkpoint.size for point in points})
    for row in _rows():
        walk.row(row)
    return [
        *walk.findings,
        *_bodies(walk),
        *_head(walk.tree, bool(points)),
        *_outside(walk, points, client.public_keys("checkpoint")),
    ]


def _rows() -> Iterator[AuditLeaf]:
    yield from AuditLeaf.objects.exclude(tree_index=None).order_by("tree_index").iterator(2000)
    yield from AuditLeaf.objects.filter(tree_index=None).order_by("id").iterator(2000)


def _bodies(walk: _Walk) -> list[Finding]:
    return [Finding("bodies-missing", walk.bare - walk.told)] if walk.bare != walk.told else []


def _head(tree: Tree, any_points: bool) -> list[Finding]:
    head = TreeHead.objects.filter(pk=1).first()
    size, peaks = (head.size, bytes(head.peaks)) if head else (0, b"")
    found = [Finding("head-altered", size)] if (size, peaks) != (tree.size, tree.packed()) else []
    return found if any_points or not size else [*found, Finding("checkpoints-missing", 0)]


def _outside(walk: _Walk, points: list[SignedCheckpoint], keys: Mapping[int, bytes]) -> list[Finding]:
    codes = ((line, _compared(walk, point, keys)) for line, point in enumerate(points, 1))
    return [Finding(code, line) for line, code in codes if code]


def _compared(walk: _Walk, signed: SignedCheckpoint, keys: Mapping[int, bytes]) -> str:
    point = signed.checkpoint
    try:
        signing.verify(keys.get(signed.key_version, b""), "checkpoint", signed.payload(), signed.signature)
    except EnvelopeError:
        return "checkpoint-unsigned"
    if point.size > walk.tree.size:
        return "truncated"
    return "" if walk.roots.get(point.size) == point.root else "forked"
