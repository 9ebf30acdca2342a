"""Draws what happened to a twin's made-up people: visits, diagnoses, drugs, measurements, answers.

Who has a record of a concept follows the logistic rule of `people` with the weight of its table, and a
constant with which about as many have it as the card says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis_jobs.twin.numbers import normal_scores, numbers_at, ranks
from analysis_jobs.twin.people import Flags, Floats, Ints, People, chance_of, pick, sigmoid, stream
from catalog.dataset_card import ConceptCard, DatasetCard

WEIGHTS: Final[Mapping[str, float]] = {
    "visit_occurrence": 0.3,
    "condition_occurrence": 1.0,
    "drug_exposure": 0.8,
    "procedure_occurrence": 0.6,
    "device_exposure": 0.6,
    "measurement": 0.2,
    "observation": 0.3,
}
"""How strongly the risk decides who has a record: the coefficient of `risk` in the logistic rule."""

TABLES: Final = tuple(WEIGHTS)
_OF_FRAILTY, _OF_CHANCE = 0.6, 0.8
_BETWEEN_RECORDS: Final = 0.2
_NEARLY_ALL: Final = 90


@dataclass(frozen=True, slots=True)
class Records:
    """One table's records. `person` is a position among the people; `answer` 0 and NaN stand for none."""

    person: Ints
    concept: Ints
    day: Ints
    visit: Ints
    number: Floats
    unit: Ints
    answer: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Visits:
    """Where each person's visits begin in the list, how many there are, and their days."""

    first: Ints
    count: Ints
    day: Ints


def no_visits(people: People) -> Visits:
    """Nobody came."""
    nobody = np.zeros(len(people), dtype=np.int64)
    return Visits(nobody, nobody, np.zeros(0, dtype=np.int64))


def visits_of(records: Records, people: People) -> Visits:
    """The visits by person. Their records must be in the order of persons."""
    count = np.bincount(records.person, minlength=len(people)).astype(np.int64)
    return Visits(np.cumsum(count) - count, count, records.day)


def draw_records(
    concepts: Sequence[ConceptCard],
    people: People,
    *,
    shares: Sequence[float],
    visits: Visits,
    seed: int,
    most_each: int,
    block: int = 0,
) -> Records:
    """The records of one table's concepts, in the order of persons and days.

    Args:
        shares: for each concept the share of persons who have it.
        most_each: records of one concept that a person has at most.
    """
    if not concepts or not len(people):
        return _together([])
    weight = WEIGHTS[concepts[0].table]
    constants = chance_of(np.array(shares), weight, people.risk)
    drawn = [
        _draw_concept(
            card,
            people,
            constant + weight * people.risk,
            visits=visits,
            random=stream(seed, 1, TABLES.index(card.table), card.concept, block),
            most=most_each,
        )
        for card, constant in zip(concepts, constants, strict=True)
    ]
    return _in_order(_together(drawn))


def shares_on(card: DatasetCard, concepts: Sequence[ConceptCard]) -> list[float]:
    """The share of persons who have each concept, by the middles of the card's bands."""
    return [min(each.persons.middle / card.persons.middle, 1.0) for each in concepts]


def _draw_concept(
    card: ConceptCard,
    people: People,
    logit: Floats,
    *,
    visits: Visits,
    random: np.random.Generator,
    most: int,
) -> Records:
    owners = np.flatnonzero(random.random(len(people)) < sigmoid(logit))
    each = np.minimum(_records_each(card, people.frailty[owners], random), most)
    at = np.repeat(np.arange(len(owners)), each)
    person = owners[at]
    visit, day = _place(person, people, visits, random)
    tendency = _OF_FRAILTY * people.frailty[owners] + _OF_CHANCE * random.standard_normal(len(owners))
    number, unit = _measure(card, tendency, at, random)
    return Records(
        person=person,
        concept=np.full(len(person), card.concept, dtype=np.int64),
        day=day,
        visit=visit,
        number=number,
        unit=unit,
        answer=_answer(card, tendency)[at],
    )


def _records_each(card: ConceptCard, frailty: Floats, random: np.random.Generator) -> Ints:
    if card.records_each.below <= 2:
        return np.ones(len(frailty), dtype=np.int64)
    further = (card.records_each.middle - 1) * np.exp(0.2 * np.clip(frailty, -3, 3))
    return 1 + random.poisson(further).astype(np.int64)


def _place(person: Ints, people: People, visits: Visits, random: np.random.Generator) -> tuple[Ints, Ints]:
    """One of the person's visits and its day; without visits, any observed day."""
    chance = random.random(len(person))
    count = visits.count[person]
    visit = np.where(count > 0, visits.first[person] + (chance * count).astype(np.int64), -1)
    lasts = people.end[person] - people.start[person] + 1
    day = people.start[person] + (chance * lasts).astype(np.int64)
    if len(visits.day):
        day = np.where(count > 0, visits.day[np.maximum(visit, 0)], day)
    return visit, day


def _measure(
    card: ConceptCard, tendency: Floats, at: Ints, random: np.random.Generator
) -> tuple[Floats, Ints]:
    """A number and its unit for each record; NaN and 0 where nothing was measured."""
    number, unit = np.full(len(at), np.nan), np.zeros(len(at), dtype=np.int64)
    if not card.numbers:
        return number, unit
    measured: Flags = random.random(len(tendency)) >= card.missing / 100
    chosen = pick([each.persons.middle for each in card.numbers], random, len(tendency))
    scores = np.zeros(len(tendency))
    wander = _BETWEEN_RECORDS * random.standard_normal(len(at))
    for position, each in enumerate(card.numbers):
        mine = measured & (chosen == position)
        scores[mine] = normal_scores(tendency[mine])
        here = mine[at]
        number[here] = numbers_at(each, scores[at[here]] + wander[here])
        unit[here] = each.unit or 0
    return number, unit


def _answer(card: ConceptCard, tendency: Floats) -> Ints:
    """One of the card's answers for each person: the later ones for the frailer; 0 for none."""
    percents = np.array([each.percent or 1 for each in card.answers], dtype=np.float64)
    if not len(percents):
        return np.zeros(len(tendency), dtype=np.int64)
    # Shares are told in steps: what is nearly all is all.
    whole = 100.0 if percents.sum() < _NEARLY_ALL else percents.sum()
    at = np.searchsorted(np.cumsum(percents) / whole, ranks(tendency), side="right")
    concepts = np.array([*(each.concept for each in card.answers), 0], dtype=np.int64)
    return concepts[np.minimum(at, len(percents))]


def _together(parts: Sequence[Records]) -> Records:
    kinds = {"number": np.float64}
    return Records(
        **{
            name: np.concatenate(
                [np.zeros(0, dtype=kinds.get(name, np.int64)), *(getattr(part, name) for part in parts)]
            )
            for name in Records.__slots__
        }
    )


def _in_order(records: Records) -> Records:
    order = np.lexsort((records.concept, records.day, records.person))
    return Records(**{name: getattr(records, name)[order] for name in Records.__slots__})
