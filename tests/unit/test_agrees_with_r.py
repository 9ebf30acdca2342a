"""Meta-analyses, ROC, survival and regressions give what R gives: metafor, pROC, survival, sandwich, glm.

Values, versions and calls: tests/data/reference/r.json.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.meta.answer import pooled_answer
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.prediction.bins import Cells
from analysis_jobs.kinds.prediction.roc import discrimination
from onggi.report.meta_analysis import HARTUNG_KNAPP, PREDICTION, sheets
from onggi.spec.kinds import GlmParameters, MetaParameters
from onggi.spec.results import CoxFit, MetaAnalysis, ModelFit, SurvivalCurves
from tests.support.statistics_specs import asking, flag, glm_spec, number, split, table_of
from tests.support.survival_specs import STUDIES, PublicStudy, cox_spec, death, public_study, survival_spec
from tests.unit.test_glm_published_values import pima, support

R = json.loads((Path(__file__).parents[1] / "data" / "reference" / "r.json").read_text(encoding="utf-8"))


def vaccine_trials(method: Any) -> MetaAnalysis:
    """Thirteen trials against tuberculosis (Colditz and others 1994), each as if it were a hospital."""
    asked = MetaParameters(
        model=GlmParameters(family="binomial", outcome="y", terms=("x",)), term="x", heterogeneity=method
    )
    sites = len(R["meta"]["counts"])
    spec = asking(asked, sites=sites, variables=(flag("y"), number("x")))
    ill, well, ill_other, well_other = np.array(R["meta"]["counts"], dtype=float).T
    vaccinated, others = ill + well, ill_other + well_other
    ratios = np.log((ill / vaccinated) / (ill_other / others))
    variances = 1 / ill - 1 / vaccinated + 1 / ill_other - 1 / others
    assert ratios == pytest.approx(R["meta"]["yi"], rel=1e-12)
    assert variances == pytest.approx(R["meta"]["vi"], rel=1e-12)
    sums = {"estimate": ratios, "variance": variances, "answered": np.ones(sites)}
    return pooled_answer(spec, sums | {"persons": np.array([vaccinated.sum()])}, sites=sites)


@pytest.mark.parametrize("method", ["REML", "DL", "PM"])
def test_the_vaccine_trials_as_metafor_has_them(method: str) -> None:
    found, told = vaccine_trials(method), R["meta"][method]
    # Methods that iterate stop a little before the end.
    assert found.tau_squared == pytest.approx(told["tau_squared"], rel=1e-6)
    assert found.estimate == pytest.approx(told["estimate"], rel=1e-7)
    assert found.standard_error == pytest.approx(told["standard_error"], rel=1e-7)
    assert 100 * found.i_squared == pytest.approx(told["i_squared"], rel=1e-7)
    assert found.h_squared == pytest.approx(told["h_squared"], rel=1e-6)
    assert [each.weight for each in found.estimates] == pytest.approx(told["weights"], rel=1e-6)
    assert [each.estimate for each in found.leave_one_out] == pytest.approx(told["left_out"], rel=1e-4)
    assert found.q == pytest.approx(R["meta"]["common"]["q"], rel=1e-10)
    assert found.common_estimate == pytest.approx(R["meta"]["common"]["estimate"], rel=1e-10)
    assert found.common_error == pytest.approx(R["meta"]["common"]["standard_error"], rel=1e-10)
    forest, tests, *_ = sheets(found)
    rows, knapp = {row[0]: row[1:] for row in forest.rows}, told["hartung_knapp"]
    wanted = [told["estimate"], knapp["standard_error"], knapp["low"], knapp["high"]]
    assert rows[HARTUNG_KNAPP][:4] == pytest.approx(wanted, rel=1e-6)
    assert rows[PREDICTION][2:4] == pytest.approx(told["prediction"], rel=1e-6)
    by_student = next(row for row in tests.rows if "Hartung" in row[0][1])
    assert by_student[1] == pytest.approx(knapp["statistic"], rel=1e-6)
    assert by_student[-1] == pytest.approx(knapp["p_value"], rel=1e-6)


def test_the_area_under_hanley_and_mcneils_ratings_as_proc_has_it() -> None:
    told = R["roc"]
    cells = Cells((0.2, 0.4, 0.6, 0.8), events=tuple(told["events"]), others=tuple(told["others"]))
    found = discrimination(cells)
    assert found.auc.value == pytest.approx(told["auc"], rel=1e-12)
    assert round(found.auc.value, 3) == 0.893  # as the paper prints it
    assert found.auc_standard_error == pytest.approx(told["standard_error"], rel=1e-12)
    assert (found.auc.low, found.auc.high) == pytest.approx((told["low"], told["high"]), rel=1e-12)


@cache
def study_of(name: str) -> PublicStudy:
    return public_study(name)


@pytest.mark.parametrize("name", ["whas500", "GBSG2", "veteran"])
def test_curves_means_and_rank_tests_as_survival_has_them(name: str) -> None:
    study, told = study_of(name), R["survival"][name]
    days = study.days.astype(int)
    steps = sorted({*days.tolist(), int(told["until"])})
    spec = survival_spec(
        death(int(days.max())), steps, sites=3, masked=True, restricted_mean_days=int(told["until"])
    )
    cuts = [len(days) // 4, len(days) // 2]
    answer = run_fixed_point(spec, split(study.columns, cuts))
    assert isinstance(answer, SurvivalCurves)
    (curve,) = answer.curves
    at = [answer.steps.index(max(step for step in steps if step <= day)) for day in told["days"]]
    for mine, theirs in ((curve.survival, "survival"), (curve.low, "low"), (curve.high, "high")):
        assert [mine[place] for place in at] == pytest.approx(told[theirs], rel=1e-9)
    assert curve.quantiles[0].day == told["median"]
    assert curve.restricted_mean is not None
    assert curve.restricted_mean.days == pytest.approx(told["restricted_mean"], rel=1e-9)
    assert curve.restricted_mean.standard_error == pytest.approx(told["restricted_mean_error"], rel=1e-7)
    for weights, rho, wanted in (("logrank", None, "logrank"), ("fleming-harrington", 1.0, "rho_1")):
        given = {"group": "group", "weights": weights} | ({} if rho is None else {"rho": rho})
        spec = survival_spec(death(int(days.max())), steps, sites=3, variables=[flag("group")], **given)
        found = run_fixed_point(spec, split(study.columns, cuts))
        assert isinstance(found, SurvivalCurves)
        assert found.test is not None
        assert found.test.statistic == pytest.approx(told[wanted], rel=1e-7)


@pytest.mark.parametrize("asked", ["efron", "breslow", "hospitals"])
@pytest.mark.parametrize("name", STUDIES)
def test_cox_regressions_as_survival_has_them(name: str, asked: str) -> None:
    study, told = study_of(name), R["survival"][name][asked]
    hospitals = 4 if asked == "hospitals" else 1
    rows = np.arange(len(study.days)) % hospitals
    tables = [
        table_of({column: values[rows == at] for column, values in study.columns.items()})
        for at in range(hospitals)
    ]
    for transform in ("identity", "log"):
        spec = cox_spec(
            death(int(study.days.max())),
            study.variables,
            sites=hospitals,
            masked=hospitals > 1,
            ties="breslow" if asked == "breslow" else "efron",
            robust=True,
            time_transform=transform,
        )
        answer = (run_fixed_point if hospitals > 1 else run_in_clear)(spec, tables)
        assert isinstance(answer, CoxFit)
        tests = answer.proportional_hazards
        assert tests is not None
        found = [each.statistic for each in (*tests.score, tests.all_terms)]
        assert found == pytest.approx(told[f"zph_{transform}"], rel=1e-5)
    assert answer.coefficients == pytest.approx(told["coefficients"], rel=1e-6)
    assert answer.standard_errors == pytest.approx(told["standard_errors"], rel=1e-6)
    assert answer.robust_errors == pytest.approx(told["robust"], rel=1e-6)
    assert answer.log_likelihood == pytest.approx(told["log_likelihood"], rel=1e-9)
    assert answer.null_log_likelihood == pytest.approx(told["null_log_likelihood"], rel=1e-9)
    assert answer.wald.statistic == pytest.approx(told["wald"], rel=1e-6)
    assert answer.score.statistic == pytest.approx(told["score"], rel=1e-6)


def _pima(name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    columns = pima()
    if name == "pima":
        terms = ("pregnant", "glucose", "mass", "pedigree", "age")
        variables = [flag("diabetes"), *(number(each, 0, 300) for each in terms)]
        return variables, columns, {"family": "binomial", "without": (("age",), ("mass", "pedigree"))}
    if name == "pima_counts":
        variables = [number("pregnant", 0, 20), number("mass", 0, 100), number("glucose", 0, 300)]
        given = {"family": "poisson", "offset": "log_age", "terms": ("mass", "glucose")}
        return [*variables, number("log_age", 0, 5)], columns | {"log_age": np.log(columns["age"])}, given
    variables = [number("pressure", 0, 150), number("age", 0, 100), number("mass", 0, 100)]
    given = {"family": "gaussian", "weights": "pedigree", "terms": ("age", "mass")}
    return [*variables, number("pedigree", 0, 3)], columns, given


@pytest.mark.parametrize("robust", ["HC0", "HC1", "HC3"])
@pytest.mark.parametrize("name", ["pima", "pima_counts", "pima_weights", "support2_gamma"])
def test_regressions_as_glm_and_sandwich_have_them(name: str, robust: str) -> None:
    told = R["glm"][name]
    if name == "support2_gamma":
        variables = [number("slos", 1, 400), number("age", 18, 110), flag("male"), number("meanbp", 1, 300)]
        columns, given, cuts = support(), {"family": "gamma", "link": "log"}, [2000, 2500]
    else:
        variables, columns, given = _pima(name)
        cuts = [100, 500]
    spec = glm_spec(variables, sites=3, masked=True, robust=robust, **given)
    names = [each.name for each in variables]
    answer = run_fixed_point(spec, split({each: columns[each] for each in names}, cuts))
    assert isinstance(answer, ModelFit)
    assert answer.coefficients == pytest.approx(told["coefficients"], rel=1e-7)
    assert answer.standard_errors == pytest.approx(told["standard_errors"], rel=1e-7)
    assert answer.robust_standard_errors == pytest.approx(told[robust], rel=1e-7)
    for mine, theirs in (
        (answer.dispersion, "dispersion"),
        (answer.deviance, "deviance"),
        (answer.null_deviance, "null_deviance"),
        (answer.log_likelihood, "log_likelihood"),
        (answer.residual_dof, "residual_dof"),
    ):
        assert mine == pytest.approx(told[theirs], rel=1e-8)
    assert [each.statistic for each in answer.tests] == pytest.approx(told.get("lrt", []), rel=1e-8)
