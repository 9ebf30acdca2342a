"""Survival curves as tables: steps, incidences, quantiles, restricted means, and the comparison of groups."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.report.survival_figure import cause_name, group_name
from onggi.report.survival_figure import figure as figure
from onggi.report.survival_methods import RANK_TESTS
from onggi.report.survival_methods import methods as methods
from onggi.spec.results import SurvivalCurves

_GROUP = Column("group", ("집단", "Group"))
_DAY = Column("day", ("일", "Day"))
_ERROR = Column("standard_error", ("표준오차", "Standard error"))
_LOW = Column("low", ("하한", "Low"))
_HIGH = Column("high", ("상한", "High"))


def sheets(result: SurvivalCurves) -> tuple[Sheet, ...]:
    """Every number of the answer. Raises ValueError where it has no curve or no step."""
    if not result.curves or not result.steps:
        raise ValueError("survival without curves")
    found = [_steps(result)]
    found += [_incidences(result), _quantiles(result), _means(result), *_test(result), _facts(result)]
    return tuple(sheet for sheet in found if sheet.rows)


def _steps(result: SurvivalCurves) -> Sheet:
    columns = (
        _GROUP,
        _DAY,
        Column("at_risk", ("위험 인원", "At risk")),
        *(Column(cause, (f"{cause_name(cause)[0]} 인원", f"Persons: {cause}")) for cause in result.causes),
        Column("censored", ("중도절단", "Censored")),
        Column("survival", ("생존율", "Survival")),
        Column("survival_at_least", ("일 단위 추정의 하한", "Least on the days themselves")),
        _ERROR,
        _LOW,
        _HIGH,
        Column("plain_low", ("하한(대칭)", "Low (symmetric)")),
        Column("plain_high", ("상한(대칭)", "High (symmetric)")),
    )
    rows: list[tuple[Value, ...]] = [
        row
        for curve in result.curves
        for row in zip(
            (group_name(curve),) * len(result.steps),
            result.steps,
            curve.at_risk,
            *curve.events,
            curve.censored,
            curve.survival,
            curve.survival_at_least,
            curve.standard_errors,
            curve.low,
            curve.high,
            curve.plain_low,
            curve.plain_high,
            strict=True,
        )
    ]
    return Sheet("survival", ("구간별 생존", "Survival by step"), columns, tuple(rows))


def _incidences(result: SurvivalCurves) -> Sheet:
    columns = (
        _GROUP,
        Column("cause", ("사건", "Event")),
        _DAY,
        Column("incidence", ("누적발생률", "Cumulative incidence")),
        _ERROR,
        _LOW,
        _HIGH,
    )
    rows = [
        (group_name(curve), cause_name(each.cause), *row)
        for curve in result.curves
        for each in curve.incidence
        for row in zip(result.steps, each.incidence, each.standard_errors, each.low, each.high, strict=True)
    ]
    return Sheet("incidence", ("누적발생률", "Cumulative incidence"), columns, tuple(rows))


def _quantiles(result: SurvivalCurves) -> Sheet:
    columns = (_GROUP, Column("probability", ("비율", "Share")), _DAY, _LOW, _HIGH)
    rows = [
        (group_name(curve), each.probability, each.day, each.low, each.high)
        for curve in result.curves
        for each in curve.quantiles
    ]
    return Sheet("quantiles", ("분위수", "Quantiles"), columns, tuple(rows))


def _means(result: SurvivalCurves) -> Sheet:
    columns = (
        _GROUP,
        Column("until", ("기한(일)", "Until day")),
        Column("days", ("제한평균(일)", "Restricted mean (days)")),
        Column("at_least", ("일 단위 추정의 하한", "Least on the days themselves")),
        _ERROR,
    )
    rows = [
        (group_name(curve), mean.until, mean.days, mean.at_least, mean.standard_error)
        for curve in result.curves
        if (mean := curve.restricted_mean) is not None
    ]
    return Sheet("restricted_mean", ("제한평균 생존시간", "Restricted mean survival"), columns, tuple(rows))


def _test(result: SurvivalCurves) -> tuple[Sheet, ...]:
    if (test := result.test) is None:
        return ()
    groups = (
        _GROUP,
        Column("observed", ("관찰된 사건", "Observed events")),
        Column("expected", ("기대 사건", "Expected events")),
    )
    names = (group_name(curve) for curve in result.curves)
    numbers = (
        Column("weights", ("가중치", "Weights")),
        Column("rho", ("로(rho)", "Rho")),
        Column("strata", ("층", "Strata")),
        Column("statistic", ("카이제곱", "Chi-square")),
        Column("dof", ("자유도", "Degrees of freedom")),
        Column("p_value", ("p값", "p-value")),
    )
    row = (
        RANK_TESTS[test.weights],
        test.rho,
        "; ".join(test.strata) or None,
        test.statistic,
        test.dof,
        test.p_value,
    )
    return (
        Sheet("test", ("집단 비교", "Comparison of groups"), numbers, (row,)),
        Sheet(
            "observed_expected",
            ("관찰과 기대", "Observed and expected"),
            groups,
            tuple(zip(names, test.observed, test.expected, strict=True)),
        ),
    )


def _facts(result: SurvivalCurves) -> Sheet:
    columns = (
        _GROUP,
        Column("n", ("인원", "Persons")),
        Column("beyond", ("마지막 구간까지 관찰된 인원", "Free of it to the end")),
        Column("confidence", ("신뢰수준", "Level of intervals")),
        Column("rounded_to", ("반올림 단위", "Counts rounded to")),
        Column("sites", ("참여 기관 수", "Hospitals")),
        Column("minimum_persons", ("최소 인원", "Minimum persons")),
    )
    shared = (result.confidence, result.rounded_to, result.sites, result.minimum_persons)
    rows = tuple((group_name(curve), curve.n, curve.beyond, *shared) for curve in result.curves)
    return Sheet("facts", ("기본 수치", "Facts"), columns, rows)
