"""What each data quality check should count, by plain loops over plain rows: slow, obvious, on no engine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from analysis_jobs.quality.checks import SEX_CONCEPTS, Check, DaysFromToday, YearsFromThis
from tests.support.cdm_schemas import Hospital

Row: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[str, str | None, int | None, int | None]
"""Status, reason, violated, denominator."""

_NEVER_EMPTY = ("measurePersonCompleteness", "measureConditionEraCompleteness")


def oracle_answers(hospital: Hospital, checks: Sequence[Check], *, today: date) -> dict[str, Answer]:
    """Every check's verdict and numbers. Every table and column of the CDM is there, if only empty."""
    world = _World(hospital, today)
    return {check.id: world.answer(check) for check in checks}


def persons_on_each_side(hospital: Hospital, check: Check, *, today: date) -> tuple[set[int], set[int]]:
    """The persons of the rows that violate a check of rows, and of those that could and do not."""
    world = _World(hospital, today)
    sides: tuple[set[int], set[int]] = (set(), set())
    for row in world.rows(check.table):
        if world.is_eligible(check, row) and row.get("person_id") is not None:
            sides[0 if world.violates(check, row) else 1].add(row["person_id"])
    return sides


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


class _World:
    def __init__(self, hospital: Hospital, today: date) -> None:
        self.hospital, self.today = hospital, today
        self.concepts = {row["concept_id"]: row for row in self.rows("concept")}
        self.below = {
            (row.get("ancestor_concept_id"), row.get("descendant_concept_id"))
            for row in self.rows("concept_ancestor")
        }

    def rows(self, table: str) -> list[Row]:
        return list(self.hospital.get(table, ()))

    def answer(self, check: Check) -> Answer:
        name = check.kind.name
        if name in ("cdmTable", "cdmField"):
            return ("passed", None, 0, 1)
        if reason := self._empty(check):
            return ("not_applicable", reason, None, None)
        violated, denominator = self._count(check)
        if denominator == 0:
            reason = "concept_missing" if check.kind.level == "CONCEPT" else "nothing_to_judge"
            return ("not_applicable", reason, None, None)
        share, accepted = 100 * violated / denominator, check.threshold or 0
        return ("failed" if share > accepted else "passed", None, violated, denominator)

    def _empty(self, check: Check) -> str | None:
        rows, name = self.rows(check.table), check.kind.name
        if not rows:
            return None if name in _NEVER_EMPTY else "table_empty"
        if check.field and all(row.get(check.field) is None for row in rows):
            return None if name == "measureValueCompleteness" else "field_empty"
        if name in ("fkDomain", "fkClass", "isStandardValidConcept") and not self.rows("concept"):
            return "other_empty"
        if name == "plausibleGenderUseDescendants" and not self.rows("concept_ancestor"):
            return "other_empty"
        return None

    def _count(self, check: Check) -> tuple[int, int]:
        special: dict[str, Callable[[Check], tuple[int, int]]] = {
            "measurePersonCompleteness": self._persons_without,
            "measureConditionEraCompleteness": self._without_era,
            "measureObservationPeriodOverlap": self._overlapping,
            "sourceValueCompleteness": self._source_values,
        }
        if check.kind.name in special:
            return special[check.kind.name](check)
        eligible = [row for row in self.rows(check.table) if self.is_eligible(check, row)]
        return sum(self.violates(check, row) for row in eligible), len(eligible)

    # --- persons and values -------------------------------------------------------------------------

    def _persons(self, table: str) -> set[int]:
        return {row["person_id"] for row in self.rows(table) if row.get("person_id") is not None}

    def _persons_without(self, check: Check) -> tuple[int, int]:
        here = self._persons(check.table)
        persons = self.rows("person")
        return sum(row.get("person_id") not in here for row in persons), len(persons)

    def _without_era(self, _check: Check) -> tuple[int, int]:
        sick = self._persons("condition_occurrence")
        return len(sick - self._persons("condition_era")), len(sick)

    def _overlapping(self, _check: Check) -> tuple[int, int]:
        periods, found = self.rows("observation_period"), set()
        for a in periods:
            for b in periods:
                same = a.get("person_id") == b.get("person_id") is not None
                ids = (a.get("observation_period_id"), b.get("observation_period_id"))
                if same and None not in ids and ids[0] != ids[1] and _touch(a, b):
                    found.add(a["person_id"])
        return len(found), len(self._persons("observation_period"))

    def _source_values(self, check: Check) -> tuple[int, int]:
        rows = self.rows(check.table)
        unmapped = {row.get(str(check.field)) for row in rows if row.get(str(check.other_field)) == 0}
        return len(unmapped), len({row.get(str(check.field)) for row in rows})

    # --- rows ---------------------------------------------------------------------------------------

    def _value(self, check: Check, row: Row) -> Any:
        return row.get(str(check.field))

    def _died(self, row: Row) -> list[date | None]:
        person = row.get("person_id")
        return [
            one.get("death_date")
            for one in self.rows("death")
            if person is not None and one.get("person_id") == person
        ]

    def _visits(self, row: Row) -> list[Row]:
        visit = row.get("visit_occurrence_id")
        return [
            one
            for one in self.rows("visit_occurrence")
            if visit is not None and one.get("visit_occurrence_id") == visit
        ]

    def is_eligible(self, check: Check, row: Row) -> bool:
        name, value = check.kind.name, self._value(check, row)
        if check.kind.level == "CONCEPT":
            return self._has_concept(check, row)
        if name in ("plausibleValueLow", "plausibleValueHigh", "plausibleAfterBirth"):
            return value is not None
        if name == "plausibleStartBeforeEnd":
            return value is not None and row.get(str(check.other_field)) is not None
        if name in ("plausibleBeforeDeath", "plausibleDuringLife"):
            return bool(self._died(row)) and (name == "plausibleDuringLife" or value is not None)
        if name == "withinVisitDates":
            return bool(self._visits(row))
        if name == "standardConceptRecordCompleteness" and check.field == "unit_concept_id":
            return check.table not in ("measurement", "observation") or row.get("value_as_number") is not None
        return True

    def _has_concept(self, check: Check, row: Row) -> bool:
        concept, name = self._value(check, row), check.kind.name
        if name == "plausibleGenderUseDescendants":
            return concept is not None and any((above, concept) in self.below for above in check.concepts)
        if concept not in check.concepts:
            return False
        if name == "plausibleGender":
            return True
        if row.get("value_as_number") is None:
            return False
        if name != "plausibleUnitConceptIds":
            return row.get("unit_concept_id") == check.unit
        if any(one.get("unit_source_value") is not None for one in self.rows(check.table)):
            return row.get("unit_source_value") is not None
        return row.get("unit_concept_id") not in (None, 0)

    def violates(self, check: Check, row: Row) -> bool:
        return bool(self._judge(check.kind.name)(check, row, self._value(check, row)))

    def _judge(self, name: str) -> Callable[[Check, Row, Any], bool]:
        """The method of a check: `isRequired` is judged by `_is_required`."""
        method: Callable[[Check, Row, Any], bool] = getattr(
            self, re.sub("(?=[A-Z])", "_", f"_{name}").lower()
        )
        return method

    def _is_required(self, _check: Check, _row: Row, value: Any) -> bool:
        return value is None

    _measure_value_completeness = _is_required

    def _cdm_datatype(self, _check: Check, _row: Row, _value: Any) -> bool:
        return False

    def _is_primary_key(self, check: Check, _row: Row, value: Any) -> bool:
        if value is None:
            return False
        return Counter(self._value(check, one) for one in self.rows(check.table))[value] > 1

    def _is_foreign_key(self, check: Check, _row: Row, value: Any) -> bool:
        there = {one.get(str(check.other_field)) for one in self.rows(str(check.other_table))}
        return value is not None and value not in there

    def _concept(self, value: Any) -> Row | None:
        return None if value in (None, 0) else self.concepts.get(value)

    def _fk_domain(self, check: Check, _row: Row, value: Any) -> bool:
        found = self._concept(value)
        return found is not None and found.get("domain_id") != check.name

    def _fk_class(self, check: Check, _row: Row, value: Any) -> bool:
        found = self._concept(value)
        return found is not None and found.get("concept_class_id") != check.name

    def _is_standard_valid_concept(self, _check: Check, _row: Row, value: Any) -> bool:
        found = self._concept(value)
        return found is not None and not (
            found.get("standard_concept") == "S" and not found.get("invalid_reason")
        )

    def _standard_concept_record_completeness(self, _check: Check, _row: Row, value: Any) -> bool:
        return bool(value == 0)

    _source_concept_record_completeness = _standard_concept_record_completeness

    def _bound(self, check: Check) -> Any:
        bound = check.bound
        return bound.on(self.today) if isinstance(bound, DaysFromToday | YearsFromThis) else bound

    def _plausible_value_low(self, check: Check, row: Row, value: Any) -> bool:
        return bool(self._measured(check, row, value) < self._bound(check))

    def _plausible_value_high(self, check: Check, row: Row, value: Any) -> bool:
        return bool(self._measured(check, row, value) > self._bound(check))

    def _measured(self, check: Check, row: Row, value: Any) -> Any:
        return row["value_as_number"] if check.kind.level == "CONCEPT" else _day(value)

    def _births(self, row: Row, *, month: int | None, day: int | None) -> Iterable[date]:
        for person in self.rows("person"):
            if row.get("person_id") is None or person.get("person_id") != row["person_id"]:
                continue
            if (moment := person.get("birth_datetime")) is not None:
                yield moment.date()
            elif (year := person.get("year_of_birth")) is not None and 1 <= year <= 9999:
                told_month = month or _between(person.get("month_of_birth"), 12)
                told_day = day or _between(person.get("day_of_birth"), 31)
                yield date(year, told_month, 1) + timedelta(days=told_day - 1)

    def _plausible_temporal_after(self, check: Check, row: Row, value: Any) -> bool:
        if value is None:
            return False
        if check.other_table == "person":
            return min(self._births(row, month=6, day=1), default=date.min) > (_day(value) or date.max)
        other = _day(row.get(str(check.other_field)))
        return other is not None and other > _day(value)

    def _plausible_start_before_end(self, check: Check, row: Row, value: Any) -> bool:
        end = _day(row[str(check.other_field)])
        return end is not None and _day(value) > end

    def _plausible_after_birth(self, _check: Check, row: Row, value: Any) -> bool:
        return bool(_day(value) < min(self._births(row, month=None, day=None), default=date.min))

    def _plausible_before_death(self, _check: Check, row: Row, value: Any) -> bool:
        died = [day for day in self._died(row) if day is not None]
        return value is not None and bool(died) and _day(value) > min(died) + timedelta(days=60)

    _plausible_during_life = _plausible_before_death

    def _within_visit_dates(self, _check: Check, row: Row, value: Any) -> bool:
        if value is None:
            return False
        visits = self._visits(row)
        began = [one["visit_start_date"] for one in visits if one.get("visit_start_date") is not None]
        ended = [one["visit_end_date"] for one in visits if one.get("visit_end_date") is not None]
        week = timedelta(days=7)
        return (bool(began) and value < min(began) - week) or (bool(ended) and value > max(ended) + week)

    def _plausible_gender(self, check: Check, row: Row, _value: Any) -> bool:
        assert check.sex is not None
        sexes = [
            person["gender_concept_id"]
            for person in self.rows("person")
            if row.get("person_id") is not None
            and person.get("person_id") == row["person_id"]
            and person.get("gender_concept_id") is not None
        ]
        return bool(sexes) and min(sexes) != SEX_CONCEPTS[check.sex]

    _plausible_gender_use_descendants = _plausible_gender

    def _plausible_unit_concept_ids(self, check: Check, row: Row, _value: Any) -> bool:
        unit = row.get("unit_concept_id")
        return unit is not None and unit not in check.units


def _between(value: int | None, last: int) -> int:
    return value if value is not None and 1 <= value <= last else 1


def _touch(a: Row, b: Row) -> bool:
    edges = [one.get(f"observation_period_{edge}_date") for one in (a, b) for edge in ("start", "end")]
    begin, end, other, last = (date.min if edge is None else edge for edge in edges)
    known = [edge is not None for edge in edges]
    day = timedelta(days=1)
    overlap = all(known) and begin <= last and end >= other
    follows = known[1] and known[2] and end + day == other
    precedes = known[0] and known[3] and last + day == begin
    return overlap or follows or precedes
