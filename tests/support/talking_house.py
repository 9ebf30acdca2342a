"""A house with a held result, and short ways to write about it and to read what others see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coordinator.decisions.threads import Audience, MessageKind
from coordinator.permissions import Thing
from coordinator.threads.thread_store import Draft, Message
from tests.support.coordinator_house import House


@dataclass(frozen=True)
class Study:
    """A project of researcher-1 with a permit and a job whose result waits for votes."""

    house: House
    project: str
    permit: str
    job: str

    def write(
        self,
        who: str,
        text: str,
        *,
        kind: MessageKind = MessageKind.NOTE,
        audience: Audience | None = None,
        answers: str | None = None,
        on: tuple[Thing, str] | None = None,
    ) -> Message:
        thing, subject = on or (Thing.JOB, self.job)
        draft = Draft(kind=kind, text=text, audience=audience, answers=answers)
        return self.house.services.threads.write(thing, subject, draft, caller=self.house.caller(who))

    def ask_changes(self, who: str, text: str = "Leave the small groups out.") -> Message:
        return self.write(who, text, kind=MessageKind.CHANGES_ASKED)

    def answer(self, who: str, message: Message, text: str = "They are left out.", **more: Any) -> Message:
        return self.write(who, text, kind=MessageKind.ANSWER, answers=message.id, **more)

    def read(self, who: str, *, on: tuple[Thing, str] | None = None) -> list[str]:
        """The texts that this person sees."""
        thing, subject = on or (Thing.JOB, self.job)
        thread = self.house.services.threads.read(thing, subject, caller=self.house.caller(who), limit=200)
        return [each.text for each in thread.messages]


def held_study(house: House, *, people: tuple[str, ...] = ("researcher-1",)) -> Study:
    project = house.project()
    permit = house.permit(project, people=people)
    house.clock.forward(minutes=5)
    job = house.held(project, permit).id
    house.clock.forward(minutes=5)
    return Study(house, project, permit, job)
