"""Finds whose signature a statement must not carry: nobody approves their own project."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import lru_cache

from sqlalchemy import CompoundSelect, select
from sqlalchemy.orm import Session

from coordinator.committee.conflict_store import members_standing_back
from coordinator.committee.drafts import CommitteeAct, read_act
from coordinator.database.committee import ConflictRow
from coordinator.database.people import AccountRow
from coordinator.database.work import JobRow, PermitRow, ProjectMemberRow
from coordinator.projects.project_store import people_of
from coordinator.roles import Caller
from onggi.errors import Refused
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
        people |= set(people_of(session, project)) | members_standing_back(session, project)
    return with_member_names(session, people)


def people_behind(session: Session, permit: PermitRow, *, federation: str) -> frozenset[str]:
    """Account and member names of everyone in a permit or its project, or with an interest in it."""
    named = set(permit_in(permit, federation=federation).people)
    return with_member_names(session, named) | kept_away(session, permit.project)


def kept_away(session: Session, project: str) -> frozenset[str]:
    """Account and member names of all who decide nothing about a project."""
    people = set(people_of(session, project)) | members_standing_back(session, project)
    return with_member_names(session, people)


def kept_from(by: Caller) -> CompoundSelect[str]:
    """The projects about which this person decides nothing: those whose `kept_away` names them."""
    names = _names_of(by)
    same = select(AccountRow.id).where(AccountRow.member.in_(names))
    own = select(ProjectMemberRow.project).where(
        ProjectMemberRow.account.in_(names) | ProjectMemberRow.account.in_(same)
    )
    declared = select(ConflictRow.project).where(ConflictRow.member.in_(names) | ConflictRow.member.in_(same))
    return own.union(declared)


def check_no_interest(session: Session, project: str, *, by: Caller) -> None:
    """Raises Refused(``conflict.stands_back``) for the project's own people and who declared an interest."""
    if {by.account, by.member} & kept_away(session, project):
        raise Refused("conflict.stands_back")


def people_around(
    session: Session, project: str, *, federation: str, named: Iterable[str] = ()
) -> frozenset[str]:
    """Account and member names of everyone in a project or any of its permits, and of those named besides."""
    people = {*named, *people_of(session, project)}
    for permit in session.scalars(select(PermitRow).where(PermitRow.project == project)):
        people |= set(permit_in(permit, federation=federation).people)
    return with_member_names(session, people)


def projects_around(session: Session, by: Caller, projects: Set[str], *, federation: str) -> frozenset[str]:
    """Those of these projects whose `people_around` name this person, asked at once for all."""
    names = _names_of(by)
    names |= set(session.scalars(select(AccountRow.id).where(AccountRow.member.in_(names))))
    members = select(ProjectMemberRow.project).where(
        ProjectMemberRow.project.in_(projects), ProjectMemberRow.account.in_(names)
    )
    permits = session.scalars(select(PermitRow).where(PermitRow.project.in_(projects)))
    named = {row.project for row in permits if names & set(permit_in(row, federation=federation).people)}
    return frozenset(named | set(session.scalars(members)))


def _names_of(by: Caller) -> set[str]:
    return {name for name in (by.account, by.member) if name is not None}


def with_member_names(session: Session, people: set[str]) -> frozenset[str]:
    """The names, and the member names under which the same persons stand in the federation root."""
    linked = select(AccountRow.member).where(AccountRow.id.in_(people), AccountRow.member.is_not(None))
    return frozenset(people | {member for member in session.scalars(linked) if member is not None})


def permit_in(row: PermitRow, *, federation: str) -> ProjectPermit:
    """The permit that a record holds."""
    return _read_permit(row.envelope, federation)


@lru_cache(maxsize=256)
def _read_permit(envelope: str, federation: str) -> ProjectPermit:
    """By its very text: many pages read the same ones, and what is kept never changes."""
    act = read_act(Envelope.from_json(envelope.encode()), federation=federation)
    if not isinstance(act, ProjectPermit):
        raise RuntimeError("a permit record holds something else")
    return act
