"""Turns a Renyi loss into the epsilon and delta that people agree on, erring on the side of the persons.

A Renyi loss gamma of order a gives, for every delta,

    epsilon = gamma + log((a - 1) / a) - (log(delta) + log(a)) / (a - 1)

(Canonne, Kamath and Steinke 2020, proposition 12; Balle et al. 2020, theorem 21). The part beside gamma is
the *term* of the order. Every logarithm is taken with 60 digits by Python's `decimal`, which rounds it
correctly on every machine, and the term is rounded up: no decision rests on a binary fraction.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from privacy.budgets.losses import HIGHEST_ORDER, HUNDRED, LARGEST, PICO

FEMTO = 10**15
_EXACT = Context(prec=60)
# Ten operations on numbers under 10^12, each right to 60 digits, stay far under it.
_SLACK = Decimal("1e-20")
_FIRST, _LAST = HUNDRED + 1, HIGHEST_ORDER


@lru_cache(maxsize=4096)
def term_of(order: int, femto_delta: int) -> int:
    """The term of an order in pico, rounded up; below zero for high orders and large deltas.

    Args:
        order: in hundredths, above 100.
        femto_delta: delta in 10^-15, from 1 to 10^15 - 1.
    """
    log = _EXACT.ln
    order_log = _EXACT.subtract(log(Decimal(order)), log(Decimal(HUNDRED)))
    below_log = _EXACT.subtract(log(Decimal(order - HUNDRED)), log(Decimal(HUNDRED)))
    delta_log = _EXACT.subtract(log(Decimal(femto_delta)), log(Decimal(FEMTO)))
    share = _EXACT.divide(Decimal(HUNDRED), Decimal(order - HUNDRED))
    both = _EXACT.multiply(_EXACT.add(delta_log, order_log), share)
    term = _EXACT.subtract(_EXACT.subtract(below_log, order_log), both)
    pico = _EXACT.add(_EXACT.multiply(term, Decimal(PICO)), _SLACK)
    return int(pico.to_integral_value(rounding=ROUND_CEILING))


def epsilon_at(gamma: Fraction, *, order: int, femto_delta: int) -> int:
    """epsilon in pico for one order, rounded up, never below zero."""
    return max(0, _ceiling(gamma) + term_of(order, femto_delta))


@lru_cache(maxsize=256)
def best_order(pico_epsilon: int, femto_delta: int) -> int:
    """The order, in hundredths, at which (epsilon, delta) has room for the most Gaussian noise.

    Any order is safe; this one wastes least where most answers carry Gaussian noise.
    """
    return _search(lambda order: _rho_at(pico_epsilon, order=order, femto_delta=femto_delta))


def rho_within(pico_epsilon: int, femto_delta: int) -> int:
    """The largest rho found within (epsilon, delta), in pico and rounded down; 0 where there is none."""
    found = _rho_at(pico_epsilon, order=best_order(pico_epsilon, femto_delta), femto_delta=femto_delta)
    return max(0, min(LARGEST, found.numerator // found.denominator))


@lru_cache(maxsize=256)
def epsilon_of_rho(pico_rho: int, femto_delta: int) -> int:
    """The smallest epsilon found for rho at delta, in pico and rounded up: what a person is told."""

    def at(order: int) -> int:
        return epsilon_at(Fraction(order * pico_rho, HUNDRED), order=order, femto_delta=femto_delta)

    return at(_search(lambda order: Fraction(-at(order))))


def _rho_at(pico_epsilon: int, *, order: int, femto_delta: int) -> Fraction:
    return Fraction((pico_epsilon - term_of(order, femto_delta)) * HUNDRED, order)


def _search(gain: Callable[[int], Fraction]) -> int:
    """An order of the greatest gain: a coarse walk over all magnitudes, then closer around the best.

    A missed optimum costs a little room; it never lets more through.
    """
    orders, order = [_FIRST], _FIRST
    while order < _LAST:
        order = min(_LAST, order + max(1, (order - HUNDRED) // 4))
        orders.append(order)
    best = max(orders, key=gain)
    step = max(1, (best - HUNDRED) // 4)
    while True:
        best = max((max(_FIRST, best - step), best, min(_LAST, best + step)), key=gain)
        if step == 1:
            return best
        step = max(1, step * 2 // 3)


def _ceiling(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
