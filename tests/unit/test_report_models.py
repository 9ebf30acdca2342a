"""What is told of regressions, curves and evaluations is what their tables hold, and no more."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from onggi.errors import NotTrusted, Refused
from onggi.report import (
    cox_fit,
    meta_analysis,
    model_evaluation,
    model_fit,
    regularised_path,
    survival_curves,
)
from onggi.report.figure import Axis, Figure, Guide, Line, Notes, Panel, Points
from onggi.report.scales import scale_of
from onggi.spec.results import ModelEvaluation
from tests.support.answers_to_tell import RESULTS, answer
from tests.support.model_answers import META, PATH, WIDE_FIT, competing_curves, robust_cox

CURVES = competing_curves()
COX: Any = RESULTS["cox of the browser's room"]
EVALUATION: Any = RESULTS["evaluation of the browser's room"]


def drawn(figure: Figure | None, kind: Any, *, panel: int = 0) -> list[Any]:
    assert figure is not None
    return [each for each in figure.panels[panel].drawn if isinstance(each, kind)]


# -- survival ----------------------------------------------------------------------------------------------


def test_curves_begin_at_one_and_hold_each_value_to_the_next_step() -> None:
    lines = drawn(survival_curves.figure(CURVES), Line)
    assert [line.label for line in lines] == ["male", "sex=female"]
    for line, curve in zip(lines, CURVES.curves, strict=True):
        assert line.is_stepped
        assert line.xs == (0, *CURVES.steps)
        assert line.ys == (1, *curve.survival)
    assert lines[0].lows[1:] == CURVES.curves[0].low
    # Nobody had an event in the first step, nobody is left after the last: there is no interval.
    assert CURVES.curves[1].low[0] is CURVES.curves[1].low[2] is None
    assert (lines[1].lows[1], lines[1].highs[1], lines[1].highs[3]) == (1.0, 1.0, 0.0)


def test_numbers_at_risk_stand_below_their_days() -> None:
    figure = survival_curves.figure(CURVES)
    [notes] = drawn(figure, Notes, panel=1)
    assert notes.xs == (0, 365, 1095) * 2
    assert notes.words == ("800", "635", "515", "160", "45", "0")
    assert scale_of(figure.panels[0], "x") == scale_of(figure.panels[1], "x")


def test_of_very_many_steps_only_some_numbers_at_risk_are_written() -> None:
    steps = tuple(range(1, 1001))
    counts = Counts(np.ones((1000, 2)), 500.0)
    curve = curve_of("all", counts, Asked(steps, ("event",), (), None, 0.95))
    many = CURVES.model_copy(update={"steps": steps, "causes": ("event",), "curves": (curve,), "test": None})
    [notes] = drawn(survival_curves.figure(many), Notes, panel=1)
    assert (notes.xs[0], notes.xs[-1]) == (0, 1000)
    assert 5 <= len(notes.xs) <= 10
    assert min(later - earlier for earlier, later in pairwise(notes.xs)) >= 1000 / 9
    assert len(survival_curves.figure(many).panels) == 2


def test_each_kind_of_event_has_its_own_incidences() -> None:
    figure = survival_curves.figure(CURVES)
    assert [panel.title for panel in figure.panels[2:]] == [
        ("누적발생률: 사건", "Cumulative incidence: event"),
        ("누적발생률: 경쟁사건 1", "Cumulative incidence: competing_1"),
    ]
    lines = drawn(figure, Line, panel=3)
    assert [line.ys[1:] for line in lines] == [curve.incidence[1].incidence for curve in CURVES.curves]


def test_survival_names_its_test_strata_and_rounding() -> None:
    said = answer(CURVES).methods()
    for told in ("Fleming", "Strata of the test: sex.", "level 90%", "Aalen and Johansen", "rounded counts"):
        assert told in said
    assert "rank test" not in answer(RESULTS["survival of the browser's room"]).methods()


def test_survival_without_curves_is_no_answer() -> None:
    for wrong in ({"curves": ()}, {"steps": ()}):
        with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
            answer(CURVES.model_copy(update=wrong))


# -- hazard ratios and coefficients ------------------------------------------------------------------------


def test_hazard_ratios_are_drawn_as_the_table_has_them() -> None:
    [points] = drawn(cox_fit.figure(COX), Points)
    frame = answer(COX).to_pandas()
    assert list(points.xs) == frame["hazard_ratio"].tolist()
    assert list(zip(points.lows, points.highs, strict=True)) == list(
        zip(frame["low"], frame["high"], strict=True)
    )
    assert drawn(cox_fit.figure(COX), Guide) == [Guide("x", 1.0)]


def test_a_ratio_that_cannot_be_written_down_is_not_drawn() -> None:
    cox = robust_cox()
    figure = cox_fit.figure(cox)
    assert figure is not None
    assert figure.panels[0].y.names == ("age",)
    for none in (800.0, -800.0):
        nothing = cox.model_copy(update={"coefficients": (none, none)})
        with pytest.raises(Refused, match=r"^client\.nothing_to_draw"):
            answer(nothing).to_svg()


def test_robust_errors_are_those_of_tests_and_intervals() -> None:
    for result, error, own in ((robust_cox(), 0.02, 0.01), (WIDE_FIT, 0.55, 0.5)):
        frame = answer(result).to_pandas()
        assert frame.columns[-1] == "model_error"
        assert (frame.loc[0, "standard_error"], frame.loc[0, "model_error"]) == (error, own)
        assert frame.loc[0, "statistic"] == frame.loc[0, frame.columns[1]] / error
    [points] = drawn(model_fit.figure(WIDE_FIT), Points)
    table = answer(WIDE_FIT).to_pandas().iloc[1:]
    assert (list(points.lows), list(points.highs)) == (table["low"].tolist(), table["high"].tolist())


def test_a_model_tells_all_that_was_asked_of_it() -> None:
    said = answer(WIDE_FIT).methods()
    for told in (
        "Prior weights: weight.",
        "Hospitals' intercepts: 4.",
        "HC1",
        "sandwich::vcovHC",
        "test=LRT",
    ):
        assert told in said
    plain = answer(RESULTS["glm of the browser's room"]).methods()
    assert not [told for told in ("weights", "sandwich", "LRT", "intercept") if told in plain]
    names = [sheet.name for sheet in answer(WIDE_FIT).sheets()]
    assert names == ["coefficients", "fit", "tests", "covariance", "robust_covariance"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"robust": None},
        {"robust_standard_errors": ()},
        {"robust_covariance": ()},
        {"standard_errors": (0.5,)},
    ],
)
def test_robust_errors_without_their_numbers_are_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(WIDE_FIT.model_copy(update=wrong))


def test_a_cox_regression_tells_strata_ties_and_that_it_failed() -> None:
    said = answer(robust_cox()).methods()
    for told in (
        "Breslow 1974",
        "Further strata within hospitals: sex.",
        "Lin, Wei 1989",
        "must not be used",
    ):
        assert told in said
    assert "cox.zph" not in said
    assert "cox.zph" in answer(COX).methods()


def test_a_narrow_log_axis_has_marks_enough() -> None:
    axis = Axis(("수", "Numbers"), is_log=True)
    for low, high in ((1.0, 1.7), (0.97, 1.02), (0.4, 1.1), (0.034, 0.09)):
        panel = Panel(axis, Axis(("수", "Numbers")), (Points("", (low, high), (0.0, 0.0)),))
        scale = scale_of(panel, "x")
        assert 4 <= len(scale.ticks) <= 9
        assert 0 < scale.low <= low < high <= scale.high


# -- evaluations -------------------------------------------------------------------------------------------


def test_calibration_has_a_point_a_group_with_its_interval() -> None:
    everybody = EVALUATION.populations[0]
    empty = everybody.groups[1].model_copy(update={"mean_risk": None, "observed": None})
    groups = (everybody.groups[0], empty, *everybody.groups[2:])
    changed = everybody.model_copy(update={"groups": groups})
    points, men = drawn(model_evaluation.figure(_evaluation(changed, EVALUATION.populations[1])), Points)
    assert (len(points.xs), len(men.xs)) == (3, 4)
    assert points.along == "y"
    assert points.xs[0] == everybody.groups[0].mean_risk
    assert (points.lows[0], points.highs[0]) == (0.6, 0.8)


def _evaluation(*populations: Any) -> ModelEvaluation:
    changed: ModelEvaluation = EVALUATION.model_copy(update={"populations": populations})
    return changed


def test_few_enough_populations_are_drawn_to_be_told_apart() -> None:
    men = EVALUATION.populations[1]
    many = [men.model_copy(update={"name": f"band {at}"}) for at in range(9)]
    found = _evaluation(EVALUATION.populations[0], *many)
    curves = drawn(model_evaluation.figure(found), Line, panel=1)
    assert [curve.label[1] for curve in curves] == [
        *("all (AUC 0.700)", "band 0 (AUC 0.700)", "band 1 (AUC 0.700)", "band 2 (AUC 0.700)"),
        "Chance",
    ]
    assert "parts: 9" in answer(found).methods()


def test_the_decision_curve_leaves_out_boundless_harm() -> None:
    everybody = EVALUATION.populations[0]
    at = everybody.thresholds[0]
    thresholds = tuple(
        at.model_copy(update={"threshold": threshold, "net_benefit": benefit, "net_benefit_all": every})
        for threshold, benefit, every in ((0.25, 0.2, 0.2), (0.5, 0.1, 0.05), (0.75, -0.3, -2.0))
    )
    found = _evaluation(everybody.model_copy(update={"thresholds": thresholds}))
    model, every = drawn(model_evaluation.figure(found), Line, panel=2)
    assert (model.ys, every.ys) == ((0.2, 0.1, -0.3), (0.2, 0.05))
    none = _evaluation(everybody.model_copy(update={"thresholds": ()}))
    assert len(model_evaluation.figure(none).panels) == 2
    assert "net benefit" not in answer(none).methods()


def test_a_model_in_its_own_data_is_told_as_such() -> None:
    assert "from elsewhere" in answer(EVALUATION).methods()
    own = answer(EVALUATION.model_copy(update={"developed_here": True})).methods()
    assert "in which it was developed" in own
    assert "two degrees of freedom less" in own


# -- paths and meta-analyses -------------------------------------------------------------------------------


def test_a_path_draws_the_terms_that_enter_first() -> None:
    figure = regularised_path.figure(PATH)
    lines = drawn(figure, Line)
    assert [line.label for line in lines] == [f"x{at}" for at in range(10)]
    assert lines[3].ys == tuple(own[4] for own in PATH.coefficients)
    assert lines[0].xs == PATH.penalties
    assert figure is not None
    assert "10 of 12" in figure.panels[0].title[1]
    [loss] = drawn(figure, Points, panel=1)
    assert loss.ys == (1.06, 1.01, 1.02)
    assert loss.lows[0] == pytest.approx(1.039)
    assert [guide.at for guide in drawn(figure, Guide, panel=1)] == [0.1, 0.2]


def test_one_penalty_alone_is_drawn_as_points() -> None:
    one = {"penalties": (0.1,), "coefficients": ((-1.0, *(0.1,) * 12),), "nonzero": (12,), "deviance": (9.0,)}
    path = PATH.model_copy(update=one | {"validation": None})
    figure = regularised_path.figure(path)
    assert len(drawn(figure, Points)) == 10
    assert figure is not None
    assert len(figure.panels) == 1
    assert answer(path).to_svg()


def test_a_penalty_may_be_best_and_simplest_at_once() -> None:
    assert PATH.validation is not None
    both = PATH.validation.model_copy(update={"simplest": 1})
    chosen = answer(PATH.model_copy(update={"validation": both})).to_pandas("path")["chosen"]
    assert chosen.iloc[1] == "lambda.min, lambda.1se"
    assert chosen.isna().tolist() == [True, False, True]


@pytest.mark.parametrize("penalties", [(0.05, 0.1, 0.2), (0.2, 0.2, 0.1), (0.2, 0.1, 0.0), (0.2, 0.1)])
def test_penalties_that_do_not_fall_to_a_ratio_are_no_answer(penalties: tuple[float, ...]) -> None:
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(PATH.model_copy(update={"penalties": penalties}))


@pytest.mark.parametrize(("alpha", "told"), [(1.0, "lasso's"), (0.0, "ridge"), (0.5, "mixing: 0.5")])
def test_a_path_names_its_penalty(alpha: float, told: str) -> None:
    assert told in answer(PATH.model_copy(update={"alpha": alpha})).methods()


def test_a_path_of_gamma_outcomes_says_what_its_objective_is() -> None:
    told = answer(PATH.model_copy(update={"family": "gamma", "link": "log", "events": None})).methods()
    assert "Family: gamma, link: log" in told
    assert "half the mean deviance (a dispersion of 1)" in told
    assert "half the mean deviance" not in answer(PATH).methods()


def test_a_forest_has_hospitals_by_weight_then_what_they_amount_to() -> None:
    figure = meta_analysis.figure(META)
    hospitals, pooled, prediction = drawn(figure, Points)
    assert hospitals.xs == (0.5, 0.9, -0.25)
    assert hospitals.ys == (0.0, 2.0, 3.0)
    assert hospitals.weights == (0.5, 0.3, 0.2)
    assert pooled.xs == (0.61, 0.66, 0.66)
    assert prediction.ys == (7.0,)
    assert figure is not None
    assert figure.panels[0].y.names[1] == ("site-b (추정값 없음)", "site-b (no estimate)")
    rows = {row[0]: row[1:] for row in answer(META).rows().cells}
    assert (prediction.lows[0], prediction.highs[0]) == rows["(prediction)"][2:4]
    assert pooled.lows[2] == rows["(random effects, Hartung-Knapp)"][2]


def test_two_hospitals_leave_no_one_out() -> None:
    few = answer(META.model_copy(update={"leave_one_out": ()}))
    assert few.left_out().cells == ()
    assert few.left_out().columns[0] == "without"
    assert "leave_one_out" not in [sheet.name for sheet in few.sheets()]


def test_a_meta_analysis_says_who_is_seen_and_how_spread_was_estimated() -> None:
    said = answer(META).methods()
    for told in ("in clear, by name", "Viechtbauer 2005", "Hospitals with an estimate: 3", "metafor"):
        assert told in said
    assert "DerSimonian" in answer(META.model_copy(update={"heterogeneity": "DL"})).methods()
