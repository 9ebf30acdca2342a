"""Which definitions stand beside one another: near (the same disease) or in one area (diseases beside it).

* Near: two definitions name a common concept, or share a word of their names, that few definitions have.
* In one area: they share a tag that names a field of medicine, or one is near to a definition that is near to
  the other.

Nothing here knows any person: only what the library says of its definitions, and which concepts they name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.trackers.honest.definitions import clinical_concepts, library, read_expression, words_of

_FEW: Final = 12
"""A concept or a word in more definitions than this says little of what a definition is about."""

_AREA_TAGS: Final = words_of(
    "aesi cancer colorectalcancer covid19 dementia diabetes epi1073 hypertension infection legenddiabetes "
    "legendhypertension lung mentalhealth neurofibromatosis neutropenia opthalmology pain respiratory skin "
    "substanceusedisorder surgery urinary"
)
"""The other tags say where a definition comes from or what it was used for."""

_WORDS_OF_FORM: Final = words_of(
    "about after among based broad cause clean condition days during earliest event events first following "
    "from group history including indexed known least like more narrow occurrence other over part past "
    "period persons prior related second sensitive that there their time treated type under unspecified "
    "using visit washout wide window with without"
)
"""Words that say how a definition is made, not which disease it finds."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of one definition: those near to it, and the others of its area; both sorted."""

    near: tuple[int, ...]
    beside: tuple[int, ...]


def find_neighbours() -> Mapping[int, Neighbours]:
    """Of every definition that the library still offers."""
    offered = [number for number, published in library().items() if published.offered]
    near = _sharing({number: _what_it_is_about(number) for number in offered}, most=_FEW)
    tagged = _sharing({number: library()[number].tags & _AREA_TAGS for number in offered}, most=len(offered))
    found = {}
    for number in offered:
        two_steps = set().union(*(near[each] for each in near[number]))
        beside = (tagged[number] | two_steps) - near[number] - {number}
        found[number] = Neighbours(tuple(sorted(near[number])), tuple(sorted(beside)))
    return found


def _what_it_is_about(number: int) -> frozenset[str]:
    concepts = (str(each) for each in clinical_concepts(read_expression(number)))
    return frozenset(concepts) | (library()[number].words - _WORDS_OF_FORM)


def _sharing(features: Mapping[int, frozenset[str]], *, most: int) -> dict[int, set[int]]:
    """Who shares with whom a feature that at most so many have."""
    borne = Counter(feature for each in features.values() for feature in each)
    bearers: dict[str, set[int]] = defaultdict(set)
    for number, each in features.items():
        for feature in each:
            if borne[feature] <= most:
                bearers[feature].add(number)
    return {
        number: set().union(*(bearers[feature] for feature in each if feature in bearers)) - {number}
        for number, each in features.items()
    }
