"""Finds what a thread hangs on: the object's project, its people, and the undecided results behind it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.committee.drafts import read_act
from coordinator.committee.exclusions import people_around, people_behind, with_member_names
from coordinator.database.committee import ApplicationRow
from coordinator.database.work import ExportVoteRow, JobRow, PermitRow, ProjectRow, StatementRow
from coordinator.decisions.threads import OpenVotes
from coordinator.permissions import Thing
from coordinator.roles import Caller
from coordinator.states import JobState
from onggi.errors import Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import FeasibilityApproval, ProjectPermit


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One object as its thread needs it. `held`: results that wait for votes, here or in the same project."""

    people: frozenset[str]
    held: tuple[JobRow, ...]


def find_place(session: Session, thing: Thing, subject: str, *, federation: str) -> Place:
    """Raises Refused, as its own page does, where there is no such object."""
    match thing:
        case Thing.PROJECT:
            if session.get(ProjectRow, subject) is None:
                raise Refused("project.not_found")
            return _of_project(session, subject, federation=federation)
        case Thing.PERMIT:
            permit = session.get(PermitRow, subject)
            if permit is None:
                raise Refused("permit.not_found")
            return _of_project(session, permit.project, federation=federation)
        case Thing.STATEMENT:
            statement = session.get(StatementRow, subject)
            if statement is None:
                raise Refused("statement.not_found")
            return _of_statement(session, statement, federation=federation)
        case Thing.APPLICATION:
            application = session.get(ApplicationRow, subject)
            if application is None:
                raise Refused("application.not_found")
            return _of_project(session, application.project, federation=federation)
        case Thing.JOB:
            job = session.get(JobRow, subject)
            if job is None:
                raise Refused("job.not_found")
            held = (job,) if job.state == JobState.HELD else ()
            return Place(people=people_around(session, job.project, federation=federation), held=held)
    raise RuntimeError(f"nothing is written about a {thing}")


def votes_of(session: Session, caller: Caller, place: Place, *, federation: str) -> OpenVotes:
    """How this person stands to the results that wait for votes, as far as they may vote on them.

    Somebody of another permit of the project votes as anybody else, and so is blind as anybody else.
    """
    wanted = select(ExportVoteRow.job).where(
        ExportVoteRow.job.in_([job.id for job in place.held]), ExportVoteRow.checker == caller.account
    )
    voted = set(session.scalars(wanted)) if place.held else set()
    unvoted = [
        job.state_since
        for job in place.held
        if job.id not in voted and not _is_behind(session, caller, job, federation=federation)
    ]
    return OpenVotes(unvoted_since=min(unvoted, default=None), has_voted=bool(voted))


def _is_behind(session: Session, caller: Caller, job: JobRow, *, federation: str) -> bool:
    permit = session.get_one(PermitRow, job.permit)
    people = people_behind(session, permit, federation=federation)
    return caller.account in people or caller.member in people


def _of_project(session: Session, project: str, *, federation: str, named: tuple[str, ...] = ()) -> Place:
    held = select(JobRow).where(JobRow.project == project, JobRow.state == JobState.HELD.value)
    people = people_around(session, project, federation=federation, named=named)
    return Place(people=people, held=tuple(session.scalars(held)))


def _of_statement(session: Session, row: StatementRow, *, federation: str) -> Place:
    act = read_act(Envelope(payload=encode_base64(row.payload)), federation=federation)
    named = tuple(act.people) if isinstance(act, ProjectPermit | FeasibilityApproval) else ()
    if row.project is None:
        return Place(people=with_member_names(session, set(named)), held=())
    return _of_project(session, row.project, federation=federation, named=named)
