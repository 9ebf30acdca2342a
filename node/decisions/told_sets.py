"""What a hospital told before, as its guards look at it: sets of persons, their numbers, and among whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from privacy.differencing.guard import Answered, Given
from privacy.differencing.meanings import Meaning
from privacy.differencing.released_sets import Bits

Sites: TypeAlias = tuple[str, ...]
Answer: TypeAlias = tuple[str, int]
"""A run, and the ordinal of one of its answers."""


@dataclass(frozen=True, slots=True)
class NewSet:
    """A number that is about to be told; with `bits` its persons count as released from then on.

    `place` is the set's position among those of its answer; `shrunk`: persons were left out of it.
    """

    place: int
    definition: str
    number: int
    within: int = 0
    bits: Bits | None = field(default=None, repr=False)
    meaning: Meaning | None = None
    shrunk: bool = False


@dataclass(slots=True)
class Standing:
    """What was told before; for each set of `answered.sets` its name, equal at every hospital, and over
    which hospitals it was summed."""

    answered: Answered
    names: list[str] = field(default_factory=list)
    sites: list[Sites] = field(default_factory=list)
    told_alone: list[bool] = field(default_factory=list)
    """Whether the number of the set was told as this hospital's own."""
    by_definition: dict[str, dict[Sites, Given]] = field(default_factory=dict)
    """The first number told for each definition, by the hospitals it was summed over; by none where it was
    told as this hospital's own."""
    meanings: dict[str, Meaning] = field(default_factory=dict)
    """What a definition means, where it is known."""
    small_beside: set[str] = field(default_factory=set)
    """Definitions of sums in which another hospital may have few of the persons."""

    def branch(self) -> Standing:
        """A copy that grows by itself."""
        kept = {definition: dict(told) for definition, told in self.by_definition.items()}
        return Standing(
            self.answered.branch(),
            list(self.names),
            list(self.sites),
            list(self.told_alone),
            kept,
            dict(self.meanings),
            set(self.small_beside),
        )

    def add(self, answer: Answer, told: NewSet, sites: Sites, *, small_beside: bool = False) -> None:
        self.claim(answer, told, sites, alone=not sites)
        before = self.by_definition.setdefault(told.definition, {})
        before.setdefault(sites, Given(told.number, told.within))
        if told.meaning is not None:
            self.meanings[told.definition] = told.meaning
        if small_beside:
            self.small_beside.add(told.definition)

    def is_told(self, definition: str, sites: Sites) -> bool:
        """Whether the definition's own number was told over these hospitals, or as this one's: one that was
        worked out tells nothing of its set."""
        told = self.by_definition.get(definition, {})
        return any(of in told and not told[of].within for of in (sites, ()))

    def meanings_told(self, sites: Sites) -> list[Meaning]:
        """Of sets whose own number was told over these hospitals, or as this one's."""
        return [meaning for each, meaning in self.meanings.items() if self.is_told(each, sites)]

    def told_here(self) -> Answered:
        """As an answer in clear is held against it: of a set that was added up with other hospitals' nobody
        was told the number here, nor is where it would show how few are at another."""
        here, by_definition = self.answered.branch(), self.by_definition
        here.numbers = {each: told[()] for each, told in by_definition.items() if () in told}
        here.meanings = self.meanings_told(())
        here.untold = {at for at, told in enumerate(self.told_alone) if not told}
        here.summed = {
            each
            for each, told in by_definition.items()
            if () not in told
            and not all(given.within for given in told.values())
            and each not in self.small_beside
        }
        return here

    def claim(self, answer: Answer, told: NewSet, sites: Sites = (), *, alone: bool = False) -> None:
        """A set that may have been told: of no hospitals, since nobody here knows over which."""
        if told.bits is not None:
            if told.shrunk:
                self.answered.shrunk.add(len(self.answered.sets))
            self.answered.sets.add(told.bits)
            run, ordinal = answer
            self.names.append(f"{run} {ordinal} {told.place}")
            self.sites.append(sites)
            self.told_alone.append(alone)
