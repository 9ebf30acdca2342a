"""Draws survival: stepped curves with their bands, numbers at risk below them, and cumulative incidences."""

from __future__ import annotations

from collections.abc import Sequence

from onggi.report.figure import Axis, Figure, Line, Notes, Panel, Said
from onggi.report.sheet import Pair
from onggi.report.shown_values import said
from onggi.spec.results import SurvivalCurves
from onggi.spec.results.survival_curves import Incidence, SurvivalCurve
from onggi.words.catalogue import Language

EVERYONE: Pair = ("전체", "all")
_DAYS: Pair = ("일", "Days")
_MOST_NOTES = 9
"""So many numbers at risk have room beside each other."""
_MOST_TOLD = 12


def group_name(curve: SurvivalCurve) -> Said:
    """A group's own name; the one of everybody is ours."""
    return EVERYONE if curve.group == EVERYONE[1] else curve.group


def cause_name(cause: str) -> Pair:
    """Events are numbered where others may come first; both names are ours."""
    number = cause.removeprefix("competing_")
    return ("사건" if number == cause else f"경쟁사건 {number}"), cause


def figure(result: SurvivalCurves) -> Figure:
    """Survival of each group, the persons at risk, and each event's incidence where there are several."""
    panels = [_survival(result), _at_risk(result)]
    panels += [_incidence(result, cause) for cause in _causes(result)]
    level = f"{100 * result.confidence:g}%"
    told: Pair = (
        f"집단별 생존율과 {level} 신뢰구간을 구간 끝의 날마다 계단으로 나타냅니다. {_told(result, 'ko')}",
        f"Survival of each group, with {level} intervals, in steps. {_told(result, 'en')}",
    )
    return Figure(("생존 곡선", "Survival curves"), told, tuple(panels))


def _causes(result: SurvivalCurves) -> list[str]:
    return list(dict.fromkeys(each.cause for curve in result.curves for each in curve.incidence))


def _days(result: SurvivalCurves) -> Axis:
    return Axis(_DAYS, low=0.0, high=float(max(result.steps[-1], 1)))


def _survival(result: SurvivalCurves) -> Panel:
    lines = tuple(
        _steps(group_name(curve), result.steps, 1.0, curve.survival, curve.low, curve.high)
        for curve in result.curves
    )
    title: Pair = ("생존율", "Survival")
    return Panel(_days(result), Axis(title, low=0.0, high=1.0), lines, title=title)


def _incidence(result: SurvivalCurves, cause: str) -> Panel:
    lines = tuple(
        _steps(group_name(curve), result.steps, 0.0, each.incidence, each.low, each.high)
        for curve in result.curves
        for each in _of_cause(curve, cause)
    )
    ko, en = cause_name(cause)
    title: Pair = (f"누적발생률: {ko}", f"Cumulative incidence: {en}")
    return Panel(_days(result), Axis(("누적발생률", "Cumulative incidence"), low=0.0), lines, title=title)


def _of_cause(curve: SurvivalCurve, cause: str) -> list[Incidence]:
    return [each for each in curve.incidence if each.cause == cause]


def _steps(
    label: Said,
    days: Sequence[int],
    start: float,
    ys: Sequence[float],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
) -> Line:
    """From `start` on day 0. Where there is no interval the band has no width: nothing of it is seen."""
    return Line(
        label,
        (0.0, *map(float, days)),
        (start, *ys),
        (start, *(at if low is None else low for at, low in zip(ys, lows, strict=True))),
        (start, *(at if high is None else high for at, high in zip(ys, highs, strict=True))),
        is_stepped=True,
    )


def _at_risk(result: SurvivalCurves) -> Panel:
    """Who is at risk when a step begins stands at the end of the step before."""
    days = [0, *result.steps]
    kept = _apart(days)
    xs, ys, words = [], [], []
    for row, curve in enumerate(result.curves):
        persons = (*curve.at_risk, curve.beyond)
        xs += [float(days[at]) for at in kept]
        ys += [float(row)] * len(kept)
        words += [f"{persons[at]:,}" for at in kept]
    names = tuple(map(group_name, result.curves))
    title: Pair = ("위험 인원", "At risk")
    notes = Notes(tuple(xs), tuple(ys), tuple(words))
    return Panel(_days(result), Axis(("집단", "Group"), names=names), (notes,), title=title)


def _apart(days: Sequence[int]) -> list[int]:
    """Places of days far enough from each other for their numbers, the first and the last among them."""
    least = max(days[-1] / _MOST_NOTES, 1)
    kept = [0]
    for at, day in enumerate(days):
        if day - days[kept[-1]] >= least and (days[-1] - day >= least or at == len(days) - 1):
            kept.append(at)
    return kept


def _told(result: SurvivalCurves, language: Language) -> str:
    day = result.steps[-1]
    told = [f"{said(group_name(curve), language)} {_interval(curve)}" for curve in result.curves[:_MOST_TOLD]]
    more = "; …" if len(result.curves) > _MOST_TOLD else ""
    words = f"{day:,}일째 생존율" if language == "ko" else f"Survival at day {day:,}"
    return f"{words}: {'; '.join(told)}{more}."


def _interval(curve: SurvivalCurve) -> str:
    at, low, high = curve.survival[-1], curve.low[-1], curve.high[-1]
    return f"{at:.4g}" if low is None or high is None else f"{at:.4g} ({low:.4g}, {high:.4g})"
