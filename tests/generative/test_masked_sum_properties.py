"""Whatever the numbers and whoever drops out: the masked sum is the plain sum, bit for bit."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from onggi.errors import NotTrusted, OnggiError, Refused
from privacy.masks.fixed_point import FixedPoint
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    EncryptedShare,
    InputClaim,
    MaskedInput,
    Shares,
)
from privacy.masks.reveal import SealedUnmasking, Unmasking
from privacy.masks.shamir import PRIME, rebuild_secret, split_secret
from privacy.masks.transcript import Transcript, verify_transcript
from tests.support.masked_sums import NEVER, MaskedRun, make_context, make_vectors, plain_sum

FEW = settings(max_examples=40, deadline=None, derandomize=True)
MANY = settings(max_examples=300, deadline=None, derandomize=True)
READERS = [Advertisement, Shares, EncryptedShare, InputClaim, Confirmation, Unmasking, SealedUnmasking]


@FEW
@given(
    count=st.integers(3, 8),
    entries=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_masked_sum_equals_plain_sum_or_nothing_is_revealed(
    count: int, entries: int, seed: int, data: st.DataObject
) -> None:
    context = make_context(count, entries=entries)
    steps = data.draw(st.dictionaries(st.sampled_from(context.sites), st.integers(0, NEVER), max_size=3))
    vectors = make_vectors(context, seed=seed)
    run = MaskedRun(context, vectors, steps)
    if len(run.alive(4)) >= context.threshold:
        expected = plain_sum(vectors, run.upto(4).alive(2))
        assert np.array_equal(run.total(), expected)
        record = Transcript.from_bytes(run.transcript().to_bytes(), context=context)
        assert np.array_equal(verify_transcript(context, record), expected)
    else:
        with pytest.raises(Refused):
            run.upto(4).total()
        assert len(run.unmaskings) < context.threshold


@MANY
@given(
    bound=st.floats(1e-6, 2.0**26, allow_nan=False),
    fractions=st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=1, max_size=16),
    bits=st.integers(0, 32),
)
def test_fixed_point_sums_stay_within_half_a_unit_per_hospital(
    bound: float, fractions: list[list[float]], bits: int
) -> None:
    values = np.array(fractions) * bound
    assume(bool((np.abs(values) <= bound).all()))
    sites = len(values)
    code = FixedPoint(low=np.full(3, -bound), high=np.full(3, bound), participants=sites, fraction_bits=bits)
    total = np.zeros(3, dtype=np.uint64)
    for row in values:
        total += code.encode(row.copy())
    found = code.decode(total, contributors=sites)
    for place in range(3):
        exact = sum(Fraction(float(value)) for value in values[:, place])
        unit = Fraction(1, 2**bits)
        slack = Fraction(math.ulp(float(found[place])))
        assert abs(Fraction(float(found[place])) - exact) <= sites * unit / 2 + slack


@MANY
@given(rows=st.lists(st.lists(st.integers(-(2**20), 2**20), min_size=2, max_size=2), min_size=1, max_size=32))
def test_whole_numbers_are_exact_with_and_without_a_fraction(rows: list[list[int]]) -> None:
    bounds = {"low": np.full(2, -(2.0**20)), "high": np.full(2, 2.0**20), "participants": len(rows)}
    decimal, whole = FixedPoint(**bounds), FixedPoint(**bounds, fraction_bits=0)  # type: ignore[arg-type]  # shared settings
    first, second = np.zeros(2, dtype=np.uint64), np.zeros(2, dtype=np.uint64)
    for row in rows:
        first += decimal.encode(np.array(row, dtype=np.float64))
        second += whole.encode_integers(np.array(row, dtype=np.int64))
    expected = [sum(row[place] for row in rows) for place in range(2)]
    assert decimal.decode(first, contributors=len(rows)).tolist() == expected
    assert whole.decode_integers(second, contributors=len(rows)).tolist() == expected


@MANY
@given(value=st.floats(allow_nan=True, allow_infinity=True), high=st.floats(0, 1e6))
def test_a_value_is_encoded_exactly_when_it_is_in_its_range(value: float, high: float) -> None:
    code = FixedPoint(low=np.array(-high), high=np.array(high), participants=4)
    vector = np.array([value])
    if -high <= value <= high:
        assert code.encode(vector).view(np.int64).tolist() == [round(Fraction(value) * 2**32)]
    else:
        with pytest.raises(Refused) as refused:
            code.encode(vector)
        assert (refused.value.code, refused.value.facts) == ("masks.value_out_of_range", {})


@FEW
@given(
    secret=st.binary(min_size=32, max_size=32),
    holders=st.integers(2, 12),
    seed=st.integers(1, PRIME - 1),
    data=st.data(),
)
def test_any_group_of_t_rebuilds_any_secret(
    secret: bytes, holders: int, seed: int, data: st.DataObject
) -> None:
    threshold = data.draw(st.integers(2, holders))
    shares = split_secret(
        secret,
        holders=holders,
        threshold=threshold,
        coefficient=lambda power: pow(seed, power, PRIME).to_bytes(64, "big"),
    )
    size = data.draw(st.integers(threshold, holders))
    group = data.draw(st.permutations(range(1, holders + 1)))[:size]
    assert rebuild_secret({number: shares[number - 1] for number in group}, threshold=threshold) == secret


@MANY
@given(junk=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_reading_junk_says_not_trusted_and_nothing_else(junk: bytes) -> None:
    for reader in READERS:
        with pytest.raises(NotTrusted):
            reader.from_bytes(junk)  # type: ignore[attr-defined]  # every letter reads itself
    with pytest.raises(NotTrusted):
        MaskedInput.from_bytes(junk, entries=100)


@settings(FEW, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_transcript_with_any_one_byte_changed_is_refused(place: float, flip: int) -> None:
    data = bytearray(_RECORD)
    data[int(place * len(data))] ^= flip
    with pytest.raises(OnggiError):
        verify_transcript(_CONTEXT, Transcript.from_bytes(bytes(data), context=_CONTEXT))


_CONTEXT = make_context(4)
_RECORD = MaskedRun(_CONTEXT, make_vectors(_CONTEXT), {"site-4": 2}).upto(4).transcript().to_bytes()
