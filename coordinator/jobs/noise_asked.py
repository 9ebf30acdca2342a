"""What the jobs of a permit ask of its privacy budget, and what a job would cost before a hospital is asked.

It tells what was asked here. What is left under a hospital's own ceiling only the hospital knows; others
learn no more of it than a refusal tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from analysis_jobs.kinds.noisy.plan import plan_noise
from coordinator.database.running import OrderRow, RunRow
from coordinator.database.sessions import Database
from coordinator.database.work import ApprovalRow, JobRow
from coordinator.states import JobState
from onggi.protocol.statements import ProjectPermit
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.base import Frozen
from onggi.spec.job import JobSpec
from onggi.spec.results import AddedNoise

_ENDED_WITHOUT_RESULT: Final = (JobState.FAILED.value, JobState.CANCELLED.value, JobState.EXPIRED.value)


class AskedBy(Frozen):
    """What one account's jobs ask, in millionths of epsilon. `approved`: by votes of their own."""

    account: str
    jobs: int
    micro_epsilon_within_bounds: int
    micro_epsilon_approved: int


class PermitBudget(Frozen):
    """A permit's privacy budget, in millionths of epsilon. `allowed`: without a vote for each job."""

    permit: str
    micro_epsilon_allowed: int
    micro_epsilon_within_bounds: int
    by: tuple[AskedBy, ...]


class JobCost(Frozen):
    """What a job costs each person of each hospital; all None for one that asks for no noise.

    `pico_rho`: the loss that a hospital's register is charged with. `noise`: of the sum over all hospitals of
    the job; `noise_of_each`: of one hospital's own numbers, None under masks, where nobody sees them.
    """

    micro_epsilon: int | None = None
    delta: float | None = None
    pico_rho: int | None = None
    noise: AddedNoise | None = None
    noise_of_each: AddedNoise | None = None


def cost_of_job(spec: JobSpec, *, root: TrustRoot) -> JobCost:
    """Worked out from the job alone. Raises like `plan_noise`."""
    asked, plan = spec.privacy.differential_privacy, plan_noise(spec, root=root)
    if asked is None or plan is None:
        return JobCost()
    return JobCost(
        micro_epsilon=asked.micro_epsilon,
        delta=asked.delta,
        pico_rho=plan.loss.pico_rho,
        noise=plan.told(sites=len(spec.participants)),
        noise_of_each=None if spec.privacy.masked else plan.told(sites=1),
    )


def micro_epsilon_within_bounds(session: Session, permit: str) -> int:
    """What jobs without a vote of their own ask, but those that no hospital accepted and none will."""
    return sum(micro for row, micro in _asking(session, permit) if row.within_bounds)


@dataclass(frozen=True, slots=True)
class NoiseAsked:
    """Reads it from the jobs' own records; no total is kept."""

    database: Database

    def of_permit(self, permit: ProjectPermit) -> PermitBudget:
        """By account, in order of their names."""
        with self.database.reading() as session:
            found = list(_asking(session, permit.id))
        accounts = sorted({row.submitted_by for row, _ in found})
        by = tuple(
            _asked_by(account, [(row, micro) for row, micro in found if row.submitted_by == account])
            for account in accounts
        )
        return PermitBudget(
            permit=permit.id,
            micro_epsilon_allowed=0 if permit.bounds is None else permit.bounds.micro_epsilon,
            micro_epsilon_within_bounds=sum(each.micro_epsilon_within_bounds for each in by),
            by=by,
        )


def _asked_by(account: str, jobs: Collection[tuple[JobRow, int]]) -> AskedBy:
    within = sum(micro for row, micro in jobs if row.within_bounds)
    return AskedBy(
        account=account,
        jobs=len(jobs),
        micro_epsilon_within_bounds=within,
        micro_epsilon_approved=sum(micro for _, micro in jobs) - within,
    )


def _asking(session: Session, permit: str) -> Iterator[tuple[JobRow, int]]:
    """The permit's jobs that asked for noise and may, or have been, run; each with what it asks."""
    accepted = exists().where(
        RunRow.job == JobRow.id, OrderRow.run == RunRow.id, OrderRow.answer == "accepted"
    )
    approved = or_(JobRow.within_bounds, exists().where(ApprovalRow.job == JobRow.id))
    wanted = (
        select(JobRow)
        # Only a job that asks for noise has this word in it; the others need not be read.
        .where(JobRow.permit == permit, JobRow.spec.contains('"micro_epsilon"'), approved)
        .where(or_(JobRow.state.not_in(_ENDED_WITHOUT_RESULT), accepted))
        .order_by(JobRow.id)
    )
    for row in session.scalars(wanted):
        asked = JobSpec.model_validate_json(row.spec).privacy.differential_privacy
        if asked is not None:
            yield row, asked.micro_epsilon
