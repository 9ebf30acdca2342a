"""The people of a tracker: how many live each course of life, where, over generations of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tests.trackers.questions import EVERYBODY, Question, Selection, Traits

Persons: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Life:
    """One way a person can stand in the data: the traits in each generation, None where not in it."""

    site: str
    course: tuple[Traits | None, ...]

    def is_in(self, people: Selection, *, at: int) -> bool:
        """Whether the person is in the data of that generation, and selected."""
        traits = self.course[at]
        return traits is not None and people.test(traits)


World: TypeAlias = Mapping[Life, int]
"""How many persons live each life."""


@dataclass(frozen=True, slots=True)
class Group:
    """Persons by their whole life: what a reader wants to count, or knows the number of."""

    text: str
    test: Callable[[Life], bool] = field(compare=False, repr=False)

    def size_in(self, world: World) -> int:
        return sum(number for life, number in world.items() if self.test(life))

    def __and__(self, other: Group) -> Group:
        return Group(f"{self.text} and {other.text}", lambda life: self.test(life) and other.test(life))


def selected(people: Selection, *, at: int = 0, sites: tuple[str, ...] = ()) -> Group:
    """Whoever is selected in one generation, at these hospitals or at all."""
    return Group(
        f"{people.text} in generation {at} at {sites or 'all hospitals'}",
        lambda life: life.is_in(people, at=at) and (not sites or life.site in sites),
    )


class Population:
    """A world's persons, numbered; the same person keeps the number through all generations."""

    def __init__(self, world: World) -> None:
        self._lives = tuple(sorted(world, key=_in_order))
        self._numbers = [world[life] for life in self._lives]

    @cached_property
    def _first(self) -> list[int]:
        return [0, *np.cumsum(self._numbers).tolist()]

    def select(self, people: Selection, *, at: int, sites: tuple[str, ...] = ()) -> Persons:
        """Numbers of the selected persons of one generation, ascending."""
        found = [
            np.arange(self._first[position], self._first[position + 1], dtype=np.int64)
            for position, life in enumerate(self._lives)
            if life.is_in(people, at=at) and (not sites or life.site in sites)
        ]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def everybody(self) -> tuple[Persons, ...]:
        """Whoever is in the data, generation by generation."""
        generations = max((len(life.course) for life in self._lives), default=0)
        return tuple(self.select(EVERYBODY, at=at) for at in range(generations))

    def sets_of(self, question: Question, *, at: int) -> tuple[Persons, ...]:
        """The persons behind each number of a question."""
        return tuple(self.select(each, at=at, sites=question.sites) for each in question.numbers)


def _in_order(life: Life) -> tuple[str, list[list[str]]]:
    return life.site, [["-"] if traits is None else sorted(traits) for traits in life.course]


def people(*described: tuple[str, int], site: str = "a") -> dict[Life, int]:
    """A world of words: ``("old ill -> old", 12)`` are twelve persons who were ill and are no longer.

    Traits are parted by spaces, generations by ``->``; ``-`` alone is a generation without the person.
    """
    world: dict[Life, int] = {}
    for words, number in described:
        life = Life(site, tuple(_traits(part) for part in words.split("->")))
        world[life] = world.get(life, 0) + number
    return world


def together(worlds: Iterable[World]) -> dict[Life, int]:
    """One world of several, e.g. of several hospitals."""
    total: dict[Life, int] = {}
    for world in worlds:
        for life, number in world.items():
            total[life] = total.get(life, 0) + number
    return total


def _traits(words: str) -> Traits | None:
    found = words.split()
    return None if found == ["-"] else frozenset(found)


def shaken(world: World, *, turn: int) -> dict[Life, int]:
    """The same world with up to four persons more in each large group: sums are rounded otherwise.

    Groups under ten persons, which trackers are about, stay as they are. Turn 0 is the world itself.
    """
    draw = np.random.default_rng(turn)
    more = draw.integers(0, 5, len(world)) if turn else np.zeros(len(world), dtype=np.int64)
    return {
        life: number + (int(by) if number >= 10 else 0)
        for (life, number), by in zip(world.items(), more, strict=True)
    }
