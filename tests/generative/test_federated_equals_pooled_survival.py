"""Curves over many hospitals are the curves over their persons together, on times rounded up to the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.results import SurvivalCurves
from onggi.spec.results.survival_curves import SurvivalCurve
from tests.support.statistics_specs import category, flag, split
from tests.support.survival_specs import Numbers, death, survival_spec

HORIZON = 400
GROUPS = [category("g", "a", "b", "c"), flag("s")]
WEIGHTS = {"logrank": None, "wilcoxon": "gb", "tarone-ware": "tw", "fleming-harrington": "fh"}


@dataclass(frozen=True)
class Persons:
    days: Numbers
    event: Numbers
    group: Numbers
    stratum: Numbers
    steps: list[int]
    cuts: list[int]

    @property
    def columns(self) -> dict[str, Numbers]:
        return {"death_days": self.days, "death_event": self.event, "g": self.group, "s": self.stratum}

    @property
    def rounded(self) -> tuple[Numbers, Numbers]:
        """Days as the curves take them; who is beyond the last step is censored there."""
        at = np.searchsorted(self.steps, self.days)
        beyond = at == len(self.steps)
        days = np.array(self.steps, dtype=float)[np.minimum(at, len(self.steps) - 1)]
        return days, np.where(beyond, 0.0, self.event)

    def run(self, *, causes: int = 0, **given: Any) -> SurvivalCurves:
        spec = survival_spec(
            death(HORIZON, competing=causes),
            self.steps,
            variables=GROUPS,
            sites=len(self.cuts) + 1,
            **({"group": "g"} | given),
        )
        tables = split(self.columns, self.cuts)
        answer = run_in_clear(spec, tables)
        assert answer == run_fixed_point(spec, tables)
        assert isinstance(answer, SurvivalCurves)
        return answer


@st.composite
def persons(draw: st.DrawFn, *, causes: int = 1) -> Persons:
    n = draw(st.integers(60, 400))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    group, stratum = rng.integers(0, 3, n).astype(float), rng.integers(0, 2, n).astype(float)
    group[:6], stratum[:6] = [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]
    days = np.minimum(rng.exponential(150 * (1 + group / 2)), HORIZON).round()
    event = np.where(days < HORIZON, rng.integers(0, causes + 1, n), 0).astype(float)
    if draw(st.booleans()):  # hospitals in which nobody, or everybody, has the event
        order = np.argsort(event, kind="stable")
        days, event, group, stratum = days[order], event[order], group[order], stratum[order]
    steps = sorted(draw(st.sets(st.integers(0, HORIZON), min_size=1, max_size=30)) | {HORIZON // 2})
    return Persons(days, event, group, stratum, steps, draw(st.lists(st.integers(0, n), max_size=19)))


def kaplan_meier(days: Numbers, event: Numbers, at: list[int]) -> tuple[list[float], list[float]]:
    """Survival and its standard error from statsmodels, read at the given days."""
    if not (event == 1).any():
        return [1.0] * len(at), [0.0] * len(at)
    found = SurvfuncRight(days, event)
    place = np.searchsorted(found.surv_times, at, side="right")
    survival, error = np.append(1.0, found.surv_prob), np.append(0.0, found.surv_prob_se)
    return survival[place].tolist(), error[place].tolist()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=persons())
def test_curves_are_those_of_the_rounded_days(case: Persons) -> None:
    answer = case.run()
    days, event = case.rounded
    for at, curve in enumerate(answer.curves):
        here = case.group == at
        survival, errors = kaplan_meier(days[here], event[here], case.steps)
        assert np.allclose(curve.survival, survival, rtol=1e-12, atol=1e-15)
        for ours, theirs, left in zip(curve.standard_errors, errors, survival, strict=True):
            assert (left == 0) if ours is None else ours == pytest.approx(theirs, abs=1e-12)
        ended = [
            [int(((days[here] == step) & (event[here] == 1)).sum()) for step in case.steps],
            [int((days[here] >= step).sum()) for step in case.steps],
        ]
        assert [list(curve.events[0]), list(curve.at_risk)] == ended
        assert curve.n == int(here.sum()) == sum(curve.censored) + sum(curve.events[0]) + curve.beyond


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=persons())
def test_the_estimate_on_the_days_lies_between_the_bounds(case: Persons) -> None:
    answer = case.run(restricted_mean_days=case.steps[-1] or None)
    for at, curve in enumerate(answer.curves):
        here = case.group == at
        daily, _ = kaplan_meier(case.days[here], case.event[here], case.steps)
        assert (np.array(curve.survival_at_least) <= np.array(daily) + 1e-12).all()
        assert (np.array(daily) <= np.array(curve.survival) + 1e-12).all()
        if curve.restricted_mean is not None:
            every = list(range(case.steps[-1]))
            mean = sum(kaplan_meier(case.days[here], case.event[here], every)[0])
            assert curve.restricted_mean.at_least - 1e-9 <= mean <= curve.restricted_mean.days + 1e-9


def test_days_as_steps_give_the_estimate_on_the_days() -> None:
    rng = np.random.default_rng(5)
    days = rng.integers(1, 60, 500).astype(float)
    event = (rng.random(500) < 0.6).astype(float)
    zeros = np.zeros(500)
    case = Persons(days, event, zeros, zeros, list(range(1, 60)), [100, 130])
    curve = case.run(group=None, restricted_mean_days=40).curves[0]
    daily, _ = kaplan_meier(days, event, case.steps)
    assert np.allclose(curve.survival, daily, rtol=1e-12)
    assert curve.restricted_mean is not None
    assert curve.restricted_mean.days == pytest.approx(1 + sum(daily[:39]), rel=1e-12)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("strata", [(), ("s",)], ids=["plain", "strata"])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(case=persons())
def test_rank_tests_are_those_of_the_rounded_days(
    weights: Any, strata: tuple[str, ...], case: Persons
) -> None:
    answer = case.run(weights=weights, strata=strata, rho=0.5)
    days, event = case.rounded
    if answer.test is None or answer.test.statistic > 1e6 or not event.any():
        return
    more = {"fh_p": 0.5} if weights == "fleming-harrington" else {}
    statistic, p_value = survdiff(
        days,
        event,
        case.group,
        weight_type=WEIGHTS[weights],
        strata=case.stratum if strata else None,
        **more,
    )
    assert answer.test.statistic == pytest.approx(statistic, rel=1e-8, abs=1e-12)
    assert answer.test.p_value == pytest.approx(p_value, rel=1e-7, abs=1e-12)
    assert sum(answer.test.observed) == pytest.approx(sum(answer.test.expected), rel=1e-12)


def slow_incidence(curve: SurvivalCurve, cause: int) -> tuple[list[float], list[float]]:
    """Incidence and standard error, straight from the formula: a double sum."""
    left, total, terms, found, errors = 1.0, 0.0, [], [], []
    for at, n in enumerate(curve.at_risk):
        d, every = curve.events[cause][at], sum(each[at] for each in curve.events)
        if n:
            total += left * d / n
            terms.append((total, left, n, d, every))
            left *= 1 - every / n
        variance = 0.0
        for before, free, risk, own, all_events in terms:
            ahead = total - before
            variance += free**2 * own * (risk - own) / risk**3 - 2 * ahead * free * own / risk**2
            variance += ahead**2 * all_events / (risk * (risk - all_events)) if risk > all_events else 0.0
        found.append(total)
        errors.append(max(variance, 0.0) ** 0.5)
    return found, errors


@settings(max_examples=30, deadline=None, derandomize=True)
@given(case=persons(causes=3))
def test_incidences_of_all_causes_and_survival_make_one(case: Persons) -> None:
    for curve in case.run(causes=2).curves:
        total = np.array(curve.survival) + np.sum([each.incidence for each in curve.incidence], axis=0)
        assert np.allclose(total, 1.0, rtol=1e-12)
        for cause, each in enumerate(curve.incidence):
            incidence, errors = slow_incidence(curve, cause)
            assert np.allclose(each.incidence, incidence, rtol=1e-12)
            assert np.allclose(each.standard_errors, errors, rtol=1e-6, atol=1e-8)


def test_gaps_and_values_out_of_range_leave_a_person_out() -> None:
    rng = np.random.default_rng(6)
    days, event = rng.integers(1, 300, 200).astype(float), rng.integers(0, 2, 200).astype(float)
    group = rng.integers(0, 3, 200).astype(float)
    whole = Persons(days, event, group, np.zeros(200), [100, 200, 300], [50]).run()
    gap = np.full(6, np.nan)
    more = Persons(
        np.concatenate([days, gap[:2], [HORIZON + 1.0, 50.0, 50.0, 50.0]]),
        np.concatenate([event, [1.0, np.nan], [1.0, np.nan, 1.0, 2.0]]),
        np.concatenate([group, [0.0, 0.0, 0.0, 0.0, np.nan, 1.0]]),
        np.zeros(206),
        [100, 200, 300],
        [0, 0, 203],
    ).run()
    assert [each.survival for each in more.curves] == [each.survival for each in whole.curves]
    assert [each.n for each in more.curves] == [each.n for each in whole.curves]
