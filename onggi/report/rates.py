"""How rates are told: the groups, their strata where the job has any, and intervals as a forest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from onggi.report.figure import Axis, Figure, Guide, Panel, Points, Said
from onggi.report.sheet import Column, Pair, Sheet, Value
from onggi.report.shown_values import said
from onggi.report.told_numbers import MOST_TOLD, told_estimate, told_group
from onggi.spec.results import Estimate, GroupRate, Rates, StratumRate
from onggi.words.catalogue import Language

_GROUP: Final = Column("group", ("집단", "Group"))
_STRATUM: Final = Column("stratum", ("층", "Stratum"))
_COUNTS = (
    Column("persons", ("인원", "Persons")),
    Column("events", ("사건 수", "Events")),
    Column("person_years", ("인년", "Person-years")),
)
_RATE: Final[Pair] = ("발생률(1,000인년당)", "Rate per 1,000 person-years")
_STANDARDISED: Final[Pair] = ("표준화 발생률", "Standardised rate")
_RATIO: Final[Pair] = ("표준화 발생비", "Observed over expected")
_BESIDE: Final = 0.16
"""How far crude and standardised points lie from the middle of their group's place."""


def sheets(result: Rates) -> tuple[Sheet, ...]:
    """One row a group; and one a stratum of each group, where there are strata."""
    told = [
        *_interval("rate", _RATE),
        *_interval("standardised", _STANDARDISED),
        Column("expected", ("기대 사건 수", "Expected events")),
        *_interval("ratio", _RATIO),
    ]
    rows = tuple((_named(result, each), *_group(each)) for each in result.groups)
    groups = Sheet("rates", ("발생률", "Rates"), (_GROUP, *_COUNTS, *told), rows)
    if not result.stratified_by:
        return (groups,)
    strata = (_GROUP, _STRATUM, *_COUNTS, *_interval("rate", _RATE))
    cells = tuple((_named(result, each), *_stratum(each)) for each in result.strata)
    return (groups, Sheet("rates_by_stratum", ("층별 발생률", "Rates by stratum"), strata, cells))


def _interval(name: str, title: Pair) -> tuple[Column, Column, Column]:
    ko, en = title
    return (
        Column(name, title),
        Column(f"{name}_low", (f"{ko} 95% 하한", f"{en}, 95 % from")),
        Column(f"{name}_high", (f"{ko} 95% 상한", f"{en}, 95 % to")),
    )


def _named(result: Rates, each: GroupRate | StratumRate) -> Said:
    return told_group(each.group, first=result.groups[0].group)


def _group(each: GroupRate) -> tuple[Value, ...]:
    counts = (each.persons, each.events, each.person_years)
    return (*counts, *_told(each.rate), *_told(each.standardised), each.expected, *_told(each.ratio))


def _stratum(each: StratumRate) -> tuple[Value, ...]:
    return (each.stratum, each.persons, each.events, each.person_years, *_told(each.rate))


def _told(estimate: Estimate | None) -> tuple[Value, Value, Value]:
    return (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)


def figure(result: Rates) -> Figure | None:
    """Rates of groups, crude and standardised; observed over expected events; rates of strata."""
    found = [_rates_panel(result), _ratios_panel(result), _strata_panel(result)]
    panels = tuple(panel for panel in found if panel is not None)
    if not panels:
        return None
    title: Pair = (f"발생률: {result.outcome}", f"Rates of {result.outcome}")
    return Figure(title, (_read_out(result, "ko"), _read_out(result, "en")), panels)


def _rates_panel(result: Rates) -> Panel | None:
    shown = [each for each in result.groups if each.rate is not None or each.standardised is not None]
    crude = [(float(at), each.rate) for at, each in enumerate(shown) if each.rate is not None]
    adjusted = [
        (float(at), each.standardised) for at, each in enumerate(shown) if each.standardised is not None
    ]
    beside = _BESIDE if crude and adjusted else 0.0
    series = [
        _points(label, [(at + shift, estimate) for at, estimate in told])
        for label, told, shift in (
            (("조발생률", "Crude rate"), crude, -beside),
            (_STANDARDISED, adjusted, beside),
        )
        if told
    ]
    if not series:
        return None
    names = tuple(_named(result, each) for each in shown)
    return Panel(Axis(_RATE, low=0.0), Axis(_GROUP.title, names=names), tuple(series), title=_RATE)


def _ratios_panel(result: Rates) -> Panel | None:
    shown = [(_named(result, each), each.ratio) for each in result.groups if each.ratio is not None]
    if not shown:
        return None
    names, ratios = zip(*shown, strict=True)
    # Without events the interval begins at 0, which has no place on a scale of ratios.
    axis = Axis(_RATIO, is_log=all(min(ratio.low, ratio.value) > 0 for ratio in ratios))
    points = _points(_RATIO, [(float(at), ratio) for at, ratio in enumerate(ratios)])
    return Panel(axis, Axis(_GROUP.title, names=names), (Guide("x", 1.0), points), title=_RATIO)


def _strata_panel(result: Rates) -> Panel | None:
    shown = [(each, each.rate) for each in result.strata if each.rate is not None]
    if not shown:
        return None
    names: list[Said] = []
    for each, _ in shown:
        ko, en = (said(_named(result, each), language) for language in ("ko", "en"))
        names.append((f"{each.stratum}, {ko}", f"{each.stratum}, {en}") if result.by else each.stratum)
    points = _points(_RATE, [(float(at), rate) for at, (_, rate) in enumerate(shown)])
    upright = Axis(_STRATUM.title, names=tuple(names))
    return Panel(Axis(_RATE, low=0.0), upright, (points,), title=("층별 발생률", "Rates by stratum"))


def _points(label: Said, told: Sequence[tuple[float, Estimate]]) -> Points:
    return Points(
        label,
        tuple(estimate.value for _, estimate in told),
        tuple(at for at, _ in told),
        tuple(estimate.low for _, estimate in told),
        tuple(estimate.high for _, estimate in told),
    )


def _read_out(result: Rates, language: Language) -> str:
    """The first groups with all that is drawn of them; strata stand in their table."""
    found = [
        said(
            (
                "점은 추정값, 선은 95% 신뢰구간입니다.",
                "A point for each estimate, a line for its 95% interval.",
            ),
            language,
        )
    ]
    for each in result.groups[:MOST_TOLD]:
        named = (
            (("조발생률", "crude rate"), each.rate),
            (("표준화 발생률", "standardised rate"), each.standardised),
            (("표준화 발생비", "observed over expected"), each.ratio),
        )
        told = ", ".join(f"{said(name, language)} {told_estimate(at)}" for name, at in named if at)
        if told:
            found.append(f"{said(_named(result, each), language)}: {told}.")
    return " ".join(found)


def methods(result: Rates) -> tuple[Pair, ...]:
    """What a rate is here, and each interval with its source."""
    told: list[Pair] = [
        (f"결과 사건: {result.outcome}.", f"Outcome: {result.outcome}."),
        (
            "사람마다 첫 사건, 경쟁 사건, 추적 종료 가운데 가장 이른 날까지 세었습니다.",
            "Persons count until the first event, a competing event or the end of follow-up.",
        ),
        (
            "발생률은 1,000인년당 첫 사건 수이며, 1년은 365.25일입니다.",
            "Rates are first events per 1,000 person-years; a year has 365.25 days.",
        ),
        (
            "조발생률의 95% 신뢰구간은 포아송분포의 정확한 구간입니다(Garwood 1936).",
            "Crude rates have exact Poisson 95% intervals (Garwood 1936).",
        ),
    ]
    if any(each.standardised is not None for each in result.groups):
        told.append(
            (
                "표준인구의 층별 크기로 직접 표준화했으며, 구간은 감마분포에 따릅니다(Fay, Feuer 1997).",
                "Standardised directly to a standard population, with gamma intervals (Fay, Feuer 1997).",
            )
        )
    if any(each.expected is not None for each in result.groups):
        told += _EXPECTED
    if result.rounded_to > 1:
        told.append(
            (
                "인년은 유효숫자 네 자리로 적었고, 발생률과 비는 공개된 사건 수와 인년에서 계산했습니다.",
                "Person-years have four digits; rates and ratios follow from the numbers that are shown.",
            )
        )
    return tuple(told)


_EXPECTED: Final[tuple[Pair, ...]] = (
    (
        "기대 사건 수는 층별 인년에 기준 발생률을 곱해 더한 값입니다.",
        "Expected events are the reference rates times the person-years of each stratum, added up.",
    ),
    (
        "관찰과 기대 사건 수의 비(SIR, 사망은 SMR)도 정확한 95% 구간이며, 기대값의 오차는 없다고 봅니다.",
        "Observed over expected (SIR; SMR of deaths) has an exact 95% interval, the expected without error.",
    ),
)
