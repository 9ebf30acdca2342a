"""What one data quality check is: where it looks, what it counts, and how much of it is accepted.

Names, levels, categories and thresholds are those of OHDSI's Data Quality Dashboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["TABLE", "FIELD", "CONCEPT"]
Category: TypeAlias = Literal["Completeness", "Conformance", "Plausibility"]
Severity: TypeAlias = Literal["fatal", "convention", "characterization"]
Sex: TypeAlias = Literal["Female", "Male"]

SEX_CONCEPTS: dict[Sex, int] = {"Male": 8507, "Female": 8532}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of check, as its published description names it."""

    level: Level
    name: str
    category: Category
    subcategory: str
    context: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class DaysFromToday:
    """A bound that moves with the calendar: so many days after the day of the run."""

    days: int

    def on(self, today: date) -> date:
        return today + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class YearsFromThis:
    """A calendar year, so many after the year of the run."""

    years: int

    def on(self, today: date) -> int:
        return today.year + self.years


Bound: TypeAlias = float | date | DaysFromToday | YearsFromThis


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of one table, field or concept.

    Args:
        table, field: in lower case; a check of a whole table has no field.
        threshold: percent of violated rows that is still accepted; None accepts none, as 0 does.
        vocabulary: the table stands with the vocabulary, which several data sets may share.
        other_table, other_field: what the field is compared with.
        name: the domain or class that a field's concepts must have.
        concepts: the concepts that a check of concepts is about.
    """

    kind: Kind
    table: str
    field: str | None = None
    threshold: float | None = None
    vocabulary: bool = False
    other_table: str | None = None
    other_field: str | None = None
    name: str | None = None
    bound: Bound | None = None
    concepts: tuple[int, ...] = ()
    unit: int | None = None
    units: tuple[int, ...] = ()
    sex: Sex | None = None

    @property
    def id(self) -> str:
        """The same in every run and version, e.g. ``isRequired/person/person_id``."""
        parts: Sequence[object | None] = (
            self.kind.name,
            self.table,
            self.field,
            "+".join(map(str, self.concepts)) or None,
            self.unit,
        )
        return "/".join(str(part) for part in parts if part is not None)

    def is_exceeded(self, violated: int, denominator: int) -> bool:
        """Whether more rows than accepted violate the check."""
        if not self.threshold:
            return violated > 0
        return violated * 100 > self.threshold * denominator
