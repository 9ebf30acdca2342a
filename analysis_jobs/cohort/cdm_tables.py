"""Where each kind of record stands in the OMOP CDM 5.4: its table and the columns that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from onggi.spec.circe.plan import Domain


@dataclass(frozen=True, slots=True)
class Cdm:
    """Where the hospital's CDM is attached: catalog (None: the connection's own) and schema.

    The vocabulary may stand elsewhere, shared by several data sets; None: beside the CDM. `counts` is a
    table beside the CDM that tells how many records each concept has; None where nobody counted.
    """

    schema: str = "main"
    catalog: str | None = None
    vocabulary_schema: str | None = None
    vocabulary_catalog: str | None = None
    counts: str | None = None

    @property
    def vocabulary(self) -> Cdm:
        """Where concepts and their relations stand."""
        if self.vocabulary_schema is None:
            return self
        return Cdm(self.vocabulary_schema, self.vocabulary_catalog)


@dataclass(frozen=True, slots=True)
class RecordTable:
    """One clinical table.

    `end` and `days_supply` are columns that tell when a record ends. A record without an end is taken to
    end on the day after its start (`lasts` "a_day"), or never told its end (`lasts` "unknown").
    """

    name: str
    key: str
    concept: str | None
    day: str
    moment: str | None
    end: str | None = None
    days_supply: str | None = None
    lasts: Literal["a_day", "unknown"] = "a_day"
    source_concept: str | None = None
    has_values: bool = False
    has_visit: bool = True


def _period(name: str, prefix: str, concept: str | None) -> RecordTable:
    return RecordTable(
        name,
        f"{name}_id",
        concept,
        f"{prefix}_start_date",
        None,
        end=f"{prefix}_end_date",
        lasts="unknown",
        has_visit=False,
    )


OBSERVATION_PERIOD: Final = _period("observation_period", "observation_period", "period_type_concept_id")
PAYER_PLAN_PERIOD: Final = _period("payer_plan_period", "payer_plan_period", "payer_concept_id")
CONDITION_ERA: Final = _period("condition_era", "condition_era", "condition_concept_id")
DRUG_ERA: Final = _period("drug_era", "drug_era", "drug_concept_id")
DOSE_ERA: Final = _period("dose_era", "dose_era", "drug_concept_id")
VISIT: Final = RecordTable(
    "visit_occurrence",
    "visit_occurrence_id",
    "visit_concept_id",
    "visit_start_date",
    "visit_start_datetime",
    end="visit_end_date",
    lasts="unknown",
    source_concept="visit_source_concept_id",
)
VISIT_DETAIL: Final = RecordTable(
    "visit_detail",
    "visit_detail_id",
    "visit_detail_concept_id",
    "visit_detail_start_date",
    "visit_detail_start_datetime",
    end="visit_detail_end_date",
    lasts="unknown",
    source_concept="visit_detail_source_concept_id",
)
CONDITION: Final = RecordTable(
    "condition_occurrence",
    "condition_occurrence_id",
    "condition_concept_id",
    "condition_start_date",
    "condition_start_datetime",
    end="condition_end_date",
    source_concept="condition_source_concept_id",
)
DRUG: Final = RecordTable(
    "drug_exposure",
    "drug_exposure_id",
    "drug_concept_id",
    "drug_exposure_start_date",
    "drug_exposure_start_datetime",
    end="drug_exposure_end_date",
    days_supply="days_supply",
    source_concept="drug_source_concept_id",
)
PROCEDURE: Final = RecordTable(
    "procedure_occurrence",
    "procedure_occurrence_id",
    "procedure_concept_id",
    "procedure_date",
    "procedure_datetime",
    source_concept="procedure_source_concept_id",
)
DEVICE: Final = RecordTable(
    "device_exposure",
    "device_exposure_id",
    "device_concept_id",
    "device_exposure_start_date",
    "device_exposure_start_datetime",
    end="device_exposure_end_date",
    source_concept="device_source_concept_id",
)
MEASUREMENT: Final = RecordTable(
    "measurement",
    "measurement_id",
    "measurement_concept_id",
    "measurement_date",
    "measurement_datetime",
    source_concept="measurement_source_concept_id",
    has_values=True,
)
OBSERVATION: Final = RecordTable(
    "observation",
    "observation_id",
    "observation_concept_id",
    "observation_date",
    "observation_datetime",
    source_concept="observation_source_concept_id",
    has_values=True,
)
SPECIMEN: Final = RecordTable(
    "specimen",
    "specimen_id",
    "specimen_concept_id",
    "specimen_date",
    "specimen_datetime",
    has_visit=False,
)
DEATH: Final = RecordTable(
    "death",
    "person_id",
    "cause_concept_id",
    "death_date",
    "death_datetime",
    source_concept="cause_source_concept_id",
    has_visit=False,
)

CRITERION_TABLES: Final[Mapping[Domain, RecordTable]] = {
    "ConditionEra": CONDITION_ERA,
    "ConditionOccurrence": CONDITION,
    "Death": DEATH,
    "DeviceExposure": DEVICE,
    "DoseEra": DOSE_ERA,
    "DrugEra": DRUG_ERA,
    "DrugExposure": DRUG,
    "Measurement": MEASUREMENT,
    "Observation": OBSERVATION,
    "ObservationPeriod": OBSERVATION_PERIOD,
    "PayerPlanPeriod": PAYER_PLAN_PERIOD,
    "ProcedureOccurrence": PROCEDURE,
    "Specimen": SPECIMEN,
    "VisitDetail": VISIT_DETAIL,
    "VisitOccurrence": VISIT,
}
