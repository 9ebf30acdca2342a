"""How a Cox regression is told: hazard ratios with intervals, tests, and the numbers of the fit."""

from __future__ import annotations

import math
from typing import Final

from onggi.report.figure import Axis, Figure
from onggi.report.forest import Branch, forest_panel, told_branches
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.wald import wald_interval, wald_test
from onggi.spec.results import CoxFit
from onggi.spec.results.cox_fit import ChiSquareTest

_TERM = Column("term", ("항", "Term"))
_TEST = Column("test", ("검정", "Test"))
_CHI_SQUARE = (
    Column("statistic", ("카이제곱", "Chi-square")),
    Column("dof", ("자유도", "Degrees of freedom")),
    Column("p_value", ("p값", "p-value")),
)
_COEFFICIENTS: Final = (
    _TERM,
    Column("coefficient", ("로그 위험비", "Log hazard ratio")),
    Column("hazard_ratio", ("위험비", "Hazard ratio")),
    Column("standard_error", ("표준오차", "Standard error")),
    Column("statistic", ("검정통계량", "Statistic")),
    Column("p_value", ("p값", "p-value")),
    Column("low", ("위험비 95% 신뢰구간 하한", "Hazard ratio, 95% interval, low")),
    Column("high", ("위험비 95% 신뢰구간 상한", "Hazard ratio, 95% interval, high")),
)
_MODEL_ERROR: Final = Column("model_error", ("모형 표준오차", "Standard error of the model"))
_TIES: Final[dict[str, Pair]] = {
    "efron": ("에프론(Efron)", "efron"),
    "breslow": ("브레슬로(Breslow)", "breslow"),
}
_TIES_SOURCE: Final = {"efron": "Efron 1977", "breslow": "Breslow 1974"}
_TRANSFORMS: Final[dict[str, Pair]] = {
    "identity": ("일", "the day"),
    "log": ("일의 로그", "the logarithm of the day"),
}
_LARGEST: Final = 700.0
"""The exponential of more is no number."""


def sheets(result: CoxFit) -> tuple[Sheet, ...]:
    """Every number of the answer. `low` and `high` bound the 95 % interval of the hazard ratio.

    Robust errors, where they were asked for, are the standard errors of tests and intervals; the model's own
    then stand in the last column.
    """
    found = [_coefficients(result), _tests(result)]
    found += [_proportional_hazards(result)] if result.proportional_hazards is not None else []
    return (*found, _facts(result), _covariance(result))


def figure(result: CoxFit) -> Figure | None:
    """Hazard ratios with their intervals; a ratio too large or too small to draw has no place."""
    branches = [
        _branch(*each) for each in zip(result.terms, result.coefficients, _errors(result), strict=True)
    ]
    shown = [each for each in branches if each is not None and each.is_drawn(is_log=True)]
    if not shown:
        return None
    axis = Axis(("위험비(로그 눈금)", "Hazard ratio (log scale)"), is_log=True)
    told: Pair = (
        f"항마다 위험비를 점으로, 95% 신뢰구간을 선으로 나타냅니다. {told_branches(shown, 'ko')}",
        f"A point for each hazard ratio, a line for its 95% interval. {told_branches(shown, 'en')}",
    )
    title: Pair = ("위험비와 95% 신뢰구간", "Hazard ratios with 95% intervals")
    return Figure(title, told, (forest_panel(shown, axis=axis, names=Axis(_TERM.title), nought=1.0),))


def _branch(term: str, at: float, error: float) -> Branch | None:
    found = [ratio(each) for each in (at, *wald_interval(at, error))]
    numbers = [each for each in found if each is not None]
    return Branch(term, *numbers) if len(numbers) == len(found) else None


def methods(result: CoxFit) -> tuple[Pair, ...]:
    """The model, ties, strata, errors, tests, with their sources."""
    source = _TIES_SOURCE[result.ties]
    told: list[Pair] = [
        (
            "콕스 비례위험 회귀를 부분가능도로 적합했으며, 기관마다 기저위험을 따로 두었습니다(Cox 1972).",
            "Cox's regression was fitted by partial likelihood, each hospital being a stratum (Cox 1972).",
        ),
        (
            "모은 자료에 기관을 층으로 둔 R의 coxph와 같은 모형입니다.",
            "It is the model of R's coxph on the pooled rows with hospitals as strata.",
        ),
        (f"동시에 일어난 사건의 처리: {source}.", f"Ties: {source}."),
        (
            f"모든 변수의 값이 있는 사람만 포함했습니다: {result.n:,}명. 사건 수: {result.events:,}.",
            f"Persons with every value were included: n = {result.n:,}, events: {result.events:,}.",
        ),
        (
            "경쟁사건은 중도절단으로 보았습니다.",
            "Competing events count as censored.",
        ),
        (
            "위험비의 95% 신뢰구간과 Wald 검정은 표준정규분포를 따릅니다(R의 summary.coxph와 같음).",
            "Wald tests and 95% intervals use the standard normal distribution (as R's summary.coxph).",
        ),
    ]
    if result.strata:
        names = ", ".join(result.strata)
        told.append((f"기관 안의 층: {names}.", f"Further strata within hospitals: {names}."))
    if result.robust_errors:
        told.append(
            (
                "표준오차는 사람별 강건 추정량입니다(Lin, Wei 1989).",
                "Standard errors are robust ones, by person (Lin, Wei 1989).",
            )
        )
    if result.proportional_hazards is not None:
        at = _TRANSFORMS[result.proportional_hazards.time_transform]
        told += [
            (
                f"비례위험 가정은 점수검정으로 확인했습니다(시간 변환: {at[0]}).",
                f"Proportional hazards were checked by score tests against {at[1]}.",
            ),
            (
                "점수검정은 R의 survival 3.0부터의 cox.zph와 같습니다.",
                "These tests are those of cox.zph since R's survival 3.0.",
            ),
            (
                "척도화 잔차의 검정도 함께 나타냅니다(Grambsch, Therneau 1994).",
                "Tests of scaled residuals stand beside them (Grambsch, Therneau 1994).",
            ),
        ]
    if not result.converged:
        told.append(
            (
                "적합이 수렴하지 않았으므로 수치를 사용해서는 안 됩니다.",
                "The fit did not converge; its numbers must not be used.",
            )
        )
    return tuple(told)


def _coefficients(result: CoxFit) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for term, at, error in zip(result.terms, result.coefficients, _errors(result), strict=True):
        bounds = (ratio(end) for end in wald_interval(at, error))
        rows.append((term, at, ratio(at), error, *wald_test(at, error), *bounds))
    title: Pair = ("계수", "Coefficients")
    own = result.standard_errors
    if len(own) != len(rows):
        raise ValueError("a term without its standard error")
    if not result.robust_errors:
        return Sheet("coefficients", title, _COEFFICIENTS, tuple(rows))
    told = tuple((*row, error) for row, error in zip(rows, own, strict=True))
    title = ("계수(강건 표준오차)", "Coefficients (robust standard errors)")
    return Sheet("coefficients", title, (*_COEFFICIENTS, _MODEL_ERROR), told)


def _errors(result: CoxFit) -> tuple[float, ...]:
    return result.robust_errors or result.standard_errors


def ratio(coefficient: float) -> float | None:
    """The hazard ratio, or None where it is too large to write down."""
    return math.exp(coefficient) if coefficient < _LARGEST else None


def _covariance(result: CoxFit) -> Sheet:
    columns = (_TERM, *(Column(term, (term, term)) for term in result.terms))
    rows: list[tuple[Value, ...]] = [
        (term, *row) for term, row in zip(result.terms, result.covariance, strict=True)
    ]
    title: Pair = ("계수의 공분산", "Covariance of the coefficients")
    return Sheet("covariance", title, columns, tuple(rows), is_detail=True)


def _tests(result: CoxFit) -> Sheet:
    rows: tuple[tuple[Value, ...], ...] = (
        (("우도비", "likelihood_ratio"), *_row(result.likelihood_ratio)),
        (("왈드(Wald)", "wald"), *_row(result.wald)),
        (("점수", "score"), *_row(result.score)),
    )
    return Sheet("tests", ("모형 전체의 검정", "Tests of all terms"), (_TEST, *_CHI_SQUARE), rows)


def _proportional_hazards(result: CoxFit) -> Sheet:
    tests = result.proportional_hazards
    assert tests is not None
    rows: list[tuple[Value, ...]] = [
        (term, kind, *_row(each))
        for kind, told in (
            (("점수", "score"), tests.score),
            (("척도화 잔차", "scaled_residuals"), tests.scaled_residuals),
        )
        for term, each in zip(result.terms, told, strict=True)
    ]
    rows.append((("모든 항", "all_terms"), ("점수", "score"), *_row(tests.all_terms)))
    at = _TRANSFORMS[tests.time_transform]
    return Sheet(
        "proportional_hazards",
        (f"비례위험 검정(시간 변환: {at[0]})", f"Tests of proportional hazards against {at[1]}"),
        (_TERM, _TEST, *_CHI_SQUARE),
        tuple(rows),
    )


def _row(test: ChiSquareTest) -> tuple[float, int, float]:
    return test.statistic, test.dof, test.p_value


def _facts(result: CoxFit) -> Sheet:
    columns = (
        Column("n", ("인원", "Persons")),
        Column("events", ("사건", "Events")),
        Column("log_likelihood", ("부분 로그가능도", "Partial log-likelihood")),
        Column("null_log_likelihood", ("부분 로그가능도(계수 0)", "Partial log-likelihood at zero")),
        Column("iterations", ("반복 횟수", "Iterations")),
        Column("converged", ("수렴", "Converged")),
        Column("ties", ("동시 사건 처리", "Ties")),
        Column("strata", ("기관 안의 층", "Strata within hospitals")),
        Column("sites", ("참여 기관 수", "Hospitals")),
        Column("minimum_persons", ("최소 인원", "Minimum persons")),
    )
    row: tuple[Value, ...] = (
        result.n,
        result.events,
        result.log_likelihood,
        result.null_log_likelihood,
        result.iterations,
        result.converged,
        _TIES[result.ties],
        ", ".join(result.strata) or None,
        result.sites,
        result.minimum_persons,
    )
    return Sheet("facts", ("기본 수치", "Facts"), columns, (row,), is_upright=True)
