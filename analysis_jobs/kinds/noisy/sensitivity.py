"""How far one person can move a kind's counts: worked out from the spec alone, before any data is read.

A kind stands here only if every number of its one reply counts distinct persons. One person, added or taken
away with all of their records, then moves a number by one or not at all; declared is in how many at most.
A kind that does not stand here gets no noise, whatever a job asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from analysis_jobs.kinds.count.groups import find_groupings
from analysis_jobs.kinds.count.selections import find_selections
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters
from privacy.noise.sensitivity import Sensitivity


def sensitivity_of(spec: JobSpec) -> Sensitivity:
    """Of all numbers of a hospital's reply together.

    Raises:
        Refused: ``privacy.no_noise_here`` for a kind whose numbers are no counts of persons;
            ``noise.events_unbounded``.
    """
    cells = CELLS_OF_ONE_PERSON.get(spec.kind)
    if cells is None:
        raise Refused("privacy.no_noise_here", kind=spec.kind, kinds=", ".join(sorted(CELLS_OF_ONE_PERSON)))
    return Sensitivity.of_counts(cells=cells(spec))


def _one_cell(_spec: JobSpec) -> int:
    """Cells share nobody: a person stands in one of them, or in none."""
    return 1


def _count_cells(spec: JobSpec) -> int:
    """Somebody who met every rule is in each choice of rules, and in one group of each grouping."""
    if isinstance(spec.parameters, CountParameters) and spec.parameters.events:
        raise Refused("noise.events_unbounded")  # one person may have any number of them
    return len(find_selections(spec).masks) + len(find_groupings(spec))


CELLS_OF_ONE_PERSON: Final[Mapping[str, Callable[[JobSpec], int]]] = {
    "count": _count_cells,
    "overlap": _one_cell,
    "cross_table": _one_cell,
    "distribution": _one_cell,
}
"""In how many numbers of the reply one person counts at most, by the kind's short name."""
