"""Checks of plausibility in the rows of a table: bounds, births, deaths, visits, starts and ends."""

from __future__ import annotations

from datetime import date

from analysis_jobs.cohort.expressions import (
    Expr,
    compare,
    day,
    days_after,
    every,
    is_present,
    real,
    some,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Bound, Check, DaysFromToday, YearsFromThis
from analysis_jobs.quality.lookups import DEATH, PERSON, VISIT, as_day
from analysis_jobs.quality.measures import Measure, base_column

_AFTER_DEATH = 60
_AROUND_VISIT = 7


def below(check: Check, shape: CdmShape) -> Measure:
    """`plausibleValueLow`: values under the bound."""
    return _beyond(check, shape, "lt")


def above(check: Check, shape: CdmShape) -> Measure:
    """`plausibleValueHigh`: values over the bound."""
    return _beyond(check, shape, "gt")


def _beyond(check: Check, shape: CdmShape, op: str) -> Measure:
    assert check.bound is not None
    value = base_column(str(check.field))
    bound = bound_on(check.bound, shape.today)
    eligible = is_present(value.copy())
    if isinstance(bound, date):
        return Measure(check, violated=compare(op, as_day(value), day(bound)), eligible=eligible)
    return Measure(check, violated=compare(op, value, number(bound)), eligible=eligible)


def bound_on(bound: Bound, today: date) -> float | date:
    """The bound on the day of the run."""
    if isinstance(bound, DaysFromToday | YearsFromThis):
        return bound.on(today)
    return bound


def number(value: float) -> Expr:
    """A number as a literal: a whole one as such, so that whole numbers are not compared as doubles."""
    return whole(int(value)) if float(value).is_integer() else real(value)


def before_other(check: Check, shape: CdmShape) -> Measure:
    """`plausibleTemporalAfter`: dates before the one that they should follow; a birth may be of about."""
    value = as_day(base_column(str(check.field)))
    if check.other_table == "person":
        return Measure(check, violated=compare("gt", PERSON.value("born_about"), value), lookups=(PERSON,))
    assert check.other_table == check.table, "read_checks lets no other table through"
    assert shape.has(check.table, check.other_field)
    return Measure(check, violated=compare("gt", as_day(base_column(str(check.other_field))), value))


def start_after_end(check: Check, _shape: CdmShape) -> Measure:
    """`plausibleStartBeforeEnd`: starts that lie after their end, where both are told."""
    start, end = base_column(str(check.field)), base_column(str(check.other_field))
    eligible = every([is_present(start), is_present(end)])
    return Measure(check, violated=compare("gt", as_day(start.copy()), as_day(end.copy())), eligible=eligible)


def before_birth(check: Check, _shape: CdmShape) -> Measure:
    """`plausibleAfterBirth`: dates before birth."""
    value = base_column(str(check.field))
    return Measure(
        check,
        violated=compare("lt", as_day(value), PERSON.value("born")),
        eligible=is_present(value.copy()),
        lookups=(PERSON,),
    )


def _long_after_death(value: Expr) -> Expr:
    return compare("gt", as_day(value), days_after(DEATH.value("died"), _AFTER_DEATH))


def after_death(check: Check, _shape: CdmShape) -> Measure:
    """`plausibleBeforeDeath`: dates more than 60 days after death, of persons who died."""
    value = base_column(str(check.field))
    eligible = every([is_present(value.copy()), DEATH.is_found])
    return Measure(check, violated=_long_after_death(value), eligible=eligible, lookups=(DEATH,))


def outside_life(check: Check, _shape: CdmShape) -> Measure:
    """`plausibleDuringLife`: the same over all rows of persons who died, those without a date too."""
    value = base_column(str(check.field))
    return Measure(check, violated=_long_after_death(value), eligible=DEATH.is_found, lookups=(DEATH,))


def outside_visit(check: Check, _shape: CdmShape) -> Measure:
    """`withinVisitDates`: dates more than a week before or after their visit."""
    value = as_day(base_column(str(check.field)))
    early = compare("lt", value, days_after(VISIT.value("began"), -_AROUND_VISIT))
    late = compare("gt", value.copy(), days_after(VISIT.value("ended"), _AROUND_VISIT))
    return Measure(check, violated=some([early, late]), eligible=VISIT.is_found, lookups=(VISIT,))
