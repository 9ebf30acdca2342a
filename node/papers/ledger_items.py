"""Which pseudonymised items a job processes: dataset, tables, concepts, and what is read of the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES
from analysis_jobs.variables.meaning import RECORD_TABLES
from analysis_jobs.variables.reads import find_reads
from onggi.errors import OnggiError
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Names of OMOP CDM tables and ids of concepts; `sets` are what the definition calls its concept sets."""

    dataset: str
    tables: tuple[str, ...]
    sets: tuple[str, ...]
    concepts: tuple[int, ...]
    demographics: tuple[str, ...]


def items_of(spec: JobSpec) -> Items | None:
    """What the job reads, found in the job itself; None where its definition cannot be read any more."""
    try:
        reads = find_reads(spec)
        plans = [read_cohort(each) for each in spec.cohorts]
    except OnggiError:
        return None
    tables = set(reads.whole_domains)
    if spec.kind != "concepts":
        tables |= {"person", "observation_period"}
        tables |= {CRITERION_TABLES[each.domain].name for plan in plans for each in plan.criteria()}
        tables |= {RECORD_TABLES[each.domain].name for each in spec.variables if each.domain in RECORD_TABLES}
        events = [event for each in spec.outcomes for event in (each.event, *each.competing)]
        tables |= {RECORD_TABLES[each.domain].name for each in events}
    return Items(
        dataset=spec.dataset,
        tables=tuple(sorted(tables)),
        sets=tuple(dict.fromkeys(name for each in spec.cohorts for name in _set_names(each))),
        concepts=tuple(sorted(reads.concepts)),
        demographics=tuple(sorted(reads.demographics)),
    )


def _set_names(cohort: Mapping[str, JsonValue]) -> Iterator[str]:
    """What a definition calls its concept sets; a researcher's words."""
    listed = cohort.get("ConceptSets")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield str(each["name"])
