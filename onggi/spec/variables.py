"""The columns of a study: what to read for each person, in which window, and what counts as missing."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from onggi.spec.base import ColumnName, Frozen, LevelName

Domain = Literal[
    "age",
    "sex",
    "index_year",
    "condition",
    "drug",
    "procedure",
    "measurement",
    "observation",
    "visit",
    "device",
]
Summary = Literal["any", "count", "first", "last", "mean", "days_since"]
ColumnKind = Literal["number", "flag", "category"]


class Window(Frozen):
    """Days relative to the index date, both ends included; None leaves that side open."""

    start_days: int | None = 0
    end_days: int | None = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start_days is not None and self.end_days is not None and self.start_days > self.end_days:
            raise ValueError("start_days lies after end_days")
        return self


class Variable(Frozen):
    """One column of the design matrix, one value per person.

    * ``number``: `age` in whole years (index year minus year of birth, as in Circe), `index_year` (the
      calendar year of the index date), or the numeric value of a measurement or observation chosen by
      `summary`.
    * ``flag``: 1 or 0. With `levels` empty: whether any record of `concepts` lies in the window
      (for `sex`: whether the person's gender is one of `concepts`); never missing. With `levels` of
      two value concepts (no, yes): the recorded answer, missing where neither was recorded.
    * ``category``: position (0-based) of the recorded value concept in `levels`; missing otherwise.

    A number outside `low`..`high` is missing: the range states what a believable value is, and masked
    sums need it declared.
    """

    name: ColumnName
    domain: Domain
    kind: ColumnKind
    concepts: tuple[int, ...] = ()
    include_descendants: bool = False
    window: Window = Window()
    summary: Summary = "last"
    unit: int | None = None
    levels: tuple[int, ...] = ()
    level_names: tuple[LevelName, ...] = ()
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.domain not in ("age", "index_year") and not self.concepts:
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
        return self


class CohortStep(Frozen):
    """One line of an attrition funnel."""

    name: str = Field(max_length=200)
    persons: int = Field(ge=0)
