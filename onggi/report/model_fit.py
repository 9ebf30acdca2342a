"""How a fitted regression is told: coefficients with tests and intervals, the fit, the covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from onggi.probability import chi_square_upper_tail
from onggi.report import model_evaluation
from onggi.report.figure import Axis, Figure, Panel, Said
from onggi.report.forest import Branch, forest_panel, told_branches
from onggi.report.regression_words import INTERCEPTS, named_law, scale_words, term_column, term_words
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.wald import wald_interval, wald_test
from onggi.spec.kinds.glm import Robust
from onggi.spec.results import ModelFit

_ESTIMATED_DISPERSION: Final = ("gaussian", "gamma")
_APPARENT: Final[Pair] = ("겉보기 성능: 모형을 적합한 자료", "apparent: the data that it was fitted to")
_TITLE: Final[Pair] = ("계수와 95% 신뢰구간", "Coefficients with 95% intervals")
_ROBUST: Final[dict[Robust, Pair]] = {
    "HC0": ("White 1980", "White 1980"),
    "HC1": ("White 1980의 n/잔차 자유도배", "White 1980 times n / residual degrees of freedom"),
    "HC3": ("MacKinnon, White 1985", "MacKinnon, White 1985"),
}

TERM = Column("term", ("항", "Term"))
_COEFFICIENTS: Final = (
    TERM,
    Column("coefficient", ("계수", "Coefficient")),
    Column("standard_error", ("표준오차", "Standard error")),
    Column("statistic", ("검정통계량", "Statistic")),
    Column("p_value", ("p값", "p value")),
    Column("low", ("95% 신뢰구간 하한", "95% interval, low")),
    Column("high", ("95% 신뢰구간 상한", "95% interval, high")),
)
_MODEL_ERROR: Final = Column("model_error", ("모형 표준오차", "Standard error of the model"))
_TESTS: Final = (
    Column("without", ("제외한 항", "Terms left out")),
    Column("deviance", ("이탈도", "Deviance")),
    Column("statistic", ("카이제곱", "Chi-square")),
    Column("dof", ("자유도", "Degrees of freedom")),
    Column("p_value", ("p값", "p value")),
)
_FACTS: Final = (
    Column("family", ("분포", "Family")),
    Column("link", ("연결 함수", "Link")),
    Column("n", ("인원", "Persons")),
    Column("events", ("사건 수", "Events")),
    Column("residual_dof", ("잔차 자유도", "Residual degrees of freedom")),
    Column("dispersion", ("산포 모수", "Dispersion")),
    Column("deviance", ("이탈도", "Deviance")),
    Column("null_deviance", ("영모형 이탈도", "Null deviance")),
    Column("log_likelihood", ("로그가능도", "Log-likelihood")),
    Column("aic", ("AIC(아카이케 정보기준)", "AIC (Akaike's information criterion)")),
    Column("iterations", ("반복 횟수", "Iterations")),
    Column("converged", ("수렴", "Converged")),
    Column("weights", ("가중치 변수", "Prior weights")),
    Column("site_intercepts", ("기관별 절편의 수", "Hospitals' own intercepts")),
    Column("robust", ("강건 표준오차", "Robust standard errors")),
)


def sheets(result: ModelFit) -> tuple[Sheet, ...]:
    """Wald tests and intervals as R's ``summary.glm`` and ``confint.default`` have them.

    Where the dispersion is estimated (gaussian, gamma) the statistic is Student's t with the residual degrees
    of freedom, otherwise the standard normal. Robust errors, where they were asked for, are the standard
    errors of tests and intervals; the model's own then stand in the last column.
    """
    found = [
        _coefficients(result),
        Sheet(
            "fit",
            ("모형 적합", "Fit"),
            _FACTS,
            (tuple(_fact(column.name, getattr(result, column.name)) for column in _FACTS),),
            is_upright=True,
        ),
    ]
    if result.tests:
        title: Pair = ("항을 뺀 모형의 우도비 검정", "Likelihood-ratio tests of smaller models")
        found.append(Sheet("tests", title, _TESTS, _test_rows(result)))
    found.append(
        _covariance(
            result, "covariance", ("계수의 공분산", "Covariance of the coefficients"), result.covariance
        )
    )
    if result.robust:
        title = ("계수의 강건 공분산", "Robust covariance of the coefficients")
        found.append(_covariance(result, "robust_covariance", title, result.robust_covariance))
    return (*found, *_apparent_sheets(result))


def _apparent_sheets(result: ModelFit) -> tuple[Sheet, ...]:
    """The evaluation's own sheets, each of which says that the model was fitted to these persons."""
    if result.evaluation is None:
        return ()
    return tuple(
        replace(sheet, name=f"apparent_{sheet.name}", title=_apparent(sheet.title))
        for sheet in model_evaluation.sheets(result.evaluation)
    )


def _apparent(title: Pair) -> Pair:
    return f"{title[0]}({_APPARENT[0]})", f"{title[1]} ({_APPARENT[1]})"


def _coefficients(result: ModelFit) -> Sheet:
    title: Pair = ("계수", "Coefficients")
    rows = coefficient_rows(result)
    if not result.robust:
        return Sheet("coefficients", title, _COEFFICIENTS, rows)
    told = tuple((*row, own) for row, own in zip(rows, result.standard_errors, strict=True))
    title = (f"계수(강건 표준오차 {result.robust})", f"Coefficients ({result.robust} standard errors)")
    return Sheet("coefficients", title, (*_COEFFICIENTS, _MODEL_ERROR), told)


def _test_rows(result: ModelFit) -> tuple[tuple[Value, ...], ...]:
    return tuple(
        (
            ", ".join(each.without),
            each.deviance,
            each.statistic,
            each.dof,
            chi_square_upper_tail(each.statistic, dof=each.dof),
        )
        for each in result.tests
    )


def _covariance(result: ModelFit, name: str, title: Pair, matrix: Sequence[Sequence[float]]) -> Sheet:
    columns = (TERM, *map(term_column, result.terms))
    rows: list[tuple[Value, ...]] = [
        (term_words(term), *row) for term, row in zip(result.terms, matrix, strict=True)
    ]
    return Sheet(name, title, columns, tuple(rows), is_detail=True)


def _fact(name: str, value: Value) -> Value:
    if name == "site_intercepts":
        return value or None
    return named_law(value) if name in ("family", "link") and isinstance(value, str) else value


def figure(result: ModelFit) -> Figure | None:
    """A point and its interval for each term but the intercept, whose size says nothing beside the others.

    Below them calibration and ROC curve, where the fitted model was evaluated.
    """
    branches = [
        Branch(term, at, *wald_interval(at, error, dof=_dof(result)))
        for term, at, error in zip(result.terms, result.coefficients, _errors(result), strict=True)
        if term not in INTERCEPTS
    ]
    shown = [each for each in branches if each.is_drawn()]
    if not shown:
        return None
    axis = Axis(scale_words(result.link))
    told: Pair = (
        f"항마다 계수를 점으로, 95% 신뢰구간을 선으로 나타냅니다. {told_branches(shown, 'ko')}",
        f"A point for each coefficient, a line for its 95% interval. {told_branches(shown, 'en')}",
    )
    forest = forest_panel(shown, axis=axis, names=Axis(TERM.title), nought=0.0)
    if result.evaluation is None:
        return Figure(_TITLE, told, (forest,))
    evaluated = model_evaluation.figure(result.evaluation)
    ko, en = _apparent(evaluated.told)
    panels = tuple(replace(panel, title=_apparent_panel(panel)) for panel in evaluated.panels)
    return Figure(_TITLE, (f"{told[0]} {ko}", f"{told[1]} {en}"), (replace(forest, title=_TITLE), *panels))


def _apparent_panel(panel: Panel) -> Said:
    return panel.title if isinstance(panel.title, str) else _apparent(panel.title)


def methods(result: ModelFit) -> tuple[Pair, ...]:
    """The estimator, its tests and its information criterion, with whose conventions they follow."""
    family, link = named_law(result.family), named_law(result.link)
    law: Pair = ("표준정규분포", "the standard normal distribution")
    if result.family in _ESTIMATED_DISPERSION:
        law = ("잔차 자유도의 t분포", "Student's t with the residual degrees of freedom")
    told: list[Pair] = [
        (
            f"일반화선형모형을 최대우도법으로 적합했습니다(분포: {family[0]}, 연결 함수: {link[0]}).",
            f"A generalised linear model was fitted by maximum likelihood ({family[1]}, {link[1]}).",
        ),
        (
            "합산된 반복가중최소제곱식의 해는 모은 자료의 해와 같습니다(Nelder, Wedderburn 1972).",
            "Sums of iteratively reweighted least squares give the pooled fit (Nelder, Wedderburn 1972).",
        ),
        (
            f"모든 변수의 값이 있는 사람만 포함했습니다: {result.n:,}명.",
            f"Persons with every value were included: n = {result.n:,}.",
        ),
        (
            f"Wald 검정과 95% 신뢰구간의 기준: {law[0]}(R의 summary.glm, confint.default와 같음).",
            f"Wald tests and 95% intervals use {law[1]} (as R's summary.glm and confint.default).",
        ),
        (
            "AIC는 -2 × 로그가능도 + 2 × 계수의 수입니다(statsmodels GLM과 같음).",
            "AIC is -2 log-likelihood + 2 times the number of coefficients (as statsmodels' GLM).",
        ),
    ]
    if result.events is not None:
        told.insert(3, (f"사건 수: {result.events:,}.", f"Events: {result.events:,}."))
    told += _further_methods(result)
    if result.evaluation is not None:
        told += [_IS_APPARENT, *model_evaluation.methods(result.evaluation)[2:]]
    if not result.converged:
        told.append(_NOT_CONVERGED)
    return tuple(told)


def _further_methods(result: ModelFit) -> list[Pair]:
    """Weights, hospitals' intercepts, robust errors and tests, each where it was asked for."""
    told: list[Pair] = []
    if result.weights:
        told += [
            (f"사전 가중치 변수: {result.weights}.", f"Prior weights: {result.weights}."),
            (
                "자유도는 가중치가 아닌 사람 수로 셉니다(R의 glm과 같음).",
                "Degrees of freedom count persons, not weights (as R's glm).",
            ),
        ]
    if result.site_intercepts:
        told += [
            (
                "기관마다 따로 둔 절편은 프로파일 가능도로 소거했으며 누구에게도 공개되지 않았습니다.",
                "Each hospital has its own intercept, eliminated by the profile likelihood and not revealed.",
            ),
            (
                f"기관별 절편의 수: {result.site_intercepts}.",
                f"Hospitals' intercepts: {result.site_intercepts}.",
            ),
        ]
    if result.robust:
        ko, en = _ROBUST[result.robust]
        told.append(
            (
                f"표준오차: 강건 샌드위치 추정량 {result.robust}({ko}; R의 sandwich::vcovHC와 같음).",
                f"Standard errors: sandwich {result.robust} ({en}; as R's sandwich::vcovHC).",
            )
        )
    if result.tests:
        told += [
            (
                "몇 항을 뺀 모형은 우도비로 검정했습니다(R의 anova, test=LRT와 같음).",
                "Models without some terms were held against the whole one (as R's anova, test=LRT).",
            ),
            (
                "통계량은 이탈도의 차이를 전체 모형의 산포 모수로 나눈 값이며 카이제곱분포를 따릅니다.",
                "Chi-square is the difference of deviances over the whole model's dispersion.",
            ),
        ]
    return told


_IS_APPARENT: Final[Pair] = (
    "판별과 보정은 모형을 적합한 바로 그 사람들의 겉보기 성능이며, 다른 사람에서는 더 낮을 수 있습니다.",
    "Discrimination and calibration are apparent (in the persons fitted to); in others they may be worse.",
)
_NOT_CONVERGED: Final[Pair] = (
    "적합이 수렴하지 않았으므로 수치를 사용해서는 안 됩니다.",
    "The fit did not converge; its numbers must not be used.",
)


def coefficient_rows(result: ModelFit) -> tuple[tuple[Value, ...], ...]:
    """Columns term, coefficient, standard_error, statistic, p_value, low, high."""
    dof = _dof(result)
    return tuple(
        (term_words(term), at, error, *wald_test(at, error, dof=dof), *wald_interval(at, error, dof=dof))
        for term, at, error in zip(result.terms, result.coefficients, _errors(result), strict=True)
    )


def _dof(result: ModelFit) -> int | None:
    return result.residual_dof if result.family in _ESTIMATED_DISPERSION else None


def _errors(result: ModelFit) -> tuple[float, ...]:
    """The robust ones where they were asked for. Raises ValueError where they are there and were not."""
    if result.robust:
        return result.robust_standard_errors
    if result.robust_standard_errors or result.robust_covariance:
        raise ValueError("robust errors that do not say how they were formed")
    return result.standard_errors
