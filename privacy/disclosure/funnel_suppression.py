"""Which steps of an attrition funnel are withheld so that no small group can be worked out from the rest.

* A step with too few persons is withheld. Counts never rise along a funnel, so these are its last steps.
* Secondary: a step that differs from the last one shown by 1 to threshold-1 persons is withheld too, and
  the next step is compared with the one still shown. Subtraction would give the small group away.
* A step that differs from the last one shown by nobody is withheld likewise where that speaks of few persons
  (`zeros`). Otherwise it is shown.
* The stated reason must not give a number away either: between shown 11 and threshold 10, "the difference
  is too small" could only mean 10. Below twice the threshold both reasons therefore read the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from onggi.spec.results import Withheld
from privacy.disclosure.zeros import difference_is_small

_SMALLEST_USEFUL_THRESHOLD = 3


def decide_withheld(
    persons: Sequence[int], *, threshold: int, zero_drop_is_small: bool
) -> tuple[Withheld | None, ...]:
    """For each step the reason why it is withheld, or None where it may be shown. Statbarn: Frequencies.

    A threshold of 2 counts as 3: a withheld difference below 2 could only be 1. With a threshold of 1
    only zeros are withheld, and a reader knows that they are zeros.
    """
    if any(later > earlier for earlier, later in pairwise(persons)):
        raise ValueError("a funnel never widens")
    limit = max(threshold, _SMALLEST_USEFUL_THRESHOLD) if threshold > 1 else threshold
    reasons: list[Withheld | None] = []
    shown: int | None = None
    for count in persons:
        reason = _reason(count, shown=shown, limit=limit, zero_is_small=zero_drop_is_small)
        reasons.append(reason)
        shown = count if reason is None else shown
    return tuple(reasons)


def _reason(count: int, *, shown: int | None, limit: int, zero_is_small: bool) -> Withheld | None:
    if count < limit:
        return "too_few_persons"
    if shown is None or not difference_is_small(
        shown - count, of=shown, threshold=limit, always=zero_is_small
    ):
        return None
    return "difference_too_small" if shown >= 2 * limit else "too_few_persons"
