"""A meta-analysis as sheets."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import MetaAnalysis

_SITE = Column("site", ("기관", "Hospital"))
_ESTIMATE = Column("estimate", ("추정값", "Estimate"))
_ERROR = Column("standard_error", ("표준오차", "Standard error"))
_TAU = Column("tau_squared", ("기관 간 분산(tau²)", "Variance between hospitals (tau²)"))


def sheets(result: MetaAnalysis) -> tuple[Sheet, ...]:
    """Hospitals' own estimates, the pooled numbers, and these without each hospital."""
    return _estimates(result), _facts(result), _left_out(result)


def _estimates(result: MetaAnalysis) -> Sheet:
    columns = (_SITE, _ESTIMATE, _ERROR, Column("weight", ("비중", "Weight")))
    rows = tuple((each.site, each.estimate, each.standard_error, each.weight) for each in result.estimates)
    title = ("기관별 추정값(기관별 수치 공개)", "Hospitals' own estimates (site-visible)")
    return Sheet("estimates", title, columns, rows)


def _left_out(result: MetaAnalysis) -> Sheet:
    rows = tuple(
        (each.site, each.estimate, each.standard_error, each.tau_squared) for each in result.leave_one_out
    )
    title = ("한 기관씩 뺀 결과", "With one hospital left out")
    return Sheet("leave_one_out", title, (_SITE, _ESTIMATE, _ERROR, _TAU), rows)


def _facts(result: MetaAnalysis) -> Sheet:
    facts: dict[str, tuple[str, Value]] = {
        "term": ("항 / Term", result.term),
        "family": ("분포 / Family", result.family),
        "link": ("연결 함수 / Link", result.link),
        "n": ("인원 / Persons", result.n),
        "heterogeneity": ("기관 간 분산의 추정법 / Method for tau²", result.heterogeneity),
        "estimate": ("합친 추정값 / Pooled estimate", result.estimate),
        "standard_error": ("표준오차 / Standard error", result.standard_error),
        "knapp_hartung_error": (
            "표준오차(하르퉁-크납) / Standard error (Hartung-Knapp)",
            result.knapp_hartung_error,
        ),
        "tau_squared": ("기관 간 분산(tau²) / Variance between hospitals (tau²)", result.tau_squared),
        "q": ("이질성 Q / Heterogeneity Q", result.q),
        "q_dof": ("Q의 자유도 / Degrees of freedom of Q", result.q_dof),
        "i_squared": ("I²", result.i_squared),
        "h_squared": ("H²", result.h_squared),
        "common_estimate": ("공통 효과의 추정값 / Common-effect estimate", result.common_estimate),
        "common_error": ("공통 효과의 표준오차 / Its standard error", result.common_error),
    }
    columns = (
        Column("fact", ("이름", "Name")),
        Column("what", ("뜻", "What it is")),
        Column("value", ("값", "Value")),
    )
    rows = tuple((name, what, value) for name, (what, value) in facts.items())
    return Sheet("pooled", ("합친 결과", "Pooled"), columns, rows)
