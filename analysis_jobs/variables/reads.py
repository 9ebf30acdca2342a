"""Finds what a job reads, in the job itself: what its permit must grant, at every node.

A concept named with its descendants stands for them: a committee that grants a concept grants what the
hospital's vocabulary files under it.
"""

from __future__ import annotations

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES, OBSERVATION_PERIOD
from analysis_jobs.variables.meaning import RECORD_TABLES
from onggi.protocol.bounds import Reads
from onggi.spec.circe.plan import CohortPlan, Column, ConceptIs, InConceptSet, Place
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import OutcomeEvent
from onggi.spec.variables import Variable

_DEMOGRAPHICS = {
    "age": "age",
    "age_days": "age",
    "sex": "sex",
    "race": "race",
    "ethnicity": "ethnicity",
    "index_year": "index_year",
}
"""Under which name a permit grants what a variable tells of the person: as a cohort's conditions need it."""
_OF_PERSON = {
    "gender_concept_id": "sex",
    "race_concept_id": "race",
    "ethnicity_concept_id": "ethnicity",
}


_BESIDE_THE_RECORD: dict[Place, str] = {
    "visit": "visit_occurrence",
    "provider": "provider",
    "care_site": "care_site",
}
"""Tables that a condition reads beside the record that it is asked of."""


def find_reads(spec: JobSpec) -> Reads:
    """What cohorts, variables and outcomes read. Raises Refused ``cohort.*``.

    A job of kind `concepts` reads no record of any person: it needs the concepts that it asks about.
    """
    plans = [read_cohort(each) for each in spec.cohorts]
    concepts = {item.concept for plan in plans for listed in plan.concept_sets for item in listed.items}
    if spec.kind == "concepts":
        return Reads(concepts=concepts, whole_domains=set(), demographics=set())
    asked = _asked_of_records(spec)
    beside = {concept for plan in plans for each in _asked_beside(plan) for concept in each.concepts}
    return Reads(
        concepts=concepts | beside | {concept for each in asked for concept in each.concepts},
        whole_domains={domain for plan in plans for domain in _whole_domains(plan)}
        | {RECORD_TABLES[each.domain].name for each in asked if not each.concepts}
        | ({OBSERVATION_PERIOD.name} if _reads_periods(spec) else set()),
        demographics={each for plan in plans for each in _demographics(plan)}
        | {_DEMOGRAPHICS[each.domain] for each in spec.variables if each.domain in _DEMOGRAPHICS},
    )


def _asked_of_records(spec: JobSpec) -> list[Variable | OutcomeEvent]:
    """What asks for clinical records, by domain and concepts."""
    variables = [each for each in spec.variables if each.domain in RECORD_TABLES]
    return [*variables, *(event for each in spec.outcomes for event in (each.event, *each.competing))]


def _reads_periods(spec: JobSpec) -> bool:
    """Whether the table tells how long persons were under observation."""
    return bool(spec.outcomes) or any(each.domain == "observation_period" for each in spec.variables)


def _asked_beside(plan: CohortPlan) -> list[ConceptIs]:
    """Lists of concepts that are asked of a visit, a provider or a care site."""
    return [
        each
        for each in plan.conditions()
        if isinstance(each, ConceptIs) and each.subject.place in _BESIDE_THE_RECORD
    ]


def _whole_domains(plan: CohortPlan) -> set[str]:
    """Tables of which any record counts: no concept is named, or all but some are."""
    found = {
        CRITERION_TABLES[each.domain].name
        for each in plan.criteria()
        if each.codeset is None and each.source_codeset is None
    }
    for condition in plan.conditions():
        if isinstance(condition, ConceptIs | InConceptSet) and condition.excluded:
            found.add(_BESIDE_THE_RECORD.get(condition.subject.place, ""))
    return found - {""}


def _demographics(plan: CohortPlan) -> set[str]:
    """What is read of the person by a cohort's own conditions, just as by a variable."""
    found = set()
    for condition in plan.conditions():
        subject = getattr(condition, "subject", None)
        if isinstance(subject, Column):
            found.add(_OF_PERSON.get(subject.name, "") if subject.place == "person" else "")
        elif subject in ("age_at_start", "age_at_end", "age_in_days"):
            found.add("age")
    return found - {""}
