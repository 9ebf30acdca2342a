"""Leaves further persons out of an analysis until it stands apart from every earlier answer.

A regression on complete cases is a cohort without the few who lack a value; where the cohort was described
before, the difference of the two answers would tell of these few. To refuse would turn away every second
paper. Instead the analysis loses further persons, so that at least the threshold of persons differ:

* From a released set that comes near (or a combination of them) exactly the threshold of persons are left
  out: the few, and as many others. Whether the few are none or nine, the number of persons that remain is
  the same, and so is that something was left out.
* Of every set of the answer, and of what its sets leave of each other, as many are left out: a set that lost
  nobody would tell that none of those who are left out was in it.
* Beside an answer of which persons were left out already nobody is left out: whether that would take some
  more of them depends by chance on single ones. The same set without the same persons is no news.
* Who the others are is decided by a secret order of the hospital, the same for every question: asking again
  and again in other words does not average them away, but costs further persons each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from privacy.differencing.combinations import Combination
from privacy.differencing.guard import Answered, find_near
from privacy.differencing.released_sets import Members
from privacy.differencing.rests import rests_of

Order: TypeAlias = npt.NDArray[np.uint64]
Beside: TypeAlias = Sequence[int] | None
"""Earlier answers, by position; None for whatever comes near."""
_MOST_TURNS = 64
_TOLERANCE = 1e-6
MOST_TIMES_THRESHOLD = 8
"""So many thresholds of persons are left out at most: beyond, the answer would be another one."""


def leave_out(
    answered: Answered,
    asked: Sequence[Members],
    *,
    order: Order,
    threshold: int,
    beside: Sequence[Beside] | None = None,
    is_told: Callable[[int, Members], bool] = lambda _at, _left: False,
) -> Members | None:
    """Persons without whom every set of an answer stands apart from what was answered before.

    Args:
        asked: the answer's sets, of which one or more come near, each of shape (persons,).
        order: a secret rank for each person; the lowest are left out first. Shape (persons,).
        beside: from which earlier answers each set must stand apart; without it from all of them.
        is_told: whether a set, by its position, was told before without these very persons.
    Returns:
        A yes or no for each person, nobody where every set stands apart already; None where too many
        persons would have to be left out, or too few of a set would remain.
    """
    sets = _sets_of(answered, [_as_long(members, len(order)) for members in asked], beside, threshold)
    wholes = [each for each in sets if each.is_whole and each.near(each.members, answered, threshold) is None]
    left, touched = np.zeros(len(order), dtype=np.bool_), np.zeros(len(order), dtype=np.bool_)
    for _ in range(_MOST_TURNS):
        before = int(left.sum())
        for each in sets:
            rest = each.members & ~left
            near = each.near(rest, answered, threshold)
            if near is not None:
                if near.is_shrunk:
                    if all(is_told(at, left) for at in each.of):
                        continue
                    return None
                left |= _apart_from(near, rest, order)
                touched |= each.members
                if np.count_nonzero(each.members & ~left) < threshold:
                    return None  # so few that the number of all others tells how many of it there were here
        for each in wholes:
            whole = each.members
            left |= _rounded_up(whole & left, whole & ~touched & ~left, order, 2 * threshold)
        found = int(left.sum())
        if found > MOST_TIMES_THRESHOLD * threshold:
            return None
        if found == before:
            return left
    return None


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What earlier answers stand for together, by how often each person counts in it; and by how many the
    number of those who remain must fall short of theirs, whoever the few are that tell the two apart."""

    times: npt.NDArray[np.float64]
    short: int
    is_shrunk: bool

    @classmethod
    def of(cls, found: Combination, answered: Answered, *, persons: int, threshold: int) -> _Earlier:
        times = np.zeros(persons)
        for at, factor in found.terms:
            times += factor * answered.sets.members([at], persons=persons)[0]
        shrunk = any(at in answered.shrunk for at, _ in found.terms)
        return cls(times, found.within(apart=threshold - 1) + 1, shrunk)

    def is_near(self, rest: Members, threshold: int) -> bool:
        return int(np.count_nonzero(np.abs(self.times - rest) > _TOLERANCE)) < threshold


@dataclass(frozen=True, slots=True)
class _Asked:
    """A set, or what two leave of each other, and their positions; the earlier answers from which it must
    stand apart, None for all; and whether another set is a part of it."""

    members: Members
    of: tuple[int, ...]
    beside: Sequence[_Earlier] | None
    is_whole: bool = False

    def near(self, rest: Members, answered: Answered, threshold: int) -> _Earlier | None:
        """What comes near to those who remain; None where nothing does."""
        if self.beside is not None:
            return next((each for each in self.beside if each.is_near(rest, threshold)), None)
        found = find_near(answered.sets, rest, threshold=threshold)
        # A set of fewer than the threshold is near to nobody at all: leaving out would not mend that.
        if found is None or not found.terms:
            return None
        return _Earlier.of(found, answered, persons=len(rest), threshold=threshold)


def _sets_of(
    answered: Answered, told: Sequence[Members], beside: Sequence[Beside] | None, threshold: int
) -> list[_Asked]:
    """Small ones first: what they lose the larger ones have lost as well."""

    def earlier(*terms: tuple[int, float]) -> _Earlier:
        return _Earlier.of(Combination(terms), answered, persons=len(told[0]), threshold=threshold)

    places = beside or [None] * len(told)
    rests = rests_of(told, threshold=threshold)
    wholes = {each.outer for each in rests}
    sets = [
        _Asked(
            members, (at,), None if of is None else [earlier((at, 1.0)) for at in of], is_whole=at in wholes
        )
        for at, (members, of) in enumerate(zip(told, places, strict=True))
    ]
    for rest in rests:
        inner, outer = places[rest.inner], places[rest.outer]
        both = (rest.inner, rest.outer)
        if inner is None or outer is None:
            sets.append(_Asked(rest.members, both, None))
        else:
            pairs = product(outer, inner)
            sets.append(
                _Asked(rest.members, both, [earlier((whole, 1.0), (part, -1.0)) for whole, part in pairs])
            )
    return sorted(sets, key=lambda each: int(np.count_nonzero(each.members)))


def _rounded_up(lost: Members, others: Members, order: Order, step: int) -> Members:
    """Whom a set of which the number is known must lose as well, since how many it lost tells how many of its
    part were beside an earlier answer."""
    further = -int(lost.sum()) % step
    inside = np.flatnonzero(others)
    first = np.zeros(len(lost), dtype=np.bool_)
    first[inside[np.argsort(order[inside], kind="stable")[:further]]] = True
    return first


def _apart_from(near: _Earlier, rest: Members, order: Order) -> Members:
    """Who else is left out so that those who remain fall short by as many as they must, nobody beside."""
    left = rest & (near.times < 1 / 2)
    remain = rest & ~left
    further = near.short - round(float(near.times.sum()) - int(np.count_nonzero(remain)))
    inside = np.flatnonzero(remain)
    if further > 0:
        first = np.argsort(order[inside], kind="stable")[:further]
        left[inside[first]] = True
    return left


def _as_long(members: Members, persons: int) -> Members:
    found = np.zeros(persons, dtype=np.bool_)
    found[: len(members)] = members
    return found
