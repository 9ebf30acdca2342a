"""The register of processing pseudonymised information that a hospital must keep, made from the node's books.

* One line a run that read data: purpose, items, use, recipients, period, destruction (Personal Information
  Protection Act, Article 28-4, and its decree).
* A line must be kept three years after its data was destroyed. The node itself deletes no row of its books.
* `digest` covers the lines: the same books print the same digest, whoever prints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.papers.ledger_items import Items, items_of
from node.registers.audit import NodeEvent, check_chain
from node.registers.deletions import read_deletions
from node.registers.releases import check_register, current_head
from node.settings import NodeSettings
from node.state.memory import load_roots
from node.state.tables import AuditEvent, DeletionRecord, Release, Run
from onggi.errors import Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.statements import ProjectPermit
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec

KEPT_YEARS: Final = 3
MOST_DAYS: Final = 3_700
ZONE: Final = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Things of one sort that left for the recipients."""

    what: str
    result: str
    number: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """By which signed record the data of a run is gone."""

    at: str
    record: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """What the committee signed: purpose, recipients, and the period as days in Korea."""

    permit: str
    title: str
    purpose: str
    organisation: str
    people: tuple[str, ...]
    since: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One run. What this node no longer knows of it is None, never left out silently."""

    run: str
    project: str
    job: str | None
    kind: str | None
    spec_digest: str
    permitted: Permitted | None
    items: Items | None
    left: tuple[Left, ...]
    began: str
    ended: str | None
    destroyed: Destroyed | None
    keep_until: str | None
    """The last day on which the line must be kept; None while the data is not destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The lines of a period, and by what a print of them can be checked."""

    site: str
    hospital: str
    first: date
    last: date
    lines: tuple[LedgerLine, ...]
    register_number: int
    register_hash: str
    audit_number: int
    audit_hash: str
    printed_by: str
    printed_at: datetime

    @property
    def digest(self) -> str:
        return digest_of([asdict(line) for line in self.lines])


def keep_until(destroyed: datetime) -> date:
    """Three years after the day of destruction in Korea; the 29th of February ends on the 1st of March."""
    day = destroyed.astimezone(ZONE).date()
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:
        return date(day.year + KEPT_YEARS, 3, 1)


def read_ledger(
    session: Session, settings: NodeSettings, *, first: date, last: date, by: str, now: datetime
) -> Ledger:
    """The ledger of all runs that read data on a day of the period.

    Raises:
        Refused: ``ledger.period_wrong``.
        NotTrusted: ``audit.chain_broken``, ``register.chain_broken``: a broken book is not printed as whole.
    """
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise Refused("ledger.period_wrong", most=MOST_DAYS)
    check_chain(session)
    check_register(session)
    begin, end = _begins(first), _begins(last + timedelta(days=1))
    lines = [line for line in _every_line(session, settings, end=end) if _touches(line, begin=begin, end=end)]
    entry, head = current_head(session)
    newest = select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
    event = session.execute(newest).first()
    return Ledger(
        site=settings.site,
        hospital=_hospital(session, settings),
        first=first,
        last=last,
        lines=tuple(sorted(lines, key=lambda line: (line.began, line.run))),
        register_number=entry,
        register_hash=head,
        audit_number=event.number if event else 0,
        audit_hash=event.hash if event else "0" * 64,
        printed_by=by,
        printed_at=now,
    )


def _begins(day: date) -> str:
    return as_instant(datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC))


def _touches(line: LedgerLine, *, begin: str, end: str) -> bool:
    over = line.destroyed.at if line.destroyed else line.ended
    return line.began < end and (over is None or over >= begin)


def _hospital(session: Session, settings: NodeSettings) -> str:
    if settings.pinned_root is None:
        return settings.site
    root = load_roots(session, fingerprint=settings.pinned_root).latest
    return next((each.name for each in root.hospitals if each.site == settings.site), settings.site)


def _every_line(session: Session, settings: NodeSettings, *, end: str) -> Iterable[LedgerLine]:
    """Every run that read data before that moment: it began, had a workspace, or something of it left."""
    left: dict[str, list[Release]] = defaultdict(list)
    for release in session.scalars(select(Release).order_by(Release.entry)):
        left[release.run].append(release)
    records = ((record, None) for record in session.scalars(select(DeletionRecord)))
    deletions = {str(read["run"]): read for read in read_deletions(settings, records)}
    began = _first_events(session, NodeEvent.RUN_STARTED)
    ended = _first_events(session, NodeEvent.RUN_ENDED)
    known = set()
    for run in session.scalars(select(Run)):
        known.add(run.run)
        read = run.run in began or run.run in left or run.run in deletions or run.workspace_key is not None
        if read and began.get(run.run, run.received_at) < end:
            deletion = deletions.get(run.run)
            destroyed = None if deletion is None else _destroyed(deletion)
            yield _line_of(run, left[run.run], destroyed, began=began.get(run.run), ended=ended.get(run.run))
    yield from (_line_without_run(each) for name, each in left.items() if name not in known)


def _first_events(session: Session, event: NodeEvent) -> Mapping[str, str]:
    asked = select(AuditEvent.about, AuditEvent.at).where(AuditEvent.event == str(event))
    found: dict[str, str] = {}
    for about, at in session.execute(asked.order_by(AuditEvent.number)):
        found.setdefault(about, at)
    return found


def _destroyed(read: Mapping[str, Any]) -> Destroyed:
    return Destroyed(at=read["at"], record=read["id"], verified=read["verified"])


def _line_of(
    run: Run, left: list[Release], destroyed: Destroyed | None, *, began: str | None, ended: str | None
) -> LedgerLine:
    spec = JobSpec.model_validate_json(run.spec)
    return LedgerLine(
        run=run.run,
        project=spec.project,
        job=spec.title,
        kind=spec.kind,
        spec_digest=run.spec_digest,
        permitted=_permitted(run),
        items=items_of(spec),
        left=_left(left),
        began=began or run.received_at,
        ended=ended or (destroyed.at if destroyed else None),
        destroyed=destroyed,
        keep_until=_kept(destroyed),
    )


def _line_without_run(left: list[Release]) -> LedgerLine:
    """Something left and the run's own row is missing: it stands here all the same."""
    return LedgerLine(
        run=left[0].run,
        project=left[0].project,
        job=None,
        kind=None,
        spec_digest=left[0].spec_digest,
        permitted=None,
        items=None,
        left=_left(left),
        began=left[0].at,
        ended=None,
        destroyed=None,
        keep_until=None,
    )


def _kept(destroyed: Destroyed | None) -> str | None:
    """A record whose signature does not verify proves no destruction: then there is no end to keeping."""
    if destroyed is None or not destroyed.verified:
        return None
    return keep_until(datetime.fromisoformat(destroyed.at)).isoformat()


def _permitted(run: Run) -> Permitted | None:
    try:
        permit = ProjectPermit.model_validate_json(run.permit)
    except ValidationError:
        return None
    return Permitted(
        permit=permit.id,
        title=permit.title,
        purpose=permit.purpose,
        organisation=permit.organisation,
        people=permit.people,
        since=_day(permit.issued),
        until=_day(permit.expires),
    )


def _day(moment: datetime) -> str:
    return moment.astimezone(ZONE).date().isoformat()


def _left(releases: list[Release]) -> tuple[Left, ...]:
    number, size = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in releases:
        number[each.what, each.result] += 1
        size[each.what, each.result] += each.bytes
    return tuple(
        Left(what=what, result=result, number=count, bytes=size[what, result])
        for (what, result), count in sorted(number.items())
    )
