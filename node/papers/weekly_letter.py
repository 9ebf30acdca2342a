"""A hospital's signed letter about one week: what left, the smallest group in it, and that nothing else did.

* It is made from the books alone: the same books give the same letter at any later time, byte for byte.
* It is made only where the books are whole, agree with one another and with the head kept elsewhere.
* Written once, it is kept; a later look that would tell something else is an alarm, not another letter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from node.doctor.books import check_kept_head
from node.papers.one_week import WeekInTheBooks, read_week
from node.papers.smallest_group import ClearThing, tell_persons
from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.objects import ObjectStore
from node.settings import NodeSettings
from node.state.memory import load_roots
from node.state.tables import AuditEvent, Run, WrittenLetter
from onggi.errors import Fact, NotTrusted, Refused
from onggi.protocol.canonical import digest_of, sha256_hex
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import FileKey
from onggi.protocol.rendering import UNSET, with_summary
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import LeftKind, LeftPersons, NotLeft, WeeklyLetter, WrittenFiles
from onggi.protocol.weekly_letters import (
    KEPT,
    check_continues,
    check_letter,
    last_whole_week,
    letter_id,
    week_bounds,
    week_of,
)
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec

MOST_WEEKS = 520


@dataclass(frozen=True, slots=True, kw_only=True)
class OfNode:
    """Whose books they are, and where their contents lie."""

    settings: NodeSettings
    objects: ObjectStore


def list_weeks(session: Session, *, now: datetime) -> list[str]:
    """Every week that is over since this node's first event, newest first."""
    first = session.scalar(select(AuditEvent.at).order_by(AuditEvent.number).limit(1))
    if first is None:
        return []
    found: list[str] = []
    week = last_whole_week(now)
    earliest = week_of(datetime.fromisoformat(first))
    while week >= earliest and len(found) < MOST_WEEKS:
        found.append(week)
        week = week_of(week_bounds(week)[0] - timedelta(days=1))
    return found


def compose_letter(session: Session, node: OfNode, *, week: str, now: datetime) -> WeeklyLetter:
    """The letter as the books tell it now.

    Raises:
        Refused: ``letter.week_malformed``, ``letter.week_not_over``, ``node.no_root``,
            ``register.object_damaged``, ``register.behind``.
        NotTrusted: where the books are not whole or do not agree.
    """
    since, until = week_bounds(week)
    if now < until:
        raise Refused("letter.week_not_over", week=week)
    settings = node.settings
    federation = load_roots(session, fingerprint=settings.root_fingerprint).latest.federation
    books = read_week(session, since=since, until=until)
    check_kept_head(session, settings)
    return with_summary(
        WeeklyLetter(
            id=letter_id(settings.site, week),
            federation=federation,
            issued=until,
            expires=until + KEPT,
            summary=UNSET,
            site=settings.site,
            week=week,
            since=since,
            until=until,
            analyses=len({release.spec_digest for release in books.releases}),
            left=_kinds(books.releases),
            persons=_persons(session, node.objects, books.releases),
            not_left=_not_left(books),
            files=_files(books),
            register_before=books.register_before,
            register_after=books.register_after,
            audit_before=books.audit_before,
            audit_after=books.audit_after,
        )
    )


def _kinds(releases: list[Row[Any]]) -> tuple[LeftKind, ...]:
    number = Counter((release.what, release.result) for release in releases)
    size: Counter[tuple[str, str]] = Counter()
    for release in releases:
        size[release.what, release.result] += release.bytes
    return tuple(
        LeftKind.model_validate(
            {"what": what, "result": result, "number": count, "bytes": size[what, result]}
        )
        for (what, result), count in sorted(number.items())
    )


def _persons(session: Session, objects: ObjectStore, releases: list[Row[Any]]) -> LeftPersons:
    """Every content is read, masked ones too: one that is gone or altered proves nothing."""
    clear = []
    for release in releases:
        content = objects.get(session, release.object_digest)
        if len(content) != release.bytes:
            raise Refused("register.object_damaged", digest=release.object_digest)
        if release.what == "aggregate":
            clear.append(ClearThing(content, _kind(session, release)))
    return tell_persons(clear)


def _kind(session: Session, release: Row[Any]) -> str | None:
    """The kind of the job behind a release, if the job is the one whose digest stands on the register."""
    run = session.get(Run, release.run)
    if run is None:
        return None
    spec = JobSpec.model_validate_json(run.spec)
    return spec.kind if digest_of(spec) == release.spec_digest else None


def _not_left(books: WeekInTheBooks) -> NotLeft:
    events = books.events
    return NotLeft(
        orders_declined=events[NodeEvent.ORDER_DECLINED],
        consents_refused=events[NodeEvent.CONSENT_REFUSED],
        messages_refused=events[NodeEvent.MESSAGE_REFUSED],
        replies_held=events[NodeEvent.REPLY_HELD],
        held_approved=events[NodeEvent.HELD_APPROVED],
        held_refused=events[NodeEvent.HELD_REFUSED],
        replies_withheld=events[NodeEvent.REPLY_WITHHELD],
    )


def _files(books: WeekInTheBooks) -> WrittenFiles:
    events = books.events
    return WrittenFiles(
        dataset_cards=events[NodeEvent.CARD_MADE],
        quality_cards=events[NodeEvent.QUALITY_CARD_WRITTEN],
        twins=events[NodeEvent.TWIN_MADE],
    )


def find_written(session: Session, week: str) -> Envelope | None:
    """The letter of a week as it was written, or None."""
    row = session.get(WrittenLetter, week)
    return None if row is None else Envelope.from_json(row.envelope.encode())


def write_letter(
    session: Session, node: OfNode, *, week: str, now: datetime, by: str | None = None
) -> tuple[Envelope, WeeklyLetter]:
    """Signs and keeps the letter, with its audit event, in the session's transaction; once written, it stays.

    Raises:
        NotTrusted: ``letter.books_differ`` where the kept one tells something else than the books now;
            ``letter.does_not_continue``; ``letter.not_the_hospitals`` where the root names another key.
    """
    lock_registers(session)
    letter = compose_letter(session, node, week=week, now=now)
    kept = find_written(session, week)
    if kept is not None:
        verify_letter(session, node, kept, now=now)
        return kept, letter
    for other in session.scalars(select(WrittenLetter).order_by(WrittenLetter.week)):
        written = _read(session, node, Envelope.from_json(other.envelope.encode()))
        check_continues(*sorted((written, letter), key=lambda each: each.since))
    envelope = seal_statement(letter, keys=[FileKey.read(node.settings.identity_key)])
    _read(session, node, envelope)  # a key that the root does not name makes a letter that nobody takes
    text = envelope.to_json()
    session.add(WrittenLetter(week=week, at=as_instant(now), envelope=text.decode()))
    facts: dict[str, Fact] = {"digest": f"sha256:{sha256_hex(envelope.body)}"}
    record_event(
        session,
        NodeEvent.LETTER_WRITTEN,
        about=week,
        now=now,
        facts=facts if by is None else facts | {"by": by},
    )
    return envelope, letter


def verify_letter(session: Session, node: OfNode, envelope: Envelope, *, now: datetime) -> WeeklyLetter:
    """The letter, if this hospital signed it and its books still tell the same.

    Raises:
        NotTrusted: ``letter.not_the_hospitals``, ``letter.other_hospital``, ``letter.books_differ`` naming
            the first part that differs; ``statement.*``, ``signature.*``.
    """
    letter = _read(session, node, envelope)
    if letter.site != node.settings.site:
        raise NotTrusted("letter.other_hospital", site=letter.site)
    told = compose_letter(session, node, week=letter.week, now=now)
    if told != letter:
        differing = (
            name for name in WeeklyLetter.model_fields if getattr(told, name) != getattr(letter, name)
        )
        parts = [name for name in differing if name != "summary"]
        raise NotTrusted("letter.books_differ", week=letter.week, part=parts[0] if parts else "summary")
    return letter


def _read(session: Session, node: OfNode, envelope: Envelope) -> WeeklyLetter:
    roots = load_roots(session, fingerprint=node.settings.root_fingerprint)
    return check_letter(envelope, roots=roots)
