"""Trackers of many answers: each two are far apart, and only a sum of several gives the secret away."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from tests.trackers.corpus.town import ILL, OLD, TARGET, WOMAN, about, asks, on_the_town
from tests.trackers.questions import EVERYBODY, Selection, count, groups, having
from tests.trackers.tracker import Ask, Family, Tracker, lives_of
from tests.trackers.world import Life, World, people, selected

A, B, C = having("a"), having("b"), having("c")
_TWO_GROUPS = (("a", 47), ("b", 58), ("", 210))

_YOUNG_WOMEN = WOMAN & ~OLD

UNIONS: Final = (
    about(
        "two groups and their union",
        Family.UNIONS,
        *asks(count(A), count(B), count(A | B)),
        traits="a b",
        small="a b",
        rest=_TWO_GROUPS,
    ),
    about(
        "two groups and their union, by three accounts",
        Family.ACCOUNTS,
        *(Ask(count(each), f"researcher-{number}") for number, each in enumerate((A | B, A, B))),
        traits="a b",
        small="a b",
        rest=_TWO_GROUPS,
    ),
    about(
        "only in one, only in the other, in either",
        Family.UNIONS,
        *asks(count(A & ~B), count(B & ~A), count(A | B)),
        traits="a b",
        small="a b",
        rest=_TWO_GROUPS,
    ),
    about(
        "a general tracker",
        Family.UNIONS,
        *asks(count(A | B), count(A | ~B), count(EVERYBODY)),
        traits="a b",
        small="a",
        rest=(("b", 90), ("", 130)),
    ),
    Tracker(
        name="a double tracker",
        family=Family.UNIONS,
        truths=(
            people(("a b c", 2), ("a c", 3), ("b c", 80), ("c", 60), ("", 130)),
            people(("b c", 80), ("c", 60), ("", 130)),
        ),
        secret=selected(A),
        steps=asks(count(C), count(A | B), count(B), count(C & ~(A & B))),
        lives=lives_of("a b c"),
        known=(selected((A | B) & ~C),),
    ),
    about(
        "three groups and all their unions",
        Family.UNIONS,
        *asks(*map(count, (A, B, C, A | B, A | C, B | C, A | B | C))),
        traits="a b c",
        small="a b c",
        rest=(("a", 40), ("b", 50), ("c", 45), ("a b", 21), ("a c", 19), ("b c", 23), ("", 180)),
    ),
    on_the_town(
        "a decoy of fourteen left out with the target",
        Family.UNIONS,
        *asks(count(ILL), count(ILL & ~_YOUNG_WOMEN & ~TARGET), count(ILL & _YOUNG_WOMEN)),
    ),
    on_the_town(
        "rows against columns",
        Family.UNIONS,
        *asks(count(ILL & OLD), count(ILL & ~OLD), count(ILL & WOMAN & ~TARGET), count(ILL & ~WOMAN)),
    ),
    on_the_town(
        "rows of one table against columns of another",
        Family.UNIONS,
        *asks(groups(ILL, OLD), groups(ILL & ~TARGET, WOMAN)),
    ),
    on_the_town(
        "one table's rows by two projects",
        Family.ACCOUNTS,
        Ask(groups(ILL, OLD), "researcher-1"),
        Ask(count(ILL & ~WOMAN), "researcher-2"),
        Ask(count(ILL & WOMAN & ~TARGET), "researcher-3"),
    ),
)


def _ages_by_regions() -> Tracker:
    """Twelve questions about the ill: four age groups and eight districts, the last without the target."""
    ages, districts = 4, 8
    cells = [
        (f"age-{i} district-{j}", 12 + (i * 5 + j * 7) % 9) for i in range(ages) for j in range(districts)
    ]
    ill = [(f"ill {words}", number) for words, number in cells]
    place = f"age-{ages - 1} district-{districts - 1} target"
    truths = tuple(people(*ill, *cells, (words, 1)) for words in (f"ill {place}", place))
    lives = (*dict.fromkeys(life for world in truths for life in world),)
    rows = [count(ILL & having(f"age-{i}")) for i in range(ages)]
    whole = [count(ILL & having(f"district-{j}")) for j in range(districts - 1)]
    last = count(ILL & having(f"district-{districts - 1}") & ~TARGET)
    return Tracker(
        name="four ages against eight districts",
        family=Family.UNIONS,
        truths=truths,
        secret=selected(ILL & TARGET),
        steps=asks(*rows, *whole, last),
        lives=lives,
        known=(selected(TARGET),),
    )


def _blocks() -> tuple[Tracker, ...]:
    """Blocks of six, four or so in each question: as many equations as blocks, and each answer is large."""
    lines = [(0, 1, 3), (1, 2, 4), (2, 3, 5), (3, 4, 6), (4, 5, 0), (5, 6, 1), (6, 0, 2)]
    outside = [tuple(at for at in range(7) if at not in line) for line in lines]
    pairs = list(combinations(range(5), 2))
    return (
        _of_blocks("seven blocks, seven questions", outside, sizes=(4, 9, 7, 8, 6, 9, 5)),
        _of_blocks("five blocks by twos", pairs, sizes=(4, 7, 8, 9, 8)),
        _of_blocks("three blocks by twos", [(0, 1), (1, 2), (0, 2)], sizes=(4, 8, 9)),
    )


def _of_blocks(name: str, asked: Sequence[tuple[int, ...]], *, sizes: tuple[int, ...]) -> Tracker:
    blocks = [having(f"block-{at}") for at in range(len(sizes))]

    def union(chosen: tuple[int, ...]) -> Selection:
        found = blocks[chosen[0]]
        for at in chosen[1:]:
            found = found | blocks[at]
        return found

    def with_first(size: int) -> World:
        return people(
            *((f"block-{at}", each) for at, each in enumerate((size, *sizes[1:])) if each), ("", 90)
        )

    lives = tuple(Life("a", (frozenset(words),)) for words in ([f"block-{at}"] for at in range(len(sizes))))
    return Tracker(
        name=name,
        family=Family.UNIONS,
        truths=(with_first(sizes[0]), with_first(9)),
        secret=selected(blocks[0]),
        steps=asks(*(count(union(chosen)) for chosen in asked)),
        lives=(*lives, Life("a", (frozenset(),))),
    )


MANY: Final = (_ages_by_regions(), *_blocks())
