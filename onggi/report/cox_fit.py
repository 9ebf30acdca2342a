"""A Cox regression as tables: coefficients, covariance, tests, and the numbers of the fit."""

from __future__ import annotations

import math

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import CoxFit
from onggi.spec.results.cox_fit import ChiSquareTest

_TERM = Column("term", ("항", "Term"))
_TEST = Column("test", ("검정", "Test"))
_CHI_SQUARE = (
    Column("statistic", ("카이제곱", "Chi-square")),
    Column("dof", ("자유도", "Degrees of freedom")),
    Column("p_value", ("p값", "p-value")),
)


def sheets(result: CoxFit) -> tuple[Sheet, ...]:
    """Every number of the answer."""
    found = [_coefficients(result), _covariance(result), _tests(result)]
    found += [_proportional_hazards(result)] if result.proportional_hazards is not None else []
    return (*found, _facts(result))


def _coefficients(result: CoxFit) -> Sheet:
    columns = (
        _TERM,
        Column("coefficient", ("로그 위험비", "Log hazard ratio")),
        Column("hazard_ratio", ("위험비", "Hazard ratio")),
        Column("standard_error", ("표준오차", "Standard error")),
        Column("robust_error", ("강건 표준오차", "Robust error")),
    )
    robust: tuple[float | None, ...] = result.robust_errors or (None,) * len(result.terms)
    rows: list[tuple[Value, ...]] = [
        (term, at, ratio(at), error, sturdy)
        for term, at, error, sturdy in zip(
            result.terms, result.coefficients, result.standard_errors, robust, strict=True
        )
    ]
    return Sheet("coefficients", ("계수", "Coefficients"), columns, tuple(rows))


def ratio(coefficient: float) -> float | None:
    """The hazard ratio, or None where it is too large to write down."""
    return math.exp(coefficient) if coefficient < 700 else None


def _covariance(result: CoxFit) -> Sheet:
    columns = (_TERM, *(Column(term, (term, term)) for term in result.terms))
    rows: list[tuple[Value, ...]] = [
        (term, *row) for term, row in zip(result.terms, result.covariance, strict=True)
    ]
    return Sheet("covariance", ("공분산", "Covariance"), columns, tuple(rows))


def _tests(result: CoxFit) -> Sheet:
    rows: tuple[tuple[Value, ...], ...] = (
        ("likelihood_ratio", *_row(result.likelihood_ratio)),
        ("wald", *_row(result.wald)),
        ("score", *_row(result.score)),
    )
    return Sheet("tests", ("모형 전체의 검정", "Tests of all terms"), (_TEST, *_CHI_SQUARE), rows)


def _proportional_hazards(result: CoxFit) -> Sheet:
    tests = result.proportional_hazards
    assert tests is not None
    rows: list[tuple[Value, ...]] = [
        (term, kind, *_row(each))
        for kind, told in (("score", tests.score), ("scaled_residuals", tests.scaled_residuals))
        for term, each in zip(result.terms, told, strict=True)
    ]
    rows.append((None, "all_terms", *_row(tests.all_terms)))
    at = f"{tests.time_transform}(day)"
    return Sheet(
        "proportional_hazards",
        (f"비례위험 검정, {at}", f"Tests of proportional hazards against {at}"),
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
        result.ties,
        ", ".join(result.strata),
        result.sites,
        result.minimum_persons,
    )
    return Sheet("facts", ("기본 수치", "Facts"), columns, (row,))
