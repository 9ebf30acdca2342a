"""A figure is read without colour and without eyes, and its two drawings show the same numbers."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from onggi.report.draw_svg import draw_svg
from onggi.report.figure import (
    Axis,
    Bars,
    Columns,
    Figure,
    Guide,
    Line,
    Notes,
    Panel,
    Points,
    Tiles,
)
from onggi.report.find_report import report_of
from onggi.report.looks import LOOKS
from onggi.report.scales import nice_step, scale_of
from onggi.report.shown_values import said
from onggi.report.svg_frame import text_width, wrapped
from tests.support.answers_to_tell import RESULTS, answer, hostile_results

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = ("수", "Numbers")
PLAIN = Axis(NUMBERS)
each_result = pytest.mark.parametrize("name", RESULTS)
each_language = pytest.mark.parametrize("language", ["ko", "en"])


def figure_of(*panels: Panel) -> Figure:
    return Figure(("제목", "Title"), ("말", "Told"), panels)


def parsed(figure: Figure, language: Any = "en") -> ElementTree.Element:
    return ElementTree.fromstring(draw_svg(figure, language))


def words_of(drawing: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in drawing.iter(f"{SVG}text")]


def group(drawing: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in drawing.iter(f"{SVG}g") if each.get("class") == name]


# -- SVG ---------------------------------------------------------------------------------------------------


@each_result
@each_language
def test_a_drawing_names_and_describes_itself(name: str, language: Any) -> None:
    figure = report_of(RESULTS[name]).figure(RESULTS[name])
    assert figure is not None
    drawing = parsed(figure, language)
    at = 0 if language == "ko" else 1
    assert (drawing.get("role"), drawing.get("lang")) == ("img", language)
    by_id = {each.get("id"): each.text for each in drawing.iter() if each.get("id")}
    named, described = (drawing.get("aria-labelledby") or "").split()
    assert (by_id[named], by_id[described]) == (figure.title[at], figure.told[at])


@each_result
def test_a_drawing_is_the_same_bytes_each_time_and_stands_alone(name: str) -> None:
    one = answer(RESULTS[name]).to_svg()
    assert answer(RESULTS[name]).to_svg() == one
    drawing = ElementTree.fromstring(one)
    assert {each.tag.removeprefix(SVG) for each in drawing.iter()} <= {
        *("svg", "title", "desc", "defs", "pattern", "g", "rect", "line", "path", "circle", "text")
    }
    for each in drawing.iter():
        for key, value in each.attrib.items():
            assert not key.startswith("on")
            assert "href" not in key
            assert "url(" not in value or value.startswith("url(#")


def test_two_drawings_on_one_page_share_no_name() -> None:
    drawings = [answer(result, language).to_svg() for result in RESULTS.values() for language in ("ko", "en")]
    names = [
        {each.get("id") for each in ElementTree.fromstring(drawing).iter() if each.get("id")}
        for drawing in drawings
    ]
    assert sum(map(len, names)) == len(set.union(*names))


@pytest.mark.parametrize("kind", hostile_results())
def test_what_somebody_typed_stays_text(kind: str) -> None:
    result = hostile_results()[kind]
    drawing = ElementTree.fromstring(answer(result).to_svg())
    assert not list(drawing.iter(f"{SVG}script"))
    told = "".join("".join(words_of(drawing)).split())
    assert "<script>alert(1)</script>" in told
    assert "한국어이름이꽤길어서" in told or kind == "overlap"
    assert not {"\u202e", "\u2028", "\x1b", "\ufffe"} & set(told)


def test_withheld_numbers_are_drawn_as_such_and_never_as_nought() -> None:
    names = ("a", "b")
    bars = Panel(PLAIN, Axis(NUMBERS, names=names), (Bars("n", (5, None)),))
    columns = Panel(PLAIN, PLAIN, (Columns("n", (0, 1, 2), (5, None)),))
    points = Panel(PLAIN, Axis(NUMBERS, names=names), (Points("n", (1.0, None), (0, 1)),))
    tiles = Panel(Axis(NUMBERS, names=names), Axis(NUMBERS, names=names), (Tiles(((1, None), (None, 1))),))
    for panel, kind, number in ((bars, "bars", 1), (columns, "columns", 1), (points, "points", 1)):
        [drawn] = group(parsed(figure_of(panel)), kind)
        assert words_of(drawn).count("··") == number
        assert len([each for each in drawn.iter() if each.tag in (f"{SVG}rect", f"{SVG}circle")]) == 1
    assert words_of(group(parsed(figure_of(tiles)), "tiles")[0]) == ["1.00", "··", "··", "1.00"]


def test_lines_points_and_bars_are_told_apart_without_colour() -> None:
    lines = tuple(Line(f"line {at}", (0, 1), (at, at)) for at in range(len(LOOKS)))
    drawing = parsed(figure_of(Panel(PLAIN, PLAIN, lines)))
    dashes = [next(each.iter(f"{SVG}path")).get("stroke-dasharray") for each in group(drawing, "line")]
    assert len(set(dashes)) == len(LOOKS)
    assert [word for word in words_of(drawing) if word.startswith("line")] == [line.label for line in lines]
    points = tuple(Points(f"p{at}", (0.0,), (float(at),)) for at in range(len(LOOKS)))
    marks = [
        "".join(f"{mark.tag}{mark.get('d', '').count('L')}{mark.get('fill') == 'none'}" for mark in each)
        for each in group(parsed(figure_of(Panel(PLAIN, PLAIN, points))), "points")
    ]
    # Square and diamond have as many corners; which way they stand differs.
    assert len(set(marks)) == len(LOOKS) - 1
    bars = tuple(Bars(f"b{at}", (1.0,)) for at in range(3))
    named = Axis(NUMBERS, names=("a",))
    fills = [
        next(each.iter(f"{SVG}rect")).get("fill") or ""
        for each in group(parsed(figure_of(Panel(PLAIN, named, bars))), "bars")
    ]
    assert [fill.startswith("url(#") for fill in fills] == [False, True, True]
    assert len(set(fills)) == 3


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2: relative luminances, lighter over darker."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_colour_of_text_and_line_stands_out_from_white() -> None:
    for look in LOOKS:
        assert _contrast(look.colour, "#ffffff") >= 4.5


def test_long_names_are_wrapped_and_never_cut() -> None:
    name = "a very long name of a step that nobody would ever write but somebody does " * 3
    lines = wrapped(name, 230)
    assert "".join(lines).replace(" ", "") == "".join(name.split())
    assert max(map(text_width, lines)) <= 230
    assert "".join(wrapped("한" * 80, 230)) == "한" * 80


def test_everything_lies_within_the_drawing() -> None:
    names = tuple(f"name {at}" for at in range(30))
    many = Panel(
        PLAIN, Axis(NUMBERS, names=names), (Bars("n", tuple(range(30))), Bars("m", tuple(range(30))))
    )
    for figure in (figure_of(many), *(report_of(each).figure(each) for each in RESULTS.values())):
        assert figure is not None
        drawing = parsed(figure)
        width, height = map(float, (drawing.get("viewBox") or "").split()[2:])
        for each in drawing.iter(f"{SVG}text"):
            assert 0 <= float(each.get("x") or -1) <= width
            assert 0 <= float(each.get("y") or -1) <= height


# -- scales ------------------------------------------------------------------------------------------------

BOUNDED = st.floats(-1e150, 1e150, allow_subnormal=True)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(BOUNDED, min_size=1, max_size=5), st.booleans())
def test_an_axis_reaches_every_number_with_a_few_round_ticks(
    numbers: list[float], is_from_nought: bool
) -> None:
    low = 0.0 if is_from_nought else None
    axis = Axis(NUMBERS, low=low)
    line = Line("", tuple(map(float, range(len(numbers)))), tuple(numbers))
    scale = scale_of(Panel(PLAIN, axis, (line,)), "y")
    assert all(-1e-9 <= scale.share(number) <= 1 + 1e-9 for number in numbers)
    assert 2 <= len(scale.ticks) <= 9
    assert len(set(scale.words)) == len(scale.words)
    assert list(scale.ticks) == sorted(scale.ticks)
    shares = [scale.share(tick) for tick in scale.ticks]
    assert np.allclose(np.diff(shares), np.diff(shares)[0], rtol=1e-6)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=5))
def test_a_log_axis_reaches_every_ratio(numbers: list[float]) -> None:
    points = Points("", tuple(numbers), (0,) * len(numbers))
    scale = scale_of(Panel(Axis(NUMBERS, is_log=True), PLAIN, (points,)), "x")
    assert all(-1e-9 <= scale.share(number) <= 1 + 1e-9 for number in numbers)
    assert 1 <= len(scale.ticks) <= 12
    assert draw_svg(figure_of(Panel(Axis(NUMBERS, is_log=True), PLAIN, (points,))), "en")


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 6, 1), (0, 7, 2), (0, 1, 0.2), (0, 1920, 500), (-0.3, 0.3, 0.1)]
)
def test_steps_are_one_two_or_five(low: float, high: float, step: float) -> None:
    assert nice_step(low, high) == step


def test_ticks_have_the_decimals_that_they_need() -> None:
    panel = Panel(PLAIN, Axis(NUMBERS, low=0, high=1), (Line("", (0, 2000), (0.1, 0.9)),))
    assert scale_of(panel, "y").words == ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")
    assert scale_of(panel, "x").words == ("0", "500", "1,000", "1,500", "2,000")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Line("", (0, 1), (0,)),
        lambda: Line("", (0,), (math.nan,)),
        lambda: Line("", (0,), (0,), lows=(0,)),
        lambda: Columns("", (0, 1), (1, 2)),
        lambda: Points("", (0,), (0,), weights=(1, 2)),
        lambda: Guide("x", math.inf),
        lambda: Notes((0,), (0,), ()),
        lambda: Panel(PLAIN, Axis(NUMBERS, names=("a",)), (Bars("", (1, 2)),)),
        lambda: Panel(Axis(NUMBERS, is_log=True), PLAIN, (Line("", (0, 1), (0, 1)),)),
    ],
)
def test_a_figure_that_cannot_be_drawn_cannot_be_made(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"figure|log axis"):
        wrong()


def test_a_model_whose_intervals_have_no_end_is_not_drawn() -> None:
    fit: Any = RESULTS["glm of the browser's room"]
    endless = fit.model_copy(update={"standard_errors": (1e308,) * len(fit.terms)})
    with pytest.raises(Refused) as error:
        answer(endless).to_svg()
    assert error.value.code == "client.nothing_to_draw"


# -- matplotlib --------------------------------------------------------------------------------------------


def test_without_matplotlib_the_refusal_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Refused) as error:
        answer(RESULTS["count with everything"]).plot()
    assert error.value.code == "report.matplotlib_missing"


@pytest.fixture
def pyplot() -> Iterator[Any]:
    matplotlib = pytest.importorskip(
        "matplotlib", reason="matplotlib is not installed: make setup installs it"
    )
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def _places(path: str) -> list[tuple[float, float]]:
    pairs = [each.split() for each in path.removeprefix("M").rstrip("Z").split("L")]
    return [(float(x), float(y)) for x, y in pairs]


def check_one_is_the_other_moved_and_stretched(drawn: Any, told: Any) -> None:
    """Along each axis pixels are numbers times a constant plus a constant, to the drawing's two decimals."""
    drawn, told = np.asarray(drawn, float), np.asarray(told, float)
    assert drawn.shape == told.shape
    for axis in range(drawn.shape[1]):
        slope, start = np.polyfit(told[:, axis], drawn[:, axis], 1)
        assert np.abs(slope * told[:, axis] + start - drawn[:, axis]).max() < 0.02


def test_both_drawings_of_lines_hold_the_same_numbers(pyplot: Any) -> None:
    xs, ys = tuple(map(float, range(9))), (1.0, 0.9, 0.9, 0.75, 0.7, 0.55, 0.5, 0.31, 0.3)
    figure = figure_of(Panel(PLAIN, PLAIN, (Line("S", xs, ys), Line("steps", xs, ys, is_stepped=True))))
    ax = answer_axes(figure)
    plain, steps = group(parsed(figure), "line")
    place = _places(next(plain.iter(f"{SVG}path")).get("d") or "")
    assert ax.lines[0].get_xydata().tolist() == list(map(list, zip(xs, ys, strict=True)))
    check_one_is_the_other_moved_and_stretched(place, ax.lines[0].get_xydata())
    assert ax.lines[1].get_drawstyle() == "steps-post"
    corners = ax.lines[1].get_path().vertices
    assert len(corners) == 2 * len(xs) - 1
    check_one_is_the_other_moved_and_stretched(
        _places(next(steps.iter(f"{SVG}path")).get("d") or ""), corners
    )


def answer_axes(figure: Figure, language: Any = "en") -> Any:
    from onggi.report.draw_matplotlib import draw_matplotlib

    return draw_matplotlib(figure, language)


def test_both_drawings_of_an_answer_hold_the_same_bars(pyplot: Any) -> None:
    read = answer(RESULTS["count with everything"])
    axes = read.plot()
    drawing = ElementTree.fromstring(read.to_svg())
    panels = group(drawing, "panel")
    assert len(axes) == len(panels) == 3
    lengths, widths = [], []
    for ax, panel in zip(axes, panels, strict=True):
        limit = ax.get_xlim()[1]
        bars = [each for kind in group(panel, "bars") for each in kind.iter(f"{SVG}rect")]
        lengths += [bar.get_width() / limit for bar in ax.patches]
        widths += [float(bar.get("width") or 0) for bar in bars]
    assert len(lengths) == 6
    frame = max(widths) / max(lengths)
    assert widths == pytest.approx([length * frame for length in lengths], abs=0.02)
    assert [text.get_text() for text in axes[0].texts] == ["1,920", "40", "··", "2,000", "45", "··"]


def test_both_drawings_of_a_model_hold_the_same_points_and_intervals(pyplot: Any) -> None:
    read = answer(RESULTS["glm of the browser's room"], "ko")
    ax = read.plot()
    frame = read.to_pandas().iloc[1:]
    assert ax.collections[0].get_offsets()[:, 0].tolist() == frame["coefficient"].tolist()
    intervals = [line.get_xdata() for line in ax.lines[1:]]
    assert [tuple(each) for each in intervals] == list(zip(frame["low"], frame["high"], strict=True))
    [points] = group(ElementTree.fromstring(read.to_svg()), "points")
    circles = [
        (float(each.get("cx") or 0), float(each.get("cy") or 0)) for each in points.iter(f"{SVG}circle")
    ]
    check_one_is_the_other_moved_and_stretched(circles, ax.collections[0].get_offsets())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == frame["term"].tolist()
    assert ax.get_xlabel() == "계수(로그 오즈비)"


def test_both_drawings_have_the_same_ticks(pyplot: Any) -> None:
    for result in RESULTS.values():
        figure = report_of(result).figure(result)
        assert figure is not None
        drawn = answer_axes(figure)
        axes = list(drawn.flat) if hasattr(drawn, "flat") else [drawn]
        for ax, panel in zip(axes, figure.panels, strict=True):
            scale = scale_of(panel, "x")
            names = panel.x.names
            assert tuple(ax.get_xticks()) == (tuple(range(len(names))) or scale.ticks)
            words = tuple(said(name, "en") for name in names) or scale.words
            assert tuple(tick.get_text() for tick in ax.get_xticklabels()) == words
            assert ax.get_xlim() == (scale.low, scale.high)


def test_every_thing_that_can_be_drawn_is_drawn_by_matplotlib(pyplot: Any) -> None:
    names = ("a", ("나", "b"))
    panels = (
        Panel(PLAIN, PLAIN, (Columns("n", (0, 1, 2), (5, None)), Guide("y", 2))),
        Panel(PLAIN, PLAIN, (Line("band", (0, 1), (1, 2), (0, 1), (2, 3)), Line("other", (0, 1), (2, 2)))),
        Panel(Axis(NUMBERS, names=names), Axis(NUMBERS, names=names), (Tiles(((1, None), (-0.5, 1))),)),
        Panel(PLAIN, Axis(NUMBERS, names=names), (Notes((0, 5), (0, 1), ("120", "··")),)),
        Panel(
            Axis(NUMBERS, is_log=True),
            Axis(NUMBERS, names=names),
            (Guide("x", 1), Points("OR", (1.5, None), (0, 1), (1.0, None), (2.0, None), weights=(2, 1))),
        ),
    )
    axes = answer_axes(figure_of(*panels), "ko")
    for ax in axes:
        assert ax.patches or ax.lines or ax.texts or ax.collections
    assert [text.get_text() for text in axes[2].texts] == ["1.00", "··", "-0.50", "1.00"]
    assert axes[4].get_xscale() == "log"
    axes[0].figure.canvas.draw()


def test_text_with_dollars_is_no_formula(pyplot: Any) -> None:
    names = ("$\\frac{1}{", "_{x}^")
    ax = answer_axes(figure_of(Panel(PLAIN, Axis(NUMBERS, names=names), (Bars("$n", (1, 2)),))))
    ax.figure.canvas.draw()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(names)


def test_axes_of_ones_own_are_drawn_on_and_must_be_as_many(pyplot: Any) -> None:
    fit, count = answer(RESULTS["glm of the browser's room"]), answer(RESULTS["count with everything"])
    _, own = pyplot.subplots()
    assert fit.plot(ax=own) is own
    assert own.collections
    with pytest.raises(Refused) as error:
        count.plot(ax=own)
    assert error.value.facts == {"panels": 3, "axes": 1}
