"""Keeps a job's one result with what the disclosure rules said, and lets it out only when it may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from sqlalchemy.orm import Session

from coordinator.audit.vocabulary import COORDINATOR, Audit, AuditEvent
from coordinator.committee.exclusions import permit_in
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, PermitRow, ResultRow
from coordinator.decisions.export_votes import may_leave_without_vote
from coordinator.federation.root_store import RootStore
from coordinator.move_job import move_job
from coordinator.sources import Clock
from coordinator.states import JobState, Party, PermitState
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.base import Frozen, Line, is_unset
from onggi.spec.results import Result

_RESULT: TypeAdapter[Result] = TypeAdapter(Result)


class RuleOutcome(Frozen):
    """What one disclosure rule said about the pooled result: how many cells it withheld, at how many numbers
    it looked, and with which threshold, where that is known."""

    rule: Line
    outcome: Literal["passed", "withheld"]
    cells: int = Field(default=0, ge=0)
    looked: int = Field(default=0, ge=0, exclude_if=is_unset)
    threshold: int = Field(default=0, ge=0, exclude_if=is_unset)


class DisclosureVerdict(Frozen):
    """All rules' outcomes: the evidence that a checker reads before the result."""

    rules: Annotated[tuple[RuleOutcome, ...], Field(min_length=1, max_length=100)]

    @property
    def every_rule_passed(self) -> bool:
        return all(rule.outcome == "passed" for rule in self.rules)

    @property
    def withheld_cells(self) -> int:
        return sum(rule.cells for rule in self.rules if rule.outcome == "withheld")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """A result with its evidence."""

    job: str
    digest: str
    result: Result
    verdict: DisclosureVerdict
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultStore:
    """All results, one per job."""

    database: Database
    clock: Clock
    roots: RootStore

    def record(self, job: str, result: Result, verdict: DisclosureVerdict) -> JobState:
        """Keeps the result and moves the running job to `held`, or to `released` where the permit says so.

        Recording the very same result again changes nothing and returns the job's present state.

        Raises:
            Refused: ``result.already_recorded`` for another result; ``state.not_possible`` where the job
                no longer runs, e.g. because the permit was withdrawn.
        """
        federation, now = self.roots.get_current().federation, self.clock()
        digest = digest_of(result)
        with self.database.writing() as session:
            row = session.get(JobRow, job)
            if row is None:
                raise Refused("job.not_found")
            kept = session.get(ResultRow, job)
            if kept is not None:
                if kept.digest != digest:
                    raise Refused("result.already_recorded", job=job)
                return JobState(row.state)
            permit = session.get_one(PermitRow, row.permit)
            # A permit that ran out or was withdrawn no longer waives the vote.
            free = permit.state == PermitState.VALID and permit.expires > now
            free = free and may_leave_without_vote(
                permit_in(permit, federation=federation),
                every_rule_passed=verdict.every_rule_passed,
                withheld_cells=verdict.withheld_cells,
            )
            session.add(
                ResultRow(
                    job=job,
                    digest=digest,
                    result=canonical_json(result).decode(),
                    verdict=canonical_json(verdict).decode(),
                    created=now,
                )
            )
            return _move_on(session, row, is_free=free, digest=digest, now=now)

    def get(self, job: str) -> StoredResult:
        """Whatever its state; for the coordinator's own use and the checkers' desk."""
        with self.database.reading() as session:
            return get_result(session, job)

    def get_released(self, job: str) -> StoredResult:
        """For the researcher. Raises Refused `result.not_released` before the export is decided."""
        with self.database.reading() as session:
            row = session.get(JobRow, job)
            if row is None:
                raise Refused("job.not_found")
            if row.state != JobState.RELEASED:
                raise Refused("result.not_released", state=row.state)
            return get_result(session, job)


def get_result(session: Session, job: str) -> StoredResult:
    row = session.get(ResultRow, job)
    if row is None:
        raise Refused("result.not_found")
    return StoredResult(
        job=row.job,
        digest=row.digest,
        result=_RESULT.validate_json(row.result),
        verdict=DisclosureVerdict.model_validate_json(row.verdict),
        created=row.created,
    )


def _move_on(session: Session, row: JobRow, *, is_free: bool, digest: str, now: datetime) -> JobState:
    to, event = JobState.HELD, AuditEvent.RESULT_HELD
    if is_free:
        to, event = JobState.RELEASED, AuditEvent.RESULT_RELEASED_BY_PERMIT
    audit = Audit(event=event, actor=COORDINATOR, subject=row.id, facts={"result": digest})
    move_job(session, row, to, by=Party.COORDINATOR, audit=audit, at=now)
    return to
