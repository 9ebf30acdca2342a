"""Keeps the messages on every object, and shows each reader those that are theirs to see.

A message is never changed nor deleted. Its audit event names it and a digest of its text, not the text.
Who sees and writes what is decided in `coordinator.decisions.threads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.idempotency import Once, find_made, remember_made
from coordinator.database.sessions import Database
from coordinator.database.threads import ThreadMessageRow
from coordinator.decisions.export_votes import check_can_vote
from coordinator.decisions.threads import (
    Audience,
    MessageKind,
    Side,
    Sight,
    check_may_ask_changes,
    check_may_write,
    check_text,
    side_of,
    sight_of,
)
from coordinator.federation.root_store import RootStore
from coordinator.jobs.asked_changes import Returned, find_returned
from coordinator.permissions import Thing
from coordinator.roles import Caller, Role
from coordinator.sources import Clock, NewId
from coordinator.threads.places import Place, find_place, votes_of
from onggi.errors import Refused
from onggi.protocol.canonical import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as its reader sees it. `awaits_answer`: changes asked, and not answered by the project."""

    id: str
    author: str
    side: Side
    at: datetime
    kind: MessageKind
    audience: Audience
    text: str
    answers: str | None
    awaits_answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Part of an object's messages, oldest first. `side` is the reader's own.

    `is_blind`: some may be hidden until the reader has voted, whether or not there are any.
    `may_ask_changes`: the reader is a checker who may vote on the held result and has not.
    """

    messages: tuple[Message, ...]
    has_earlier: bool
    side: Side
    is_blind: bool
    has_voted: bool
    may_ask_changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that somebody wants to write."""

    kind: MessageKind
    text: str
    audience: Audience | None = None
    """None: everybody, or whoever reads the message that is answered."""
    answers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadStore:
    """All messages."""

    database: Database
    clock: Clock
    new_id: NewId
    roots: RootStore

    def read(self, thing: Thing, subject: str, *, caller: Caller, before: str = "", limit: int) -> Thread:
        """The newest messages, or the newest before the message `before`."""
        federation = self.roots.get_current().federation
        with self.database.reading() as session:
            place = find_place(session, thing, subject, federation=federation)
            side = side_of(caller, people=place.people)
            votes = votes_of(session, caller, place, federation=federation)
            sight = sight_of(caller, side=side, votes=votes)
            wanted = _seen(thing, subject, caller, sight)
            if before:
                wanted = wanted.where(ThreadMessageRow.id < before)
            newest = wanted.order_by(ThreadMessageRow.id.desc()).limit(limit + 1)
            rows = list(session.scalars(newest))
            may_ask = thing is Thing.JOB and bool(place.held) and votes.unvoted_since is not None
            return Thread(
                messages=_all_shown(session, list(reversed(rows[:limit]))),
                has_earlier=len(rows) > limit,
                side=side,
                is_blind=sight.blind_since is not None,
                has_voted=votes.has_voted,
                may_ask_changes=may_ask and self._can_vote(caller, place),
            )

    def get(self, message: str, *, thing: Thing, subject: str, caller: Caller) -> Message:
        """One message. Refused `thread.no_such_message` unless it is on this object and theirs to see."""
        federation = self.roots.get_current().federation
        with self.database.reading() as session:
            place = find_place(session, thing, subject, federation=federation)
            side = side_of(caller, people=place.people)
            votes = votes_of(session, caller, place, federation=federation)
            sight = sight_of(caller, side=side, votes=votes)
            return _shown(session, _find(session, message, _seen(thing, subject, caller, sight)))

    def write(
        self, thing: Thing, subject: str, draft: Draft, *, caller: Caller, once: Once | None = None
    ) -> Message:
        """Keeps a message; the same request again finds the one that it made."""
        check_text(draft.text)
        federation, now = self.roots.get_current().federation, self.clock()
        with self.database.writing() as session:
            place = find_place(session, thing, subject, federation=federation)
            made = find_made(session, once)
            if made is not None:
                return _shown(session, session.get_one(ThreadMessageRow, made))
            side = side_of(caller, people=place.people)
            votes = votes_of(session, caller, place, federation=federation)
            answered = None
            if draft.answers is not None:
                seen = _seen(thing, subject, caller, sight_of(caller, side=side, votes=votes))
                answered = Audience(_find(session, draft.answers, seen).audience)
            audience = draft.audience or answered or Audience.EVERYBODY
            if draft.kind is MessageKind.CHANGES_ASKED:
                self._check_can_vote(caller, place)
                check_may_ask_changes(
                    audience=audience,
                    waits_for_votes=thing is Thing.JOB and bool(place.held),
                    has_voted=votes.has_voted,
                )
            check_may_write(kind=draft.kind, audience=audience, answered=answered, side=side, votes=votes)
            row = ThreadMessageRow(
                id=self.new_id("message"),
                thing=thing.value,
                subject=subject,
                author=caller.account,
                side=side.value,
                at=now,
                kind=draft.kind.value,
                audience=audience.value,
                text=draft.text,
                answers=draft.answers,
            )
            session.add(row)
            session.flush()
            remember_made(session, once, subject=row.id, at=now)
            facts = {"message": row.id, "kind": row.kind, "for": row.audience, "text": digest_of(row.text)}
            audit = Audit(event=AuditEvent.THREAD_WRITTEN, actor=caller.account, subject=subject, facts=facts)
            record_event(session, audit, at=now)
            return _shown(session, row)

    def returned(self, caller: Caller, *, limit: int) -> list[Returned]:
        """Held results whose project has been asked for changes and has not answered."""
        with self.database.reading() as session:
            return find_returned(session, caller, limit=limit)

    def _check_can_vote(self, caller: Caller, place: Place) -> None:
        if Role.CHECKER not in caller.roles:
            raise Refused("export.not_a_checker")
        root = self.roots.get_current()
        checkers = frozenset(member.id for member in root.members if member.role == "output_checker")
        check_can_vote(account=caller.account, member=caller.member, people=place.people, checkers=checkers)

    def _can_vote(self, caller: Caller, place: Place) -> bool:
        try:
            self._check_can_vote(caller, place)
        except Refused:
            return False
        return True


def _seen(thing: Thing, subject: str, caller: Caller, sight: Sight) -> Select[ThreadMessageRow]:
    row = ThreadMessageRow
    chosen: list[ColumnElement[bool]] = [row.thing == thing.value, row.subject == subject]
    if not sight.reviewers_too:
        chosen.append(row.audience == Audience.EVERYBODY.value)
    if sight.blind_since is not None:
        own = select(row.id).where(
            row.thing == thing.value, row.subject == subject, row.author == caller.account
        )
        to_me = (row.side == Side.PROJECT.value) & row.answers.in_(own)
        chosen.append(or_(row.at < sight.blind_since, row.author == caller.account, to_me))
    return select(row).where(*chosen)


def _find(session: Session, message: str, seen: Select[ThreadMessageRow]) -> ThreadMessageRow:
    row = session.scalar(seen.where(ThreadMessageRow.id == message))
    if row is None:
        raise Refused("thread.no_such_message")
    return row


def _shown(session: Session, row: ThreadMessageRow) -> Message:
    return _all_shown(session, [row])[0]


def _all_shown(session: Session, rows: Sequence[ThreadMessageRow]) -> tuple[Message, ...]:
    """In the same order, with one question for all that may wait for an answer."""
    asked = [row.id for row in rows if row.kind == MessageKind.CHANGES_ASKED.value]
    answers = select(ThreadMessageRow.answers).where(
        ThreadMessageRow.answers.in_(asked), ThreadMessageRow.side == Side.PROJECT.value
    )
    waiting = set(asked) - set(session.scalars(answers)) if asked else set()
    return tuple(_told(row, awaits_answer=row.id in waiting) for row in rows)


def _told(row: ThreadMessageRow, *, awaits_answer: bool) -> Message:
    return Message(
        id=row.id,
        author=row.author,
        side=Side(row.side),
        at=row.at,
        kind=MessageKind(row.kind),
        audience=Audience(row.audience),
        text=row.text,
        answers=row.answers,
        awaits_answer=awaits_answer,
    )
