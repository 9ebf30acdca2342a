"""The people most trackers are about: one woman over fifty whom the reader knows to be there, ill or not."""

from __future__ import annotations

from typing import Final

from tests.trackers.questions import Question, having
from tests.trackers.tracker import Ask, Family, Step, Tracker, lives_of
from tests.trackers.world import Group, World, people, selected

ILL, OLD, WOMAN, TARGET = having("ill"), having("old"), having("woman"), having("target")


def _with_target(words: str) -> World:
    return people(
        ("ill old woman", 31),
        ("ill old", 28),
        ("ill woman", 14),
        ("ill", 17),
        ("old woman", 46),
        ("old", 52),
        ("woman", 75),
        ("", 83),
        (words, 1),
    )


TOWN: Final = (_with_target("ill old woman target"), _with_target("old woman target"))
_LIVES: Final = lives_of("ill old woman target")
_KNOWN: Final = (selected(TARGET), selected(TARGET & OLD & WOMAN))


def asks(*questions: Question, who: str = "researcher-1") -> tuple[Step, ...]:
    """One question after the other by one account."""
    return tuple(Ask(question, who) for question in questions)


def on_the_town(name: str, family: Family, *steps: Step) -> Tracker:
    """A tracker after the illness of the one woman."""
    return Tracker(
        name=name,
        family=family,
        truths=TOWN,
        secret=selected(ILL & TARGET),
        steps=steps,
        lives=_LIVES,
        known=_KNOWN,
    )


def about(
    name: str,
    family: Family,
    *steps: Step,
    traits: str,
    small: str,
    rest: tuple[tuple[str, int], ...],
    known: tuple[Group, ...] = (),
) -> Tracker:
    """A tracker after the size of a small group, which is four persons, or none.

    Args:
        small: the traits that all persons of the group have together, and nobody else.
        rest: everybody else.
    """
    secret = having(small.split()[0])
    for trait in small.split()[1:]:
        secret = secret & having(trait)
    return Tracker(
        name=name,
        family=family,
        truths=(people(*rest, (small, 4)), people(*rest)),
        secret=selected(secret),
        steps=steps,
        lives=lives_of(traits),
        known=known,
    )
