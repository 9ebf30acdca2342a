"""The vocabulary of a made-up hospital: what the asked definitions name, with made-up descendants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pyarrow as pa

from tests.support.criterion_rows import PLACES
from tests.support.definition_vocabulary import Vocabulary
from tests.trackers.honest.definitions import VISITS, Expression, concept_items, read_expression, uses

COMMON_VISITS: Final = (9202, 9201, 9203, 262)
"""Outpatient, inpatient, emergency, emergency and then inpatient."""

_DOMAINS: Final[Mapping[str, str]] = {
    "ConditionEra": "ConditionOccurrence",
    "DrugEra": "DrugExposure",
    "DoseEra": "DrugExposure",
}
_OF_CONCEPT: Final[Mapping[str, str]] = {
    "Condition": "ConditionOccurrence",
    "Drug": "DrugExposure",
    "Procedure": "ProcedureOccurrence",
    "Measurement": "Measurement",
    "Observation": "Observation",
    "Device": "DeviceExposure",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a concept is recorded: as which kind of event, in the source's column or the standard one, and
    with which concepts (itself and its descendants) in place of it."""

    domain: str
    in_source: bool
    coded_as: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class HospitalVocabulary:
    """What the hospital knows of concepts."""

    tables: Mapping[str, pa.Table]
    recorded: Mapping[int, Recorded]
    visits: Sequence[int]
    asks: Mapping[int, Sequence[dict[str, Any]]]
    """concept -> what criteria ask of its values."""


def find_vocabulary(definitions: Sequence[int], random: Random) -> HospitalVocabulary:
    """Everything that these definitions name."""
    vocabulary = Vocabulary()
    below: set[tuple[int, int]] = set()
    sought: dict[int, set[tuple[str, bool]]] = {}
    own_domain: dict[int, str] = {}
    asks: dict[int, list[dict[str, Any]]] = {}
    visits: set[int] = set()
    for number in definitions:
        expression = read_expression(number)
        _add_concept_sets(vocabulary, below, expression, random)
        for use in uses(expression):
            for item in concept_items(expression)[use.codeset]:
                concept = int(item["concept"]["CONCEPT_ID"])
                if use.domain in VISITS:
                    visits.add(concept)
                    continue
                own_domain[concept] = _OF_CONCEPT.get(item["concept"].get("DOMAIN_ID", ""), "")
                sought.setdefault(concept, set()).add((_DOMAINS.get(use.domain, use.domain), use.in_source))
                if use.asks not in asks.setdefault(concept, []):
                    asks[concept].append(use.asks)
    for concept in COMMON_VISITS:
        vocabulary.add(random, concept)
    return HospitalVocabulary(
        {name: pa.Table.from_pylist(rows) for name, rows in vocabulary.rows.items()},
        {
            concept: _recorded(vocabulary, random, concept, places, own_domain[concept])
            for concept, places in sorted(sought.items())
        },
        sorted(visits - set(COMMON_VISITS)),
        asks,
    )


def _add_concept_sets(
    vocabulary: Vocabulary, below: set[tuple[int, int]], expression: Expression, random: Random
) -> None:
    """An excluded concept lies below one that the set includes, else to exclude it would say nothing."""
    for items in concept_items(expression).values():
        for item in items:
            vocabulary.add(random, int(item["concept"]["CONCEPT_ID"]))
        wide = [
            int(each["concept"]["CONCEPT_ID"])
            for each in items
            if not each.get("isExcluded") and each.get("includeDescendants")
        ]
        for item in items:
            concept = int(item["concept"]["CONCEPT_ID"])
            if not item.get("isExcluded") or not wide or concept in wide:
                continue
            above = random.choice(wide)
            if (above, concept) not in below and (concept, above) not in below:
                below.add((above, concept))
                vocabulary.put_below(above, concept)


def _recorded(
    vocabulary: Vocabulary, random: Random, concept: int, places: Iterable[tuple[str, bool]], own: str
) -> Recorded:
    """Where it belongs, if it is sought there; else where it is sought."""
    known = sorted(places)
    fitting = [each for each in known if each[0] == own] or known
    domain, in_source = fitting[0]
    if domain not in PLACES:
        raise KeyError(domain)
    first, second, _ = vocabulary.add(random, concept)
    return Recorded(domain, in_source, (concept, first, second))
