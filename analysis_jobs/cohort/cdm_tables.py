"""Where each kind of record stands in the OMOP CDM 5.4: its table and the columns that matter."""

from __future__ import annotations

from dataclasses import dataclass

from analysis_jobs.cohort.plan import CriterionDomain


@dataclass(frozen=True, slots=True)
class Cdm:
    """Where the hospital's CDM is attached: catalog (None: the connection's own) and schema."""

    schema: str = "main"
    catalog: str | None = None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """One clinical table. `end` and `days_supply` are columns that tell when a record ends."""

    name: str
    key: str
    concept: str | None
    day: str
    moment: str | None
    end: str | None = None
    days_supply: str | None = None
    has_values: bool = False


OBSERVATION_PERIOD = RecordTable(
    "observation_period",
    "observation_period_id",
    None,
    "observation_period_start_date",
    None,
    end="observation_period_end_date",
)
VISIT = RecordTable(
    "visit_occurrence",
    "visit_occurrence_id",
    "visit_concept_id",
    "visit_start_date",
    "visit_start_datetime",
    end="visit_end_date",
)
CONDITION = RecordTable(
    "condition_occurrence",
    "condition_occurrence_id",
    "condition_concept_id",
    "condition_start_date",
    "condition_start_datetime",
    end="condition_end_date",
)
DRUG = RecordTable(
    "drug_exposure",
    "drug_exposure_id",
    "drug_concept_id",
    "drug_exposure_start_date",
    "drug_exposure_start_datetime",
    end="drug_exposure_end_date",
    days_supply="days_supply",
)
PROCEDURE = RecordTable(
    "procedure_occurrence",
    "procedure_occurrence_id",
    "procedure_concept_id",
    "procedure_date",
    "procedure_datetime",
)
DEVICE = RecordTable(
    "device_exposure",
    "device_exposure_id",
    "device_concept_id",
    "device_exposure_start_date",
    "device_exposure_start_datetime",
    end="device_exposure_end_date",
)
MEASUREMENT = RecordTable(
    "measurement",
    "measurement_id",
    "measurement_concept_id",
    "measurement_date",
    "measurement_datetime",
    has_values=True,
)
OBSERVATION = RecordTable(
    "observation",
    "observation_id",
    "observation_concept_id",
    "observation_date",
    "observation_datetime",
    has_values=True,
)

CRITERION_TABLES: dict[CriterionDomain, RecordTable] = {
    "ObservationPeriod": OBSERVATION_PERIOD,
    "VisitOccurrence": VISIT,
    "ConditionOccurrence": CONDITION,
    "Measurement": MEASUREMENT,
    "Observation": OBSERVATION,
    "DrugExposure": DRUG,
    "ProcedureOccurrence": PROCEDURE,
}
