"""Shares of noise under masks: enough of it in the worst case, and how much too much in the best."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from privacy.budgets.losses import PICO, ConcentratedLoss
from privacy.noise.planning import gaussian_variance
from privacy.noise.sensitivity import Integers, Sensitivity
from privacy.noise.shares import NoiseShares, loss_of_sum, plan_shares
from tests.support.noise_judges import DRAWS, TableNoise, gaussian_chances, judge_draws

MOVES = Sensitivity(absolute=2**20, squared=2**40)
HALF = ConcentratedLoss(pico_rho=PICO // 2)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    hospitals=st.integers(1, 1000),
    data=st.data(),
    pico=st.integers(10**6, 10**13),
    entries=st.integers(1, 100_000),
)
def test_the_sum_costs_no_more_than_was_planned_and_hardly_less(
    hospitals: int, data: st.DataObject, pico: int, entries: int
) -> None:
    lost = data.draw(st.integers(0, hospitals - 1))
    loss = ConcentratedLoss(pico_rho=pico)
    plan = plan_shares(MOVES, loss, hospitals=hospitals, lost=lost, entries=entries)
    assert plan.loss(MOVES, entries=entries).pico_rho <= pico
    for present in {plan.honest, hospitals}:
        cost = loss_of_sum(MOVES, share=plan.variance, present=present, entries=entries)
        assert cost.pico_rho <= pico
    needed = gaussian_variance(MOVES, loss)
    assert needed <= plan.variance_of_sum(plan.honest) <= needed * (1 + Fraction(1, 1000))
    assert plan.variance_of_sum(hospitals) == plan.variance_of_sum(plan.honest) * hospitals / plan.honest


def test_more_lost_hospitals_than_allowed_for_cost_more() -> None:
    plan = plan_shares(MOVES, HALF, hospitals=7, lost=2, entries=10)
    assert loss_of_sum(MOVES, share=plan.variance, present=4, entries=10).pico_rho > HALF.pico_rho


@pytest.mark.parametrize(("present", "share"), [(2, 4.0), (3, 4.0), (5, 5.5), (4, 30.0)])
@pytest.mark.parametrize("order", [1.5, 2.0, 6.0])
def test_the_stated_loss_of_a_sum_is_not_too_small(present: int, share: float, order: float) -> None:
    """The exact distribution of the sum, folded together, against itself moved by one."""
    _, chances = gaussian_chances(share)
    together = chances
    for _ in range(present - 1):
        together = np.convolve(together, chances)
    p, q = together[1:], together[:-1]
    kept = (p > 1e-18) & (q > 1e-18)
    logs = order * np.log(p[kept]) + (1 - order) * np.log(q[kept])
    exact = float(np.logaddexp.reduce(logs) / (order - 1))
    stated = loss_of_sum(
        Sensitivity(absolute=1, squared=1), share=Fraction(share), present=present, entries=1
    )
    assert exact == pytest.approx(order * stated.pico_rho / PICO, rel=1e-6)
    assert exact <= order * stated.pico_rho / PICO * (1 + 1e-9)


@pytest.mark.parametrize(
    ("hospitals", "lost", "squared", "code"),
    [
        (3, 3, 2**40, "noise.nobody_left"),
        (3, -1, 2**40, "noise.nobody_left"),
        (0, 0, 2**40, "noise.nobody_left"),
        (5, 2, 1, "noise.grid_too_coarse"),
    ],
)
def test_shares_that_promise_nothing_are_refused(hospitals: int, lost: int, squared: int, code: str) -> None:
    moves = Sensitivity(absolute=squared, squared=squared)
    with pytest.raises(Refused) as refused:
        plan_shares(moves, HALF, hospitals=hospitals, lost=lost, entries=1)
    assert refused.value.code == code


# --- what is left of the noise -----------------------------------------------------------------------


def _sum_of_shares(
    plan: NoiseShares, present: list[int], *, variance: Fraction | None = None
) -> list[Integers]:
    """Two rounds of the noise that stays when only these hospitals' shares are there and unknown."""
    share = plan.variance if variance is None else variance
    sources = [TableNoise(100 + hospital) for hospital in range(plan.hospitals)]
    rounds = []
    for _ in range(2):
        drawn = [source.gaussian(share, DRAWS) for source in sources]
        rounds.append(np.sum([drawn[hospital] for hospital in present], axis=0))
    return rounds


_PLAN = plan_shares(Sensitivity(absolute=30, squared=900), HALF, hospitals=6, lost=2, entries=1)


@pytest.mark.parametrize("present", [[0, 1, 2, 3], [2, 3, 4, 5], [0, 2, 3, 5]])
def test_whoever_is_lost_the_planned_noise_stays(present: list[int]) -> None:
    assert _PLAN.variance == pytest.approx(225, rel=1e-9)
    first, second = _sum_of_shares(_PLAN, present)
    chances = gaussian_chances(float(_PLAN.variance_of_sum(len(present))))
    assert judge_draws(first, second, chances=chances) == set()
    assert first.var() == pytest.approx(900, rel=0.05)


def test_the_tests_notice_shares_that_allow_for_nobody_to_be_lost() -> None:
    too_small = gaussian_variance(Sensitivity(absolute=30, squared=900), HALF) / _PLAN.hospitals
    first, second = _sum_of_shares(_PLAN, [0, 1, 2, 3], variance=too_small)
    chances = gaussian_chances(float(_PLAN.variance_of_sum(4)))
    assert "distribution" in judge_draws(first, second, chances=chances)


def test_the_tests_notice_hospitals_that_share_their_randomness() -> None:
    """One seed for all would let each hospital take everybody's noise off the sum."""
    one = TableNoise(3).gaussian(_PLAN.variance, DRAWS)
    again = TableNoise(4).gaussian(_PLAN.variance, DRAWS)
    chances = gaussian_chances(float(_PLAN.variance_of_sum(4)))
    assert "distribution" in judge_draws(4 * one, 4 * again, chances=chances)
