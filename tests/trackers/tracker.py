"""A tracker: a chain of questions by which a reader wants to learn what no single answer would tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final, TypeAlias

from tests.trackers.questions import Question, Traits
from tests.trackers.world import Group, Life, World


class Family(StrEnum):
    """What a tracker lives on."""

    TWO_QUERIES = "two queries"
    PADDING = "padding to the rounding edge"
    UNIONS = "unions and intersections"
    COMPLEMENTS = "complements"
    REPEATS = "repeats"
    ACCOUNTS = "several accounts"
    REFUSALS = "refusals as an oracle"
    FUNNELS = "funnels"
    REFRESHES = "a refresh of the data"
    CORRECTIONS = "one corrected value"
    HOSPITALS = "a hospital left out"
    DESCRIPTIONS = "descriptions of nearly the same persons"
    MASKS = "hospitals that decide together"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question by one account."""

    question: Question
    who: str = "researcher-1"


class Happens(StrEnum):
    """What is no question."""

    NEXT = "the next generation of the data is loaded"
    PUBLISHED = "everybody learns how many persons there are"


Step: TypeAlias = Ask | Happens
NEXT: Final = Happens.NEXT
PUBLISHED: Final = Happens.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """One attack.

    `truths` are the worlds in which it is played; the size of `secret` is what the reader wants. `known` are
    groups whose size the reader knows before asking: that the target exists, say, never who is ill. `lives`
    are the ways a person can stand in the data as far as the reader knows.
    """

    name: str
    family: Family
    truths: tuple[World, ...]
    secret: Group
    steps: tuple[Step, ...]
    lives: tuple[Life, ...] = field(repr=False)
    known: tuple[Group, ...] = ()


def lives_of(
    traits: str,
    *,
    generations: int = 1,
    sites: Iterable[str] = ("a",),
    fixed: str = "",
    always_there: bool = False,
) -> tuple[Life, ...]:
    """Every life that the traits allow.

    Args:
        traits: parted by spaces; a person may have any of them together.
        fixed: traits that nobody gains or loses between generations.
        always_there: nobody comes or goes.
    """
    names, kept = traits.split(), set(fixed.split())
    states: list[Traits | None] = [
        frozenset(name for name, has in zip(names, chosen, strict=True) if has)
        for chosen in product((False, True), repeat=len(names))
    ]
    if generations > 1 and not always_there:
        states.append(None)
    return tuple(
        Life(site, course)
        for site in sites
        for course in product(states, repeat=generations)
        if _keeps(course, kept) and any(traits is not None for traits in course)
    )


def _keeps(course: tuple[Traits | None, ...], fixed: set[str]) -> bool:
    return len({frozenset(traits & fixed) for traits in course if traits is not None}) <= 1
