"""Which attributes a Circe criterion of each domain may carry, and what each of them asks of a record.

Every list of concepts has a second form with ``CS`` at its end that names a concept set instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from onggi.spec.circe.plan import Column, DistinctOf, Domain, Place, Subject

Kind = Literal["number", "integer", "day", "text", "concepts", "concept_set", "codeset"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name in the JSON, how it is written, and what it is compared with.

    `excluded_by` names the attribute that turns a list of concepts round.
    """

    name: str
    kind: Kind
    subject: Subject
    excluded_by: str | None = None


def _of(place: Place, name: str) -> Column:
    return Column(place, name)


def _record(name: str, kind: Kind, column: str, excluded_by: str | None = None) -> Attribute:
    return Attribute(name, kind, _of("record", column), excluded_by)


def _type(domain: str, column: str) -> Attribute:
    return _record(f"{domain}Type", "concepts", column, f"{domain}TypeExclude")


_STARTS: Final = Attribute("OccurrenceStartDate", "day", "start")
_ENDS: Final = Attribute("OccurrenceEndDate", "day", "end")
_AGE: Final = Attribute("Age", "integer", "age_at_start")
_GENDER: Final = Attribute("Gender", "concepts", _of("person", "gender_concept_id"))
_SPECIALTY: Final = Attribute("ProviderSpecialty", "concepts", _of("provider", "specialty_concept_id"))
_VISIT: Final = Attribute("VisitType", "concepts", _of("visit", "visit_concept_id"))
_PLACE: Final = Attribute("PlaceOfService", "concepts", _of("care_site", "place_of_service_concept_id"))
_IN_DAYS: Final = Attribute("AgeInDays", "integer", "age_in_days")
_PERSON: Final = (_AGE, _IN_DAYS, _GENDER)
_EVENT: Final = (_STARTS, _ENDS, *_PERSON, _SPECIALTY, _VISIT)
_VALUE: Final = (
    _record("ValueAsNumber", "number", "value_as_number"),
    _record("ValueAsConcept", "concepts", "value_as_concept_id"),
    _record("Unit", "concepts", "unit_concept_id"),
)
_ERA: Final = (
    Attribute("EraStartDate", "day", "start"),
    Attribute("EraEndDate", "day", "end"),
    Attribute("EraLength", "integer", "length"),
)
_PERIOD: Final = (
    Attribute("PeriodStartDate", "day", "start"),
    Attribute("PeriodEndDate", "day", "end"),
    Attribute("PeriodLength", "integer", "length"),
)
_AGES: Final = (
    Attribute("AgeAtStart", "integer", "age_at_start"),
    Attribute("AgeAtEnd", "integer", "age_at_end"),
    _IN_DAYS,
)
_PAYER: Final = tuple(
    _record(f"{name}{source}Concept", "codeset", f"{column}{source_column}_concept_id")
    for name, column in (
        ("Payer", "payer"),
        ("Plan", "plan"),
        ("Sponsor", "sponsor"),
        ("StopReason", "stop_reason"),
    )
    for source, source_column in (("", ""), ("Source", "_source"))
)

ATTRIBUTES: Final[Mapping[Domain, tuple[Attribute, ...]]] = {
    "ConditionEra": (
        *_ERA,
        _record("OccurrenceCount", "integer", "condition_occurrence_count"),
        *_AGES,
        _GENDER,
    ),
    "ConditionOccurrence": (
        *_EVENT,
        _type("Condition", "condition_type_concept_id"),
        _record("StopReason", "text", "stop_reason"),
        _record("ConditionStatus", "concepts", "condition_status_concept_id"),
    ),
    "Death": (_STARTS, _ENDS, *_PERSON, _type("Death", "death_type_concept_id")),
    "DeviceExposure": (
        *_EVENT,
        _type("Device", "device_type_concept_id"),
        _record("UniqueDeviceId", "text", "unique_device_id"),
        _record("Quantity", "integer", "quantity"),
    ),
    "DoseEra": (
        *_ERA,
        _record("Unit", "concepts", "unit_concept_id"),
        _record("DoseValue", "number", "dose_value"),
        *_AGES,
        _GENDER,
    ),
    "DrugEra": (
        *_ERA,
        _record("OccurrenceCount", "integer", "drug_exposure_count"),
        _record("GapDays", "integer", "gap_days"),
        *_AGES,
        _GENDER,
    ),
    "DrugExposure": (
        *_EVENT,
        _type("Drug", "drug_type_concept_id"),
        _record("StopReason", "text", "stop_reason"),
        _record("Refills", "integer", "refills"),
        _record("Quantity", "number", "quantity"),
        _record("DaysSupply", "integer", "days_supply"),
        _record("RouteConcept", "concepts", "route_concept_id"),
        _record("LotNumber", "text", "lot_number"),
    ),
    "Measurement": (
        *_EVENT,
        _type("Measurement", "measurement_type_concept_id"),
        _record("Operator", "concepts", "operator_concept_id"),
        *_VALUE,
        _record("RangeLow", "number", "range_low"),
        _record("RangeHigh", "number", "range_high"),
        Attribute("RangeLowRatio", "number", "low_ratio"),
        Attribute("RangeHighRatio", "number", "high_ratio"),
    ),
    "Observation": (
        *_EVENT,
        _type("Observation", "observation_type_concept_id"),
        *_VALUE,
        _record("ValueAsString", "text", "value_as_string"),
        _record("Qualifier", "concepts", "qualifier_concept_id"),
    ),
    "ObservationPeriod": (*_PERIOD, _record("PeriodType", "concepts", "period_type_concept_id"), *_AGES),
    "PayerPlanPeriod": (*_PERIOD, *_AGES, _GENDER, *_PAYER),
    "ProcedureOccurrence": (
        *_EVENT,
        _type("Procedure", "procedure_type_concept_id"),
        _record("Modifier", "concepts", "modifier_concept_id"),
        _record("Quantity", "integer", "quantity"),
    ),
    "Specimen": (
        _STARTS,
        _ENDS,
        *_PERSON,
        _type("Specimen", "specimen_type_concept_id"),
        _record("Quantity", "number", "quantity"),
        _record("Unit", "concepts", "unit_concept_id"),
        _record("AnatomicSite", "concepts", "anatomic_site_concept_id"),
        _record("DiseaseStatus", "concepts", "disease_status_concept_id"),
        _record("SourceId", "text", "specimen_source_id"),
    ),
    "VisitDetail": (
        Attribute("VisitDetailStartDate", "day", "start"),
        Attribute("VisitDetailEndDate", "day", "end"),
        Attribute("VisitDetailLength", "integer", "length"),
        _record("VisitDetailType", "concept_set", "visit_detail_type_concept_id"),
        _AGE,
        _IN_DAYS,
        Attribute("Gender", "concept_set", _of("person", "gender_concept_id")),
        Attribute("ProviderSpecialty", "concept_set", _of("provider", "specialty_concept_id")),
        Attribute("PlaceOfService", "concept_set", _of("care_site", "place_of_service_concept_id")),
    ),
    "VisitOccurrence": (
        _STARTS,
        _ENDS,
        *_PERSON,
        _SPECIALTY,
        _type("Visit", "visit_type_concept_id"),
        Attribute("VisitLength", "integer", "length"),
        _PLACE,
    ),
}

DEMOGRAPHIC: Final = (
    _AGE,
    _IN_DAYS,
    _GENDER,
    Attribute("Race", "concepts", _of("person", "race_concept_id")),
    Attribute("Ethnicity", "concepts", _of("person", "ethnicity_concept_id")),
    _STARTS,
    _ENDS,
)
"""What a demographic condition of a group may ask of the person and of the index event."""

SOURCE_CONCEPTS: Final[Mapping[Domain, str]] = {
    "ConditionOccurrence": "ConditionSourceConcept",
    "Death": "DeathSourceConcept",
    "DeviceExposure": "DeviceSourceConcept",
    "DrugExposure": "DrugSourceConcept",
    "Measurement": "MeasurementSourceConcept",
    "Observation": "ObservationSourceConcept",
    "ProcedureOccurrence": "ProcedureSourceConcept",
    "VisitDetail": "VisitDetailSourceConcept",
    "VisitOccurrence": "VisitSourceConcept",
}
"""The attribute that names a concept set for the source concept (CDM 5.4 has none for specimens)."""

WITHOUT_CONCEPT: Final[frozenset[Domain]] = frozenset({"ObservationPeriod", "PayerPlanPeriod"})
"""Domains whose records have no concept of their own."""

_EVERYWHERE: Final[Mapping[str, DistinctOf]] = {
    "DOMAIN_CONCEPT": "domain_concept",
    "START_DATE": "start",
    "END_DATE": "end",
    "VISIT_ID": "visit",
    "DURATION": "length",
}
_COUNTED_COLUMNS: Final[Mapping[Domain, Mapping[str, str]]] = {
    "ConditionEra": {"ERA_OCCURRENCES": "condition_occurrence_count"},
    "DeviceExposure": {"QUANTITY": "quantity"},
    "DoseEra": {"UNIT": "unit_concept_id", "VALUE_AS_NUMBER": "dose_value"},
    "DrugEra": {"ERA_OCCURRENCES": "drug_exposure_count", "GAP_DAYS": "gap_days"},
    "DrugExposure": {"DAYS_SUPPLY": "days_supply", "QUANTITY": "quantity", "REFILLS": "refills"},
    "Measurement": {
        "RANGE_HIGH": "range_high",
        "RANGE_LOW": "range_low",
        "UNIT": "unit_concept_id",
        "VALUE_AS_NUMBER": "value_as_number",
    },
    "Observation": {"UNIT": "unit_concept_id", "VALUE_AS_NUMBER": "value_as_number"},
    "ProcedureOccurrence": {"QUANTITY": "quantity"},
    "Specimen": {"QUANTITY": "quantity", "UNIT": "unit_concept_id"},
    "VisitDetail": {"VISIT_DETAIL_ID": "visit_detail_id"},
}


def find_counted(domain: Domain, count_column: str) -> DistinctOf | None:
    """What a CountColumn stands for in a domain, or None where the domain has no such thing."""
    if count_column in _EVERYWHERE:
        return _EVERYWHERE[count_column]
    column = _COUNTED_COLUMNS.get(domain, {}).get(count_column)
    return None if column is None else Column("record", column)
