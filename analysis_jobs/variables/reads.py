"""Finds what a job reads, in the job itself: what its permit must grant, at every node.

A concept named with its descendants stands for them: a committee that grants a concept grants what the
hospital's vocabulary files under it.
"""

from __future__ import annotations

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES
from analysis_jobs.cohort.circe import read_cohort
from analysis_jobs.cohort.plan import CohortPlan, Criterion, Demographic
from onggi.protocol.bounds import Reads
from onggi.spec.job import JobSpec

_DEMOGRAPHICS = ("age", "sex")


def find_reads(spec: JobSpec) -> Reads:
    """Concepts, whole domains and demographics of cohort and variables. Raises Refused ``cohort.*``."""
    plan = read_cohort(spec.cohort)
    measured = [variable for variable in spec.variables if variable.domain not in _DEMOGRAPHICS]
    in_cohort = {item.concept for concepts in plan.concept_sets for item in concepts.items}
    return Reads(
        concepts=in_cohort | {concept for variable in measured for concept in variable.concepts},
        whole_domains={
            CRITERION_TABLES[each.domain].name for each in plan.criteria() if each.codeset is None
        },
        demographics=_demographics(plan)
        | {variable.domain for variable in spec.variables if variable.domain in _DEMOGRAPHICS},
    )


def _demographics(plan: CohortPlan) -> set[str]:
    """Age and sex are read by a cohort's own conditions just as by a variable."""
    conditions: list[Criterion | Demographic] = [*plan.criteria(), *plan.demographics()]
    found = {"age"} if any(condition.age is not None for condition in conditions) else set()
    return found | ({"sex"} if any(condition.gender for condition in conditions) else set())
