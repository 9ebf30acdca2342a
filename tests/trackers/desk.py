"""What answers a tracker's questions: the border between the corpus and whatever guards the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from privacy.disclosure.rounding import ROUNDING_BASE, round_to_base
from tests.trackers.questions import Question
from tests.trackers.world import Persons

Answer: TypeAlias = tuple[int | None, ...] | None
"""The numbers in order, None where one is withheld; None for a refusal of the whole question."""

THRESHOLD = 10


class Desk(Protocol):
    """One federation's answers over its life. Deterministic: the same chain of questions over the same people
    gives the same answers."""

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        """Answers a question whose numbers count these persons."""

    def load_next(self) -> None:
        """The next generation of the data is loaded."""

    def reads_as(self, question: Question, shown: int) -> tuple[int, int]:
        """The least and the largest number of persons that a shown number may stand for."""


class OpensDesk(Protocol):
    """Opens a fresh desk, before anybody asked anything."""

    def __call__(self) -> Desk: ...


@dataclass(frozen=True, slots=True)
class ThresholdDesk:
    """Withholds every number under the threshold and, unless counts are exact, rounds the others.

    This is all that many systems do. A model's rows and events are never rounded.
    """

    exact: bool

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        return tuple(self._show(question, len(persons)) for persons in sets)

    def load_next(self) -> None:
        """Nothing is remembered."""

    def reads_as(self, question: Question, shown: int) -> tuple[int, int]:
        if self._is_exact(question):
            return shown, shown
        return shown - ROUNDING_BASE // 2, shown + ROUNDING_BASE // 2

    def _show(self, question: Question, persons: int) -> int | None:
        if persons < THRESHOLD:
            return None
        return persons if self._is_exact(question) else round_to_base(persons)

    def _is_exact(self, question: Question) -> bool:
        return self.exact or question.shape == "model"


@dataclass(frozen=True, slots=True)
class SilentDesk:
    """Refuses everything: safe, and useless."""

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        return None

    def load_next(self) -> None:
        """Nothing is remembered."""

    def reads_as(self, question: Question, shown: int) -> tuple[int, int]:
        raise AssertionError("it shows nothing")
