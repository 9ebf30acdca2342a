"""What a cohort definition means, as frozen types: who enters and leaves, and which rules are asked.

* The plan follows OHDSI Circe 1.12. What it adds is a total order wherever Circe leaves ties to the
  database: start date, record id, position of the criterion, then the observation period.
* A plan is only made by `read_cohort`, which refuses whatever it cannot express here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Domain = Literal[
    "ConditionEra",
    "ConditionOccurrence",
    "Death",
    "DeviceExposure",
    "DoseEra",
    "DrugEra",
    "DrugExposure",
    "Measurement",
    "Observation",
    "ObservationPeriod",
    "PayerPlanPeriod",
    "ProcedureOccurrence",
    "Specimen",
    "VisitDetail",
    "VisitOccurrence",
]
RangeOp = Literal["lt", "lte", "eq", "!eq", "gt", "gte", "bt", "!bt"]
TextOp = Literal["eq", "startsWith", "contains", "endsWith", "!eq", "!startsWith", "!contains", "!endsWith"]
Limit = Literal["ALL", "FIRST", "LAST"]
GroupType = Literal["ALL", "ANY", "AT_LEAST", "AT_MOST"]
OccurrenceType = Literal["exactly", "at_most", "at_least"]
Side = Literal["start", "end"]


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
    """One line of a concept set.

    `descendants` are found through ``concept_ancestor``; `mapped` are the source concepts that map to
    any of these.
    """

    concept: int
    excluded: bool
    descendants: bool
    mapped: bool = False


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """The concepts meant by a CodesetId: all included items without any excluded one."""

    id: int
    items: tuple[ConceptItem, ...]


Place = Literal["record", "person", "provider", "visit", "care_site"]
"""Whose column a condition reads: the record's own, or that of a row which it points to."""

Computed = Literal[
    "start", "end", "length", "age_at_start", "age_at_end", "age_in_days", "low_ratio", "high_ratio"
]
"""What a condition compares where it is no column.

`start`, `end`: the record's days; `length`: days from start to end; ages: year of that day minus year of
birth, or days since birth; ratios: the value divided by the lower or upper end of the normal range.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the record, or of the person, provider, visit or care site that it belongs to."""

    place: Place
    name: str


Subject: TypeAlias = Column | Computed


@dataclass(frozen=True, slots=True)
class NumberIs:
    """A number lies in a range. `integer`: it is compared as a whole number."""

    subject: Subject
    range: NumberRange
    integer: bool


@dataclass(frozen=True, slots=True)
class DateIs:
    """A day lies in a range."""

    subject: Subject
    range: DateRange


@dataclass(frozen=True, slots=True)
class ConceptIs:
    """A concept is (or, where `excluded`, is present and is not) one of a list."""

    subject: Column
    concepts: tuple[int, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class InConceptSet:
    """A concept is (or, where `excluded`, is present and is not) in a concept set of the definition."""

    subject: Column
    codeset: int
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class TextIs:
    """A text is, begins with, contains or ends with some letters, taken literally."""

    subject: Column
    op: TextOp
    text: str


@dataclass(frozen=True, slots=True)
class Abnormal:
    """The value lies outside the normal range, or was recorded as low or high."""


@dataclass(frozen=True, slots=True)
class CoversDay:
    """The record's period covers a day."""

    day: date


Condition: TypeAlias = NumberIs | DateIs | ConceptIs | InConceptSet | TextIs | Abnormal | CoversDay


@dataclass(frozen=True, slots=True)
class DateShift:
    """Start and end of a record, each moved by days from its start or its end."""

    start_from: Side
    start_days: int
    end_from: Side
    end_days: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """Records of one domain. `codeset` None means every record of the domain.

    * `source_codeset` compares the source concept instead of, or beside, the standard one.
    * `first` keeps a person's earliest record of the concept sets (order: start date, record id) before
      any other condition looks at it, as in Circe.
    * `fixed_start` and `fixed_end` stand for the record's own days, once its conditions have been asked.
    * `group` is asked of each record with the record as index event.
    """

    domain: Domain
    codeset: int | None = None
    source_codeset: int | None = None
    first: bool = False
    conditions: tuple[Condition, ...] = ()
    shift: DateShift | None = None
    fixed_start: date | None = None
    fixed_end: date | None = None
    group: Group | None = None

    def codesets(self) -> Iterator[int]:
        """Every concept set that this criterion names itself."""
        for codeset in (self.codeset, self.source_codeset):
            if codeset is not None:
                yield codeset
        for condition in self.conditions:
            if isinstance(condition, InConceptSet):
                yield condition.codeset


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


DistinctOf: TypeAlias = Column | Literal["start", "end", "length", "domain_concept", "visit"]
"""Of what a correlated criterion counts the distinct values instead of the records."""


@dataclass(frozen=True, slots=True)
class Correlated:
    """How many records of a criterion lie in the windows around the index event."""

    criterion: Criterion
    start_window: Window
    end_window: Window | None
    occurrence: OccurrenceType
    count: int
    ignore_observation_period: bool
    distinct: DistinctOf | None = None
    same_visit: bool = False


@dataclass(frozen=True, slots=True)
class Demographic:
    """Conditions on the person and on the index event's days."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Members joined by ALL, ANY, AT_LEAST or AT_MOST. An empty group holds for every event, as in Circe."""

    type: GroupType
    count: int
    criteria: tuple[Correlated, ...]
    demographics: tuple[Demographic, ...]
    groups: tuple[Group, ...]

    def correlated(self) -> Iterator[Correlated]:
        """All correlated criteria of this group and of the groups inside it, not those inside criteria."""
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
class OffsetExit:
    """The episode ends so many days from the entry event's start or end, at the latest with observation."""

    side: Side
    days: int


@dataclass(frozen=True, slots=True)
class DrugEraExit:
    """The episode ends with the era of exposures to a drug in which it began.

    Exposures at most `gap_days` apart are one era, which is then prolonged by `offset` days;
    `days_supply` overrides how long each exposure lasts.
    """

    codeset: int
    gap_days: int
    offset: int
    days_supply: int | None


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A whole definition. The concept sets are those that something uses.

    `exit` None ends an episode with the observation period. `censoring` criteria end it earlier.
    `earliest` and `latest` cut episodes off at calendar days.
    """

    concept_sets: tuple[ConceptSet, ...]
    primary: tuple[Criterion, ...]
    prior_days: int
    post_days: int
    primary_limit: Limit
    additional: Group | None
    qualified_limit: Limit
    rules: tuple[Rule, ...]
    expression_limit: Limit
    exit: OffsetExit | DrugEraExit | None
    censoring: tuple[Criterion, ...]
    era_pad: int
    earliest: date | None = None
    latest: date | None = None

    @property
    def may_lack_an_episode(self) -> bool:
        """Whether an event may meet every rule and still begin no episode, or one that begins another day."""
        cut = self.earliest is not None or self.latest is not None
        return cut or (isinstance(self.exit, OffsetExit) and self.exit.side == "end")

    def _groups(self) -> Iterator[Group]:
        """Every group of the definition, also those inside criteria."""
        waiting = [rule.group for rule in self.rules]
        if self.additional is not None:
            waiting.append(self.additional)
        waiting += [each.group for each in (*self.primary, *self.censoring) if each.group is not None]
        while waiting:
            group = waiting.pop()
            yield group
            waiting += [
                member.criterion.group for member in group.correlated() if member.criterion.group is not None
            ]

    def correlated(self) -> Iterator[Correlated]:
        """Every correlated criterion of the definition."""
        for group in self._groups():
            yield from group.correlated()

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion of the definition, the primary ones first."""
        yield from self.primary
        for member in self.correlated():
            yield member.criterion
        yield from self.censoring

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the definition, on records and on persons."""
        for criterion in self.criteria():
            yield from criterion.conditions
        for group in self._groups():
            for demographic in group.demographic():
                yield from demographic.conditions

    def codesets(self) -> Iterator[int]:
        """Every concept set that something uses, some more than once."""
        for criterion in self.criteria():
            yield from criterion.codesets()
        for condition in self.conditions():
            if isinstance(condition, InConceptSet):
                yield condition.codeset
        if isinstance(self.exit, DrugEraExit):
            yield self.exit.codeset
