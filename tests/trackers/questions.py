"""What a reader may ask of a hospital's people: selections by their traits, and the numbers of one question.

A selection stands for a cohort definition, a question for a job. Only what differs between jobs for a reader
who adds and subtracts is kept: which persons each number counts, at which hospitals, and which numbers come
together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

Traits: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Selection:
    """Persons by their traits. Two selections are the same question where their texts are."""

    text: str
    test: Callable[[Traits], bool] = field(compare=False, repr=False)

    def __and__(self, other: Selection) -> Selection:
        return Selection(
            f"({self.text} and {other.text})", lambda traits: self.test(traits) and other.test(traits)
        )

    def __or__(self, other: Selection) -> Selection:
        return Selection(
            f"({self.text} or {other.text})", lambda traits: self.test(traits) or other.test(traits)
        )

    def __invert__(self) -> Selection:
        return Selection(f"not {self.text}", lambda traits: not self.test(traits))


EVERYBODY = Selection("everybody", lambda traits: True)


def having(trait: str) -> Selection:
    """Whoever has the trait."""
    return Selection(trait, lambda traits: trait in traits)


Shape: TypeAlias = Literal["count", "funnel", "groups", "overlap", "model", "sum"]


@dataclass(frozen=True, slots=True)
class Question:
    """One job: the persons behind each of its numbers, in order.

    `sites` are the hospitals over which each number is summed; none stands for all of them. `lost` are those
    of them whose letters a rogue coordinator loses, so that the sum is opened without them.
    """

    shape: Shape
    numbers: tuple[Selection, ...]
    sites: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def count(people: Selection, *, sites: tuple[str, ...] = (), lost: tuple[str, ...] = ()) -> Question:
    """How many they are."""
    return Question("count", (people,), sites, lost)


def funnel(people: Selection, *rules: Selection) -> Question:
    """How many they are, and how many are left after each rule."""
    numbers = [people]
    for rule in rules:
        numbers.append(numbers[-1] & rule)
    return Question("funnel", tuple(numbers))


def groups(people: Selection, *by: Selection) -> Question:
    """How many of them are in each group, the last one being whoever is in none. Groups share nobody."""
    rest = people
    for group in by:
        rest = rest & ~group
    return Question("groups", (*(people & group for group in by), rest))


def overlap(*cohorts: Selection) -> Question:
    """Each cohort's total, then everybody by the exact cohorts they are in, at least in one."""
    combinations = []
    for inside in product((True, False), repeat=len(cohorts)):
        if any(inside):
            chosen = [each if yes else ~each for each, yes in zip(cohorts, inside, strict=True)]
            together = chosen[0]
            for each in chosen[1:]:
                together = together & each
            combinations.append(together)
    return Question("overlap", (*cohorts, *combinations))


def model(people: Selection, outcome: Selection) -> Question:
    """What every model tells of its table: rows and events. Neither is ever rounded."""
    return Question("model", (people, people & outcome))


def total(
    people: Selection, value: Selection, *, sites: tuple[str, ...] = (), lost: tuple[str, ...] = ()
) -> Question:
    """Rows, and a number added up over them that no set of persons stands for: 1 where `value` holds, say."""
    return Question("sum", (people, people & value), sites, lost)


def is_description(question: Question) -> bool:
    """Whether other numbers than counts rest on its persons: persons may be left out of it."""
    return question.shape in ("model", "sum")
