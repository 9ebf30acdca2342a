"""A small hospital whose faults are known by hand: so many for each kind of data quality check."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.support.cdm_schemas import Hospital

Row = dict[str, Any]
_D = date.fromisoformat
_PERSONS = range(1, 13)


def _concept(concept: int, domain: str, standard: str | None = "S", **more: Any) -> Row:
    return {"concept_id": concept, "domain_id": domain, "standard_concept": standard} | more


def _person(person: int, **more: Any) -> Row:
    sex = 8507 if person % 2 else 8532
    return {
        "person_id": person,
        "gender_concept_id": sex,
        "year_of_birth": 1980,
        "month_of_birth": 3,
        "race_concept_id": 0,
    } | more


def _period(number: int, person: int, start: str, end: str) -> Row:
    return {
        "observation_period_id": number,
        "person_id": person,
        "observation_period_start_date": _D(start),
        "observation_period_end_date": _D(end),
    }


def _condition(number: int, person: int, concept: int, start: str, **more: Any) -> Row:
    return {
        "condition_occurrence_id": number,
        "person_id": person,
        "condition_concept_id": concept,
        "condition_start_date": _D(start),
    } | more


def _measurement(number: int, value: float | None, unit: int | None, source: str | None, **more: Any) -> Row:
    return {
        "measurement_id": number,
        "person_id": number,
        "measurement_concept_id": 3002400,
        "measurement_date": _D("2005-06-01"),
        "value_as_number": value,
        "unit_concept_id": unit,
        "unit_source_value": source,
    } | more


def _cholesterol(number: int, value: float) -> Row:
    return {
        "observation_id": number,
        "person_id": number,
        "observation_concept_id": 44809580,
        "value_as_number": value,
        "unit_concept_id": 8840,
        "observation_date": _D("2005-06-01"),
    }


def known_hospital() -> Hospital:
    """Twelve persons. What is wrong stands beside each row."""
    changed: dict[int, Row] = {
        1: {"birth_datetime": datetime(1980, 6, 15, 10)},
        2: {"provider_id": 77},  # no such provider
        3: {"year_of_birth": None},  # required
        4: {"month_of_birth": 13},  # too high
        5: {"gender_concept_id": 0},  # not mapped
        6: {"race_concept_id": 999_999},  # no such concept
        7: {"race_concept_id": 201820},  # a condition is no race
        8: {"year_of_birth": 1700, "provider_id": 1},  # too low
    }
    return {
        "concept": [
            _concept(0, "Metadata", None),
            _concept(8507, "Gender"),
            _concept(8532, "Gender"),
            _concept(201820, "Condition"),
            _concept(4090861, "Condition", None),  # not a standard concept
            _concept(26662, "Condition", "S", invalid_reason="D"),  # not a valid one any more
            _concept(1000, "Drug", "S", concept_class_id="Ingredient"),
            _concept(1001, "Drug", "S", concept_class_id="Clinical Drug"),
        ],
        "concept_ancestor": [
            {"ancestor_concept_id": 4090861, "descendant_concept_id": 4090861},
            {"ancestor_concept_id": 4090861, "descendant_concept_id": 201820},
            {"ancestor_concept_id": 4025213, "descendant_concept_id": 201820},  # counted once all the same
        ],
        "provider": [{"provider_id": 1}],
        "person": [_person(each, **changed.get(each, {})) for each in _PERSONS],
        "observation_period": [
            *(
                _period(each, each, "2000-01-01", "2009-12-31") for each in range(1, 11)
            ),  # 11 and 12 have none
            _period(21, 1, "2010-01-01", "2012-01-01"),  # follows without a gap
            _period(22, 2, "2009-01-01", "2012-01-01"),  # overlaps
            _period(23, 3, "2010-01-02", "2012-01-01"),  # a day between is right
            _period(24, 4, "2015-02-01", "2015-01-01"),  # ends before it starts
        ],
        "death": [
            {"person_id": 9, "death_date": _D("2005-01-01")},
            {"person_id": 9, "death_date": _D("2005-03-15")},  # told twice: the earlier day counts
        ],
        "visit_occurrence": [
            {
                "visit_occurrence_id": number,
                "person_id": person,
                "visit_concept_id": concept,
                "visit_start_date": _D("2005-05-10"),
                "visit_end_date": _D("2005-05-20"),
                "visit_source_value": source,
            }
            for number, person, concept, source in [
                (1, 1, 9202, "out"),
                (2, 2, 0, "strange"),  # a source value without a concept
                (2, 2, 0, "out"),  # its number is used twice, and "out" is not always mapped
                (3, 3, 9202, "in"),
            ]
        ],
        "condition_occurrence": [
            # A week before its visit is right; its source has no concept.
            _condition(1, 1, 201820, "2005-05-03", visit_occurrence_id=1, condition_source_concept_id=0),
            _condition(2, 2, 201820, "2005-05-02", visit_occurrence_id=2),  # eight days are not
            _condition(3, 3, 4090861, "2005-05-28", visit_occurrence_id=3),  # nor eight days after
            _condition(4, 4, 26662, "1979-01-01"),  # before birth; a concept for men, of a woman
            _condition(5, 1, 26662, "1980-06-14"),  # the day before birth
            _condition(6, 9, 0, "2005-03-02"),  # sixty days after death are right
            _condition(7, 9, 1000, "2005-03-03"),  # sixty-one are not; a drug is no condition
            _condition(8, 8, 201820, "2090-01-01", condition_end_date=_D("2089-01-01")),  # in the future
        ],
        "condition_era": [
            {"condition_era_id": each, "person_id": each, "condition_occurrence_count": count}
            for each, count in [(1, 1), (2, 0), (3, 1)]  # 4, 8 and 9 have conditions and no era
        ],
        "drug_era": [
            {"drug_era_id": 1, "person_id": 1, "drug_concept_id": 1000},
            {"drug_era_id": 2, "person_id": 2, "drug_concept_id": 1001},  # not an ingredient
        ],
        "measurement": [
            _measurement(1, 5.0, 8749, "umol/L"),
            _measurement(2, 5.0, 9999, "stones"),  # not a unit of it
            _measurement(3, 5.0, None, None),  # tells no unit
            _measurement(4, None, 9999, "stones"),  # tells no number
            _measurement(5, 5.0, 0, "?"),  # a unit without a concept
        ],
        "observation": [_cholesterol(1, 49.0), _cholesterol(2, 50.0), _cholesterol(3, 501.0)],
    }


OF_MEN = "plausibleGenderUseDescendants/condition_occurrence/condition_concept_id"
KNOWN: dict[str, tuple[str, int, int]] = {
    "cdmTable/person": ("passed", 0, 1),
    "cdmField/person/person_id": ("passed", 0, 1),
    "cdmDatatype/person/year_of_birth": ("passed", 0, 12),
    "isRequired/person/year_of_birth": ("failed", 1, 12),
    "measureValueCompleteness/person/year_of_birth": ("failed", 1, 12),
    "measureValueCompleteness/person/provider_id": ("passed", 10, 12),
    "plausibleValueHigh/person/month_of_birth": ("failed", 1, 12),
    "plausibleValueLow/person/year_of_birth": ("failed", 1, 11),
    "standardConceptRecordCompleteness/person/gender_concept_id": ("failed", 1, 12),
    "isForeignKey/person/race_concept_id": ("failed", 1, 12),
    "isForeignKey/person/provider_id": ("failed", 1, 12),
    "fkDomain/person/race_concept_id": ("failed", 1, 12),
    "measurePersonCompleteness/observation_period": ("failed", 2, 12),
    "measurePersonCompleteness/note": ("passed", 12, 12),
    "measureObservationPeriodOverlap/observation_period": ("failed", 2, 10),
    "plausibleStartBeforeEnd/observation_period/observation_period_start_date": ("failed", 1, 14),
    "plausibleTemporalAfter/observation_period/observation_period_end_date": ("failed", 1, 14),
    "isPrimaryKey/visit_occurrence/visit_occurrence_id": ("failed", 2, 4),
    "sourceValueCompleteness/visit_occurrence/visit_source_value": ("failed", 2, 3),
    "withinVisitDates/condition_occurrence/condition_start_date": ("failed", 2, 3),
    "isStandardValidConcept/condition_occurrence/condition_concept_id": ("failed", 3, 8),
    "plausibleAfterBirth/condition_occurrence/condition_start_date": ("failed", 2, 8),
    "plausibleTemporalAfter/condition_occurrence/condition_start_date": ("failed", 2, 8),
    "plausibleBeforeDeath/condition_occurrence/condition_start_date": ("failed", 1, 2),
    "plausibleDuringLife/condition_occurrence/condition_start_date": ("failed", 1, 2),
    "plausibleValueHigh/condition_occurrence/condition_start_date": ("failed", 1, 8),
    "plausibleGender/condition_occurrence/condition_concept_id/26662": ("failed", 1, 2),
    "plausibleGenderUseDescendants/condition_occurrence/condition_concept_id/4090861+4025213": (
        "failed",
        2,
        4,
    ),
    "measureConditionEraCompleteness/condition_era": ("failed", 3, 6),
    "plausibleValueLow/condition_era/condition_occurrence_count": ("failed", 1, 3),
    "sourceConceptRecordCompleteness/condition_occurrence/condition_source_concept_id": ("failed", 1, 8),
    "fkClass/drug_era/drug_concept_id": ("failed", 1, 2),
    "plausibleUnitConceptIds/measurement/measurement_concept_id/3002400": ("failed", 2, 3),
    "standardConceptRecordCompleteness/measurement/unit_concept_id": ("failed", 1, 4),
    "plausibleValueLow/observation/observation_concept_id/44809580/8840": ("failed", 1, 3),
    "plausibleValueHigh/observation/observation_concept_id/44809580/8840": ("failed", 1, 3),
}
"""What each check must say of that hospital: verdict, violated rows, rows that could violate."""
