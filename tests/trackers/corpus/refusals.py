"""Trackers that listen to what is refused or withheld, and funnels, whose steps are differences."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import ILL, OLD, TARGET, WOMAN, about, asks, on_the_town
from tests.trackers.questions import EVERYBODY, count, funnel, groups, having, model, overlap
from tests.trackers.tracker import Ask, Family, Tracker
from tests.trackers.world import World, people, selected

_MEN, _IF_ILL, _RARE = ~WOMAN, ILL & TARGET, having("rare")
_AROUND = (("ill", 61), ("ill old", 44), ("old", 70), ("", 95))

_FRIEND, _WARDS = having("friend"), tuple(having(f"ward-{number}") for number in range(30))


def _ward_by_ward() -> Tracker:
    """The reader has nine friends and asks for them together with her if she is of a ward, for each ward.

    Whoever knows all persons but one learns about that one (see the corpus): a little from each question.
    """

    def in_ward(number: int) -> World:
        return people(("friend", 9), ("", 190), (f"target ward-{number}", 1))

    may_be = [life for number in range(len(_WARDS)) for life in in_ward(number)]
    return Tracker(
        name="ward by ward",
        family=Family.REFUSALS,
        truths=(in_ward(28), in_ward(29)),
        secret=selected(TARGET & _WARDS[28]),
        steps=asks(*(count(_FRIEND | (TARGET & ward)) for ward in _WARDS)),
        lives=tuple(dict.fromkeys(may_be)),
        known=(selected(_FRIEND), selected(TARGET)),
    )


REFUSALS: Final = (
    _ward_by_ward(),
    on_the_town("added to others if she is ill", Family.REFUSALS, *asks(count(_MEN), count(_MEN | _IF_ILL))),
    on_the_town(
        "taken from others if she is ill", Family.REFUSALS, *asks(count(WOMAN), count(WOMAN & ~_IF_ILL))
    ),
    on_the_town(
        "taken from others if she is healthy",
        Family.REFUSALS,
        *asks(count(WOMAN), count(WOMAN & ~(TARGET & ~ILL))),
    ),
    on_the_town(
        "added and taken, both ways round",
        Family.REFUSALS,
        *asks(
            count(_MEN | _IF_ILL),
            count(_MEN | (TARGET & ~ILL)),
            count(WOMAN & ~_IF_ILL),
            count(WOMAN & ~(TARGET & ~ILL)),
        ),
    ),
    on_the_town(
        "a model that she joins if she is ill",
        Family.REFUSALS,
        *asks(model(_MEN, OLD), model(_MEN | _IF_ILL, OLD)),
    ),
    on_the_town(
        "asked with her and without her, by five accounts",
        Family.REFUSALS,
        *(Ask(count(each | _IF_ILL), f"researcher-{at}") for at, each in enumerate((_MEN, ~OLD, _MEN & OLD))),
        *(Ask(count(each), f"researcher-{at}") for at, each in enumerate((_MEN, ~OLD, _MEN & OLD), 2)),
    ),
    on_the_town(
        "an overlap that is empty if she is healthy",
        Family.REFUSALS,
        *asks(overlap(_MEN, OLD), overlap(_MEN | _IF_ILL, OLD)),
    ),
    on_the_town(
        "groups that she joins if she is ill",
        Family.REFUSALS,
        *asks(groups(OLD, _MEN), groups(OLD, _MEN | _IF_ILL)),
    ),
)

FUNNELS: Final = (
    on_the_town("a rule that only she can miss", Family.FUNNELS, *asks(funnel(OLD, ~_IF_ILL))),
    on_the_town(
        "a rule that only she can miss, between others",
        Family.FUNNELS,
        *asks(funnel(EVERYBODY, OLD, ~_IF_ILL, WOMAN)),
    ),
    on_the_town(
        "a funnel and its last step without her",
        Family.FUNNELS,
        *asks(funnel(EVERYBODY, OLD, ILL), count(OLD & ILL & ~TARGET)),
    ),
    on_the_town(
        "two funnels in another order",
        Family.FUNNELS,
        *asks(funnel(EVERYBODY, OLD, ILL), funnel(EVERYBODY, ILL, OLD & ~TARGET)),
    ),
    on_the_town(
        "two funnels whose last steps are rows and columns",
        Family.FUNNELS,
        *asks(funnel(ILL, OLD), funnel(ILL, ~OLD), funnel(ILL, ~WOMAN), funnel(ILL, WOMAN, ~TARGET)),
    ),
    on_the_town(
        "two funnels by two accounts",
        Family.FUNNELS,
        Ask(funnel(EVERYBODY, ILL), "researcher-1"),
        Ask(funnel(EVERYBODY, ~TARGET, ILL), "researcher-2"),
    ),
    about(
        "a funnel that drops four persons",
        Family.FUNNELS,
        *asks(funnel(ILL, ~_RARE, OLD)),
        traits="ill old rare",
        small="ill rare",
        rest=_AROUND,
    ),
)
