"""The columns of a study: what to read for each person, in which window, and what counts as missing."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName, is_unset

PersonDomain = Literal["age", "age_days", "sex", "race", "ethnicity", "index_year", "observation_period"]
"""What is told of the person and the index date: no records are chosen."""
RecordDomain = Literal[
    "condition",
    "drug",
    "procedure",
    "measurement",
    "observation",
    "visit",
    "device",
    "condition_era",
    "drug_era",
    "visit_detail",
    "specimen",
    "death",
]
Domain = PersonDomain | RecordDomain
Summary = Literal[
    "any",
    "count",
    "distinct_days",
    "first",
    "last",
    "mean",
    "minimum",
    "maximum",
    "sum",
    "days_since",
    "days_to_first",
    "days_before",
    "days_after",
]
ColumnKind = Literal["number", "flag", "category"]
WITHOUT_CONCEPTS: Final = frozenset({"age", "age_days", "index_year", "observation_period", "death"})
"""Domains that mean something without any concept; of these only `death` may have some (its causes)."""

_LEAST_FACTOR = 1e-15


class Window(Frozen):
    """Days relative to the index date, both ends included; None leaves that side open."""

    start_days: int | None = 0
    end_days: int | None = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start_days is not None and self.end_days is not None and self.start_days > self.end_days:
            raise ValueError("start_days lies after end_days")
        return self


class Conversion(Frozen):
    """How a number recorded in one unit reads in the variable's unit: ``value * factor + offset``."""

    unit: int | None
    """The unit's concept id; None (or 0): no unit was recorded."""
    factor: float
    offset: float = Field(default=0.0, ge=-1e9, le=1e9)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not _LEAST_FACTOR <= abs(self.factor) <= 1 / _LEAST_FACTOR:
            raise ValueError(f"factor lies outside {_LEAST_FACTOR:g}..{1 / _LEAST_FACTOR:g}")
        return self

    @property
    def recorded(self) -> int:
        """The unit as staging compares it: 0 where none was recorded."""
        return self.unit or 0


class Variable(Frozen):
    """One column of the design matrix, one value per person.

    * ``number``: something of the person (`age` in whole years, index year minus year of birth, as in Circe;
      `age_days`; `index_year`; days under observation), a number of records or days, or the numeric value of
      a measurement or observation chosen by `summary`.
    * ``flag``: 1 or 0. With `levels` empty: whether any record of `concepts` lies in the window
      (for `sex`, `race`, `ethnicity`: whether the person's is one of `concepts`); never missing. With
      `levels` of two value concepts (no, yes): the recorded answer, missing where neither was recorded.
    * ``category``: position (0-based) of the recorded value concept in `levels`; missing otherwise.

    A number outside `low`..`high` is missing: the range states what a believable value is, and masked
    sums need it declared. Units: without `unit` numbers count as they are recorded; with `unit` alone those
    recorded in it; with `conversions` also those in a listed unit, converted. A number in any other unit is
    missing. `docs/variables.md` tells every domain and summary.
    """

    name: ColumnName
    domain: Domain
    kind: ColumnKind
    concepts: tuple[int, ...] = ()
    include_descendants: bool = False
    window: Window = Window()
    summary: Summary = "last"
    unit: int | None = None
    conversions: tuple[Conversion, ...] = Field(default=(), max_length=50, exclude_if=is_unset)
    levels: tuple[int, ...] = ()
    level_names: tuple[LevelName, ...] = ()
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.domain not in WITHOUT_CONCEPTS and not self.concepts:
            raise ValueError(f"{self.name}: concepts are needed for domain {self.domain}")
        if self.kind == "number" and (self.low is None or self.high is None or not self.low < self.high):
            raise ValueError(f"{self.name}: a number needs low < high")
        if self.kind == "category" and len(self.levels) < 2:
            raise ValueError(f"{self.name}: a category needs at least two levels")
        if self.kind == "flag" and len(self.levels) not in (0, 2):
            raise ValueError(f"{self.name}: a flag has no levels, or two (no, yes)")
        if len(set(self.levels)) != len(self.levels):
            raise ValueError(f"{self.name}: a level stands twice")
        if self.kind == "category" and len(self.level_names) != len(self.levels):
            raise ValueError(f"{self.name}: every level of a category needs a name")
        # Disclosure rules go by the names of levels: two of one name, or a nameless one, would escape them.
        if len(set(self.level_names)) != len(self.level_names):
            raise ValueError(f"{self.name}: two levels share a name")
        if self.kind == "flag" and len(self.level_names) not in (0, 2):
            raise ValueError(f"{self.name}: a flag has no names of levels, or two (no, yes)")
        self._check_conversions()
        return self

    def _check_conversions(self) -> None:
        if not self.conversions:
            return
        if self.unit is None:
            raise ValueError(f"{self.name}: conversions need the unit that they lead to")
        units = [each.recorded for each in self.conversions]
        if len(set(units)) != len(units):
            raise ValueError(f"{self.name}: a unit is converted twice")
        own = [each for each in self.conversions if each.recorded == self.unit]
        if own and (own[0].factor, own[0].offset) != (1, 0):
            raise ValueError(f"{self.name}: a number in the variable's own unit stays as it is")


class TableColumn(Frozen):
    """One column of a job's table as a kind of statistic sees it: its values lie in ``low..high``."""

    name: ColumnName
    kind: ColumnKind
    low: float
    high: float
    level_names: tuple[LevelName, ...] = ()


def column_of(variable: Variable) -> TableColumn:
    """The column that a variable fills."""
    if variable.kind == "number":
        assert variable.low is not None
        assert variable.high is not None
        return TableColumn(name=variable.name, kind="number", low=variable.low, high=variable.high)
    top = len(variable.levels) - 1 if variable.kind == "category" else 1
    return TableColumn(
        name=variable.name, kind=variable.kind, low=0, high=top, level_names=variable.level_names
    )


class CohortStep(Frozen):
    """One line of an attrition funnel."""

    name: str = Field(max_length=200)
    persons: int = Field(ge=0)
