"""Which numbers of a count may be seen: no small one, and no small group by subtraction.

* A plain funnel: no small step, no small drop (`check_funnel`).
* Several choices of the rules: the groups of `privacy.disclosure.selection_differences`, and for every two
  choices the persons in one and not in the other: two choices may hold nearly the same persons although
  neither's rules contain the other's.
* Groups by age, sex, year: none small; "missing" may be empty.
* A difference of nobody is small where it speaks of few (`zeros`). That nobody of a step had a further event
  is not looked at: most definitions let a person enter once.
* Events: a person's first event is the person, whom the rules above look at. Further events must rest on
  enough persons, at each step and for those that go no further, and not mostly on a few.
"""

from __future__ import annotations

from itertools import combinations

from analysis_jobs.kinds.contract import Answer, Arrays
from analysis_jobs.kinds.count.groups import MISSING, find_groupings
from analysis_jobs.kinds.count.selections import Selections, find_selections
from analysis_jobs.kinds.ranges import SQUARES_UNIT
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable, Withheld
from privacy.disclosure.funnel_suppression import decide_withheld
from privacy.disclosure.looks import look
from privacy.disclosure.partition_suppression import check_partition, decide_withheld_groups
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.selection_differences import check_selections, decide_withheld_selections
from privacy.disclosure.thresholds import check_effective_sample, check_funnel, check_persons
from privacy.disclosure.zeros import difference_is_small


def check_counts(spec: JobSpec, evidence: Arrays) -> None:
    """Raises Refused ``disclosure.small_cell``, ``small_difference`` or ``effective_sample``."""
    threshold, rules = spec.privacy.minimum_persons, spec.privacy.rules
    selections = find_selections(spec)
    persons = [float(count) for count in evidence["persons"]]
    check_funnel(
        selections.names[: selections.own],
        persons,
        threshold=threshold,
        zero_drop_is_small=rules.zero_drop_is_small,
    )
    if "selections" in evidence:
        every = [*persons, *(float(count) for count in evidence["selections"])]
        check_selections(
            selections.names,
            selections.masks,
            every,
            threshold=threshold,
            zero_drop_is_small=rules.zero_drop_is_small,
        )
        _check_apart(selections, every, evidence, threshold=threshold, always=rules.zero_drop_is_small)
    _check_groups(spec, evidence, threshold=threshold)
    if "events" in evidence:
        holders = max(threshold, rules.effective_event_holders)
        _check_events(selections, evidence, threshold=threshold, effective=holders)


def _check_apart(
    selections: Selections, persons: list[float], evidence: Arrays, *, threshold: int, always: bool
) -> None:
    pairs = combinations(range(len(selections.masks)), 2)
    with look("disclosure.small_difference", cells=len(evidence["apart"]), threshold=threshold):
        for (first, second), apart in zip(pairs, evidence["apart"], strict=True):
            if difference_is_small(float(apart), of=persons[first], threshold=threshold, always=always):
                name = selections.names[second]
                raise Refused("disclosure.small_difference", cell=name, threshold=threshold)


def _check_groups(spec: JobSpec, evidence: Arrays, *, threshold: int) -> None:
    start = 0
    for each in find_groupings(spec):
        cells = evidence["groups"][start : start + len(each.groups)]
        names = [f"{each.variable}: {group}" for group in each.groups]
        told = dict(zip(names, (float(cell) for cell in cells), strict=True))
        check_partition(told, missing=f"{each.variable}: {MISSING}", threshold=threshold)
        start += len(each.groups)


def _check_events(selections: Selections, evidence: Arrays, *, threshold: int, effective: int) -> None:
    for step in range(selections.own):
        holders = float(evidence["further_persons"][step])
        if holders == 0:
            continue
        check_persons({selections.names[step]: holders}, threshold=threshold)
        check_effective_sample(
            weight_sum=float(evidence["further_events"][step]),
            weight_squares=float(evidence["further_squares"][step]) / SQUARES_UNIT,
            threshold=effective,
        )


def release(spec: JobSpec, answer: Answer, *, exact: bool) -> CountTable:
    """The table as it may be shown: suppression first, rounding after."""
    if not isinstance(answer, CountTable) or None in answer.persons:
        raise TypeError("a complete count table is released once")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    base = 1 if exact else spec.privacy.rules.rounding_base
    withheld = _withheld_selections(spec, answer, threshold=threshold)
    own = withheld[: len(answer.steps)]
    places = find_selections(spec).funnels
    funnels = []
    for funnel, at in zip(answer.funnels, places, strict=True):
        reasons = tuple(withheld[each] for each in at)
        funnels.append(
            funnel.model_copy(
                update={"persons": _shown(funnel.persons, reasons, base=base), "withheld": reasons}
            )
        )
    groups = []
    for grouped in answer.groups:
        reasons = decide_withheld_groups(
            _complete(grouped.persons), threshold=threshold, total_shown=own[-1] is None
        )
        shown = _shown(grouped.persons, reasons, base=base)
        groups.append(grouped.model_copy(update={"persons": shown, "withheld": reasons}))
    return answer.model_copy(
        update={
            "persons": _shown(answer.persons, own, base=base),
            "withheld": own,
            "events": _shown(answer.events, own, base=base) if answer.events else (),
            "funnels": tuple(funnels),
            "groups": tuple(groups),
            "rounded_to": base,
            "minimum_persons": threshold,
        }
    )


def _withheld_selections(spec: JobSpec, answer: CountTable, *, threshold: int) -> tuple[Withheld | None, ...]:
    """For each choice of rules, in the order of `find_selections`."""
    counts, zero_is_small = _complete(answer.persons), spec.privacy.rules.zero_drop_is_small
    if not answer.funnels:
        return decide_withheld(counts, threshold=threshold, zero_drop_is_small=zero_is_small)
    selections = find_selections(spec)
    every = dict(enumerate(counts))
    for funnel, places in zip(answer.funnels, selections.funnels, strict=True):
        every |= dict(zip(places, _complete(funnel.persons), strict=True))
    persons = [every[at] for at in range(len(selections.masks))]
    return decide_withheld_selections(
        selections.masks, persons, threshold=threshold, zero_drop_is_small=zero_is_small
    )


def _complete(persons: tuple[int | None, ...]) -> list[int]:
    return [count for count in persons if count is not None]


def _shown(
    counts: tuple[int | None, ...], reasons: tuple[Withheld | None, ...], *, base: int
) -> tuple[int | None, ...]:
    return tuple(
        round_to_base(count, base=base) if reason is None and count is not None else None
        for count, reason in zip(counts, reasons, strict=True)
    )
