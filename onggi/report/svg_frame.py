"""Where things stand in a drawing: measures of text, and the frame between a panel's axes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from onggi.report.looks import TEXT
from onggi.report.markup import Markup, element
from onggi.report.plain_text import plain_line
from onggi.report.scales import Scale

SIZE: Final = 13.0
"""Of all text, in pixels; nothing is smaller."""
LINE: Final = 17.0
_WIDE: Final = frozenset("WF")
_LATIN: Final = 0.56
_CAPITAL: Final = 0.68


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle between the axes. `is_down`: the upright axis is of names, from the top down."""

    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale
    is_down: bool

    def across(self, value: float) -> float:
        return self.left + self.width * self.x.share(value)

    def down(self, value: float) -> float:
        share = self.y.share(value)
        return self.top + self.height * (share if self.is_down else 1 - share)

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def text_width(text: str) -> float:
    """About how wide the text is: no font is asked, so that a drawing is the same everywhere."""
    return SIZE * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in _WIDE:
        return 1.0
    return _CAPITAL if letter.isupper() else _LATIN


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines that are no wider, broken at blanks, and within a word only where it is too long."""
    lines: list[str] = [""]
    for word in plain_line(text).split():
        for piece in _pieces(word, width):
            joined = f"{lines[-1]} {piece}".strip()
            if lines[-1] and text_width(joined) > width:
                lines.append(piece)
            else:
                lines[-1] = joined
    return lines


def _pieces(word: str, width: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def words_at(
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = TEXT, weight: str | None = None
) -> Markup:
    """One line of text; `y` is where its letters stand."""
    return element("text", plain_line(words), x=x, y=y, text_anchor=anchor, fill=colour, font_weight=weight)


def lines_at(x: float, middle: float, lines: list[str], *, anchor: str) -> list[Markup]:
    """Several lines, centred upright around `middle`."""
    first = middle - LINE * (len(lines) - 1) / 2 + SIZE * 0.36
    return [words_at(x, first + LINE * at, line, anchor=anchor) for at, line in enumerate(lines)]


def straight(
    x1: float, y1: float, x2: float, y2: float, *, colour: str, width: float = 1.0, dash: str | None = None
) -> Markup:
    """A straight line."""
    return element(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width, stroke_dasharray=dash
    )
