"""Records pledges and trainings, and tells whose run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.operating import TrainingRow
from coordinator.database.people import AccountRow
from coordinator.database.sessions import Database
from coordinator.decisions.readiness import (
    Paper,
    Training,
    check_may_submit,
    counting,
    day_of,
    paper_of,
)
from coordinator.sources import Clock, NewId
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How one person's pledge and trainings stand. `trainings`: the one of each name that counts."""

    account: str
    organisation: str
    pledged: date | None
    trainings: tuple[Training, ...]
    paper: Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStore:
    """Pledges and trainings of all accounts. `required`: whether submitting a job asks for them."""

    database: Database
    clock: Clock
    new_id: NewId
    required: bool

    def record_pledge(self, account: str, pledged: date, *, by: str) -> None:
        """The same day again changes nothing."""
        now = self.clock()
        if pledged > day_of(now):
            raise Refused("readiness.in_future")
        with self.database.writing() as session:
            row = _get_open(session, account)
            if row.pledged == pledged:
                return
            row.pledged = pledged
            facts = {"pledged": pledged.isoformat()}
            audit = Audit(event=AuditEvent.PLEDGE_RECORDED, actor=by, subject=account, facts=facts)
            record_event(session, audit, at=now)

    def record_training(
        self, account: str, *, name: str, completed: date, expires: date, by: str
    ) -> Training:
        """The very same training again is the one that is there."""
        now = self.clock()
        if completed > day_of(now):
            raise Refused("readiness.in_future")
        if expires < completed:
            raise Refused("readiness.ends_before")
        with self.database.writing() as session:
            _get_open(session, account)
            known = session.scalar(
                select(TrainingRow).where(
                    TrainingRow.account == account,
                    TrainingRow.name == name,
                    TrainingRow.completed == completed,
                    TrainingRow.expires == expires,
                )
            )
            if known is not None:
                return _shown(known)
            row = TrainingRow(
                id=self.new_id("training"),
                account=account,
                name=name,
                completed=completed,
                expires=expires,
                recorded_by=by,
                recorded=now,
            )
            session.add(row)
            session.flush()
            facts = {"training": row.id, "expires": expires.isoformat()}
            audit = Audit(event=AuditEvent.TRAINING_RECORDED, actor=by, subject=account, facts=facts)
            record_event(session, audit, at=now)
            return _shown(row)

    def trainings(self, account: str) -> list[Training]:
        """Every record of one account, oldest first."""
        with self.database.reading() as session:
            return list(_of(session, account))

    def readiness(self) -> list[Readiness]:
        """Every open account, the worst standing first."""
        today, order = day_of(self.clock()), list(Paper)
        with self.database.reading() as session:
            people = session.scalars(select(AccountRow).where(AccountRow.closed.is_(None))).all()
            given: dict[str, list[Training]] = {}
            for row in session.scalars(select(TrainingRow).order_by(TrainingRow.id)).all():
                given.setdefault(row.account, []).append(_shown(row))
            found = [_ready(person, given.get(person.id, ()), today=today) for person in people]
        return sorted(found, key=lambda each: (order.index(each.paper), each.account))

    def check_may_submit(self, session: Session, account: str) -> None:
        """Raises Refused where the federation's settings ask for papers that this person lacks."""
        if self.required:
            person = session.get_one(AccountRow, account)
            check_may_submit(person.pledged, _of(session, account), today=day_of(self.clock()))


def _get_open(session: Session, account: str) -> AccountRow:
    row = session.get(AccountRow, account)
    if row is None or row.closed is not None:
        raise Refused("account.not_found")
    return row


def _of(session: Session, account: str) -> Sequence[Training]:
    wanted = select(TrainingRow).where(TrainingRow.account == account).order_by(TrainingRow.id)
    return [_shown(row) for row in session.scalars(wanted).all()]


def _ready(person: AccountRow, trainings: Sequence[Training], *, today: date) -> Readiness:
    newest = sorted(counting(trainings).values(), key=lambda each: (each.expires, each.name))
    return Readiness(
        account=person.id,
        organisation=person.organisation,
        pledged=person.pledged,
        trainings=tuple(newest),
        paper=paper_of(person.pledged, trainings, today=today),
    )


def _shown(row: TrainingRow) -> Training:
    return Training(
        id=row.id,
        name=row.name,
        completed=row.completed,
        expires=row.expires,
        recorded_by=row.recorded_by,
        recorded=row.recorded,
    )
