"""The Merkle tree of RFC 6962, kept as its peaks: appending costs a few hashes, whatever the size.

Hashes (with RFC 6962's prefixes for leaves and nodes) are pymerkle's. A peak is the root of a perfect
subtree; there is one for each bit that is set in the size, the largest first.
"""

from dataclasses import dataclass, field

from pymerkle.hasher import MerkleHasher  # type: ignore[import-untyped]

HASH_LENGTH = 32
_hasher = MerkleHasher("sha256")


@dataclass
class Tree:
    """The tree's state without its leaves."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def restored(cls, size: int, packed: bytes) -> "Tree":
        """From `size` and the peaks one after the other. Raises ValueError if they do not fit each other."""
        peaks = [packed[at : at + HASH_LENGTH] for at in range(0, len(packed), HASH_LENGTH)]
        if len(peaks) != size.bit_count() or len(packed) % HASH_LENGTH:
            raise ValueError("peaks do not fit the size")
        return cls(size, peaks)

    def packed(self) -> bytes:
        return b"".join(self.peaks)

    def append(self, leaf_hash: bytes) -> int:
        """The leaf's place, from 0."""
        node: bytes = _hasher.hash_buff(leaf_hash)
        filled = self.size
        while filled & 1:
            node = _hasher.hash_pair(self.peaks.pop(), node)
            filled >>= 1
        self.peaks.append(node)
        self.size += 1
        return self.size - 1

    def root(self) -> bytes:
        """32 bytes; of the empty tree, the hash of nothing."""
        if not self.peaks:
            return bytes(_hasher.hash_empty())
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = _hasher.hash_pair(peak, node)
        return node
