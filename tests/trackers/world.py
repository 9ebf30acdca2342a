"""The people of a tracker: how many live each course of life, where, over generations of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tests.trackers.questions import Question, Selection, Traits

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


def selected(
    people: Selection, *, at: int = 0, sites: tuple[str, ...] = (), lost: tuple[str, ...] = ()
) -> Group:
    """Whoever is selected in one generation, at these hospitals or at all, but not at those that are lost."""
    return Group(
        f"{people.text} in generation {at} at {sites or 'all hospitals'} without {lost}",
        lambda life: (
            life.is_in(people, at=at) and life.site not in lost and (not sites or life.site in sites)
        ),
    )


_SWAPS = 5


class Population:
    """Persons by number, each with a life; the same person keeps the number through all generations."""

    def __init__(self, lives: Sequence[Life | None]) -> None:
        """A life of None is a number that nobody has."""
        self._lives = tuple(lives)
        self._with: dict[Life, list[int]] = {}
        for number, life in enumerate(self._lives):
            if life is not None:
                self._with.setdefault(life, []).append(number)

    @classmethod
    def of(cls, world: World) -> Population:
        """So many persons of each life, in order."""
        return cls([life for life in sorted(world, key=_in_order) for _ in range(world[life])])

    def turned_into(self, world: World, *, likely: Mapping[int, int], draw: int) -> Population:
        """The same persons in another world: as few as can be live another life, drawn by chance, and in most
        draws a few pairs have changed places besides.

        Args:
            likely: persons who are drawn the sooner, the larger their number.
        """
        random = np.random.default_rng(draw)
        lives = list(self._lives)
        free: list[int] = []
        for life, numbers in self._with.items():
            many = len(numbers) - world.get(life, 0)
            chances = random.exponential(size=len(numbers)) * [
                1 + 20 * likely.get(each, 0) for each in numbers
            ]
            free += np.array(numbers)[np.argsort(-chances)[: max(many, 0)]].tolist()
        for number in free:
            lives[number] = None
        come = [
            life
            for life in sorted(world, key=_in_order)
            for _ in range(world[life] - len(self._with.get(life, ())))
        ]
        lives += [None] * (len(come) - len(free))
        free += range(len(self._lives), len(lives))
        for number, life in zip(random.permutation(free).tolist(), come, strict=False):
            lives[number] = life
        some = np.array(sorted(likely) or range(len(lives)))
        for one, other in zip(
            random.choice(some, draw % _SWAPS), random.integers(0, len(lives), _SWAPS), strict=False
        ):
            mine, yours = lives[one], lives[other]
            if mine is not None and yours is not None and mine.site == yours.site:
                lives[one], lives[other] = yours, mine
        return Population(lives)

    def select(
        self, people: Selection, *, at: int, sites: tuple[str, ...] = (), lost: tuple[str, ...] = ()
    ) -> Persons:
        """Numbers of the selected persons of one generation, ascending."""
        group = selected(people, at=at, sites=sites, lost=lost)
        found = [number for life, numbers in self._with.items() if group.test(life) for number in numbers]
        return np.array(sorted(found), dtype=np.int64)

    @property
    def sites(self) -> tuple[str, ...]:
        """The hospital of each number, also of one that nobody has."""
        one = next(iter(self._with)).site
        return tuple(one if life is None else life.site for life in self._lives)

    def sets_of(self, question: Question, *, at: int) -> tuple[Persons, ...]:
        """The persons behind each number of a question."""
        return tuple(
            self.select(each, at=at, sites=question.sites, lost=question.lost) for each in question.numbers
        )


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
