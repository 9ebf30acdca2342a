"""What noisy answers cost: known values, another accountant's, and numbers at the edge of a ceiling."""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from onggi.errors import Refused
from onggi.spec.job import DifferentialPrivacy, Privacy
from privacy.budgets.ceilings import (
    Ceiling,
    add_up,
    check_fits,
    epsilon_of,
    fits,
    share_used,
    would_fit,
)
from privacy.budgets.conversion import best_order, epsilon_of_rho, rho_within, term_of
from privacy.budgets.cost import cost_of, femto_delta_of, gaussian_cost, laplace_cost
from privacy.budgets.losses import (
    LARGEST,
    PICO,
    ConcentratedLoss,
    Loss,
    PureLoss,
    RenyiLoss,
    RenyiPoint,
    parts_of,
    read_loss,
    renyi_at,
    write_loss,
)
from tests.support.job_specs import make_spec

REFERENCE = json.loads((Path(__file__).parents[1] / "data/reference/privacy_loss.json").read_text())
DELTA = femto_delta_of(1e-6)
CEILING = Ceiling.of(micro_epsilon=5_000_000, femto_delta=DELTA)


def _rho(value: float) -> ConcentratedLoss:
    return ConcentratedLoss(pico_rho=math.ceil(Fraction(value) * PICO))


def _pure(value: float) -> PureLoss:
    return PureLoss(pico_epsilon=math.ceil(Fraction(value) * PICO))


def _losses(case: Any) -> Counter[Loss]:
    losses: Counter[Loss] = Counter()
    for gaussian in case["gaussian"]:
        losses[_rho(0.5 / gaussian["noise_multiplier"] ** 2)] += gaussian["times"]
    for laplace in case["laplace"]:
        losses[_pure(1 / laplace["scale"])] += laplace["times"]
    return losses


# --- known values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rho", "delta"), [(0.5, 1e-6), (0.01, 1e-5), (2.0, 1e-9)])
def test_rho_is_told_more_tightly_than_the_well_known_bound(rho: float, delta: float) -> None:
    """rho + 2 sqrt(rho log(1/delta)) is Bun and Steinke's (2016, proposition 1.3), an older one."""
    told = epsilon_of_rho(int(rho * PICO), femto_delta_of(delta)) / PICO
    known = rho + 2 * math.sqrt(rho * math.log(1 / delta))
    assert 0.75 * known < told < known


@pytest.mark.parametrize("order", [101, 150, 200, 690, 6400, 900_000])
@pytest.mark.parametrize("delta", [0.5, 1e-6, 1e-15])
def test_the_term_is_its_formula_rounded_up(order: int, delta: float) -> None:
    a = order / 100
    formula = math.log((a - 1) / a) - (math.log(delta) + math.log(a)) / (a - 1)
    found = term_of(order, femto_delta_of(delta)) / PICO
    assert found == pytest.approx(formula, rel=1e-9, abs=1e-11)
    assert found > formula - 1e-11


@pytest.mark.parametrize("order", [101, 333, 690, 900_000])
def test_the_term_is_never_below_its_formula_by_a_single_digit(order: int) -> None:
    with localcontext(prec=200):
        a, delta = Decimal(order) / 100, Decimal(DELTA) / 10**15
        formula = ((a - 1) / a).ln() - (delta.ln() + a.ln()) / (a - 1)
        assert formula * PICO < term_of(order, DELTA) < formula * PICO + Decimal("1.001")


def test_the_order_for_gaussian_noise_is_the_best_of_all() -> None:
    for epsilon, delta in ((100_000, 1e-9), (1_000_000, 1e-6), (20_000_000, 1e-3)):
        pico, femto = epsilon * 10**6, femto_delta_of(delta)

        def room(order: int, pico: int = pico, femto: int = femto) -> Fraction:
            return Fraction((pico - term_of(order, femto)) * 100, order)

        found = room(best_order(pico, femto))
        assert all(room(order) <= found * (1 + Fraction(1, 10**6)) for order in range(101, 60_000, 13))


def test_a_pure_loss_counts_at_an_order_as_the_smaller_of_two_bounds() -> None:
    assert renyi_at(_pure(2.0), 200) == 2 * PICO
    assert renyi_at(_pure(0.1), 400) == pytest.approx(0.02 * PICO)


# --- another accountant ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", REFERENCE["composed"], ids=lambda case: str(case["delta"]))
def test_never_less_than_the_tight_loss_and_close_to_another_renyi_accountant(case: Any) -> None:
    delta = femto_delta_of(float(case["delta"]))
    told = min(
        epsilon
        for order in range(101, 20_000, 7)
        if (epsilon := _told(_losses(case), order=order, delta=delta)) is not None
    )
    assert told / PICO > case["pld_epsilon"] - 1e-3  # computed there on a grid of 1e-4, rounded up
    if not case["laplace"]:
        assert told / PICO == pytest.approx(case["rdp_epsilon"], rel=1e-4)


def _told(losses: Counter[Loss], *, order: int, delta: int) -> int | None:
    ceiling = Ceiling(micro_epsilon=1, femto_delta=delta, order=order)
    return epsilon_of(add_up(losses, order=order), ceiling)


@pytest.mark.parametrize("case", REFERENCE["subsampled"], ids=lambda case: str(case["sampling"]))
def test_a_curve_from_training_is_told_as_its_own_accountant_tells_it(case: Any) -> None:
    points = tuple(
        RenyiPoint(order=round(order * 100), pico_epsilon=math.ceil(Fraction(value) * PICO))
        for order, value in zip(case["orders"], case["rdp"], strict=True)
        if value * PICO < LARGEST
    )
    curve = RenyiLoss(points=points)
    told = [_told(Counter([curve]), order=point.order, delta=DELTA) for point in points]
    assert min(one for one in told if one is not None) / PICO == pytest.approx(case["rdp_epsilon"], rel=1e-9)
    between = renyi_at(curve, points[3].order + 1)
    assert between == points[4].pico_epsilon
    assert renyi_at(curve, points[-1].order + 1) is None


# --- ceilings ----------------------------------------------------------------------------------------


def test_the_whole_ceiling_can_be_spent_and_not_a_millionth_more() -> None:
    rho = rho_within(CEILING.pico_epsilon, DELTA)
    whole = ConcentratedLoss(pico_rho=rho)
    assert would_fit({}, [whole], CEILING)
    assert not would_fit({}, [ConcentratedLoss(pico_rho=rho + rho // 10**6)], CEILING)
    assert would_fit(
        {ConcentratedLoss(pico_rho=rho // 100): 99}, [ConcentratedLoss(pico_rho=rho // 100)], CEILING
    )
    with pytest.raises(Refused) as refused:
        check_fits({whole: 1}, [ConcentratedLoss(pico_rho=rho // 100)], CEILING)
    assert (refused.value.code, refused.value.facts) == ("budget.exhausted", {})


def test_pure_losses_alone_may_add_up_to_epsilon_itself() -> None:
    assert would_fit({_pure(0.5): 9}, [_pure(0.5)], CEILING)
    assert not would_fit({_pure(0.5): 10}, [PureLoss(pico_epsilon=1)], CEILING)
    # Many small ones are told more tightly by their Renyi loss, at the price of delta.
    assert would_fit({_pure(0.01): 8_000}, [_pure(0.01)], CEILING)


def test_one_gaussian_answer_brings_everything_under_delta() -> None:
    assert not would_fit({_pure(0.5): 9}, [_rho(1e-6)], CEILING)


def test_a_curve_that_does_not_reach_the_order_has_no_bound() -> None:
    short = RenyiLoss(points=(RenyiPoint(order=CEILING.order - 1, pico_epsilon=1),))
    total = add_up(Counter([short]), order=CEILING.order)
    assert epsilon_of(total, CEILING) is None
    assert not fits(total, CEILING)
    assert share_used(total, CEILING) == 10**6


def test_the_share_of_a_ceiling_is_rounded_up_and_reaches_the_whole() -> None:
    rho = rho_within(CEILING.pico_epsilon, DELTA)
    assert share_used(add_up({}, order=CEILING.order), CEILING) == 0
    assert share_used(add_up({ConcentratedLoss(pico_rho=1): 1}, order=CEILING.order), CEILING) == 1
    half = add_up({ConcentratedLoss(pico_rho=rho // 2): 1}, order=CEILING.order)
    assert share_used(half, CEILING) == pytest.approx(500_000, abs=1)
    over = add_up({ConcentratedLoss(pico_rho=rho): 2}, order=CEILING.order)
    assert share_used(over, CEILING) > 10**6


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 1), (-1, 1), (10**10, 1), (1, 0), (1, 10**15)])
def test_a_ceiling_has_possible_numbers(epsilon: int, delta: int) -> None:
    with pytest.raises(Refused) as refused:
        Ceiling.of(micro_epsilon=epsilon, femto_delta=delta)
    assert refused.value.code == "budget.ceiling_wrong"


def test_more_is_never_given_back_than_was_reserved() -> None:
    with pytest.raises(AssertionError):
        add_up({_pure(1.0): -1}, order=200)


# --- what a job asks ---------------------------------------------------------------------------------


def test_a_jobs_request_is_kept_and_nearly_used_up() -> None:
    asked = DifferentialPrivacy(micro_epsilon=1_000_000, delta=1e-6)
    rho = gaussian_cost(asked).pico_rho
    assert PICO * 0.999 < epsilon_of_rho(rho, DELTA) <= PICO
    assert laplace_cost(asked) == PureLoss(pico_epsilon=PICO)


def test_a_jobs_cost_is_read_off_its_spec() -> None:
    asked = DifferentialPrivacy(micro_epsilon=250_000, delta=1e-7)
    spec = make_spec({})
    assert cost_of(spec) is None
    noisy = spec.model_copy(update={"privacy": Privacy(differential_privacy=asked)})
    assert cost_of(noisy) == gaussian_cost(asked)


@pytest.mark.parametrize(
    ("micro", "delta", "code"),
    [
        (1, 1e-10, "budget.request_too_small"),
        (1, 1e-16, "budget.request_too_small"),
        (LARGEST, 1e-6, "budget.request_too_large"),
    ],
)
def test_requests_that_no_noise_can_serve_are_refused(micro: int, delta: float, code: str) -> None:
    with pytest.raises(Refused) as refused:
        gaussian_cost(DifferentialPrivacy(micro_epsilon=micro, delta=delta))
    assert refused.value.code == code


def test_delta_counts_as_it_is_written() -> None:
    assert femto_delta_of(1e-6) == 10**9
    assert femto_delta_of(0.1) == 10**14
    assert femto_delta_of(1.9e-15) == 1


@pytest.mark.parametrize(
    "loss",
    [
        ConcentratedLoss(pico_rho=10),
        PureLoss(pico_epsilon=11),
        RenyiLoss(points=(RenyiPoint(order=200, pico_epsilon=12), RenyiPoint(order=300, pico_epsilon=13))),
    ],
)
def test_losses_are_written_in_one_way_and_read_back(loss: Loss) -> None:
    assert read_loss(write_loss(loss)) == loss
    part = parts_of(loss, 3)
    total, whole = add_up({part: 3}, order=200).renyi, renyi_at(loss, 200)
    assert total is not None
    assert whole is not None
    assert total <= whole
    with pytest.raises(Refused) as refused:
        parts_of(loss, 100)
    assert refused.value.code == "budget.request_too_small"


@pytest.mark.parametrize("text", ["", "{}", '{"loss":"pure","pico_epsilon":0}', '{"loss":"free"}'])
def test_an_unreadable_loss_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_loss(text)
    assert refused.value.code == "budget.loss_unreadable"


def test_a_curve_rises() -> None:
    with pytest.raises(ValueError, match="rise"):
        RenyiLoss(points=(RenyiPoint(order=300, pico_epsilon=2), RenyiPoint(order=400, pico_epsilon=1)))
