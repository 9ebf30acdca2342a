"""A number's histogram on one grid over many hospitals, with quantiles from the same grid.

Counts are those of NumPy's ``histogram``, quantiles those of R's ``quantile(type = 1)`` as far as a grid
tells them (Hyndman and Fan 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis_jobs.kinds import partitions
from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.described_columns import (
    Positions,
    bin_names,
    check_cuts,
    find_levels,
    find_number,
    levels_of,
    read_bins,
    read_levels,
)
from analysis_jobs.kinds.distribution.grid_quantiles import grid_quantile
from analysis_jobs.kinds.partitions import Side
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import DistributionParameters
from onggi.spec.results import BinnedPersons, Distribution
from onggi.spec.variables import TableColumn
from privacy.disclosure.rounding import round_to_base

EVERYBODY = "overall"
MOST_CELLS = 500


@dataclass(frozen=True, slots=True)
class _Design:
    """The number, what divides it, and the groups that it is divided in."""

    number: TableColumn
    by: TableColumn | None
    cuts: tuple[float, ...]
    quantiles: tuple[float, ...]

    @property
    def edges(self) -> tuple[float, ...]:
        return (self.number.low, *self.cuts, self.number.high)

    @property
    def sides(self) -> tuple[Side, ...]:
        bins = Side(self.number.name, bin_names(self.number, self.cuts), self.cuts)
        return (bins,) if self.by is None else (Side(self.by.name, levels_of(self.by)), bins)


class DistributionKind:
    """One ask: how many persons are in each interval (of each group). Exact whole numbers."""

    name = "distribution"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``describe.*`` when the parameters make no sense for the variables."""
        _design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled histogram."""
        if not history:
            return partitions.ask_cells()
        design = _design(spec)
        persons = partitions.whole_cells(design.sides, history[0])
        width = len(design.cuts) + 1
        lines = [persons[start : start + width] for start in range(0, len(persons), width)]
        every = [sum(column) for column in zip(*lines, strict=True)]
        names = levels_of(design.by) if design.by is not None else ()
        told = zip((EVERYBODY, *names), [every, *(lines if names else [])], strict=True)
        return Distribution(
            sites=sites,
            minimum_persons=spec.privacy.minimum_persons,
            variable=design.number.name,
            edges=design.edges,
            by=design.by.name if design.by is not None else None,
            groups=tuple(_group(design, name, counts) for name, counts in told),
        )

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """One whole number an interval and group."""
        partitions.check_ask(ask)
        return partitions.make_layout(_design(spec).sides, participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's persons per interval and group."""
        partitions.check_ask(ask)
        design = _design(spec)
        return partitions.count_cells(design.sides, _cells(design, table))

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Who is in each interval of each group. Everybody's intervals are sums of these."""
        design = _design(spec)
        return partitions.sets_of(design.sides, _cells(design, table))

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.small_cell`` when an interval at this hospital is small."""
        self.check_pooled(spec, ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled intervals, the outermost ones included.

        An empty interval at the end would be a bound on the largest value, and one with a few persons
        nearly is that value: both are small. Whoever asks chooses wider intervals, open towards the
        declared range.
        """
        design = _design(spec)
        partitions.check_cells(design.sides, evidence["persons"], threshold=spec.privacy.minimum_persons)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The threshold again; counts to the base and quantiles from these, unless `exact`."""
        if not isinstance(answer, Distribution):
            raise TypeError("a distribution's answer is a distribution")
        return _released(spec, _design(spec), answer, base=1 if exact else spec.privacy.rules.rounding_base)


def _design(spec: JobSpec) -> _Design:
    given = spec.parameters
    if not isinstance(given, DistributionParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    number = find_number(spec, given.variable)
    check_cuts(number, given.cuts)
    by = find_levels(spec, given.by) if given.by is not None else None
    if (len(given.cuts) + 1) * (len(levels_of(by)) if by is not None else 1) > MOST_CELLS:
        raise Refused("describe.too_many_cells", maximum=MOST_CELLS)
    return _Design(number, by, given.cuts, given.quantiles)


def _cells(design: _Design, table: Table) -> Positions:
    bins = read_bins(table, design.number, design.cuts)
    groups = [] if design.by is None else [read_levels(table, design.by)]
    return partitions.cell_of(design.sides, [*groups, bins], persons=table.num_rows)


def _group(design: _Design, name: str, persons: Sequence[int]) -> BinnedPersons:
    told = [grid_quantile(design.edges, persons, at) for at in design.quantiles] if any(persons) else []
    return BinnedPersons(group=name, persons=tuple(persons), quantiles=tuple(told))


def _released(spec: JobSpec, design: _Design, answer: Distribution, *, base: int) -> Distribution:
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    lines = answer.groups if design.by is None else answer.groups[1:]
    every = [count for group in lines for count in group.persons]
    partitions.check_cells(design.sides, every, threshold=threshold)
    shown = (
        _group(design, group.group, [round_to_base(count, base=base) for count in group.persons])
        for group in answer.groups
    )
    return answer.model_copy(
        update={"groups": tuple(shown), "rounded_to": base, "minimum_persons": threshold}
    )


KIND = DistributionKind()
