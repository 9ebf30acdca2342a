"""Draws a figure as SVG: the same bytes for the same figure, no script, nothing from outside.

* `role="img"`, with a title and a description in the reader's language, and every number as text beside it.
* Told apart without colour: dashes, markers and hatching differ.
* Fonts are the system's; widths of text are estimated, so that no font decides where things stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from onggi.report.figure import Bars, Columns, Drawn, Figure, Line, Notes, Panel, Points, Said, Tiles
from onggi.report.looks import FONTS, GRID, QUIET, TEXT, Look, look_of
from onggi.report.markup import Markup, element
from onggi.report.scales import Scale, scale_of
from onggi.report.shown_values import said
from onggi.report.svg_frame import LINE, SIZE, Frame, lines_at, straight, text_width, words_at, wrapped
from onggi.report.svg_series import RADIUS, Pen, dash_of, draw_all, marker
from onggi.words.catalogue import Language

WIDTH: Final = 720.0
_PLOT_HEIGHT: Final = 300.0
_EDGE: Final = 16.0
_NAMES_WIDTH: Final = 230.0
_BAR_WORDS: Final = 70.0
_ROW: Final = 12.0


def draw_svg(figure: Figure, language: Language) -> str:
    """The whole drawing."""
    mark = "f" + hashlib.sha256(repr((figure, language)).encode("utf-8", "replace")).hexdigest()[:10]
    panels = [_PanelDrawing(panel, language, mark) for panel in figure.panels]
    # Axes of one figure stand below each other: numbers at risk belong under their days.
    left = max((panel.room_for_names for panel in panels), default=0.0)
    right = max((panel.room_for_words for panel in panels), default=0.0)
    parts: list[Markup] = []
    top = _EDGE
    for panel in panels:
        drawn, top = panel.draw(top, left=left, right=WIDTH - right)
        parts.append(element("g", *drawn, class_="panel"))
    return element(
        "svg",
        element("title", said(figure.title, language), id=f"{mark}-title"),
        element("desc", said(figure.told, language), id=f"{mark}-told"),
        _hatches(mark),
        element("rect", width=WIDTH, height=top, fill="#ffffff"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {top:.0f}",
        width="100%",
        style=f"max-width:{WIDTH:.0f}px;height:auto",
        role="img",
        lang=language,
        aria_labelledby=f"{mark}-title {mark}-told",
        font_family=", ".join([*(f"'{font}'" for font in FONTS), "sans-serif"]),
        font_size=SIZE,
    )


def _hatch_id(mark: str, look: Look) -> str:
    return f"{mark}-{look.hatch}-{look.colour.removeprefix('#')}"


def _hatches(mark: str) -> Markup:
    return element("defs", *(_hatch(mark, look_of(at)) for at in range(5) if look_of(at).hatch != "none"))


def _hatch(mark: str, look: Look) -> Markup:
    ground = element("rect", width=8, height=8, fill="#ffffff")
    if look.hatch == "dots":
        ink = element("circle", cx=4, cy=4, r=1.8, fill=look.colour)
    else:
        way = "M-2 2L2 -2M0 8L8 0M6 10L10 6" if look.hatch == "rising" else "M-2 6L2 10M0 0L8 8M6 -2L10 2"
        ink = element("path", d=way, stroke=look.colour, stroke_width=2)
    box = {"width": 8, "height": 8}
    return element("pattern", ground, ink, id=_hatch_id(mark, look), patternUnits="userSpaceOnUse", **box)


@dataclass(frozen=True, slots=True)
class _PanelDrawing:
    panel: Panel
    language: Language
    mark: str

    @property
    def room_for_names(self) -> float:
        """What the words of the upright axis need on the left."""
        names = [line for lines in self._y_names for line in lines]
        words = names or scale_of(self.panel, "y").words
        return _EDGE + max(map(text_width, words), default=0.0) + self._gap

    @property
    def room_for_words(self) -> float:
        """What the words at the ends of bars need on the right."""
        return _EDGE + (_BAR_WORDS if self._bars else 8)

    def draw(self, top: float, *, left: float, right: float) -> tuple[list[Markup], float]:
        """The panel's elements, and where the next one begins."""
        heading, top = self._heading(top)
        frame = self._frame(top, left, right)
        below, bottom = self._x_axis(frame)
        inside = draw_all(self.panel, Pen(frame, self.language, self._fill))
        return [*heading, *below, *self._y_axis(frame), *inside, *self._edges(frame)], bottom + _EDGE

    def _fill(self, look: Look) -> str:
        return look.colour if look.hatch == "none" else f"url(#{_hatch_id(self.mark, look)})"

    def _say(self, text: Said) -> str:
        return said(text, self.language)

    def _heading(self, top: float) -> tuple[list[Markup], float]:
        """Title, key, and the title of the upright axis: read from left to right, not turned around."""
        drawn: list[Markup] = []
        for line in wrapped(self._say(self.panel.title), WIDTH - 2 * _EDGE) if self.panel.title else ():
            top += LINE
            drawn.append(words_at(_EDGE, top, line, weight="bold"))
        top += 6 if drawn else 0
        labels = self.panel.labels
        labelled = [each for each in self.panel.drawn if isinstance(each, Line | Columns | Bars | Points)]
        for at, label in enumerate(labels):
            lines = wrapped(self._say(label), WIDTH - 80)
            drawn.append(_sample(labelled[at], look_of(at), top + LINE - SIZE * 0.36, self._fill))
            for line in lines:
                top += LINE
                drawn.append(words_at(_EDGE + 44, top, line))
            top += 3
        for line in wrapped(self._say(self.panel.y.title), WIDTH - 2 * _EDGE):
            top += LINE
            drawn.append(words_at(_EDGE, top, line, colour=QUIET))
        return drawn, top + 14

    def _frame(self, top: float, left: float, right: float) -> Frame:
        names, height = self._y_names, _PLOT_HEIGHT
        if names:
            row = max(LINE * max(map(len, names)) + _ROW, 20.0 * self._bars + _ROW)
            height = row * len(names)
        x, y = scale_of(self.panel, "x"), scale_of(self.panel, "y")
        return Frame(left, top, right - left, height, x, y, is_down=bool(names))

    @property
    def _bars(self) -> int:
        return sum(isinstance(each, Bars) for each in self.panel.drawn)

    @property
    def _gap(self) -> float:
        """Between names and axis: the first of the notes may stand at the very edge, half of it beyond."""
        return 26.0 if any(isinstance(each, Notes) for each in self.panel.drawn) else 10.0

    @property
    def _y_names(self) -> list[list[str]]:
        return [wrapped(self._say(name), _NAMES_WIDTH) for name in self.panel.y.names]

    def _y_axis(self, frame: Frame) -> list[Markup]:
        if names := self._y_names:
            return [
                line
                for at, lines in enumerate(names)
                for line in lines_at(frame.left - self._gap, frame.down(at), lines, anchor="end")
            ]
        drawn = []
        for tick, words in zip(frame.y.ticks, frame.y.words, strict=True):
            at = frame.down(tick)
            drawn.append(straight(frame.left, at, frame.right, at, colour=GRID))
            drawn.append(words_at(frame.left - 8, at + SIZE * 0.36, words, anchor="end"))
        return drawn

    def _x_axis(self, frame: Frame) -> tuple[list[Markup], float]:
        drawn: list[Markup] = []
        bottom = frame.bottom + 6
        if self.panel.x.names:
            room = frame.width / len(self.panel.x.names) - 6
            told = [wrapped(self._say(name), max(room, SIZE * 2)) for name in self.panel.x.names]
            for at, lines in enumerate(told):
                middle = bottom + LINE * len(lines) / 2
                drawn += lines_at(frame.across(at), middle, lines, anchor="middle")
            bottom += LINE * max(map(len, told))
        else:
            drawn += self._ticks_below(frame, frame.x)
            bottom += LINE
        for line in wrapped(self._say(self.panel.x.title), frame.width):
            bottom += LINE + 2
            drawn.append(words_at(frame.left + frame.width / 2, bottom, line, anchor="middle", colour=QUIET))
        return drawn, bottom

    def _ticks_below(self, frame: Frame, scale: Scale) -> list[Markup]:
        drawn = []
        for tick, words in zip(scale.ticks, scale.words, strict=True):
            at = frame.across(tick)
            drawn.append(straight(at, frame.top, at, frame.bottom + 4, colour=GRID))
            drawn.append(words_at(at, frame.bottom + 4 + SIZE, words, anchor="middle"))
        return drawn

    def _edges(self, frame: Frame) -> list[Markup]:
        if any(isinstance(each, Tiles) for each in self.panel.drawn):
            return []
        corner = (frame.left, frame.bottom)
        return [
            straight(frame.left, frame.top, *corner, colour=TEXT),
            straight(*corner, frame.right, frame.bottom, colour=TEXT),
        ]


def _sample(each: Drawn, look: Look, middle: float, fill: Callable[[Look], str]) -> Markup:
    """What stands before a label in the key."""
    left, right = _EDGE, _EDGE + 34
    match each:
        case Line():
            return straight(left, middle, right, middle, colour=look.colour, width=2, dash=dash_of(look))
        case Points():
            return marker(look.marker, (left + right) / 2, middle, RADIUS, look.colour)
        case _:
            box = {"x": left + 8, "y": middle - 6, "width": 18, "height": 12}
            filled = fill(look)
            return element("rect", **box, fill=filled, stroke=look.colour)
