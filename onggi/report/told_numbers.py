"""Reads numbers out in a figure's text alternative, and names everybody beside a description's groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from onggi.report.figure import Said
from onggi.report.sheet import Pair
from onggi.spec.results import Estimate

EVERYBODY: Final[Pair] = ("전체", "overall")
"""The first group of a description. The others are named as their level was typed."""
MOST_TOLD: Final = 12
"""So many numbers of a kind are read out; all of them stand in the tables."""


def told_group(group: str, *, first: str) -> Said:
    """How a group is called; `first` is the name that stands for everybody."""
    return EVERYBODY if group == first else group


def told_list(numbers: Iterable[str]) -> str:
    """The first of them, and a sign that there are more."""
    found = list(numbers)
    return "; ".join([*found[:MOST_TOLD], *(["…"] if len(found) > MOST_TOLD else [])])


def told_estimate(estimate: Estimate) -> str:
    """A number with its interval."""
    return f"{estimate.value:.4g} ({estimate.low:.4g}, {estimate.high:.4g})"
