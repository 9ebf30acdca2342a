"""Masks are the AES-256-CTR stream of one key for one purpose, and come off exactly as they went on."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from onggi.errors import Refused
from privacy.masks.agreement import pair_mask_key, point_of, private_key_from
from privacy.masks.keystream import Mask, apply_masks, derive_key
from tests.support.masked_sums import seeded_random

KEY = bytes(range(32))


def blocks(key: bytes, count: int) -> bytes:
    """The stream from its definition: the cipher of a big-endian block counter."""
    counters = b"".join(number.to_bytes(16, "big") for number in range(count))
    return Cipher(algorithms.AES256(key), modes.ECB()).encryptor().update(counters)  # the definition itself


@pytest.mark.parametrize("size", [1, 2, 3, 16_383, 16_384, 16_385, 40_001])
def test_the_mask_is_the_counter_stream_read_as_little_endian_numbers(size: int) -> None:
    vector = np.zeros(size, dtype=np.uint64)
    seen = hashlib.sha256()
    apply_masks(vector, [Mask(KEY, adds=True)], on_chunk=seen.update)
    expected = np.frombuffer(blocks(KEY, size // 2 + 1)[: size * 8], dtype="<u8")
    assert np.array_equal(vector, expected)
    assert seen.digest() == hashlib.sha256(expected.tobytes()).digest()


def test_masks_come_off_as_they_went_on() -> None:
    vector = np.random.default_rng(3).integers(0, 2**64, size=33_000, dtype=np.uint64)
    masked = vector.copy()
    masks = [Mask(derive_key(KEY, purpose=f"p{n}", binding=b""), adds=n % 2 == 0) for n in range(4)]
    apply_masks(masked, masks)
    assert not (masked == vector).any()
    apply_masks(masked, [mask.reversed() for mask in masks])
    assert np.array_equal(masked, vector)


def test_one_key_never_makes_two_masks() -> None:
    with pytest.raises(RuntimeError, match="one key"):
        apply_masks(np.zeros(4, dtype=np.uint64), [Mask(KEY, adds=True), Mask(KEY, adds=False)])


def test_purpose_binding_and_secret_each_change_the_key() -> None:
    keys = {
        derive_key(secret, purpose=purpose, binding=binding)
        for secret in (KEY, bytes(32))
        for purpose in ("pair-mask", "self-mask")
        for binding in (b"", b"\0", b"x")
    }
    assert len(keys) == 12


def test_both_ends_agree_on_a_pair_key_and_it_is_bound_to_sum_and_pair() -> None:
    random = seeded_random("pair")
    one, two = private_key_from(random(48)), private_key_from(random(48))

    def key(
        context: bytes = b"c" * 32, pair: tuple[str, str] = ("a", "b"), *, other_end: bool = False
    ) -> bytes:
        own, peer = (two, one) if other_end else (one, two)
        return pair_mask_key(own, peer_point=point_of(peer), peer="b", context=context, pair=pair)

    assert key() == key(other_end=True)
    assert len({key(), key(b"d" * 32), key(pair=("a", "c"))}) == 3


def test_keys_are_not_printed() -> None:
    assert repr(Mask(KEY, adds=True)) == "Mask(adds=True)"


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(0, dtype=np.uint64),
        np.zeros(4, dtype=np.int64),
        np.zeros((2, 2), dtype=np.uint64),
        np.zeros(8, dtype=np.uint64)[::2],
        np.frombuffer(bytes(32), dtype=np.uint64),
    ],
    ids=["empty", "signed", "table", "strided", "read-only"],
)
def test_only_plain_writable_vectors_are_masked(wrong: np.ndarray) -> None:
    with pytest.raises(Refused) as refused:
        apply_masks(wrong, [Mask(KEY, adds=True)])
    assert refused.value.code == "masks.vector_wrong"
