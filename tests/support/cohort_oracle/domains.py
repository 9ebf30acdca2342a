"""The fifteen domains of a definition: their tables, dates, attributes, and what may be counted distinctly.

An attribute is (how it compares, what it compares). What it compares is the record's start, end, length or
age, or a column: of the row itself, or of the row that it joins (person, visit, provider, care_site).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Attributes: TypeAlias = Mapping[str, tuple[str, str]]

END_IS_COLUMN = "column"
END_IS_NEXT_DAY = "next day"
END_OR_NEXT_DAY = "column or next day"
END_OF_SUPPLY = "column or supply or next day"


@dataclass(frozen=True, slots=True)
class Domain:
    """Where the records of a domain lie and what a definition may ask of them."""

    table: str
    id: str
    start: str
    end: str
    ends: str
    concept: str | None = None
    source: tuple[str, str] | None = None
    visit: str | None = None
    attributes: Attributes = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)


def _concepts(name: str, place: str) -> Attributes:
    return {name: ("concepts", place), f"{name}CS": ("concept set", place)}


def _types(name: str, place: str) -> Attributes:
    """The record's own type: its list alone has an attribute that turns it round (`...Exclude`)."""
    return {name: ("concepts or not", place), f"{name}CS": ("concept set", place)}


_DATES: Attributes = {"OccurrenceStartDate": ("date", "start"), "OccurrenceEndDate": ("date", "end")}
_GENDER = _concepts("Gender", "person.gender_concept_id")
_PERSON: Attributes = {"Age": ("number", "age at start"), **_GENDER}
_AGES: Attributes = {"AgeAtStart": ("number", "age at start"), "AgeAtEnd": ("number", "age at end")}
_PROVIDER = _concepts("ProviderSpecialty", "provider.specialty_concept_id")
_OF_VISIT = _concepts("VisitType", "visit.visit_concept_id")
_CARE: Attributes = {**_DATES, **_PERSON, **_PROVIDER, **_OF_VISIT}
_ERA: Attributes = {
    "EraStartDate": ("date", "start"),
    "EraEndDate": ("date", "end"),
    "EraLength": ("number", "length"),
    **_AGES,
    **_GENDER,
}
_PERIOD: Attributes = {
    "PeriodStartDate": ("date", "start"),
    "PeriodEndDate": ("date", "end"),
    "PeriodLength": ("number", "length"),
    **_AGES,
}

DOMAINS: dict[str, Domain] = {
    "ConditionOccurrence": Domain(
        table="condition_occurrence",
        id="condition_occurrence_id",
        start="condition_start_date",
        end="condition_end_date",
        ends=END_OR_NEXT_DAY,
        concept="condition_concept_id",
        source=("ConditionSourceConcept", "condition_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("ConditionType", "condition_type_concept_id"),
            **_concepts("ConditionStatus", "condition_status_concept_id"),
            "StopReason": ("text", "stop_reason"),
        },
        counted={"DOMAIN_CONCEPT": "condition_concept_id", "DURATION": "length"},
    ),
    "DrugExposure": Domain(
        table="drug_exposure",
        id="drug_exposure_id",
        start="drug_exposure_start_date",
        end="drug_exposure_end_date",
        ends=END_OF_SUPPLY,
        concept="drug_concept_id",
        source=("DrugSourceConcept", "drug_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("DrugType", "drug_type_concept_id"),
            **_concepts("RouteConcept", "route_concept_id"),
            **_concepts("DoseUnit", "dose_unit_concept_id"),
            "StopReason": ("text", "stop_reason"),
            "LotNumber": ("text", "lot_number"),
            "Refills": ("number", "refills"),
            "Quantity": ("number", "quantity"),
            "DaysSupply": ("number", "days_supply"),
            "EffectiveDrugDose": ("number", "effective_drug_dose"),
        },
        counted={
            "DOMAIN_CONCEPT": "drug_concept_id",
            "DURATION": "length",
            "DAYS_SUPPLY": "days_supply",
            "QUANTITY": "quantity",
            "REFILLS": "refills",
        },
    ),
    "ProcedureOccurrence": Domain(
        table="procedure_occurrence",
        id="procedure_occurrence_id",
        start="procedure_date",
        end="procedure_date",
        ends=END_IS_NEXT_DAY,
        concept="procedure_concept_id",
        source=("ProcedureSourceConcept", "procedure_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("ProcedureType", "procedure_type_concept_id"),
            **_concepts("Modifier", "modifier_concept_id"),
            "Quantity": ("number", "quantity"),
        },
        counted={"DOMAIN_CONCEPT": "procedure_concept_id", "DURATION": "one", "QUANTITY": "quantity"},
    ),
    "DeviceExposure": Domain(
        table="device_exposure",
        id="device_exposure_id",
        start="device_exposure_start_date",
        end="device_exposure_end_date",
        ends=END_OR_NEXT_DAY,
        concept="device_concept_id",
        source=("DeviceSourceConcept", "device_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("DeviceType", "device_type_concept_id"),
            "UniqueDeviceId": ("text", "unique_device_id"),
            "Quantity": ("number", "quantity"),
        },
        counted={"DOMAIN_CONCEPT": "device_concept_id", "DURATION": "length", "QUANTITY": "quantity"},
    ),
    "Measurement": Domain(
        table="measurement",
        id="measurement_id",
        start="measurement_date",
        end="measurement_date",
        ends=END_IS_NEXT_DAY,
        concept="measurement_concept_id",
        source=("MeasurementSourceConcept", "measurement_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("MeasurementType", "measurement_type_concept_id"),
            **_concepts("Operator", "operator_concept_id"),
            **_concepts("ValueAsConcept", "value_as_concept_id"),
            **_concepts("Unit", "unit_concept_id"),
            "ValueAsNumber": ("number", "value_as_number"),
            "RangeLow": ("number", "range_low"),
            "RangeHigh": ("number", "range_high"),
            "RangeLowRatio": ("number", "ratio to range_low"),
            "RangeHighRatio": ("number", "ratio to range_high"),
            "Abnormal": ("flag", "abnormal"),
        },
        counted={
            "DOMAIN_CONCEPT": "measurement_concept_id",
            "DURATION": "one",
            "VALUE_AS_NUMBER": "value_as_number",
            "RANGE_LOW": "range_low",
            "RANGE_HIGH": "range_high",
        },
    ),
    "Observation": Domain(
        table="observation",
        id="observation_id",
        start="observation_date",
        end="observation_date",
        ends=END_IS_NEXT_DAY,
        concept="observation_concept_id",
        source=("ObservationSourceConcept", "observation_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_CARE,
            **_types("ObservationType", "observation_type_concept_id"),
            **_concepts("ValueAsConcept", "value_as_concept_id"),
            **_concepts("Qualifier", "qualifier_concept_id"),
            **_concepts("Unit", "unit_concept_id"),
            "ValueAsNumber": ("number", "value_as_number"),
            "ValueAsString": ("text", "value_as_string"),
        },
        counted={
            "DOMAIN_CONCEPT": "observation_concept_id",
            "DURATION": "one",
            "VALUE_AS_NUMBER": "value_as_number",
        },
    ),
    "Specimen": Domain(
        table="specimen",
        id="specimen_id",
        start="specimen_date",
        end="specimen_date",
        ends=END_IS_NEXT_DAY,
        concept="specimen_concept_id",
        attributes={
            **_DATES,
            **_PERSON,
            **_types("SpecimenType", "specimen_type_concept_id"),
            **_concepts("Unit", "unit_concept_id"),
            **_concepts("AnatomicSite", "anatomic_site_concept_id"),
            **_concepts("DiseaseStatus", "disease_status_concept_id"),
            "Quantity": ("number", "quantity"),
            "SourceId": ("text", "specimen_source_id"),
        },
        counted={"DOMAIN_CONCEPT": "specimen_concept_id", "DURATION": "one"},
    ),
    "Death": Domain(
        table="death",
        id="person_id",
        start="death_date",
        end="death_date",
        ends=END_IS_NEXT_DAY,
        concept="cause_concept_id",
        source=("DeathSourceConcept", "cause_source_concept_id"),
        attributes={**_DATES, **_PERSON, **_types("DeathType", "death_type_concept_id")},
        counted={"DOMAIN_CONCEPT": "cause or zero", "DURATION": "one"},
    ),
    "VisitOccurrence": Domain(
        table="visit_occurrence",
        id="visit_occurrence_id",
        start="visit_start_date",
        end="visit_end_date",
        ends=END_IS_COLUMN,
        concept="visit_concept_id",
        source=("VisitSourceConcept", "visit_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            **_DATES,
            **_PERSON,
            **_PROVIDER,
            **_types("VisitType", "visit_type_concept_id"),
            **_concepts("PlaceOfService", "care_site.place_of_service_concept_id"),
            "VisitLength": ("number", "length"),
        },
        counted={"DOMAIN_CONCEPT": "visit_concept_id", "DURATION": "length"},
    ),
    "VisitDetail": Domain(
        table="visit_detail",
        id="visit_detail_id",
        start="visit_detail_start_date",
        end="visit_detail_end_date",
        ends=END_IS_COLUMN,
        concept="visit_detail_concept_id",
        source=("VisitDetailSourceConcept", "visit_detail_source_concept_id"),
        visit="visit_occurrence_id",
        attributes={
            "Age": ("number", "age at start"),
            "GenderCS": ("concept set", "person.gender_concept_id"),
            "ProviderSpecialtyCS": ("concept set", "provider.specialty_concept_id"),
            "VisitDetailTypeCS": ("concept set", "visit_detail_type_concept_id"),
            "PlaceOfServiceCS": ("concept set", "care_site.place_of_service_concept_id"),
            "VisitDetailStartDate": ("date", "start"),
            "VisitDetailEndDate": ("date", "end"),
            "VisitDetailLength": ("number", "length"),
        },
        counted={"DOMAIN_CONCEPT": "visit_detail_concept_id", "DURATION": "length"},
    ),
    "ObservationPeriod": Domain(
        table="observation_period",
        id="observation_period_id",
        start="observation_period_start_date",
        end="observation_period_end_date",
        ends=END_IS_COLUMN,
        attributes={**_PERIOD, **_concepts("PeriodType", "period_type_concept_id")},
        counted={"DOMAIN_CONCEPT": "period_type_concept_id", "DURATION": "told length"},
    ),
    "PayerPlanPeriod": Domain(
        table="payer_plan_period",
        id="payer_plan_period_id",
        start="payer_plan_period_start_date",
        end="payer_plan_period_end_date",
        ends=END_IS_COLUMN,
        attributes={
            **_PERIOD,
            **_GENDER,
            **{
                name: ("concept set number", column)
                for name, column in {
                    "PayerConcept": "payer_concept_id",
                    "PlanConcept": "plan_concept_id",
                    "SponsorConcept": "sponsor_concept_id",
                    "StopReasonConcept": "stop_reason_concept_id",
                    "PayerSourceConcept": "payer_source_concept_id",
                    "PlanSourceConcept": "plan_source_concept_id",
                    "SponsorSourceConcept": "sponsor_source_concept_id",
                    "StopReasonSourceConcept": "stop_reason_source_concept_id",
                }.items()
            },
        },
        counted={"DOMAIN_CONCEPT": "payer_concept_id"},
    ),
    "ConditionEra": Domain(
        table="condition_era",
        id="condition_era_id",
        start="condition_era_start_date",
        end="condition_era_end_date",
        ends=END_IS_COLUMN,
        concept="condition_concept_id",
        attributes={**_ERA, "OccurrenceCount": ("number", "condition_occurrence_count")},
        counted={
            "DOMAIN_CONCEPT": "condition_concept_id",
            "DURATION": "length",
            "ERA_OCCURRENCES": "condition_occurrence_count",
        },
    ),
    "DrugEra": Domain(
        table="drug_era",
        id="drug_era_id",
        start="drug_era_start_date",
        end="drug_era_end_date",
        ends=END_IS_COLUMN,
        concept="drug_concept_id",
        attributes={
            **_ERA,
            "OccurrenceCount": ("number", "drug_exposure_count"),
            "GapDays": ("number", "gap_days"),
        },
        counted={
            "DOMAIN_CONCEPT": "drug_concept_id",
            "DURATION": "length",
            "ERA_OCCURRENCES": "drug_exposure_count",
            "GAP_DAYS": "gap_days",
        },
    ),
    "DoseEra": Domain(
        table="dose_era",
        id="dose_era_id",
        start="dose_era_start_date",
        end="dose_era_end_date",
        ends=END_IS_COLUMN,
        concept="drug_concept_id",
        attributes={
            **_ERA,
            **_concepts("Unit", "unit_concept_id"),
            "DoseValue": ("number", "dose_value"),
        },
        counted={
            "DOMAIN_CONCEPT": "drug_concept_id",
            "DURATION": "length",
            "UNIT": "unit_concept_id",
            "VALUE_AS_NUMBER": "dose_value",
        },
    ),
}
