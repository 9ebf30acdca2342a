"""How the things of one figure are told apart: by dash, marker and hatching first, by colour on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Marker = Literal["circle", "square", "triangle", "diamond", "cross"]
Hatch = Literal["none", "rising", "dots", "falling"]

TEXT: Final = "#1e2124"
QUIET: Final = "#58616a"
GRID: Final = "#d6d9dc"
FONTS: Final = (
    "Pretendard",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "NanumGothic",
)
"""Fonts with Korean that systems bring along; a figure carries none itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """`dash` are lengths of line and gap in points; empty for a whole line."""

    colour: str
    dash: tuple[int, ...]
    marker: Marker
    hatch: Hatch


LOOKS: Final = (
    Look("#0b50d0", (), "circle", "none"),
    Look("#b3330e", (7, 4), "square", "rising"),
    Look("#1d6f2f", (2, 3), "triangle", "dots"),
    Look("#6b3fa0", (9, 3, 2, 3), "diamond", "falling"),
    Look("#6a4b00", (12, 4), "cross", "rising"),
)


def look_of(number: int) -> Look:
    """The look of the panel's thing of that number, from 0; more than there are looks begin again."""
    return LOOKS[number % len(LOOKS)]
