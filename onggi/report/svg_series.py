"""Draws what stands between a panel's axes, each thing as one group of SVG elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from onggi.report.figure import Bars, Columns, Drawn, Guide, Line, Notes, Panel, Points, Tiles
from onggi.report.looks import QUIET, TEXT, Look, Marker, look_of
from onggi.report.markup import Markup, element, short_number
from onggi.report.shown_values import WITHHELD, said, shown_value
from onggi.report.svg_frame import SIZE, Frame, straight, words_at
from onggi.words.catalogue import Language

RADIUS: Final = 4.5
LARGEST: Final = 9.0
_BAR_SHARE: Final = 0.72
_BASE: Final = SIZE * 0.36
_DARK: Final = 0.55


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs to know beside the thing itself: `hatch_of` names the filling of a look."""

    frame: Frame
    language: Language
    hatch_of: Callable[[Look], str]


def draw_all(panel: Panel, pen: Pen) -> list[Markup]:
    """Everything in the panel's order; a thing's look follows its place among those that have a label."""
    bars = sum(isinstance(each, Bars) for each in panel.drawn)
    drawn: list[Markup] = []
    number = bar = 0
    for each in panel.drawn:
        look = look_of(number)
        drawn.append(element("g", *_draw(each, pen, look, bar, bars), class_=type(each).__name__.lower()))
        number += isinstance(each, Line | Columns | Bars | Points)
        bar += isinstance(each, Bars)
    return drawn


def _draw(each: Drawn, pen: Pen, look: Look, bar: int, bars: int) -> list[Markup]:
    match each:
        case Line():
            return _line(each, pen.frame, look)
        case Columns():
            return _columns(each, pen, look)
        case Bars():
            return _bars(each, pen, look, bar, bars)
        case Points():
            return _points(each, pen.frame, look)
        case Tiles():
            return _tiles(each, pen)
        case Notes():
            places = zip(each.xs, each.ys, each.words, strict=True)
            return [_word(pen, x, y, said(words, pen.language)) for x, y, words in places]
        case Guide():
            return [_guide(each, pen.frame)]
        case _:
            assert_never(each)


def dash_of(look: Look) -> str | None:
    """The dashes as SVG spells them."""
    return " ".join(map(str, look.dash)) or None


def stepped(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """The corners of steps that hold each value until the next x."""
    corners = list(zip(xs[:1], ys[:1], strict=True))
    for at in range(1, len(xs)):
        corners += [(xs[at], ys[at - 1]), (xs[at], ys[at])]
    return corners


def _line(line: Line, frame: Frame, look: Look) -> list[Markup]:
    def corners(ys: Sequence[float]) -> list[tuple[float, float]]:
        return stepped(line.xs, ys) if line.is_stepped else list(zip(line.xs, ys, strict=True))

    band = []
    if line.lows:
        around = [*corners(line.lows), *reversed(corners(line.highs))]
        band = [element("path", d=_path(around, frame) + "Z", fill=look.colour, fill_opacity=0.14)]
    own = element(
        "path",
        d=_path(corners(line.ys), frame),
        fill="none",
        stroke=look.colour,
        stroke_width=2,
        stroke_dasharray=dash_of(look),
    )
    return [*band, own]


def _path(places: Sequence[tuple[float, float]], frame: Frame) -> str:
    told = [f"{short_number(frame.across(x))} {short_number(frame.down(y))}" for x, y in places]
    return "M" + "L".join(told)


def _columns(columns: Columns, pen: Pen, look: Look) -> list[Markup]:
    drawn = []
    for left, right, height in zip(columns.edges, columns.edges[1:], columns.heights, strict=False):
        if height is None:
            drawn.append(_word(pen, (left + right) / 2, 0, WITHHELD, lift=4))
            continue
        drawn.append(_box(pen, (left, 0), (right, height), look))
    return drawn


def _box(pen: Pen, one: tuple[float, float], other: tuple[float, float], look: Look) -> Markup:
    frame = pen.frame
    x1, x2 = sorted((frame.across(one[0]), frame.across(other[0])))
    y1, y2 = sorted((frame.down(one[1]), frame.down(other[1])))
    edge = "#ffffff" if look.hatch == "none" else look.colour
    return element("rect", x=x1, y=y1, width=x2 - x1, height=y2 - y1, fill=pen.hatch_of(look), stroke=edge)


def _bars(bars: Bars, pen: Pen, look: Look, bar: int, of: int) -> list[Markup]:
    drawn = []
    for at, value in enumerate(bars.values):
        top = at + bar_place(bar, of) - bar_height(of) / 2
        middle = pen.frame.down(at + bar_place(bar, of)) + _BASE
        end = pen.frame.across(value or 0)
        if value is not None:
            drawn.append(_box(pen, (0, top), (value, top + bar_height(of)), look))
        drawn.append(
            words_at(end + 6, middle, WITHHELD if value is None else shown_value(value, pen.language))
        )
    return drawn


def bar_height(of: int) -> float:
    """How much of a name's place each of so many bars takes."""
    return _BAR_SHARE / of


def bar_place(bar: int, of: int) -> float:
    """How far the middle of a bar lies from its name's middle."""
    return bar_height(of) * (bar - (of - 1) / 2)


def _points(points: Points, frame: Frame, look: Look) -> list[Markup]:
    drawn = []
    most = max(points.weights, default=1.0) or 1.0
    for at, (x, y) in enumerate(zip(points.xs, points.ys, strict=True)):
        if x is None or y is None:
            # One of the two says whose place it is; the other is what is withheld.
            place = frame.left + 6 if x is None else frame.across(x)
            height = frame.bottom - 6 if y is None else frame.down(y) + _BASE
            drawn.append(words_at(place, height, WITHHELD))
            continue
        if points.lows and (low := points.lows[at]) is not None and (high := points.highs[at]) is not None:
            drawn += _interval((x, y), low, high, points.along, frame, look)
        radius = RADIUS if not points.weights else max(2.0, LARGEST * (points.weights[at] / most) ** 0.5)
        drawn.append(marker(look.marker, frame.across(x), frame.down(y), radius, look.colour))
    return drawn


def _interval(
    at: tuple[float, float], low: float, high: float, along: str, frame: Frame, look: Look
) -> list[Markup]:
    across, down, cap = frame.across(at[0]), frame.down(at[1]), 4
    if along == "x":
        ends = (frame.across(low), frame.across(high))
        caps = [straight(end, down - cap, end, down + cap, colour=look.colour, width=2) for end in ends]
        return [straight(ends[0], down, ends[1], down, colour=look.colour, width=2), *caps]
    ends = (frame.down(low), frame.down(high))
    caps = [straight(across - cap, end, across + cap, end, colour=look.colour, width=2) for end in ends]
    return [straight(across, ends[0], across, ends[1], colour=look.colour, width=2), *caps]


def marker(kind: Marker, x: float, y: float, radius: float, colour: str) -> Markup:
    """One point."""
    if kind == "circle":
        return element("circle", cx=x, cy=y, r=radius, fill=colour)
    if kind == "cross":
        arms = f"M{_at(x - radius, y - radius)}L{_at(x + radius, y + radius)}"
        arms += f"M{_at(x - radius, y + radius)}L{_at(x + radius, y - radius)}"
        return element("path", d=arms, stroke=colour, stroke_width=2.5, fill="none")
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    }[kind]
    path = "L".join(_at(x + radius * dx, y + radius * dy) for dx, dy in corners)
    return element("path", d=f"M{path}Z", fill=colour)


def _at(x: float, y: float) -> str:
    return f"{short_number(x)} {short_number(y)}"


def _tiles(tiles: Tiles, pen: Pen) -> list[Markup]:
    """The number stands in each tile: its shade only helps the eye."""
    drawn = []
    for row, values in enumerate(tiles.values):
        for column, value in enumerate(values):
            strength = 0.0 if value is None else min(1.0, abs(value) / tiles.most)
            colour = (look_of(0) if (value or 0) >= 0 else look_of(1)).colour
            x, y = pen.frame.across(column - 0.5), pen.frame.down(row - 0.5)
            width, height = pen.frame.across(column + 0.5) - x, pen.frame.down(row + 0.5) - y
            box = {"x": x, "y": y, "width": width, "height": height}
            drawn.append(element("rect", **box, fill=colour, fill_opacity=strength, stroke="#ffffff"))
            words = WITHHELD if value is None else f"{value:.2f}"
            ink = "#ffffff" if strength > _DARK else TEXT
            drawn.append(words_at(x + width / 2, y + height / 2 + _BASE, words, anchor="middle", colour=ink))
    return drawn


def _word(pen: Pen, x: float, y: float, words: str, *, lift: float = -_BASE) -> Markup:
    return words_at(pen.frame.across(x), pen.frame.down(y) - lift, words, anchor="middle")


def _guide(guide: Guide, frame: Frame) -> Markup:
    if guide.axis == "x":
        x = frame.across(guide.at)
        return straight(x, frame.top, x, frame.bottom, colour=QUIET, dash="4 4")
    y = frame.down(guide.at)
    return straight(frame.left, y, frame.right, y, colour=QUIET, dash="4 4")
