"""Noisy counts: how far one person moves them, how much noise that takes, and what is made of noisy sums."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.noisy.kind import NoisyCounts, kind_of
from analysis_jobs.kinds.noisy.plan import NoisePlan, plan_noise, reach_of
from analysis_jobs.kinds.noisy.sensitivity import CELLS_OF_ONE_PERSON, sensitivity_of
from analysis_jobs.kinds.registry import get_kind
from analysis_jobs.sums.contexts import participants_of
from analysis_jobs.sums.vector import decode_sum, encode_sum
from onggi.client.count_answers import OverlapAnswer
from onggi.errors import NotTrusted, Refused
from onggi.report.methods_paragraph import methods_paragraph
from onggi.spec.job import JobSpec
from onggi.spec.results import AddedNoise, CountTable, CrossTable, Distribution, OverlapTable
from privacy.masks.context import lowest_threshold
from privacy.noise.shares import loss_of_sum
from tests.support.federation_root import make_root
from tests.support.noisy_questions import QUESTIONS, every_person, noisy

ROOT = make_root()


def _plan(spec: JobSpec) -> NoisePlan:
    found = plan_noise(spec, root=ROOT)
    assert found is not None
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_person_moves_the_counts_further_than_declared(name: str) -> None:
    """The reply with and without each person of a table that holds every combination of values."""
    spec, table = QUESTIONS[name], every_person(QUESTIONS[name])
    kind, declared = kind_of(spec), sensitivity_of(QUESTIONS[name])
    ask = kind.next(spec, [], sites=1)
    assert isinstance(ask, Ask)
    moves = []
    for row in range(table.num_rows):
        one = kind.local(spec, table.slice(row, 1), ask)
        none = kind.local(spec, table.slice(0, 0), ask)
        moves.append([abs(one.arrays[each] - none.arrays[each]) for each in one.arrays])
    absolute = max(sum(part.sum() for part in move) for move in moves)
    squared = max(sum((part**2).sum() for part in move) for move in moves)
    assert (absolute, squared) == (declared.absolute, declared.squared), "reached, and never exceeded"


def test_every_question_of_a_noisy_kind_is_looked_at() -> None:
    assert {spec.kind for spec in QUESTIONS.values()} == set(CELLS_OF_ONE_PERSON)


@pytest.mark.parametrize("name", QUESTIONS)
def test_noise_is_enough_for_what_is_charged(name: str) -> None:
    clear = noisy(QUESTIONS[name], masked=False)
    declared, plan = sensitivity_of(clear), _plan(clear)
    assert Fraction(declared.squared, 2) / plan.variance * 10**12 <= plan.loss.pico_rho
    masked = noisy(QUESTIONS[name], masked=True)
    shares, members = _plan(masked), participants_of(ROOT, masked)
    honest = len(members) - (lowest_threshold(members) - 1)
    cost = loss_of_sum(declared, share=shares.variance, present=honest, entries=10)
    assert cost.pico_rho <= shares.loss.pico_rho == plan.loss.pico_rho
    told = shares.told(sites=4).standard_deviation
    assert told == pytest.approx(math.sqrt(4 * plan.variance / honest), rel=0.01)


def test_shares_that_are_too_small_and_noise_that_is_too_large_are_refused() -> None:
    spec = QUESTIONS["cross_table"]
    for micro, masked, code in (
        (30_000_000, True, "noise.grid_too_coarse"),
        (10**16, False, "budget.request_too_large"),
    ):
        with pytest.raises(Refused) as refused:
            _plan(noisy(spec, masked=masked, micro_epsilon=micro))
        assert refused.value.code == code
    many = tuple(f"site-{number:04d}" for number in range(900))
    crowded = noisy(spec, masked=False, micro_epsilon=10).model_copy(update={"participants": many})
    with pytest.raises(Refused, match=r"noise\.no_room"):
        plan_noise(crowded, root=ROOT)


class _Far:
    """Noise from the far end of what can be drawn."""

    def gaussian(self, variance: Fraction, count: int) -> Any:
        return np.full(count, -int(64 * math.sqrt(variance)), dtype=np.int64)

    def laplace(self, scale: Fraction, count: int) -> Any:
        raise AssertionError


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_furthest_noise_fits_the_layout_and_the_masked_sum(name: str) -> None:
    spec = noisy(QUESTIONS[name], masked=True)
    kind = kind_of(spec)
    ask = kind.next(spec, [], sites=4)
    assert isinstance(ask, Ask)
    layout = kind.layout(spec, ask, participants=4)
    counts = {entry.name: np.full(entry.shape, 10.0**12) for entry in layout.arrays}
    noised = _plan(spec).add(counts, source=_Far())
    assert all((noised[name] < reach_of(4)).all() for name in noised), "clipped before the noise"
    total = sum(encode_sum(noised, layout.arrays, participants=4) for _ in range(4))
    back = decode_sum(total, layout.arrays, participants=4, contributors=4)
    assert all((back[name] == 4 * noised[name]).all() for name in noised)
    assert [entry.name for entry in layout.evidence] == ["hospitals"]


# --- what is made of noisy sums ----------------------------------------------------------------------


def _answer(name: str, numbers: list[float]) -> tuple[NoisyCounts, JobSpec, Any]:
    spec = noisy(QUESTIONS[name], masked=False)
    kind = kind_of(spec)
    assert isinstance(kind, NoisyCounts)
    sums = {}
    ask = kind.next(spec, [], sites=4)
    assert isinstance(ask, Ask)
    for entry in kind.layout(spec, ask, participants=4).arrays:
        sums[entry.name] = np.array(numbers[: entry.shape[0]])
        numbers = numbers[entry.shape[0] :]
    assert not numbers, "as many numbers as the reply has"
    return kind, spec, kind.next(spec, [sums], sites=4)


def test_small_noisy_counts_are_withheld_one_by_one() -> None:
    kind, spec, answer = _answer("count", [812.0, 830.0, 9.0, -3.0, 400.0, 10.0, 2.0])
    shown = kind.release(spec, answer, exact=False)
    assert isinstance(shown, CountTable)
    assert shown.persons == (812, 830, None), "noise may let a funnel rise, and nothing is rounded"
    assert shown.withheld == (None, None, "too_few_persons")
    assert [group.persons for group in shown.groups] == [(400, 10, None)]
    assert [funnel.persons for funnel in shown.funnels] == [(812, None)]
    assert shown.rounded_to == 1


def test_an_overlap_adds_up_before_anything_is_withheld() -> None:
    kind, spec, answer = _answer("overlap", [50.0, -6.0, 30.0])
    shown = kind.release(spec, answer, exact=False)
    assert isinstance(shown, OverlapTable)
    assert (shown.totals, shown.persons) == ((80, 24), (50, None, 30))


def test_a_table_is_shown_whole_and_without_tests_or_not_at_all() -> None:
    kind, spec, answer = _answer("cross_table", [50.0, 20.0, 30.0, 40.0])
    shown = kind.release(spec, answer, exact=False)
    assert isinstance(shown, CrossTable)
    assert shown.tables[0].persons == ((50, 20), (30, 40))
    assert (shown.tables[0].test, shown.tables[0].two_by_two) == (None, None)
    kind, spec, answer = _answer("cross_table", [50.0, -2.0, 30.0, 40.0])
    with pytest.raises(Refused, match=r"disclosure\.small_cell"):
        kind.release(spec, answer, exact=False)
    kind, spec, answer = _answer("distribution", [50.0, 20.0, 30.0])
    shown = kind.release(spec, answer, exact=False)
    assert isinstance(shown, Distribution)
    assert shown.groups[0].persons == (50, 20, 30)


def test_a_sum_that_is_not_whole_is_nobodys_count() -> None:
    with pytest.raises(NotTrusted, match=r"noise\.sum_impossible"):
        _answer("overlap", [50.5, 1.0, 2.0])


def test_no_rule_looks_at_true_numbers() -> None:
    spec = noisy(QUESTIONS["cross_table"], masked=True)
    kind, plain = kind_of(spec), get_kind("cross_table")
    table = every_person(spec).slice(0, 1)
    ask = kind.next(spec, [], sites=4)
    assert isinstance(ask, Ask)
    alone = kind.local(spec, table, ask)
    kind.check_site(spec, ask, alone)
    kind.check_pooled(spec, ask, alone.evidence)
    assert kind.sets(spec, table) == ()
    with pytest.raises(Refused, match=r"disclosure\.small_cell"):
        plain.check_site(spec, ask, plain.local(spec, table, ask))


def test_the_methods_paragraph_tells_the_noise() -> None:
    _, _, answer = _answer("overlap", [50.0, 26.0, 30.0])
    noise = AddedNoise(mechanism="discrete_gaussian", standard_deviation=9.062)
    told = answer.model_copy(update={"noise": noise})
    assert "discrete Gaussian noise (standard deviation 9.062)" in methods_paragraph(told, "en")
    assert "이산 가우스 잡음이 들어 있습니다(표준편차 9.062)" in methods_paragraph(told, "ko")
    assert "noise" not in methods_paragraph(answer, "en")
    assert "noise" not in answer.model_dump(mode="json"), "older answers keep their bytes"
    read = OverlapAnswer.model_validate(told.model_dump())
    assert "carries noise (discrete Gaussian, standard deviation 9.062)" in read.summary()
    assert "carries noise" not in OverlapAnswer.model_validate(answer.model_dump()).summary()
