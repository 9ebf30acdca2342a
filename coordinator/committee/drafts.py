"""Turns what a member wants to state into the exact bytes that the committee signs.

* The coordinator fills in id, dates and federation; the signer's own program renders the bytes again and
  compares, so a coordinator that fills in something else is noticed before the signature.
* What could never come into force is refused here, before anybody signs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import JsonValue, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.committee.permit_reviews import check_reviews_kept
from coordinator.database.people import AccountRow
from coordinator.database.work import JobRow, PermitRow, ProjectRow
from coordinator.sources import NewId
from coordinator.states import PermitState
from onggi.errors import NotTrusted, Refused
from onggi.protocol.bounds import check_permit_floors
from onggi.protocol.dsse import Envelope, read_payload
from onggi.protocol.rendering import UNSET, with_summary
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import (
    FeasibilityApproval,
    JobApproval,
    Predicate,
    ProjectPermit,
    Revocation,
)
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.base import as_instant

CommitteeAct = ProjectPermit | FeasibilityApproval | JobApproval | Revocation
ActName = Literal["project-permit", "feasibility-approval", "job-approval", "revocation"]

ACTS: Mapping[ActName, type[CommitteeAct]] = {
    "project-permit": ProjectPermit,
    "feasibility-approval": FeasibilityApproval,
    "job-approval": JobApproval,
    "revocation": Revocation,
}
_BY_TYPE = {kind.TYPE: kind for kind in ACTS.values()}


def build_act(
    act: ActName, fields: Mapping[str, JsonValue], *, root: TrustRoot, new_id: NewId, now: datetime
) -> CommitteeAct:
    """The statement with id, dates, federation and summary filled in. Refused where a field is wrong."""
    word = {"project-permit": "permit", "feasibility-approval": "feasibility"}.get(act, act)
    filled = {
        **fields,
        "id": new_id(word),
        "federation": root.federation,
        "issued": as_instant(now),
        "summary": UNSET,
    }
    try:
        return with_summary(ACTS[act].model_validate(filled))
    except ValidationError as bad:
        place = ".".join(str(part) for part in bad.errors()[0]["loc"])[:100]
        raise Refused("statement.field", field=place or "statement") from None


def name_of(act: CommitteeAct) -> ActName:
    """The short name of an act's kind."""
    return next(name for name, kind in ACTS.items() if isinstance(act, kind))


def title_of(session: Session, act: CommitteeAct) -> str:
    """What an act is about, for lists: its own words or the title of what it names."""
    match act:
        case ProjectPermit():
            return act.title
        case JobApproval():
            job = session.scalar(select(JobRow.title).where(JobRow.digest == act.spec))
            return job or act.spec
        case Revocation():
            return f"{act.target}: {act.reason}"
        case FeasibilityApproval():
            return ", ".join(act.people)


def read_act(envelope: Envelope, *, federation: str) -> CommitteeAct:
    """The committee act inside an envelope. NotTrusted where it is none."""
    value = read_payload(envelope)
    kind = _BY_TYPE.get(str(value.get("predicateType"))) if isinstance(value, dict) else None
    if kind is None:
        raise NotTrusted("statement.other_type", wanted="committee act")
    return read_statement(envelope, kind, federation=federation)


def check_sensible(session: Session, act: Predicate, *, root: TrustRoot) -> None:
    """Raises Refused where the act names a project, person, hospital or job that does not exist."""
    match act:
        case ProjectPermit():
            _check_permit(session, act, root=root)
        case FeasibilityApproval():
            _check_people(session, act.people)
            _check_sites({grant.site for grant in act.datasets}, root=root)
        case JobApproval():
            job = session.scalar(select(JobRow).where(JobRow.digest == act.spec))
            if job is None or (job.project, job.permit) != (act.project, act.permit):
                raise Refused("job.not_found")
        case Revocation(what="permit"):
            if session.get(PermitRow, act.target) is None:
                raise Refused("permit.not_found")
        case Revocation():
            if find_target_job(session, act) is None:
                raise Refused("job.not_found")


def find_target_job(session: Session, act: Revocation) -> JobRow | None:
    """The job that a revocation means, by its id or by its specification's digest."""
    return session.scalar(select(JobRow).where((JobRow.id == act.target) | (JobRow.digest == act.target)))


def _check_permit(session: Session, permit: ProjectPermit, *, root: TrustRoot) -> None:
    # No stored name has this sign, and PostgreSQL cannot even be asked for it.
    if "\x00" in permit.project or session.get(ProjectRow, permit.project) is None:
        raise Refused("project.not_found")
    _check_people(session, permit.people)
    _check_sites({grant.site for grant in permit.datasets}, root=root)
    check_permit_floors(permit, root.floors)
    check_reviews_kept(session, permit)
    if permit.replaces is not None:
        old = session.get(PermitRow, permit.replaces)
        if old is None or old.project != permit.project:
            raise Refused("permit.not_found")
        if old.state != PermitState.VALID:
            raise Refused("permit.no_longer_valid", state=old.state)


def _check_people(session: Session, people: tuple[str, ...]) -> None:
    known = set(session.scalars(select(AccountRow.id).where(AccountRow.id.in_(people))))
    if unknown := sorted(set(people) - known):
        raise Refused("permit.unknown_person", person=unknown[0])


def _check_sites(sites: set[str], *, root: TrustRoot) -> None:
    if unknown := sorted(sites - {hospital.site for hospital in root.hospitals}):
        raise Refused("permit.unknown_site", site=unknown[0])
