"""Decimal numbers become ring numbers inside declared ranges, or are refused without being shown."""

from __future__ import annotations

import numpy as np
import pytest

from onggi.errors import NotTrusted, Refused
from privacy.masks.fixed_point import FixedPoint


def scalar(low: float, high: float, *, participants: int = 4, fraction_bits: int = 32) -> FixedPoint:
    return FixedPoint(
        low=np.array(low), high=np.array(high), participants=participants, fraction_bits=fraction_bits
    )


def test_rounds_half_to_even() -> None:
    unit = 2.0**-32
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.75, 0.0]) * unit
    ring = scalar(-1, 1).encode(values)
    assert ring.view(np.int64).tolist() == [0, 2, 2, 0, -2, -2, 1, 0]


def test_encoding_and_decoding_use_the_same_memory() -> None:
    values = np.linspace(-3, 3, 100_001)
    kept = values.copy()
    ring = scalar(-3, 3).encode(values)
    assert np.shares_memory(ring, values)
    numbers = scalar(-3, 3).decode(ring, contributors=1)
    assert np.shares_memory(numbers, values)
    assert np.abs(numbers - kept).max() <= 2.0**-33


def test_each_entry_has_its_own_range() -> None:
    code = FixedPoint(low=np.array([0.0, -5.0]), high=np.array([1.0, 5.0]), participants=3)
    assert code.encode(np.array([1.0, -5.0])).view(np.int64).tolist() == [2**32, -5 * 2**32]
    with pytest.raises(Refused):
        code.encode(np.array([-5.0, 1.0]))


@pytest.mark.parametrize("bad", [1.0000000000000002, -1.0000000000000002, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 32_768, 70_000])
@pytest.mark.parametrize("per_entry", [False, True])
def test_a_value_outside_its_range_refuses_the_vector_and_is_not_shown(
    bad: float, place: int, per_entry: bool
) -> None:
    size = 70_001
    code = (
        FixedPoint(low=np.full(size, -1.0), high=np.full(size, 1.0), participants=4)
        if per_entry
        else scalar(-1, 1)
    )
    values = np.full(size, 0.25)
    values[place] = bad
    kept = values.copy()
    with pytest.raises(Refused) as refused:
        code.encode(values)
    assert (refused.value.code, refused.value.facts) == ("masks.value_out_of_range", {})
    assert np.array_equal(values, kept, equal_nan=True)


def test_overflow_of_the_sum_is_refused_before_any_data() -> None:
    largest = 2.0**29 - 1
    assert scalar(-largest, largest, participants=4).participants == 4
    for low, high, participants in ((0, 2.0**29, 4), (-(2.0**29), 0, 4), (0, 2.0**62, 1), (0, 1e300, 1)):
        with pytest.raises(Refused) as refused:
            scalar(low, high, participants=participants)
        assert refused.value.code == "masks.range_overflow"
    # All participants at the very edge: the sum still fits.
    top = scalar(-largest, largest, participants=4).encode(np.array([largest]))
    total = top * np.uint64(4)
    assert scalar(-largest, largest).decode(total, contributors=4).tolist() == [4 * largest]


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (np.nan, 1.0), (0.0, np.inf)])
def test_senseless_ranges_are_refused(low: float, high: float) -> None:
    with pytest.raises(Refused) as refused:
        scalar(low, high)
    assert refused.value.code == "masks.range_wrong"


@pytest.mark.parametrize(
    "settings",
    [
        {"low": np.zeros(3), "high": np.ones(4)},
        {"low": np.zeros((2, 2)), "high": np.ones((2, 2))},
        {"low": np.zeros(0), "high": np.zeros(0)},
        {"low": np.zeros(2), "high": np.ones(2), "participants": 0},
        {"low": np.zeros(2), "high": np.ones(2), "fraction_bits": 53},
    ],
)
def test_senseless_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        FixedPoint(**{"participants": 3, **settings})  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.code == "masks.range_wrong"


def test_ranges_cannot_be_changed_afterwards() -> None:
    low, high = np.zeros(2), np.ones(2)
    code = FixedPoint(low=low, high=high, participants=3)
    high[0] = 1e9
    assert code.high.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        code.high[0] = 1e9


def test_counts_are_exact_beyond_what_a_float_can_hold() -> None:
    code = scalar(0, 2.0**60, participants=4, fraction_bits=0)
    counts = np.array([2**53 + 1, 2**60, 0], dtype=np.int64)
    ring = code.encode_integers(counts.copy())
    total = ring * np.uint64(4)
    assert code.decode_integers(total, contributors=4).tolist() == [2**55 + 4, 2**62, 0]
    for bad in (-1, 2**60 + 1):
        with pytest.raises(Refused) as refused:
            code.encode_integers(np.array([bad, 0, 0], dtype=np.int64))
        assert refused.value.code == "masks.value_out_of_range"


def test_counts_need_a_code_without_fraction() -> None:
    with pytest.raises(Refused) as refused:
        scalar(0, 1).encode_integers(np.zeros(1, dtype=np.int64))
    assert refused.value.code == "masks.vector_wrong"
    with pytest.raises(Refused):
        scalar(0, 1).decode_integers(np.zeros(1, dtype=np.uint64), contributors=1)


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros(2, dtype=np.float32), np.zeros((1, 2))])
def test_a_vector_of_another_shape_or_type_is_refused(values: np.ndarray) -> None:
    with pytest.raises(Refused) as refused:
        FixedPoint(low=np.zeros(2), high=np.ones(2), participants=3).encode(values)
    assert refused.value.code == "masks.vector_wrong"


def test_a_sum_beyond_what_its_contributors_declared_is_not_trusted() -> None:
    code = scalar(0, 10, participants=4)
    edge = np.array([30 * 2**32], dtype=np.uint64)
    assert code.decode(edge.copy(), contributors=3).tolist() == [30.0]
    for total, contributors in ((edge + np.uint64(1), 3), (edge, 2), (np.uint64(0) - edge, 3)):
        with pytest.raises(NotTrusted) as error:
            code.decode(total.copy(), contributors=contributors)
        assert error.value.code == "masks.sum_out_of_range"
    with pytest.raises(Refused):
        code.decode(edge, contributors=5)
