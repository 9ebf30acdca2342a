"""Forms the answer from pooled persons, events and person-time, and forms it again from what is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Arrays
from analysis_jobs.kinds.rates.design import EVERYBODY, Design
from analysis_jobs.kinds.rates.estimates import PER, crude_rate, ratio, standardised_rate
from analysis_jobs.kinds.rates.local import day_unit
from onggi.errors import NotTrusted, Refused
from onggi.spec.disclosure_rules import DisclosureRules
from onggi.spec.job import JobSpec
from onggi.spec.results import GroupRate, Rates, StratumRate
from privacy.disclosure.rounding import round_to_base, round_to_digits

DAYS_PER_YEAR = 365.25


def pooled_rates(spec: JobSpec, design: Design, sums: Arrays, *, sites: int) -> Rates:
    """The exact pooled answer, before disclosure control.

    Raises:
        Refused: ``describe.nobody``.
        NotTrusted: ``describe.sum_impossible``.
    """
    groups, strata = design.shape
    counts = sums["persons"]
    if not ((counts >= 0) & (counts == np.floor(counts))).all() or (sums["time"] < 0).any():
        raise NotTrusted("describe.sum_impossible")
    persons = counts[: groups * strata].astype(np.int64).reshape(groups, strata)
    events = counts[groups * strata :].astype(np.int64).reshape(groups, -1)
    if (events > (persons if events.shape == persons.shape else persons.sum(axis=1, keepdims=True))).any():
        raise NotTrusted("describe.sum_impossible")
    if not persons.any():
        raise Refused("describe.nobody")
    years = sums["time"].reshape(groups, strata) * (day_unit(design) / DAYS_PER_YEAR)
    names = [EVERYBODY, *(design.groups if design.by is not None else ())]
    rows = [slice(None), *(slice(at, at + 1) for at in range(len(names) - 1))]
    cells: list[StratumRate] = []
    totals: list[GroupRate] = []
    for name, row in zip(names, rows, strict=True):
        here, when, what = (each[row].sum(axis=0).tolist() for each in (persons, years, events))
        told = what if design.given.events_by_stratum else [None] * strata
        cells += [
            StratumRate(group=name, stratum=stratum, persons=count, person_years=time, events=found)
            for stratum, count, time, found in zip(design.strata_names, here, when, told, strict=True)
        ]
        totals.append(GroupRate(group=name, persons=sum(here), person_years=sum(when), events=sum(what)))
    answer = Rates(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        outcome=design.outcome.name,
        by=design.by.column.name if design.by is not None else None,
        stratified_by=tuple(each.column.name for each in design.strata),
        groups=tuple(totals),
        strata=tuple(cells),
    )
    return _with_rates(design, answer)


def rounded_rates(design: Design, answer: Rates, rules: DisclosureRules) -> Rates:
    """Events and persons to the base, person-years to the digits, and what follows from these."""
    base, digits = rules.rounding_base, rules.shown_digits

    def group(each: GroupRate) -> GroupRate:
        return each.model_copy(
            update={
                "persons": round_to_base(each.persons, base=base),
                "person_years": round_to_digits(each.person_years, digits=digits),
                "events": round_to_base(each.events, base=base),
            }
        )

    def stratum(each: StratumRate) -> StratumRate:
        return each.model_copy(
            update={
                "persons": round_to_base(each.persons, base=base),
                "person_years": round_to_digits(each.person_years, digits=digits),
                "events": None if each.events is None else round_to_base(each.events, base=base),
            }
        )

    shown = answer.model_copy(
        update={
            "groups": tuple(map(group, answer.groups)),
            "strata": tuple(map(stratum, answer.strata)),
            "rounded_to": base,
        }
    )
    return _with_rates(design, shown)


def _with_rates(design: Design, answer: Rates) -> Rates:
    strata = tuple(
        each.model_copy(
            update={"rate": None if each.events is None else crude_rate(each.events, each.person_years)}
        )
        for each in answer.strata
    )
    groups = tuple(
        _with_group_rates(design, each, [cell for cell in strata if cell.group == each.group])
        for each in answer.groups
    )
    return answer.model_copy(update={"groups": groups, "strata": strata})


def _with_group_rates(design: Design, group: GroupRate, cells: Sequence[StratumRate]) -> GroupRate:
    given, years = design.given, [cell.person_years for cell in cells]
    expected = None
    if given.reference_rates:
        expected = sum(rate * time / PER for rate, time in zip(given.reference_rates, years, strict=True))
    events = [cell.events for cell in cells if cell.events is not None]
    standardised = standardised_rate(events, years, given.standard) if given.standard else None
    return group.model_copy(
        update={
            "rate": crude_rate(group.events, group.person_years),
            "standardised": standardised,
            "expected": expected,
            "ratio": ratio(group.events, expected) if expected is not None else None,
        }
    )
