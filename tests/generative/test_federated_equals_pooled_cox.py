"""A Cox regression over many hospitals is the one on their rows together with a stratum for each hospital.

Error is measured against max(|coefficient|, its standard error), and relatively for standard errors: 1e-6 in
clear and with replies rounded to 2^-32, as under masks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.results import CoxFit
from onggi.spec.variables import Variable
from tests.support.statistics_specs import category, flag, in_order_of, number, split
from tests.support.survival_specs import Numbers, cox_spec, death

HORIZON = 300
RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]
VARIABLES = [number("age", 0, 120), flag("male"), category("group", "a", "b", "c"), number("crp", 0, 1)]
STRATUM = flag("ward")


@dataclass(frozen=True)
class Study:
    columns: dict[str, Numbers]
    variables: list[Variable]
    x: Numbers

    def by_event(self) -> Study:
        """The rows in the order of the event: hospitals in which nobody has it, or everybody."""
        order = np.argsort(self.columns["death_event"], kind="stable")
        return replace(self, columns=in_order_of(self.columns, "death_event"), x=self.x[order])

    def run(self, cuts: list[int], *, masked: bool, **given: Any) -> CoxFit:
        spec = cox_spec(death(HORIZON), self.variables, sites=len(cuts) + 1, masked=masked, **given)
        answer = (run_fixed_point if masked else run_in_clear)(spec, split(self.columns, cuts))
        assert isinstance(answer, CoxFit)
        return answer

    def pooled(self, cuts: list[int], *, ties: str, ward: bool = False) -> Any:
        rows = np.arange(len(self.x))
        strata = np.searchsorted(sorted(cuts), rows, side="right") * 2
        strata = strata + (self.columns["ward"].astype(int) if ward else 0)
        keep = np.isfinite(self.x).all(axis=1)
        days, event = self.columns["death_days"][keep], self.columns["death_event"][keep]
        # Strata without an event hold nothing, and statsmodels does not take those of one person.
        told = np.isin(
            strata[keep], [each for each in set(strata[keep]) if event[strata[keep] == each].any()]
        )
        x = self.x[keep][told]
        center = x.mean(axis=0)
        scale = x.std(axis=0)
        model = sm.PHReg(
            days[told], (x - center) / scale, status=event[told], ties=ties, strata=strata[keep][told]
        )
        fit = model.fit(tol=1e-14)
        return fit, fit.params / scale, fit.bse / scale


def make_study(n: int, seed: int, *, rounded: int = 1, effect: float = 1.0) -> Study:
    """Age, a flag, a category of three and a skewed number in awkward units; ties; some values missing."""
    rng = np.random.default_rng(seed)
    age, male = rng.normal(60, 12, n).round().clip(0, 120), (rng.random(n) < 0.6).astype(float)
    group, crp = rng.integers(0, 3, n).astype(float), rng.exponential(2e-4, n)
    risk = effect * (0.03 * (age - 60) + 0.4 * male - 0.5 * (group == 2) + 900 * crp)
    days = np.minimum(np.ceil(rng.exponential(90 * np.exp(-risk)) / rounded) * rounded, HORIZON)
    event = np.where(days < HORIZON, rng.random(n) < 0.75, 0).astype(float)
    age = np.where(rng.random(n) < 0.05, np.nan, age)
    columns = {"age": age, "male": male, "group": group, "crp": crp}
    columns |= {"ward": (rng.random(n) < 0.5).astype(float), "death_days": days, "death_event": event}
    x = np.column_stack([age, male, group == 1, group == 2, crp]).astype(float)
    return Study(columns, VARIABLES, x)


def errors_of(answer: CoxFit, beta: Any, errors: Any) -> float:
    scale = np.maximum(np.abs(beta), errors)
    coefficients = np.max(np.abs(np.array(answer.coefficients) - beta) / scale)
    return float(max(coefficients, np.max(np.abs(np.array(answer.standard_errors) / errors - 1))))


@st.composite
def hospitals(draw: st.DrawFn) -> tuple[int, int, int, list[int]]:
    """Rows, a seed, how coarse days are, and where rows are cut: into uneven, tiny and empty hospitals."""
    n = draw(st.integers(200, 700))
    cuts = draw(st.lists(st.integers(0, n), max_size=19))
    return n, draw(st.integers(0, 2**32)), draw(st.sampled_from([1, 7, 30])), cuts


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(case=hospitals())
def test_federated_fit_equals_pooled_fit(
    ties: Any, masked: bool, case: tuple[int, int, int, list[int]]
) -> None:
    n, seed, rounded, cuts = case
    study = make_study(n, seed, rounded=rounded)
    study = study.by_event() if seed % 2 else study
    answer = study.run(cuts, masked=masked, ties=ties)
    fit, beta, errors = study.pooled(cuts, ties=ties)
    assert errors_of(answer, beta, errors) < 1e-6
    assert answer.log_likelihood == pytest.approx(fit.llf, rel=1e-9)
    assert (answer.n, answer.converged) == (int(np.isfinite(study.x).all(axis=1).sum()), True)
    assert answer.terms == ("age", "male", "group_b", "group_c", "crp")
    assert answer.wald.statistic == pytest.approx(
        fit.params @ np.linalg.solve(fit.cov_params(), fit.params), rel=1e-6
    )


@pytest.mark.parametrize("masked", RUNS)
def test_further_strata_divide_each_hospital(masked: bool) -> None:
    plain = make_study(600, 4)
    study = Study(plain.columns, [*VARIABLES, STRATUM], plain.x)
    answer = study.run([100, 350], masked=masked, strata=("ward",))
    fit, beta, errors = study.pooled([100, 350], ties="efron", ward=True)
    assert errors_of(answer, beta, errors) < 1e-6
    assert answer.log_likelihood == pytest.approx(fit.llf, rel=1e-9)
    assert answer.strata == ("ward",)


def test_one_hospital_or_many_with_the_same_strata_agree_in_everything() -> None:
    """What two hospitals give is what one gives whose strata they are, tests and robust errors included."""
    plain = make_study(500, 9)
    order = np.argsort(plain.columns["ward"], kind="stable")
    columns = {name: values[order] for name, values in plain.columns.items()}
    cut = int((columns["ward"] == 0).sum())
    apart = Study(columns, VARIABLES, plain.x).run([cut], masked=True, robust=True)
    together = Study(columns, [*VARIABLES, STRATUM], plain.x).run(
        [], masked=False, robust=True, strata=("ward",)
    )
    one, other = apart.model_dump(), together.model_dump()
    for name in ("coefficients", "standard_errors", "robust_errors"):
        assert np.allclose(one[name], other[name], rtol=1e-7)
    for name in ("likelihood_ratio", "wald", "score"):
        assert one[name]["statistic"] == pytest.approx(other[name]["statistic"], rel=1e-7)
    assert apart.proportional_hazards is not None
    assert together.proportional_hazards is not None
    tests = zip(
        (*apart.proportional_hazards.score, apart.proportional_hazards.all_terms),
        (*together.proportional_hazards.score, together.proportional_hazards.all_terms),
        strict=True,
    )
    for mine, its in tests:
        assert mine.statistic == pytest.approx(its.statistic, rel=1e-6)


@pytest.mark.parametrize("condition", [1e2, 1e4, 1e6, 3e7])
@pytest.mark.parametrize("masked", RUNS)
def test_nearly_collinear_columns_cost_few_digits(condition: float, masked: bool) -> None:
    """Held against the same regression on columns that are not alike, and turned back by hand."""
    rng = np.random.default_rng(int(condition))
    n, cuts = 500, [20, 200]
    z = rng.normal(size=(n, 2))
    days = np.minimum(np.ceil(rng.exponential(90 * np.exp(-z @ [0.5, 0.3]))), HORIZON)
    own = {"death_days": days, "death_event": (days < HORIZON).astype(float)}
    # A power of two keeps a + step * b exact, so that both designs hold the same numbers.
    step = 2.0 ** -np.round(np.log2(condition / 2))
    a, b = np.round(z[:, 0] * 2**10) / 2**10, np.round(z[:, 1] * 2**10) / 2**10
    apart = {**own, "a": a, "b": b}
    alike = {**own, "a": a, "b": a + step * b}
    variables = [number("a", -50, 50), number("b", -50, 50)]
    well = Study(apart, variables, z).run(cuts, masked=masked)
    badly = Study(alike, variables, z).run(cuts, masked=masked)
    slope = well.coefficients[1] / step
    expected = np.array([well.coefficients[0] - slope, slope])
    variance = np.array(well.covariance)
    turn = np.array([[1.0, -1 / step], [0.0, 1 / step]])
    errors = np.sqrt(np.diag(turn @ variance @ turn.T))
    assert errors_of(badly, expected, errors) < 1e-6


def refusal(study: Study, *, masked: bool) -> Refused:
    n = len(study.columns["death_days"])
    with pytest.raises(Refused) as refused:
        study.run([n // 5, n // 2, n // 2], masked=masked)
    return refused.value


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_effects_without_a_finite_value_are_refused(masked: bool, seed: int) -> None:
    study = make_study(300, seed)
    never = study.columns | {"death_event": study.columns["death_event"] * study.columns["male"]}
    assert refusal(Study(never, VARIABLES, study.x), masked=masked).code == "glm.separable"


@pytest.mark.parametrize("masked", RUNS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_terms_that_others_determine_are_refused_by_name(masked: bool, seed: int) -> None:
    study = make_study(300, seed)
    names = {"c": number("c", -500, 500), "d": number("d", -500, 500)}
    twice = study.columns | {"c": 2 * study.columns["age"] - study.columns["male"]}
    found = refusal(Study(twice, [*VARIABLES, names["c"]], study.x), masked=masked)
    assert (found.code, found.facts) == ("glm.collinear", {"term": "c"})
    constant = study.columns | {"d": np.full(300, 3.3)}
    found = refusal(Study(constant, [*VARIABLES, names["d"]], study.x), masked=masked)
    assert (found.code, found.facts) == ("glm.collinear", {"term": "d"})
    # A number that differs between hospitals alone says nothing within any of them.
    hospital = study.columns | {"d": np.searchsorted([60, 150], np.arange(300), side="right").astype(float)}
    found = refusal(Study(hospital, [*VARIABLES, names["d"]], study.x), masked=masked)
    assert (found.code, found.facts) == ("glm.collinear", {"term": "d"})


@pytest.mark.parametrize("masked", RUNS)
def test_data_that_cannot_answer_are_refused(masked: bool) -> None:
    study = make_study(100, 3)
    nothing = study.columns | {"death_event": np.zeros(100)}
    assert refusal(Study(nothing, VARIABLES, study.x), masked=masked).code == "glm.one_class"
    nobody = study.columns | {"death_days": np.full(100, np.nan)}
    assert refusal(Study(nobody, VARIABLES, study.x), masked=masked).code == "glm.no_complete_cases"
    few = {name: np.where(np.arange(100) < 5, values, np.nan) for name, values in study.columns.items()}
    assert refusal(Study(few, VARIABLES, study.x), masked=masked).code == "glm.too_few_rows"


@pytest.mark.parametrize("masked", RUNS)
def test_a_narrow_distribution_in_a_wide_range_keeps_its_digits(masked: bool) -> None:
    plain = make_study(600, 12)
    shifted = plain.columns | {"age": 5e5 + np.nan_to_num(plain.columns["age"], nan=60.0) / 12}
    x = np.column_stack([shifted["age"], shifted["male"]])
    study = Study(shifted, [number("age", -1e6, 1e6), flag("male")], x)
    answer = study.run([30, 300], masked=masked)
    _, beta, errors = study.pooled([30, 300], ties="efron")
    assert errors_of(answer, beta, errors) < 1e-6


@pytest.mark.parametrize("unit", [1e-12, 1e9])
@pytest.mark.parametrize("masked", RUNS)
def test_huge_and_tiny_numbers_keep_their_digits(unit: float, masked: bool) -> None:
    """The same study in other units: coefficients are the same in those."""
    study, cuts = make_study(400, 8), [30, 30, 200]
    columns = study.columns | {"age": unit * study.columns["age"], "crp": study.columns["crp"] / unit}
    ranges = {"age": number("age", 0, 120 * unit), "crp": number("crp", 0, 1 / unit)}
    scaled = Study(columns, [ranges.get(each.name, each) for each in VARIABLES], study.x)
    _, beta, errors = study.pooled(cuts, ties="efron")
    to_own = 1 / np.array([unit, 1, 1, 1, 1 / unit])
    assert errors_of(scaled.run(cuts, masked=masked), beta * to_own, errors * to_own) < 1e-6


@pytest.mark.parametrize("masked", RUNS)
def test_strong_effects_are_found_without_overflow(masked: bool) -> None:
    study = make_study(700, 21, effect=6.0)
    answer = study.run([200, 450], masked=masked)
    _, beta, errors = study.pooled([200, 450], ties="efron")
    assert errors_of(answer, beta, errors) < 1e-6
