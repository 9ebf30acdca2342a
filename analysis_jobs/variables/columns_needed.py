"""Says which columns of which CDM tables a job reads: what a permit shows and what a node hands over."""

from __future__ import annotations

from typing import TypeAlias

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets, concept_query, mapped_query
from analysis_jobs.variables.sql import table_query
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec

Place: TypeAlias = tuple[str, str]


def columns_needed(spec: JobSpec) -> frozenset[tuple[str, str]]:
    """(table, column) pairs, read off the very statement that will run, so that the two cannot differ.

    Raises:
        Refused: ``cohort.*`` or ``variables.contradictory``.
    """
    plan, cdm = read_cohort(spec.cohort), Cdm()
    # Which columns are read does not depend on what a vocabulary makes of the sets.
    unresolved = ConceptSets({each.id: () for each in plan.concept_sets})
    needed = columns_read(table_query(spec, plan, cdm=cdm, concept_sets=unresolved))
    if plan.concept_sets:
        needed |= columns_read(concept_query(plan.concept_sets, cdm=cdm))
    if any(item.mapped for each in plan.concept_sets for item in each.items):
        needed |= columns_read(mapped_query((), cdm=cdm))
    return needed


def columns_read(query: exp.Query) -> frozenset[tuple[str, str]]:
    """The CDM columns that a statement reads. A CDM table is one that names its schema."""
    return frozenset((table, name) for _, table, name in columns_read_at(query))


def columns_read_at(query: exp.Query) -> frozenset[tuple[Place, str, str]]:
    """The same with the (catalog, schema) that each table is read from; empty: the connection's own."""
    found: set[tuple[Place, str, str]] = set()
    for scope in traverse_scope(query):
        tables = {
            alias: ((source.catalog, source.db), source.name)
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table) and source.db
        }
        found |= {(*tables[each.table], each.name) for each in scope.columns if each.table in tables}
    return frozenset(found)
