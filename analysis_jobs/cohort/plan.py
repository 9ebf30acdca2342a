"""What a cohort definition means, as frozen types: who enters, when, and which rules are asked in order.

* The plan follows OHDSI Circe. What it adds is a total order wherever Circe leaves ties to the database.
* Onggi uses a person's *entry*. `exit_offset` and `era_pad` describe the end of a cohort episode: they are
  read and kept so that a definition runs unchanged, and they cannot move anybody's entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

CriterionDomain = Literal[
    "ObservationPeriod",
    "VisitOccurrence",
    "ConditionOccurrence",
    "Measurement",
    "Observation",
    "DrugExposure",
    "ProcedureOccurrence",
]
RangeOp = Literal["lt", "lte", "eq", "!eq", "gt", "gte", "bt", "!bt"]
Limit = Literal["ALL", "FIRST", "LAST"]
GroupType = Literal["ALL", "ANY", "AT_LEAST", "AT_MOST"]
OccurrenceType = Literal["exactly", "at_most", "at_least"]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A comparison with one number, or with two for ``bt`` and ``!bt`` (both ends included)."""

    op: RangeOp
    value: float
    extent: float | None = None


@dataclass(frozen=True, slots=True)
class DateRange:
    """A comparison with one day, or with two for ``bt`` and ``!bt`` (both ends included)."""

    op: RangeOp
    value: date
    extent: date | None = None


@dataclass(frozen=True, slots=True)
class ConceptItem:
    """One line of a concept set. Descendants are found through ``concept_ancestor``."""

    concept: int
    excluded: bool
    descendants: bool


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """The concepts meant by a CodesetId: all included items without any excluded one."""

    id: int
    items: tuple[ConceptItem, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """Records of one domain. `codeset` None means every record of the domain.

    `first` keeps a person's earliest record of the concept set (order: start date, record id) before any
    other condition looks at it, as in Circe.
    """

    domain: CriterionDomain
    codeset: int | None = None
    first: bool = False
    occurrence_start: DateRange | None = None
    age: NumberRange | None = None
    gender: tuple[int, ...] = ()
    value_as_number: NumberRange | None = None
    value_as_concept: tuple[int, ...] = ()
    unit: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a window: `days` from the anchor, or (None) as far as the observation period reaches."""

    days: int | None
    direction: Literal[-1, 1]


@dataclass(frozen=True, slots=True)
class Window:
    """Days between an anchor of the index event (start or end) and a date of the other event."""

    start: Bound
    end: Bound
    from_index_end: bool
    to_event_end: bool


@dataclass(frozen=True, slots=True)
class Correlated:
    """How many records of a criterion lie in the windows around the index event."""

    criterion: Criterion
    start_window: Window
    end_window: Window | None
    occurrence: OccurrenceType
    count: int
    ignore_observation_period: bool


@dataclass(frozen=True, slots=True)
class Demographic:
    """Age (index year minus year of birth) and gender of the person at the index event."""

    age: NumberRange | None
    gender: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Members joined by ALL, ANY, AT_LEAST or AT_MOST. An empty group holds for every event, as in Circe."""

    type: GroupType
    count: int
    criteria: tuple[Correlated, ...]
    demographics: tuple[Demographic, ...]
    groups: tuple[Group, ...]

    def correlated(self) -> Iterator[Correlated]:
        """All correlated criteria of this group and of the groups inside it."""
        yield from self.criteria
        for group in self.groups:
            yield from group.correlated()

    def demographic(self) -> Iterator[Demographic]:
        """All demographic conditions of this group and of the groups inside it."""
        yield from self.demographics
        for group in self.groups:
            yield from group.demographic()


@dataclass(frozen=True, slots=True)
class Rule:
    """One inclusion rule: a line of the attrition funnel."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A whole definition. The concept sets are those that some criterion uses."""

    concept_sets: tuple[ConceptSet, ...]
    primary: tuple[Criterion, ...]
    prior_days: int
    post_days: int
    primary_limit: Limit
    additional: Group | None
    qualified_limit: Limit
    rules: tuple[Rule, ...]
    expression_limit: Limit
    exit_offset: tuple[Literal["StartDate", "EndDate"], int] | None
    era_pad: int

    def _groups(self) -> Iterator[Group]:
        if self.additional is not None:
            yield self.additional
        for rule in self.rules:
            yield rule.group

    def correlated(self) -> Iterator[Correlated]:
        """Every correlated criterion of the definition."""
        for group in self._groups():
            yield from group.correlated()

    def demographics(self) -> Iterator[Demographic]:
        """Every demographic condition of the definition."""
        for group in self._groups():
            yield from group.demographic()

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion of the definition, the primary ones first."""
        yield from self.primary
        for member in self.correlated():
            yield member.criterion

    def reads_end_dates(self) -> bool:
        """Whether any window looks at the end of an event; otherwise end dates are not read at all."""
        windows = [
            window
            for member in self.correlated()
            for window in (member.start_window, member.end_window)
            if window
        ]
        return any(window.from_index_end or window.to_event_end for window in windows)
