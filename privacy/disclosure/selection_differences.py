"""Finds the small group that several counts of one cohort would give away by adding and subtracting.

A selection is a set of rules (bits of a whole number); its count is the persons who met all of them, so a
larger set counts fewer. From counts N of released selections a reader forms groups:

1. N(S) itself must reach the threshold.
2. N(S) - N(R), where R asks all that S asks and more: who met S and not R.
3. N(T) - N(S) - N(R) + N(U), where T is asked by S and by R, and U asks nothing beyond S and R together.
   With U = S and R together: who met T and neither S nor R.
4. Over three selections A, B, C above T, with all their unions: who met T and none of the three.

Groups 2 to 4 may be empty where that speaks of many (everybody who met S met R: of all who met S; in groups
3 and 4 of all who met T; see `zeros`), unless the rules say `zero_drop_is_small`, and must otherwise reach
the threshold. Every combination of up to four counts with coefficients -1, 0, 1 that cannot be negative
whatever the hospital holds is a sum of groups 1 to 3; a generative test tries them all. Combinations of more
counts than these are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations

import numpy as np
import numpy.typing as npt

from onggi.errors import Refused
from onggi.spec.results import Withheld
from privacy.disclosure.looks import look
from privacy.disclosure.thresholds import check_persons
from privacy.disclosure.zeros import zero_is_small

Whole = npt.NDArray[np.int64]
Small = tuple[int, bool]
"""The threshold, and whether a group of nobody is small of however many it speaks."""


def check_selections(
    names: Sequence[str],
    masks: Sequence[int],
    persons: Sequence[float],
    *,
    threshold: int,
    zero_drop_is_small: bool,
) -> None:
    """Every selection, and every group that follows from several, is large enough. Statbarn: Frequencies.

    Args:
        masks: the rules of each selection as bits, all different.
    Raises:
        Refused: ``disclosure.small_cell`` or ``disclosure.small_difference``.
    """
    check_persons(dict(zip(names, persons, strict=True)), threshold=threshold)
    with look("disclosure.small_difference", cells=len(masks), threshold=threshold):
        found = find_small_group(masks, persons, threshold=threshold, zero_drop_is_small=zero_drop_is_small)
        if found is not None:
            raise Refused("disclosure.small_difference", cell=names[found], threshold=threshold)


def find_small_group(
    masks: Sequence[int], persons: Sequence[float], *, threshold: int, zero_drop_is_small: bool
) -> int | None:
    """The position of a selection that has part in a small group of kinds 2 to 4; None without one."""
    few = (threshold, zero_drop_is_small)
    asked, counts = np.array(masks, dtype=np.int64), np.array(persons, dtype=np.float64)
    nested = ((asked[:, None] & ~asked[None, :]) == 0) & (asked[:, None] != asked[None, :])
    small = nested & _is_small(counts[:, None] - counts[None, :], counts[:, None], few)
    if small.any():
        return int(np.argwhere(small)[0][1])
    apart = ~nested & ~nested.T
    for first, second in combinations(range(len(masks)), 2):
        if apart[first, second] and _pair_is_small(first, second, asked, counts, few):
            return second
    return _small_beside_three(asked, counts, apart, few)


def _is_small(
    group: npt.NDArray[np.float64], of: npt.NDArray[np.float64], few: Small
) -> npt.NDArray[np.bool_]:
    """`of`: how many persons the group is taken from; a group of nobody speaks of them all."""
    threshold, always = few
    zeros = [zero_is_small(of=float(each), threshold=threshold, always=always) for each in of.ravel()]
    small: npt.NDArray[np.bool_] = (group > 0) & (group < threshold)
    small |= (group == 0) & np.array(zeros, dtype=np.bool_).reshape(of.shape)
    return small


def _pair_is_small(
    first: int, second: int, asked: Whole, counts: npt.NDArray[np.float64], few: Small
) -> bool:
    """Group 3 for one pair S, R and every T and U. A U within S or R alone gives sums of group 2."""
    s, r = asked[first], asked[second]
    below = (asked & ~(s & r)) == 0
    above = ((asked & ~(s | r)) == 0) & ((asked & ~s) != 0) & ((asked & ~r) != 0)
    groups = counts[below][:, None] + counts[above][None, :] - counts[first] - counts[second]
    return bool(_is_small(groups, counts[below][:, None], few).any())


def _small_beside_three(
    asked: Whole, counts: npt.NDArray[np.float64], apart: npt.NDArray[np.bool_], few: Small
) -> int | None:
    """Group 4. Only pairs whose union was counted can stand in it."""
    at = {int(mask): position for position, mask in enumerate(asked)}
    size = len(asked)
    united = {
        (one, other): at[int(asked[one] | asked[other])]
        for one, other in combinations(range(size), 2)
        if apart[one, other] and int(asked[one] | asked[other]) in at
    }
    for (a, b), ab in united.items():
        for c in range(b + 1, size):
            together = at.get(int(asked[a] | asked[b] | asked[c]))
            if together is None or (a, c) not in united or (b, c) not in united:
                continue
            below = (asked & ~(asked[a] & asked[b] & asked[c])) == 0
            pairs = counts[ab] + counts[united[a, c]] + counts[united[b, c]]
            groups = counts[below] - counts[a] - counts[b] - counts[c] + pairs - counts[together]
            if _is_small(groups, counts[below], few).any():
                return c
    return None


def decide_withheld_selections(
    masks: Sequence[int], persons: Sequence[int], *, threshold: int, zero_drop_is_small: bool
) -> tuple[Withheld | None, ...]:
    """For each selection, in order, whether it may be shown beside those shown before it.

    One reason stands for all: whether a number is small itself, or by subtraction, would narrow it down.
    """
    find = partial(find_small_group, threshold=threshold, zero_drop_is_small=zero_drop_is_small)
    if min(persons, default=threshold) >= threshold and find(masks, persons) is None:
        return (None,) * len(masks)
    shown: list[int] = []
    reasons: list[Withheld | None] = []
    for at, count in enumerate(persons):
        tried = [*shown, at]
        found = find([masks[each] for each in tried], [persons[each] for each in tried])
        small = count < threshold or found is not None
        reasons.append("small_alone_or_by_difference" if small else None)
        shown = shown if small else tried
    return tuple(reasons)
