"""Draws a figure with matplotlib: the same panels, limits, ticks, dashes and markers as our SVG.

Matplotlib is asked for when something is drawn; the researcher's package does without it otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, Literal, assert_never

from onggi.errors import Refused
from onggi.report.figure import (
    Axis,
    Bars,
    Columns,
    Drawn,
    Figure,
    Guide,
    Line,
    Notes,
    Panel,
    Points,
    Tiles,
)
from onggi.report.looks import FONTS, QUIET, TEXT, Look, Marker, look_of
from onggi.report.plain_text import plain_line
from onggi.report.scales import Scale, scale_of
from onggi.report.shown_values import WITHHELD, said, shown_value
from onggi.report.svg_series import bar_height, bar_place
from onggi.words.catalogue import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS: Final[dict[Marker, str]] = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "x",
}
_HATCHES: Final = {"none": "", "rising": "//", "dots": "..", "falling": "\\\\"}
_WIDTH_INCHES: Final = 7.2
_PLOT_INCHES: Final = 3.4
_NAME_INCHES: Final = 0.45
_LETTERS_A_LINE: Final = 28
_LARGEST_AREA: Final = 160
_AREA: Final = 36


def draw_matplotlib(figure: Figure, language: Language, ax: Axes | Sequence[Axes] | None = None) -> Any:
    """Draws every panel and returns its axes: one, or an array where the figure has several panels.

    Args:
        ax: axes of the caller's own to draw on, as many as there are panels; new ones otherwise.

    Raises:
        Refused: ``report.matplotlib_missing``; ``report.axes_differ`` where `ax` are too few or too many.
    """
    try:
        from matplotlib import pyplot, rc_context
    except ImportError:
        raise Refused("report.matplotlib_missing") from None
    panels = len(figure.panels)
    with rc_context(_fonts()):
        if ax is None:
            # Layout is matplotlib's own: long names get the room they need.
            heights = [_height(panel) for panel in figure.panels]
            size = (_WIDTH_INCHES, sum(heights))
            drawing, given = pyplot.subplots(
                panels, 1, figsize=size, height_ratios=heights, layout="constrained"
            )
            drawing.suptitle(plain_line(said(figure.title, language)))
        else:
            given = ax
        places = list(given) if isinstance(given, Sequence) or hasattr(given, "flat") else [given]
        if len(places) != panels:
            raise Refused("report.axes_differ", panels=panels, axes=len(places))
        for panel, place in zip(figure.panels, places, strict=True):
            _draw_panel(panel, place, language)
    return given


def _height(panel: Panel) -> float:
    """Inches: names each take their place, numbers have the usual room."""
    return _NAME_INCHES * (len(panel.y.names) + 2) if panel.y.names else _PLOT_INCHES


def _fonts() -> dict[str, Any]:
    """Fonts with Korean before matplotlib's own, if the system has one; signs are never read as TeX."""
    from matplotlib import font_manager

    known = set(font_manager.get_font_names())
    return {
        "font.family": [*(font for font in FONTS if font in known), "DejaVu Sans"],
        "axes.unicode_minus": False,
        "text.parse_math": False,
        "text.usetex": False,
    }


def _draw_panel(panel: Panel, ax: Axes, language: Language) -> None:
    def say(text: str | tuple[str, str]) -> str:
        return plain_line(said(text, language))

    bars = sum(isinstance(each, Bars) for each in panel.drawn)
    number = bar = 0
    for each in panel.drawn:
        _draw(each, ax, look_of(number), say, bar_place(bar, max(bars, 1)), bar_height(max(bars, 1)))
        number += isinstance(each, Line | Columns | Bars | Points)
        bar += isinstance(each, Bars)
    _set_axis(ax, "x", panel.x, scale_of(panel, "x"), say)
    _set_axis(ax, "y", panel.y, scale_of(panel, "y"), say)
    if panel.title:
        ax.set_title(say(panel.title), loc="right" if panel.labels else "left")
    if panel.labels:
        # Above the panel, where it hides nothing.
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0))
    ax.spines[["top", "right"]].set_visible(False)


def _set_axis(ax: Axes, name: str, axis: Axis, scale: Scale, say: Callable[[Any], str]) -> None:
    getattr(ax, f"set_{name}label")(say(axis.title), color=QUIET)
    if axis.is_log:
        getattr(ax, f"set_{name}scale")("log")
    limits = (scale.low, scale.high)
    # Names of the upright axis read from the top down.
    getattr(ax, f"set_{name}lim")(*(limits[::-1] if axis.names and name == "y" else limits))
    ticks = range(len(axis.names)) if axis.names else scale.ticks
    words = [fill(say(each), _LETTERS_A_LINE) for each in axis.names] or list(scale.words)
    getattr(ax, f"set_{name}ticks")(list(ticks), words)
    getattr(ax, f"{name}axis").set_minor_locator(_no_ticks())


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _draw(each: Drawn, ax: Axes, look: Look, say: Callable[[Any], str], place: float, height: float) -> None:
    match each:
        case Line():
            _line(each, ax, look, say)
        case Columns():
            _columns(each, ax, look, say)
        case Bars():
            _bars(each, ax, look, say, place, height)
        case Points():
            _points(each, ax, look, say)
        case Tiles():
            _tiles(each, ax)
        case Notes():
            # The first of them may stand at the very edge, half of it beyond.
            ax.tick_params(axis="y", pad=18)
            for x, y, words in zip(each.xs, each.ys, each.words, strict=True):
                ax.text(x, y, say(words), ha="center", va="center")
        case Guide():
            (ax.axvline if each.axis == "x" else ax.axhline)(each.at, color=QUIET, lw=1, ls=(0, (4, 4)))
        case _:
            assert_never(each)


def _line(line: Line, ax: Axes, look: Look, say: Callable[[Any], str]) -> None:
    style = (0, look.dash) if look.dash else "-"
    ax.plot(
        line.xs,
        line.ys,
        color=look.colour,
        ls=style,
        lw=1.6,
        label=say(line.label),
        drawstyle="steps-post" if line.is_stepped else "default",
    )
    if line.lows:
        step: Literal["post"] | None = "post" if line.is_stepped else None
        ax.fill_between(line.xs, line.lows, line.highs, step=step, color=look.colour, alpha=0.14, lw=0)


def _filled(look: Look) -> dict[str, Any]:
    """Solid, or hatched on white: told apart without colour."""
    if look.hatch == "none":
        return {"facecolor": look.colour, "edgecolor": "white"}
    return {"facecolor": "white", "edgecolor": look.colour, "hatch": _HATCHES[look.hatch]}


def _columns(columns: Columns, ax: Axes, look: Look, say: Callable[[Any], str]) -> None:
    places = list(zip(columns.edges, columns.edges[1:], columns.heights, strict=False))
    shown = [(left, right, height) for left, right, height in places if height is not None]
    ax.bar(
        [left for left, _, _ in shown],
        [height for _, _, height in shown],
        width=[right - left for left, right, _ in shown],
        align="edge",
        label=say(columns.label),
        **_filled(look),
    )
    for left, right, height in places:
        if height is None:
            ax.text((left + right) / 2, 0, WITHHELD, ha="center", va="bottom")


def _bars(bars: Bars, ax: Axes, look: Look, say: Callable[[Any], str], place: float, height: float) -> None:
    shown = [(at + place, value) for at, value in enumerate(bars.values) if value is not None]
    ax.barh(
        [at for at, _ in shown],
        [value for _, value in shown],
        height=height,
        label=say(bars.label),
        **_filled(look),
    )
    for at, value in enumerate(bars.values):
        words = WITHHELD if value is None else shown_value(value, "en")
        ax.annotate(words, (value or 0, at + place), xytext=(4, 0), textcoords="offset points", va="center")


def _points(points: Points, ax: Axes, look: Look, say: Callable[[Any], str]) -> None:
    shown = [
        (at, x, y)
        for at, (x, y) in enumerate(zip(points.xs, points.ys, strict=True))
        if x is not None and y is not None
    ]
    most = max(points.weights, default=1.0) or 1.0
    areas = [_LARGEST_AREA * points.weights[at] / most if points.weights else _AREA for at, _, _ in shown]
    ax.scatter(
        [x for _, x, _ in shown],
        [y for _, _, y in shown],
        s=areas,
        marker=_MARKERS[look.marker],
        color=look.colour,
        label=say(points.label),
        zorder=3,
    )
    for at, x, y in shown:
        if points.lows and (low := points.lows[at]) is not None and (high := points.highs[at]) is not None:
            ends = ([low, high], [y, y]) if points.along == "x" else ([x, x], [low, high])
            ax.plot(*ends, color=look.colour, lw=1.6, marker="|" if points.along == "x" else "_")
    for across, up in zip(points.xs, points.ys, strict=True):
        if across is None and up is not None:
            ax.annotate(WITHHELD, (0, up), xycoords=("axes fraction", "data"), va="center")
        if up is None and across is not None:
            ax.annotate(WITHHELD, (across, 0), xycoords=("data", "axes fraction"), ha="center")


def _tiles(tiles: Tiles, ax: Axes) -> None:
    from matplotlib.patches import Rectangle

    for row, values in enumerate(tiles.values):
        for column, value in enumerate(values):
            strength = 0.0 if value is None else min(1.0, abs(value) / tiles.most)
            colour = (look_of(0) if (value or 0) >= 0 else look_of(1)).colour
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, alpha=strength, lw=0))
            words = WITHHELD if value is None else f"{value:.2f}"
            ax.text(column, row, words, ha="center", va="center", color="white" if strength > 0.55 else TEXT)
