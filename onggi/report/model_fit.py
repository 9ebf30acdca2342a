"""How a fitted regression is told: coefficients with tests and intervals, the fit, the covariance."""

from __future__ import annotations

import math
from typing import Final

from onggi.probability import both_tails_quantile, normal_both_tails, student_both_tails
from onggi.report.figure import Axis, Figure, Guide, Panel, Points
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.spec.results import ModelFit

CONFIDENCE_TAILS: Final = 0.05
_ESTIMATED_DISPERSION: Final = ("gaussian", "gamma")

_NAMES: Final[dict[str, Pair]] = {
    "gaussian": ("정규분포", "gaussian"),
    "binomial": ("이항분포", "binomial"),
    "poisson": ("포아송분포", "poisson"),
    "gamma": ("감마분포", "gamma"),
    "identity": ("항등", "identity"),
    "logit": ("로짓", "logit"),
    "log": ("로그", "log"),
}
_INTERCEPTS: Final = ("(intercept)", "intercept")
_SCALES: Final[dict[str, Pair]] = {
    "logit": ("계수(로그 오즈비)", "Coefficient (log odds ratio)"),
    "log": ("계수(로그 비)", "Coefficient (log ratio)"),
}
_TITLE: Final[Pair] = ("계수와 95% 신뢰구간", "Coefficients with 95% intervals")
_MOST_TOLD: Final = 12

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
)


def sheets(result: ModelFit) -> tuple[Sheet, ...]:
    """Wald tests and intervals as R's ``summary.glm`` and ``confint.default`` have them.

    Where the dispersion is estimated (gaussian, gamma) the statistic is Student's t with the residual degrees
    of freedom, otherwise the standard normal.
    """
    return (
        Sheet("coefficients", ("계수", "Coefficients"), _COEFFICIENTS, coefficient_rows(result)),
        Sheet(
            "fit",
            ("모형 적합", "Fit"),
            _FACTS,
            (tuple(_fact(getattr(result, column.name)) for column in _FACTS),),
            is_upright=True,
        ),
        Sheet(
            "covariance",
            ("계수의 공분산", "Covariance of the coefficients"),
            (TERM, *(Column(term, (term, term)) for term in result.terms)),
            tuple((term, *row) for term, row in zip(result.terms, result.covariance, strict=True)),
            is_detail=True,
        ),
    )


def _fact(value: Value) -> Value:
    return _named(value) if isinstance(value, str) else value


def _named(name: str) -> Pair:
    """A family or a link; one that has no words here reads as it stands."""
    return _NAMES.get(name, (name, name))


def figure(result: ModelFit) -> Figure | None:
    """A point and its interval for each term but the intercept, whose size says nothing beside the others."""
    rows = [_drawn(row) for row in coefficient_rows(result) if row[0] not in _INTERCEPTS]
    shown = [row for row in rows if all(map(math.isfinite, row[1:]))]
    if not shown:
        return None
    axis = _SCALES.get(result.link, ("계수", "Coefficient"))
    names, ats, lows, highs = zip(*shown, strict=True)
    points = Points(axis, ats, tuple(map(float, range(len(shown)))), lows, highs)
    panel = Panel(Axis(axis), Axis(TERM.title, names=names), (Guide("x", 0.0), points))
    return Figure(_TITLE, _told(shown), (panel,))


def _drawn(row: tuple[Value, ...]) -> tuple[str, float, float, float]:
    term, at, _, _, _, low, high = row
    if not (isinstance(at, float) and isinstance(low, float) and isinstance(high, float)):
        raise TypeError("coefficients and bounds are numbers")
    return str(term), at, low, high


def _told(shown: list[tuple[str, float, float, float]]) -> Pair:
    listed = "; ".join(
        f"{name} {at:.4g} ({low:.4g}, {high:.4g})" for name, at, low, high in shown[:_MOST_TOLD]
    )
    more = "; …" if len(shown) > _MOST_TOLD else ""
    return (
        f"항마다 계수를 점으로, 95% 신뢰구간을 선으로 나타냅니다. {listed}{more}",
        f"A point for each coefficient, a line for its 95% interval. {listed}{more}",
    )


def methods(result: ModelFit) -> tuple[Pair, ...]:
    """The estimator, its tests and its information criterion, with whose conventions they follow."""
    family, link = _named(result.family), _named(result.link)
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
    if not result.converged:
        told.append(_NOT_CONVERGED)
    return tuple(told)


_NOT_CONVERGED: Final[Pair] = (
    "적합이 수렴하지 않았으므로 수치를 사용해서는 안 됩니다.",
    "The fit did not converge; its numbers must not be used.",
)


def coefficient_rows(result: ModelFit) -> tuple[tuple[Value, ...], ...]:
    """Columns term, coefficient, standard_error, statistic, p_value, low, high."""
    dof = result.residual_dof if result.family in _ESTIMATED_DISPERSION else None
    reach = both_tails_quantile(CONFIDENCE_TAILS, dof=dof)
    terms = zip(result.terms, result.coefficients, result.standard_errors, strict=True)
    return tuple(
        (term, at, error, *_tested(at, error, dof=dof), at - reach * error, at + reach * error)
        for term, at, error in terms
    )


def _tested(at: float, error: float, *, dof: int | None) -> tuple[float | None, float | None]:
    if error == 0:
        return None, None
    statistic = at / error
    if dof is None:
        return statistic, normal_both_tails(statistic)
    return statistic, student_both_tails(statistic, dof=dof)
