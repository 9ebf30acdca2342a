"""A dataset card made from no hospital, for datasets whose own card is not known yet.

Rough textbook shares and reference ranges of an adult population, in the usual concepts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from catalog.bands import count_band, value_band
from catalog.dataset_card import (
    ConceptCard,
    ConceptShare,
    DatasetCard,
    LengthShare,
    NumberCard,
    VocabularyEntry,
    YearShare,
)

_WHOLE: Final = 15_000
_MALE, _FEMALE = 8507, 8532
_BIRTHS: Final = {1935: 5, 1945: 15, 1955: 20, 1965: 20, 1975: 15, 1985: 15, 1995: 10}
_STARTS: Final = {2010: 40, 2015: 40, 2020: 20}
_LENGTHS: Final = {200: 20, 500: 20, 1000: 30, 2000: 30}

# Table, domain, vocabulary, and for each concept the share of persons and records for each of them.
_COMMON: Final[tuple[tuple[str, str, str, dict[int, tuple[float, int]]], ...]] = (
    ("visit_occurrence", "Visit", "Visit", {9202: (0.98, 8), 9201: (0.25, 1), 9203: (0.20, 1)}),
    (
        "condition_occurrence",
        "Condition",
        "SNOMED",
        {320128: (0.30, 3), 201826: (0.15, 3), 432867: (0.20, 2), 317576: (0.08, 2), 316139: (0.05, 2)},
    ),
    ("drug_exposure", "Drug", "RxNorm", {1503297: (0.12, 4), 1545958: (0.18, 4), 1112807: (0.15, 4)}),
    ("procedure_occurrence", "Procedure", "SNOMED", {4163872: (0.10, 1), 4107731: (0.30, 1)}),
)
# Concept, unit, and the reference range's quantiles.
_MEASURED: Final[tuple[tuple[int, int, tuple[float, ...]], ...]] = (
    (3004249, 8876, (105, 115, 128, 140, 155)),
    (3012888, 8876, (62, 70, 78, 86, 95)),
    (3027018, 8541, (58, 66, 74, 84, 96)),
    (3004410, 8554, (5.1, 5.4, 5.8, 6.6, 8.2)),
    (3016723, 8840, (0.6, 0.72, 0.85, 1.05, 1.3)),
    (3027114, 8840, (145, 165, 190, 215, 240)),
    (3038553, 9531, (20.5, 22.5, 25, 28, 32)),
)
_UNITS: Final = (8541, 8554, 8840, 8876, 9531)


@cache
def generic_card() -> DatasetCard:
    """The one card for all datasets without one."""
    recorded = [
        ConceptCard.model_validate(
            {
                "table": table,
                "concept": concept,
                "persons": count_band(share * _WHOLE),
                "records_each": count_band(each),
            }
        )
        for table, _, _, concepts in _COMMON
        for concept, (share, each) in concepts.items()
    ]
    measured = [_measured(concept, unit, quantiles) for concept, unit, quantiles in _MEASURED]
    return DatasetCard(
        site=None,
        dataset="generic",
        generation=0,
        cdm_version="5.4",
        minimum_persons=10,
        persons=count_band(_WHOLE),
        sexes=(ConceptShare(concept=_MALE, percent=50), ConceptShare(concept=_FEMALE, percent=50)),
        births=tuple(YearShare(first=first, percent=share) for first, share in _BIRTHS.items()),
        starts=tuple(YearShare(first=first, percent=share) for first, share in _STARTS.items()),
        lengths=tuple(LengthShare(days=count_band(days), percent=share) for days, share in _LENGTHS.items()),
        deaths=5,
        concepts=(*recorded, *measured),
        vocabulary=_vocabulary(),
    )


def _measured(concept: int, unit: int, quantiles: tuple[float, ...]) -> ConceptCard:
    persons = count_band(0.8 * _WHOLE)
    number = {"unit": unit, "persons": persons, "bands": tuple(value_band(each) for each in quantiles)}
    return ConceptCard(
        table="measurement",
        concept=concept,
        persons=persons,
        records_each=count_band(2),
        numbers=(NumberCard.model_validate(number),),
        missing=5,
    )


def _vocabulary() -> tuple[VocabularyEntry, ...]:
    found = [(concept, domain, vocabulary) for _, domain, vocabulary, all_ in _COMMON for concept in all_]
    found += [(concept, "Measurement", "LOINC") for concept, _, _ in _MEASURED]
    found += [(unit, "Unit", "UCUM") for unit in _UNITS]
    found += [(sex, "Gender", "Gender") for sex in (_MALE, _FEMALE)]
    return tuple(
        VocabularyEntry(
            concept=concept, domain=domain, vocabulary=vocabulary, concept_class="Undefined", standard="S"
        )
        for concept, domain, vocabulary in sorted(found)
    )
