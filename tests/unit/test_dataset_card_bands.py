"""Numbers of a dataset card stand on fixed ladders, and a card that is not well formed is not read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.bands import CountBand, ValueBand, count_band, share_band, value_band
from catalog.dataset_card import read_card
from catalog.generic_card import generic_card
from onggi.errors import Refused


@given(st.integers(1, 10**12))
def test_every_count_has_one_band_of_the_ladder(count: int) -> None:
    band = count_band(count)
    assert band.low <= count < band.below
    assert band.below / band.low <= 2.5
    assert band.low / 10 ** math.floor(math.log10(band.low) + 1e-12) in (1, 2, 5)


@given(st.floats(1e-6, 8e11), st.sampled_from([1, -1]))
def test_every_number_has_one_band(size: float, sign: int) -> None:
    band = value_band(sign * size)
    assert band.low <= sign * size <= band.below
    assert abs(band.below - band.low) <= 0.3 * size + 1e-12
    assert ValueBand(low=band.low, below=band.below) == band


def test_the_ladder_is_the_documented_one() -> None:
    assert [str(count_band(each)) for each in (10, 19, 20, 57, 100, 4_999)] == [
        "10-19",
        "10-19",
        "20-49",
        "50-99",
        "100-199",
        "2,000-4,999",
    ]
    assert (value_band(37.2).low, value_band(37.2).below) == (32.0, 40.0)
    assert (value_band(0).low, value_band(1000).low) == (0.0, 1000.0)
    assert [share_band(part, 200) for part in (1, 5, 14, 15, 200)] == [0, 5, 5, 10, 100]


@pytest.mark.parametrize("edges", [(11, 20), (10, 21), (10, 50)])
def test_a_band_beside_the_ladder_is_no_band(edges: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="ladder"):
        CountBand(low=edges[0], below=edges[1])


def test_a_card_is_the_same_bytes_and_reads_back() -> None:
    card = generic_card()
    assert read_card(card.to_json()) == card
    assert read_card(card.to_json()).digest == card.digest


@pytest.mark.parametrize(
    "change",
    [
        {"persons": {"low": 12_345, "below": 12_346}},
        {"minimum_persons": 9},
        {"persons_exactly": 12_345},
        {"sexes": [{"concept": 8507, "percent": 51}]},
        {"births": [{"first": 1983, "percent": 5}]},
    ],
)
def test_an_exact_number_is_refused_wherever_it_stands(change: dict[str, object]) -> None:
    content = {**json.loads(generic_card().to_json()), **change}
    with pytest.raises(Refused) as refused:
        read_card(json.dumps(content).encode())
    assert refused.value.code == "card.unreadable"
    assert str(refused.value.facts["field"]).startswith(next(iter(change)))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"1" * (9 * 2**20)])
def test_what_is_no_card_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_card(content)
    assert refused.value.code == "card.unreadable"
