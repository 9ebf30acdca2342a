"""A forest: a point and its interval for each name, and the same in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from onggi.report.figure import Axis, Guide, Panel, Points, Said
from onggi.report.shown_values import said
from onggi.words.catalogue import Language

_MOST_TOLD: Final = 12
"""So many rows are read out; all of them stand in the table."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One row: an estimate between its bounds."""

    name: Said
    at: float
    low: float
    high: float

    def is_drawn(self, *, is_log: bool = False) -> bool:
        """Whether all three are numbers that an axis can have; a ratio axis has none below or at 0."""
        numbers = (self.at, self.low, self.high)
        return all(math.isfinite(number) and (number > 0 or not is_log) for number in numbers)


def forest_panel(branches: Sequence[Branch], *, axis: Axis, names: Axis, nought: float) -> Panel:
    """Every branch in its order, from the top down, and a line where there is no effect."""
    points = Points(
        axis.title,
        tuple(each.at for each in branches),
        tuple(map(float, range(len(branches)))),
        tuple(each.low for each in branches),
        tuple(each.high for each in branches),
    )
    return Panel(
        axis, Axis(names.title, names=tuple(each.name for each in branches)), (Guide("x", nought), points)
    )


def told_branches(branches: Iterable[Branch], language: Language) -> str:
    """The first rows in words."""
    told = [
        f"{said(each.name, language)} {each.at:.4g} ({each.low:.4g}, {each.high:.4g})" for each in branches
    ]
    return "; ".join(told[:_MOST_TOLD]) + ("; …" if len(told) > _MOST_TOLD else "")
