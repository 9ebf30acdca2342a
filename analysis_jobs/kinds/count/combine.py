"""Turns the summed funnels of all hospitals into one table."""

from __future__ import annotations

from analysis_jobs.kinds.contract import Arrays
from analysis_jobs.kinds.count.steps import step_names
from onggi.errors import NotTrusted
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable


def pooled_funnel(spec: JobSpec, sums: Arrays, *, sites: int) -> CountTable:
    """The exact pooled funnel, before disclosure control.

    Raises:
        NotTrusted: ``count.sum_impossible`` when the sums are not whole or rise along the funnel.
    """
    persons = [float(value) for value in sums["persons"]]
    steps = step_names(spec.cohort)
    whole = len(persons) == len(steps) and all(value >= 0 and value.is_integer() for value in persons)
    if not whole or persons != sorted(persons, reverse=True):
        raise NotTrusted("count.sum_impossible")
    return CountTable(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        steps=steps,
        persons=tuple(int(value) for value in persons),
        withheld=(None,) * len(steps),
    )
