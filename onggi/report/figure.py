"""A figure of an answer, as data: our SVG and matplotlib draw the same one, so that they cannot disagree.

* A figure has panels, one below the other; a panel has two axes and what is drawn between them.
* An axis is of numbers, or of names: names stand at 0, 1, 2, ..., on the upright axis from the top down.
* Text is a `Pair` where it is ours, and plain where somebody typed it.
* None stands where a number is withheld; it is drawn as such, never as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from onggi.report.sheet import Pair

Said: TypeAlias = str | Pair
Numbers: TypeAlias = tuple[float, ...]
Gaps: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """`low` and `high` are shown in any case; numbers beyond them widen the axis.

    `is_log` is for ratios: 0.5 and 2 lie at the same distance from 1.
    """

    title: Pair
    names: tuple[Said, ...] = ()
    low: float | None = None
    high: float | None = None
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, or steps: a value then holds until the next x. `lows` and `highs`: a band."""

    label: Said
    xs: Numbers
    ys: Numbers
    lows: Numbers = ()
    highs: Numbers = ()
    is_stepped: bool = False

    def __post_init__(self) -> None:
        _check_equal(self.xs, self.ys)
        _check_interval(self.xs, self.lows, self.highs)
        _check_finite(self.xs, self.ys, self.lows, self.highs)


@dataclass(frozen=True, slots=True)
class Columns:
    """A histogram: column i stands between edge i and edge i + 1."""

    label: Said
    edges: Numbers
    heights: Gaps

    def __post_init__(self) -> None:
        _check_equal(self.edges[1:], self.heights)
        _check_finite(self.edges, self.heights)


@dataclass(frozen=True, slots=True)
class Bars:
    """Lying bars from 0, one for each name of the upright axis. Several of them share each name's place."""

    label: Said
    values: Gaps

    def __post_init__(self) -> None:
        _check_finite(self.values)


@dataclass(frozen=True, slots=True)
class Points:
    """Points, each with its interval along x or y where `lows` and `highs` are given: a forest, say.

    `weights` make a point's area; without them all are alike.
    """

    label: Said
    xs: Gaps
    ys: Gaps
    lows: Gaps = ()
    highs: Gaps = ()
    along: Literal["x", "y"] = "x"
    weights: Numbers = ()

    def __post_init__(self) -> None:
        _check_equal(self.xs, self.ys)
        _check_interval(self.xs, self.lows, self.highs)
        if self.weights:
            _check_equal(self.xs, self.weights)
        _check_finite(self.xs, self.ys, self.lows, self.highs, self.weights)


@dataclass(frozen=True, slots=True)
class Tiles:
    """A number for each pair of names, row by row, between -`most` and `most`: correlations, say."""

    values: tuple[Gaps, ...]
    most: float = 1.0

    def __post_init__(self) -> None:
        _check_finite(*self.values)


@dataclass(frozen=True, slots=True)
class Notes:
    """Words at places: numbers at risk, or what a point is called."""

    xs: Numbers
    ys: Numbers
    words: tuple[Said, ...]

    def __post_init__(self) -> None:
        _check_equal(self.xs, self.ys)
        _check_equal(self.xs, self.words)
        _check_finite(self.xs, self.ys)


@dataclass(frozen=True, slots=True)
class Guide:
    """A thin line across the panel at one value of an axis: no effect, say."""

    axis: Literal["x", "y"]
    at: float

    def __post_init__(self) -> None:
        _check_finite((self.at,))


Drawn: TypeAlias = Line | Columns | Bars | Points | Tiles | Notes | Guide


@dataclass(frozen=True, slots=True)
class Panel:
    """Two axes and what is drawn between them. `title` where a figure has several panels.

    Raises:
        ValueError: where bars or tiles have another number of values than their axes have names, or a log
            axis has a number that is not above 0.
    """

    x: Axis
    y: Axis
    drawn: tuple[Drawn, ...]
    title: Said = ""

    def __post_init__(self) -> None:
        for each in self.drawn:
            if isinstance(each, Bars):
                _check_equal(each.values, self.y.names)
            if isinstance(each, Tiles):
                _check_equal(each.values, self.y.names)
                for row in each.values:
                    _check_equal(row, self.x.names)
        for axis, name in ((self.x, "x"), (self.y, "y")):
            if axis.is_log and any(number <= 0 for number in numbers_along(self, name)):
                raise ValueError("a log axis takes numbers above 0")

    @property
    def labels(self) -> tuple[Said, ...]:
        """What the key of the panel names, in order: nothing where there is but one thing."""
        labelled = [each.label for each in self.drawn if isinstance(each, Line | Columns | Bars | Points)]
        return tuple(labelled) if len(labelled) > 1 else ()


@dataclass(frozen=True, slots=True)
class Figure:
    """`told` says in sentences what the figure shows, for who does not see it; sheets have the numbers."""

    title: Pair
    told: Pair
    panels: tuple[Panel, ...]


def numbers_along(panel: Panel, axis: str) -> list[float]:
    """Every number that the axis has to reach, with the 0 from which bars and columns grow."""
    found: list[float | None] = []
    for each in panel.drawn:
        match each:
            case Line():
                found += each.xs if axis == "x" else (*each.ys, *each.lows, *each.highs)
            case Columns():
                found += each.edges if axis == "x" else (0.0, *each.heights)
            case Bars():
                found += (0.0, *each.values) if axis == "x" else ()
            case Points():
                found += each.xs if axis == "x" else each.ys
                found += (*each.lows, *each.highs) if axis == each.along else ()
            case Notes():
                found += each.xs if axis == "x" else each.ys
            case Guide():
                found += (each.at,) if axis == each.axis else ()
            case Tiles():
                pass
    return [number for number in found if number is not None]


def _check_equal(one: Sequence[object], other: Sequence[object]) -> None:
    if len(one) != len(other):
        raise ValueError("a figure's columns have different lengths")


def _check_interval(at: Sequence[object], lows: Sequence[object], highs: Sequence[object]) -> None:
    _check_equal(lows, highs)
    if lows:
        _check_equal(at, lows)


def _check_finite(*columns: Iterable[float | None]) -> None:
    if not all(number is None or math.isfinite(number) for column in columns for number in column):
        raise ValueError("a figure draws finite numbers only")
