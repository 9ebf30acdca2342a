"""Trackers that describe nearly the same persons again and again, and look at who was left out meanwhile."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import ILL, OLD, TARGET, WOMAN, asks, on_the_town
from tests.trackers.questions import EVERYBODY, Question, Selection, count, having, model, total
from tests.trackers.tracker import Family, Tracker, lives_of
from tests.trackers.world import people, selected

_MEN, _IF_ILL, _FRIEND = ~WOMAN, ILL & TARGET, having("friend")
_HEALTHY = TARGET & ~ILL


def _in_other_words(people: Selection) -> tuple[Selection, ...]:
    return (people, ~~people, people & EVERYBODY, people & (OLD | ~OLD), (people & ILL) | (people & ~ILL))


def _among_friends() -> tuple[Tracker, ...]:
    """The reader has friends among the old, all of them healthy, and knows whoever is a friend."""
    truths = tuple(
        people(("friend old", 12), ("ill old", 66), ("old", 71), ("ill", 80), ("", 95), (her, 1))
        for her in ("ill old target", "old target")
    )
    groups = (TARGET, TARGET & OLD, TARGET & _FRIEND, _FRIEND, _FRIEND & OLD, _FRIEND & ILL)
    known = tuple(selected(each) for each in groups)

    def tracker(name: str, *questions: Question) -> Tracker:
        return Tracker(
            name=name,
            family=Family.DESCRIPTIONS,
            truths=truths,
            secret=selected(_IF_ILL),
            steps=asks(*questions),
            lives=lives_of("friend ill old target"),
            known=known,
        )

    return (
        tracker("totals with friends among them", total(OLD, ILL), total(OLD & ~TARGET, ILL)),
        tracker(
            "first without friends, to learn who is left out",
            total(OLD, ILL),
            total(OLD & ~_FRIEND, ILL),
            total(OLD & ~TARGET, ILL),
        ),
    )


DESCRIPTIONS: Final = (
    on_the_town(
        "totals with and without", Family.DESCRIPTIONS, *asks(total(OLD, ILL), total(OLD & ~TARGET, ILL))
    ),
    on_the_town(
        "the narrow total first", Family.DESCRIPTIONS, *asks(total(OLD & ~TARGET, ILL), total(OLD, ILL))
    ),
    on_the_town(
        "totals, again and again in other words",
        Family.DESCRIPTIONS,
        *asks(
            total(OLD, ILL),
            *(total(each, ILL) for each in _in_other_words(OLD & ~TARGET)),
            *(total(each, ILL) for each in _in_other_words(OLD)[1:]),
        ),
    ),
    on_the_town(
        "totals of two cohorts that share her alone",
        Family.DESCRIPTIONS,
        *asks(
            *(
                total(each & but, ILL)
                for each in (OLD, TARGET | (WOMAN & ~OLD))
                for but in (EVERYBODY, ~TARGET)
            )
        ),
    ),
    on_the_town(
        "halves of what was left out of the whole",
        Family.DESCRIPTIONS,
        *asks(
            total(OLD, ILL),
            total(OLD & ~TARGET, ILL),
            total(OLD & WOMAN, ILL),
            count(OLD & _MEN),
            count(OLD & WOMAN & ~TARGET),
            count(OLD & ~TARGET),
        ),
    ),
    *(
        on_the_town(
            f"whether anybody was left out of {name}",
            Family.DESCRIPTIONS,
            *asks(total(whole, OLD), total(if_ill, OLD)),
        )
        for name, whole, if_ill in (
            ("men and her if she is ill", _MEN, _MEN | _IF_ILL),
            ("men and her if she is healthy", _MEN, _MEN | _HEALTHY),
            ("women, but for her if she is ill", WOMAN, WOMAN & ~_IF_ILL),
            ("women, but for her if she is healthy", WOMAN, WOMAN & ~_HEALTHY),
        )
    ),
    on_the_town(
        "counted, counted again, described",
        Family.DESCRIPTIONS,
        *asks(count(WOMAN), count(WOMAN & ~_IF_ILL), count(WOMAN & ~_IF_ILL), total(WOMAN & ~_IF_ILL, OLD)),
    ),
    on_the_town(
        "counted and then described with an outcome",
        Family.DESCRIPTIONS,
        *asks(count(OLD), count(OLD & ILL), model(OLD & ~TARGET, ILL)),
    ),
    # How many remain beside what an earlier answer left tells, by chance, whether she is one of them.
    on_the_town(
        "described by what she has, then by who she is",
        Family.DESCRIPTIONS,
        *asks(model(OLD, WOMAN), model(OLD & ~TARGET, WOMAN), model(OLD & ~TARGET, ILL), model(OLD, ILL)),
    ),
    *_among_friends(),
)

_SHE_MAY_BE_IN: Final = (
    *((_MEN, _MEN | _IF_ILL), (_MEN, _MEN | _HEALTHY)),
    *((WOMAN, WOMAN & ~_IF_ILL), (WOMAN, WOMAN & ~_HEALTHY)),
)

UNDECIDED: Final = (
    on_the_town(
        "totals of several cohorts that share her alone",
        Family.DESCRIPTIONS,
        *asks(
            *(
                total(each & but, ILL)
                for each in (OLD, OLD & WOMAN, TARGET | _MEN, TARGET | (WOMAN & ~OLD))
                for but in (EVERYBODY, ~TARGET)
            )
        ),
    ),
    on_the_town(
        "totals of a cohort within a cohort",
        Family.DESCRIPTIONS,
        *asks(*(total(each & but, ILL) for each in (OLD, OLD & WOMAN) for but in (EVERYBODY, ~TARGET))),
    ),
    on_the_town(
        "halves of what was left out of the whole, all of them described",
        Family.DESCRIPTIONS,
        *asks(
            *(total(each, ILL) for each in (OLD, OLD & ~TARGET, OLD & WOMAN, OLD & _MEN)),
            total(OLD & WOMAN & ~TARGET, ILL),
            *(count(each & ~TARGET) for each in (OLD & WOMAN, OLD)),
        ),
    ),
    on_the_town(
        "whether anybody was left out of any of them",
        Family.DESCRIPTIONS,
        *asks(*dict.fromkeys(total(each, OLD) for pair in _SHE_MAY_BE_IN for each in pair)),
    ),
)
"""Trackers of many totals for which, in some worlds, the reader finds no witness in the time that it has.

Each difference is a sum over ten persons or more of whom one is she; a witness must meet all of them at once.
No formula for the secret is known either.
"""
