"""What every kind of statistic must provide so that many hospitals' answers become one exact answer.

A statistic is a conversation: `Kind.next` looks at the pooled sums of all earlier rounds and either asks
one more question (`Ask`) or gives the answer. A hospital answers an ask with arrays that are *added up*
over hospitals. So the same kind runs in clear and under masks, and each node can recompute the next ask
from verified sums and accept no other.

* Pure: numbers in, numbers out. No clock, no network, no database, no randomness but `spec.seed`.
* `sets` says which persons each number describes. It never leaves a node, in clear or under masks: a guard
  holds the sets against those of earlier releases.
* `evidence` is what disclosure rules need (person counts, effective sample sizes), additive too. It
  never leaves a node in clear; under masks only nodes learn its sum, before they unmask the arrays.
* A refusal inside a kind (separable data, collinear columns) is `Refused` with a code of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from analysis_jobs.kinds.set_definitions import Condition
from onggi.spec.job import JobSpec
from onggi.spec.results import AnyResult

Array: TypeAlias = npt.NDArray[np.float64]
Arrays: TypeAlias = Mapping[str, Array]
Rows: TypeAlias = npt.NDArray[np.bool_]
Answer: TypeAlias = AnyResult
Table: TypeAlias = Any
"""A pyarrow.Table: one row per person, a float64 column per variable, null where missing, no person id.

A flag is 0.0/1.0, a category the 0-based position in the variable's levels. The column ``cohort_step``
(int32) is the number of cohort inclusion rules met in order before the first one missed; a table for a
kind other than `count` holds only persons who met them all. What `count`, `overlap` and `concepts` stage
beside it, or instead, is told in `analysis_jobs.variables.whole_columns` and `concept_rows`.
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to every hospital. `ordinal` counts from 0; `arrays` are the public parameters.

    `position` is never sent: whoever lets a hospital answer sets it to the hospital's place among the spec's
    participants, for the one statistic that tells hospitals apart. All others answer the same in any place.
    """

    ordinal: int
    name: str
    arrays: Arrays
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One array of a reply: its shape, the range in which each entry of one hospital's array must lie,
    and whether entries are whole numbers (then sums under masks are exact integers)."""

    name: str
    shape: tuple[int, ...]
    low: float
    high: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What a reply to an ask must look like. Derived from the spec and the ask alone, never from data."""

    arrays: tuple[Entry, ...]
    evidence: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One hospital's reply: `arrays` may leave (after the gate), `evidence` may not."""

    arrays: dict[str, Array]
    evidence: dict[str, Array] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonSet:
    """Persons whom numbers of a reply describe: a yes or no for each row of the table.

    Args:
        name: how disclosure rules and reviewers call the set, without a number of persons in it.
        rows: shape (rows of the table,).
        counted: places in the replies' arrays that hold the number of these persons and nothing else, as
            (array, flat position). Such a number can be answered from an earlier release.
        described: whether other numbers rest on these persons (sums, means, coefficients).
        where: conditions beside the cohort's; None where only this very question has the set.
        implied: no number is of these persons, but the numbers of others add up to it.
        left_over: a last part of a whole that the answer counts, and of which it counts every part.
    """

    name: str
    rows: Rows = field(repr=False)
    counted: tuple[tuple[str, int], ...] = ()
    described: bool = False
    where: tuple[Condition, ...] | None = None
    implied: bool = False
    left_over: bool = False


@runtime_checkable
class TellsSetsLater(Protocol):
    """A kind some of whose sets are known once sums are: beside `Kind.sets`, which follow from the spec."""

    def sets_at(self, spec: JobSpec, table: Table, ask: Ask) -> tuple[PersonSet, ...]:
        """The sets that the reply to a later ask is the first to describe; none for other asks."""


class Kind(Protocol):
    """One kind of statistic. Implementations are stateless; everything comes in as arguments."""

    name: str

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused when the parameters make no sense for the variables, before anything runs."""

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The next ask, or the pooled answer before disclosure control.

        Args:
            history: pooled sums of rounds 0..k-1, in order; empty for the first ask.
            sites: how many hospitals the sums cover.
        Raises:
            Refused: the data cannot answer (``glm.separable``, ``glm.collinear``, ...).
        """

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The shape and ranges of a reply; ranges are narrow enough that `participants` sums fit 2^31."""

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply, computed inside its sandbox from its staged table."""

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Every set of persons that the run's numbers describe, over all its rounds; inside the sandbox too.

        Which sets there are, and in which order, follows from the spec alone. A number of persons that leaves
        in an array is `counted` by one of them; each set under any other number is `described`.
        """

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Clear values: raises Refused(``disclosure.*``) when this hospital's reply would disclose."""

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Masked values: raises Refused(``disclosure.*``) when the pooled evidence is too thin to unmask."""

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """Disclosure rules on the pooled answer: withhold, and round unless the permit says `exact`."""
