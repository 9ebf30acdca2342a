"""Turns the summed counts of all hospitals into one table."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.count.groups import find_groupings
from analysis_jobs.kinds.count.selections import find_selections, funnel_steps
from onggi.errors import NotTrusted
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters
from onggi.spec.results import CountedFunnel, CountedGroups, CountTable


def pooled_table(spec: JobSpec, sums: Arrays, *, sites: int) -> CountTable:
    """The exact pooled table, before disclosure control.

    Raises:
        NotTrusted: ``count.sum_impossible`` when the sums are not whole, or rise along a funnel.
    """
    selections = find_selections(spec)
    persons = _wholes(sums["persons"], selections.own)
    _check_falling(persons)
    every = persons + _wholes(sums.get("selections", ()), len(selections.masks) - selections.own)
    funnels = []
    for rules, places in zip(_asked(spec).funnels, selections.funnels, strict=True):
        counts = [every[at] for at in places]
        _check_falling(counts)
        steps = funnel_steps(spec, rules)
        funnels.append(CountedFunnel(steps=steps, persons=tuple(counts), withheld=(None,) * len(steps)))
    events: list[int] = []
    if _asked(spec).events:
        events = _wholes(sums["events"], selections.own)
        _check_falling(events)
        if any(counted < found for counted, found in zip(events, persons, strict=True)):
            raise NotTrusted("count.sum_impossible")
    return CountTable(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        steps=selections.names[: selections.own],
        persons=tuple(persons),
        withheld=(None,) * selections.own,
        events=tuple(events),
        funnels=tuple(funnels),
        groups=_groups(spec, sums, total=persons[-1]),
    )


def _groups(spec: JobSpec, sums: Arrays, *, total: int) -> tuple[CountedGroups, ...]:
    groupings = find_groupings(spec)
    counts = _wholes(sums.get("groups", ()), sum(len(each.groups) for each in groupings))
    found = []
    for each in groupings:
        here, counts = counts[: len(each.groups)], counts[len(each.groups) :]
        if sum(here) != total:
            raise NotTrusted("count.sum_impossible")
        found.append(
            CountedGroups(
                variable=each.variable,
                groups=each.groups,
                persons=tuple(here),
                withheld=(None,) * len(here),
            )
        )
    return tuple(found)


def _asked(spec: JobSpec) -> CountParameters:
    if not isinstance(spec.parameters, CountParameters):
        raise TypeError("a count job has a count's parameters")
    return spec.parameters


def _wholes(values: Sequence[float] | Array, length: int) -> list[int]:
    told = [float(value) for value in values]
    if len(told) != length or not all(value >= 0 and value.is_integer() for value in told):
        raise NotTrusted("count.sum_impossible")
    return [int(value) for value in told]


def _check_falling(counts: Sequence[int]) -> None:
    if list(counts) != sorted(counts, reverse=True):
        raise NotTrusted("count.sum_impossible")
