"""Noise: as much as its loss asks for, of the right distribution, and never the same twice."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from onggi.errors import Refused
from privacy.budgets.losses import PICO, ConcentratedLoss, PureLoss
from privacy.noise.adding import add_gaussian, add_laplace, check_gaussian_room
from privacy.noise.planning import (
    float_at_least,
    gaussian_loss,
    gaussian_variance,
    laplace_loss,
    laplace_scale,
    root_at_least,
)
from privacy.noise.sensitivity import Clip, Sensitivity, clip_columns
from privacy.noise.sources import NoiseSource, OpenDpNoise
from tests.support.noise_judges import (
    TableNoise,
    broken_sources,
    gaussian_chances,
    judge,
    laplace_chances,
)

_BROKEN = broken_sources()
ONE = Sensitivity(absolute=1, squared=1)


# --- how far one person moves a sum ------------------------------------------------------------------


def test_one_person_moves_each_sum_by_its_declared_reach_times_records() -> None:
    columns = [Clip(low=-3, high=2), Clip(low=0, high=7), Clip(low=4, high=4)]
    assert Sensitivity.of_sums(columns) == Sensitivity(absolute=14, squared=9 + 49 + 16)
    assert Sensitivity.of_sums(columns, rows=2) == Sensitivity(absolute=28, squared=4 * 74)
    assert Sensitivity.of_counts(cells=5) == Sensitivity(absolute=5, squared=5)


@pytest.mark.parametrize("rows", [1, 3])
def test_no_person_moves_clipped_sums_by_more_than_declared(rows: int) -> None:
    random = np.random.default_rng(3)
    columns = [Clip(low=-3, high=2), Clip(low=0, high=7)]
    declared = Sensitivity.of_sums(columns, rows=rows)
    for _ in range(200):
        person = random.integers(-(2**60), 2**60, size=(rows, 2))
        moved = np.abs(clip_columns(person, columns).sum(axis=0))
        assert moved.sum() <= declared.absolute
        assert (moved**2).sum() <= declared.squared


def test_clipping_holds_whole_numbers_of_every_width_within_the_range() -> None:
    columns = [Clip(low=-3, high=2)]
    for kind in (np.int8, np.int64, np.uint8, np.uint64):
        largest = np.array([[np.iinfo(kind).max], [np.iinfo(kind).min], [1]], dtype=kind)
        assert clip_columns(largest, columns).ravel().tolist() == [2, max(-3, int(np.iinfo(kind).min)), 1]
    with pytest.raises(TypeError, match="whole"):
        clip_columns(np.array([[0.5]]), columns)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Clip(low=2, high=1),
        lambda: Clip(low=0, high=2**62),
        lambda: Sensitivity.of_sums([Clip(low=0, high=0)]),
        lambda: Sensitivity.of_sums([]),
        lambda: Sensitivity.of_counts(cells=3, rows=0),
    ],
)
def test_ranges_that_bound_nothing_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(Refused) as refused:
        make()
    assert refused.value.code == "noise.range_wrong"


# --- how much noise ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pico", [1, 7, 123_456_789, PICO])
def test_noise_and_its_loss_are_one_thing(pico: int) -> None:
    moves = Sensitivity(absolute=11, squared=61)
    gaussian = ConcentratedLoss(pico_rho=pico)
    assert gaussian_loss(moves, gaussian_variance(moves, gaussian)) == gaussian
    assert gaussian_loss(moves, gaussian_variance(moves, gaussian) * Fraction(999, 1000)).pico_rho > pico
    pure = PureLoss(pico_epsilon=pico)
    assert laplace_loss(moves, laplace_scale(moves, pure)) == pure
    assert laplace_loss(moves, laplace_scale(moves, pure) * Fraction(999, 1000)).pico_epsilon > pico


@pytest.mark.parametrize("order", [1.5, 2.0, 8.0, 40.0])
@pytest.mark.parametrize("parameter", [0.6, 1.0, 7.3])
def test_no_loss_is_stated_too_small(order: float, parameter: float) -> None:
    """Renyi divergences between a distribution and itself moved by one, summed up over all whole numbers."""
    _, chances = gaussian_chances(parameter)
    rho = gaussian_loss(ONE, Fraction(parameter)).pico_rho / PICO
    assert _divergence(chances, order) <= order * rho * (1 + 1e-9)
    _, chances = laplace_chances(parameter)
    epsilon = laplace_loss(ONE, Fraction(parameter)).pico_epsilon / PICO
    assert _divergence(chances, order) <= min(epsilon, order * epsilon**2 / 2) * (1 + 1e-9)


def _divergence(chances: np.ndarray, order: float) -> float:
    p, q = chances[1:], chances[:-1]
    kept = (p > 1e-280) & (q > 1e-280)
    logs = order * np.log(p[kept]) + (1 - order) * np.log(q[kept])
    return float(np.logaddexp.reduce(logs) / (order - 1))


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(10**40 + 1), Fraction(2), Fraction(1, 10**9)])
def test_samplers_are_given_no_less_than_was_planned(value: Fraction) -> None:
    assert value <= Fraction(float_at_least(value)) <= value * (1 + Fraction(1, 2**50))
    assert value <= Fraction(root_at_least(value)) ** 2 <= value * (1 + Fraction(1, 2**49))


# --- adding ------------------------------------------------------------------------------------------


def test_noise_is_added_to_every_entry_in_its_place() -> None:
    values = np.array([[10, -20], [30, 0]], dtype=np.int64)
    for noisy, drawn in (
        (
            add_gaussian(values, reach=30, variance=Fraction(9), source=TableNoise(4)),
            TableNoise(4).gaussian(Fraction(9), 4),
        ),
        (
            add_laplace(values, reach=30, scale=Fraction(9), source=TableNoise(4)),
            TableNoise(4).laplace(Fraction(9), 4),
        ),
    ):
        assert (noisy - values).ravel().tolist() == drawn.tolist()
        assert noisy.dtype == np.int64


def test_numbers_that_could_wrap_round_are_refused_whatever_the_data() -> None:
    nothing = np.zeros(1, dtype=np.int64)
    source = TableNoise()
    for reach, variance in ((2**62, Fraction(1)), (1, Fraction(2**114)), (2**62 - 64, Fraction(1))):
        with pytest.raises(Refused) as refused:
            add_gaussian(nothing, reach=reach, variance=variance, source=source)
        assert refused.value.code == "noise.no_room"
        with pytest.raises(Refused) as refused:
            add_laplace(nothing, reach=reach, scale=variance, source=source)
        assert refused.value.code == "noise.no_room"
    check_gaussian_room(reach=2**61, variance=Fraction(2**100))


def test_values_beyond_their_declared_reach_get_no_noise_at_all() -> None:
    with pytest.raises(AssertionError, match="clip"):
        add_gaussian(np.array([31]), reach=30, variance=Fraction(9), source=TableNoise())


# --- sources -----------------------------------------------------------------------------------------


def test_the_judges_accuse_no_honest_source() -> None:
    assert judge(TableNoise(1)) == set()
    assert judge(TableNoise(2)) == set()


@pytest.mark.parametrize("wrong", sorted(_BROKEN))
def test_the_judges_find_each_broken_source(wrong: str) -> None:
    assert judge(_BROKEN[wrong]) != set()


def test_noise_of_the_library_is_what_was_asked_for() -> None:
    """From the operating system's randomness: an honest library fails here less than once in 10^7 runs."""
    source = _library()
    assert judge(source) == set()


@pytest.mark.parametrize("exponent", [8, 40, 90])
def test_large_noise_of_the_library_is_not_held_back(exponent: int) -> None:
    """The library's own choice of 32 bits would stop at 2^31."""
    source = _library()
    drawn = source.gaussian(Fraction(2**exponent), 400).astype(float)
    assert 0.6 < drawn.std() / 2 ** (exponent / 2) < 1.6
    assert 0.6 < source.laplace(Fraction(2 ** (exponent // 2)), 400).std() / 2 ** (exponent // 2) < 2.8
    assert np.abs(drawn).max() > 2 ** (exponent / 2)


def test_the_library_agrees_on_what_noise_costs() -> None:
    _library()
    from privacy.noise import sources

    assert sources._gaussian(3.0).map(1) == pytest.approx(
        gaussian_loss(ONE, Fraction(9)).pico_rho / PICO, rel=1e-11
    )
    assert sources._laplace(3.0).map(1) == pytest.approx(
        laplace_loss(ONE, Fraction(3)).pico_epsilon / PICO, rel=1e-11
    )


def test_a_node_has_the_library() -> None:
    lock = (Path(__file__).parents[2] / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^opendp==", lock, re.MULTILINE)


def _library() -> NoiseSource:
    pytest.importorskip("opendp", reason="opendp of requirements.lock is not installed here")
    return OpenDpNoise()


def test_rounding_hides_nothing_from_the_judges() -> None:
    """The weakest of the broken sources differs by a twelfth of a unit in the variance."""
    assert math.isclose(float(np.var(TableNoise(5).gaussian(Fraction(9, 4), 10**6))), 2.25, rel_tol=0.01)
