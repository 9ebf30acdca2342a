"""When a count of nobody tells too much of those of whom it could have been otherwise.

"Nobody here has it" speaks of each person who was counted, as DESIGN.md has it: zeros are small. In a cell of
a table a zero is refused. In a chain of groups, each within the one before, a zero difference is honest more
often than not: a rule that restates the cohort, a step of a curve on which nobody died. Refusing them all
would refuse most honest questions; showing them as one with their neighbour would not hide them, for
differences from 1 to the threshold are refused, so that an answer alone tells that there was none.

What a zero can tell of one person falls with the number of whom it speaks. Among n persons it shows, at
95 %, that the share is below 3 / n (the rule of three; Hanley and Lippman-Hand 1983), and it is believable
only where the share was expected to be small already. Of 50 persons it tells each no more than 6 %. A crafted
condition over a dozen persons whom the asker knows is what has to be refused, and that is what is refused: a
zero that speaks of fewer than five times the threshold.
"""

from __future__ import annotations

OF_SO_MANY_THRESHOLDS = 5


def zero_is_small(*, of: float, threshold: int, always: bool) -> bool:
    """Whether a difference of nobody speaks of too few persons.

    A threshold of 1 protects nobody, whatever a zero says.

    Args:
        of: how many persons could have made it another number.
        always: the rules hold such a zero for small of however many it speaks.
    """
    return always or (threshold > 1 and not of >= OF_SO_MANY_THRESHOLDS * threshold)


def difference_is_small(difference: float, *, of: float, threshold: int, always: bool) -> bool:
    """Whether a group found by subtraction is too small, nobody included where that speaks of too few."""
    if difference == 0:
        return zero_is_small(of=of, threshold=threshold, always=always)
    return not difference >= threshold
