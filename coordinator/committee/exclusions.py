"""Finds whose signature a statement must not carry: nobody approves their own project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.committee.drafts import CommitteeAct, read_act
from coordinator.database.people import AccountRow
from coordinator.database.work import JobRow, PermitRow
from coordinator.projects.project_store import people_of
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import FeasibilityApproval, JobApproval, ProjectPermit, Revocation


def project_of(session: Session, act: CommitteeAct) -> str | None:
    match act:
        case ProjectPermit() | JobApproval():
            return act.project
        case Revocation(what="permit"):
            return session.get_one(PermitRow, act.target).project
        case Revocation():
            wanted = select(JobRow.project).where((JobRow.id == act.target) | (JobRow.digest == act.target))
            return session.scalar(wanted)
    return None


def excluded_members(
    session: Session, payload: bytes, *, project: str | None, federation: str
) -> frozenset[str]:
    """Members who may not sign: the people named, and the project's people under their member names."""
    act = read_act(Envelope(payload=encode_base64(payload)), federation=federation)
    if isinstance(act, Revocation):
        return frozenset()  # whoever wants to stop something may stop it
    people: set[str] = set()
    if isinstance(act, ProjectPermit | FeasibilityApproval):
        people |= set(act.people)
    elif isinstance(act, JobApproval):
        permit = session.get_one(PermitRow, act.permit)
        people |= set(permit_in(permit, federation=federation).people)
    if project is not None:
        people |= set(people_of(session, project))
    return with_member_names(session, people)


def people_behind(session: Session, permit: PermitRow, *, federation: str) -> frozenset[str]:
    """Account and member names of everyone in a permit or its project."""
    named = set(permit_in(permit, federation=federation).people)
    return with_member_names(session, named | set(people_of(session, permit.project)))


def with_member_names(session: Session, people: set[str]) -> frozenset[str]:
    """The names, and the member names under which the same persons stand in the federation root."""
    linked = select(AccountRow.member).where(AccountRow.id.in_(people), AccountRow.member.is_not(None))
    return frozenset(people | {member for member in session.scalars(linked) if member is not None})


def permit_in(row: PermitRow, *, federation: str) -> ProjectPermit:
    """The permit that a record holds."""
    envelope = Envelope.from_json(row.envelope.encode())
    act = read_act(envelope, federation=federation)
    if not isinstance(act, ProjectPermit):
        raise RuntimeError("a permit record holds something else")
    return act
