"""Counts what one year brought, by the calendar of Korea. Bodies are named, persons never.

The database counts: a year may hold tens of thousands of jobs, and no record of one is read for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.ledger import AuditRow
from coordinator.database.people import OrganisationRow
from coordinator.database.running import OrderRow, RunRow
from coordinator.database.sessions import Database
from coordinator.database.work import JobRow, PermitRow, ProjectRow
from coordinator.decisions.readiness import ZONE
from coordinator.decisions.waiting_days import Days, days_of
from coordinator.federation.root_store import RootStore
from coordinator.states import JOB_MOVES, JobState, is_final

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2200
UNDER_WAY: Final = "under_way"
_TOOK_PART: Final = "accepted"
_E = AuditEvent
_COUNTED: Final = (
    _E.PERMIT_GRANTED,
    _E.PERMIT_WITHDRAWN,
    _E.EXPORT_APPROVED,
    _E.EXPORT_REFUSED,
    _E.RESULT_RELEASED_BY_PERMIT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationYear:
    """One organisation's year."""

    name: str
    projects: int
    permits_granted: int
    jobs: int
    exports_approved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalYear:
    """One hospital's year: jobs that name it, and runs in which it took part."""

    name: str
    jobs: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """`jobs`: those submitted in the year, by kind and by how they stand now."""

    year: int
    projects: int
    permits_granted: int
    permits_withdrawn: int
    jobs: Mapping[tuple[str, str], int]
    exports_approved: int
    exports_refused: int
    exports_by_permit: int
    approval: Days
    export: Days
    organisations: tuple[OrganisationYear, ...]
    hospitals: tuple[HospitalYear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Yearbook:
    """Reads only."""

    database: Database
    roots: RootStore

    def figures(self, year: int) -> YearFigures:
        start = datetime(year, 1, 1, tzinfo=ZONE).astimezone(UTC)
        end = datetime(year + 1, 1, 1, tzinfo=ZONE).astimezone(UTC)
        with self.database.reading() as session:
            return self._count(session, year, _Span(start, end))

    def _count(self, session: Session, year: int, span: _Span) -> YearFigures:
        happened = _happened(session, span)
        begun = _tally(
            session.execute(
                select(ProjectRow.organisation, func.count())
                .where(span.holds(ProjectRow.created))
                .group_by(ProjectRow.organisation)
            )
        )
        granted = _owners(session, span, PermitRow, _E.PERMIT_GRANTED)
        approved = _owners(session, span, JobRow, _E.EXPORT_APPROVED)
        jobs, submitted = _jobs(session, span)
        names = session.execute(select(OrganisationRow.id, OrganisationRow.name).order_by(OrganisationRow.id))
        return YearFigures(
            year=year,
            projects=begun.total(),
            permits_granted=happened[_E.PERMIT_GRANTED],
            permits_withdrawn=happened[_E.PERMIT_WITHDRAWN],
            jobs=jobs,
            exports_approved=happened[_E.EXPORT_APPROVED],
            exports_refused=happened[_E.EXPORT_REFUSED],
            exports_by_permit=happened[_E.RESULT_RELEASED_BY_PERMIT],
            approval=_days(session, span, begin=_E.JOB_NEEDS_VOTE, ends=(_E.JOB_APPROVED, _E.JOB_REFUSED)),
            export=_days(session, span, begin=_E.RESULT_HELD, ends=(_E.EXPORT_APPROVED, _E.EXPORT_REFUSED)),
            organisations=tuple(
                OrganisationYear(
                    name=name,
                    projects=begun[key],
                    permits_granted=granted[key],
                    jobs=submitted[key],
                    exports_approved=approved[key],
                )
                for key, name in names
            ),
            hospitals=self._hospitals(session, span),
        )

    def _hospitals(self, session: Session, span: _Span) -> tuple[HospitalYear, ...]:
        root, asked = self.roots.find_current(), Counter[str]()
        named = select(JobRow.participants, func.count()).where(span.holds(JobRow.submitted))
        for sites, number in session.execute(named.group_by(JobRow.participants)):
            asked.update(dict.fromkeys(sites.split(","), number))
        orders = select(OrderRow.site, func.count()).join(RunRow, RunRow.id == OrderRow.run)
        answered = orders.where(span.holds(RunRow.started), OrderRow.answer == _TOOK_PART)
        took_part = _tally(session.execute(answered.group_by(OrderRow.site)))
        return tuple(
            HospitalYear(name=hospital.name, jobs=asked[hospital.site], runs=took_part[hospital.site])
            for hospital in (root.hospitals if root is not None else ())
        )


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime

    def holds(self, moment: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return (moment >= self.start) & (moment < self.end)


def _tally(rows: Iterable[Any]) -> Counter[str]:
    return Counter(dict(map(tuple, rows)))


def _happened(session: Session, span: _Span) -> Counter[str]:
    """Of how many objects each kind of act is told within the span; an act told twice of one counts once."""
    wanted = select(AuditRow.event, func.count(AuditRow.subject.distinct()))
    return _tally(
        session.execute(
            wanted.where(
                AuditRow.event.in_([kind.value for kind in _COUNTED]), span.holds(AuditRow.at)
            ).group_by(AuditRow.event)
        )
    )


def _owners(
    session: Session, span: _Span, table: type[PermitRow | JobRow], event: AuditEvent
) -> Counter[str]:
    """The same of one kind, by the organisation of the permit's or the job's project."""
    wanted = (
        select(ProjectRow.organisation, func.count(AuditRow.subject.distinct()))
        .join(table, table.id == AuditRow.subject)
        .join(ProjectRow, ProjectRow.id == table.project)
        .where(AuditRow.event == event.value, span.holds(AuditRow.at))
    )
    return _tally(session.execute(wanted.group_by(ProjectRow.organisation)))


def _jobs(session: Session, span: _Span) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Those submitted, by kind and end, and by organisation."""
    wanted = (
        select(ProjectRow.organisation, JobRow.kind, JobRow.state, func.count())
        .join(ProjectRow, ProjectRow.id == JobRow.project)
        .where(span.holds(JobRow.submitted))
    )
    by_end, by_owner = Counter[tuple[str, str]](), Counter[str]()
    for owner, kind, state, number in session.execute(
        wanted.group_by(ProjectRow.organisation, JobRow.kind, JobRow.state)
    ):
        by_end[kind, state if is_final(JOB_MOVES, JobState(state)) else UNDER_WAY] += number
        by_owner[owner] += number
    return by_end, by_owner


def _days(session: Session, span: _Span, *, begin: AuditEvent, ends: tuple[AuditEvent, ...]) -> Days:
    """From the act that asked for a decision to the first decision, where that fell within the span.

    A job that was approved and stopped later was decided when it was approved.
    """
    is_end = AuditRow.event.in_([end.value for end in ends])
    asked = func.min(case((AuditRow.event == begin.value, AuditRow.at)))
    decided = func.min(case((is_end, AuditRow.at)))
    within = select(AuditRow.subject).where(is_end, span.holds(AuditRow.at))
    wanted = (
        select(asked, decided)
        .where(is_end | (AuditRow.event == begin.value), AuditRow.at < span.end, AuditRow.subject.in_(within))
        .group_by(AuditRow.subject)
        .having(decided >= span.start)
    )
    return days_of(
        (end - start).total_seconds() / 86_400 for start, end in session.execute(wanted) if start is not None
    )
