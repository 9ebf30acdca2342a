"""Correlations as one sheet, a row for each pair."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet
from onggi.spec.results import Correlation


def sheets(result: Correlation) -> tuple[Sheet, ...]:
    """One sheet. Every pair rests on the same persons."""
    return (
        Sheet(
            "correlation",
            ("상관계수", "Correlation"),
            (
                Column("first", ("변수 1", "First")),
                Column("second", ("변수 2", "Second")),
                Column("n", ("인원", "Persons")),
                Column("coefficient", ("상관계수", "Coefficient")),
                Column("low", ("95% 하한", "95 % from")),
                Column("high", ("95% 상한", "95 % to")),
                Column("p_value", ("p값", "p value")),
            ),
            tuple(
                (pair.first, pair.second, result.n, pair.coefficient, pair.low, pair.high, pair.p_value)
                for pair in result.pairs
            ),
        ),
    )
