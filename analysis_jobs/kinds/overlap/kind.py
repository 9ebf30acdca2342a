"""Counts distinct persons in every combination of up to five cohorts, over all hospitals together.

Each person of any cohort stands in exactly one combination (who is in the first and second and not in the
third, ...). Totals and intersections are sums of these numbers, so they are checked through them:

* a combination holds enough persons, or is empty (unless the rules say that this is small): whatever is
  formed from totals, intersections and combinations by adding and subtracting, and cannot be negative, is
  then nobody or enough persons;
* those in all cohorts must be enough: "nobody of the first is in the second" is a small number too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.columns import find_whole_column
from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.ranges import count_entry
from analysis_jobs.kinds.set_definitions import in_cohort
from analysis_jobs.variables.whole_columns import member_column, staged_name
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import OverlapParameters
from onggi.spec.results import OverlapTable, Withheld
from privacy.disclosure.looks import look
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.thresholds import check_persons, is_small
from privacy.disclosure.zeros import difference_is_small

_HIDDEN: Withheld = "small_alone_or_by_difference"


class OverlapKind:
    """One ask: how many persons are in exactly each combination of the cohorts. Exact whole numbers."""

    name = "overlap"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``kinds.wrong_kind`` or ``overlap.variables_asked``."""
        _asked(spec)
        if spec.columns:
            raise Refused("overlap.variables_asked")

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled table."""
        if not history:
            return Ask(ordinal=0, name="combinations", arrays={})
        return _pooled_table(spec, history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """One whole number per combination; the evidence is the same."""
        _check_ask(ask)
        entry = count_entry("persons", len(combinations_of(spec)), participants=participants)
        return Layout(arrays=(entry,), evidence=(entry,))

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's persons per combination."""
        _check_ask(ask)
        persons = _persons_here(table, cohorts=len(spec.cohorts))
        return Summary(arrays={"persons": persons}, evidence={"persons": persons.copy()})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Who is in each combination. Totals and intersections are sums of these."""
        members = _combination_of(table, cohorts=len(spec.cohorts))
        return tuple(
            PersonSet(
                _name_exactly(spec, each),
                members == at,
                counted=(("persons", at - 1),),
                where=tuple(in_cohort(cohort, is_in=is_in) for cohort, is_in in enumerate(each)),
            )
            for at, each in enumerate(combinations_of(spec), start=1)
        )

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when a combination at this hospital is small."""
        _check_combinations(spec, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled combinations: what is unmasked is seen by the coordinator as it is."""
        _check_combinations(spec, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """Withholds everything where one combination is small; rounds unless `exact`."""
        if not isinstance(answer, OverlapTable) or None in answer.persons:
            raise TypeError("a complete overlap is released once")
        return _released(spec, answer, base=1 if exact else spec.privacy.rules.rounding_base)


def combinations_of(spec: JobSpec) -> tuple[tuple[bool, ...], ...]:
    """Every combination but nobody's, the one of all cohorts last: bit i of its number says cohort i."""
    size = len(spec.cohorts)
    return tuple(tuple(bool(bits >> at & 1) for at in range(size)) for bits in range(1, 1 << size))


def _asked(spec: JobSpec) -> OverlapParameters:
    if not isinstance(spec.parameters, OverlapParameters):
        raise Refused("kinds.wrong_kind", kind="overlap")
    return spec.parameters


def _persons_here(table: Table, *, cohorts: int) -> Array:
    combination = _combination_of(table, cohorts=cohorts)
    return np.bincount(combination, minlength=1 << cohorts)[1:].astype(np.float64)


def _combination_of(table: Table, *, cohorts: int) -> npt.NDArray[np.int64]:
    """In which cohorts each person is: bit i says cohort i."""
    combination = np.zeros(table.num_rows, dtype=np.int64)
    for at in range(cohorts):
        member = find_whole_column(table, staged_name(member_column(at)), top=1)
        if member is None:
            raise Refused("overlap.table_wrong")
        combination += member.astype(np.int64) << at
    if (combination == 0).any():
        raise Refused("overlap.table_wrong")
    return combination


def _check_combinations(spec: JobSpec, evidence: Arrays) -> None:
    threshold = spec.privacy.minimum_persons
    always = spec.privacy.rules.empty_combination_is_small
    names = [_name(spec, each) for each in combinations_of(spec)]
    persons = [float(count) for count in evidence["persons"]]
    check_persons({names[-1]: persons[-1]}, threshold=threshold)
    with look("disclosure.small_cell", cells=len(names), threshold=threshold):
        for name, count, of in zip(names, persons, _spoken_of(spec, persons), strict=True):
            if difference_is_small(count, of=of, threshold=threshold, always=always):
                raise Refused("disclosure.small_cell", cell=name, threshold=threshold)


def _spoken_of(spec: JobSpec, persons: Sequence[float]) -> list[float]:
    """Of how many an empty combination speaks: of everybody in the smallest cohort that it names."""
    combinations = combinations_of(spec)
    totals = [
        sum(count for count, inside in zip(persons, combinations, strict=True) if inside[at])
        for at in range(len(_asked(spec).names))
    ]
    return [
        min(total for total, within in zip(totals, inside, strict=True) if within) for inside in combinations
    ]


def _name(spec: JobSpec, combination: Sequence[bool]) -> str:
    return " + ".join(name for name, inside in zip(_asked(spec).names, combination, strict=True) if inside)


def _name_exactly(spec: JobSpec, combination: Sequence[bool]) -> str:
    return f"{_name(spec, combination)} alone"


def _pooled_table(spec: JobSpec, sums: Arrays, *, sites: int) -> OverlapTable:
    combinations = combinations_of(spec)
    told = [float(count) for count in sums["persons"]]
    if len(told) != len(combinations) or not all(count >= 0 and count.is_integer() for count in told):
        raise NotTrusted("overlap.sum_impossible")
    persons = tuple(int(count) for count in told)
    names = _asked(spec).names
    totals = [
        sum(count for count, inside in zip(persons, combinations, strict=True) if inside[at])
        for at in range(len(names))
    ]
    return OverlapTable(
        sites=sites,
        minimum_persons=spec.privacy.minimum_persons,
        cohorts=names,
        totals=tuple(totals),
        totals_withheld=(None,) * len(totals),
        combinations=combinations,
        persons=persons,
        withheld=(None,) * len(persons),
    )


def _released(spec: JobSpec, answer: OverlapTable, *, base: int) -> OverlapTable:
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    always = spec.privacy.rules.empty_combination_is_small
    persons = [count for count in answer.persons if count is not None]
    totals = [count for count in answer.totals if count is not None]
    small = is_small(persons[-1], threshold=threshold) or any(
        difference_is_small(count, of=of, threshold=threshold, always=always)
        for count, of in zip(persons, _spoken_of(spec, persons), strict=True)
    )
    # All or nothing: a total is a sum of combinations, and two totals alone may differ by a small group.
    reason = _HIDDEN if small else None
    return answer.model_copy(
        update={
            "persons": tuple(None if small else round_to_base(count, base=base) for count in persons),
            "withheld": (reason,) * len(persons),
            "totals": tuple(None if small else round_to_base(total, base=base) for total in totals),
            "totals_withheld": (reason,) * len(totals),
            "rounded_to": base,
            "minimum_persons": threshold,
        }
    )


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != "combinations" or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = OverlapKind()
