"""What answers a tracker's questions: the border between the corpus and whatever guards the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from onggi.spec.disclosure_rules import DEFAULT_RULES
from privacy.disclosure.rounding import round_to_base
from tests.trackers.questions import Question, is_description
from tests.trackers.world import Persons, Population

THRESHOLD = 10


class Shown(NamedTuple):
    """A number that is shown, with the least and the largest number of persons that it may stand for."""

    number: int
    least: int
    most: int


Answer: TypeAlias = tuple[Shown | None, ...] | None
"""The numbers in order, None where one is withheld; None for a refusal of the whole question."""


def show_exactly(persons: int) -> Shown:
    """The number itself."""
    return Shown(persons, persons, persons)


def show_rounded(persons: int) -> Shown:
    """The number in steps of the rounding base."""
    base = DEFAULT_RULES.rounding_base
    number, half = round_to_base(persons, base=base), base // 2
    return Shown(number, number - half, number + half)


class Desk(Protocol):
    """One federation's answers over its life. Deterministic: the same chain of questions over the same people
    gives the same answers."""

    @property
    def left_out(self) -> Counter[int] | None:
        """How often each person was left out of an answer; None where it matters to nobody who is who.

        No reader sees it: it helps to find witnesses.
        """

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        """Answers a question whose numbers count these persons."""

    def load_next(self) -> None:
        """The next generation of the data is loaded."""

    def publish(self, everybody: Persons) -> None:
        """Everybody learns how many these are."""


class OpensDesk(Protocol):
    """Opens a fresh desk over the people, before anybody asked anything."""

    def __call__(self, population: Population, /) -> Desk: ...


@dataclass(frozen=True, slots=True)
class ThresholdDesk:
    """Withholds every number under the threshold and, unless counts are exact, rounds the others.

    This is all that many systems do. A model's rows and events are never rounded.
    """

    exact: bool
    left_out: None = None

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        show = show_exactly if self.exact or is_description(question) else show_rounded
        if question.shape == "sum":  # not a number of persons
            return None if len(sets[0]) < THRESHOLD else tuple(show(len(persons)) for persons in sets)
        return tuple(show(len(persons)) if len(persons) >= THRESHOLD else None for persons in sets)

    def load_next(self) -> None:
        """Nothing is remembered."""

    def publish(self, everybody: Persons) -> None:
        """Nothing is remembered."""


@dataclass(frozen=True, slots=True)
class SilentDesk:
    """Refuses everything: safe, and useless."""

    left_out: None = None

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        return None

    def load_next(self) -> None:
        """Nothing is remembered."""

    def publish(self, everybody: Persons) -> None:
        """Nothing is remembered."""
