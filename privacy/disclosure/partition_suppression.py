"""Which groups of a known total may be shown: all of them, or none.

* A group with too few persons is small; zero is small too, except for "value missing": that everybody's
  value was recorded is said of the whole cohort.
* One small group withholds them all. The total is known, so what is withheld adds up to a number that a
  reader knows: withholding just the small group and the next leaves tables that only one set of numbers fits.
* One reason stands for all withheld groups: which one was small would tell more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.spec.results import Withheld
from privacy.disclosure.thresholds import check_persons


def check_partition(groups: Mapping[str, float], *, missing: str, threshold: int) -> None:
    """Every group is large enough; nobody may be missing. Statbarn: Frequencies.

    Groups of one total are each other's differences: where all are large, so is every sum of some of them.

    Raises:
        Refused: ``disclosure.small_cell``.
    """
    told = {name: count for name, count in groups.items() if name != missing or count != 0}
    check_persons(told, threshold=threshold)


def decide_withheld_groups(
    persons: Sequence[int], *, threshold: int, total_shown: bool
) -> tuple[Withheld | None, ...]:
    """For each group the reason why it is withheld, or None. The last group is "value missing".

    Args:
        total_shown: whether the number that the groups add up to is shown; where not, none of them is.
    """
    last = len(persons) - 1
    small = any(count < threshold and not (count == 0 and at == last) for at, count in enumerate(persons))
    hidden = small or not total_shown
    return ("small_alone_or_by_difference" if hidden else None,) * len(persons)
