"""Trackers over several hospitals that see only sums, and decide together whether to open one."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import ILL, OLD, TARGET, asks
from tests.trackers.questions import Question, Selection, count, having, model, total
from tests.trackers.tracker import Family, Tracker, lives_of
from tests.trackers.world import Life, World, people, selected, together

_WARD, _CLINIC, _RARE, _IF_ILL = having("ward"), having("clinic"), having("rare"), ILL & TARGET

_ABOUT_HER: Final = tuple(
    together(
        [
            people(
                ("old ward", 10),
                ("ill old ward", 6),
                ("old", 52),
                ("ill old", 25),
                ("ill", 40),
                ("", 60),
                site="a",
            ),
            people(("clinic old", 15), ("old", 49), ("ill old", 29), ("ill", 38), ("", 70), site="b"),
            people(("old", 19), ("ill old", 16), ("ill", 30), ("", 50), (her, 1), site="c"),
        ]
    )
    for her in ("ill old target", "old target")
)


def _may_be(life: Life) -> bool:
    """As far as the reader knows: the ward is of one hospital, the clinic of another, she is at the third."""
    (traits,) = life.course
    places = {"ward": "a", "clinic": "b", "target": "c"}
    return all(life.site == site for place, site in places.items() if traits and place in traits)


def _of_her(name: str, *questions: Question) -> Tracker:
    return Tracker(
        name=name,
        family=Family.MASKS,
        truths=_ABOUT_HER,
        secret=selected(_IF_ILL),
        steps=asks(*questions),
        lives=tuple(filter(_may_be, lives_of("ill old ward clinic target", sites="abc"))),
        known=(selected(TARGET), selected(TARGET & OLD)),
    )


_NOT_THE_WARD: Final = OLD & ~(_WARD | _IF_ILL)
_OF_ONE_KIND: Final = (OLD, OLD & ~_WARD, OLD & ~_CLINIC)


def _twice(people: Selection) -> tuple[Question, ...]:
    return total(people, ILL), total(~~people, ILL)


_SITES: Final = tuple("abcdefghi")


def _small_at_d(ill: int) -> World:
    sizes = dict(zip(_SITES, (44, 61, 37, 0, 52, 48, 39, 57, 66), strict=True))
    large = [people(("ill", many), ("", 90), site=site) for site, many in sizes.items() if many]
    return together([*large, people(("ill", ill), ("", 55), site="d")])


def _at_d(name: str, *questions: Question) -> Tracker:
    return Tracker(
        name=name,
        family=Family.MASKS,
        truths=(_small_at_d(3), _small_at_d(0)),
        secret=selected(ILL, sites=("d",)),
        steps=asks(*questions),
        lives=lives_of("ill", sites=_SITES),
    )


def _one_each(name: str, *questions: Question) -> Tracker:
    """Four persons, one at each hospital: the reader knows at which, and not whether there are any."""
    sites = "abcd"

    def world(number: int) -> World:
        of_each = [people(("ill", 33), ("", 60), *[("ill rare", 1)] * number, site=site) for site in sites]
        return together(of_each)

    return Tracker(
        name=name,
        family=Family.MASKS,
        truths=(world(1), world(0)),
        secret=selected(ILL & _RARE),
        steps=asks(*questions),
        lives=lives_of("ill rare", sites=sites),
    )


MASKS: Final = (
    _of_her(
        "few at one hospital, many at none", count(OLD), count(OLD & ~_IF_ILL), total(OLD & ~_IF_ILL, ILL)
    ),
    _of_her(
        "another answer comes near at her hospital alone",
        count(OLD),
        count(_NOT_THE_WARD),
        total(OLD & ~_IF_ILL, ILL),
    ),
    _of_her(
        "another answer comes near at her hospital alone, asked first",
        count(_NOT_THE_WARD),
        count(OLD),
        total(OLD & ~_IF_ILL, ILL),
    ),
    _of_her(
        "another answer comes near at her hospital, again and again",
        count(OLD),
        count(_NOT_THE_WARD),
        *_twice(OLD),
        total(OLD & ~_IF_ILL, ILL),
    ),
    _of_her(
        "another answer comes near at her hospital, by models",
        count(_NOT_THE_WARD),
        model(OLD, ILL),
        model(_NOT_THE_WARD, ILL),
        model(OLD & ~_IF_ILL, ILL),
    ),
    _of_her(
        "each hospital is near to another answer",
        count(OLD),
        count(OLD & ~_WARD & ~_CLINIC),
        count(OLD & ~_WARD & ~_IF_ILL),
        count(OLD & ~_CLINIC & ~_IF_ILL),
        total(OLD & ~_WARD & ~_IF_ILL, ILL),
    ),
    _of_her(
        "the turn as an oracle",
        *(count(each) for each in _OF_ONE_KIND),
        *(count(each & ~_IF_ILL) for each in _OF_ONE_KIND),
        *(count(each & ~_IF_ILL) for each in _OF_ONE_KIND),
        total(OLD & ~_WARD & ~_IF_ILL, ILL),
    ),
    _at_d(
        "two hospitals lost, two others, two more",
        count(ILL),
        count(ILL, lost=("d", "e")),
        count(ILL, lost=("e", "f")),
        count(ILL, lost=("d", "f")),
    ),
    _at_d(
        "two hospitals lost, by totals",
        total(ILL, ILL),
        total(ILL, ILL, lost=("d", "e")),
        total(ILL, ILL, lost=("e", "f")),
        total(ILL, ILL, lost=("d", "f")),
    ),
    _at_d("a hospital lost", count(ILL), count(ILL, lost=("d",))),
    _at_d("a hospital lost, and back", count(ILL, lost=("d",)), count(ILL)),
    _at_d("a hospital less", count(ILL, sites=tuple("abcd")), count(ILL, sites=tuple("abc"))),
    _at_d(
        "a hospital less, in two steps",
        count(ILL, sites=tuple("abcdef")),
        count(ILL, sites=tuple("abce")),
        count(ILL, sites=tuple("abcf")),
        count(ILL, sites=tuple("abc")),
    ),
    _one_each("one person at each", count(ILL), count(ILL & ~_RARE)),
    _one_each("one person at each, the narrow one first", count(ILL & ~_RARE), count(ILL)),
    _one_each(
        "one person at each, by totals", total(ILL, ILL), total(ILL & ~_RARE, ILL), count(ILL & ~_RARE)
    ),
)
