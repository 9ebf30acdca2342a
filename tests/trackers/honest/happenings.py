"""What happens to the persons of a made-up hospital, as long columns: who, which named concept, which day.

* A patient's disease begins on any day of the observation and is recorded a few times more. Three in ten of
  the later records have any concept of the set, the others the one that the patient was given first.
* Whoever has an entry event of a definition also has, with a chance drawn for each pair of concept sets, the
  events that its rules ask for, on days that the rule's window allows; seldom those that a rule forbids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from tests.support.criterion_rows import domain_of
from tests.support.definition_events import walk
from tests.trackers.honest.definitions import (
    VISITS,
    Expression,
    included_concepts,
    own_uses,
    read_expression,
)
from tests.trackers.honest.diseases import Disease, Flags, Numbers, Reals, clinical_uses
from tests.trackers.honest.persons import Persons

_MEAN_DAYS_BETWEEN: Final = 110.0
_STOPS: Final = 0.4
_MOST: Final = 12
_ANY_CODE: Final = 0.3
_IN_SECOND_PERIOD: Final = 0.3
_FAR: Final = 730
_ASKED: Final = (0.4, 0.9)
_FORBIDDEN: Final = (0.02, 0.15)
_AT_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Happenings:
    """Columns of the same length; `person` is a position among the persons, days count from 1970."""

    person: Numbers
    concept: Numbers
    day: Numbers
    in_ward: Flags

    def at(self, where: Numbers) -> Happenings:
        """Some of them."""
        return Happenings(self.person[where], self.concept[where], self.day[where], self.in_ward[where])


def all_happenings(
    definitions: Sequence[int], diseases: Sequence[Disease], persons: Persons, random: Generator
) -> Happenings:
    """The records of every disease, and what goes with the entry events of the definitions."""
    told = _joined([_records(disease, persons, random) for disease in diseases])
    weights: dict[int, float] = {}
    sexes: dict[int, int] = {}
    for disease in diseases:
        weights |= dict(zip(disease.own.tolist(), disease.own_weights.tolist(), strict=True))
        sexes |= dict.fromkeys(disease.own.tolist(), disease.sex or 0)
    both = _joined([told, *_companions(definitions, told, persons, weights, random)])
    # Nobody has what only the other sex can have, whatever a rule asks.
    sex = np.array([sexes[each] for each in both.concept.tolist()], dtype=np.int64)
    return both.at(np.flatnonzero((sex == 0) | (sex == persons.sex[both.person])))


def _joined(parts: Sequence[Happenings]) -> Happenings:
    return Happenings(
        np.concatenate([each.person for each in parts]),
        np.concatenate([each.concept for each in parts]),
        np.concatenate([each.day for each in parts]),
        np.concatenate([each.in_ward for each in parts]),
    )


def _records(disease: Disease, persons: Persons, random: Generator) -> Happenings:
    patients = persons.draw_patients(disease, random)
    times = np.minimum(random.geometric(_STOPS, patients.size), _MOST)
    total = int(times.sum())
    opening = np.cumsum(times) - times
    again = np.isin(patients, persons.returns) & (random.random(patients.size) < _IN_SECOND_PERIOD)
    first = np.where(again, persons.again_first[patients], persons.first_day[patients])
    last = np.where(again, persons.again_last[patients], persons.last_day[patients])
    begins = random.integers(first, last + 1)
    waits = random.exponential(_MEAN_DAYS_BETWEEN, total)
    waits[opening] = 0
    passed = np.cumsum(waits)
    passed -= np.repeat(passed[opening], times)
    code = np.repeat(_drawn(random, disease.own, disease.own_weights, patients.size), times)
    later_code = _drawn(random, disease.every, disease.every_weights, total)
    changes = random.random(total) < _ANY_CODE
    changes[opening] = False
    day = np.repeat(begins, times) + passed.astype(np.int64)
    seen = day <= np.repeat(last, times)
    return Happenings(
        np.repeat(patients, times)[seen],
        np.where(changes, later_code, code)[seen],
        day[seen],
        (random.random(total) < disease.in_ward)[seen],
    )


def _drawn(random: Generator, concepts: Numbers, weights: Reals, many: int) -> Numbers:
    return np.asarray(random.choice(concepts, many, p=weights / weights.sum()), dtype=np.int64)


def _companions(
    definitions: Sequence[int],
    told: Happenings,
    persons: Persons,
    weights: dict[int, float],
    random: Generator,
) -> Iterator[Happenings]:
    """For each pair of what brings in and what is asked besides, once, whichever definition has it first."""
    done: set[tuple[frozenset[int], frozenset[int]]] = set()
    for number in definitions:
        expression = read_expression(number)
        entry = _entry_concepts(expression)
        index = _first_of_each(told, entry)
        for correlated in _correlated(expression):
            asked = _asked_concepts(expression, correlated)
            if asked and (entry, asked) not in done:
                done.add((entry, asked))
                yield _beside(index, correlated, asked, persons, weights, random)


def _entry_concepts(expression: Expression) -> frozenset[int]:
    """The concepts of the primary criteria; where these are visits, those that the visit must go with."""
    primary = expression["PrimaryCriteria"]["CriteriaList"]
    found = [use for each in primary for use in own_uses(each) if use.domain not in VISITS]
    found = found or [use for use in clinical_uses(expression) if use.role == "entry"]
    return frozenset().union(*(included_concepts(expression, use.codeset) for use in found))


def _first_of_each(told: Happenings, concepts: frozenset[int]) -> Happenings:
    """The first such record of each person."""
    found = np.flatnonzero(np.isin(told.concept, np.array(sorted(concepts), dtype=np.int64)))
    found = found[np.lexsort((told.day[found], told.person[found]))]
    _, first = np.unique(told.person[found], return_index=True)
    return told.at(found[first])


def _correlated(expression: Expression) -> Iterator[dict[str, Any]]:
    for part in walk({name: value for name, value in expression.items() if name != "ConceptSets"}):
        if "Criteria" in part and "Occurrence" in part:
            yield part


def _asked_concepts(expression: Expression, correlated: dict[str, Any]) -> frozenset[int]:
    criterion = correlated["Criteria"]
    if domain_of(criterion) in VISITS:
        return frozenset()
    return frozenset().union(*(included_concepts(expression, use.codeset) for use in own_uses(criterion)))


def _beside(
    index: Happenings,
    correlated: dict[str, Any],
    asked: frozenset[int],
    persons: Persons,
    weights: dict[int, float],
    random: Generator,
) -> Happenings:
    wanted = correlated["Occurrence"]["Type"] == _AT_LEAST
    chance = random.uniform(*(_ASKED if wanted else _FORBIDDEN))
    met = np.flatnonzero(random.random(index.person.size) < chance)
    times = min(max(int(correlated["Occurrence"]["Count"]), 1), _MOST) if wanted else 1
    person, day = np.repeat(index.person[met], times), np.repeat(index.day[met], times)
    window = correlated.get("StartWindow") or {}
    bounds = sorted((_bound(window.get("Start"), -_FAR), _bound(window.get("End"), _FAR)))
    again = np.isin(person, persons.returns) & (day >= persons.again_first[person])
    low = np.where(again, persons.again_first[person], persons.first_day[person])
    high = np.where(again, persons.again_last[person], persons.last_day[person])
    low, high = np.maximum(low, day + bounds[0]), np.minimum(high, day + bounds[1])
    there = np.flatnonzero(low <= high)
    concepts = np.array(sorted(asked), dtype=np.int64)
    return Happenings(
        person[there],
        _drawn(random, concepts, np.array([weights[int(each)] for each in concepts]), there.size),
        random.integers(low[there], high[there] + 1),
        np.repeat(index.in_ward[met], times)[there],
    )


def _bound(bound: dict[str, Any] | None, far: int) -> int:
    if bound is None:
        return far
    days = bound.get("Days")
    return int(bound["Coeff"]) * (_FAR if days is None else int(days))
