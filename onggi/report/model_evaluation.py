"""An evaluation of a prediction model as tables: measures, groups of risk, the ROC curve, and thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from onggi.report.evaluation_figure import figure as figure
from onggi.report.evaluation_figure import population_name
from onggi.report.evaluation_methods import methods as methods
from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import Estimate, EvaluatedPopulation, ModelEvaluation, RiskGroup

_POPULATION = Column("population", ("대상", "Persons"))
_LOW = Column("low", ("95% 하한", "95% low"))
_HIGH = Column("high", ("95% 상한", "95% high"))
_THRESHOLD = Column("threshold", ("기준 위험도", "Threshold"))

MEASURES: Final[dict[str, str]] = {
    "persons": "인원",
    "events": "사건이 있는 사람",
    "auc": "AUC(c-통계량, 위험군 기준)",
    "auc_standard_error": "AUC의 표준오차",
    "auc_least": "위험군을 나누지 않은 AUC의 최솟값",
    "auc_most": "위험군을 나누지 않은 AUC의 최댓값",
    "brier": "브라이어 점수",
    "brier_scaled": "척도화 브라이어 점수",
    "mean_risk": "평균 예측 위험도",
    "expected_observed": "예측/관찰 사건 비",
    "in_the_large": "전체 보정(절편)",
    "calibration_intercept": "보정 절편",
    "calibration_slope": "보정 기울기",
    "recalibration_chi_square": "재보정 카이제곱(자유도 2)",
    "recalibration_p": "재보정 p값",
    "hosmer_lemeshow": "호스머-렘쇼 카이제곱",
    "hosmer_lemeshow_dof": "호스머-렘쇼 자유도",
    "hosmer_lemeshow_p": "호스머-렘쇼 p값",
    "predictor_mean": "선형예측값 평균",
    "predictor_standard_deviation": "선형예측값 표준편차",
}
"""Every single number of a population, in Korean; tables and files hold it under its name in English."""


def sheets(result: ModelEvaluation) -> tuple[Sheet, ...]:
    """Every number of the result. The first column names the population."""
    found = (_measures(result), _groups(result), _roc(result), _thresholds(result))
    return tuple(sheet for sheet in found if sheet.rows)


def measures_of(found: EvaluatedPopulation) -> Iterator[tuple[str, Value, Value, Value]]:
    """(name, value, low, high) of each measure; an interval is None where there is none."""
    auc, calibration = found.discrimination, found.calibration
    numbers: dict[str, Estimate | Value] = {
        "persons": found.persons,
        "events": found.events,
        "auc": auc.auc,
        "auc_standard_error": auc.auc_standard_error,
        "auc_least": auc.auc_least,
        "auc_most": auc.auc_most,
        "brier": found.brier,
        "brier_scaled": found.brier_scaled,
        "mean_risk": calibration.mean_risk,
        "expected_observed": calibration.expected_observed,
        "in_the_large": calibration.in_the_large,
        "calibration_intercept": calibration.intercept,
        "calibration_slope": calibration.slope,
        "recalibration_chi_square": calibration.recalibration_chi_square,
        "recalibration_p": calibration.recalibration_p,
        "hosmer_lemeshow": calibration.hosmer_lemeshow,
        "hosmer_lemeshow_dof": calibration.hosmer_lemeshow_dof,
        "hosmer_lemeshow_p": calibration.hosmer_lemeshow_p,
        "predictor_mean": found.predictor_mean,
        "predictor_standard_deviation": found.predictor_standard_deviation,
    }
    for name, number in numbers.items():
        if isinstance(number, Estimate):
            yield name, number.value, number.low, number.high
        else:
            yield name, number, None, None


def _measures(result: ModelEvaluation) -> Sheet:
    return Sheet(
        "measures",
        ("모형 평가", "Evaluation of the model"),
        (
            _POPULATION,
            Column("measure", ("지표", "Measure")),
            Column("value", ("값", "Value")),
            _LOW,
            _HIGH,
        ),
        tuple(
            (population_name(each), (MEASURES[name], name), *numbers)
            for each in result.populations
            for name, *numbers in measures_of(each)
        ),
    )


def _groups(result: ModelEvaluation) -> Sheet:
    return Sheet(
        "risk_groups",
        ("위험군별 예측과 관찰", "Predicted and observed, by group of risk"),
        (
            _POPULATION,
            Column("from", ("위험도 이상", "Risk from")),
            Column("to", ("위험도 미만", "Risk below")),
            Column("persons", ("인원", "Persons")),
            Column("events", ("사건이 있는 사람", "With the event")),
            Column("mean_risk", ("평균 예측 위험도", "Mean predicted risk")),
            Column("observed", ("관찰된 비율", "Observed share")),
            _LOW,
            _HIGH,
        ),
        tuple(
            (population_name(each), *_group(group)) for each in result.populations for group in each.groups
        ),
    )


def _roc(result: ModelEvaluation) -> Sheet:
    return Sheet(
        "roc",
        ("ROC 곡선", "ROC curve"),
        (
            _POPULATION,
            _THRESHOLD,
            Column("true_positive_rate", ("민감도", "True positive rate")),
            Column("false_positive_rate", ("위양성률", "False positive rate")),
        ),
        tuple(
            (population_name(each), point.threshold, point.true_positive_rate, point.false_positive_rate)
            for each in result.populations
            for point in each.discrimination.roc
        ),
    )


def _thresholds(result: ModelEvaluation) -> Sheet:
    shares = {
        "sensitivity": ("민감도", "Sensitivity"),
        "specificity": ("특이도", "Specificity"),
        "positive_predictive_value": ("양성예측도", "Positive predictive value"),
        "negative_predictive_value": ("음성예측도", "Negative predictive value"),
    }
    columns = [_POPULATION, _THRESHOLD]
    columns += [
        Column("true_positives", ("진양성", "True positives")),
        Column("false_positives", ("위양성", "False positives")),
        Column("true_negatives", ("진음성", "True negatives")),
        Column("false_negatives", ("위음성", "False negatives")),
    ]
    for name, (ko, en) in shares.items():
        columns.append(Column(name, (ko, en)))
        columns.append(Column(f"{name}_low", (f"{ko} 95% 하한", f"{en}, 95% low")))
        columns.append(Column(f"{name}_high", (f"{ko} 95% 상한", f"{en}, 95% high")))
    columns.append(Column("net_benefit", ("순이득", "Net benefit")))
    columns.append(Column("net_benefit_all", ("모두 치료할 때의 순이득", "Net benefit of treating all")))
    rows: list[tuple[Value, ...]] = []
    for each in result.populations:
        for at in each.thresholds:
            row: list[Value] = [population_name(each), at.threshold]
            row += [at.true_positives, at.false_positives, at.true_negatives, at.false_negatives]
            for name in shares:
                row += _interval(getattr(at, name))
            rows.append((*row, at.net_benefit, at.net_benefit_all))
    title = ("기준 위험도별 판정과 순이득", "Classification and net benefit at thresholds")
    return Sheet("thresholds", title, tuple(columns), tuple(rows))


def _group(group: RiskGroup) -> tuple[Value, ...]:
    told = (group.low, group.high, group.persons, group.events, group.mean_risk)
    return (*told, *_interval(group.observed))


def _interval(found: Estimate | None) -> tuple[Value, Value, Value]:
    return (None, None, None) if found is None else (found.value, found.low, found.high)
