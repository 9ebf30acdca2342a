"""The thread of an object as its page shows it, with the form to write in it, and its part of the history."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from coordinator.decisions.threads import Audience, MessageKind, Side
from coordinator.pages.access import Visit
from coordinator.permissions import PERMISSIONS, Thing
from coordinator.threads.thread_store import Message, Thread
from onggi.errors import Refused

_MOST: Final = 50
_WROTE: Final = {
    MessageKind.QUESTION: "thread.wrote.question",
    MessageKind.ANSWER: "thread.wrote.answer",
    MessageKind.CHANGES_ASKED: "thread.wrote.changes_asked",
    MessageKind.NOTE: "thread.wrote.note",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,79}")
HistoryLine = tuple[datetime, str, str, str] | tuple[datetime, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPart:
    """What the part draws. `kinds` and `audiences` are what this reader may choose from."""

    thread: Thread
    reader: str
    address: str
    """The page that the part stands on."""
    may_write: bool
    answering: Message | None
    kinds: tuple[MessageKind, ...]
    audiences: tuple[Audience, ...]
    earlier: str | None
    once: str

    def may_answer(self, message: Message) -> bool:
        """Not oneself; and after a vote not to the project until the export is decided."""
        silent = self.thread.has_voted and message.audience is Audience.EVERYBODY
        return self.may_write and not silent and message.author != self.reader

    @property
    def awaits_project(self) -> bool:
        """Whether this reader is of the project and has to answer a request for changes."""
        return self.thread.side is Side.PROJECT and any(each.awaits_answer for each in self.thread.messages)


def thread_of(visit: Visit, thing: Thing, subject: str, *, address: str) -> ThreadPart:
    """`address` is the page's own; the form goes to `<address>/thread`."""
    caller, threads = visit.person, visit.services.threads
    asked = parse_qs(visit.frame.query)
    before = _name(asked.get("before", [""])[0])
    found = threads.read(thing, subject, caller=caller, before=before, limit=_MOST)
    kinds = [MessageKind.QUESTION, MessageKind.NOTE]
    if found.may_ask_changes:
        kinds.append(MessageKind.CHANGES_ASKED)
    audiences: tuple[Audience, ...] = (Audience.EVERYBODY,)
    if found.side in (Side.CHECKER, Side.COMMITTEE):
        audiences = (Audience.REVIEWERS,) if found.has_voted else (Audience.REVIEWERS, Audience.EVERYBODY)
    answering = _name(visit.entries.text("answers") or asked.get("answer", [""])[0])
    return ThreadPart(
        thread=found,
        reader=caller.account,
        address=address,
        may_write=bool(PERMISSIONS[f"{thing.value}_thread_write"].roles & caller.roles),
        answering=_answered(visit, thing, subject, answering),
        kinds=tuple(kinds),
        audiences=audiences,
        earlier=f"{address}?before={found.messages[0].id}" if found.has_earlier else None,
        once=visit.services.new_secret(),
    )


def with_messages(visit: Visit, history: Iterable[HistoryLine], part: ThreadPart) -> list[HistoryLine]:
    """The history with a line for each message that this reader sees, and so for none that is hidden."""
    lines: list[HistoryLine] = [
        (each.at, each.author, visit.say(_WROTE[each.kind]), "", f"#{each.id}")
        for each in part.thread.messages
    ]
    return sorted([*history, *lines], key=lambda line: line[0])


def _name(asked: str) -> str:
    return asked if _NAME.fullmatch(asked) else ""


def _answered(visit: Visit, thing: Thing, subject: str, message: str) -> Message | None:
    if not message:
        return None
    try:
        return visit.services.threads.get(message, thing=thing, subject=subject, caller=visit.person)
    except Refused:
        return None
