"""Lists what each run spent of a population's budget, the latest reservation first. It only reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import RowMapping, exists, func, select
from sqlalchemy.orm import Session

from node.registers.budget_chain import ENTRIES
from node.registers.budget_counts import SPENDING, share_of
from node.registers.budget_populations import find_ceiling, names_of
from node.state.tables import Run
from onggi.spec.job import JobSpec
from privacy.budgets.ceilings import Ceiling
from privacy.budgets.losses import Loss, read_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpent:
    """One run. Its share is of what left or may still leave, in millionths of the ceiling's room."""

    run: str
    title: str | None
    """The job's; None where this node knows the run no more."""
    project: str
    permit: str
    spec_digest: str
    entry: int
    """Of its first reservation: later runs have higher ones."""
    at: str
    charged: int
    reserved: int
    returned: int
    share: int
    micro_epsilon: int | None
    """What the job asked for; None where this node knows the run no more."""


def runs_that_spent(
    session: Session, population: str, *, before: int | None = None, open_ones: bool = False, most: int
) -> tuple[RunSpent, ...]:
    """At most so many runs.

    Args:
        before: those alone whose first reservation is before this entry.
        open_ones: those alone of which something reserved may still leave.
    """
    names = names_of(session, population)
    first = func.min(ENTRIES.c.entry)
    asked = (
        select(ENTRIES.c.about, first.label("first"))
        .where(ENTRIES.c.what == "reserved", ENTRIES.c.population.in_(names))
        .group_by(ENTRIES.c.about)
        .order_by(first.desc())
        .limit(most)
    )
    if open_ones:
        other = ENTRIES.alias()
        same = (other.c.about == ENTRIES.c.about, other.c.ordinal == ENTRIES.c.ordinal)
        asked = asked.where(~exists().where(*same, other.c.what.in_(("charged", "returned"))))
    if before is not None:
        asked = asked.having(first < before)
    runs = {row.about: row.first for row in session.execute(asked)}
    specs = {
        row.run: JobSpec.model_validate_json(row.spec)
        for row in session.execute(select(Run.run, Run.spec).where(Run.run.in_(runs)))
    }
    losses = _losses_of(session, list(runs))
    ceiling = find_ceiling(session, population)
    return tuple(
        _told(row, losses[row["about"]], ceiling, specs.get(row["about"]))
        for row in session.execute(
            select(ENTRIES).where(ENTRIES.c.entry.in_(runs.values())).order_by(ENTRIES.c.entry.desc())
        ).mappings()
    )


def _losses_of(session: Session, runs: list[str]) -> dict[str, dict[str, Counter[Loss]]]:
    found = {run: {what: Counter[Loss]() for what in SPENDING} for run in runs}
    rows = select(ENTRIES.c.about, ENTRIES.c.what, ENTRIES.c.content).where(
        ENTRIES.c.about.in_(runs), ENTRIES.c.what.in_(SPENDING)
    )
    for row in session.execute(rows):
        found[row.about][row.what][read_loss(row.content)] += 1
    return found


def _told(
    row: RowMapping, losses: dict[str, Counter[Loss]], ceiling: Ceiling | None, spec: JobSpec | None
) -> RunSpent:
    live = losses["reserved"] - losses["returned"]
    asked = None if spec is None else spec.privacy.differential_privacy
    return RunSpent(
        run=row["about"],
        title=None if spec is None else spec.title,
        project=row["project"],
        permit=row["permit"],
        spec_digest=row["spec_digest"],
        entry=row["entry"],
        at=row["at"],
        charged=losses["charged"].total(),
        reserved=live.total() - losses["charged"].total(),
        returned=losses["returned"].total(),
        share=share_of(live, ceiling),
        micro_epsilon=None if asked is None else asked.micro_epsilon,
    )
