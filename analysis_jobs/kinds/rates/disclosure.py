"""Which rates may be seen: all of a job's cells, or nothing.

* Every cell has enough persons, and enough of them have, and have not, had the event; zero is small. A
  first event is a person, so events are persons here. Cells do not overlap: sums and complements of large
  ones are large.
* Person-time is judged as a number of a regression (`summed_numbers`): enough persons, no two of them most
  of it or of its spread, and not one length of follow-up for all but a few. Where nearly everybody was
  followed to the end, what is missing from it is the others' alone.
* With reference rates alone, the events of a stratum may be few: they are not asked and do not leave.
"""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Arrays
from analysis_jobs.kinds.rates.combine import rounded_rates
from analysis_jobs.kinds.rates.design import Design
from analysis_jobs.kinds.rates.local import person_times
from analysis_jobs.kinds.summed_numbers import check_numbers
from onggi.spec.job import JobSpec
from onggi.spec.results import Rates
from privacy.disclosure.thresholds import check_persons


def check_evidence(spec: JobSpec, design: Design, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Raises:
        Refused: ``disclosure.small_cell``, ``disclosure.effective_sample``, ``disclosure.one_value``,
            ``disclosure.few_differ``.
    """
    threshold = spec.privacy.minimum_persons
    groups, strata = design.shape
    counts = [float(count) for count in evidence["persons"]]
    persons, events = counts[: groups * strata], counts[groups * strata :]
    _check_counts(design, persons, events, threshold=threshold)
    check_numbers(spec, person_times(design), evidence, persons=evidence["persons"][: groups * strata])


def _check_counts(design: Design, persons: list[float], events: list[float], *, threshold: int) -> None:
    told = dict(zip(design.cells, persons, strict=True))
    strata = design.shape[1]
    whole = persons
    if not design.given.events_by_stratum:
        whole = [sum(persons[start : start + strata]) for start in range(0, len(persons), strata)]
    for name, count, found in zip(design.event_cells, whole, events, strict=True):
        told |= {f"{name}, event": found, f"{name}, no event": count - found}
    check_persons(told, threshold=threshold)


def release(spec: JobSpec, design: Design, answer: Answer, *, exact: bool) -> Rates:
    """The answer once its own numbers keep the thresholds again; rounded unless `exact`.

    Raises:
        Refused: ``disclosure.small_cell``.
    """
    if not isinstance(answer, Rates):
        raise TypeError("the answer of rates is rates")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    groups, strata = answer.groups, answer.strata
    if design.by is not None:
        groups, strata = groups[1:], strata[design.shape[1] :]
    told = strata if design.given.events_by_stratum else groups
    events = [float(each.events or 0) for each in told]
    _check_counts(design, [float(each.persons) for each in strata], events, threshold=threshold)
    shown = answer.model_copy(update={"minimum_persons": threshold})
    return shown if exact else rounded_rates(design, shown, spec.privacy.rules)
