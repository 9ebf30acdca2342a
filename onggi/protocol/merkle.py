"""Proves that an entry is in the log, and that a longer log still begins with the shorter one.

* The tree of RFC 6962: an entry's hash and a branch's hash start with different bytes, so none can
  pass for the other. A hash has 32 bytes; anything else is refused before it is hashed on.
* Only whole subtrees are stored, named (level, index): a store never rewrites a node.
* Consistency with the empty log proves nothing and is therefore no proof here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
LARGEST_SIZE = 2**63 - 1

NodeLookup: TypeAlias = Callable[[int, int], bytes]
"""(level, index) to the hash of the whole subtree over leaves [index << level, (index + 1) << level)."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class StoredNode:
    """A whole subtree that an append completed; it never changes again."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class CompactTree:
    """A log's growing end: its size and the roots of its whole subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count() or any(len(p) != HASH_LENGTH for p in self.peaks):
            raise ValueError("a tree has one peak per set bit of its size")

    def append(self, leaf: bytes) -> CompactTree:
        """The tree with one more leaf hash."""
        merged = self.size.bit_count() - (self.size + 1).bit_count() + 1
        top = self.nodes_completed_by(leaf)[-1].hash
        return CompactTree(self.size + 1, (*self.peaks[: len(self.peaks) - merged], top))

    def nodes_completed_by(self, leaf: bytes) -> tuple[StoredNode, ...]:
        """What a store must keep when this leaf hash is appended, lowest level first."""
        nodes = [StoredNode(0, self.size, leaf)]
        peaks = list(self.peaks)
        while nodes[-1].index & 1:
            below = nodes[-1]
            nodes.append(StoredNode(below.level + 1, below.index >> 1, node_hash(peaks.pop(), below.hash)))
        return tuple(nodes)

    @property
    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *larger, root = self.peaks
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = CompactTree()
    for leaf in leaf_hashes:
        tree = tree.append(leaf)
    return tree.root


def inclusion_proof(index: int, *, size: int, lookup: NodeLookup) -> tuple[bytes, ...]:
    """The hashes that lead from the leaf at `index` to the root of the first `size` leaves."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(middle, high, lookup))
            high = middle
        else:
            path.append(_range_hash(low, middle, lookup))
            low = middle
    return tuple(reversed(path))


def consistency_proof(old: int, *, new: int, lookup: NodeLookup) -> tuple[bytes, ...]:
    """The hashes that show that the tree of `new` leaves begins with the tree of `old` leaves."""
    if not 0 < old <= new:
        raise ValueError("consistency leads from a non-empty tree to one at least as large")
    path: list[bytes] = []
    low, high = 0, new
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_hash(middle, high, lookup))
            high = middle
        else:
            path.append(_range_hash(low, middle, lookup))
            low = middle
    if low:  # a subtree that is itself the old root is known to the verifier and left out
        path.append(_range_hash(low, high, lookup))
    return tuple(reversed(path))


def _split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(low: int, high: int, lookup: NodeLookup) -> bytes:
    size = high - low
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return lookup(level, low >> level)
    middle = low + _split(size)
    return node_hash(_range_hash(low, middle, lookup), _range_hash(middle, high, lookup))


def is_included(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from this leaf hash, at this place, to this root."""
    if not 0 <= index < size <= LARGEST_SIZE or not _are_hashes(leaf, root, *proof):
        return False
    place, last = index, size - 1
    reached = leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _up_to_left_turn(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def is_consistent(old: int, *, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` leaves."""
    if old == new and old > 0:
        # Nothing is hashed here, so the public vectors ask for plain equality, whatever the length;
        # a checkpoint's root has been measured when it was read.
        return not proof and old_root == new_root
    if not 0 < old < new <= LARGEST_SIZE or not proof or not _are_hashes(old_root, new_root, *proof):
        return False
    # Where the old tree is one whole subtree, its root is where both paths start.
    start, *rest = proof if old & (old - 1) else (old_root, *proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    reached_old = reached_new = start
    for sibling in rest:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached_old = node_hash(sibling, reached_old)
            reached_new = node_hash(sibling, reached_new)
            place, last = _up_to_left_turn(place, last)
        else:
            reached_new = node_hash(reached_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and reached_old == old_root and reached_new == new_root


def _up_to_left_turn(place: int, last: int) -> tuple[int, int]:
    """Skips levels at which the right edge has no sibling of its own."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_LENGTH for value in values)
