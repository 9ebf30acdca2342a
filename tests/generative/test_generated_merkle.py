"""For logs of any size: every honest proof holds, and no proof survives a single changed bit."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.protocol.merkle import (
    EMPTY_ROOT,
    CompactTree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

LARGEST = 200
LEAVES = [leaf_hash(b"entry %d" % index) for index in range(LARGEST)]


def _root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down as it stands there: the oracle for the incremental tree."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(_root_by_definition(leaves[:split]), _root_by_definition(leaves[split:]))


class _Store:
    """Keeps what each append says must be kept, and nothing else."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [EMPTY_ROOT]
        tree = CompactTree()
        for leaf in LEAVES:
            for node in tree.nodes_completed_by(leaf):
                assert (node.level, node.index) not in self.nodes
                self.nodes[node.level, node.index] = node.hash
            tree = tree.append(leaf)
            self.roots.append(tree.root)

    def __call__(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


@pytest.fixture(scope="module")
def store() -> _Store:
    return _Store()


def test_every_incremental_root_is_the_defined_one(store: _Store) -> None:
    for size in range(LARGEST + 1):
        assert store.roots[size] == _root_by_definition(LEAVES[:size]) == root_of(LEAVES[:size])


def test_every_leaf_of_every_size_is_included(store: _Store) -> None:
    for size in range(1, LARGEST + 1):
        for index in range(0, size, 1 + size // 20):
            proof = inclusion_proof(index, size=size, lookup=store)
            assert is_included(LEAVES[index], index=index, size=size, proof=proof, root=store.roots[size])


def test_every_pair_of_sizes_is_consistent(store: _Store) -> None:
    for new in range(1, LARGEST + 1, 3):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new=new, lookup=store)
            assert is_consistent(
                old, new=new, old_root=store.roots[old], new_root=store.roots[new], proof=proof
            )


def _flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(1, LARGEST), st.data())
def test_no_inclusion_proof_survives_a_changed_bit(store: _Store, size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    bit = data.draw(st.integers(0, 255))
    proof = inclusion_proof(index, size=size, lookup=store)
    root = store.roots[size]
    for at in range(len(proof)):
        changed = (*proof[:at], _flipped(proof[at], bit), *proof[at + 1 :])
        assert not is_included(LEAVES[index], index=index, size=size, proof=changed, root=root)
    leaf = _flipped(LEAVES[index], bit)
    assert not is_included(leaf, index=index, size=size, proof=proof, root=root)
    assert not is_included(LEAVES[index], index=index, size=size, proof=proof, root=_flipped(root, bit))
    for other in {index ^ (1 << place) for place in range(9)}:
        assert not is_included(LEAVES[index], index=other, size=size, proof=proof, root=root)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(2, LARGEST), st.data())
def test_no_consistency_proof_survives_a_changed_bit(store: _Store, new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    bit = data.draw(st.integers(0, 255))
    proof = consistency_proof(old, new=new, lookup=store)
    before, after = store.roots[old], store.roots[new]
    for at in range(len(proof)):
        changed = (*proof[:at], _flipped(proof[at], bit), *proof[at + 1 :])
        assert not is_consistent(old, new=new, old_root=before, new_root=after, proof=changed)
    assert not is_consistent(old, new=new, old_root=_flipped(before, bit), new_root=after, proof=proof)
    assert not is_consistent(old, new=new, old_root=before, new_root=_flipped(after, bit), proof=proof)


def test_single_bits_of_a_whole_proof_one_by_one(store: _Store) -> None:
    seeded = random.Random(6962)
    size = 100
    index = seeded.randrange(size)
    proof = inclusion_proof(index, size=size, lookup=store)
    for at in range(len(proof)):
        for bit in range(256):
            changed = (*proof[:at], _flipped(proof[at], bit), *proof[at + 1 :])
            assert not is_included(
                LEAVES[index], index=index, size=size, proof=changed, root=store.roots[size]
            )


def test_proofs_of_what_does_not_exist_are_our_own_fault(store: _Store) -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_proof(index, size=size, lookup=store)
    for old, new in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="consistency leads"):
            consistency_proof(old, new=new, lookup=store)
    with pytest.raises(ValueError, match="one peak"):
        CompactTree(3, (EMPTY_ROOT,))


def test_a_proof_that_goes_on_above_the_root_is_none() -> None:
    above = node_hash(LEAVES[0], LEAVES[1])
    assert is_included(LEAVES[1], index=1, size=2, proof=(LEAVES[0],), root=above)
    assert not is_included(LEAVES[1], index=0, size=1, proof=(LEAVES[0],), root=above)
