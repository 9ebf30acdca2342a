"""Where a criterion looks in the CDM, and values that just meet or just miss what it asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, TypeAlias

Criterion: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The table of a domain and the columns that every criterion reads."""

    table: str
    concept: str | None
    start: str
    end: str | None = None
    key: str | None = None

    @property
    def source(self) -> str | None:
        """The column of the source concept; eras have none."""
        if self.concept is None or self.table.endswith("_era"):
            return None
        return self.concept.replace("_concept_id", "_source_concept_id")


def _place(table: str, prefix: str, *, start: str, end: str | None = None) -> Place:
    return Place(table, f"{prefix}_concept_id", start, end, f"{table}_id")


PLACES: dict[str, Place] = {
    "ConditionOccurrence": _place(
        "condition_occurrence", "condition", start="condition_start_date", end="condition_end_date"
    ),
    "ConditionEra": _place(
        "condition_era", "condition", start="condition_era_start_date", end="condition_era_end_date"
    ),
    "DrugExposure": _place(
        "drug_exposure", "drug", start="drug_exposure_start_date", end="drug_exposure_end_date"
    ),
    "DrugEra": _place("drug_era", "drug", start="drug_era_start_date", end="drug_era_end_date"),
    "DoseEra": _place("dose_era", "drug", start="dose_era_start_date", end="dose_era_end_date"),
    "ProcedureOccurrence": _place("procedure_occurrence", "procedure", start="procedure_date"),
    "DeviceExposure": _place(
        "device_exposure", "device", start="device_exposure_start_date", end="device_exposure_end_date"
    ),
    "Measurement": _place("measurement", "measurement", start="measurement_date"),
    "Observation": _place("observation", "observation", start="observation_date"),
    "Specimen": _place("specimen", "specimen", start="specimen_date"),
    "VisitOccurrence": _place("visit_occurrence", "visit", start="visit_start_date", end="visit_end_date"),
    "VisitDetail": _place(
        "visit_detail", "visit_detail", start="visit_detail_start_date", end="visit_detail_end_date"
    ),
    "PayerPlanPeriod": Place(
        "payer_plan_period",
        "payer_concept_id",
        "payer_plan_period_start_date",
        "payer_plan_period_end_date",
        "payer_plan_period_id",
    ),
    "Episode": _place("episode", "episode", start="episode_start_date", end="episode_end_date"),
    "ObservationPeriod": Place(
        "observation_period", None, "observation_period_start_date", "observation_period_end_date"
    ),
    "Death": Place("death", "cause_concept_id", "death_date"),
}

# Attribute of a criterion -> column that it reads.
NUMBERS: dict[str, str] = {
    "ValueAsNumber": "value_as_number",
    "RangeLow": "range_low",
    "RangeHigh": "range_high",
    "Quantity": "quantity",
    "Refills": "refills",
    "DaysSupply": "days_supply",
    "DoseValue": "dose_value",
    "GapDays": "gap_days",
}
COUNTS = {"ConditionEra": "condition_occurrence_count", "DrugEra": "drug_exposure_count"}
CONCEPTS: dict[str, str] = {
    "ValueAsConcept": "value_as_concept_id",
    "Unit": "unit_concept_id",
    "Operator": "operator_concept_id",
    "Qualifier": "qualifier_concept_id",
    "Modifier": "modifier_concept_id",
    "RouteConcept": "route_concept_id",
    "ConditionStatus": "condition_status_concept_id",
    "AnatomicSite": "anatomic_site_concept_id",
    "DiseaseStatus": "disease_status_concept_id",
    "ConditionType": "condition_type_concept_id",
    "DrugType": "drug_type_concept_id",
    "ProcedureType": "procedure_type_concept_id",
    "DeviceType": "device_type_concept_id",
    "MeasurementType": "measurement_type_concept_id",
    "ObservationType": "observation_type_concept_id",
    "SpecimenType": "specimen_type_concept_id",
    "DeathType": "death_type_concept_id",
}
WHOLE = frozenset(["refills", "days_supply", "gap_days", *COUNTS.values()])
LENGTHS = ("EraLength", "VisitLength", "PeriodLength", "VisitDetailLength")
STARTS = ("OccurrenceStartDate", "EraStartDate", "PeriodStartDate")


def domain_of(criterion: Criterion) -> str:
    """The domain of `{"ConditionOccurrence": {...}}`."""
    domains = [name for name in criterion if name in PLACES]
    if len(domains) != 1:
        raise KeyError(f"no known domain among {sorted(criterion)}")
    return domains[0]


def near(random: Random, asked: dict[str, Any], *, meets: bool, whole: bool = False) -> float:
    """A number at or around the bounds of a range, inside of it or outside."""
    bounds = [float(asked["Value"]), *([float(asked["Extent"])] if asked.get("Extent") is not None else [])]
    steps: Sequence[float] = (0, 1, -1) if whole else (0, 0.1, -0.1, 1, -1, 0.5, -25, 25)
    candidates = [bound + step for bound in bounds for step in steps] + [sum(bounds) / len(bounds)]
    if whole:
        candidates = [float(int(each)) for each in candidates]
    fitting = [each for each in candidates if within(each, asked, float) is meets]
    return round(random.choice(fitting or candidates), 3)


def within(value: Any, asked: dict[str, Any], read: Callable[[Any], Any]) -> bool:
    """Whether a value lies in a range of the definition."""
    low = read(asked["Value"])
    match asked["Op"]:
        case "lt":
            return bool(value < low)
        case "lte":
            return bool(value <= low)
        case "eq":
            return bool(value == low)
        case "!eq":
            return bool(value != low)
        case "gt":
            return bool(value > low)
        case "gte":
            return bool(value >= low)
        case "bt" | "!bt" as op:
            inside = low <= value <= read(asked["Extent"])
            return bool(inside) is (op == "bt")
        case op:
            raise KeyError(op)


def a_day(random: Random, low: date, high: date) -> date:
    """Any day from low to high."""
    return low + timedelta(days=random.randint(0, max((high - low).days, 0)))
