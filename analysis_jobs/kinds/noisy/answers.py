"""What is made of noisy sums: an answer, and of that what is shown. The true counts are not known here.

* A number may be negative, and steps of a funnel may rise: nothing is mended, since mending is biased.
* What is shown is decided by noisy numbers alone. Each under the threshold is withheld by itself: the noise
  hides single persons, so no difference of two numbers needs a rule, and a second number never has to go.
* A table of cells knows no withheld cell: it is shown whole or not at all. Tests and ratios are left out, for
  they would take the noise for differences between persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Kind
from analysis_jobs.kinds.count.groups import find_groupings
from analysis_jobs.kinds.count.selections import find_selections, funnel_steps
from analysis_jobs.kinds.overlap.kind import combinations_of
from onggi.errors import NotTrusted
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters, OverlapParameters
from onggi.spec.results import CountedFunnel, CountedGroups, CountTable, CrossTable, OverlapTable, Withheld

_SMALL: Withheld = "too_few_persons"
Part = TypeVar("Part", CountedFunnel, CountedGroups)


def answer_of(kind: Kind, spec: JobSpec, sums: Arrays, *, sites: int) -> Answer:
    """The pooled answer, every number as it came.

    Raises:
        NotTrusted: ``noise.sum_impossible`` for what is no vector of whole numbers.
        Refused: ``describe.nobody`` where no cell of a table is above zero.
    """
    _check_whole(sums)
    match spec.parameters:
        case CountParameters() as asked:
            return _count(spec, asked, sums, sites=sites)
        case OverlapParameters(names=names):
            return _overlap(spec, names, sums, sites=sites)
        case _:
            # A table is shown only where every cell is large: what is clamped here is never seen.
            above = {name: np.maximum(numbers, 0) for name, numbers in sums.items()}
            return kind.next(spec, [above], sites=sites)  # type: ignore[return-value]  # one ask, then the answer


def shown_of(kind: Kind, spec: JobSpec, answer: Answer) -> Answer:
    """What may be seen of it. Raises Refused ``disclosure.small_cell`` for a table with a small cell."""
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    match answer:
        case CountTable():
            return _shown_count(answer, threshold)
        case OverlapTable():
            return _shown_overlap(answer, threshold)
        case CrossTable():
            shown = kind.release(spec, answer, exact=True)
            assert isinstance(shown, CrossTable)
            nothing = {"test": None, "cramers_v": None, "smallest_expected": None, "two_by_two": None}
            tables = tuple(table.model_copy(update=nothing) for table in shown.tables)
            return shown.model_copy(update={"tables": tables})
        case _:
            return kind.release(spec, answer, exact=True)


def _check_whole(sums: Arrays) -> None:
    if any((numbers != np.floor(numbers)).any() for numbers in sums.values()):
        raise NotTrusted("noise.sum_impossible")


def _wholes(numbers: Sequence[float] | Array) -> tuple[int, ...]:
    return tuple(int(each) for each in numbers)


# --- counts ------------------------------------------------------------------------------------------


def _count(spec: JobSpec, asked: CountParameters, sums: Arrays, *, sites: int) -> CountTable:
    selections = find_selections(spec)
    every = (*_wholes(sums["persons"]), *_wholes(sums.get("selections", ())))
    funnels = []
    for rules, places in zip(asked.funnels, selections.funnels, strict=True):
        counts = tuple(every[at] for at in places)
        none = (None,) * len(counts)
        funnels.append(CountedFunnel(steps=funnel_steps(spec, rules), persons=counts, withheld=none))
    return CountTable(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        steps=selections.names[: selections.own],
        persons=every[: selections.own],
        withheld=(None,) * selections.own,
        funnels=tuple(funnels),
        groups=_groups(spec, _wholes(sums.get("groups", ()))),
    )


def _groups(spec: JobSpec, counts: Sequence[int]) -> tuple[CountedGroups, ...]:
    found, start = [], 0
    for each in find_groupings(spec):
        size = len(each.groups)
        here = tuple(counts[start : start + size])
        start += size
        found.append(
            CountedGroups(variable=each.variable, groups=each.groups, persons=here, withheld=(None,) * size)
        )
    return tuple(found)


def _shown_count(answer: CountTable, threshold: int) -> CountTable:
    persons, withheld = _large(answer.persons, threshold)
    return answer.model_copy(
        update={
            "persons": persons,
            "withheld": withheld,
            "funnels": tuple(_large_part(each, threshold) for each in answer.funnels),
            "groups": tuple(_large_part(each, threshold) for each in answer.groups),
            "minimum_persons": threshold,
        }
    )


def _large_part(part: Part, threshold: int) -> Part:
    persons, withheld = _large(part.persons, threshold)
    return part.model_copy(update={"persons": persons, "withheld": withheld})


# --- overlaps ----------------------------------------------------------------------------------------


def _overlap(spec: JobSpec, names: tuple[str, ...], sums: Arrays, *, sites: int) -> OverlapTable:
    combinations, persons = combinations_of(spec), _wholes(sums["persons"])
    totals = tuple(
        sum(count for count, inside in zip(persons, combinations, strict=True) if inside[at])
        for at in range(len(names))
    )
    return OverlapTable(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        cohorts=names,
        totals=totals,
        totals_withheld=(None,) * len(totals),
        combinations=combinations,
        persons=persons,
        withheld=(None,) * len(persons),
    )


def _shown_overlap(answer: OverlapTable, threshold: int) -> OverlapTable:
    persons, withheld = _large(answer.persons, threshold)
    totals, totals_withheld = _large(answer.totals, threshold)
    return answer.model_copy(
        update={
            "persons": persons,
            "withheld": withheld,
            "totals": totals,
            "totals_withheld": totals_withheld,
            "minimum_persons": threshold,
        }
    )


def _large(
    numbers: Sequence[int | None], threshold: int
) -> tuple[tuple[int | None, ...], tuple[Withheld | None, ...]]:
    """What is at least the threshold, and why the rest is withheld."""
    shown = tuple(each if each is not None and each >= threshold else None for each in numbers)
    return shown, tuple(_SMALL if each is None else None for each in shown)
