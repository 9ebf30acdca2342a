"""A distribution as two sheets: persons in each interval, and quantiles."""

from __future__ import annotations

from itertools import pairwise

from onggi.report.sheet import Column, Sheet
from onggi.spec.results import Distribution


def sheets(result: Distribution) -> tuple[Sheet, ...]:
    """The histogram, one row an interval and group; then the quantiles, if any were asked."""
    bins = tuple(
        (result.variable, group.group, low, high, persons)
        for group in result.groups
        for (low, high), persons in zip(pairwise(result.edges), group.persons, strict=True)
    )
    histogram = Sheet(
        "histogram",
        ("구간별 인원", "Persons in each interval"),
        (
            Column("variable", ("변수", "Variable")),
            Column("group", ("집단", "Group")),
            Column("from", ("이상", "From")),
            Column("to", ("미만", "Below")),
            Column("persons", ("인원", "Persons")),
        ),
        bins,
    )
    quantiles = tuple(
        (result.variable, group.group, each.probability, each.low, each.high, each.interpolated)
        for group in result.groups
        for each in group.quantiles
    )
    if not quantiles:
        return (histogram,)
    read = Sheet(
        "quantiles",
        ("분위수", "Quantiles"),
        (
            Column("variable", ("변수", "Variable")),
            Column("group", ("집단", "Group")),
            Column("probability", ("확률", "Probability")),
            Column("at_least", ("하한", "At least")),
            Column("at_most", ("상한", "At most")),
            Column("interpolated", ("보간값", "Interpolated")),
        ),
        quantiles,
    )
    return (histogram, read)
