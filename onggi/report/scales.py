"""Chooses how far an axis reaches and where its ticks stand: at 1, 2 and 5 times powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from onggi.report.figure import Axis, Panel, numbers_along

_STEPS: Final = (1, 2, 5, 10)
_WANTED: Final = 6
_PLAIN: Final = 7
"""Numbers with more places than this, before or after the point, are written with a power of ten."""
_HALF: Final = 0.5
_ALIKE: Final = 1e-9
_NOTHING: Final = 1e-290
_NARROW: Final = 3.0
"""A log axis whose ends are no further apart has plain steps."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high`, with ticks and their words. Names stand at 0, 1, 2, ..., with room around."""

    low: float
    high: float
    ticks: tuple[float, ...]
    words: tuple[str, ...]
    is_log: bool = False

    def share(self, value: float) -> float:
        """Where the value lies: 0 at `low`, 1 at `high`."""
        if self.is_log:
            low, high = math.log(self.low), math.log(self.high)
            return (math.log(value) - low) / (high - low)
        # By halves: the whole way from a huge negative number to a huge positive one is no number.
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)


def scale_of(panel: Panel, name: str) -> Scale:
    """The scale of the panel's axis `x` or `y`."""
    axis = panel.x if name == "x" else panel.y
    if axis.names:
        return Scale(-_HALF, len(axis.names) - _HALF, (), ())
    numbers = numbers_along(panel, name)
    numbers += [bound for bound in (axis.low, axis.high) if bound is not None]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    return _log_scale(low, high) if axis.is_log else _linear_scale(low, high, axis)


def _linear_scale(low: float, high: float, axis: Axis) -> Scale:
    reach = max(abs(low), abs(high))
    if high / 2 - low / 2 <= _ALIKE * reach or reach < _NOTHING:
        # Numbers that are all but one number: some room around it, instead of ticks that read alike.
        around = reach / 2 if reach >= _NOTHING else 1.0
        low, high = low - around, high + around
    step = nice_step(low, high)
    # A bound that was asked for stands where it is; otherwise the axis ends at a tick.
    first = low if low == axis.low else math.floor(low / step) * step
    last = high if high == axis.high else math.ceil(high / step) * step
    ticks = _multiples(first, last, step)
    return Scale(min(first, ticks[0]), max(last, ticks[-1]), ticks, tick_words(ticks, step))


def nice_step(low: float, high: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that makes at most six steps of the way."""
    rough = (high / _WANTED) - (low / _WANTED)
    power = math.floor(math.log10(rough))
    return next(step for times in _STEPS if (step := _times_ten(times, power)) >= rough * (1 - 1e-9))


def _times_ten(times: int, power: int) -> float:
    """Read from its decimal spelling: 3 * 0.1 is not 0.3."""
    return float(f"{times}e{power}")


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = -math.floor(math.log10(step))
    return tuple(round(at * step, digits) + 0.0 for at in range(first, last + 1))


def tick_words(ticks: Sequence[float], step: float) -> tuple[str, ...]:
    """All with the same number of decimals."""
    digits = max(0, -math.floor(math.log10(step)))
    if digits > _PLAIN or max(map(abs, ticks)) >= 10**_PLAIN:
        return tuple(f"{tick:g}" for tick in ticks)
    return tuple(f"{tick:,.{digits}f}" for tick in ticks)


def _log_scale(low: float, high: float) -> Scale:
    if low == high:
        low, high = low / 2, high * 2
    if low > _NOTHING and _ALIKE < (high - low) / low < _NARROW - 1:
        # So near each other lie one or two of the marks below: plain steps read better.
        step = nice_step(low, high)
        plain = _multiples(math.floor(low / step) * step, math.ceil(high / step) * step, step)
        return Scale(min(low, plain[0]), max(high, plain[-1]), plain, tick_words(plain, step), is_log=True)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # Few decades show 1, 2 and 5 of each, many only their powers, spread out where they are very many.
    apart = max(1, math.ceil(len(powers) / _WANTED))
    times = (1, 2, 5) if len(powers) <= 3 else (1,)
    marks = [_times_ten(each, power) for power in powers[::apart] for each in times]
    marks = [mark for mark in marks if 0 < mark < math.inf]
    first = max((mark for mark in marks if mark <= low), default=low)
    last = min((mark for mark in marks if mark >= high), default=high)
    ticks = tuple(mark for mark in marks if first <= mark <= last)
    return Scale(first, last, ticks, tuple(f"{tick:g}" for tick in ticks), is_log=True)
