"""What happens to a person after the index date: an event, what competes with it, how long one looks.

* Days are counted from the index date, or from ``index + starts_after_days`` where that lies later.
* An event counts from the day after ``index + starts_after_days`` on: with the default 0 an event on the
  index day or before it is a prior event and no outcome; with -1 the index day counts, as day 0.
* Follow-up ends at the horizon, at the end of the observation period that holds the index date, and, where
  asked, at the end of the cohort episode. An event on the last day counts; one after it was not seen.
* Of events on one day the event of interest comes first, then the competing ones in their order.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from onggi.spec.base import Frozen
from onggi.spec.variables import RecordDomain, TableColumn

_LONGEST_DAYS = 36_525
OutcomeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,56}$")]
"""Short enough that the names of both columns are column names."""


class OutcomeEvent(Frozen):
    """Any record of some concepts; for `death` without concepts, any death."""

    domain: RecordDomain
    concepts: tuple[int, ...] = ()
    include_descendants: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.domain != "death" and not self.concepts:
            raise ValueError(f"an event of domain {self.domain} needs concepts")
        return self


class Outcome(Frozen):
    """A time-to-event outcome: two columns, ``<name>_days`` and ``<name>_event``.

    ``<name>_event`` is 0 for censored, 1 for the event, 2 and on for the competing events in their order;
    ``<name>_days`` is the day of whichever came first. Both are missing where the person was not under
    observation when follow-up began, and where `prior_events` is "missing" and the person had the event
    of interest before.
    """

    name: OutcomeName
    event: OutcomeEvent
    competing: tuple[OutcomeEvent, ...] = Field(default=(), max_length=8)
    starts_after_days: int = Field(default=0, ge=-1, le=_LONGEST_DAYS)
    horizon_days: int = Field(ge=1, le=_LONGEST_DAYS)
    prior_events: Literal["missing", "ignore"]
    """Whether who had the event of interest before is left out ("missing") or counts anew ("ignore")."""
    censor_at_cohort_end: bool = False

    @property
    def begins(self) -> int:
        """How many days after the index date the count of days begins."""
        return max(self.starts_after_days, 0)

    @property
    def days_name(self) -> str:
        """The column that tells when."""
        return f"{self.name}_days"

    @property
    def event_name(self) -> str:
        """The column that tells what."""
        return f"{self.name}_event"

    @property
    def columns(self) -> tuple[TableColumn, TableColumn]:
        """Both columns, as a kind of statistic sees them."""
        competing = tuple(f"competing_{at}" for at in range(1, len(self.competing) + 1))
        names = ("censored", "event", *competing)
        return (
            TableColumn(name=self.days_name, kind="number", low=0, high=self.horizon_days),
            TableColumn(name=self.event_name, kind="category", low=0, high=len(names) - 1, level_names=names),
        )
