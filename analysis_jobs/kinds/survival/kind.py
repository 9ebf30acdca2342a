"""Kaplan-Meier, cumulative incidence, restricted means and log-rank tests over many hospitals.

Conventions are those of R's ``survfit(conf.type = "log-log")`` and ``survdiff`` and of lifelines; `curves`
and `rank_test` name the sources.

What leaves and why it is no more:

* Risk sets add up over hospitals, so daily sums would give the Kaplan-Meier curve of the pooled days exactly.
  They would also be unmasked: on most days one person has the event, or is lost, and the receiver would see
  on which. Rounding the curve afterwards hides nothing from one who adds up the replies. So the sums are
  coarse themselves: persons by step and way of ending, on steps that the signed spec declares.
* Steps are not merged by looking at the data. The coordinator forms the next question and must know what was
  merged, so it would have to follow from something unmasked before: from counts on finer steps, which are
  what is to be hidden, or from one bit a step over many rounds, which finds single days by halving. The steps
  are judged as declared, on the pooled counts, before anything is unmasked; where one is too small nothing
  leaves. One question is asked, so that no run gives its answers on two grids.
* Each cell is empty or large enough (`privacy.disclosure.survival_steps`). All released numbers are sums of
  cells of one partition, hence every difference of them describes nobody or enough persons. Strata count
  as cells, since their sums are unmasked although curves are told by group alone.
* The price is that times are rounded up to the steps. The estimator is named so, and comes with bounds
  between which the estimate on the days themselves must lie (`curves`), from the same counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.ranges import count_entry
from analysis_jobs.kinds.set_definitions import complete, part
from analysis_jobs.kinds.survival import disclosure
from analysis_jobs.kinds.survival.combine import CELLS, pooled_curves
from analysis_jobs.kinds.survival.design import Design, cell_of_each, make_design
from onggi.errors import Refused
from onggi.spec.job import JobSpec

_STEPS = "steps"


class SurvivalKind:
    """One ask: how many persons ended at each step, and how. Whole numbers."""

    name = "survival"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``survival.*`` when the parameters make no sense for the outcome and variables."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled curves."""
        if not history:
            return Ask(ordinal=0, name=_STEPS, arrays={})
        return pooled_curves(spec, make_design(spec), history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """Persons in each cell; the evidence repeats them. Raises Refused ``kinds.ask_unknown``."""
        _check_ask(ask)
        entry = count_entry(CELLS, make_design(spec).size, participants=participants)
        return Layout(arrays=(entry,), evidence=(entry,))

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's counts."""
        _check_ask(ask)
        design = make_design(spec)
        cells = _count(design, table)
        return Summary({CELLS: cells}, {CELLS: cells.copy()})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Everybody in the curves, under the estimates; then each cell."""
        design = make_design(spec)
        at = cell_of_each(design, table)
        needed = [design.outcome.days_name, design.outcome.event_name]
        where = complete([*needed, *(each.name for each in design.variables)])
        everyone = PersonSet("complete cases", at >= 0, described=True, where=where)
        ends = [part("end", end, design.curve_size) for end in range(design.curve_size)]
        of_cells = product(*(design.levels_of(each) for each in design.variables), ends)
        cells = [
            PersonSet(name, at == position, counted=((CELLS, position),), where=(*where, *of_cell))
            for position, (name, of_cell) in enumerate(zip(design.cell_names(), of_cells, strict=True))
        ]
        return (everyone, *cells)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when this hospital's counts show a small group."""
        disclosure.check_evidence(spec, make_design(spec), summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled counts: what is unmasked is seen by the coordinator as it is."""
        disclosure.check_evidence(spec, make_design(spec), evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The rule again; counts rounded to the base, and curves of those, unless the permit says `exact`."""
        return disclosure.release(spec, make_design(spec), answer, exact=exact)


def _count(design: Design, table: Table) -> Array:
    at = cell_of_each(design, table)
    return np.bincount(at[at >= 0], minlength=design.size).astype(np.float64)


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != _STEPS or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = SurvivalKind()
