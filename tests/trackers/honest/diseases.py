"""Which diseases a made-up hospital sees: one for each concept set that the asked definitions look for.

* Every concept set has a prevalence of its own, log-uniform: 1 % to 15 % of persons where it brings persons
  into a cohort, 0.2 % to 15 % where it only appears in rules.
* A concept belongs to the smallest set that names it, and a few concepts of a set carry most of its records
  (log-normal weights). Of a set that only adds some concepts to a smaller one, therefore, only that share of
  its patients is new, and both sets find the others: as with two drafts of one definition in a real hospital.
* Whether patients are women, men or children follows the names of the definitions that they enter; how much
  more frequent a disease is with age, and how often it brings a person into a ward, is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.trackers.honest.definitions import (
    VISITS,
    Expression,
    Use,
    concept_items,
    library,
    read_expression,
    uses,
)
from tests.trackers.honest.refinements import CHILD_WORDS, FEMALE, FEMALE_WORDS, MALE, MALE_WORDS

Numbers: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
ConceptKey: TypeAlias = frozenset[int]

_ENTRY: Final = (0.01, 0.15)
_RULE: Final = (0.002, 0.15)
_SPREAD: Final = 1.5
_STEEPEST: Final = 0.035
"""Per year of age: at this slope a disease is eight times as frequent at eighty as at twenty."""


@dataclass(frozen=True, slots=True)
class Disease:
    """The patients of a concept set: `own` concepts are in no smaller set, `every` are all of the set.

    Weights tell how often a concept is recorded, beside others.
    """

    own: Numbers
    every: Numbers
    own_weights: Reals
    every_weights: Reals
    prevalence: float
    sex: int | None
    children: bool
    slope: float
    in_ward: float


@dataclass(slots=True)
class _Seen:
    """In which definitions a concept set was met, and in what part of them."""

    entry_of: set[int] = field(default_factory=set)
    with_visits: bool = False
    procedures: bool = False


def concept_key(expression: Expression, codeset: int) -> ConceptKey:
    """What tells one concept set from another: every concept that it names, the excluded ones too.

    Excluded concepts are recorded in hospitals as the others are; here their patients are the neighbours of
    the set's own.
    """
    return frozenset(int(each["concept"]["CONCEPT_ID"]) for each in concept_items(expression)[codeset])


def clinical_uses(expression: Expression) -> list[Use]:
    """The concept sets that are sought in records other than visits, without the empty ones."""
    found = [use for use in uses(expression) if use.domain not in VISITS]
    return [use for use in found if concept_key(expression, use.codeset)]


def find_diseases(definitions: Sequence[int], random: Generator) -> Sequence[Disease]:
    """The diseases of a hospital that is to be asked these definitions."""
    seen = _concept_sets(definitions)
    named = sorted({concept for key in seen for concept in key})
    weights = dict(zip(named, random.lognormal(0, _SPREAD, len(named)), strict=True))
    homes = _homes(seen)
    return [
        _disease(key, each, homes.get(key, []), weights, random) for key, each in seen.items() if key in homes
    ]


def _concept_sets(definitions: Iterable[int]) -> dict[ConceptKey, _Seen]:
    found: dict[ConceptKey, _Seen] = {}
    for number in definitions:
        expression = read_expression(number)
        with_visits = any(use.domain in VISITS for use in uses(expression))
        for use in clinical_uses(expression):
            each = found.setdefault(concept_key(expression, use.codeset), _Seen())
            each.procedures |= use.domain == "ProcedureOccurrence"
            if use.role == "entry":
                each.entry_of.add(number)
                each.with_visits |= with_visits
    return found


def _homes(keys: Iterable[ConceptKey]) -> dict[ConceptKey, list[int]]:
    """Each concept at the smallest set that names it."""
    found: dict[ConceptKey, list[int]] = {}
    placed: set[int] = set()
    for key in sorted(keys, key=lambda each: (len(each), sorted(each))):
        if own := sorted(key - placed):
            found[key] = own
            placed.update(own)
    return found


def _disease(
    key: ConceptKey, seen: _Seen, own: Sequence[int], weights: Mapping[int, float], random: Generator
) -> Disease:
    low, high = _ENTRY if seen.entry_of else _RULE
    whole = float(np.exp(random.uniform(np.log(low), np.log(high))))
    every = sorted(key)
    own_weights = np.array([weights[each] for each in own])
    every_weights = np.array([weights[each] for each in every])
    needs_ward = seen.with_visits or seen.procedures
    return Disease(
        own=np.array(own, dtype=np.int64),
        every=np.array(every, dtype=np.int64),
        own_weights=own_weights,
        every_weights=every_weights,
        prevalence=whole * float(own_weights.sum() / every_weights.sum()),
        sex=_sex_of(seen.entry_of),
        children=_all_named(seen.entry_of, CHILD_WORDS),
        slope=float(random.uniform(0, _STEEPEST)),
        in_ward=float(random.uniform(0.4, 0.8) if needs_ward else random.uniform(0.05, 0.4)),
    )


def _sex_of(definitions: Iterable[int]) -> int | None:
    if _all_named(definitions, FEMALE_WORDS):
        return FEMALE
    return MALE if _all_named(definitions, MALE_WORDS) else None


def _all_named(definitions: Iterable[int], words: frozenset[str]) -> bool:
    """Whether there are such definitions and each has such a word in its name."""
    names = [library()[each].words for each in definitions]
    return bool(names) and all(each & words for each in names)
