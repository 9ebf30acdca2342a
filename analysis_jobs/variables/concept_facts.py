"""Writes down what a hospital's vocabulary knows of the concepts that a definition names. Reads no person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pyarrow as pa
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets
from analysis_jobs.cohort.engines import Engine
from analysis_jobs.cohort.expressions import cdm_table, column, is_one_of, named
from analysis_jobs.variables.concept_rows import (
    CONCEPT_ROW,
    DIGEST_BYTES,
    FACTS_SCHEMA,
    SET_ROW,
    named_concepts,
)
from onggi.spec.circe.plan import CohortPlan


def named_concepts_query(concepts: Iterable[int], *, cdm: Cdm) -> exp.Select:
    """What the vocabulary says of single concepts: rows ``concept_id, standard_concept, invalid_reason``."""
    told = ("concept_id", "standard_concept", "invalid_reason")
    return (
        exp.select(*(named(column("c", each), each) for each in told), copy=False)
        .from_(cdm_table(cdm.vocabulary, "concept", "c"), copy=False)
        .where(is_one_of(column("c", "concept_id"), sorted(concepts)), copy=False)
    )


def stage_facts(engine: Engine, plan: CohortPlan, concept_sets: ConceptSets, *, cdm: Cdm) -> pa.RecordBatch:
    """The rows, as one batch."""
    concepts = named_concepts(plan)
    found = {
        concept: (int(standard == "S"), int(reason is None))
        for concept, standard, reason in engine.fetch(named_concepts_query(concepts, cdm=cdm))
    }
    rows: list[tuple[int, ...]] = []
    for concept in concepts:
        known = found.get(concept)
        told = (0, 0, 0) if known is None else (1, *known)
        rows.append((CONCEPT_ROW, *told, *[0] * (1 + DIGEST_BYTES)))
    for each in plan.concept_sets:
        resolved = concept_sets.resolved[each.id]
        rows.append((SET_ROW, 0, 0, 0, len(resolved), *digest_of_ids(resolved)))
    columns = zip(*rows, strict=True) if rows else [[] for _ in FACTS_SCHEMA]
    return pa.RecordBatch.from_arrays([pa.array(each, pa.int64()) for each in columns], schema=FACTS_SCHEMA)


def digest_of_ids(concepts: Iterable[int]) -> bytes:
    """Six bytes that differ, but for a chance of 2^-48, where two hospitals resolve a set differently."""
    listed = ",".join(str(each) for each in sorted(concepts))
    return hashlib.sha256(listed.encode()).digest()[:DIGEST_BYTES]
