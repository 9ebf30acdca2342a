"""What of each permit's bounds was used at this node: counted from what it accepted, kept as no total."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.decisions.run_states import RunState
from node.registers.budget_counts import micro_epsilon_within_bounds
from node.state.tables import PermitJob, Revoked, Run
from onggi.protocol.statements import ProjectPermit


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedBounds:
    """One permit. `jobs`: accepted within its bounds; `micro_epsilon`: what these spent or reserved."""

    permit: ProjectPermit
    jobs: int
    accepted: int
    micro_epsilon: int
    withdrawn: bool
    expired: bool


def list_used_bounds(session: Session, *, now: datetime) -> list[UsedBounds]:
    """Every permit of a run here, by its id."""
    permits: dict[str, ProjectPermit] = {}
    accepted = Counter[str]()
    # The same job ordered twice is one job: its answer is the same. A permit's words are always the same.
    taken = (Run.state != str(RunState.DECLINED), Run.permit != "")
    number = func.count(Run.spec_digest.distinct())
    for kept, count in session.execute(select(Run.permit, number).where(*taken).group_by(Run.permit)):
        if (permit := _permit_in(kept)) is not None:
            permits[permit.id] = permit
            accepted[permit.id] += count
    counted = select(PermitJob.permit, func.count()).group_by(PermitJob.permit)
    jobs: dict[str, int] = {row[0]: row[1] for row in session.execute(counted)}
    withdrawn = set(session.scalars(select(Revoked.target)))
    return [
        UsedBounds(
            permit=permit,
            jobs=jobs.get(name, 0),
            accepted=accepted[name],
            micro_epsilon=micro_epsilon_within_bounds(session, name),
            withdrawn=name in withdrawn,
            expired=now >= permit.expires,
        )
        for name, permit in sorted(permits.items())
    ]


def _permit_in(kept: str) -> ProjectPermit | None:
    try:
        return ProjectPermit.model_validate_json(kept)
    except ValidationError:
        return None
