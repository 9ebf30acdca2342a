"""Trackers of two answers: with and without, padded to the rounding edge, as a complement, or asked again."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import ILL, OLD, TARGET, TOWN, WOMAN, about, asks, on_the_town
from tests.trackers.questions import EVERYBODY, Selection, count, groups, having, model, overlap
from tests.trackers.tracker import PUBLISHED, Ask, Family, Tracker, lives_of
from tests.trackers.world import people, selected, together

RARE = having("rare")
_AROUND = (("ill", 61), ("ill old", 44), ("old", 70), ("", 95))

TWO_QUERIES: Final = (
    on_the_town("with and without", Family.TWO_QUERIES, *asks(count(ILL), count(ILL & ~TARGET))),
    on_the_town("the narrow one first", Family.TWO_QUERIES, *asks(count(ILL & ~TARGET), count(ILL))),
    on_the_town(
        "with and without, far apart",
        Family.TWO_QUERIES,
        *asks(count(ILL), count(OLD), count(WOMAN), count(OLD & WOMAN), count(ILL & ~TARGET)),
    ),
    on_the_town("two models", Family.TWO_QUERIES, *asks(model(OLD, ILL), model(OLD & ~TARGET, ILL))),
    on_the_town(
        "a model of the same people, another outcome",
        Family.TWO_QUERIES,
        *asks(model(OLD, ILL), model(OLD, ILL & ~TARGET)),
    ),
    on_the_town(
        "a model and a count", Family.TWO_QUERIES, *asks(model(OLD, ILL), count(OLD & ILL & ~TARGET))
    ),
    on_the_town(
        "groups and a count", Family.TWO_QUERIES, *asks(groups(ILL, WOMAN), count(ILL & WOMAN & ~TARGET))
    ),
    on_the_town("two overlaps", Family.TWO_QUERIES, *asks(overlap(ILL, OLD), overlap(ILL & ~TARGET, OLD))),
    about(
        "four persons",
        Family.TWO_QUERIES,
        *asks(count(ILL), count(ILL & ~RARE)),
        traits="ill old rare",
        small="ill rare",
        rest=_AROUND,
    ),
)

COMPLEMENTS: Final = (
    about(
        "everybody and everybody else",
        Family.COMPLEMENTS,
        *asks(count(EVERYBODY), count(~RARE)),
        traits="ill old rare",
        small="rare",
        rest=_AROUND,
    ),
    about(
        "what a count of two groups leaves",
        Family.COMPLEMENTS,
        *asks(groups(ILL, ~RARE), count(ILL)),
        traits="ill old rare",
        small="ill rare",
        rest=_AROUND,
    ),
    on_the_town(
        "not ill or not the target", Family.COMPLEMENTS, *asks(count(EVERYBODY), count(~(ILL & TARGET)))
    ),
    on_the_town(
        "the healthy, with and without", Family.COMPLEMENTS, *asks(count(~ILL), count(~ILL & ~TARGET))
    ),
    on_the_town(
        "ill from one side, healthy from the other",
        Family.COMPLEMENTS,
        *asks(count(OLD), count(ILL & OLD), count(~ILL & OLD & ~TARGET)),
    ),
    Tracker(
        name="the dataset card says how many persons there are",
        family=Family.COMPLEMENTS,
        truths=TOWN,
        secret=selected(ILL & TARGET),
        steps=(PUBLISHED, *asks(count(~(ILL & TARGET)))),
        lives=lives_of("ill old woman target"),
        known=(selected(TARGET),),
    ),
)


def _padded() -> tuple[Tracker, ...]:
    """Four friends of the reader are there and healthy; with them each sum is moved over the edge."""
    one, other, two = having("friend-1"), having("friend-2"), having("friends-3")
    pads = (None, one, one | other, one | two, one | other | two)
    friends = people(("friend-1", 1), ("friend-2", 1), ("friends-3", 2))
    truths = tuple(
        together([friends, people(("ill", 63), ("", 180), (target, 1))])
        for target in ("ill target", "target")
    )
    known = [selected(TARGET), *(selected(pad & ILL) for pad in (one, other, two))]
    known += [selected(pad) for pad in (one, other, two)]
    alone = [selected(first & second) for first, second in ((one, other), (one, two), (other, two))]
    alone += [selected(TARGET & pad) for pad in (one, other, two)]

    def padded(core: Selection) -> list[Selection]:
        return [core if pad is None else core | pad for pad in pads]

    asked = [count(each) for core in (ILL, ILL & ~TARGET) for each in padded(core)]
    mixed = [asked[at] for at in (0, 6, 2, 8, 4, 5, 1, 7, 3, 9)]

    def tracker(name: str, *steps: Ask, family: Family = Family.PADDING) -> Tracker:
        return Tracker(
            name=name,
            family=family,
            truths=truths,
            secret=selected(ILL & TARGET),
            steps=steps,
            lives=lives_of("ill target friend-1 friend-2 friends-3"),
            known=(*known, *alone),
        )

    return (
        tracker("every place in the rounding step", *(Ask(question) for question in asked)),
        tracker("every place, in no order", *(Ask(question) for question in mixed)),
        tracker(
            "every place, each by another account",
            *(Ask(question, f"researcher-{number}") for number, question in enumerate(asked)),
            family=Family.ACCOUNTS,
        ),
    )


PADDING: Final = (
    *_padded(),
    about(
        "over the threshold by a counted pad",
        Family.PADDING,
        *asks(count(OLD), count(OLD | RARE)),
        traits="ill old rare",
        small="rare",
        rest=_AROUND,
        known=(selected(OLD & RARE),),
    ),
)

_SAME = (ILL, ~~ILL, ILL & EVERYBODY, ILL & (OLD | ~OLD), (ILL & OLD) | (ILL & ~OLD))
_BUT_ONE = tuple(each & ~TARGET for each in _SAME)

REPEATS: Final = (
    on_the_town(
        "each thirty times",
        Family.REPEATS,
        *asks(*[count(ILL)] * 30, *[count(ILL & ~TARGET)] * 30),
    ),
    on_the_town(
        "the same people in other words", Family.REPEATS, *asks(*map(count, _SAME), *map(count, _BUT_ONE))
    ),
    on_the_town(
        "the same people in other kinds of question",
        Family.REPEATS,
        *asks(count(OLD & ILL), model(OLD, ILL), groups(OLD, ILL), overlap(OLD, ILL & ~TARGET)),
    ),
)

ACCOUNTS: Final = (
    on_the_town(
        "with by one account, without by another",
        Family.ACCOUNTS,
        Ask(count(ILL), "researcher-1"),
        Ask(count(ILL & ~TARGET), "researcher-2"),
    ),
    on_the_town(
        "without by two accounts after with by a third",
        Family.ACCOUNTS,
        Ask(count(ILL), "researcher-1"),
        Ask(count(ILL & ~TARGET), "researcher-2"),
        Ask(count(ILL & ~TARGET), "researcher-3"),
    ),
    on_the_town(
        "a model of one project, a count of another",
        Family.ACCOUNTS,
        Ask(model(OLD, ILL), "researcher-1"),
        Ask(count(OLD & ILL & ~TARGET), "researcher-2"),
    ),
)
