"""Whatever is asked, in whatever order, each question chosen after the answers before it: no overspending."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.budgets.ceilings import Ceiling, add_up, epsilon_of, fits, would_fit
from privacy.budgets.conversion import epsilon_of_rho, rho_within
from privacy.budgets.losses import (
    PICO,
    ConcentratedLoss,
    Loss,
    PureLoss,
    RenyiLoss,
    RenyiPoint,
    parts_of,
    renyi_at,
)

_QUIET = settings(derandomize=True, deadline=None, max_examples=60)
_PICO = st.integers(1, 3 * PICO)


@st.composite
def curves(draw: st.DrawFn) -> RenyiLoss:
    orders = sorted(draw(st.sets(st.integers(101, 5000), min_size=1, max_size=5)))
    heights = sorted(draw(st.lists(_PICO, min_size=len(orders), max_size=len(orders))))
    points = zip(orders, heights, strict=True)
    return RenyiLoss(points=tuple(RenyiPoint(order=order, pico_epsilon=height) for order, height in points))


LOSSES: st.SearchStrategy[Loss] = st.one_of(
    _PICO.map(lambda pico: ConcentratedLoss(pico_rho=pico)),
    _PICO.map(lambda pico: PureLoss(pico_epsilon=pico)),
    curves(),
)
CEILINGS = st.builds(
    lambda micro, exponent: Ceiling.of(micro_epsilon=micro, femto_delta=10**exponent),
    st.integers(10_000, 20_000_000),
    st.integers(2, 13),
)


@_QUIET
@given(losses=st.lists(LOSSES, max_size=12), ceiling=CEILINGS, data=st.data())
def test_the_order_of_charges_changes_nothing(
    losses: list[Loss], ceiling: Ceiling, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(losses))
    first = add_up(Counter(losses), order=ceiling.order)
    assert first == add_up(Counter(shuffled), order=ceiling.order)
    assert first == add_up(((loss, 1) for loss in shuffled), order=ceiling.order)


@_QUIET
@given(losses=st.lists(LOSSES, max_size=30), ceiling=CEILINGS)
def test_no_list_of_charges_overspends(losses: list[Loss], ceiling: Ceiling) -> None:
    spent: Counter[Loss] = Counter()
    for loss in losses:
        if would_fit(spent, [loss], ceiling):
            spent[loss] += 1
        assert fits(add_up(spent, order=ceiling.order), ceiling)


@_QUIET
@given(losses=st.lists(LOSSES, min_size=1, max_size=12), ceiling=CEILINGS)
def test_another_charge_never_makes_the_total_smaller(losses: list[Loss], ceiling: Ceiling) -> None:
    before = epsilon_of(add_up(Counter(losses[:-1]), order=ceiling.order), ceiling)
    after = epsilon_of(add_up(Counter(losses), order=ceiling.order), ceiling)
    assert after is None or (before is not None and after >= before)


@_QUIET
@given(pico=st.integers(1000, 10 * PICO), exponent=st.integers(1, 14))
def test_what_fits_into_epsilon_is_told_as_no_more_than_epsilon(pico: int, exponent: int) -> None:
    rho = rho_within(pico, 10**exponent)
    if rho:
        assert epsilon_of_rho(rho, 10**exponent) <= pico
    largest = PICO * 10**3
    bound = _float_rho(pico / PICO, 10**exponent / 10**15)
    assert rho <= min(largest, bound * (1 + 1e-9) * PICO + 1)


def _float_rho(epsilon: float, delta: float) -> float:
    """The same optimum by plain floating point over a dense grid, from above."""
    best = 0.0
    for step in range(1, 4000):
        a = 1 + 10 ** (step / 4000 * 9.5 - 2)
        term = math.log((a - 1) / a) - (math.log(delta) + math.log(a)) / (a - 1)
        best = max(best, (epsilon - term) / a)
    return best * (1 + 1e-3)


@_QUIET
@given(loss=LOSSES, parts=st.integers(1, 50), order=st.integers(101, 5000))
def test_parts_cost_no_more_than_the_whole(loss: Loss, parts: int, order: int) -> None:
    whole = renyi_at(loss, order)
    smallest = min(
        (point.pico_epsilon for point in loss.points)
        if isinstance(loss, RenyiLoss)
        else [loss.pico_rho if isinstance(loss, ConcentratedLoss) else loss.pico_epsilon]
    )
    if whole is None or smallest < parts:
        return
    # A pure loss counts by its square as well: its parts together then count less than the whole.
    together = add_up({parts_of(loss, parts): parts}, order=order).renyi
    assert together is not None
    assert together <= whole


# --- questions chosen after the answers before them ---------------------------------------------------


@_QUIET
@given(
    rule=st.lists(st.integers(0, 12), min_size=512, max_size=512),
    ceiling=st.sampled_from([(300_000, 14), (600_000, 13), (1_000_000, 14), (200_000, 12)]),
)
def test_a_questioner_who_adapts_learns_no_more_than_epsilon_and_delta(
    rule: list[int], ceiling: tuple[int, int]
) -> None:
    """Every path of nine randomised responses, each chosen by the answers so far: their exact loss.

    P and Q are the chances of a path with and without the person; what P exceeds e^epsilon Q by, over
    all paths, is the delta that this questioner reaches.
    """
    limit = Ceiling.of(micro_epsilon=ceiling[0], femto_delta=10 ** ceiling[1])
    limit = limit.model_copy(update={"order": max(101, min(limit.order, 3000))})
    grown = math.exp(limit.micro_epsilon / 1e6)

    def reach(node: int, depth: int, spent: Counter[Loss], p: float, q: float) -> float:
        wanted = PureLoss(pico_epsilon=max(1, rule[node] * PICO // 20))
        if depth == 9 or not would_fit(spent, [wanted], limit):
            return max(0.0, p - grown * q)
        now = spent + Counter([wanted])
        epsilon = float(Fraction(wanted.pico_epsilon, PICO))
        truth = 1 / (1 + math.exp(-epsilon))
        return reach(2 * node % 512, depth + 1, now, p * truth, q * (1 - truth)) + reach(
            (2 * node + 1) % 512, depth + 1, now, p * (1 - truth), q * truth
        )

    assert reach(1, 0, Counter(), 1.0, 1.0) <= limit.femto_delta / 1e15 + 1e-12
