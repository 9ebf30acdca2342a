"""How a distribution is told: persons in each interval, and quantiles."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from onggi.report.figure import Axis, Columns, Figure, Guide, Panel
from onggi.report.sheet import Column, Pair, Sheet
from onggi.report.shown_values import said
from onggi.report.told_numbers import MOST_TOLD, told_group, told_list
from onggi.spec.results import BinnedPersons, Distribution
from onggi.words.catalogue import Language

_VARIABLE: Final = Column("variable", ("변수", "Variable"))
_GROUP: Final = Column("group", ("집단", "Group"))
_PERSONS: Final = Column("persons", ("인원", "Persons"))
_ALIKE: Final = 1e-9
_HEADROOM: Final = 1.15
"""So much of the highest column: lines at quantiles are seen above the columns."""


def sheets(result: Distribution) -> tuple[Sheet, ...]:
    """The histogram, one row an interval and group; then the quantiles, if any were asked."""
    named = [(told_group(each.group, first=result.groups[0].group), each) for each in result.groups]
    bins = tuple(
        (result.variable, name, low, high, persons)
        for name, group in named
        for (low, high), persons in zip(pairwise(result.edges), group.persons, strict=True)
    )
    histogram = Sheet(
        "histogram",
        ("구간별 인원", "Persons in each interval"),
        (_VARIABLE, _GROUP, Column("from", ("이상", "From")), Column("to", ("미만", "Below")), _PERSONS),
        bins,
    )
    quantiles = tuple(
        (result.variable, name, each.probability, each.low, each.high, each.interpolated)
        for name, group in named
        for each in group.quantiles
    )
    if not quantiles:
        return (histogram,)
    read = Sheet(
        "quantiles",
        ("분위수", "Quantiles"),
        (
            _VARIABLE,
            _GROUP,
            Column("probability", ("확률", "Probability")),
            Column("at_least", ("하한", "At least")),
            Column("at_most", ("상한", "At most")),
            Column("interpolated", ("보간값", "Interpolated")),
        ),
        quantiles,
    )
    return (histogram, read)


def figure(result: Distribution) -> Figure | None:
    """A histogram for each group, with a dashed line at each quantile.

    Intervals of one width have persons as heights. Of different widths they have persons per unit, so that
    an area is a number of persons: the outer intervals are wide, and would look like the fullest.
    """
    widths = [high - low for low, high in pairwise(result.edges)]
    if not widths or not all(math.isfinite(width) and width > 0 for width in widths):
        return None
    are_equal = max(widths) - min(widths) <= _ALIKE * max(widths)
    heights = [_heights(group, [1.0] * len(widths) if are_equal else widths) for group in result.groups]
    if not heights or not all(map(math.isfinite, (height for each in heights for height in each))):
        return None
    upright = _PERSONS.title if are_equal else ("변수 1단위당 인원", "Persons per unit of the variable")
    panels = tuple(
        _panel(result, group, drawn, upright) for group, drawn in zip(result.groups, heights, strict=True)
    )
    title: Pair = (f"분포: {result.variable}", f"Distribution of {result.variable}")
    return Figure(title, (_told(result, "ko"), _told(result, "en")), panels)


def _heights(group: BinnedPersons, widths: list[float]) -> tuple[float, ...]:
    return tuple(persons / width for persons, width in zip(group.persons, widths, strict=True))


def _panel(result: Distribution, group: BinnedPersons, heights: tuple[float, ...], upright: Pair) -> Panel:
    asked = ", ".join(f"{each.probability:g}" for each in group.quantiles)
    across: Pair = (result.variable, result.variable)
    if asked:
        across = (f"{across[0]} (점선: 분위수 {asked})", f"{across[1]} (dashed: quantiles {asked})")
    name = told_group(group.group, first=result.groups[0].group)
    return Panel(
        Axis(across, low=result.edges[0], high=result.edges[-1]),
        Axis(upright, low=0.0, high=max(heights) * _HEADROOM),
        (Columns(name, result.edges, heights), *(Guide("x", each.interpolated) for each in group.quantiles)),
        title=name if len(result.groups) > 1 else "",
    )


def _told(result: Distribution, language: Language) -> str:
    """The first groups with their intervals and quantiles."""
    found = [
        said(("구간마다 인원을 기둥으로 나타냅니다.", "A column for each interval's persons."), language)
    ]
    for group in result.groups[:MOST_TOLD]:
        name = said(told_group(group.group, first=result.groups[0].group), language)
        bins = zip(pairwise(result.edges), group.persons, strict=True)
        listed = told_list(f"{low:g} - {high:g}: {persons:,}" for (low, high), persons in bins)
        read = told_list(f"{each.probability:g}: {each.interpolated:.4g}" for each in group.quantiles)
        quantiles = f" ({said(('분위수', 'quantiles'), language)} {read})" if read else ""
        found.append(f"{name}: {listed}{quantiles}.")
    return " ".join(found)


def methods(result: Distribution) -> tuple[Pair, ...]:
    """The grid, who is counted, and which quantile it is."""
    bins = len(result.edges) - 1
    told: list[Pair] = [
        (
            f"미리 정한 구간마다 사람 수를 세었습니다(구간 수: {bins}).",
            f"Persons were counted in intervals that were fixed beforehand ({bins} of them).",
        ),
        (
            "구간은 하한을 포함하고 상한을 포함하지 않으며, 마지막 구간만 상한도 포함합니다.",
            "An interval holds its lower end and not its upper one; the last holds both.",
        ),
        _COUNTED if result.by is None else _COUNTED_IN_GROUPS,
    ]
    if any(group.quantiles for group in result.groups):
        told += _QUANTILES
    return tuple(told)


_COUNTED: Final[Pair] = ("값이 없는 사람은 포함하지 않았습니다.", "Persons without a value are not included.")
_COUNTED_IN_GROUPS: Final[Pair] = (
    "값이나 집단 정보가 없는 사람은 포함하지 않았습니다.",
    "Persons without a value or without a group are not included.",
)
_QUANTILES: Final[tuple[Pair, ...]] = (
    (
        "분위수는 그 비율 이상의 사람이 넘지 않는 가장 작은 값입니다(Hyndman, Fan 1996의 1형).",
        "Quantiles: the smallest value that at least that share do not exceed (Hyndman, Fan 1996, type 1).",
    ),
    (
        "공개된 구간별 인원에서 분위수가 속한 구간과, 구간 안에서 선형 보간한 값을 구했습니다.",
        "Shown counts give the interval that holds it, and its value by linear interpolation in there.",
    ),
)
