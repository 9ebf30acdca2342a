"""Rates as sheets: the groups, then their strata where the job has any."""

from __future__ import annotations

from onggi.report.sheet import Column, Sheet, Value
from onggi.spec.results import Estimate, GroupRate, Rates, StratumRate

_COUNTS = (
    Column("persons", ("인원", "Persons")),
    Column("events", ("사건 수", "Events")),
    Column("person_years", ("인년", "Person-years")),
)


def sheets(result: Rates) -> tuple[Sheet, ...]:
    """One row a group; and one a stratum of each group, where there are strata."""
    told = [
        *_interval("rate", "발생률(1,000인년당)", "Rate per 1,000 person-years"),
        *_interval("standardised", "표준화 발생률", "Standardised rate"),
        Column("expected", ("기대 사건 수", "Expected events")),
        *_interval("ratio", "표준화 발생비", "Observed over expected"),
    ]
    columns = (Column("group", ("집단", "Group")), *_COUNTS, *told)
    groups = Sheet("rates", ("발생률", "Rates"), columns, tuple(map(_group, result.groups)))
    if not result.stratified_by:
        return (groups,)
    strata = (
        Column("group", ("집단", "Group")),
        Column("stratum", ("층", "Stratum")),
        *_COUNTS,
        *_interval("rate", "발생률(1,000인년당)", "Rate per 1,000 person-years"),
    )
    rows = tuple(map(_stratum, result.strata))
    return (groups, Sheet("rates_by_stratum", ("층별 발생률", "Rates by stratum"), strata, rows))


def _interval(name: str, ko: str, en: str) -> tuple[Column, Column, Column]:
    return (
        Column(name, (ko, en)),
        Column(f"{name}_low", (f"{ko} 95% 하한", f"{en}, 95 % from")),
        Column(f"{name}_high", (f"{ko} 95% 상한", f"{en}, 95 % to")),
    )


def _group(each: GroupRate) -> tuple[Value, ...]:
    counts = (each.group, each.persons, each.events, each.person_years)
    return (*counts, *_told(each.rate), *_told(each.standardised), each.expected, *_told(each.ratio))


def _stratum(each: StratumRate) -> tuple[Value, ...]:
    return (each.group, each.stratum, each.persons, each.events, each.person_years, *_told(each.rate))


def _told(estimate: Estimate | None) -> tuple[Value, Value, Value]:
    return (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
