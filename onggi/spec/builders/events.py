"""Records that let a person into a cohort or that rules ask for: of any domain, with windows and counts.

    events.condition(flu).where(start=("2026-01-01", "2026-01-10"), age=(18, None)).first()
    events.procedure(x_ray).after(7, 14)             7 to 14 days after the index date
    events.drug(statin).before(None, 1).never()      none before the index date
    events.measurement(hba1c).where(value=(6.5, None)).within(-365, 0).at_least(2, distinct="start")
    events.visit(inpatient).after(0, 30, of="end")   0 to 30 days after the end of the entry event

Every step gives a new event and leaves the old one as it was. A mistake raises ValueError where it is made.
"""

from __future__ import annotations

from onggi.spec.builders.asked import (
    begins_with,
    contains,
    ends_with,
    excluding,
    less_than,
    more_than,
    other_than,
    outside,
)
from onggi.spec.builders.event import Event, Person, person
from onggi.spec.circe.attributes import WITHOUT_CONCEPT
from onggi.spec.circe.plan import Domain
from onggi.spec.circe.write import Concepts, Item
from onggi.spec.cohorts import all_of, any_of, at_least, at_most

__all__ = [
    "Event",
    "Person",
    "all_of",
    "any_of",
    "at_least",
    "at_most",
    "begins_with",
    "concepts",
    "condition",
    "condition_era",
    "contains",
    "death",
    "device",
    "dose_era",
    "drug",
    "drug_era",
    "ends_with",
    "excluding",
    "less_than",
    "measurement",
    "more_than",
    "observation",
    "observation_period",
    "other_than",
    "outside",
    "payer_plan_period",
    "person",
    "procedure",
    "specimen",
    "visit",
    "visit_detail",
]


def concepts(name: str, *ids: int, descendants: bool = False, mapped: bool = False) -> Concepts:
    """A named concept set: these concepts, with what lies below them or is mapped to them where wanted."""
    if not name.strip():
        raise ValueError("a concept set needs a name")
    return Concepts(name, tuple(Item(each, None, descendants, mapped) for each in ids))


def _event(domain: Domain, found: Concepts | None) -> Event:
    if found is not None and not isinstance(found, Concepts):
        raise ValueError("give a concept set made by concepts(...), or None for any record")
    if found is not None and domain in WITHOUT_CONCEPT:
        raise ValueError(f"{domain} has no concept")
    return Event(domain, {} if found is None else {"CodesetId": found})


def condition(concepts: Concepts | None) -> Event:
    """Diagnoses of these concepts; None for any."""
    return _event("ConditionOccurrence", concepts)


def condition_era(concepts: Concepts | None) -> Event:
    """Spans of a condition."""
    return _event("ConditionEra", concepts)


def death(causes: Concepts | None = None) -> Event:
    """Deaths, of any cause or of these."""
    return _event("Death", causes)


def device(concepts: Concepts | None) -> Event:
    """Uses of devices."""
    return _event("DeviceExposure", concepts)


def dose_era(concepts: Concepts | None) -> Event:
    """Spans of a constant dose of an ingredient."""
    return _event("DoseEra", concepts)


def drug(concepts: Concepts | None) -> Event:
    """Exposures to drugs."""
    return _event("DrugExposure", concepts)


def drug_era(concepts: Concepts | None) -> Event:
    """Spans of exposure to an ingredient."""
    return _event("DrugEra", concepts)


def measurement(concepts: Concepts | None) -> Event:
    """Laboratory results and other measurements."""
    return _event("Measurement", concepts)


def observation(concepts: Concepts | None) -> Event:
    """Observations."""
    return _event("Observation", concepts)


def observation_period() -> Event:
    """Observation periods; `.first()` is how everybody enters once."""
    return _event("ObservationPeriod", None)


def payer_plan_period() -> Event:
    """Spans of insurance."""
    return _event("PayerPlanPeriod", None)


def procedure(concepts: Concepts | None) -> Event:
    """Procedures."""
    return _event("ProcedureOccurrence", concepts)


def specimen(concepts: Concepts | None) -> Event:
    """Specimens."""
    return _event("Specimen", concepts)


def visit(concepts: Concepts | None) -> Event:
    """Visits."""
    return _event("VisitOccurrence", concepts)


def visit_detail(concepts: Concepts | None) -> Event:
    """Stays within a visit."""
    return _event("VisitDetail", concepts)
