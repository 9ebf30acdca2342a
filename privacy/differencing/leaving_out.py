"""Leaves further persons out of an analysis until it stands apart from every earlier answer.

A regression on complete cases is a cohort without the few who lack a value; where the cohort was described
before, the difference of the two answers would tell of these few. To refuse would turn away every second
paper. Instead the analysis loses further persons, so that at least the threshold of persons differ:

* From a released set that comes near (or a combination of them) exactly the threshold of persons are left
  out: the few, and as many others. Whether the few are none or nine, the number of persons that remain is
  the same, and so is that something was left out.
* Who the others are is decided by a secret order of the hospital, the same for every question: asking again
  and again in other words does not average them away, but costs further persons each time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from privacy.differencing.combinations import Combination
from privacy.differencing.guard import Answered, find_near
from privacy.differencing.released_sets import Members

Order = npt.NDArray[np.uint64]
_MOST_TURNS = 64
MOST_TIMES_THRESHOLD = 8
"""So many thresholds of persons are left out at most: beyond, the answer would be another one."""


def leave_out(
    answered: Answered, asked: Sequence[tuple[Members, bool]], *, order: Order, threshold: int
) -> Members | None:
    """Persons without whom every set of an answer stands apart from what was answered before.

    Args:
        asked: the answer's sets, each of shape (persons,), and whether it must stand apart in any case. The
            others must as soon as they lose somebody: until then they were answered before.
        order: a secret rank for each person; the lowest are left out first. Shape (persons,).
    Returns:
        A yes or no for each person, nobody where every set stands apart already; None where too many
        persons would have to be left out.
    """
    left = np.zeros(len(order), dtype=np.bool_)
    for _ in range(_MOST_TURNS):
        before = int(left.sum())
        for members, must in asked:
            rest = _rest_of(members, left)
            if not must and not (left[: len(members)] & members).any():
                continue
            near = find_near(answered.sets, rest, threshold=threshold)
            # A set of fewer than the threshold is near to nobody at all: leaving out would not mend that.
            if near is not None and near.terms:
                left |= _apart_from(_persons_of(near, answered, len(order)), rest, order, threshold)
        found = int(left.sum())
        if found > MOST_TIMES_THRESHOLD * threshold:
            return None
        if found == before:
            return left
    return None


def _apart_from(near: Members, rest: Members, order: Order, threshold: int) -> Members:
    """Who else is left out so that exactly the threshold of `near` are missing, and nobody is beside it."""
    left = rest & ~near
    inside = np.flatnonzero(rest & near)
    further = max(threshold - int((near & ~rest).sum()), 0)
    if further:
        first = np.argsort(order[inside], kind="stable")[:further]
        left[inside[first]] = True
    return left


def _persons_of(near: Combination, answered: Answered, persons: int) -> Members:
    """Whom the combination stands for."""
    value = np.zeros(persons)
    for at, times in near.terms:
        value += times * answered.sets.members([at], persons=persons)[0]
    return np.asarray(value > 1 / 2)


def _rest_of(members: Members, left: Members) -> Members:
    found = ~left
    found[: len(members)] &= members
    found[len(members) :] = False
    return found
