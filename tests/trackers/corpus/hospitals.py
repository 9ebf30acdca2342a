"""Trackers over several hospitals: what one of them holds follows from sums with it and without it."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import ILL, TARGET, asks
from tests.trackers.questions import count, model
from tests.trackers.tracker import Ask, Family, Tracker, lives_of
from tests.trackers.world import World, people, selected, together

_ALL: Final = ("a", "b", "c", "d")


def _rest(*sites: str) -> tuple[str, ...]:
    return tuple(site for site in _ALL if site not in sites)


def _small_at_d(ill: int) -> World:
    sizes = {"a": 44, "b": 61, "c": 37}
    large = [people(("ill", ill_there), ("", 90), site=site) for site, ill_there in sizes.items()]
    return together([*large, people(("ill", ill), ("", 55), site="d")])


def _at_d(name: str, *steps: Ask, family: Family = Family.HOSPITALS) -> Tracker:
    return Tracker(
        name=name,
        family=family,
        truths=(_small_at_d(3), _small_at_d(0)),
        secret=selected(ILL, sites=("d",)),
        steps=steps,
        lives=lives_of("ill", sites=_ALL),
    )


HOSPITALS: Final = (
    _at_d("with the last hospital and without", Ask(count(ILL)), Ask(count(ILL, sites=_rest("d")))),
    _at_d("each hospital left out once", *asks(*(count(ILL, sites=_rest(site)) for site in _ALL))),  # type: ignore[arg-type]
    _at_d(
        "without the last by another account",
        Ask(count(ILL), "researcher-1"),
        Ask(count(ILL, sites=_rest("d")), "researcher-2"),
        family=Family.ACCOUNTS,
    ),
    _at_d(
        "pairs of hospitals",
        *asks(  # type: ignore[arg-type]
            count(ILL, sites=("a", "b")),
            count(ILL, sites=("a", "d")),
            count(ILL, sites=("b", "d")),
        ),
    ),
    Tracker(
        name="one person at one of the hospitals",
        family=Family.HOSPITALS,
        truths=tuple(
            together([_small_at_d(25), people((words, 1), site="b")]) for words in ("ill target", "target")
        ),
        secret=selected(ILL & TARGET),
        steps=asks(count(ILL), count(ILL & ~TARGET)),
        lives=lives_of("ill target", sites=_ALL),
        known=(selected(TARGET), selected(TARGET, sites=("b",))),
    ),
    Tracker(
        name="models with the last hospital and without",
        family=Family.HOSPITALS,
        truths=(_small_at_d(3), _small_at_d(0)),
        secret=selected(ILL, sites=("d",)),
        steps=asks(model(~TARGET, ILL), count(ILL, sites=_rest("d"))),
        lives=lives_of("ill", sites=_ALL),
    ),
)
