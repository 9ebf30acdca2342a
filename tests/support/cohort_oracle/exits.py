"""When a person leaves the cohort: the earliest of the end strategy's day and the censoring records' days."""

from __future__ import annotations

from datetime import date

from tests.support.cohort_oracle.concept_sets import concept_set
from tests.support.cohort_oracle.criteria import natural_end
from tests.support.cohort_oracle.domains import DOMAINS
from tests.support.cohort_oracle.eras import merged
from tests.support.cohort_oracle.groups import find_records
from tests.support.cohort_oracle.rows import Event, Hospital, Json, at_least, plus, table


def exit_day(event: Event, expression: Json, hospital: Hospital) -> date | None:
    """The event's last day in the cohort; None if nothing ends it on or after its start."""
    days = [*_strategy_days(event, expression, hospital), *_censoring_days(event, expression, hospital)]
    return min((day for day in days if day is not None and day >= event.start), default=None)


def _strategy_days(event: Event, expression: Json, hospital: Hospital) -> list[date | None]:
    strategy = expression.get("EndStrategy") or {}
    match list(strategy):
        case []:
            return [event.closes]
        case ["DateOffset"]:
            return [_offset_day(event, strategy["DateOffset"])]
        case ["CustomEra"]:
            return [event.closes, *_era_days(event, strategy["CustomEra"], expression, hospital)]
    raise ValueError(f"no such end strategy: {sorted(strategy)}")


def _offset_day(event: Event, told: Json) -> date | None:
    day = plus(event.end if told["DateField"] == "EndDate" else event.start, told["Offset"])
    return event.closes if day is not None and day > event.closes else day


def _era_days(event: Event, told: Json, expression: Json, hospital: Hospital) -> list[date | None]:
    """The end of the person's era of the drug around the event's first day."""
    concepts = concept_set(told["DrugCodesetId"], expression, hospital)
    gap, offset, override = told["GapDays"], told["Offset"], told.get("DaysSupplyOverride")
    exposures = []
    for row in table(hospital, "drug_exposure"):
        named = row.get("drug_concept_id") in concepts or row.get("drug_source_concept_id") in concepts
        if row["person_id"] != event.person or not named:
            continue
        start = row["drug_exposure_start_date"]
        end = natural_end(row, DOMAINS["DrugExposure"]) if override is None else plus(start, override)
        exposures.append((start, plus(end, offset)))
    return [last for first, last in merged(exposures, pad=gap) if first <= event.start <= last]


def _censoring_days(event: Event, expression: Json, hospital: Hospital) -> list[date | None]:
    return [
        record.start
        for criterion in expression.get("CensoringCriteria") or ()
        for record in find_records(criterion, expression, hospital)
        if record.person == event.person
        and at_least(record.start, event.start)
        and at_least(event.closes, record.start)
    ]
