"""How a meta-analysis is told: the forest of hospitals, pooled values, tests, and one hospital left out."""

from __future__ import annotations

import math
from typing import Final

from onggi.probability import chi_square_upper_tail
from onggi.report.figure import Axis, Figure, Guide, Panel, Points, Said
from onggi.report.forest import Branch, told_branches
from onggi.report.regression_words import named_law, scale_words
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.wald import wald_interval, wald_test
from onggi.spec.kinds.meta import Heterogeneity
from onggi.spec.results import MetaAnalysis

COMMON: Final[Pair] = ("(공통 효과)", "(common effect)")
RANDOM: Final[Pair] = ("(무작위 효과)", "(random effects)")
HARTUNG_KNAPP: Final[Pair] = ("(무작위 효과, 하르퉁-크납)", "(random effects, Hartung-Knapp)")
PREDICTION: Final[Pair] = ("(예측구간)", "(prediction)")
_SOURCES: Final[dict[Heterogeneity, Pair]] = {
    "DL": ("DerSimonian, Laird 1986", "DerSimonian, Laird 1986"),
    "REML": ("제한최대우도, Viechtbauer 2005", "restricted maximum likelihood, Viechtbauer 2005"),
    "PM": ("Paule, Mandel 1982", "Paule, Mandel 1982"),
}
_NUMBERS: Final = (
    Column("estimate", ("추정값", "Estimate")),
    Column("standard_error", ("표준오차", "Standard error")),
    Column("low", ("95% 하한", "95% low")),
    Column("high", ("95% 상한", "95% high")),
)
_TAU: Final = Column("tau_squared", ("기관 간 분산(tau²)", "Variance between hospitals (tau²)"))
_FACTS: Final = (
    Column("term", ("항", "Term")),
    Column("family", ("분포", "Family")),
    Column("link", ("연결 함수", "Link")),
    Column("n", ("인원", "Persons")),
    Column("heterogeneity", ("기관 간 분산의 추정법", "Method for tau²")),
    Column("estimate", ("합친 추정값", "Pooled estimate")),
    Column("standard_error", ("표준오차", "Standard error")),
    Column("knapp_hartung_error", ("표준오차(하르퉁-크납)", "Standard error (Hartung-Knapp)")),
    _TAU,
    Column("q", ("이질성 Q", "Heterogeneity Q")),
    Column("q_dof", ("Q의 자유도", "Degrees of freedom of Q")),
    Column("i_squared", ("I²(비율)", "I² (share)")),
    Column("h_squared", ("H²(비)", "H² (ratio)")),
    Column("common_estimate", ("공통 효과의 추정값", "Common-effect estimate")),
    Column("common_error", ("공통 효과의 표준오차", "Its standard error")),
)


def sheets(result: MetaAnalysis) -> tuple[Sheet, ...]:
    """The forest with the pooled values below it, tests, the pooled numbers, and one hospital left out.

    Hospitals' bounds, those of both effects and of the prediction (Higgins, Thompson and Spiegelhalter 2009)
    are by the normal, as metafor's default; Hartung-Knapp's by Student's t.
    """
    found = (_forest(result), _tests(result), _facts(result), left_out(result))
    return tuple(sheet for sheet in found if sheet.rows)


def _forest(result: MetaAnalysis) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for each in result.estimates:
        if each.estimate is None or each.standard_error is None:
            rows.append((each.site, None, None, None, None, None))
        else:
            rows.append((each.site, *_bounded(each.estimate, each.standard_error), each.weight))
    rows += [
        (COMMON, *_bounded(result.common_estimate, result.common_error), None),
        (RANDOM, *_bounded(result.estimate, result.standard_error), 1.0),
        (HARTUNG_KNAPP, *_bounded(result.estimate, result.knapp_hartung_error, dof=result.q_dof), 1.0),
        (PREDICTION, *_bounded(result.estimate, _prediction_error(result)), None),
    ]
    columns = (Column("site", ("기관", "Hospital")), *_NUMBERS, Column("weight", ("비중", "Weight")))
    title = ("기관별 추정값(기관별 수치 공개)", "Hospitals' own estimates (site-visible)")
    return Sheet("estimates", title, columns, tuple(rows))


def _prediction_error(result: MetaAnalysis) -> float:
    return math.sqrt(result.standard_error * result.standard_error + result.tau_squared)


def _bounded(at: float, error: float, *, dof: int | None = None) -> tuple[float, float, float, float]:
    return at, error, *wald_interval(at, error, dof=dof)


def _tests(result: MetaAnalysis) -> Sheet:
    columns = (
        Column("test", ("검정", "Test")),
        Column("statistic", ("통계량", "Statistic")),
        Column("dof", ("자유도", "Degrees of freedom")),
        Column("p_value", ("p값", "p value")),
    )
    z, z_tail = wald_test(result.estimate, result.standard_error)
    t, t_tail = wald_test(result.estimate, result.knapp_hartung_error, dof=result.q_dof)
    rows: tuple[tuple[Value, ...], ...] = (
        (("z(합친 추정값)", "z"), z, None, z_tail),
        (("t(하르퉁-크납)", "t (Hartung-Knapp)"), t, result.q_dof, t_tail),
        (("Q(이질성)", "Q"), result.q, result.q_dof, chi_square_upper_tail(result.q, dof=result.q_dof)),
    )
    return Sheet("tests", ("검정", "Tests"), columns, rows)


def left_out(result: MetaAnalysis) -> Sheet:
    """The pooled values without each hospital: no row where fewer than three gave an estimate."""
    rows = tuple(
        (each.site, *_bounded(each.estimate, each.standard_error), each.tau_squared)
        for each in result.leave_one_out
    )
    columns = (Column("without", ("제외한 기관", "Without")), *_NUMBERS, _TAU)
    return Sheet("leave_one_out", ("한 기관씩 뺀 결과", "With one hospital left out"), columns, rows)


def _facts(result: MetaAnalysis) -> Sheet:
    words = {"family": named_law(result.family), "link": named_law(result.link)}
    row = tuple(words.get(column.name) or getattr(result, column.name) for column in _FACTS)
    return Sheet("pooled", ("합친 결과", "Pooled"), _FACTS, (row,), is_upright=True)


def figure(result: MetaAnalysis) -> Figure | None:
    """The forest: hospitals by their weights, both effects below them, and the prediction interval.

    A hospital that gave no estimate keeps its row, which says so.
    """
    sites = [
        Branch(each.site, each.estimate, *wald_interval(each.estimate, each.standard_error))
        for each in result.estimates
        if each.estimate is not None and each.standard_error is not None
    ]
    pooled = [
        Branch(COMMON, result.common_estimate, *wald_interval(result.common_estimate, result.common_error)),
        Branch(RANDOM, result.estimate, *wald_interval(result.estimate, result.standard_error)),
        Branch(
            HARTUNG_KNAPP,
            result.estimate,
            *wald_interval(result.estimate, result.knapp_hartung_error, dof=result.q_dof),
        ),
    ]
    prediction = Branch(
        PREDICTION, result.estimate, *wald_interval(result.estimate, _prediction_error(result))
    )
    if not all(each.is_drawn() for each in (*sites, *pooled, prediction)):
        return None
    axis = Axis(scale_words(result.link))
    names = (*_site_names(result), *(each.name for each in (*pooled, prediction)))
    drawn = (
        _hospitals(result, sites),
        _points(("합친 값", "Pooled"), pooled, first=len(result.estimates)),
        _points(("예측구간", "Prediction interval"), [prediction], first=len(names) - 1),
    )
    panel = Panel(axis, Axis(("기관", "Hospital"), names=names), (Guide("x", 0.0), *drawn))
    branches = [*pooled, prediction, *sites]
    told: Pair = (
        f"기관마다 추정값과 95% 신뢰구간, 아래에 합친 값입니다. {told_branches(branches, 'ko')}.",
        f"Hospitals' estimates with 95% intervals, pooled values below. {told_branches(branches, 'en')}.",
    )
    title: Pair = (f"숲 그림: {result.term}", f"Forest plot: {result.term}")
    return Figure(title, told, (panel,))


def _site_names(result: MetaAnalysis) -> list[Said]:
    return [
        each.site
        if each.estimate is not None
        else (f"{each.site} (추정값 없음)", f"{each.site} (no estimate)")
        for each in result.estimates
    ]


def _hospitals(result: MetaAnalysis, sites: list[Branch]) -> Points:
    given = [
        (at, each.weight or 0.0) for at, each in enumerate(result.estimates) if each.estimate is not None
    ]
    return Points(
        ("기관(크기는 비중)", "Hospitals (size by weight)"),
        tuple(each.at for each in sites),
        tuple(float(at) for at, _ in given),
        tuple(each.low for each in sites),
        tuple(each.high for each in sites),
        weights=tuple(weight for _, weight in given),
    )


def _points(label: Pair, branches: list[Branch], *, first: int) -> Points:
    return Points(
        label,
        tuple(each.at for each in branches),
        tuple(float(first + at) for at in range(len(branches))),
        tuple(each.low for each in branches),
        tuple(each.high for each in branches),
    )


def methods(result: MetaAnalysis) -> tuple[Pair, ...]:
    """What each hospital fitted, how the estimates were put together, and that they are shown by name."""
    family, link = named_law(result.family), named_law(result.link)
    source = _SOURCES[result.heterogeneity]
    answered = sum(each.estimate is not None for each in result.estimates)
    return (
        (
            f"기관마다 일반화선형모형을 따로 적합했습니다(분포: {family[0]}, 연결 함수: {link[0]}).",
            f"Each hospital fitted a generalised linear model alone ({family[1]}, {link[1]}).",
        ),
        (
            f"합친 계수: {result.term}. 추정한 기관 수: {answered}. 인원: {result.n:,}명.",
            f"Coefficient: {result.term}. Hospitals with an estimate: {answered}. Persons: {result.n:,}.",
        ),
        (
            "기관별 추정값은 가리지 않고 기관 이름과 함께 공개했습니다.",
            "Hospitals' own estimates are shown in clear, by name.",
        ),
        (
            "무작위 효과 메타분석은 R의 metafor 관례를 따랐습니다(Viechtbauer 2010).",
            "The random-effects meta-analysis follows R's metafor (Viechtbauer 2010).",
        ),
        (
            f"기관 간 분산의 추정법: {source[0]}.",
            f"Variance between hospitals: {source[1]}.",
        ),
        (
            "이질성은 Q, I², H²로 나타냈습니다(Cochran 1954; Higgins, Thompson 2002).",
            "Heterogeneity is told by Q, I² and H² (Cochran 1954; Higgins, Thompson 2002).",
        ),
        (
            "정규분포의 신뢰구간과 함께 t분포의 하르퉁-크납 신뢰구간을 나타냈습니다(Hartung, Knapp 2001).",
            "Beside intervals by the normal stands that of Hartung and Knapp (2001), by Student's t.",
        ),
        (
            "예측구간은 정규분포에 따릅니다(Higgins, Thompson, Spiegelhalter 2009).",
            "The prediction interval is by the normal (Higgins, Thompson, Spiegelhalter 2009).",
        ),
    )
